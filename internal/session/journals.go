package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/batch/send"
	"guestlist/internal/durable"
	"guestlist/internal/machine"
	"guestlist/internal/shell"
	"guestlist/internal/text"
)

// Place is where the journals of results are: beside them, or in a database.
type Place struct {
	// Database is the address of a PostgreSQL database, zero for files beside the results.
	Database journal.Address
	// Batch names the batch there, "" for the name of the results. It may be TENANT/NAME.
	Batch string
	// Getenv reads the variables that PostgreSQL knows.
	Getenv func(string) string
	// Notice takes sentences that the operator should see.
	Notice func(string)
}

// InDatabase reports whether the journals are in a database.
func (p Place) InDatabase() bool { return !p.Database.IsZero() }

// batch is what results are called in a database, and the id of their tenant as far as that
// is said.
func (p Place) batch(results string) (tenant, name string) {
	if tenant, name, said := strings.Cut(p.Batch, "/"); said {
		return tenant, name
	}
	base := filepath.Base(firstName(results))
	if strings.HasSuffix(strings.ToLower(base), SandboxEnding) {
		tenant = journal.SandboxTenant
	}
	if p.Batch != "" {
		return tenant, p.Batch
	}
	base = strings.TrimSuffix(base, filepath.Ext(base))
	for _, ending := range []string{RealEnding, SandboxEnding} {
		base = strings.TrimSuffix(base, strings.TrimSuffix(ending, Workbook))
	}
	return tenant, base
}

// connect opens the database.
func (p Place) connect(ctx context.Context) (*journal.Database, error) {
	return journal.OpenDatabase(ctx, p.Database, journal.DatabaseOptions{Getenv: p.Getenv, Notice: p.Notice})
}

// read reads the journal of results. A file that is not there, or cannot be read now - it is
// in use, or broken -, is passed over: the rows of the results have to do.
func (p Place) read(ctx context.Context, results string, read func(*journal.Journal) error) (err error) {
	if p.InDatabase() {
		return p.readBatch(ctx, results, read)
	}
	path := journal.Path(results)
	if !exists(path) {
		return nil
	}
	j, err := journal.Open(ctx, path, journal.Anyone())
	if err != nil {
		return nil //nolint:nilerr // in use, or broken
	}
	return errors.Join(read(j), j.Close())
}

// readBatch reads the batch of results, whatever runs.
func (p Place) readBatch(ctx context.Context, results string, read func(*journal.Journal) error) (err error) {
	d, err := p.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	tenant, name := p.batch(results)
	j, err := d.Read(ctx, tenant, name)
	if err != nil {
		return err
	}
	return errors.Join(read(j), j.Close())
}

// flags are those with which a command finds a batch of a tenant.
func (p Place) flags(tenant, name string) string {
	return "--journal=" + shell.Quote(p.Database.String()) + " --batch=" + shell.Quote(tenant+"/"+name)
}

// runnerOf is this process as the runner of a batch.
func runnerOf(operator, command, name string, since time.Time) journal.Runner {
	return journal.Runner{Who: operator, Command: command, Batch: name, PID: os.Getpid(), Since: since.UTC().Truncate(time.Second)}
}

// Batches are those in a database.
func Batches(ctx context.Context, journals Place) (all []journal.Batch, err error) {
	d, err := journals.connect(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	return d.List(ctx)
}

// MoveOptions say what moves into a database or out of it.
type MoveOptions struct {
	Journals Place
	// Path is the results, their journal, or a file with answers.
	Path string
	// State is what runs on this machine know of each other; Operator and Command are what
	// others are told about who moves it.
	State             machine.State
	Operator, Command string
}

// runOptions are those of a run that moves a batch.
func (o *MoveOptions) runOptions(name string) journal.RunOptions {
	return journal.RunOptions{Runner: runnerOf(o.Operator, o.Command, name, time.Now())}
}

// ImportJournal moves the journal of a file into a database.
func ImportJournal(ctx context.Context, o MoveOptions) (m journal.Moved, err error) {
	path := o.Path
	if !IsJournal(path) {
		path = journal.Path(firstName(Resolve(path)))
	}
	if !exists(path) {
		return m, Usagef("name the workbook that invite wrote, beside its journal", "%s is not there", text.Line(path))
	}
	_, name := o.Journals.batch(ResultsOf(path))
	d, err := o.Journals.connect(ctx)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if m, err = d.Import(ctx, path, name, o.runOptions(name)); err != nil {
		return m, err
	}
	return m, errors.Join(writePointer(ResultsOf(path), o.Journals.Database, m.Tenant+"/"+name), o.State.Forget(m.Tenant, path), o.State.Forget(noTenant, path))
}

// ExportJournal moves a batch out of a database, into the file of a journal.
func ExportJournal(ctx context.Context, o MoveOptions) (m journal.Moved, err error) {
	tenant, name := o.Journals.batch(o.Path)
	d, err := o.Journals.connect(ctx)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if m, err = d.Export(ctx, tenant, name, journal.Path(firstName(o.Path)), o.runOptions(name)); err != nil {
		return m, err
	}
	if err := os.Remove(journal.PointerPath(firstName(o.Path))); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return m, err
	}
	return m, nil
}

