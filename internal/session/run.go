package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/batch/judge"
	"guestlist/batch/send"
	"guestlist/graph"
	"guestlist/graph/sandbox"
	"guestlist/internal/durable"
	"guestlist/internal/machine"
	"guestlist/internal/shell"
	"guestlist/internal/text"
	"guestlist/report"
)

// Join takes the batch into a tenant: the results can be written, the journal is
// open and holds earlier outcomes, also those of results files whose journal is
// gone. The session closes the tenant.
func (s *Session) Join(ctx context.Context, connect func(context.Context) (*Tenant, error)) (err error) {
	if s.Retry && !s.source.isResults {
		return &NotResultsError{List: s.List, Results: ResultsPath(s.List, s.Ending)}
	}
	if s.Results == "" {
		return Usagef("name a workbook: --out partners.results.xlsx", "a list from standard input has no name for its results")
	}
	if err := report.Reserve(s.Results); err != nil {
		return err
	}
	if err := s.connect(ctx, connect); err != nil {
		return err
	}
	unreachable, err := s.readOrganization(ctx)
	if err != nil {
		return err
	}
	s.completeDefaults()
	if err := s.checkReviewed(); err != nil {
		return err
	}
	if err := s.lockTenant(ctx); err != nil {
		return err
	}
	if err := s.registry.read(); err != nil {
		return err
	}
	if err := s.openJournal(ctx); err != nil {
		return err
	}
	if !s.Status {
		if err := s.checkHold(ctx); err != nil {
			return err
		}
	}
	if err := s.learn(ctx, s.journal); err != nil {
		return err
	}
	if err := s.checkNewest(ctx); err != nil { // before it may be restored
		return err
	}
	if err := s.register(ctx); err != nil {
		return err
	}
	if err := s.restore(ctx); err != nil {
		return err
	}
	if err := s.repeople(ctx); err != nil {
		return err
	}
	if s.previous, err = s.journal.Previous(ctx); err != nil {
		return err
	}
	if s.history, err = s.journal.History(ctx, s.clockAhead()); err != nil {
		return err
	}
	has, err := s.journal.HasFollowUps(ctx)
	if err != nil {
		return err
	}
	s.source.followUps = s.source.followUps || has
	return unreachable
}

// connect takes the session to a tenant.
func (s *Session) connect(ctx context.Context, connect func(context.Context) (*Tenant, error)) (err error) {
	s.tenant, err = connect(ctx)
	s.registry = registry{state: s.State, tenant: s.tenant, ignored: s.IgnoreJournals}
	return err
}

// Preview makes the plan of a run without carrying it out: what is known of the list is
// read, and the tenant is asked as in a run, but no file is written and nothing is sent.
// Prepare, where it is given, is called once the tenant is known.
func (s *Session) Preview(ctx context.Context, connect func(context.Context) (*Tenant, error), prepare func(context.Context) error) (err error) {
	if s.history, err = s.recall(ctx); err != nil {
		return err
	}
	if s.elsewhere != nil {
		return s.elsewhere // as the run itself
	}
	if err := s.connect(ctx, connect); err != nil {
		return err
	}
	unreachable, err := s.readOrganization(ctx)
	if err := errors.Join(err, unreachable); err != nil {
		return err
	}
	s.completeDefaults()
	if err := prepare(ctx); err != nil {
		return err
	}
	s.candidates = candidates{}
	corrected, err := s.recallCorrections(ctx)
	if err != nil {
		return err
	}
	for step, err := range corrected.kept(s.Steps()) {
		if err == nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return err
		}
		s.addCandidate(step)
	}
	for _, notice := range s.Notices() {
		s.notice(notice)
	}
	return s.readJournalsAtHand(ctx)
}

// addCandidate notes an address of which it matters who has it already, or whether its
// guest is there still.
func (s *Session) addCandidate(step batch.Step) {
	if step.Action != batch.Skip || step.Status == batch.Existing {
		s.candidates.add(step.Address, step.Invitation.EmailAddress)
	}
	// A removed row that is sent is asked about as any other.
	isAsked := step.Status == batch.Invited || step.Status == batch.Removed && step.Action == batch.Skip
	if isAsked && s.Reinvite == batch.ReinviteRemoved && !step.LeftOut {
		s.mayBeGone = append(s.mayBeGone, step.Address)
	}
}

