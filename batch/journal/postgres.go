package journal

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"guestlist/batch"
	"guestlist/batch/send"
	"guestlist/internal/pause"
	"guestlist/internal/text"
)

// One runner at a time works on a tenant. It holds an advisory lock of the session on
// which it writes, and the tenant's epoch, which each runner raises: the database refuses
// what a runner of an older epoch would begin, whatever that one believes. Since a request
// may be repeated under the intent that is on disk, a runner also asks before each one
// leaves whether it has heard of its lock lately ([Journal.Holds]), and after one that did
// not say goodbye the next runner lets as much time pass before its first request: two
// never send at the same time, so that together they keep to the rate of one.

const (
	// takenOver is the code of the error that the database refuses an older epoch with.
	takenOver = "GL001"
	// lease is how long after it was confirmed a runner counts on its lock.
	lease = 3 * time.Second
	// beatEvery is how often it is confirmed at least.
	beatEvery = time.Second
	// idleAfter is after what silence the server ends the session, and frees the lock: of
	// a process that was stopped, a machine that sleeps or lost its power.
	idleAfter = 5 * time.Second
	// glanceEvery is how often a runner that waits looks whether the lock is free.
	glanceEvery = 250 * time.Millisecond
	// reconnectFor is how long a run tries to get its connection back.
	reconnectFor = time.Minute
	// answerPatience is how long the server may take to answer.
	answerPatience = 10 * time.Second
	// block is how many numbers of attempts are fetched together.
	block = 256
)

// Runner is the process that works on a tenant.
type Runner struct {
	// Who is account and machine, Command its command line without secrets, Batch the name
	// of the batch that it works on.
	Who     string    `json:"who"`
	Command string    `json:"command"`
	Batch   string    `json:"batch"`
	PID     int       `json:"pid"`
	Since   time.Time `json:"since"`
}

// TenantBusyError says that another process works on the tenant.
type TenantBusyError struct {
	Tenant string
	Holder Runner
	// NoWait says that it kept a command out that has no --wait.
	NoWait bool
}

func (e *TenantBusyError) Error() string {
	if e.Holder.Who == "" {
		return "another guestlist is running for " + text.Line(e.Tenant)
	}
	return fmt.Sprintf("%s has been running for %s since %s: %s, process %d, which works on the batch %s",
		text.Line(e.Holder.Who), text.Line(e.Tenant), e.Holder.Since.Local().Format(time.DateTime), text.Line(e.Holder.Command), e.Holder.PID, text.Line(e.Holder.Batch))
}

// Hint tells how to go on.
func (e *TenantBusyError) Hint() string {
	if e.NoWait {
		return "wait for that run to end, then run the same command again"
	}
	return "wait for that run to end, or use --wait to start when it has ended"
}

// TakenOverError says that another run has begun on the tenant since the connection of
// this one was lost: nothing more is sent.
type TakenOverError struct{ Journal string }

// Is makes it one of [send.ErrJournalAway].
func (*TakenOverError) Is(target error) bool { return target == send.ErrJournalAway }

func (e *TakenOverError) Error() string {
	return text.Line(e.Journal) + ": another run has taken over the tenant, since this one was not heard of"
}

// Hint tells how to go on.
func (e *TakenOverError) Hint() string {
	return "let that run end, then run the same command again"
}

// MovedError says that a batch is in a file by now.
type MovedError struct{ Journal, File string }

func (e *MovedError) Error() string {
	return text.Line(e.Journal) + " was moved to " + text.Line(e.File)
}

// Hint tells how to go on.
func (e *MovedError) Hint() string {
	return "go on with that file and its results, or bring it back with guestlist journal import"
}

// RunOptions say how a run opens its batch.
type RunOptions struct {
	Runner Runner
	// Wait, where it is given, is told of the run that works on the tenant, once for each,
	// and the run waits for its end.
	Wait func(*TenantBusyError)
	// Spill is the file that keeps answers when the database cannot be reached.
	Spill string
	// Notice takes sentences that the operator should see; the goroutine that writes calls it.
	Notice func(string)
}

