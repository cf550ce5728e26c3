package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"guestlist/batch"
	"guestlist/batch/results"
	"guestlist/batch/send"
	"guestlist/internal/session"
	"guestlist/internal/text"
)

// remindOptions are the flags of remind.
type remindOptions struct {
	inviteOptions

	olderThan    age
	maxReminders int
	missingLink  bool
}

// daysToAccept is after how many days it is worth a look who has accepted.
const daysToAccept = 3

func remindCommand(p *process) *cobra.Command {
	o := remindOptions{inviteOptions: inviteOptions{listOptions: listOptions{readOptions: newReadOptions(p)}}}
	cmd := &cobra.Command{
		Use:   "remind RESULTS",
		Short: "Invite those again who have not accepted",
		Long: `Send a new invitation to the guests of RESULTS who have not accepted, as they
were invited before: by email if there was an email, otherwise with a new link
for the hand-off. The tenant is asked right before who has accepted; who has is
never reminded, and neither is anyone whose state cannot be read, or who was in
the tenant before this batch. Before it asks, it names the first of those whom
it would remind, each with the day of the last invitation; --dry-run --plan FILE
--plan-addresses writes all of them into FILE.

A new invitation ends the earlier link of its guest. The results have the new
one, and guestlist handoff --only-new hands it out. A reminder whose answer is
lost counts as sent and is not repeated; --missing-link replaces the link that
is in doubt then.

The text, the language and the landing page are those of the run before, unless
flags say otherwise.

Exit code 3 when a reminder was refused, or its answer never came; others are as
for invite.`,
		Example: `  guestlist remind partners.results.xlsx
  guestlist remind partners.results.xlsx --older-than 3d --limit 50
  guestlist remind partners.results.xlsx --missing-link`,
		Args: oneOf("guestlist remind partners.results.xlsx", whichResults),
		RunE: func(cmd *cobra.Command, args []string) error {
			return forEncoding(cmd, args[0], runRemind(p, cmd, args[0], &o))
		},
	}
	f := cmd.Flags()
	o.readOptions.register(f)
	f.Lookup("rows").Usage = "remind only guests in these `ROWS` of the file RESULTS, as Excel shows them, not of the list: 10-200,305"
	o.registerMessage(f)
	f.BoolVar(&o.sendMessage, "send-message", false, "let Microsoft email those of whom it is not known whether they were emailed before")
	o.registerRate(f)
	o.connectOptions.register(f)
	o.registerSending(f)
	f.BoolVar(&o.dryRun, "dry-run", false, "look up who has accepted, and show who would be reminded; nothing is sent")
	o.olderThan = age(batch.ReminderAge)
	f.Var(&o.olderThan, "older-than", "remind those whose last invitation is so old, an `AGE`: 7d, 36h")
	f.IntVar(&o.maxReminders, "max-reminders", batch.MaxReminders, "`N` reminders for each guest at most")
	f.BoolVar(&o.missingLink, "missing-link", false, "remind only those who have no link that surely works, 15 minutes after their last invitation at the earliest; --older-than sets another age")
	// What an invitation can be told and a reminder cannot is as in the batch.
	o.userType, o.unconfirmed, o.reinvite = "Guest", "hold", string(batch.ReinviteNone)
	return cmd
}

// reminding is one run of remind.
type reminding struct {
	run

	o *remindOptions
}