// TakeIn takes answers that a run got while the database could not be reached into their
// batch.
func TakeIn(ctx context.Context, o MoveOptions) (taken int, name string, err error) {
	d, err := o.Journals.connect(ctx)
	if err != nil {
		return 0, "", err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	return d.TakeIn(ctx, o.Path)
}

// InDatabaseError says that the journal of results is in a database, and that this run was
// not told so: on its own, it would know nothing of what was sent.
type InDatabaseError struct {
	// Results are those of the batch, Pointer the file beside them that says where their
	// journal is, "" where that is gone and the results themselves say that there is one.
	Results, Pointer string
	// Database, as far as it is known, and Batch are where the journal is. Other is the
	// database that the run was told of instead, "" for none.
	Database, Batch, Other string
}

func (e *InDatabaseError) Error() string {
	name, where := "batch "+text.Line(e.Batch), "a database: "
	switch {
	case e.Database != "" && e.Database == e.Other:
		return "the journal of " + text.Line(e.Results) + " was in this database, and is not there any more: " + text.Line(e.Database) + ", " + name
	case e.Database == "" && e.Other != "":
		where = "another database than " + text.Line(e.Other) + ": " + name
	case e.Database == "":
		where += name + "; which database, " + filepath.Base(journal.PointerPath(e.Results)) + " said, which was not copied along"
	case e.Other != "":
		where += text.Line(e.Database) + ", " + name + ", and not in " + text.Line(e.Other)
	default:
		where += text.Line(e.Database) + ", " + name
	}
	return "the journal of " + text.Line(e.Results) + " is in " + where
}

// Hint tells how to go on.
func (e *InDatabaseError) Hint() string {
	const goneForGood = "If that database is gone for good, "
	if e.Database == "" {
		goOn := "guestlist retry " + shell.File(e.Results) + " --trust-results"
		if strings.HasPrefix(e.Batch, journal.SandboxTenant+"/") {
			goOn += " --sandbox"
		}
		return "run the same command with " + e.flags() + ", ADDRESS being that of the database, or with GUESTLIST_JOURNAL set.\n" + goneForGood + "go by these results:\n" + goOn
	}
	goOn := fmt.Sprintf("remove %s: the run then goes by the results, as it does where a journal is gone", shell.File(e.Pointer))
	if e.Database == e.Other {
		return "find out who removed the batch, or whether the database is an older copy. If the batch is gone for good, " + goOn
	}
	return fmt.Sprintf("run the same command with %s, or with GUESTLIST_JOURNAL set. %s%s", e.flags(), goneForGood, goOn)
}

// flags are those that a run needs; where the database is not known, ADDRESS stands for it.
func (e *InDatabaseError) flags() string {
	address := "ADDRESS"
	if e.Database != "" {
		address = shell.Quote(e.Database)
	}
	return "--journal=" + address + " --batch=" + shell.Quote(e.Batch)
}

const pointerTo = "The journal of these results is in a PostgreSQL database. Keep this file beside them:\na run that is not told of the database ends, and says by it where that is.\n\n"

// writePointer says beside results that their journal is in a database: the variable that
// names it may be missing in the next run, of a scheduler say.
func writePointer(results string, database journal.Address, name string) error {
	path := journal.PointerPath(firstName(results))
	content := pointerTo + "Database: " + database.String() + "\nBatch: " + name + "\n"
	if now, err := os.ReadFile(path); err == nil && string(now) == content {
		return nil
	}
	return durable.WritePrivate(path, []byte(content))
}

// checkPointer is an [*InDatabaseError] where the journal of results is in a database and
// not beside them.
func checkPointer(results string) error {
	if said := readPointer(results); said != nil {
		return said
	}
	return nil
}

// readPointer is what the file beside results says of their journal, nil where it is in no
// database.
func readPointer(results string) *InDatabaseError {
	path := journal.PointerPath(firstName(results))
	content, err := os.ReadFile(path)
	if err != nil || exists(journal.Path(results)) {
		return nil //nolint:nilerr // no pointer: nothing is known of a database
	}
	e := &InDatabaseError{Results: results, Pointer: path}
	for line := range strings.Lines(string(content)) {
		if said, is := strings.CutPrefix(line, "Database: "); is {
			e.Database = strings.TrimSpace(said)
		}
		if said, is := strings.CutPrefix(line, "Batch: "); is {
			e.Batch = strings.TrimSpace(said)
		}
	}
	return e
}

// openJournal opens the journal of the session.
func (s *Session) openJournal(ctx context.Context) (err error) {
	if s.Read.Journals.InDatabase() {
		return s.openBatch(ctx)
	}
	if err := checkPointer(s.Results); err != nil {
		return err
	}
	path := journal.Path(s.Results)
	_, missing := os.Stat(path)
	if errors.Is(missing, fs.ErrNotExist) {
		if err := s.checkOwnGone(); err != nil {
			return err
		}
	}
	var options []journal.Option
	if s.LogLost {
		options = append(options, journal.LogLost)
	}
	if s.journal, err = journal.Open(ctx, path, s.tenant.ID, options...); err != nil {
		return err
	}
	s.unused = errors.Is(missing, fs.ErrNotExist)
	if !s.journal.IsPrivate() {
		s.notice("others may read the files of this run: " + text.Line(filepath.Dir(path)) + " does not keep files to their owner, or let others read the journal on purpose. Links are personal; another place for them is named with --out.")
	}
	if s.journal.Altered() {
		s.notice("the journal " + text.Line(path) + " is not as guestlist left it: another program changed it, or a run was killed while it closed it. It was checked and is sound, and its outcomes count as they are.")
	}
	return nil
}

// checkBatch is the error where the batch that results say they are of is not in the database
// of this run, or the run was told of none. A batch that sent nothing is not theirs.
func (s *Session) checkBatch(ctx context.Context, elsewhere *InDatabaseError) error {
	if !s.Read.Journals.InDatabase() {
		return elsewhere
	}
	all, err := s.database.List(ctx)
	isHere := slices.ContainsFunc(all, func(b journal.Batch) bool {
		return b.Sent > 0 && strings.EqualFold(b.Tenant+"/"+b.Name, elsewhere.Batch)
	})
	if isHere || err != nil {
		return err
	}
	elsewhere.Other = s.Read.Journals.Database.String()
	return elsewhere
}

// openBatch opens the batch of the session in the database: to read it, or as the one run of
// the tenant.
func (s *Session) openBatch(ctx context.Context) (err error) {
	place := s.Read.Journals
	tenant, name := place.batch(s.Results)
	if tenant != "" && !strings.EqualFold(tenant, s.tenant.ID.Tenant) {
		return Usagef("sign in to that tenant, or leave it out of --batch", "the batch %s is of another tenant than this sign-in, which is for %v", text.Line(place.Batch), s.tenant.ID)
	}
	if s.database, err = place.connect(ctx); err != nil {
		return err
	}
	if s.Status {
		s.journal, err = s.database.Read(ctx, s.tenant.ID.Tenant, name)
		return err
	}
	spill, err := filepath.Abs(journal.SpillPath(s.Results))
	if err != nil {
		return err
	}
	o := journal.RunOptions{
		Runner: runnerOf(s.Operator, s.Command, name, s.begun),
		Spill:  spill, Notice: s.notice,
	}
	if s.Wait {
		o.Wait = func(busy *journal.TenantBusyError) { s.notice("waiting: " + text.Error(busy)) }
	}
	if s.journal, err = s.database.Open(ctx, name, s.tenant.ID, o); err != nil {
		return err
	}
	s.unused = s.journal.IsNew()
	if said := readPointer(s.Results); said != nil && s.unused && !s.TrustResults {
		if err := s.checkBatch(ctx, said); err != nil {
			return err
		}
	}
	if s.unused { // a batch that is discarded may leave no file that names it
		return nil
	}
	return s.pointToBatch()
}

// use keeps the journal that this session made: a run begins, or what results told stays.
func (s *Session) use() error {
	if !s.unused {
		return nil
	}
	s.unused = false
	return s.pointToBatch()
}

// pointToBatch says beside the results which batch of a database is theirs.
func (s *Session) pointToBatch() error {
	place := s.Read.Journals
	if s.Status || !place.InDatabase() {
		return nil
	}
	_, name := place.batch(s.Results)
	return writePointer(s.Results, place.Database, s.tenant.ID.Tenant+"/"+name)
}

// discard removes the journal that this session made and did not use.
func (s *Session) discard() error {
	if s.Read.Journals.InDatabase() {
		return s.journal.Discard()
	}
	path := journal.Path(s.Results)
	// Forgotten first: if this is killed between, no journal is missed that has nothing in it.
	return errors.Join(s.journal.Close(), s.registry.forget(path), os.Remove(path))
}

// batchOf is what people call the batch of another journal.
func batchOf(known journal.Known) string {
	return cmp.Or(known.Batch, filepath.Base(ResultsOf(known.Journal)))
}

// registry is what this machine knows of the journals of a tenant: where this user wrote
// them, when that was, and how far they had come. The simulated tenant is new for each
// run, and has none.
type registry struct {
	state  machine.State
	tenant *Tenant
	// ignored are journals that do not count, as the operator named them.
	ignored []string
	// journals are those that were read last.
	journals []machine.Registered
}

// noTenant stands for the tenant of journals that was not known when they were written,
// wherever Graph was called: a gateway in front of it may have another address. They count
// for every tenant, until a run of theirs learns it.
const noTenant = ""

// read learns which journals this user wrote on this machine for the tenant, and those
// whose tenant was not known then; all of them where it is not known now.
func (r *registry) read() (err error) {
	switch {
	case r.tenant.ID.Sandbox:
		return nil
	case r.tenant.ID.Tenant == "":
		r.journals, err = r.state.AllJournals()
		return err
	}
	known, err := r.state.Journals(r.tenant.ID.Tenant)
	unknown, errUnknown := r.state.Journals(noTenant)
	r.journals = slices.Concat(known, unknown)
	return errors.Join(err, errUnknown)
}

// find is the note of a journal.
func (r *registry) find(path string) (machine.Registered, bool) {
	path, err := filepath.Abs(path)
	at := slices.IndexFunc(r.journals, func(j machine.Registered) bool { return j.Path == path })
	if err != nil || at < 0 {
		return machine.Registered{}, false
	}
	return r.journals[at], true
}

// register makes a journal known to later runs of this machine.
func (r *registry) register(j machine.Registered) error {
	if r.tenant.ID.Sandbox {
		return nil
	}
	err := r.state.Register(r.tenant.ID.Tenant, j)
	if r.tenant.ID.Tenant != noTenant {
		err = errors.Join(err, r.state.Forget(noTenant, j.Path))
	}
	return err
}

// forget takes a journal out of those that are registered.
func (r *registry) forget(path string) error {
	if r.tenant.ID.Sandbox {
		return nil
	}
	return errors.Join(r.state.Forget(r.tenant.ID.Tenant, path), r.state.Forget(noTenant, path))
}

// addTo adds the registered journals to those at hand.
func (r *registry) addTo(at journal.AtHand) journal.AtHand {
	at.Registered = make(map[string]string, len(r.journals))
	for _, j := range r.journals {
		at.Registered[j.Path] = j.Batch
	}
	at.Scratch = r.state.Copies()
	return at
}

// tellsAll is after what time without a run the tenant shows for certain whom a journal
// invited: a run may have lasted for a day, and a day more is [batch.FreshInvitation].
const tellsAll = 3 * 24 * time.Hour

// isLongUnused reports whether the tenant shows by now all that a journal could tell.
func (r *registry) isLongUnused(path string) bool {
	j, known := r.find(path)
	return known && time.Since(j.Used) > tellsAll
}

// checkGone refuses to go on without a journal that was deleted so lately that the tenant
// may not show yet whom it invited: after a run that came to its end for as long as
// absence proves nothing, after one that was killed for a day.
func (r *registry) checkGone(path string) error {
	j, known := r.find(path)
	if !known || slices.ContainsFunc(r.ignored, func(i string) bool { abs, err := filepath.Abs(i); return err == nil && abs == j.Path }) {
		return nil
	}
	until := j.Used.Add(lookupFor)
	if j.Running {
		until = j.Used.Add(batch.FreshInvitation)
	}
	if time.Now().After(until) {
		return nil
	}
	return &DeletedJournalError{j.Path, until}
}

// checkNewest refuses a journal that is an older copy of the one that was written here
// last, as checkGone refuses to go on without it.
func (r *registry) checkNewest(j machine.Registered) error {
	last, known := r.find(j.Path)
	if !known || last.Batch != j.Batch || j.Progress >= last.Progress {
		return nil
	}
	return r.checkGone(j.Path)
}

// DeletedJournalError says that a journal was deleted, taken away from its folder, or
// replaced by an older copy, so lately that the tenant may not show yet whom it invited.
// Nothing was sent.
type DeletedJournalError struct {
	Path string
	// Until is when the tenant shows it for certain.
	Until time.Time
}

func (e *DeletedJournalError) Error() string {
	what := " is gone from its folder"
	if _, err := os.Stat(e.Path); err == nil {
		what = " is an older copy of the one that was written last"
	}
	return text.Line(e.Path) + what + ", and the last run was a short time ago: whom it invited, the tenant may not show yet"
}

// Hint tells how to go on.
func (e *DeletedJournalError) Hint() string {
	return fmt.Sprintf("put it back, or run the same command again after %s. Or leave it out with --ignore-journal %s: guests whom only this journal knows can then be invited again",
		text.Moment(e.Until), shell.Quote(e.Path))
}

const (
	// leastHold is the shortest wait that is kept for later runs: a shorter one is over
	// before another run has read its list.
	leastHold = 2 * time.Second
	// holdAhead is how much later than asked for a wait ends as it is kept. Answers that
	// come in together ask for moments that lie close to each other, and are one wait.
	holdAhead = time.Second
)

// register makes the journal known to later runs of this machine.
func (s *Session) register(ctx context.Context) error {
	return s.registered(ctx, s.registry.register)
}

// checkNewest refuses a journal that is an older copy of the one that was written here
// last. One that was restored from results has the name of that one, and less progress.
func (s *Session) checkNewest(ctx context.Context) error {
	return s.registered(ctx, s.registry.checkNewest)
}

// registered hands on the note of the session's journal as it is now. A database has none.
func (s *Session) registered(ctx context.Context, do func(machine.Registered) error) error {
	if s.Read.Journals.InDatabase() {
		return nil
	}
	progress, err := s.journal.Progress(ctx)
	if err != nil {
		return err
	}
	return do(machine.Registered{Path: journal.Path(s.Results), Batch: s.uid, Running: s.running, Progress: progress})
}

// checkOwnGone refuses to go on without the journal of these results where that was
// deleted lately. Results that are still there tell as much as it did.
func (s *Session) checkOwnGone() error {
	if _, err := os.Stat(s.Results); err == nil || s.source.isResults {
		return nil
	}
	return s.registry.checkGone(journal.Path(s.Results))
}

// journalsAtHand are the other journals of the tenant: those beside the results, and
// those that this user wrote on this machine.
func (s *Session) journalsAtHand() (journal.AtHand, error) {
	if err := s.registry.read(); err != nil {
		return journal.AtHand{}, err
	}
	return s.registry.addTo(journal.AtHand{
		Identity: s.tenant.ID, Database: s.database, Own: s.ownJournal(), OwnUID: s.uid, Ignore: s.IgnoreJournals, Folder: filepath.Dir(s.orList()),
		ClockAhead: s.clockAhead(),
	}), nil
}

// knownAtHand goes through what the journals at hand know. One whose folder is missing
// keeps no one from inviting when it was used last long ago and the tenant is asked.
func (s *Session) knownAtHand(ctx context.Context, at journal.AtHand) iter.Seq2[journal.Known, error] {
	return func(yield func(journal.Known, error) bool) {
		for known, err := range at.Known(ctx) {
			if unreadable, ok := errors.AsType[*journal.UnreadableError](err); ok && errors.Is(err, journal.ErrFolderMissing) && !s.NoDirectoryCheck && s.registry.isLongUnused(unreadable.Path) {
				continue
			}
			if !yield(known, err) {
				return
			}
		}
	}
}

// readJournalsAtHand finds out what other journals of the tenant say of the addresses
// that would be sent an invitation: those beside the results, and those that this user
// wrote on this machine.
func (s *Session) readJournalsAtHand(ctx context.Context) error {
	if s.candidates.len() == 0 {
		return nil
	}
	return s.readAtHand(ctx, false, func(known journal.Known) {
		if s.candidates.get(known.Address) != "" {
			s.presences.addJournal(known)
		}
		if known.Forgotten != nil {
			s.presences.addForgotten(known, &s.candidates)
		}
	})
}

// readAtHand goes through what other journals of the tenant know: those beside the
// results, and those that this user wrote on this machine. Listed asks for addresses that were
// never sent, too.
func (s *Session) readAtHand(ctx context.Context, listed bool, take func(journal.Known)) error {
	if s.tenant.ID.Sandbox {
		return nil
	}
	at, err := s.journalsAtHand()
	if err != nil {
		return err
	}
	at.Listed = listed
	var forgotten error
	forget := func(path string) {
		if s.journal != nil { // a dry run changes nothing
			forgotten = errors.Join(forgotten, s.registry.forget(path))
		}
	}
	at.Deleted = func(path string) {
		if err := s.registry.checkGone(path); err != nil {
			forgotten = errors.Join(forgotten, err)
			return
		}
		s.notice(fmt.Sprintf("%s was deleted, and had invitations to this tenant: whom it invited in the last minutes, the tenant may not show yet.", text.Line(path)))
		forget(path)
	}
	at.Moved = forget
	for known, err := range s.knownAtHand(ctx, at) {
		if err != nil {
			return err
		}
		take(known)
	}
	return forgotten
}

// hold is before when Microsoft asked not to be called for the tenant. It is kept on this
// machine at once, and not at the end of the run, which may be killed.
type hold struct {
	state machine.State
	// journal is that of the run: a database keeps it for other machines, too.
	journal *journal.Journal
	tenant  string // "" where nothing is kept
	// until is what an earlier run was asked for.
	until time.Time

	mu   sync.Mutex
	kept time.Time
	err  error
}

// checkHold finds out whether Microsoft asked an earlier run to wait. What is left of it
// this run keeps, too, unless it is longer than a run waits.
func (s *Session) checkHold(ctx context.Context) error {
	if s.tenant.ID.Sandbox {
		return nil
	}
	s.hold.state, s.hold.tenant = s.State, s.tenant.bucket()
	s.hold.until, s.hold.journal = s.State.HeldUntil(s.hold.tenant), s.journal
	if until, err := s.journal.HeldUntil(ctx); err != nil {
		return err
	} else if until.After(s.hold.until) {
		s.hold.until = until
	}
	s.hold.kept = s.hold.until
	left := time.Until(s.hold.until)
	switch {
	case left > send.MaxHold:
		return &machine.HeldError{Until: s.hold.until}
	case left > 0:
		s.notice(fmt.Sprintf("Microsoft asked an earlier run to wait: no invitation is sent before %s", s.hold.until.Local().Format(time.TimeOnly)))
	}
	return nil
}

// keep keeps a wait for later runs. It is for the workers of a run, and returns when the
// wait is on disk: whoever calls it was just told to wait longer than that takes.
func (h *hold) keep(until time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.tenant == "" || time.Until(until) < leastHold || !until.After(h.kept) {
		return
	}
	h.kept = until.Add(holdAhead)
	err := h.state.Hold(h.tenant, h.kept)
	if err = errors.Join(err, h.journal.Hold(context.Background(), h.kept)); err != nil { //nolint:forbidigo // it is kept also where the run ends meanwhile
		h.err = err
	}
}

// report tells, once, that a wait could not be kept.
func (h *hold) report(notice func(string)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.err != nil {
		notice(text.Error(h.err))
		h.err = nil
	}
}
