package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/batch/results"
	"guestlist/internal/session"
	"guestlist/internal/text"
)

// statusOptions are the flags of status.
type statusOptions struct {
	readOptions
	connectOptions

	by        string
	olderThan age
	out       string
	json      bool
	exitCode  bool
}

func (o *statusOptions) register(f *pflag.FlagSet) {
	o.connectOptions.register(f)
	o.database.register(f)
	f.StringVar(&o.by, "by", "", "a table by the values of the column `HEADING`: account manager, company (default: by domain)")
	f.Var(&o.olderThan, "older-than", "list those who have not accepted and whose last invitation is so old, an `AGE`: 7d, 36h")
	f.StringVarP(&o.out, "out", "o", "", "write the results also into `FILE`: .html, .csv or .jsonl")
	f.BoolVar(&o.json, "json", false, "print all of it as one JSON object")
	f.BoolVar(&o.exitCode, "exit-code", false, "exit with code 3 while somebody has not accepted and is not removed")
	f.StringArrayVar(&o.columns, "map", nil, "map a field to a column heading, `FIELD=HEADING`, as for invite")
}

func statusCommand(p *process) *cobra.Command {
	o := statusOptions{readOptions: newReadOptions(p)}
	cmd := &cobra.Command{
		Use:   "status RESULTS",
		Short: "Look up who has accepted, and bring it into the results",
		Long: `Ask the tenant who of the invited guests has accepted, who has not, who was
deleted and who never came, and bring it into the results: the columns Guest
State, Accepted At and State As Of. Nothing is sent. RESULTS is a results
workbook, a CSV file of results, or their journal. It needs the permission
User.Read.All.

An invitation does not promise that the directory shows the guest at once.
Whom it does not show is "not shown yet", and "never came" only after three
looks: a quarter of an hour, an hour and a day after the invitation.

Exit code 0 when the tenant was read; with --exit-code 3 while somebody has not
accepted; 4 when signing in or a permission is missing.`,
		Example: `  guestlist status partners.results.xlsx
  guestlist status partners.results.xlsx --by "Account manager" --older-than 7d`,
		Args: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("guestlist status partners.results.xlsx", whichResults)(cmd, args); err != nil || !cmd.Flags().Changed(noLinksFlag) {
				return err
			}
			return session.Usagef(flagsOf(cmd).asPage(args[0]), "status takes no --no-links: its results keep their links; report writes a file without")
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			s := statusRun{process: p, o: &o, flags: flagsOf(cmd).without(noLinksFlag)}
			return forEncoding(cmd, args[0], s.do(cmd.Context(), args[0]))
		},
	}
	o.register(cmd.Flags())
	// It is what report takes, and is told what to type instead.
	cmd.Flags().Bool(noLinksFlag, false, "")
	_ = cmd.Flags().MarkHidden(noLinksFlag)
	return cmd
}

// noLinksFlag is the flag with which report leaves out the links.
const noLinksFlag = "no-links"

// statusRun is one run of status.
type statusRun struct {
	*process
	*session.Session

	o     *statusOptions
	flags setFlags
}

func (r *statusRun) do(ctx context.Context, path string) (err error) {
	ctx, done := interruptible(ctx, r.process, 0)
	defer done()
	opt, err := r.prepare(ctx, path)
	if err != nil {
		return err
	}
	if r.Session, err = session.Open(ctx, opt); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	connect := func(ctx context.Context) (*session.Tenant, error) {
		return connectTo(ctx, r.process, &r.o.connectOptions, 1)
	}
	if err := r.during(readingResults, func() error { return r.JoinResults(ctx, connect, tool(), operator()) }); err != nil {
		return r.flags.forResults("status", err)
	}
	// A heading that is not there is said before the tenant is asked.
	if _, err := r.ColumnOf(ctx, r.o.by); err != nil {
		return err
	}
	if err := r.withProgress(readingGuests, func(progress func(done, total int)) error { return r.ReadGuests(ctx, progress) }); err != nil {
		return err
	}
	var a session.Acceptance
	if err := r.during(writingResults, func() (err error) { a, err = r.RewriteAcceptance(context.WithoutCancel(ctx), r.o.by); return err }); err != nil {
		return err
	}
	if r.o.out != "" {
		if err := r.WriteCopy(ctx, r.o.out); err != nil {
			return err
		}
	}
	return r.conclude(context.WithoutCancel(ctx), a)
}

