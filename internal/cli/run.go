package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"guestlist/batch"
	"guestlist/batch/judge"
	"guestlist/batch/planfile"
	"guestlist/batch/send"
	"guestlist/internal/machine"
	"guestlist/internal/session"
	"guestlist/internal/text"
)

func inviteCommand(p *process) *cobra.Command {
	o := inviteOptions{listOptions: listOptions{readOptions: newReadOptions(p)}}
	cmd := &cobra.Command{
		Use:   "invite LIST",
		Short: "Invite everyone on the list; run it again to resume",
		Long: `Invite everyone on the list, one POST /invitations for each row, and write every
answer into a results workbook beside the list. Running the same command again
skips who is invited, and sends what is new, corrected or still pending.

Guests can also be added to groups, and get attributes, a manager and sponsors:
in the same run, or later with the same command. It finishes what is not done.

Every flag can be set by a variable: --send-message is GUESTLIST_SEND_MESSAGE.

guestlist help exit-codes says how it can end.`,
		Example: `  guestlist invite samples/partners.csv --sandbox
  guestlist invite partners.xlsx --limit 10
  guestlist invite partners.csv --send-message --text welcome.txt
  guestlist invite partners.csv --group Aurora --set companyName=Company`,
		Args: oneList,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runInvitations(p, cmd, args[0], &o)
		},
	}
	o.register(cmd.Flags())
	return cmd
}

func retryCommand(p *process) *cobra.Command {
	o := inviteOptions{listOptions: listOptions{readOptions: newReadOptions(p)}}
	cmd := &cobra.Command{
		Use:   "retry RESULTS",
		Short: "Send the rows of a results workbook that failed or are pending",
		Long: `Send again the rows of a results workbook that failed, with what you corrected
on its sheet Results or Failed, and those that are new or still pending. Invited
rows are left alone. The outcomes go into the same workbook. The workbook alone
is enough: where its journal is gone, earlier outcomes are read from it.

Rows that Microsoft would refuse again as they are, such as the address of a
group, are left alone until you correct them; --all sends these as well. With
--sheet Failed only the rows on that sheet are sent.

guestlist help exit-codes says how it can end.`,
		Example: `  guestlist retry partners.results.xlsx
  guestlist retry partners.results.xlsx --sheet Failed`,
		Args: oneList,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runInvitations(p, cmd, args[0], &o)
		},
	}
	o.register(cmd.Flags())
	cmd.Flags().BoolVar(&o.all, "all", false, "send failed rows again also where Microsoft would refuse them again as they are")
	return cmd
}

const retryVerb = "retry"

// run is one run of a command that sends.
type run struct {
	*process
	*session.Session

	o     *inviteOptions
	flags setFlags
	// settings are what the journal keeps of them, nil for all.
	settings map[string]string

	verb string // the command: invite, retry or remind
	rate send.Rate
	log  *slog.Logger
	// metrics is the file of --metrics-file, events those of --events; nil for none.
	metrics *metricsFile
	events  *events
	// earlierPlan is the plan that a dry run writes over, nil for none.
	earlierPlan *planfile.Plan
	// packages are the flags with which handoff goes on, known at the end; nil where no column suits.
	packages setFlags
	// nextDay is when the daily budget allows more, zero where it does not bound the run.
	nextDay time.Time
}

func runInvitations(p *process, cmd *cobra.Command, list string, o *inviteOptions) error {
	ctx, done := interruptible(cmd.Context(), p, o.grace)
	defer done()
	o.stdin = &pipedList{ctx: ctx, in: p.in}
	p.quiet = o.progress == "none"
	r := run{process: p, o: o, flags: flagsOf(cmd), verb: cmd.Name(), log: slog.New(slog.DiscardHandler)}
	err := forEncoding(cmd, list, r.do(ctx, list))
	r.tellEnd(err)
	return err
}

// tellStart makes ready what programs are told, so that what cannot work is found before
// anything is sent.
func (r *run) tellStart(ctx context.Context, list string) error {
	if err := r.startMetrics(list); err != nil {
		return err
	}
	return r.startEvents(ctx, list)
}

// tellJoined tells programs that no other run works on the batch.
func (r *run) tellJoined() { r.metrics.joined() }