// learn remembers what the journal is known by, whom it was told to forget, and who was
// invited where guests that are gone are invited again.
func (s *Session) learn(ctx context.Context, j *journal.Journal) (err error) {
	if s.source.forgotten, err = j.Forgotten(ctx); err != nil {
		return err
	}
	if s.after.settled, err = j.FollowUpsDone(ctx); err != nil {
		return err
	}
	if s.uid, err = j.UID(ctx); err == nil && s.Reinvite == batch.ReinviteRemoved {
		s.guests, err = j.Guests(ctx, journal.AsStamped)
	}
	return err
}

// lockTenant makes sure that no other run of this machine works on the tenant. The
// simulated tenant is new for each run.
func (s *Session) lockTenant(ctx context.Context) (err error) {
	if s.Status || s.tenant.ID.Sandbox {
		return nil
	}
	results, err := filepath.Abs(s.Results)
	if err != nil {
		return err
	}
	var wait func(*machine.TenantBusyError)
	if s.Wait {
		wait = func(busy *machine.TenantBusyError) {
			s.notice("waiting: " + busy.Error())
			if s.Waiting != nil {
				s.Waiting("waiting for the other run to end (--wait)")
			}
		}
	}
	s.lock, err = s.State.LockTenant(ctx, s.tenant.bucket(), machine.Holder{Command: s.Command, Results: results}, wait)
	return err
}

// repeople puts the guests of the journal into the simulated tenant, which is a new one
// for each run, with what they got after the invitation. Its clock stands at the latest that
// the journal knows of it: an earlier one would take back what was seen of guests.
func (s *Session) repeople(ctx context.Context) error {
	if s.tenant.simulated == nil {
		return nil
	}
	var invited []journal.Invited
	if err := s.journal.Invitations(ctx, s.clock(), func(g journal.Invited) { invited = append(invited, g) }); err != nil {
		return err
	}
	latest, err := s.latest(ctx, invited)
	if err != nil {
		return err
	}
	asked := s.tenant.simulated.Now()
	if ahead := latest.Sub(asked); ahead > 0 {
		if isLater := asked.After(time.Now()); isLater && ahead > time.Minute {
			s.notice(fmt.Sprintf("the sandbox stays at %s, where an earlier command has set it: --later says an earlier time", text.Moment(latest)))
		}
		// Some time has passed since: what is done now comes after what was seen then.
		s.tenant.simulated.Advance(ahead + 2*batch.ClockSlack)
		if _, err := s.readOrganization(ctx); err != nil { // which tells the new time
			return err
		}
	}
	people := make([]sandbox.Person, 0, len(invited))
	for some := range slices.Chunk(invited, planTogether) {
		addresses := make([]string, len(some))
		for i, g := range some {
			addresses[i] = g.Address
		}
		got, err := s.journal.FollowUps(ctx, addresses)
		if err != nil {
			return err
		}
		for _, g := range some {
			p := sandbox.Person{Address: g.Address, ID: g.UserID, Invited: g.Sent, Mails: g.Mails, RedeemURL: g.Link.Reveal()}
			for _, f := range got[g.Address] {
				has(&p, f.For(g.UserID))
			}
			people = append(people, p)
		}
	}
	s.tenant.simulated.Admit(people)
	return nil
}

// latest is when the journal last heard of a guest.
func (s *Session) latest(ctx context.Context, invited []journal.Invited) (latest time.Time, err error) {
	for _, g := range invited {
		latest = lastTime(append(g.Sent, latest)...)
	}
	for rec, err := range s.journal.Records(ctx) {
		if err != nil {
			return latest, err
		}
		latest = lastTime(latest, rec.Guest.At)
	}
	return latest, nil
}

// has gives a person of the simulated tenant what a follow-up did.
func has(p *sandbox.Person, f batch.FollowUp) {
	if f.State != batch.FollowUpDone {
		return
	}
	switch f.Kind {
	case batch.FollowUpGroup:
		p.Groups = append(p.Groups, f.Target)
	case batch.FollowUpProfile:
		p.Attributes = make(map[string]string)
		for _, name := range f.Attributes.Names() {
			p.Attributes[string(name)] = f.Attributes[name]
		}
	case batch.FollowUpManager:
		p.Manager = f.Target
	case batch.FollowUpSponsor:
		p.Sponsors = append(p.Sponsors, f.Target)
	}
}

