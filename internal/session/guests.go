package session

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/graph"
	"guestlist/internal/machine"
	"guestlist/internal/text"
	"guestlist/report/handoff"
)

// readByIDUpTo is the number of guests up to which each is read by its id, 20 in a
// request. Beyond it all users of the tenant are read, 999 in a request: one resource
// unit a page instead of one a guest.
const readByIDUpTo = 2000

// guest is a person of the batch whose state in the tenant is read.
type guest struct {
	address, userID string
	// invited is when the request left, in Graph's clock; zero where that is not known, or
	// among all users of the tenant they are.
	invited time.Time
	// status, existing and fingerprint are those of the row.
	status      batch.Status
	existing    batch.ExistingKind
	fingerprint uint64
	// before is what was read of the guest earlier, reading what is read now; its At is zero
	// as long as nothing is.
	before, reading batch.GuestReading
}

// ReadGuests asks the tenant what became of the guests of the batch - who accepted, who
// was deleted, who never came - and keeps it in the journal. Guests who are gone become
// removed, and those who are there again existing. The error is a [*graph.PermissionError]
// where the sign-in may not look, and a [*DirectoryError] where a look-up failed; nothing
// is kept then of those who were not read.
func (s *Session) ReadGuests(ctx context.Context, progress func(done, total int)) error {
	return s.readGuests(ctx, progress, func(read []*guest) error {
		if err := s.journal.RecordGuests(ctx, readings(read)); err != nil {
			return err
		}
		return s.settleGuests(ctx, read)
	})
}

// readings yields what was read of guests, by their addresses.
func readings(read []*guest) iter.Seq2[string, batch.GuestReading] {
	return func(yield func(string, batch.GuestReading) bool) {
		for _, g := range read {
			if !yield(g.address, g.reading) {
				return
			}
		}
	}
}

// readGuests is ReadGuests that hands those who were read to keep, some at a time: a million
// are not held in memory.
func (s *Session) readGuests(ctx context.Context, progress func(done, total int), keep func([]*guest) error) error {
	r := guestReader{directory: s.tenant.Directory(), now: s.Now, progress: progress}
	err := s.journal.UserIDs(ctx, r.expect)
	if err != nil || r.expected.Len() == 0 {
		return err
	}
	if r.expected.Len() > readByIDUpTo {
		err = r.scan(ctx)
	}
	if err != nil {
		return s.readError(ctx, err)
	}
	if err := s.takeRead(ctx, &r, keep); err != nil {
		return err
	}
	if r.failed > 0 && r.failed == r.asked && !r.taken {
		return s.readError(ctx, r.lastErr)
	}
	if n := r.justDeleted; n > 0 {
		s.notice(fmt.Sprintf("%s deleted with guestlist undo in the last %s: the directory may still show them, and is not asked about them. If one was restored since, look again after %s",
			text.Plural(n, "guest"), text.Duration(lookupFor), text.Moment(r.lastDeleted.Add(lookupFor))))
	}
	if n := r.failed; n > 0 {
		s.notice(text.Plural(n, "guest") + " could not be read now: what was known of them before stays")
	}
	return nil
}

// readError is what came in the way of reading guests.
func (*Session) readError(ctx context.Context, err error) error {
	if refused, ok := errors.AsType[*graph.Refusal](err); ok && refused.Denied() {
		return &graph.PermissionError{Capability: graph.ReadStatus, Refusal: refused}
	}
	return brokeOff(ctx, err)
}

// takeRead goes through the guests of the journal, also those whose row has left the list.
// Those who were read are kept, the others are read one by one, and kept then.
func (s *Session) takeRead(ctx context.Context, r *guestReader, keep func([]*guest) error) error {
	r.guests = make(map[string]*guest)
	read := make([]*guest, 0, planTogether)
	for rec, err := range s.journal.Records(ctx) {
		if err != nil {
			return err
		}
		o := rec.Outcome
		if !o.IsFollowed() {
			continue
		}
		if s.isJustDeleted(rec) {
			r.justDeleted++
			r.lastDeleted = lastTime(r.lastDeleted, o.At)
			continue
		}
		g := &guest{
			address: o.Address, userID: o.UserID,
			status: o.Status, existing: o.Existing, fingerprint: o.Fingerprint, before: rec.Guest,
		}
		if r.takeScanned(g) {
			read = append(read, g)
		} else {
			invited, err := s.invitedAt(ctx) // of those who are there it does not matter, and takes 40 MiB of a million
			if err != nil {
				return err
			}
			g.invited = whenInvited(o, invited)
			r.guests[g.address] = g
		}
		if len(read) == planTogether {
			if err := keep(read); err != nil {
				return err
			}
			read = read[:0]
		}
		if len(r.guests) == planTogether {
			if err := s.takeLeft(ctx, r, keep); err != nil {
				return err
			}
		}
	}
	if len(read) > 0 {
		if err := keep(read); err != nil {
			return err
		}
	}
	return s.takeLeft(ctx, r, keep)
}