// tellSending tells programs what is about to be sent, and from now on how it goes.
func (r *run) tellSending(meter *send.Meter) {
	r.metrics.watch(runMetrics{tenant: r.Tenant().ID.Tenant, planned: r.Planned(), read: meter.Snapshot})
	r.events.tell("started", &startedEvent{
		Command: r.verb, Version: release(), List: r.List, Results: r.Results, Journal: r.JournalName(),
		Sandbox: r.Tenant().ID.Sandbox, Operator: operator(), SignedInAs: r.Tenant().SignedInAs(), Tenant: r.Tenant().ID.Tenant,
		Send: r.Planned(), Emailed: r.Plan.Now.Emailed, Rate: r.rate.String(),
	})
	r.events.watch(meter, r.Planned())
}

// tellCounted tells programs what the results have.
func (r *run) tellCounted(facts batch.RunFacts, tally *batch.Tally) {
	r.metrics.counted(facts.Counts, tally)
	r.events.counted(r.Written(), facts, tally)
}

// tellEnd tells programs how the run has ended.
func (r *run) tellEnd(err error) {
	r.metrics.end(err)
	r.events.end(err)
}

// do goes through a run in the order that keeps the promises: everything that can
// fail is tried before the first request leaves.
func (r *run) do(ctx context.Context, list string) (err error) {
	opt, logFile, err := r.prepare(ctx, list)
	if logFile != nil {
		defer func() { err = errors.Join(err, logFile.Close()) }()
	}
	if err != nil {
		return err
	}
	if err := r.tellStart(ctx, list); err != nil {
		return err
	}
	err = r.during("reading "+text.Line(list), func() (err error) { r.Session, err = session.Open(ctx, opt); return err })
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx) // what could not be read is of no interest then
	} else if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if r.o.dryRun {
		return r.preview(ctx)
	}
	if err := r.during("reading what is known of earlier runs", func() error { return r.Join(ctx, r.connect) }); err != nil {
		return r.flags.forResults(r.verb, err)
	}
	r.tellJoined()
	if err := r.steps(ctx); err != nil {
		return err
	}
	if err := r.during("reading "+text.Line(list), func() error { return r.Import(ctx) }); err != nil {
		return r.goOnWithResults(err)
	}
	if invalid := r.Plan.Meant(batch.Invalid); r.o.strict && invalid > 0 {
		return &session.InvalidRowsError{Rows: invalid, List: r.List, Check: r.checkCommand()}
	}
	if err := r.whoIsThere(ctx); err != nil {
		return err
	}
	r.announce()
	if err := r.confirm(ctx); err != nil {
		return err
	}
	meter := &send.Meter{}
	totals, stopped := r.send(ctx, meter)
	if errors.As(stopped, new(*session.BeginError)) {
		return stopped
	}
	facts, tally, err := r.finish(ctx, totals)
	steps := r.StepsError()
	if err == nil && r.StepsLeft() > 0 && mayGoOn(stopped) {
		// As with the wait below, the results are on disk before.
		steps = r.followUp(ctx)
		facts, tally, err = r.finish(ctx, totals)
	}
	if err == nil && r.mayWait(stopped) && steps == nil {
		// The results are on disk before the wait, and written again after it.
		totals, stopped = r.settle(ctx, meter, stopped)
		if r.StepsLeft() > 0 {
			steps = r.followUp(ctx)
		}
		facts, tally, err = r.finish(ctx, totals)
	}
	if err != nil && errors.Is(stopped, send.ErrJournalAway) && errors.Is(err, send.ErrJournalAway) {
		return stopped // it says the same
	}
	if err != nil {
		return errors.Join(stopped, err)
	}
	return r.end(facts, tally, stopped, steps)
}

// finish writes the results, also where the run was interrupted.
func (r *run) finish(ctx context.Context, totals batch.RunTotals) (facts batch.RunFacts, tally *batch.Tally, err error) {
	err = r.during("writing "+text.Line(r.Results), func() (err error) {
		facts, tally, err = r.Finish(context.WithoutCancel(ctx), totals)
		return err
	})
	if err == nil {
		r.packages = packagesOf(context.WithoutCancel(ctx), r.Session, r.flags)
		r.tellCounted(facts, tally)
	}
	return facts, tally, err
}