// readOrganization reads the tenant's name and its own domains where the sign-in may,
// and learns Graph's clock in any case. Nothing depends on it, so that a refusal is no
// error; what is wrong with the files is said before that Graph cannot be reached.
func (s *Session) readOrganization(ctx context.Context) (unreachable, err error) {
	organization, err := s.tenant.Client.Organization(ctx)
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case errors.As(err, new(*graph.SignInError)):
		return nil, err
	case errors.As(err, new(*graph.UnreachableError)), errors.As(err, new(*graph.NotGraphError)):
		return err, nil
	case err != nil:
		return nil, nil //nolint:nilerr // it is a courtesy; what is wrong shows in the next request
	}
	s.organization = organization
	if s.tenant.ID.Tenant == "" { // an opaque token does not tell
		s.tenant.ID.Tenant = organization.ID
	}
	for _, domain := range organization.Domains {
		if own, err := judge.CheckDomain(domain.Name); err == nil && !slices.Contains(s.Defaults.OwnDomains, own) {
			s.Defaults.OwnDomains = append(s.Defaults.OwnDomains, own)
		}
	}
	return nil, nil
}

// completeDefaults fills in what depends on the tenant.
func (s *Session) completeDefaults() {
	if s.usualRedirect {
		s.Defaults.RedirectURL = s.tenant.Cloud.MyAppsOf(s.tenant.directoryID())
	}
}

// ownJournal is the path of the session's own journal, "" where its results have no name
// yet, or it is in a database.
func (s *Session) ownJournal() string {
	if s.Results == "" || s.Read.Journals.InDatabase() {
		return ""
	}
	return journal.Path(s.Results)
}

// orList is the results file, or the list where that has no name yet.
func (s *Session) orList() string { return cmp.Or(s.Results, s.List) }

// Tenant is where invitations go, nil before [Session.Join].
func (s *Session) Tenant() *Tenant { return s.tenant }

// TenantName is the tenant as people know it: its name, where that may be read, and id.
func (s *Session) TenantName() string {
	if s.organization.Name == "" || s.tenant.ID.Sandbox {
		return s.tenant.ID.String()
	}
	return fmt.Sprintf("%s (%v)", text.Line(s.organization.Name), s.tenant.ID)
}

// JournalName is the file of the journal, or its batch and database.
func (s *Session) JournalName() string {
	if s.Read.Journals.InDatabase() {
		_, name := s.Read.Journals.batch(s.Results)
		return name + " in " + s.Read.Journals.Database.String()
	}
	return journal.Path(s.Results)
}

// Begun is when the session was opened, UTC.
func (s *Session) Begun() time.Time { return s.begun }

// Import reads the whole list into the journal, before anything is sent, and
// forecasts the plan.
func (s *Session) Import(ctx context.Context) error {
	s.candidates = candidates{}
	known, err := s.isKnown(ctx)
	if err != nil {
		return err
	}
	if known {
		err = s.journal.Reconsider(ctx, func(list iter.Seq2[batch.Row, error]) iter.Seq2[batch.Step, error] {
			s.source.known = list
			return s.forecasts(ctx)
		})
		s.source.known = s.journal.Rows(ctx)
	} else {
		err = s.importRows(ctx)
	}
	for _, notice := range s.Notices() {
		s.notice(notice)
	}
	if err != nil {
		return err
	}
	if KindOf(s.Results) != Workbook {
		return s.readJournalsAtHand(ctx)
	}
	columns, err := s.journal.Columns(ctx)
	if err != nil {
		return err
	}
	if err := report.Fits(columns, s.widest, s.source.followUps); err != nil {
		return &UsageError{err, "name a CSV file with --out, which takes any number of columns, or remove those that are not needed"}
	}
	return s.readJournalsAtHand(ctx)
}

// importRows reads the rows of the file into the journal.
func (s *Session) importRows(ctx context.Context) error {
	if s.source.isResults {
		s.source.corrected = make(map[string]bool)
		defer func() { s.source.corrected = nil }()
		return s.journal.ImportResults(ctx, s.source.carriedHeader(), s.forecasts(ctx), func(address string) bool { return s.source.corrected[address] })
	}
	c, err := s.corrections(ctx, s.journal, s.previous)
	if err != nil {
		return err
	}
	return s.journal.Import(ctx, s.source.carriedHeader(), c.kept(s.forecasts(ctx)))
}

// forecasts goes through the list and forecasts the plan.
func (s *Session) forecasts(ctx context.Context) iter.Seq2[batch.Step, error] {
	return func(yield func(batch.Step, error) bool) {
		for step, err := range s.Steps() {
			if err == nil {
				s.forecast(step)
				s.addCandidate(step)
				err = context.Cause(ctx)
			}
			if !yield(step, err) {
				return
			}
		}
	}
}