// takeLeft reads those one by one who are left so far: where the tenant shows none of a
// million, not all of them are held in memory.
func (s *Session) takeLeft(ctx context.Context, r *guestReader, keep func([]*guest) error) error {
	if err := r.readLeft(ctx); err != nil {
		return s.readError(ctx, err)
	}
	found := r.found()
	clear(r.guests)
	if len(found) == 0 {
		return nil
	}
	return keep(found)
}

// invitedAt is when guests were invited, in Unix nanoseconds, as [journal.Journal.InvitedAt]
// says it. It is read once: what is read of guests changes nothing of it.
func (s *Session) invitedAt(ctx context.Context) (*batch.ByAddress[int64], error) {
	if s.invitations == nil {
		invited, err := s.journal.InvitedAt(ctx, s.clock())
		if err != nil {
			return nil, err
		}
		s.invitations = &invited
	}
	return s.invitations, nil
}

// isJustDeleted reports whether undo deleted the guest so lately that the directory may
// still show them: what it says now would make a person of the tenant of them again.
func (s *Session) isJustDeleted(rec batch.Record) bool {
	return rec.Outcome.Status == batch.Removed && rec.Guest.State == batch.GuestDeleted && s.Now().Sub(rec.Outcome.At) < lookupFor
}

// whenInvited is when the invitation of an outcome left. Others were invited at some time
// before they were first read.
func whenInvited(o batch.Outcome, invited *batch.ByAddress[int64]) time.Time {
	at, known := invited.Get(o.Address)
	if o.Status == batch.Existing || !known {
		return o.At
	}
	return time.Unix(0, at).UTC()
}

// guestReader finds out what the tenant says of guests.
type guestReader struct {
	directory directory
	now       func() time.Time // in Graph's clock
	progress  func(done, total int)

	// expected are the accounts of the batch by their object ids, with what all users of the
	// tenant, where they were read, say of them.
	expected batch.ByAddress[scanned]
	// guests are those by their addresses who are read one by one next.
	guests map[string]*guest
	// unreadable are those of them of whom Graph said neither that they are there nor that not.
	unreadable map[string]bool
	// asked is how many were read one by one so far, failed how many could not be.
	asked, failed int
	lastErr       error // why the last of them could not be read
	done          int
	taken         bool // guests were read from all users
	// justDeleted are guests of whom it is not asked, since undo deleted them a moment ago, the
	// last of them at lastDeleted.
	justDeleted int
	lastDeleted time.Time
}

// scanned is a reading of an account among all users of the tenant, in 24 bytes.
type scanned struct {
	// at is 0 as long as it was not read.
	at, since moment
	state     scannedState
}

// scannedState is a [batch.GuestState] that users who are there can have.
type scannedState uint8

var scannedStates = []batch.GuestState{batch.GuestNotKnown, batch.GuestAccepted, batch.GuestNotAccepted}

// expect notes that an account is one of the batch.
func (r *guestReader) expect(userID string) { r.expected.Put(idKey(userID), scanned{}) }

// takeScanned gives a guest what was read among all users, and reports whether anything was.
func (r *guestReader) takeScanned(g *guest) bool {
	read, _ := r.expected.Get(idKey(g.userID))
	if read.at == 0 {
		return false
	}
	r.taken = true
	g.reading = batch.GuestReading{State: scannedStates[read.state], UserID: g.userID, At: read.at.time(), Since: read.since.time().UTC()}
	return true
}

// found are those who were read one by one, in the order of their addresses.
func (r *guestReader) found() (found []*guest) {
	for _, address := range slices.Sorted(maps.Keys(r.guests)) {
		if g := r.guests[address]; g.isRead() {
			found = append(found, g)
		}
	}
	return found
}