func runRemind(p *process, cmd *cobra.Command, path string, o *remindOptions) (err error) {
	ctx, done := interruptible(cmd.Context(), p, o.grace)
	defer done()
	if o.maxReminders < 1 {
		return session.Usagef(fmt.Sprintf("%d is the default", batch.MaxReminders), "--max-reminders %d: give 1 or more", o.maxReminders)
	}
	p.quiet = o.progress == "none"
	r := reminding{o: o, run: run{process: p, o: &o.inviteOptions, flags: flagsOf(cmd), verb: cmd.Name(), log: slog.New(slog.DiscardHandler)}}
	if err := r.flags.needsSandbox(r.verb, path); err != nil {
		return err
	}
	if strings.HasPrefix(strings.ToLower(o.sheet), strings.ToLower(results.SheetFailed)) {
		return session.Usagef(r.flags.without("sheet").command(r.verb, path), "remind is for guests who were invited, and the sheet %s has none of them", text.Line(o.sheet))
	}
	state, err := machineState(p.getenv)
	if err != nil {
		return err
	}
	journals, err := o.database.place()
	if err != nil {
		return err
	}
	if path, err = session.ResultsFor(ctx, journals, path, state, p.notice); err != nil {
		return err
	}
	if err := r.adopt(ctx, cmd, journals, path); err != nil {
		return err
	}
	opt, logFile, err := r.prepare(ctx, path)
	if logFile != nil {
		defer func() { err = errors.Join(err, logFile.Close()) }()
	}
	if err != nil {
		return err
	}
	if err := r.tellStart(ctx, path); err != nil {
		return err
	}
	defer func() { r.tellEnd(err) }()
	if r.Session, err = session.Open(ctx, opt); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return r.do(ctx)
}

// adopted are the flags of the run before that a reminder has as well: the guests are
// invited as they were.
var adopted = []string{"redirect-url", "send-message", "message", "message-file", "text", "language", "cc"}

// messageFlags each give the text of the email.
var messageFlags = []string{"message", "message-file", "text"}

// adopt takes over the flags of the run before, where they are not given.
func (r *reminding) adopt(ctx context.Context, cmd *cobra.Command, journals session.Place, path string) error {
	before, err := session.SettingsOf(ctx, journals, path)
	if err != nil {
		return err
	}
	given := r.flags
	for _, name := range adopted {
		value := before[name]
		isText := slices.Contains(messageFlags, name)
		replaced := isText && slices.ContainsFunc(messageFlags, func(other string) bool { return given[other] != nil })
		if value == "" || given[name] != nil || replaced {
			continue
		}
		values := []string{value}
		if name == "text" {
			values = strings.Split(value, ", ")
		}
		for _, value := range values {
			if err := cmd.Flags().Set(name, value); err != nil {
				return err
			}
		}
	}
	r.settings = flagsOf(cmd).settings()
	return nil
}

// do goes through the run: the tenant is read, it is planned who is reminded, a person is
// asked, and the reminders are sent.
func (r *reminding) do(ctx context.Context) error {
	if err := r.during(readingResults, func() error { return r.JoinResults(ctx, r.connect, tool(), operator()) }); err != nil {
		return r.flags.forResults(r.verb, err)
	}
	r.tellJoined()
	if err := r.withProgress(readingGuests, func(progress func(done, total int)) error { return r.ReadGuests(ctx, progress) }); err != nil {
		return err
	}
	if r.o.missingLink && r.flags["older-than"] == nil {
		r.o.olderThan = age(r.lookupFor()) // a request without an answer may end the new link until then
	}
	who := batch.Reminders{OlderThan: time.Duration(r.o.olderThan), Max: r.o.maxReminders, MissingLink: r.o.missingLink}
	if err := r.PlanReminders(ctx, who); err != nil {
		return err
	}
	if err := r.bound(ctx); err != nil {
		return err
	}
	r.announce()
	if r.o.dryRun {
		if err := r.writePlan(ctx); err != nil {
			return err
		}
	}
	if r.o.dryRun || r.Planned() == 0 {
		return r.endUnsent(ctx)
	}
	if err := r.confirm(ctx); err != nil {
		return err
	}
	meter := &send.Meter{}
	totals, stopped := r.send(ctx, meter)
	if errors.As(stopped, new(*session.BeginError)) {
		return stopped
	}
	if _, _, err := r.finish(ctx, totals); err != nil {
		return errors.Join(stopped, err)
	}
	return r.end(ctx, meter.Snapshot(), stopped)
}