// What commands for results do that may take a while.
const (
	readingResults = "reading the results"
	readingGuests  = "reading who has accepted"
	writingResults = "writing the results"
)

// prepare reads the flags.
func (r *statusRun) prepare(ctx context.Context, path string) (opt session.Options, err error) {
	if err := errors.Join(r.o.check(), r.flags.needsSandbox("status", path)); err != nil {
		return opt, err
	}
	if kinds := []string{session.Page, session.CSV, session.JSONL}; r.o.out != "" && !slices.Contains(kinds, session.KindOf(r.o.out)) {
		return opt, session.Usagef("end its name in .html, .csv or .jsonl; the workbook is brought up to date in any case", "--out %q does not say what to write", r.o.out)
	}
	opt = session.Options{Status: true, Ending: r.o.ending(), Notice: r.notice, Command: r.flags.command("status", path)}
	if opt.Read, err = r.o.reading(); err != nil {
		return opt, err
	}
	if opt.State, err = machineState(r.getenv); err != nil {
		return opt, err
	}
	opt.List, err = session.ResultsFor(ctx, opt.Read.Journals, path, opt.State, r.notice)
	return opt, err
}

// conclude prints who has accepted, and gives the exit code.
func (r *statusRun) conclude(ctx context.Context, a session.Acceptance) error {
	now := r.Now()
	var err error
	if r.o.json {
		err = writeJSON(r.out, acceptanceOf(r.Written(), a, a.Older(time.Duration(r.o.olderThan), now)))
	} else {
		err = r.print(ctx, a, now)
	}
	if left := a.Guests.All() - a.Guests[batch.GuestAccepted] - a.Removed; err == nil && r.o.exitCode && left > 0 {
		return &settledError{nil, exitUnfinished, text.Plural(left, "guest") + " not known to have accepted"}
	}
	return err
}

// print shows who has accepted: the figures, a table, and whom to ask.
func (r *statusRun) print(ctx context.Context, a session.Acceptance, now time.Time) error {
	if a.Guests.All() == 0 {
		printLines(r.out, "", "no one on the list has been invited yet")
		return nil
	}
	// Who is gone will not accept any more, and has a line below.
	if here := a.Guests.All() - a.Guests.Gone(); here > 0 {
		_, _ = fmt.Fprintf(r.out, "%s of %s accepted", text.Thousands(a.Guests[batch.GuestAccepted]), areHave(here))
	} else {
		_, _ = fmt.Fprint(r.out, "none of the guests is in the tenant any more")
	}
	if !a.AsOf.IsZero() {
		_, _ = fmt.Fprintf(r.out, ", as of %s", text.Moment(a.AsOf))
	}
	_, _ = fmt.Fprint(r.out, "\n\n")
	for _, state := range append(batch.GuestStates(), "") {
		if n := a.Guests[state]; n > 0 {
			_, _ = fmt.Fprintf(r.out, "%8d  %s\n", n, r.describe(state, a, now))
		}
	}
	if n := a.Unfinished; n > 0 {
		steps := fmt.Sprintf("steps after the invitation are unfinished (column %s): the command that invited goes on with them", results.ColumnFollowUp)
		_, _ = fmt.Fprintf(r.out, "%8d  %s\n", n, beside(steps, countWidth, width(r.out)))
	}
	if n := a.Left; n > 0 {
		_, _ = fmt.Fprintf(r.out, "%8d  %s\n", n, beside("not accepted, and not counted here: no longer in the list or the results (at the end of the results)", countWidth, width(r.out)))
	}
	if len(a.Groups) > 1 || a.By != "" {
		_, _ = fmt.Fprintf(r.out, "\n%s\n", acceptanceTable(a))
	}
	if older := a.Older(time.Duration(r.o.olderThan), now); r.o.olderThan > 0 && len(a.Waiting) > 0 {
		r.printOlder(older, now)
	}
	_, _ = fmt.Fprintf(r.out, "\nresults: %s\n", text.Line(r.Written()))
	if r.o.out != "" {
		_, _ = fmt.Fprintf(r.out, "copy:    %s\n", text.Line(r.o.out))
	}
	if err := r.printDeadLinks(ctx, r.Session, r.flags, deadLinks{written: r.o.out}); err != nil {
		return err
	}
	printLines(r.out, "next:    ", r.next(ctx, a, now))
	return nil
}