// steps makes sure that what guests get after the invitation can be done, and looks up what
// it names. Where a permission is missing a person is asked; otherwise the run ends.
func (r *run) steps(ctx context.Context) error {
	err := r.CheckSteps(ctx)
	if missing, ok := errors.AsType[*session.MissingPermissionsError](err); ok && r.maySay() && !r.o.yes {
		r.warn("%s", text.Error(missing))
		if err := r.ask(ctx, "Go on without these steps? [y/N] "); err != nil {
			return err
		}
		err = r.Withhold(missing)
	}
	if err != nil {
		return err
	}
	return r.ReadTargets(ctx)
}

// followUp does what is left to be done for the guests.
func (r *run) followUp(ctx context.Context) error {
	return r.withProgress("steps after the invitation", func(progress func(done, total int)) error { return r.FollowUp(ctx, progress) })
}

// groupsOf are the groups that --group names, each once.
func groupsOf(names []string) (groups []string, err error) {
	for _, name := range names {
		name = strings.TrimSpace(name)
		if err := judge.CheckGroup(name); err != nil {
			return nil, session.Usagef(adviceOf(err), "--group %q %w", name, err)
		}
		if !slices.Contains(groups, name) {
			groups = append(groups, name)
		}
	}
	return groups, nil
}

// ofBudget says that the daily budget ended a run, where its limit was that.
func (r *run) ofBudget(stopped error, totals *batch.RunTotals) error {
	if !errors.Is(stopped, send.ErrLimit) || r.nextDay.IsZero() {
		return stopped
	}
	stopped = &session.BudgetError{PerDay: r.o.perDay, Used: r.o.perDay, Next: r.nextDay, Again: r.unattended()}
	totals.Stopped = text.Error(stopped)
	return stopped
}

// goOnWithResults adds the command to an error that says that the list lacks corrections.
func (r *run) goOnWithResults(err error) error {
	if corrected, ok := errors.AsType[*session.CorrectedError](err); ok {
		corrected.Again = r.command(retryVerb, r.Results)
	}
	return err
}

// preview shows what the run would do, and does not do it.
func (r *run) preview(ctx context.Context) error {
	if err := r.Preview(ctx, r.connect, r.steps); err != nil {
		return r.goOnWithResults(err)
	}
	if err := r.whoIsThere(ctx); err != nil {
		return err
	}
	r.announce()
	for _, detail := range r.Plan.Now.Details(r.Defaults.RedirectURL) {
		r.warn("%s", detail)
	}
	if err := r.writePlan(ctx); err != nil {
		return err
	}
	if r.o.json {
		return writeJSON(r.out, previewOf(r.Plan, r.Meant(r.Plan.Counts), r.Reading()))
	}
	r.writeCounts(r.out, r.Plan.Counts, batch.NewTally())
	r.printWrong()
	_, _ = fmt.Fprintf(r.out, "\n%s to send in this run, %s\n", rows(r.Planned()), r.Plan.Now.Emailing())
	after := r.Plan.FollowUps.String()
	if after != "" {
		_, _ = fmt.Fprintf(r.out, "%s\n", beside("after the invitation: "+after, 0, width(r.out)))
	}
	next := "nothing is left to send"
	if r.Planned() > 0 || after != "" {
		next = r.flags.without("dry-run", "plan-addresses", "json").command(r.verb, r.List)
	}
	if r.o.plan != "" && (r.Planned() > 0 || after != "") {
		next = "have " + text.Line(r.o.plan) + " reviewed, then\n" + next
	}
	_, _ = fmt.Fprintln(r.out, "dry run, nothing was sent")
	printLines(r.out, "next: ", next)
	return nil
}

// printWrong names the first rows that cannot be sent, as check does.
func (r *run) printWrong() {
	if len(r.Plan.Wrong) == 0 {
		return
	}
	_, _ = fmt.Fprintln(r.out)
	for _, wrong := range r.Plan.Wrong {
		head := fmt.Sprintf("row %d  ", wrong.Line)
		for _, problem := range wrong.Problems {
			_, _ = fmt.Fprintf(r.out, "%s%s\n", head, beside(text.Line(problem.String()), len(head), width(r.out)))
			head = strings.Repeat(" ", len(head))
		}
	}
	if rest := r.Plan.Meant(batch.Invalid) - len(r.Plan.Wrong); rest > 0 {
		printLines(r.out, "", "and "+rows(rest)+" more; all are named by\n"+r.checkCommand())
	}
}