// announce says who is reminded, and who is not.
func (r *reminding) announce() {
	n := r.Planned()
	for _, why := range batch.NoReminders() {
		words := string(why)
		if why == batch.ReminderTooEarly {
			words = "invited less than " + text.Duration(time.Duration(r.o.olderThan)) + " ago (--older-than)"
		}
		if count := r.Plan.NotReminded[why]; count > 0 {
			r.warn("%s not reminded: %s", areIs(count, "guest", "guests"), words)
		}
	}
	if left := r.Plan.LeftOut[batch.Invited]; left > 0 {
		r.warn("%s left out by %s", areIs(left, "guest", "guests"), r.o.choosing())
	}
	if n == 0 {
		return
	}
	r.announcePlan()
	r.warn("%s to remind, %s, %s", text.Plural(n, "guest"), r.Plan.Now.Emailing(), session.Expected(r.rate, n))
	r.printFirst(n, linesOf(r.FirstReminded(), func(g session.RemindedGuest) string {
		if g.Invited.IsZero() {
			return text.Line(g.Address)
		}
		return text.Line(g.Address) + "  invited " + g.Invited.Local().Format(time.DateOnly)
	}), "--dry-run --plan FILE --plan-addresses")
	if live := r.Plan.Now.LiveLinks; live > 0 {
		r.warn("%s that %s now will stop working: %s", text.Plural(live, "link"), oneOrMany(live, "works", "work"), oneOrMany(live, "the new one takes its place", "the new ones take their place"))
	}
}