// postgres is a batch in a PostgreSQL database.
type postgres struct {
	*Database

	name   string // as people know it, with the address
	made   bool   // by this run
	unused bool   // and is removed at the end, since nothing was sent
	left   error  // why that failed
	entry  Batch
	tenant string // what is locked
	pool   *sql.DB
	RunOptions

	attempts attemptTable
	// runs says that a run has opened the batch, and no reader. Conn is then the session that
	// holds the lock: once the run has begun, it is the writer's alone, which replaces it.
	runs  bool
	conn  *pgx.Conn
	epoch atomic.Int64
	// from is when no earlier runner counts on its lock any more.
	from time.Time
	// confirmed is when the lock was confirmed last, and heard the same by the clock that
	// goes on while a machine sleeps.
	confirmed atomic.Pointer[time.Time]
	beat      *time.Ticker
	spill     spill
}

// Open opens a batch of a tenant to run it, or makes it where there is none. Until Close,
// no other process works on the tenant: the error is a [*TenantBusyError] where one does,
// unless o.Wait is given, or a [*MovedError].
func (d *Database) Open(ctx context.Context, name string, id Identity, o RunOptions) (j *Journal, err error) {
	err = d.patiently(ctx, func() error {
		p := &postgres{Database: d, name: d.nameOf(name), tenant: lockOf(id, name), RunOptions: o}
		if j, err = p.open(ctx, name, id); err != nil {
			p.end(context.WithoutCancel(ctx))
			_ = p.close() // why it could not be opened says more
		}
		return err
	})
	if err != nil {
		return nil, translateError(d.nameOf(name), err)
	}
	return j, nil
}

// OpenKnown is [Database.Open] for a batch that is there, whoever signs in: to change what it
// has, not to send. Tenant may be "" where the name is that of one batch alone.
func (d *Database) OpenKnown(ctx context.Context, tenant, name string, o RunOptions) (*Journal, Batch, error) {
	b, err := d.find(ctx, tenant, name)
	if err != nil {
		return nil, b, err
	}
	j, err := d.Open(ctx, b.Name, IdentityOf(b.Tenant), o)
	return j, b, withoutWait(err)
}

// withoutWait is an error of a command that has no --wait.
func withoutWait(err error) error {
	if busy, ok := errors.AsType[*TenantBusyError](err); ok {
		busy.NoWait = true
	}
	return err
}

// nameOf is what people know a batch by.
func (d *Database) nameOf(name string) string { return name + " in " + d.address }

// lockOf is what a run locks: a tenant, or a batch of the simulated one, which is new for
// each run.
func lockOf(id Identity, name string) string {
	if id.Sandbox {
		return "sandbox " + name
	}
	return strings.ToLower(id.Tenant)
}

func (p *postgres) open(ctx context.Context, name string, id Identity) (*Journal, error) {
	if id.Tenant == "" {
		return nil, &DatabaseError{p.address, errors.New("the sign-in does not say which tenant it is for, and a database holds many")}
	}
	if err := p.acquire(ctx); err != nil {
		return nil, err
	}
	entry, err := p.makeBatch(ctx, name, id)
	if err != nil {
		return nil, err
	}
	if entry.MovedTo != "" {
		return nil, &MovedError{p.name, entry.MovedTo}
	}
	if err := p.openTables(ctx, entry); err != nil {
		return nil, err
	}
	if p.spill, err = openSpill(p.Spill, entry.UID); err != nil {
		return nil, err
	}
	j := p.journal(ctx)
	taken, err := p.spill.takeIn(ctx, j)
	if err != nil {
		j.w.stop()
		return nil, err
	}
	if taken > 0 {
		p.say(text.Plural(taken, "answer") + " of an earlier run, kept in " + text.Line(p.Spill) + " while the database could not be reached, are in the journal now")
	}
	return j, nil
}

func (p *postgres) say(sentence string) {
	if p.Notice != nil {
		p.Notice(sentence)
	}
}

// journal starts the writer.
func (p *postgres) journal(ctx context.Context) *Journal {
	var beat <-chan time.Time
	if p.runs {
		p.beat = time.NewTicker(beatEvery)
		beat = p.beat.C
	}
	return &Journal{path: p.name, db: p.pool, store: p, attempts: p.attempts, w: startWriter(ctx, p, beat)}
}

