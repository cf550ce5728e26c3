// Package session has the use cases: a batch is opened (list, journal, tenant),
// planned, carried out, and its results are written. Every command opens a list
// through the same code, so that check, invite and retry cannot disagree. Nothing
// here prints: what people should know is handed to [Options.Notice].
package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/batch/judge"
	"guestlist/batch/planfile"
	"guestlist/batch/selection"
	"guestlist/batch/send"
	"guestlist/batch/sheet"
	"guestlist/graph"
	"guestlist/internal/machine"
	"guestlist/internal/text"
	"guestlist/report"
)

// Stdin stands for standard input where a list is named.
const Stdin = "-"

// Options say what is done with which list.
type Options struct {
	// List is the file, or [Stdin].
	List string
	Read ReadOptions
	// Selection says which of its rows are meant.
	Selection selection.Selection
	// Defaults are what a row gets that does not say otherwise. Without a redirect URL
	// that is the page of the tenant's apps, known after the sign-in.
	Defaults judge.Defaults
	// Results is the file of the results, "" for the usual one beside the list,
	// whose name ends in Ending.
	Results, Ending string
	// Status reads what became of the guests and sends nothing: the tenant is not locked,
	// and how long invitations have to wait does not matter.
	Status bool
	// AsOfRun goes by the list as a run read it last: results that were changed by hand since are
	// not taken over, and stay as they are.
	AsOfRun bool
	// FollowUps are what guests get after the invitation.
	FollowUps FollowUpOptions
	// Retry sends failed rows again although they are unchanged, All of them also those
	// that would fail again, and Resend rows of which a look-up cannot tell what happened.
	Retry, All, Resend bool
	// Limit is how many rows are sent in this run at most, 0 for all.
	Limit int
	// Reinvite says which people are invited again who were invited before.
	Reinvite batch.Reinvite
	// IgnoreJournals are journals that do not count although they are at hand.
	IgnoreJournals []string
	// NoDirectoryCheck says that the tenant is not asked who is there already.
	NoDirectoryCheck bool
	// LogLost goes on with a journal whose log is gone: every row without a record is
	// looked up before it is sent.
	LogLost bool
	// Reviewed is the plan that bounds the run, nil for none; PlanCommand is what makes a new
	// one.
	Reviewed    *planfile.Plan
	PlanCommand string
	// State is what the runs on this machine know of each other. Wait makes a run wait
	// for another one of its tenant; Command is what that one is told about this run.
	State machine.State
	Wait  bool
	// Waiting, where it is given, is told what the session waits for.
	Waiting func(what string)
	Command string
	// Operator is who runs it: account and machine.
	Operator string
	// TrustResults believes what results say of invitations where neither a journal nor
	// the tenant confirms it. Ask puts such a question to a person, and is nil where none
	// can be asked.
	TrustResults bool
	Ask          func(ctx context.Context, question string) (bool, error)
	// Notice takes sentences that the operator should see.
	Notice func(string)
}

// ReadOptions say how a list is read.
type ReadOptions struct {
	sheet.Options
	// Journals is where the journals of results are.
	Journals Place
	// Stdin is read where the list is [Stdin].
	Stdin io.Reader
}

