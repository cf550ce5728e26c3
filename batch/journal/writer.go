package journal

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"time"

	"guestlist/batch"
)

// maxGroup is how many waiting entries share one transaction at most.
const maxGroup = 1024

// errClosed says that something was written after Close.
var errClosed = errors.New("the journal is closed")

const (
	insertAttempt = `INSERT INTO attempt (id, run, address, mail, reminder, intended_at, intent_request_id) VALUES (?, ?, ?, ?, ?, ?, ?)`
	updateAttempt = `UPDATE attempt SET settled_at = ?, status = ?, redeem_url = ?, user_id = ?, invitation_status = ?,
		error_code = ?, error = ?, advice = ?, attempts = ?, request_id = ?, client_request_id = ?, fingerprint = ?, existing = ?, known_before = ?, sent_at = ? WHERE id = ?`
	// selectReading finds the reading of the directory that another one replaces.
	selectReading = `SELECT id FROM attempt WHERE id = (SELECT max(id) FROM attempt WHERE address = ?) AND status = 'existing'`
)

// entry is one intent or outcome that waits for the disk.
type entry struct {
	id      int64 // of the attempt
	isNew   bool  // the attempt is not in the table yet
	run     int64
	intent  *batch.Intent // nil where the entry is about a deletion alone
	outcome *batch.Outcome
	// deletion is that of a guest's account, nil for an attempt alone.
	deletion *deletionEntry
	// spilled says that a file of this machine keeps it, see [spill].
	spilled bool
	done    chan error
}

// isKnown reports whether the entry tells what came of a request that has left.
func (e *entry) isKnown() bool {
	return e.outcome != nil || e.deletion != nil && e.deletion.result != nil
}

// left is when the request leaves that an entry is about, in Graph's clock; zero for none.
func (e *entry) left() time.Time {
	switch {
	case e.deletion != nil:
		return e.deletion.At
	case e.intent != nil:
		return e.intent.At
	}
	return time.Time{}
}

// writer is the one goroutine that writes attempts. It writes all that waits
// together, so that many rows share one fsync.
type writer struct {
	sink    sink
	failed  error            // why no intent is accepted any more
	beat    <-chan time.Time // nil, or when the sink is looked after that nothing was written to
	entries chan *entry
	quit    chan struct{}
	ended   chan struct{}
}

// sink is what a writer writes to.
type sink interface {
	// write writes a group, all of it or nothing, and returns when it is on disk. After an
	// error no intent is accepted any more.
	write(ctx context.Context, g *group) error
	// keep keeps what is known of requests that have left, after write has failed for a
	// reason, and tells each entry how that went.
	keep(ctx context.Context, answers []*entry, why error)
	// end is called when the last entry is written.
	end(ctx context.Context)
}

// group is the entries that are written together.
type group struct {
	entries []*entry
	// more has those that come meanwhile: a sink that has to wait may take them, too.
	more <-chan *entry
}

// attemptTable writes to the table attempt.
type attemptTable struct {
	insert, update, reading *sql.Stmt
	numbers                 *numbers
}

// numbers are those of new attempts. A later one is larger.
type numbers struct {
	next int64
	// left is how many there are from next on, and more fetches more of them. Without more,
	// there is no end to them.
	left int64
	more func(ctx context.Context) (next, left int64, err error)
}

// take returns the next one.
func (n *numbers) take(ctx context.Context) (number int64, err error) {
	if n.more != nil && n.left == 0 {
		if n.next, n.left, err = n.more(ctx); err != nil {
			return 0, err
		}
	}
	n.next++
	n.left--
	return n.next - 1, nil
}

func prepareAttempts(ctx context.Context, db *sql.DB) (t attemptTable, err error) {
	t.numbers = &numbers{}
	for query, into := range map[string]**sql.Stmt{insertAttempt: &t.insert, updateAttempt: &t.update, selectReading: &t.reading} {
		if *into, err = db.PrepareContext(ctx, query); err != nil {
			return t, err
		}
	}
	return t, nil
}

// in returns the table within a transaction.
func (t attemptTable) in(ctx context.Context, tx *sql.Tx) attemptTable {
	return attemptTable{
		insert: tx.StmtContext(ctx, t.insert), update: tx.StmtContext(ctx, t.update), reading: tx.StmtContext(ctx, t.reading), numbers: t.numbers,
	}
}

func startWriter(ctx context.Context, s sink, beat <-chan time.Time) *writer {
	w := &writer{sink: s, beat: beat, entries: make(chan *entry, maxGroup), quit: make(chan struct{}), ended: make(chan struct{})}
	go w.loop(context.WithoutCancel(ctx))
	return w
}

// stop writes what waits, seals the file, and returns when the goroutine has
// ended.
func (w *writer) stop() {
	close(w.quit)
	<-w.ended
}