// shownFiles is how many files, and folders of packages, are named that are older than the
// results.
const shownFiles = 2

// printOlderFiles names files that are older than the results, with what writes them again.
func (p *process) printOlderFiles(files []journal.Derived, written string) {
	for _, file := range files[:min(len(files), shownFiles)] {
		flags := setFlags{"out": {fromHere(file.Path)}}
		if file.NoLinks {
			flags = flags.with("no-links", "true")
		}
		printLines(p.out, "older:   ", text.Line(fromHere(file.Path))+" was written before this; to write it again:\n"+flags.command("report", written))
	}
	if more := files[min(len(files), shownFiles):]; len(more) > 0 {
		names := make([]string, len(more))
		for i, file := range more {
			names[i] = text.Line(fromHere(file.Path))
		}
		printLines(p.out, "older:   ", "written before this, too: "+strings.Join(names, ", "))
	}
}

// deadLinks say what is special about naming what has links that have ended.
type deadLinks struct {
	// written is a file that was just written, addsTo the folder to which the next command adds
	// packages of the new links; "" for neither.
	written, addsTo string
}

// printDeadLinks names files that are older than the results, and packages that have links which
// have ended, with what makes them again.
func (p *process) printDeadLinks(ctx context.Context, s *session.Session, flags setFlags, d deadLinks) error {
	files, err := s.OlderFiles(ctx, d.written)
	if err != nil {
		return err
	}
	p.printOlderFiles(files, s.Written())
	packages, err := s.OutdatedPackages(ctx)
	if err != nil {
		return err
	}
	for _, some := range packages[:min(len(packages), shownFiles)] {
		words := fmt.Sprintf("%s in %s %s links that do not work any more", text.Plural(len(some.Packs), "package"), text.Line(fromHere(some.Folder)), oneOrMany(len(some.Packs), "has", "have"))
		if again := handoffInto(some.Folder, s.Results, flags, s.Header().Columns); again != "" {
			words += "; to make all packages there again"
			if session.SameFile(some.Folder, d.addsTo) {
				words += ", in place of adding packages of the new links as below"
			}
			words += ":\n" + again
		} else {
			words += ": " + text.Line(strings.Join(some.Packs, ", "))
		}
		printLines(p.out, "older:   ", words)
	}
	if more := len(packages) - shownFiles; more > 0 {
		printLines(p.out, "older:   ", "also packages in "+text.Plural(more, "other folder"))
	}
	return nil
}

// describe says what a state is, and for how long.
func (r *statusRun) describe(state batch.GuestState, a session.Acceptance, now time.Time) string {
	switch state {
	case "":
		return "not read"
	case batch.GuestNotAccepted:
		// Who was reminded was invited by that, too.
		if oldest := a.Waiting[0].Invited; !oldest.IsZero() {
			words := string(state) + "; the longest wait since the last invitation: " + waited(now.Sub(oldest))
			return beside(words, countWidth, width(r.out))
		}
	case batch.GuestNeverCame, batch.GuestDeleted, batch.GuestNotShown, batch.GuestNotKnown:
		return beside(fmt.Sprintf("%s: %s", state, state.Meaning()), countWidth, width(r.out))
	case batch.GuestAccepted:
	}
	return string(state)
}