// readLeft reads those who are left by id; those who are not there by their addresses, and
// among the deleted ones. Who is not there in any way was missed.
func (r *guestReader) readLeft(ctx context.Context) error {
	r.unreadable = make(map[string]bool)
	if err := r.readByID(ctx); err != nil {
		return err
	}
	if err := r.readByAddress(ctx); err != nil { // another account can have the address by now
		return err
	}
	if err := r.readDeleted(ctx); err != nil {
		return err
	}
	for _, address := range r.unread() {
		g := r.guests[address]
		r.add(address, g.before.Missed(g.userID, g.invited, r.now(), time.Now().UTC()))
	}
	r.asked += len(r.guests)
	r.failed += len(r.unreadable)
	return nil
}

// add notes what was read of a guest.
func (r *guestReader) add(address string, reading batch.GuestReading) {
	g := r.guests[address]
	if !g.isRead() {
		r.step()
	}
	g.reading = reading
}

// step tells that one more was read.
func (r *guestReader) step() {
	r.done = min(r.done+1, r.expected.Len())
	r.progress(r.done, r.expected.Len())
}

// unread are the addresses of the guests of whom nothing was read yet, in their order.
func (r *guestReader) unread() []string {
	var left []string
	for address, g := range r.guests {
		if !g.isRead() && !r.unreadable[address] {
			left = append(left, address)
		}
	}
	slices.Sort(left)
	return left
}

// scan goes through all users of the tenant.
func (r *guestReader) scan(ctx context.Context) error {
	for users, err := range r.directory.States(ctx) {
		if err != nil {
			return err
		}
		at := r.now()
		for _, u := range users {
			before, is := r.expected.Get(idKey(u.ID))
			if !is {
				continue
			}
			if before.at == 0 {
				r.step()
			}
			reading := readingOf(u, at)
			r.expected.Put(idKey(u.ID), scanned{momentOf(at), momentOf(reading.Since), scannedState(slices.Index(scannedStates, reading.State))}) //nolint:gosec // one of three
		}
	}
	return nil
}

// readByID reads each guest who is left by the object id. Who may not be read by the
// sign-in ends the reading; what else Graph says of one guest concerns that one.
func (r *guestReader) readByID(ctx context.Context) error {
	for some := range slices.Chunk(r.unread(), lookUpTogether) {
		at := r.now()
		found, err := r.directory.UsersByID(ctx, r.ids(some))
		if err != nil {
			return err
		}
		for i, user := range found {
			switch {
			case user.Err == nil:
				r.add(some[i], readingOf(user.Value, at))
			case errors.As(user.Err, new(*graph.PermissionError)):
				return user.Err
			case !user.Missing():
				r.unreadable[some[i]], r.lastErr = true, user.Err
			}
		}
	}
	return nil
}

func (r *guestReader) ids(addresses []string) []string {
	ids := make([]string, len(addresses))
	for i, address := range addresses {
		ids[i] = r.guests[address].userID
	}
	return ids
}

// readDeleted finds out who of those who are not there was deleted, and when. Where the
// sign-in may not read that, it is not known.
func (r *guestReader) readDeleted(ctx context.Context) error {
	for some := range slices.Chunk(r.unread(), lookUpTogether) {
		at := r.now()
		found, err := r.directory.DeletedByID(ctx, r.ids(some))
		if err != nil {
			return err
		}
		for i, user := range found {
			if user.Err == nil {
				r.add(some[i], batch.GuestReading{State: batch.GuestDeleted, UserID: user.ID, Since: user.Value.Deleted, At: at})
			}
		}
	}
	return nil
}

// readByAddress looks up the addresses of those who are left.
func (r *guestReader) readByAddress(ctx context.Context) error {
	for some := range slices.Chunk(r.unread(), lookUpTogether) {
		at := r.now()
		found, err := r.directory.LookUp(ctx, some)
		if err != nil {
			return err
		}
		for _, address := range some {
			if users := found[address]; len(users) > 0 {
				r.add(address, readingOf(users[0], at))
			}
		}
	}
	return nil
}