// Session is a batch that was opened: what its list says and what is known of it.
type Session struct {
	Options
	// Plan is what the plan comes to, known after [Session.Import] or, for a check,
	// while [Session.Steps] goes through the list.
	Plan Forecast
	// Unfinished are steps that the run has left, and DepartedFrom is the other list that
	// guests were invited from who are in this one no more, "" for none; both known after
	// [Session.Finish].
	Unfinished   UnfinishedSteps
	DepartedFrom string

	source *source
	// written is the second name of the results where those were written to, "" for none.
	written string
	takes   func(batch.Row) bool // what --rows and --where leave
	history *batch.History
	begun   time.Time
	// widest is how many columns the longest row needs, once the list was gone through.
	widest int
	// answers are those of the rows to send, as of the latest time through the list.
	answers *answers
	// lostLetters is how many rows look as if a letter of theirs was lost, as of then.
	lostLetters int

	// Of a run alone.
	tenant   *Tenant
	journal  *journal.Journal
	database *journal.Database               // that it is in, nil for a file
	previous journal.Previous                // what the run before was given
	run      *send.Run                       // nil where nothing was to be sent
	tell     func(batch.Step, batch.Outcome) // of outcomes that are on disk; nil where no one is told
	// usualRedirect says that the redirect URL follows from the tenant.
	usualRedirect bool
	lock          *machine.TenantLock
	// running says that the run has not come to its end.
	running bool
	// elsewhere says that the journal is in a database of which this session was not told,
	// nil where that is not so.
	elsewhere *InDatabaseError
	// hold is how long Microsoft asks not to be called.
	hold hold
	// unused says that the journal was made by this session, and that no run began.
	unused bool
	// reminders says who is reminded, nil where people are invited.
	reminders *batch.Reminders
	// accepted counts those who need no reminder any more when it is their turn.
	accepted atomic.Int64
	// invitations are when guests were invited, nil as long as that was not asked.
	invitations *batch.ByAddress[int64]
	// acceptance counts who has accepted while the results are written, nil where no one asks.
	acceptance *acceptanceCount
	// candidates are the addresses that would be sent an invitation, presences is what was
	// found out about them.
	candidates candidates
	presences  presences
	// directoryRead is when the tenant was asked for them, by our clock; reread asks again.
	directoryRead time.Time
	reread        reread
	// registry is what this machine knows of the tenant's journals.
	registry registry
	// uid is what the journal is known by, "" without one.
	uid string
	// bounded says that rows are held against the reviewed plan: who is in the tenant is known.
	bounded bool
	// guests are those of the journal who were invited, and mayBeGone the addresses of
	// the list that are asked about; only to invite again whom the tenant lost.
	guests    map[string]journal.Guest
	mayBeGone []string
	// after is what guests get after the invitation.
	after followUps
	// who is in the tenant's organization, as far as it may be read.
	organization graph.Organization
}

// Open opens the list and finds out what kind it is and where its results go.
// What is wrong with it is a [*UsageError]. The caller must close the session.
func Open(ctx context.Context, o Options) (*Session, error) {
	s := &Session{Options: o, begun: time.Now().UTC(), Plan: Forecast{Limit: o.Limit}, usualRedirect: o.Defaults.RedirectURL == ""}
	if s.usualRedirect {
		s.Defaults.RedirectURL = graph.Clouds()[0].MyApps // as long as no tenant is known
	}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Session) open(ctx context.Context) (err error) {
	s.List = firstName(s.List)
	s.Read.IsWritten = writtenFrom(ctx, s.List)
	if s.source, err = openStanding(ctx, s.List, s.Read); err != nil {
		return err
	}
	if s.source.isResults && s.List == Stdin {
		return Usagef("give the workbook by its name", "standard input is a results workbook, which is read more than once")
	}
	if err := s.bindFollowUps(); err != nil {
		return err
	}
	if s.takes, err = s.choose(); err != nil {
		return err
	}
	if err := s.refuseIdleOptions(); err != nil {
		return err
	}
	return s.nameResults()
}

// refuseIdleOptions refuses what would do nothing: a selection that no row meets, a
// message that names a column which is not there or that no row is emailed. The list
// is read as far as the first row that shows otherwise.
func (s *Session) refuseIdleOptions() error {
	messages := append(s.Defaults.Translations.All(), s.Defaults.Message)
	for _, message := range messages {
		if err := message.CheckColumns(s.Header()); err != nil {
			return AsUsage(err)
		}
	}
	isIdle := slices.ContainsFunc(messages, func(m judge.MessageTemplate) bool { return !m.IsZero() }) && !s.Defaults.SendMessage
	if s.Selection.Empty() && !isIdle {
		return nil
	}
	if _, has := s.Header().Fields[batch.SendMessage]; s.Selection.Empty() && isIdle && !has {
		return errIdleMessage()
	}
	met := false
	for row, err := range s.source.rows() {
		if err != nil {
			return nil // said when the list is read to its end
		}
		if !s.takes(row) {
			continue
		}
		met = true
		if !isIdle || judge.Row(s.Header(), s.Defaults, row).Invitation.SendMessage {
			return nil
		}
	}
	if !met && !s.Selection.Empty() {
		file, next := "the list", "correct it, or leave it out; rows are those that guestlist check shows"
		if s.source.isResults {
			file, next = text.Line(s.List), "correct it, or leave it out; rows are those of that file as Excel shows them, not those of the list"
		}
		return Usagef(next, "no row of %s matches %s", file, s.Selection.Flags())
	}
	return errIdleMessage()
}