// isKnown reports whether the list is the results as a run wrote them, and the journal has
// learnt nothing since: then it has the same rows.
func (s *Session) isKnown(ctx context.Context) (bool, error) {
	src := s.source
	isPart := src.otherName != nil || src.failed != nil && src.failed.alone
	if !src.isResults || isPart || src.followUps || s.Read.Split || !SameFile(s.List, s.Results) {
		return false, nil
	}
	return isLatest(ctx, s.journal, s.Results, s.SHA256())
}

// Sending says how the plan is carried out.
type Sending struct {
	Rate    send.Rate
	Workers int
	// MaxAttempts, MaxOutage, MaxFailures, Grace and LookupFor are those of
	// [send.Config]; a LookupFor of 0 is the tenant's own.
	MaxAttempts, MaxFailures    int
	MaxOutage, Grace, LookupFor time.Duration
	// StepsAfter is how long after the invitation a guest is changed first, 0 for the
	// tenant's own.
	StepsAfter time.Duration
	Log        *slog.Logger
	Meter      *send.Meter
	// Settled and StepSettled, where they are given, are told of each outcome of a row and of
	// each step after the invitation that is on disk. Several workers call them at the same
	// time, and wait for what they do.
	Settled     func(batch.Step, batch.Outcome)
	StepSettled func(batch.FollowUp)
	// Tool and Operator are who does it, Settings the flags that were set.
	Tool, Operator string
	Settings       map[string]string
}

// Planned is how many rows the run sends if nothing stops it.
func (s *Session) Planned() int { return s.Plan.Now.Rows }

// Send carries the plan out. The error says why the run stopped with rows pending,
// see [send.Run.Do].
func (s *Session) Send(ctx context.Context, how Sending) (batch.RunTotals, error) {
	reading := s.Reading()
	facts := batch.RunFacts{
		Read: reading.Read(), Carried: reading.Rest(),
		Tool: how.Tool, Operator: how.Operator, SignedInAs: s.tenant.SignedInAs(),
		Tenant: s.tenant.ID.Tenant, TenantName: s.organization.Name,
		List: s.List, Sheet: s.Sheet(), SHA256: s.SHA256(),
		Rate: how.Rate.String(), Workers: how.Workers, ClockAhead: s.clockAhead(), Started: s.begun,
	}
	if err := s.journal.Begin(ctx, facts, how.Settings); err != nil {
		return batch.RunTotals{}, &BeginError{err}
	}
	s.unused, s.running, s.tell = false, true, how.Settled
	if err := s.register(ctx); err != nil {
		return batch.RunTotals{}, &BeginError{err}
	}
	if s.reminders == nil {
		if err := s.beginFollowUps(ctx, how); err != nil {
			return batch.RunTotals{}, &BeginError{err}
		}
	}
	if s.Plan.Send == 0 {
		return batch.RunTotals{}, nil // the plan need not be gone through once more
	}
	var now func() time.Time // of this machine, by which real tenants go as well
	if s.tenant.ID.Sandbox {
		now = s.Now
	}
	s.run = send.New(send.Config{
		Inviter: s.tenant.Client, Journal: s.journal,
		Rate: how.Rate, Workers: how.Workers, MaxAttempts: how.MaxAttempts,
		MaxOutage: how.MaxOutage, MaxFailures: how.MaxFailures, Limit: s.Limit, Grace: how.Grace,
		LookupFor: cmp.Or(how.LookupFor, s.tenant.LookupFor), Meter: how.Meter, Log: how.Log,
		Cloud: s.tenant.Cloud, Tenant: s.tenant.directoryID(), NotBefore: s.hold.until, Held: s.hold.keep,
		Settled: s.settled, Waits: s.waits, Holds: s.journal.Holds, Now: now,
	})
	s.run.Inviter = s.tenant.Client.With(s.run.Gate)
	s.reread.lookUp, s.reread.log = s.tenant.Client.LookUp, s.run.Log
	end := s.workBeside(ctx)
	err := s.run.Do(ctx, s.toSend(ctx))
	end()
	s.hold.report(s.notice)
	return totals(how.Meter, err), err
}

func totals(m *send.Meter, stopped error) batch.RunTotals {
	seen := m.Snapshot()
	t := batch.RunTotals{Sent: seen.Done, Requests: seen.Requests, Throttled: seen.Throttled, Waited: seen.Waited, Held: seen.Held}
	if seen.Climb.PerSecond > 0 {
		t.Climbed = fmt.Sprintf("%v: %v", send.AutoRate(), seen.Climb)
	}
	if stopped != nil {
		t.Stopped = text.Error(stopped)
	}
	return t
}