func oneOrMany(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// confirm asks before the first reminder leaves, where a person can be asked.
func (r *reminding) confirm(ctx context.Context) error {
	if r.o.yes || r.run.o.sandbox || !r.maySay() {
		return nil
	}
	return r.ask(ctx, fmt.Sprintf("Remind %s of %s: %s; %s stop working. Go on? [y/N] ",
		text.Plural(r.Planned(), "guest"), r.TenantName(), r.Plan.Now.Emailing(), text.Plural(r.Plan.Now.LiveLinks, "link")))
}

// endUnsent ends a run that reminds no one: what was read is in the results.
func (r *reminding) endUnsent(ctx context.Context) error {
	facts, tally, err := r.Rewrite(context.WithoutCancel(ctx))
	if err != nil {
		return err
	}
	r.tellCounted(facts, tally)
	r.events.next("")
	if r.o.json {
		return writeJSON(r.out, r.summary(send.Snapshot{}))
	}
	next := "no one is to be reminded now; guestlist status shows who has accepted" + r.nextReminder()
	if r.Planned() > 0 {
		_, _ = fmt.Fprintf(r.out, "%s would be reminded\n", text.Plural(r.Planned(), "guest"))
		next = r.flags.without("dry-run", "plan-addresses", "json").command(r.verb, r.List)
		if r.o.dryRun && r.o.plan != "" {
			next = "have " + text.Line(r.o.plan) + " reviewed, then\n" + next
		}
	}
	_, _ = fmt.Fprintf(r.out, "results: %s\n", text.Line(r.Written()))
	_, _ = fmt.Fprintln(r.out, "nothing was sent")
	printLines(r.out, "next: ", next)
	return nil
}

// reminderJSON is what --json prints.
type reminderJSON struct {
	Results    string `json:"results"`
	Planned    int    `json:"planned"`
	Reminded   int    `json:"reminded"`
	Unanswered int    `json:"unanswered"`
	Refused    int    `json:"refused"`
	// Accepted are those who accepted between the look-up and their reminder.
	Accepted    int                      `json:"accepted_meanwhile"`
	NotReminded map[batch.NoReminder]int `json:"not_reminded"`
}

func (r *reminding) summary(seen send.Snapshot) reminderJSON {
	why := r.Plan.NotReminded
	if why == nil {
		why = make(map[batch.NoReminder]int) // an object in any case
	}
	return reminderJSON{
		Results: r.Written(), Planned: r.Planned(), Reminded: seen.Invited, Unanswered: seen.Unconfirmed, Refused: seen.Failed,
		Accepted: r.Accepted(), NotReminded: why,
	}
}

// end tells what was sent, and gives the exit code.
func (r *reminding) end(ctx context.Context, seen send.Snapshot, stopped error) error {
	handOut := ""
	if r.makesLinks(seen) {
		handOut = r.handoffCommand("only-new")
	}
	steps := strings.Join(r.next(seen, stopped, handOut), "\n")
	r.events.next(steps)
	code := exitOK
	if seen.Failed+seen.Unconfirmed > 0 {
		code = exitUnfinished
	}
	if r.o.json {
		if err := writeJSON(r.out, r.summary(seen)); err != nil {
			return err
		}
	} else if err := r.printEnd(context.WithoutCancel(ctx), seen, handOut); err != nil {
		return errors.Join(stopped, err)
	}
	if stopped != nil {
		r.complain(stopped)
		_, _ = fmt.Fprint(r.err, r.supportCase(stopped))
		code = stopCode(stopped)
	}
	if !r.o.json {
		printLines(r.out, "next:    ", steps)
	}
	if code == exitOK {
		return nil
	}
	why := stopWords(code)
	if stopped == nil {
		why = fmt.Sprintf("%s refused or not answered", text.Plural(seen.Failed+seen.Unconfirmed, "reminder"))
	}
	return &settledError{stopped, code, why}
}

// printEnd tells what was sent, and what is older than that. HandOut is the command that adds
// packages with the new links, "" for none.
func (r *reminding) printEnd(ctx context.Context, seen send.Snapshot, handOut string) error {
	if r.run.o.sandbox {
		_, _ = fmt.Fprintln(r.out, "SANDBOX: the tenant was simulated, no one was reminded")
	}
	_, _ = fmt.Fprintf(r.out, "%8d  reminded\n", seen.Invited)
	for _, line := range []struct {
		n    int
		what string
	}{
		{r.Accepted(), "accepted meanwhile, and not reminded"},
		{seen.Unconfirmed, "sent, and the answer never came: the earlier link is in doubt"},
		{seen.Failed, "refused, and not reminded"},
	} {
		if line.n > 0 {
			_, _ = fmt.Fprintf(r.out, "%8d  %s\n", line.n, beside(line.what, countWidth, width(r.out)))
		}
	}
	r.writeErrors(r.out, r.Unsent(), inFull)
	_, _ = fmt.Fprintf(r.out, "\nresults: %s\n", text.Line(r.Written()))
	if seen.Invited+seen.Unconfirmed == 0 {
		return nil
	}
	var d deadLinks
	if handOut != "" {
		d.addsTo = r.packagesFolder()
	}
	return r.printDeadLinks(ctx, r.Session, r.flags, d)
}

// next is what helps most now.
func (r *reminding) next(seen send.Snapshot, stopped error, handOut string) []string {
	var steps []string
	if stopped != nil {
		steps = append(steps, "the same command goes on with those who are left:", r.flags.command(r.verb, r.List))
	}
	if seen.Unconfirmed > 0 {
		why := "new links for those whose answer never came"
		if wait := r.lookupFor(); wait >= time.Minute {
			why += ", " + text.Duration(wait) + " after it was lost"
		}
		steps = append(steps, why+":", r.flags.with("missing-link", "true").command(r.verb, r.List))
	}
	switch {
	case handOut != "":
		steps = append(steps, "hand the new links out:", handOut)
	case r.makesLinks(seen):
		steps = append(steps, fmt.Sprintf("the new links are in the column %s of the results; they are personal", results.ColumnRedeemURL))
	}
	if len(steps) == 0 {
		steps = append(steps, "see in a few days who has accepted:", r.flags.ofBatch().inDays(daysToAccept, r.Now()).command("status", r.Written()))
	}
	if due := strings.TrimPrefix(r.nextReminder(), "; "); stopped == nil && due != "" {
		steps = append(steps, due)
	}
	return steps
}

// lookupFor is how long it is not known what became of a request that got no answer.
func (r *reminding) lookupFor() time.Duration { return cmp.Or(r.o.lookupFor, r.Tenant().LookupFor) }

// makesLinks reports whether there are new links that Microsoft has not emailed.
func (r *reminding) makesLinks(seen send.Snapshot) bool {
	return seen.Invited > 0 && r.Plan.Now.Emailed != r.Plan.Now.Rows
}

// nextReminder ends a sentence with when the next guest can be reminded, "" where no one can,
// or at any time.
func (r *reminding) nextReminder() string {
	due := r.NextReminder()
	if due.IsZero() || r.o.olderThan == 0 {
		return ""
	}
	if time.Duration(r.o.olderThan) < day {
		return "; the next reminder is due at " + due.Local().Format("15:04")
	}
	return "; the next reminder is due on " + due.Local().Format(time.DateOnly)
}