func errIdleMessage() error {
	return Usagef("add --send-message, or leave the message out", "the message would not be sent: no row asks for an invitation email")
}

// choose makes a filter of the selection.
func (s *Session) choose() (func(batch.Row) bool, error) {
	chosen := s.Selection
	chosen.Where = slices.Clone(chosen.Where)
	for i, c := range chosen.Where {
		if !s.source.isResultColumn(c.Heading) {
			continue
		}
		own := text.FindHeading(s.source.askedHeader().Columns, c.Heading)
		if own < 0 {
			return nil, Usagef("name a column of the list itself, or choose rows with --rows; retry, remind and undo find out by themselves which rows they are for",
				"--where %q asks for what became of a row, and only columns of the list can be asked for", c)
		}
		chosen.Where[i].Heading = s.source.header().Columns[own]
	}
	takes, err := chosen.Bind(s.source.header())
	if err != nil {
		return nil, &UsageError{fmt.Errorf("--where: %w", err), Hint(err)}
	}
	return takes, nil
}

// nameResults decides where the results go: a results workbook goes on in itself,
// so that no second one appears. A list of people is never written over.
func (s *Session) nameResults() error {
	switch {
	case s.Results != "":
	case s.List == Stdin:
		return nil // a run asks for a name, see [Session.Join]
	case s.source.isResults && (KindOf(s.List) == Workbook || KindOf(s.List) == CSV):
		s.Results = s.List
	default:
		s.Results = s.usualResults()
	}
	s.Results = firstName(Resolve(s.Results))
	if !s.source.isResults && SameFile(s.List, s.Results) {
		return Usagef("name another file with --out", "the results would be written over the list %s", text.Line(s.List))
	}
	return nil
}

// usualResults is the file of the results where none is named: beside the list, whatever
// the list is called here, unless there are results of that name already.
func (s *Session) usualResults() string {
	usual := ResultsPath(s.List, s.Ending)
	if _, err := os.Stat(journal.Path(usual)); err == nil {
		return usual
	}
	return ResultsPath(Resolve(s.List), s.Ending)
}

// Header is the heading row of the list.
func (s *Session) Header() batch.Header { return s.source.header() }

// HasOwnAdvice reports whether the list has a column of its own that is called like the one that
// check adds to a marked list.
func (s *Session) HasOwnAdvice() bool { return s.source.hasOwnAdvice() }

// NoteRemarks has [Session.Remarks] known of the rows that are gone through from now on: only who
// marks the list again asks for them.
func (s *Session) NoteRemarks() { s.source.remarks = make(map[int]string) }

// Remarks are what people wrote, in the row of a list that was marked before, into the column that
// check adds. They are known once [Session.Steps] has yielded the row, after [Session.NoteRemarks].
func (s *Session) Remarks(line int) string { return s.source.remarks[line] }

// FitsWorkbook reports that the results of the list are too wide for a workbook, where
// they would be one; [Session.Steps] must have been gone through.
func (s *Session) FitsWorkbook() error {
	if s.Results != "" && KindOf(s.Results) != Workbook {
		return nil
	}
	return report.Fits(s.Header().Columns, s.widest, s.source.followUps)
}

// Sheet is the sheet of the list, "" for a CSV file.
func (s *Session) Sheet() string { return s.source.list.Sheet() }

// SHA256 is the content of the list's file, in hexadecimal.
func (s *Session) SHA256() string { return s.source.list.SHA256() }

// IsResults reports whether the list is a results workbook or CSV file.
func (s *Session) IsResults() bool { return s.source.isResults }

// Notices are what people should know about how the list was read. They are
// complete when its rows have been gone through.
func (s *Session) Notices() []string {
	notices := s.source.notices()
	if s.List == Stdin && s.lostLetters > 0 {
		notices = append(notices, text.Plural(s.lostLetters, "row")+" of standard input may have lost letters on the way here: Windows PowerShell sends a ? for each "+
			"that is not English. Give the file by its name, or set $OutputEncoding = [Text.Encoding]::UTF8 before.")
	}
	return notices
}

// Steps decides about every row of the list, always from what was known when the
// session was opened. Errors of the list are [*UsageError].
func (s *Session) Steps() iter.Seq2[batch.Step, error] {
	return func(yield func(batch.Step, error) bool) {
		for step, err := range s.decide(s.source.rows()) {
			if errors.As(err, new(*sheet.Error)) {
				err = AsUsage(err)
			}
			if !yield(step, err) {
				return
			}
		}
	}
}