// Read opens a batch without a lock, whatever runs: to read it, and to keep what the
// tenant says of its guests. Tenant may be "" where the name is that of one batch alone.
func (d *Database) Read(ctx context.Context, tenant, name string) (*Journal, error) {
	entry, err := d.find(ctx, tenant, name)
	if err != nil {
		return nil, err
	}
	p := &postgres{Database: d, name: d.nameOf(name), tenant: entry.Tenant}
	if err := p.openTables(ctx, entry); err != nil {
		return nil, errors.Join(translateError(p.name, err), p.close())
	}
	return p.journal(ctx), nil
}

// openTables opens the tables of a batch.
func (p *postgres) openTables(ctx context.Context, entry Batch) (err error) {
	p.entry = entry
	config := p.config.Copy()
	config.RuntimeParams["search_path"] = p.entry.schema()
	if p.runs {
		config.RuntimeParams["application_name"] = p.runnerName()
	}
	p.pool = p.openPool(config)
	if p.runs {
		if _, err := p.conn.Exec(ctx, "SET search_path TO "+p.entry.schema()); err != nil {
			return err
		}
	}
	if p.attempts, err = prepareAttempts(ctx, p.pool); err != nil {
		return err
	}
	p.attempts.numbers.more = func(ctx context.Context) (next, left int64, err error) {
		err = p.pool.QueryRowContext(ctx, "SELECT nextval('attempt_block')").Scan(&next)
		return next, block, err
	}
	return nil
}

// connect opens the session that holds the lock. The server ends it when it has not heard
// of it for some seconds.
func (p *postgres) connect(ctx context.Context) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectPatience)
	defer cancel()
	config, schema := p.config.Copy(), "guestlist"
	if p.entry.UID != "" {
		schema = p.entry.schema()
	}
	idle := strconv.FormatInt(idleAfter.Milliseconds(), 10)
	maps.Copy(config.RuntimeParams, map[string]string{
		"search_path":          schema,
		"idle_session_timeout": idle, "idle_in_transaction_session_timeout": idle,
		"tcp_user_timeout": idle, "tcp_keepalives_idle": "2", "tcp_keepalives_interval": "1", "tcp_keepalives_count": "3",
	})
	return pgx.ConnectConfig(ctx, config)
}

// key is the number of the tenant's advisory lock.
func (p *postgres) key() int64 { return lockKey(p.tenant) }

func lockKey(locked string) int64 {
	sum := sha256.Sum256([]byte("guestlist runs for " + locked))
	return int64(binary.BigEndian.Uint64(sum[:])) //nolint:gosec // any number will do
}

// runnerName is what sessions of the tenant's runner are called, so that the next one can end
// those in which an earlier one stopped while a transaction of its was open.
func (p *postgres) runnerName() string { return fmt.Sprintf("guestlist runs %016x", uint64(p.key())) } //nolint:gosec // only the bits matter

// acquire takes the tenant's lock and raises its epoch.
func (p *postgres) acquire(ctx context.Context) (err error) {
	if p.conn, err = p.connect(ctx); err != nil {
		return err
	}
	p.runs = true
	told := ""
	for {
		locked, err := p.tryLock(ctx, p.conn)
		if err != nil {
			return err
		}
		if locked {
			break
		}
		busy, err := p.busy(ctx)
		switch {
		case err != nil:
			return err
		case p.Wait == nil:
			return busy
		}
		// One that is about to end has taken its note away already.
		if now := busy.Error(); told == "" || now != told && busy.Holder != (Runner{}) {
			told = now
			p.Wait(busy)
		}
		if err := pause.For(ctx, glanceEvery); err != nil {
			return err
		}
	}
	const raise = `INSERT INTO guestlist.tenant (tenant, epoch, holder, released) VALUES ($1, 1, $2, FALSE)
		ON CONFLICT (tenant) DO UPDATE SET epoch = tenant.epoch + 1, holder = excluded.holder, released = FALSE
		RETURNING epoch, (SELECT released FROM guestlist.tenant WHERE tenant = $1)`
	holder, err := json.Marshal(p.Runner)
	if err != nil {
		return err
	}
	const endEarlier = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1 AND usename = current_user AND datname = current_database() AND state LIKE 'idle in transaction%'"
	if _, err := p.conn.Exec(ctx, endEarlier, p.runnerName()); err != nil {
		return err
	}
	var epoch int64
	var released *bool
	if err := p.conn.QueryRow(ctx, raise, p.tenant, postgresText(string(holder))).Scan(&epoch, &released); err != nil {
		return err
	}
	p.epoch.Store(epoch)
	now := time.Now()
	if released != nil && !*released { // it may still count on its lock
		p.from = now.Add(lease)
	}
	p.confirm(now)
	return nil
}