// Open is how many rows of the run wait for the directory: a request left, and what it
// did is not known yet.
func (s *Session) Open() int {
	if s.run == nil {
		return 0
	}
	return s.run.Open()
}

// ErrOpen says that rows were still open when the time for them was up.
var ErrOpen = errors.New("rows are still open: the directory does not show yet what became of them")

// Settle goes on looking up the rows that are open, for as long as it may take at the
// most, and sends those again whose absence counts. Rows that are open then stay so for
// the next run, and the error is [ErrOpen]; otherwise it is as with [Session.Send].
func (s *Session) Settle(ctx context.Context, most time.Duration, m *send.Meter) (batch.RunTotals, error) {
	timed, cancel := context.WithTimeoutCause(ctx, most, ErrOpen)
	defer cancel()
	err := s.run.Settle(timed)
	s.hold.report(s.notice)
	return totals(m, err), err
}

// BeginError says that a run could not be written into the journal. Nothing was sent.
type BeginError struct{ Err error }

func (e *BeginError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *BeginError) Unwrap() error { return e.Err }

// toSend goes through the list again, as far as the last row that the plan sends:
// a million rows that are all invited are not judged a second time.
func (s *Session) toSend(ctx context.Context) iter.Seq2[batch.Step, error] {
	return func(yield func(batch.Step, error) bool) {
		left := s.Plan.Send
		if left == 0 {
			return
		}
		for step, err := range s.decide(s.reread.rows(ctx, s, s.journal.Rows(ctx))) {
			if err == nil && s.reread.found[step.Address] && step.NewReading {
				// No one was asked whether they are invited again.
				step.Action, step.Reinvited = batch.Skip, false
				if err = s.journal.Settle(ctx, 0, step.Outcome()); err == nil {
					s.settled(step, step.Outcome(), false)
				}
			}
			if !yield(step, err) {
				return
			}
			if err == nil && step.Action != batch.Skip {
				left--
			}
			if left == 0 {
				return
			}
		}
	}
}

// Finish ends the run in the journal, writes the results from it unless they say
// everything already, and tells how things stand. It may be called again after
// [Session.Settle]. Its errors are [*UnwrittenError].
func (s *Session) Finish(ctx context.Context, totals batch.RunTotals) (batch.RunFacts, *batch.Tally, error) {
	facts, tally, err := s.finish(ctx, totals)
	if err != nil {
		return facts, tally, s.unwritten(err)
	}
	s.tellKept()
	return facts, tally, nil
}

// tellKept names the file with answers that could not be written into the database.
func (s *Session) tellKept() {
	if path, answers := s.journal.Spilled(); answers > 0 {
		s.notice(fmt.Sprintf("keep %s: it has %s that the database does not have; the same command takes it in once the database can be reached, or guestlist journal import does", text.Line(path), text.Plural(answers, "answer")))
	}
}

func (s *Session) finish(ctx context.Context, totals batch.RunTotals) (batch.RunFacts, *batch.Tally, error) {
	if err := s.journal.End(ctx, totals); err != nil {
		return batch.RunFacts{}, nil, err
	}
	s.running = false
	s.candidates = candidates{} // no one is looked up any more, and the results take memory themselves
	_ = s.register(ctx)         // it is registered; this only renews when it was used last
	facts, tally, err := s.write(ctx)
	if err != nil {
		return facts, tally, err
	}
	if s.DepartedFrom = ""; tally.NotInList > 0 && !s.source.isResults {
		if s.DepartedFrom, err = s.departedFrom(ctx); err != nil {
			return facts, tally, err
		}
	}
	return facts, tally, s.countUnfinished(ctx, tally)
}

// departedFrom is the other list that the newest guest was invited from who is in the list no
// more, "" where that is this list, or its results.
func (s *Session) departedFrom(ctx context.Context) (string, error) {
	list, err := s.journal.DepartedFrom(ctx)
	if list == "" || SameFile(list, s.List) || SameFile(list, s.Results) || !exists(list) {
		return "", err
	}
	return list, err
}