// decide is the plan: rows of the list x what is known of their addresses.
func (s *Session) decide(rows iter.Seq2[batch.Row, error]) iter.Seq2[batch.Step, error] {
	return func(yield func(batch.Step, error) bool) {
		header := s.source.askedHeader()
		plan := batch.Plan{
			History: s.history, Retry: s.Retry, All: s.All, Resend: s.Resend, Takes: s.takes,
			Presences: &s.presences.Presences, Reinvite: s.Reinvite, Reminders: s.reminders, Now: s.Now(),
		}
		s.answers, s.lostLetters = s.newAnswers(), 0
		for row, err := range rows {
			if err != nil {
				yield(batch.Step{}, err)
				return
			}
			s.widest = max(s.widest, row.Width(len(header.Columns)))
			step := plan.Add(s.judge(header, row))
			if slices.ContainsFunc(step.Warnings, func(p batch.Problem) bool { return p.Kind == batch.KindGarbled && strings.Contains(p.Value, "?") }) {
				s.lostLetters++
			}
			if !s.source.wants(step.Address) {
				step.Action, step.Final = batch.Skip, false
			}
			if s.bounded {
				if err := s.bound(&step); err != nil {
					yield(step, err)
					return
				}
			}
			if step.Action != batch.Skip {
				s.answers.add(row)
			}
			if !yield(step, nil) {
				return
			}
		}
	}
}

// judge reads a row, and what it names as far as that was looked up.
func (s *Session) judge(h batch.Header, row batch.Row) batch.Judged {
	judged := judge.Row(h, s.Defaults, row)
	if s.after.targets != nil {
		s.after.targets.apply(h, &judged)
	}
	return judged
}

// meant yields the rows of the list that are meant, before anything is looked up.
func (s *Session) meant() iter.Seq2[batch.Judged, error] {
	return func(yield func(batch.Judged, error) bool) {
		header := s.source.askedHeader()
		for row, err := range s.source.rows() {
			if err != nil {
				yield(batch.Judged{}, err)
				return
			}
			if s.takes(row) && !yield(judge.Row(header, s.Defaults, row), nil) {
				return
			}
		}
	}
}

// Now is the time in Graph's clock, as far as it is known.
func (s *Session) Now() time.Time { return time.Now().Add(s.clockAhead()) }

// clock is how far Graph's clock is ahead of this machine's, where times of earlier runs are
// judged by it. That of the simulated tenant is set forward on purpose.
func (s *Session) clock() time.Duration {
	if s.tenant == nil || s.tenant.ID.Sandbox {
		return journal.AsStamped
	}
	return s.clockAhead()
}

// clockAhead is how far Graph's clock is ahead of this machine's, as far as that is known.
func (s *Session) clockAhead() time.Duration {
	if s.tenant == nil {
		return 0
	}
	return s.tenant.clockAhead()
}

// notice tells the operator something.
func (s *Session) notice(sentence string) {
	if s.Notice != nil {
		s.Notice(sentence)
	}
}

// Close gives everything back, in the opposite order. It may be called again.
func (s *Session) Close() error {
	var errs []error
	if s.journal != nil {
		if s.unused { // a list that cannot be read leaves nothing behind
			errs = append(errs, s.discard())
		} else {
			errs = append(errs, s.journal.Close())
		}
		s.journal = nil
	}
	if s.database != nil {
		errs = append(errs, s.database.Close())
		s.database = nil
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Unlock())
		s.lock = nil
	}
	if s.tenant != nil {
		s.tenant.Close()
		s.tenant = nil
	}
	if s.source != nil {
		errs = append(errs, s.source.close())
	}
	return errors.Join(errs...)
}

// Recall reads what is known of the list for a check: from the journal beside its
// results, or from the results themselves where that is gone, as a run does it. A
// journal that is in use is said so and left out, and so is one in a database of which the
// check was not told.
func (s *Session) Recall(ctx context.Context) (err error) {
	s.history, err = s.recall(ctx)
	if err == nil && s.elsewhere != nil {
		s.notice(text.Error(s.elsewhere) + ". check does not read it, and goes by the results alone; invite needs " + s.elsewhere.flags() + ", or GUESTLIST_JOURNAL")
	}
	return err
}