// mayWait reports whether open rows are worth waiting for: the run was not stopped by
// a person, the tenant or the machine.
func (r *run) mayWait(stopped error) bool {
	return r.Open() > 0 && mayGoOn(stopped)
}

// mayGoOn reports whether a run that sends no more invitations may do something else.
func mayGoOn(stopped error) bool {
	return stopped == nil || errors.Is(stopped, send.ErrLimit) || errors.As(stopped, new(*session.BudgetError))
}

// settle waits for the directory to show what became of open rows.
func (r *run) settle(ctx context.Context, meter *send.Meter, stopped error) (batch.RunTotals, error) {
	most := r.o.settle
	if most == 0 {
		most = settleAlone
		if onTerminal(r.err) {
			most = settleWatched
		}
	}
	open := r.Open()
	them := "them"
	if open == 1 {
		them = "it"
	}
	r.warn("%s got no answer: the tenant is asked what became of %s, until %s at the most (--settle). Ctrl-C leaves %[2]s to the next run, which looks first",
		rows(open), them, time.Now().Add(most).Format("15:04"))
	r.events.tell("waiting", &waitingEvent{For: waitsForLookUp, Rows: open, Until: moment(time.Now().Add(most))})
	shown := showProgress(r.process, r.o.progress, meter, r.Planned(), time.Now().Add(most))
	totals, err := r.Settle(ctx, most, meter)
	shown()
	if stopped != nil && (err == nil || errors.Is(err, session.ErrOpen)) {
		return totals, stopped
	}
	return totals, err
}

// How long a run waits for the directory by itself: for a person who watches, and for
// a scheduler that does not.
const (
	settleWatched = 15 * time.Minute
	settleAlone   = 2 * time.Minute
)

// prepare reads the flags, so that a mistake in one is one error and not one at
// each row.
func (r *run) prepare(ctx context.Context, list string) (opt session.Options, logFile *os.File, err error) {
	if err := r.o.check(); err != nil {
		return opt, nil, err
	}
	if r.rate, err = r.o.parseRate(); err != nil {
		return opt, nil, err
	}
	if opt, err = r.o.options(r.process, list); err != nil {
		return opt, nil, err
	}
	opt.Results, opt.Ending = r.o.out, r.o.ending()
	opt.Limit = r.o.limit
	if opt.FollowUps.Groups, err = groupsOf(r.o.groups); err != nil {
		return opt, nil, err
	}
	opt.FollowUps.Skip = r.o.skipSteps
	opt.Retry, opt.All, opt.Resend = r.verb == retryVerb, r.o.all, r.o.unconfirmed == "resend"
	opt.Reinvite, opt.IgnoreJournals, opt.Wait = batch.Reinvite(r.o.reinvite), r.o.ignoreJournals, r.o.wait
	opt.Waiting = func(what string) {
		r.screen.waiting(what)
		r.events.tell("waiting", &waitingEvent{For: waitsForRun})
	}
	if err := r.readPlan(&opt, list); err != nil {
		return opt, nil, err
	}
	opt.LogLost, opt.NoDirectoryCheck = r.o.logLost, r.o.noDirectoryCheck
	opt.TrustResults = r.o.trustResults
	if r.maySay() && !r.o.yes {
		opt.Ask = r.mayTrust
	}
	if opt.State, err = machineState(r.getenv); err != nil {
		return opt, nil, err
	}
	opt.Command, opt.Operator = r.flags.command(r.verb, list), operator()
	if opt.Read.Journals.InDatabase() && (r.verb == retryVerb || strings.HasSuffix(strings.ToLower(list), r.o.ending())) {
		if opt.List, err = session.ResultsFor(ctx, opt.Read.Journals, list, opt.State, r.notice); err != nil {
			return opt, nil, err
		}
	}
	if opt.Defaults.NoSponsors = !r.o.sandbox && session.NoSponsors(r.o.cloud); opt.Defaults.NoSponsors && r.o.sponsorsFrom != "" {
		return opt, nil, session.Usagef("leave it out", "--sponsors-from would do nothing: guests of the cloud %s have no sponsors", r.o.cloud)
	}
	if r.o.logFile == "" {
		return opt, nil, nil
	}
	if err := r.checkOwnFile("log-file", r.o.logFile, list); err != nil {
		return opt, nil, err
	}
	logFile, err = os.OpenFile(r.o.logFile, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return opt, nil, &session.UsageError{Err: fmt.Errorf("--log-file: %w", err), Next: "name a file that can be written"}
	}
	var level slog.Level
	_ = level.UnmarshalText([]byte(r.o.logLevel)) // checked with the other flags
	r.log = slog.New(slog.NewJSONHandler(&logWriter{file: logFile, notice: r.notice}, &slog.HandlerOptions{Level: level}))
	return opt, logFile, nil
}