func (p *postgres) tryLock(ctx context.Context, conn *pgx.Conn) (locked bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerPatience)
	defer cancel()
	err = conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", p.key()).Scan(&locked)
	return locked, err
}

// busy says who has the lock.
func (p *postgres) busy(ctx context.Context) (*TenantBusyError, error) {
	e := &TenantBusyError{Tenant: "tenant " + p.tenant}
	var holder string
	err := p.conn.QueryRow(ctx, "SELECT coalesce(max(holder), '') FROM guestlist.tenant WHERE tenant = $1 AND NOT released", p.tenant).Scan(&holder)
	e.Holder = parseRunner(holder)
	return e, err
}

// parseRunner reads the note of a runner, the zero Runner where there is none.
func parseRunner(note string) (r Runner) {
	if json.Unmarshal([]byte(note), &r) != nil {
		return Runner{}
	}
	return r
}

// confirm notes that the lock was held when something was asked of the session.
func (p *postgres) confirm(asked time.Time) { p.confirmed.Store(&asked) }

// holds reports whether the lock was confirmed lately, by both clocks: one of them stands
// still while a machine sleeps.
func (p *postgres) holds() bool {
	at := p.confirmed.Load()
	return at != nil && time.Since(*at) < lease && time.Now().Round(0).Sub(at.Round(0)) < lease
}

// Holds makes sure that a request may leave now: that no other process can have begun to
// work on the tenant. A file is locked as long as it is open.
func (j *Journal) Holds(ctx context.Context) error {
	p, isPostgres := j.store.(*postgres)
	if !isPostgres || !p.runs {
		return nil
	}
	if err := pause.For(ctx, time.Until(p.from)); err != nil || p.holds() {
		return err
	}
	return translateError(j.path, j.w.write(ctx, &entry{}))
}

// begin begins a transaction. That of a runner holds its epoch.
func (p *postgres) begin(ctx context.Context) (*sql.Tx, error) {
	tx, err := p.pool.BeginTx(ctx, nil)
	if err != nil || !p.runs {
		return tx, err
	}
	if _, err := tx.ExecContext(ctx, "SELECT guestlist.check_epoch(?, ?)", p.tenant, p.epoch.Load()); err != nil {
		return nil, errors.Join(err, tx.Rollback())
	}
	return tx, nil
}

func (*postgres) changed() {}

// erase keeps nothing of what do deletes: the server writes new files for the tables. What
// another forget was cut off at is done, too.
func (p *postgres) erase(ctx context.Context, do func() error) error {
	if !p.runs {
		return errReader
	}
	if err := do(); err != nil {
		return err
	}
	_, err := p.pool.ExecContext(ctx, "VACUUM (FULL) "+strings.Join(moved, ", "))
	return err
}

// HeldUntil is before when Microsoft asked a run of the tenant not to call it, on whatever
// machine; zero where that is not known or over, and for a file.
func (j *Journal) HeldUntil(ctx context.Context) (until time.Time, err error) {
	p, isPostgres := j.store.(*postgres)
	if !isPostgres {
		return until, nil
	}
	var held string
	err = p.db.QueryRowContext(ctx, "SELECT coalesce(max(held_until), '') FROM guestlist.hold WHERE tenant = ?", p.tenant).Scan(&held)
	if until = parseTime(held); !until.After(time.Now()) {
		until = time.Time{}
	}
	return until, translateError(j.path, err)
}