// write writes the results from the journal, unless they say everything already.
func (s *Session) write(ctx context.Context) (batch.RunFacts, *batch.Tally, error) {
	if err := s.source.close(); err != nil { // Windows replaces no file that is open
		return batch.RunFacts{}, nil, err
	}
	// The file is looked at now: it may have been changed while the run went on.
	file, err := inspect(ctx, s.journal, s.Results)
	if err != nil {
		return batch.RunFacts{}, nil, err
	}
	if s.Status && s.Read.Journals.InDatabase() && file.edited() {
		s.notice(text.Line(s.Results) + " was corrected by hand and is left as it is: the next guestlist retry takes that over, and brings what was read into it")
		return s.recount(ctx)
	}
	if s.AsOfRun && file.edited() {
		return s.recount(ctx)
	}
	newer := s.newerInvitations(ctx)
	stays, err := file.stays(ctx, s.journal, newer)
	if err != nil {
		return batch.RunFacts{}, nil, err
	}
	if stays && standing(s.Results) == s.Results {
		return s.recount(ctx)
	}
	if held := free(ctx, s.Results); held != nil {
		return s.writeSecond(ctx, newer, held)
	}
	if err := file.keep(s.notice); err != nil {
		return batch.RunFacts{}, nil, err
	}
	facts, tally, err := s.writing(newer).results(ctx, s.Results)
	if err != nil && durable.IsHeld(err) { // in that moment
		return s.writeSecond(ctx, newer, err)
	}
	if err != nil {
		return facts, tally, err
	}
	s.written = ""
	return facts, tally, errors.Join(remember(ctx, s.journal, s.Results, newer), s.dropSecond(ctx))
}

// writing is what the results of the session are written from.
func (s *Session) writing(newer *newerInvitations) writing {
	return writing{journal: s.journal, newer: newer, notice: s.notice, acceptance: s.acceptance}
}

// newerInvitations is what the journals at hand know of the guests of this batch by now.
// Results are written in any case: what cannot be read is told, and not considered.
func (s *Session) newerInvitations(ctx context.Context) *newerInvitations {
	if s.tenant.ID.Sandbox {
		return nil
	}
	at, err := s.journalsAtHand()
	var newer *newerInvitations
	if err == nil {
		newer, err = readNewer(ctx, s.knownAtHand(ctx, at), s.journal.Records(ctx), 0, s.notice, "")
	}
	if err != nil {
		s.notice("links that another batch has ended are not left out: " + text.Line(text.Error(err)))
		return nil
	}
	return newer
}

// unwritten says that the results could not be written, and where the answers are.
func (s *Session) unwritten(err error) error {
	e := unwrittenBeside(err, s.Results)
	if s.Read.Journals.InDatabase() {
		tenant := s.tenant.ID.Tenant
		_, name := s.Read.Journals.batch(s.Results)
		e.Journal, e.When = s.JournalName(), "the database can be reached"
		e.Again = "guestlist report " + shell.File(s.Results) + " " + s.Read.Journals.flags(tenant, name)
		s.tellKept()
	}
	return e
}

// unwrittenBeside is unwritten for a journal beside the results.
func unwrittenBeside(err error, results string) *UnwrittenError {
	path := journal.Path(results)
	return &UnwrittenError{Err: err, Journal: path, When: "there is room", Again: fmt.Sprintf("guestlist report %s -o %s", shell.File(path), shell.File(results))}
}

// Meant are counts without the rows that --rows and --where left out.
func (s *Session) Meant(all batch.Counts) batch.Counts {
	meant := maps.Clone(all)
	for status, n := range s.Plan.LeftOut {
		meant[status] -= n
	}
	return meant
}

// recount tells how things stand without writing results. Rows that are all well
// have no errors to name, and the plan has counted them.
func (s *Session) recount(ctx context.Context) (batch.RunFacts, *batch.Tally, error) {
	facts, err := s.journal.Summary(ctx)
	if err != nil {
		return facts, nil, err
	}
	count, err := s.journal.HasDeparted(ctx) // rows that the plan does not know
	if err != nil {
		return facts, nil, err
	}
	count = count || s.run != nil || s.after.run != nil || s.Status // the plan is older than the answers
	for status, n := range s.Plan.Counts {
		count = count || n > 0 && (status.NeedsCare() || status == batch.Existing)
	}
	tally := batch.NewTally()
	if !count {
		tally.Counts = s.Plan.Counts
	} else {
		for _, err := range tally.Counting(s.acceptance.counting(s.journal.Records(ctx))) {
			if err != nil {
				return facts, tally, err
			}
		}
	}
	facts.Counts = tally.Counts
	return facts, tally, nil
}