// readPlan reads the reviewed plan that bounds the run, or the one that a dry run writes
// over, where there is one.
func (r *run) readPlan(opt *session.Options, list string) (err error) {
	planned := r.flags.with("dry-run", "true")
	if r.o.plan == "" {
		planned = planned.with("plan", "plan.json")
	}
	opt.PlanCommand = planned.without("json").command(r.verb, list)
	switch {
	case r.o.dryRun && r.o.plan != "":
		r.earlierPlan, err = session.EarlierPlan(r.o.plan)
		return err
	case r.o.dryRun:
		return nil
	case r.o.plan == "" && r.o.requirePlan:
		return session.Usagef("write one, and have it reviewed:\n"+opt.PlanCommand, "nothing is sent without a reviewed plan (--require-plan): name it with --plan")
	case r.o.plan == "":
		return nil
	}
	if opt.Reviewed, err = planfile.Open(r.o.plan); err != nil {
		return session.Usagef("take the file as it was reviewed, or make a new plan and have it reviewed:\n"+opt.PlanCommand, "--plan %s: %w", text.Line(r.o.plan), err)
	}
	return nil
}

// writePlan writes the plan of a dry run, where that is asked for.
func (r *run) writePlan(ctx context.Context) error {
	if r.o.plan == "" {
		return nil
	}
	plan, err := r.WritePlan(ctx, session.PlanOptions{
		Path: r.o.plan, Earlier: r.earlierPlan, Limit: r.o.limit, Named: r.o.planAddresses,
	})
	if err != nil {
		return err
	}
	r.warn("the plan %s has %v", text.Line(r.o.plan), plan)
	if was := r.earlierPlan; was != nil {
		r.warn("it takes the place of the plan that was made on %s: %s new, %s gone; review it again",
			text.Moment(was.Made), rows(plan.Missing(was)), rows(was.Missing(plan)))
	}
	return nil
}

// checkOwnFile refuses a file of the batch, or one that another flag writes, for what a flag
// appends lines to.
func (r *run) checkOwnFile(flag, path, list string) error {
	out := cmp.Or(r.o.out, session.ResultsPath(list, r.o.ending()))
	others := map[string]string{"log-file": r.o.logFile, "events": r.o.events, "metrics-file": r.o.metricsFile, "plan": r.o.plan}
	delete(others, flag)
	own := slices.Concat(session.Files(list), session.Files(out), []string{(&handoffOptions{}).folder(out)}, slices.Sorted(maps.Values(others)))
	for _, other := range own {
		if other != "" && (session.SameFile(path, other) || placeOf(path) == placeOf(other)) {
			return session.Usagef("name a file of its own", "--%s names %s, which this run reads or writes", flag, text.Line(other))
		}
	}
	return nil
}

// placeOf is where a file is or would be made, whatever links lead there.
func placeOf(path string) string {
	for range maxLinks { // a link to a file that is not there may lead to another one
		target := session.Resolve(path)
		if target == path {
			break
		}
		path = target
	}
	if whole, err := filepath.Abs(path); err == nil {
		path = whole
	}
	if folder, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		path = filepath.Join(folder, filepath.Base(path))
	}
	return path
}

// maxLinks is how many symbolic links behind each other a system follows at most.
const maxLinks = 40

// connect signs in and says as whom.
func (r *run) connect(ctx context.Context) (*session.Tenant, error) {
	if r.o.sandbox {
		r.warn(sandboxNote)
	}
	t, err := connectTo(ctx, r.process, &r.o.connectOptions, r.o.workers)
	if err != nil || r.o.sandbox {
		return t, err
	}
	if ends := t.TokenEnds(); ends != "" {
		r.warn("%s: rows that are left then stay pending", ends)
	}
	return t, nil
}