// readingOf is what the directory says of an account at a time.
func readingOf(u graph.User, at time.Time) batch.GuestReading {
	reading := batch.GuestReading{State: batch.GuestNotKnown, UserID: u.ID, At: at}
	switch u.State {
	case graph.StateAccepted:
		reading.State, reading.Since = batch.GuestAccepted, u.StateChanged
	case graph.StatePending:
		reading.State = batch.GuestNotAccepted
	}
	return reading
}

// settleGuests keeps what readings change of the rows: an invited guest whose account is
// gone is removed, and one who was removed or was in the tenant before is what the tenant
// has now.
func (s *Session) settleGuests(ctx context.Context, read []*guest) error {
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(recordTogether)
	for _, g := range read {
		outcomes := g.changed()
		if len(outcomes) == 0 {
			continue
		}
		group.Go(func() error {
			for _, o := range outcomes {
				if err := s.journal.Settle(groupCtx, 0, o); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// isRead reports whether the guest was read now.
func (g *guest) isRead() bool { return !g.reading.At.IsZero() }

// changed are the outcomes that the reading brings to the guest's row, one after the other,
// none where it stays as it is.
func (g *guest) changed() (outcomes []batch.Outcome) {
	if !g.isRead() {
		return nil
	}
	r := g.reading
	status, existing := g.status, g.existing
	isOther := idKey(r.UserID) != idKey(g.userID) // another account has the address by now
	if status == batch.Invited {
		if !r.IsGone() && !isOther || !g.isCertain(r) {
			return nil
		}
		status = batch.Removed
		outcomes = append(outcomes, batch.Presence{UserID: g.userID, Read: r.At.UTC()}.Removed(g.address, g.fingerprint))
	}
	isThere := r.State == batch.GuestAccepted || r.State == batch.GuestNotAccepted
	if g.status == batch.Removed && isThere && !isOther {
		return append(outcomes, batch.Presence{UserID: g.userID, Read: r.At.UTC()}.Restored(g.address, g.fingerprint))
	}
	who := batch.Presence{UserID: r.UserID, Read: r.At.UTC()}
	switch r.State {
	case batch.GuestAccepted:
		who.Kind = batch.ExistingAccepted
	case batch.GuestNotAccepted:
		who.Kind = batch.ExistingPending
	case batch.GuestNotShown, batch.GuestNeverCame, batch.GuestDeleted, batch.GuestNotKnown:
		return outcomes
	}
	if status == batch.Existing && existing == who.Kind {
		return outcomes
	}
	return append(outcomes, who.Existing(g.address, who.Read))
}

// isCertain reports whether a reading proves that the account of an invitation is gone: it
// was missed by three looks, or the invitation is so old that a directory which does not
// show the account counts. A younger one can be restored, and the next batch must not take
// its guest for one who was never invited.
func (g *guest) isCertain(r batch.GuestReading) bool {
	return r.State == batch.GuestNeverCame || r.At.Sub(g.invited) >= batch.FreshInvitation
}

// SettingsOf are the flags of the latest run of some results, none where their journal
// cannot be read.
func SettingsOf(ctx context.Context, journals Place, results string) (settings map[string]string, err error) {
	err = journals.read(ctx, firstName(Resolve(results)), func(j *journal.Journal) error {
		previous, err := j.Previous(ctx)
		settings = previous.Settings
		return err
	})
	return settings, err
}

// ResultsFor is the results file that a command is about: the one that was named, or that
// of a journal. Where only the journal is left, its workbook is written first; where the
// journals are in a database, so it is with results that were written elsewhere.
func ResultsFor(ctx context.Context, journals Place, path string, state machine.State, notice func(string)) (string, error) {
	if journals.InDatabase() {
		if kind := KindOf(path); exists(standing(path)) || kind != Workbook && kind != CSV {
			return path, nil
		}
		_, err := exportBatch(ctx, ExportOptions{From: path, Out: path, Read: ReadOptions{Journals: journals}, State: state, Notice: notice})
		if err == nil {
			notice(text.Line(path) + " was written from the database")
		}
		return path, err
	}
	if !IsJournal(path) {
		return path, nil
	}
	if _, err := os.Stat(path); err != nil {
		return "", Usagef("a journal ends in .journal.db and stands beside its results", "journal: %w", err)
	}
	results, err := writtenBeside(ctx, path)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(results); err == nil {
		return results, nil
	}
	_, err = exportJournal(ctx, ExportOptions{From: path, Out: results, State: state, Notice: notice})
	return results, err
}

// writtenBeside is the results file that the runs of a journal wrote: a workbook, unless
// a CSV file was asked for.
func writtenBeside(ctx context.Context, path string) (results string, err error) {
	results = ResultsOf(path)
	j, err := journal.Open(ctx, path, journal.Anyone())
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	name, _, err := j.Written(ctx)
	if name != "" {
		results = filepath.Join(filepath.Dir(path), name)
	}
	return results, err
}

// JoinResults is [Session.Join] for results that are read again without sending anything.
// What people corrected in them is taken over as by a retry, and stays to be sent. Tool and
// operator are who does it, for results whose journal is gone and with it who made them.
func (s *Session) JoinResults(ctx context.Context, connect func(context.Context) (*Tenant, error), tool, operator string) error {
	if !s.source.isResults {
		return &NotResultsError{List: s.List, Results: ResultsPath(s.List, s.Ending)}
	}
	if err := s.Join(ctx, connect); err != nil {
		return err
	}
	if err := s.use(); err != nil { // what was restored from results is worth keeping
		return err
	}
	if s.Status {
		defer func() { s.history = nil }() // no one is invited, and of a million guests it takes 40 MiB
	}
	if s.Status && s.Read.Journals.InDatabase() {
		return nil // a run may be going on, whose list it is
	}
	if s.previous.Settings == nil {
		facts := batch.RunFacts{
			Tool: tool, Operator: operator, SignedInAs: s.tenant.SignedInAs(),
			Tenant: s.tenant.ID.Tenant, TenantName: s.organization.Name, List: s.List, ClockAhead: s.clockAhead(), Started: s.begun,
		}
		if err := errors.Join(s.journal.Begin(ctx, facts, nil), s.journal.End(ctx, batch.RunTotals{})); err != nil {
			return err
		}
	}
	columns, err := s.journal.Columns(ctx)
	if err != nil {
		return err
	}
	file, err := inspect(ctx, s.journal, s.Results)
	if err != nil || len(columns) > 0 && !file.edited() {
		return err
	}
	if s.AsOfRun && len(columns) > 0 {
		s.notice(text.Line(s.Results) + " was changed by hand and is left as it is: addresses that were corrected there count once guestlist retry has taken that over, and rows that were deleted there alone are still in the list")
		return nil
	}
	return s.Import(ctx)
}

// WriteCopy writes the results also into another file, as its ending says.
func (s *Session) WriteCopy(ctx context.Context, path string) error {
	if SameFile(path, s.Results) {
		return Usagef("name another file with --out", "%s is the file of the results itself", text.Line(path))
	}
	_, err := s.writing(s.newerInvitations(ctx)).derived(ctx, journal.Derived{Path: path})
	return err
}

// OlderFiles are the files that report and status have made of these results, as far as they
// are there still: what is known since is not in them, and links may have ended. The one that
// was just written is none. Those with links come first.
func (s *Session) OlderFiles(ctx context.Context, written string) (older []journal.Derived, err error) {
	all, err := s.journal.AllDerived(ctx)
	for _, noLinks := range []bool{false, true} {
		for _, d := range all {
			isFile := d.Digest != "" && exists(d.Path)
			if isFile && d.NoLinks == noLinks && (written == "" || !SameFile(d.Path, written)) {
				older = append(older, d)
			}
		}
	}
	return older, err
}

// Handoffs are the folders of hand-offs of these results, as far as they are known: the newest
// first.
func (s *Session) Handoffs(ctx context.Context) ([]string, error) {
	return handoffFolders(ctx, s.journal, s.Results)
}

// OutdatedPackages are the packages of hand-offs of these results that have links which have
// ended, as far as the folders are known.
func (s *Session) OutdatedPackages(ctx context.Context) ([]handoff.Held, error) {
	folders, err := s.Handoffs(ctx)
	if err != nil || len(folders) == 0 {
		return nil, err
	}
	return handoff.Outdated(folders, s.journal.Records(ctx))
}

// Rewrite writes the results once more after [Session.ReadGuests], and tells how things
// stand. Its errors are [*UnwrittenError].
func (s *Session) Rewrite(ctx context.Context) (batch.RunFacts, *batch.Tally, error) {
	facts, tally, err := s.write(ctx)
	if err != nil {
		return facts, tally, s.unwritten(err)
	}
	return facts, tally, nil
}