// maxGroups is how many groups the table shows.
const maxGroups = 20

// Columns of the table of guests.
const (
	columnOther = "other"
	columnGone  = "gone"
)

// acceptanceTable shows who has accepted, by group.
func acceptanceTable(a session.Acceptance) string {
	tw := table.NewWriter()
	tw.SetStyle(plainTable())
	by := "domain"
	if a.By != "" {
		by = shown(a.By)
	}
	headings := table.Row{by, "guests", "accepted", "not accepted", columnOther}
	if a.Guests.Gone() > 0 {
		headings = append(headings, columnGone)
	}
	tw.AppendHeader(headings)
	for _, g := range a.Groups[:min(maxGroups, len(a.Groups))] {
		name := shown(g.Name)
		if name == "" {
			name = "(none)"
		}
		here, accepted, waiting := g.Guests.All()-g.Guests.Gone(), g.Guests[batch.GuestAccepted], g.Guests[batch.GuestNotAccepted]
		row := table.Row{name, here, accepted, waiting, here - accepted - waiting}
		if a.Guests.Gone() > 0 {
			row = append(row, g.Guests.Gone())
		}
		tw.AppendRow(row)
	}
	shownAll := trimmedLines(tw.Render())
	if more := len(a.Groups) - maxGroups; more > 0 {
		shownAll += fmt.Sprintf("\nand %s more; --json has all", text.Thousands(more))
	}
	return shownAll
}

// printOlder lists those who have not accepted for long.
func (r *statusRun) printOlder(older []session.WaitingGuest, now time.Time) {
	if len(older) == 0 {
		_, _ = fmt.Fprintf(r.out, "\neveryone who has not accepted was invited or reminded less than %s ago\n", r.o.olderThan.String())
		return
	}
	_, _ = fmt.Fprintf(r.out, "\nnot accepted, and not invited or reminded for %s or more:\n", r.o.olderThan.String())
	for _, g := range older {
		since := "invited by another batch"
		if !g.Invited.IsZero() {
			since = ago(now.Sub(g.Invited))
		}
		group := ""
		if r.o.by != "" {
			group = "  " + shown(g.Group)
		}
		_, _ = fmt.Fprintf(r.out, "  %s  %s%s\n", text.Line(g.Address), since, group)
	}
}

// next is what helps most now.
func (r *statusRun) next(ctx context.Context, a session.Acceptance, now time.Time) string {
	switch accepted := a.Guests[batch.GuestAccepted]; {
	case a.Guests[batch.GuestNotAccepted] > 0:
	case a.Guests[batch.GuestNotShown] > 0:
		return "no one is known to be waiting; look again later for those whom the directory does not show yet"
	case a.Guests.All() > accepted+a.Guests.Gone():
		return "no one is known to be waiting"
	case accepted == 0:
		return "no one is waiting"
	case a.Left > 0:
		return "everyone on the list who is in the tenant has accepted"
	case a.Guests.Gone() > 0:
		return "everyone who is in the tenant has accepted"
	default:
		return "everyone has accepted"
	}
	var steps []string
	flags := packagesOf(ctx, r.Session, r.flags).without("out") // those who wait have a folder of their own
	if by := r.o.by; by != "" && text.HeadingKey(by) != text.HeadingKey(flags.value("by")) {
		flags = packagesBy(r.flags, by)
	}
	if flags != nil {
		steps = append(steps, "packages of those who have not accepted, one for each "+text.Line(flags.value("by"))+":", flags.with("only", "pending").command("handoff", r.Written()))
	}
	after := age(batch.ReminderAge)
	switch first := a.FirstReminder(batch.ReminderAge, batch.MaxReminders); {
	case first.IsZero():
		steps = append(steps, fmt.Sprintf("no one is to be reminded: those who wait were invited by another batch, or have had %d reminders (remind --max-reminders)", batch.MaxReminders))
	case first.After(now):
		steps = append(steps, "reminders (guestlist remind) are due from "+first.Local().Format(time.DateOnly)+" on, "+after.String()+" after the last invitation")
	default:
		steps = append(steps, "new invitations for those who have not accepted for "+after.String()+" or more:", r.flags.ofBatch().command("remind", r.Written()))
	}
	return strings.Join(steps, "\n")
}