// connectTo signs in, or starts the simulated tenant, and says as whom.
func connectTo(ctx context.Context, p *process, o *connectOptions, connections int) (t *session.Tenant, err error) {
	err = p.during("signing in", func() (err error) { t, err = session.Connect(ctx, connectOptionsOf(p, o, connections)); return err })
	if err == nil && !o.sandbox {
		p.warn("signed in with %s%s", t.Method, text.Line(t.Whom()))
	}
	return t, err
}

// machineState is what the runs of this user on this machine know of each other.
func machineState(getenv func(string) string) (machine.State, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		home = ""
	}
	folder, err := machine.DefaultFolder(runtime.GOOS, home, getenv)
	return machine.State{Folder: folder}, err
}

// whoIsThere looks up who is in the tenant already, and forecasts the plan with that.
// Where the sign-in may not look, a person is asked; otherwise the run ends.
func (r *run) whoIsThere(ctx context.Context) error {
	if !r.NoDirectoryCheck {
		err := r.withProgress("looking up who is in the tenant already", func(progress func(done, total int)) error { return r.ReadDirectory(ctx, progress) })
		if errors.As(err, new(*session.DirectoryDeniedError)) && r.maySay() {
			r.warn("%s", text.Error(err))
			if err := r.ask(ctx, "Without it, people who are in the tenant already may be invited and emailed again. Go on without? [y/N] "); err != nil {
				return err
			}
		} else if err != nil {
			return err
		}
	}
	if err := r.during("planning", func() error { return r.Replan(ctx) }); err != nil {
		return err
	}
	return r.bound(ctx)
}

// bound bounds the run by the daily budget, where there is one.
func (r *run) bound(ctx context.Context) (err error) {
	if r.o.perDay == 0 {
		return nil
	}
	r.nextDay, err = r.Budget(ctx, r.o.perDay)
	if used, ok := errors.AsType[*session.BudgetError](err); ok {
		used.Again = r.unattended()
	}
	if err != nil || r.nextDay.IsZero() {
		return err
	}
	return r.Replan(ctx)
}

// sandboxNote says at the start of a run that it is a rehearsal.
const sandboxNote = "SANDBOX: the tenant is simulated and knows no other list: no one is invited, and nothing is asked"

// announce says what the run is about to do.
func (r *run) announce() {
	if _, has := r.Header().Fields[batch.Sponsors]; has && r.Defaults.NoSponsors {
		r.warn("sponsors are left out: invitations of the cloud %s have none", r.o.cloud)
	}
	reading := r.Reading()
	r.warn("read: %s", reading.Read())
	if rest := reading.Rest(); rest != "" {
		r.warn("carried into the results only: %s", rest)
	}
	for _, note := range session.Advice(r.Session, r.flags.settings()) {
		r.warn("%s", note)
	}
	if n := r.Plan.LeftOut.Rows(); n > 0 {
		r.warn("%s left out by %s: nothing is sent for them", rows(n), r.o.choosing())
	}
	switch n := r.Plan.Final; n {
	case 0:
	case 1:
		r.warn("1 failed row is left as it is: Microsoft would refuse it again; correct it, or send it unchanged with --all")
	default:
		r.warn("%s failed rows are left as they are: Microsoft would refuse them again; correct them, or send them unchanged with --all", text.Thousands(n))
	}
	for _, declined := range r.Declined() {
		r.warn("%s", declined.Notice())
	}
	switch n, first := r.Plan.Warned, r.Plan.FirstWarned; n {
	case 0:
	case 1:
		r.warn("1 row to send has a warning: row %d, %s", first.Line, text.Line(first.Problems[0].String()))
	default:
		r.warn("%s to send have warnings, which guestlist check lists; the first: row %d, %s", rows(n), first.Line, text.Line(first.Problems[0].String()))
	}
	for _, typo := range r.Plan.Typos() {
		r.warn("%s", typo)
	}
	if n := r.Plan.Besides; n > 0 {
		r.warn("%s for something that the first row of the guest does not ask for: it is not done; guestlist check names it", oneOrMany(n, "1 duplicate row asks", text.Thousands(n)+" duplicate rows ask"))
	}
	if n := r.Plan.Nameless; n > 0 {
		r.warn("%s to send without a name; the guest is shown by the address", rows(n))
	}
	if n := r.Plan.Reinvited; n > 0 {
		r.warn("%s in the tenant already, and invited again (--reinvite): earlier links to them stop working", areIs(n, "person", "people"))
	}
	if n := r.Plan.Meant(batch.Removed); n > 0 {
		them := ": --reinvite removed invites them again"
		if batch.Reinvite(r.o.reinvite) == batch.ReinviteRemoved {
			them = ", and invited again (--reinvite)"
		}
		r.warn("%s not in the tenant any more%s", areIs(n, "guest", "guests"), them)
	}
	if n := r.Plan.LeftAlone; n > 0 {
		r.warn("%s left alone: a further invitation of theirs left less than a day ago, and its answer never came", areIs(n, "person", "people"))
	}
	if n := r.Plan.Meant(batch.Existing) - r.Plan.Reinvited - r.Plan.LeftAlone; n > 0 {
		r.warn("%s in the tenant already, and not invited again", areIs(n, "person", "people"))
	}
	if after := r.Plan.FollowUps.String(); after != "" {
		r.warn("after the invitation: %s", after)
	}
	r.announcePlan()
	if n := r.Planned(); n > 0 {
		r.warn("%d of %s to send, %d of them emailed, %s", n, rows(r.Plan.Counts.Rows()), r.Plan.Now.Emailed, session.Expected(r.rate, n))
	}
}