// Hold keeps for later runs, on whatever machine, before when Microsoft asked not to be
// called. In a file nothing is kept.
func (j *Journal) Hold(ctx context.Context, until time.Time) error {
	p, isPostgres := j.store.(*postgres)
	if !isPostgres {
		return nil
	}
	const later = `INSERT INTO guestlist.hold VALUES (?, ?) ON CONFLICT (tenant) DO UPDATE SET held_until = greatest(hold.held_until, excluded.held_until)`
	_, err := p.db.ExecContext(ctx, later, p.tenant, formatTime(until.Truncate(time.Second).Add(time.Second)))
	return translateError(j.path, err)
}

// room makes sure that answers can be kept on this machine.
func (p *postgres) room(workers int) error {
	if workers == 0 || !p.runs {
		return nil
	}
	return p.spill.check()
}

// write writes a group in one transaction, which the server gets in one piece. Where the
// connection is lost, it is tried again for a while.
func (p *postgres) write(ctx context.Context, g *group) error {
	if !p.runs {
		return p.writeReadings(ctx, g.entries)
	}
	err := p.send(ctx, g.entries)
	if err == nil || !isLost(err) {
		return err
	}
	return p.reconnect(ctx, g, err)
}

// writeReadings writes what a reader found out about guests.
func (p *postgres) writeReadings(ctx context.Context, group []*entry) error {
	tx, err := p.pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // no effect once committed
	attempts := p.attempts.in(ctx, tx)
	next := p.attempts.numbers.next
	for _, e := range group {
		if !e.isNew || e.outcome == nil || e.outcome.Status == batch.Pending || e.deletion != nil {
			return errReader
		}
		if err := attempts.put(ctx, e, next); err != nil {
			return err
		}
	}
	if err := execAll(ctx, tx, markOutdated); err != nil {
		return err
	}
	return tx.Commit()
}

// errReader says that a journal is open to be read alone.
var errReader = errors.New("the journal is open without its lock: nothing may be sent")

// The statements of a group, as PostgreSQL takes them. A group that was sent once may be
// sent again: whether the server had it when the connection was lost is not known.
var (
	postgresInsert = forPostgres(insertAttempt + " ON CONFLICT (id) DO NOTHING")
	postgresUpdate = forPostgres(updateAttempt)
	// latestReading is the reading of the directory that another one replaces.
	latestReading     = strings.ReplaceAll(selectReading, "?", "$17")
	updateReading     = strings.ReplaceAll(postgresUpdate, "WHERE id = $16", "WHERE id <> $16 AND id = ("+latestReading+")")
	insertNoReading   = strings.ReplaceAll(forPostgres(insertAttempt), "VALUES ($1, $2, $3, $4, $5, $6, $7)", "SELECT $1, $2, $3, $4, $5, $6, $7 WHERE NOT EXISTS ("+strings.ReplaceAll(selectReading, "?", "$3")+") ON CONFLICT (id) DO NOTHING")
	postgresDeletion  = forPostgres(insertDeletion)
	postgresUndeleted = forPostgres(updateDeletion)
	postgresGuest     = forPostgres(upsertGuest)
)

// send sends a group to the server.
func (p *postgres) send(ctx context.Context, group []*entry) error {
	asked := time.Now()
	ctx, cancel := context.WithTimeout(ctx, answerPatience)
	defer cancel()
	b := &pgx.Batch{}
	b.Queue("SELECT guestlist.check_epoch($1, $2)", p.tenant, p.epoch.Load())
	next := p.attempts.numbers.next // as in a file
	for _, e := range group {
		if err := p.queue(ctx, b, e, next); err != nil {
			return err
		}
	}
	if len(group) > 0 {
		b.Queue(markOutdated)
	}
	if err := p.conn.SendBatch(ctx, b).Close(); err != nil {
		return err
	}
	p.confirm(asked)
	return nil
}

// queue adds the statements of an entry.
func (p *postgres) queue(ctx context.Context, b *pgx.Batch, e *entry, next int64) (err error) {
	add := func(query string, values []any) *pgx.QueuedQuery {
		for i := range values {
			values[i] = postgresValue(values[i])
		}
		return b.Queue(query, values...)
	}
	if d := e.deletion; d != nil {
		if d.result == nil {
			add(postgresDeletion, d.inserted()).QueryRow(func(row pgx.Row) error { return row.Scan(&d.Number) })
		} else {
			add(postgresUndeleted, d.updated())
			if d.result.Deleted {
				add(postgresGuest, guestValues(d.Address, d.reading()))
			}
		}
	}
	if e.intent == nil {
		return nil
	}
	if e.isNew && e.id == 0 {
		if e.id, err = p.attempts.numbers.take(ctx); err != nil {
			return err
		}
	}
	isReading := e.isNew && e.outcome != nil && e.outcome.Status == batch.Existing
	switch {
	case isReading:
		add(updateReading, append(e.updated(next, e.id), e.intent.Address))
		add(insertNoReading, e.inserted())
	case e.isNew:
		add(postgresInsert, e.inserted())
	}
	if e.outcome != nil {
		add(postgresUpdate, e.updated(next, e.id))
	}
	return nil
}