// write returns when the entry is on disk. The context only bounds the wait for
// a place in the queue: what is in the queue will be written.
func (w *writer) write(ctx context.Context, e *entry) error {
	e.done = make(chan error, 1)
	select {
	case w.entries <- e:
	case <-w.ended:
		return errClosed
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case err := <-e.done:
		return err
	case <-w.ended:
		return errClosed
	}
}

func (w *writer) loop(ctx context.Context) {
	defer close(w.ended)
	for {
		select {
		case e := <-w.entries:
			w.commit(ctx, w.gather(e))
		case <-w.beat:
			w.commit(ctx, &group{more: w.entries})
		case <-w.quit:
			for len(w.entries) > 0 {
				w.commit(ctx, w.gather(<-w.entries))
			}
			w.sink.end(ctx)
			return
		}
	}
}

// gather takes the other entries that wait.
func (w *writer) gather(first *entry) *group {
	g := &group{entries: []*entry{first}, more: w.entries}
	for len(g.entries) < maxGroup {
		select {
		case e := <-w.entries:
			g.entries = append(g.entries, e)
		default:
			return g
		}
	}
	return g
}

// commit writes a group and tells each of its entries how that went. When the sink has
// failed, answers are kept, and intents are refused.
func (w *writer) commit(ctx context.Context, g *group) {
	if w.failed == nil {
		if w.failed = w.sink.write(ctx, g); w.failed == nil {
			reply(g.entries, nil)
			return
		}
	}
	var answers []*entry
	for _, e := range g.entries {
		if !e.isKnown() {
			e.done <- w.failed
			continue
		}
		answers = append(answers, e)
	}
	if len(answers) > 0 {
		w.sink.keep(ctx, answers, w.failed)
	}
}

func reply(group []*entry, err error) {
	for _, e := range group {
		e.done <- err
	}
}

// put writes an entry. Its outcome, if it has one, is known before the attempt with
// the number next is intended, 0 where that is not known.
func (t attemptTable) put(ctx context.Context, e *entry, next int64) (err error) {
	if e.isNew && e.id == 0 {
		if e.id, err = t.numbers.take(ctx); err != nil {
			return err
		}
	}
	replaced, err := t.replaced(ctx, e)
	if err != nil {
		return err
	}
	id := cmp.Or(replaced, e.id)
	if e.isNew && replaced == 0 {
		if _, err := t.insert.ExecContext(ctx, e.inserted()...); err != nil {
			return err
		}
	}
	if e.outcome == nil {
		return nil
	}
	_, err = t.update.ExecContext(ctx, e.updated(next, id)...)
	return err
}

// inserted are the values of a new attempt.
func (e *entry) inserted() []any {
	in := e.intent
	return []any{e.id, e.run, in.Address, in.Mail, in.Reminder, formatTime(in.At), in.ClientRequestID}
}

// updated are the values of an attempt whose outcome is known before the one with the
// number next is intended.
func (e *entry) updated(next, id int64) []any {
	o := e.outcome
	return []any{
		formatTime(o.At), string(o.Status), o.RedeemURL.Reveal(), o.UserID,
		o.InvitationStatus, o.ErrorCode, o.Error, o.Advice, o.Attempts, o.RequestID, o.ClientRequestID, int64(o.Fingerprint), string(o.Existing), next, formatTime(o.SentAt), id, //nolint:gosec // the hash only changes its sign
	}
}

// isAnswer reports whether an entry is what came of a request that had left.
func (e *entry) isAnswer() bool {
	return e.outcome != nil && !e.isNew || e.deletion != nil && e.deletion.result != nil
}

// replaced returns the attempt that an entry takes the place of, 0 for none. Every
// run reads the directory, and only the latest reading is worth keeping.
func (t attemptTable) replaced(ctx context.Context, e *entry) (id int64, err error) {
	if !e.isNew || e.outcome == nil || e.outcome.Status != batch.Existing {
		return 0, nil
	}
	err = t.reading.QueryRowContext(ctx, e.intent.Address).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return id, err
}

// Intend records that a request is about to leave and returns its number. It
// returns when that is on disk. Once the disk has failed, no intent is accepted
// any more: the error is then a [*DiskError].
func (j *Journal) Intend(ctx context.Context, in batch.Intent) (int64, error) {
	e := &entry{isNew: true, run: j.run, intent: &in}
	err := j.w.write(ctx, e)
	return e.id, translateError(j.path, err)
}

// Settle records the outcome of an intent, or with intent 0 an outcome that
// became known without a request of ours. It returns when that is on disk. When
// the disk fails it tries again for some seconds, in the space that was reserved.
func (j *Journal) Settle(ctx context.Context, intent int64, o batch.Outcome) error {
	e := &entry{id: intent, isNew: intent == 0, run: j.run, intent: &batch.Intent{Address: o.Address}, outcome: &o}
	return translateError(j.path, j.w.write(ctx, e))
}