// announcePlan says what bounds the run.
func (r *run) announcePlan() {
	if p := r.Reviewed; p != nil {
		r.warn("nothing is sent but what the reviewed plan %s has, made on %s: %v", text.Line(p.Path), text.Moment(p.Made), p)
	}
}

// errDeclined says that the operator did not want it after all.
var errDeclined = errors.New("cancelled; no invitations were sent")

// confirm asks before the first request leaves, where a person can be asked: with
// a terminal on both sides, and rows for a real tenant.
func (r *run) confirm(ctx context.Context) error {
	planned := r.Planned()
	after := r.Plan.FollowUps.String()
	if r.o.yes || r.o.sandbox || planned == 0 && after == "" || !r.maySay() {
		return nil
	}
	if planned == 0 {
		return r.ask(ctx, fmt.Sprintf("No invitations are sent. In %s: %s. Go on? [y/N] ", r.TenantName(), after))
	}
	if after != "" {
		after = "; " + after
	}
	for _, detail := range r.Plan.Now.Details(r.Defaults.RedirectURL) {
		r.warn("%s", detail)
	}
	for _, declined := range r.Declined() {
		r.warn("%s", declined)
	}
	return r.ask(ctx, fmt.Sprintf("Invite %s into %s: %s, %s%s. Go on? [y/N] ",
		text.Plural(planned, "guest"), r.TenantName(), r.Plan.Now.Emailing(), session.Expected(r.rate, planned), after))
}

// ask waits for a yes. Anything else is [errDeclined].
func (r *run) ask(ctx context.Context, question string) error {
	answer, err := r.answer(ctx, question)
	if err == nil && !isYes(answer) {
		err = errDeclined
	}
	return err
}

// mayTrust puts a question to which no is an answer.
func (r *run) mayTrust(ctx context.Context, question string) (bool, error) {
	err := r.ask(ctx, question)
	if errors.Is(err, errDeclined) {
		return false, nil
	}
	return err == nil, err
}

// send carries the plan out and shows how it goes.
func (r *run) send(ctx context.Context, meter *send.Meter) (totals batch.RunTotals, stopped error) {
	shown := showProgress(r.process, r.o.progress, meter, r.Planned(), time.Time{})
	defer shown()
	r.tellSending(meter)
	r.sending.Store(true)
	totals, stopped = r.Send(ctx, session.Sending{
		Rate: r.rate, Workers: r.o.workers, MaxAttempts: r.o.maxAttempts, MaxOutage: r.o.maxOutage, MaxFailures: r.o.maxFailures,
		Grace: r.o.grace, LookupFor: r.o.lookupFor, StepsAfter: r.o.stepsAfter, Log: r.log, Meter: meter,
		Settled: r.events.row, StepSettled: r.events.step,
		Tool: tool(), Operator: operator(), Settings: r.recorded(),
	})
	if stopped = r.ofBudget(stopped, &totals); stopped != nil {
		r.events.stopped(stopped)
	}
	return totals, stopped
}