// reconnect tries to get the connection back, and the lock with it, and sends the group
// then. Answers that are there, and those that come meanwhile, are kept on this machine
// first. Where another runner has begun, or the time is up, the error is final.
func (p *postgres) reconnect(ctx context.Context, g *group, lost error) error {
	p.say("the connection to " + text.Line(p.address) + " was lost (" + text.Line(lost.Error()) + "): nothing is sent until it is back")
	_ = p.spill.add(g.entries, p.attempts.numbers.next) // where that fails, keep says so
	for begun := time.Now(); ; {
		done := make(chan error, 1)
		go func() { done <- p.regain(ctx) }()
		err := p.gatherUntil(done, g)
		if err == nil {
			if err = p.send(ctx, g.entries); err == nil {
				p.say("the connection to " + text.Line(p.address) + " is back")
				return p.spill.drop()
			}
		}
		switch {
		case !isLost(err):
			return err
		case time.Since(begun) > reconnectFor:
			return &DatabaseError{p.name, err}
		}
		timer := make(chan error, 1)
		go func() { timer <- pause.For(ctx, beatEvery) }()
		if err := p.gatherUntil(timer, g); err != nil {
			return err
		}
	}
}

// gatherUntil takes entries that come until something is done.
func (p *postgres) gatherUntil(done <-chan error, g *group) error {
	for {
		select {
		case err := <-done:
			return err
		case e := <-g.more:
			g.entries = append(g.entries, e)
			_ = p.spill.add([]*entry{e}, p.attempts.numbers.next) // as above
		}
	}
}

// regain opens a new session and takes the lock anew, if no other runner had it since. A
// session of ours of which the server has not noticed that it is lost is ended.
func (p *postgres) regain(ctx context.Context) error {
	was := p.conn.PgConn().PID()
	_ = p.conn.Close(ctx) // it is lost
	conn, err := p.connect(ctx)
	if err != nil {
		return err
	}
	locked, err := p.tryLock(ctx, conn)
	if err == nil && !locked {
		_, err = conn.Exec(ctx, "SELECT pg_terminate_backend($1) FROM guestlist.tenant WHERE tenant = $2 AND epoch = $3", int32(was), p.tenant, p.epoch.Load()) //nolint:gosec // the server calls it an integer
		if err == nil {
			err = errStillLocked
		}
	}
	var epoch int64
	if err == nil {
		const raise = "UPDATE guestlist.tenant SET epoch = epoch + 1 WHERE tenant = $1 AND epoch = $2 RETURNING epoch"
		err = conn.QueryRow(ctx, raise, p.tenant, p.epoch.Load()).Scan(&epoch)
	}
	if err != nil {
		if gone := p.checkEpoch(ctx, conn); gone != nil {
			err = gone
		}
		return errors.Join(err, conn.Close(ctx))
	}
	p.conn = conn
	p.epoch.Store(epoch)
	return nil
}

var errStillLocked = errors.New("the server has not ended the session that was lost yet")

// checkEpoch reports whether another runner has taken over.
func (p *postgres) checkEpoch(ctx context.Context, conn *pgx.Conn) error {
	var epoch int64
	err := conn.QueryRow(ctx, "SELECT epoch FROM guestlist.tenant WHERE tenant = $1", p.tenant).Scan(&epoch)
	if err == nil && epoch != p.epoch.Load() {
		return &TakenOverError{p.name}
	}
	return nil // the error of who asked says more
}