// acceptanceJSON is what --json prints.
type acceptanceJSON struct {
	Results     string                   `json:"results"`
	AsOf        string                   `json:"as_of"`
	Guests      int                      `json:"guests"`
	States      map[batch.GuestState]int `json:"states"`
	By          string                   `json:"by"`
	Groups      []groupJSON              `json:"groups"`
	NotAccepted []waitingJSON            `json:"not_accepted"`
	// UnfinishedFollowUps is guests, and left out for none.
	UnfinishedFollowUps int `json:"unfinished_follow_ups,omitempty"`
}

type groupJSON struct {
	Name   string                   `json:"name"`
	Guests int                      `json:"guests"`
	States map[batch.GuestState]int `json:"states"`
}

type waitingJSON struct {
	Email     string `json:"email"`
	Group     string `json:"group"`
	InvitedAt string `json:"invited_at"`
}

func acceptanceOf(file string, a session.Acceptance, waiting []session.WaitingGuest) acceptanceJSON {
	j := acceptanceJSON{
		Results: file, AsOf: timeJSON(a.AsOf), Guests: a.Guests.All(), States: a.Guests, By: a.By, UnfinishedFollowUps: a.Unfinished,
		Groups: []groupJSON{}, NotAccepted: []waitingJSON{},
	}
	if j.By == "" {
		j.By = "domain"
	}
	for _, g := range a.Groups {
		j.Groups = append(j.Groups, groupJSON{g.Name, g.Guests.All(), g.Guests})
	}
	for _, g := range waiting {
		j.NotAccepted = append(j.NotAccepted, waitingJSON{g.Address, g.Group, timeJSON(g.Invited)})
	}
	return j
}

// timeJSON is a time as JSON has it, "" for none.
func timeJSON(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}

// age is a flag for how long ago something was: as Go writes durations, or in days.
type age time.Duration

const day = 24 * time.Hour

func (a *age) Set(value string) error {
	if days, ok := strings.CutSuffix(value, "d"); ok {
		n, err := strconv.Atoi(days)
		if err != nil || n < 0 || n > 10_000 {
			return errAge
		}
		*a = age(time.Duration(n) * day)
		return nil
	}
	d, err := time.ParseDuration(value)
	if err != nil || d < 0 {
		return errAge
	}
	*a = age(d)
	return nil
}

var errAge = errors.New("give a number of days, such as 7d, or of hours, such as 36h")

func (a *age) String() string {
	if a == nil {
		return "0s"
	}
	if d := time.Duration(*a); d > 0 && d%day == 0 {
		return strconv.Itoa(int(d/day)) + "d"
	}
	return time.Duration(*a).String()
}

// Type is what help calls the value.
func (*age) Type() string { return "age" }

// ago says how long ago something was, in the unit that people would use.
func ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return text.Plural(int(d/time.Minute), "minute") + " ago"
	case d < 2*day:
		return text.Plural(int(d/time.Hour), "hour") + " ago"
	default:
		return text.Plural(int(d/day), "day") + " ago"
	}
}

// waited is how long something takes already, in the unit that people would use.
func waited(d time.Duration) string {
	if d < time.Minute {
		return "less than a minute"
	}
	return strings.TrimSuffix(ago(d), " ago")
}

// areHave is a number of guests as the subject of "have accepted".
func areHave(n int) string {
	if n == 1 {
		return "1 guest has"
	}
	return text.Plural(n, "guest") + " have"
}