// recorded are the flags that the journal keeps.
func (r *run) recorded() map[string]string {
	settings := r.settings
	if settings == nil {
		settings = r.flags.settings()
	}
	if r.Reviewed != nil { // the name of a file alone proves nothing
		settings = maps.Clone(settings)
		settings["plan"] += " (SHA-256 " + r.Reviewed.Sum() + ")"
	}
	return settings
}

// operator names who runs the program: account and machine.
func operator() string {
	name, host := "unknown", "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if h, err := os.Hostname(); err == nil {
		host = h
	}
	return name + "@" + host
}

// end tells how things stand, and gives the exit code.
func (r *run) end(facts batch.RunFacts, tally *batch.Tally, stopped, steps error) error {
	meant := r.Meant(facts.Counts)
	code, why := countsCode(meant), countsWords(meant, r.Unfinished.Guests)
	if code == exitOK && r.Unfinished.Guests > 0 {
		code = exitUnfinished
	}
	if code == exitOK && r.Plan.Unserved > 0 {
		code, why = exitUnfinished, text.Plural(r.Plan.Unserved, "row")+" not sent, as the same address is in a row that is left out"
	}
	complaint := ""
	if stopped == nil && steps != nil {
		complaint = r.complaint(steps)
		if c := stopCode(steps); c == exitAccess || c == exitInterrupted || code == exitOK {
			code, why = c, stopWords(c)
		}
	}
	if stopped != nil {
		complaint = r.complaint(stopped) + r.supportCase(stopped)
		code = stopCode(stopped)
		why = stopWords(code)
	}
	var settled error
	if code != exitOK {
		settled = &settledError{stopped, code, why}
	}
	words := r.next(r.Meant(facts.Counts), tally, facts.Totals.Sent, stopped)
	r.events.next(words)
	if r.o.json {
		r.concludeJSON(facts, tally)
		_, _ = fmt.Fprint(r.err, complaint)
		return settled
	}
	next := hanging("next:    ", words, width(r.out))
	r.conclude(facts, tally, linesOn(complaint+next+r.complaint(settled), width(r.out)))
	_, _ = fmt.Fprint(r.err, complaint)
	_, _ = fmt.Fprint(r.out, next)
	return settled
}

// supportCase is what Microsoft support asks for when Microsoft stopped the run.
func (r *run) supportCase(stopped error) string {
	blocked, ok := errors.AsType[*send.TenantError](stopped)
	if !ok {
		return ""
	}
	return fmt.Sprintf("  for a support case: tenant %s, request-id %s, %s\n",
		cmp.Or(r.Tenant().ID.Tenant, "(the sign-in does not name it)"), blocked.Refusal.RequestID, blocked.Refusal.Date.Format(time.RFC3339))
}

// choosingFlags are those that choose among rows or files.
var choosingFlags = []string{"out", "sheet", "limit", "rows", "where", "encoding", "delimiter"}

// command is what to type to go on, with the flags of this run. Those that
// choose among rows or files are for the same command alone.
func (r *run) command(verb, file string) string {
	if verb == r.verb && file == r.List {
		return r.flags.command(verb, file)
	}
	flags := r.flags.without("strict").without(choosingFlags...)
	if batch.Reinvite(r.o.reinvite) == batch.ReinviteRemoved {
		flags = flags.without("reinvite") // who is removed after this run is not meant
	}
	return flags.command(verb, file)
}

// unattended is the command of this run for a scheduler, which answers no question. It
// has the settings that came from variables: a scheduler has others.
func (r *run) unattended() string {
	return r.flags.without("dry-run").with("yes", "true").command(r.verb, r.List)
}

// checkCommand is the check of this run's list, with those of its flags that check
// knows.
func (r *run) checkCommand() string {
	flags := r.flags.of(new(listOptions).register)
	if own := r.Defaults.OwnDomains; len(own) > 0 { // as far as the tenant told them
		flags = maps.Clone(flags)
		flags["own-domain"] = own
	}
	return flags.command("check", r.List)
}

// handoffCommand makes the packages, "" where no column suits. Switches are flags to add.
func (r *run) handoffCommand(switches ...string) string {
	if r.packages == nil {
		return ""
	}
	flags := r.packages
	for _, name := range switches {
		flags = flags.with(name, "true")
	}
	return flags.command("handoff", r.Results)
}