// keep keeps answers after write has failed: in the journal, where another runner has taken
// over, else in a file of this machine. What is no answer to a request is found out again.
func (p *postgres) keep(ctx context.Context, answers []*entry, why error) {
	var own []*entry
	for _, e := range answers {
		if !e.isAnswer() {
			e.done <- why
			continue
		}
		own = append(own, e)
	}
	if len(own) == 0 {
		return
	}
	if isTakenOver(why) && p.settleLate(ctx, own) == nil {
		reply(own, nil)
		return
	}
	reply(own, p.spill.add(own, p.attempts.numbers.next))
}

// isTakenOver reports whether an error is that another runner has begun.
func isTakenOver(err error) bool {
	return errors.As(translatePostgres("", err), new(*TakenOverError))
}

// settleLate writes answers to requests that had left before another runner took over, and
// those that are in the file meanwhile: they are facts, whoever works on the tenant now.
func (p *postgres) settleLate(ctx context.Context, answers []*entry) error {
	ctx, cancel := context.WithTimeout(ctx, answerPatience)
	defer cancel()
	tx, err := p.pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // no effect once committed
	all, err := p.spill.read()
	if err != nil {
		return err
	}
	for _, e := range answers {
		if !e.spilled {
			all = append(all, late(e, p.attempts.numbers.next))
		}
	}
	if err := writeLate(ctx, tx, p.attempts, all); err != nil {
		return err
	}
	if err := execAll(ctx, tx, markOutdated); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	_ = p.spill.drop() // where that fails, they are taken in once more, which changes nothing
	return nil
}

// end says goodbye: the next runner need not wait.
func (p *postgres) end(ctx context.Context) {
	if p.beat != nil {
		p.beat.Stop()
	}
	if !p.runs {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, answerPatience)
	defer cancel()
	if p.unused {
		p.left = p.drop(ctx)
	}
	// Where these fail, the server ends the session all the same.
	_, _ = p.conn.Exec(ctx, "UPDATE guestlist.tenant SET released = TRUE WHERE tenant = $1 AND epoch = $2", p.tenant, p.epoch.Load())
	_, _ = p.conn.Exec(ctx, "SELECT pg_advisory_unlock($1)", p.key())
	_ = p.conn.Close(ctx)
}

func (p *postgres) close() error {
	if p.pool == nil {
		return p.left
	}
	return errors.Join(p.left, p.pool.Close())
}

// makeBatch finds the batch, or makes its tables.
func (p *postgres) makeBatch(ctx context.Context, name string, id Identity) (b Batch, err error) {
	return b, p.inTransaction(ctx, func(tx *sql.Tx) error {
		b, err = scanBatch(tx.QueryRowContext(ctx, selectBatch+"WHERE tenant = ? AND name = ?", tenantKey(id), name))
		if !errors.Is(err, sql.ErrNoRows) {
			if err == nil {
				err = p.upgradeBatch(ctx, tx, &b)
			}
			return err
		}
		b, err = insertBatch(ctx, tx, name, tenantKey(id), newUID())
		if err != nil {
			return err
		}
		p.made = true
		_, err = tx.ExecContext(ctx, "INSERT INTO batch (id, tenant, sandbox, columns, email, uid) VALUES (1, ?, ?, '[]', 0, ?)", id.Tenant, id.Sandbox, b.UID)
		return err
	})
}

// drop removes the batch.
func (p *postgres) drop(ctx context.Context) error {
	return p.inTransaction(ctx, func(tx *sql.Tx) error { return p.dropBatch(ctx, tx, p.entry) })
}

// upgradeBatch brings the tables of an older version up to date.
func (p *postgres) upgradeBatch(ctx context.Context, tx *sql.Tx, b *Batch) error {
	if b.version > schemaVersion {
		return &ForeignError{p.name, reasonNewer}
	}
	if err := execAll(ctx, tx, "SET LOCAL search_path TO "+b.schema()); err != nil {
		return err
	}
	for ; b.version < schemaVersion; b.version++ {
		for _, statement := range upgrades[b.version-1] {
			if err := execScript(ctx, tx, postgresTables(statement)); err != nil {
				return err
			}
		}
	}
	_, err := tx.ExecContext(ctx, "UPDATE guestlist.batch SET version = ? WHERE id = ? AND version <> ?", b.version, b.id, b.version)
	return err
}
