package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"os"
	"os/user"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/batch/sheet"
	"guestlist/graph"
	"guestlist/report"
)

func (p *process) inviteCommand() *cobra.Command {
	var o inviteOptions
	cmd := &cobra.Command{
		Use:   "invite LIST",
		Short: "Invite everyone on the list; run it again to resume",
		Long: `Invite everyone on the list, one POST /invitations for each row, and write every
answer into a results workbook beside the list. Running the same command again
skips who is invited, and sends what is new, mended or still pending.

Every flag can be set by a variable: --send-message is GUESTLIST_SEND_MESSAGE.

` + exitHelp,
		Example: `  guestlist invite samples/partners.csv --sandbox
  guestlist invite partners.xlsx --limit 10
  guestlist invite partners.csv --send-message --message-file welcome.txt`,
		Args: oneList,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, done := p.interruptible(cmd.Context(), o.grace)
			defer done()
			return p.newSession(args[0], &o).run(ctx, given(cmd))
		},
	}
	o.register(cmd.Flags())
	return cmd
}

// given lists the flags that were set, for the journal. Secrets have no flag.
func given(cmd *cobra.Command) map[string]string {
	flags := make(map[string]string)
	cmd.Flags().Visit(func(f *pflag.Flag) { flags[f.Name] = f.Value.String() })
	return flags
}

// session is one run: what was opened for it, and what is planned.
type session struct {
	*process

	o        *inviteOptions
	path     string // of the list
	results  string // path of the workbook
	rate     batch.Rate
	defaults batch.Defaults
	log      *slog.Logger
	logFile  *os.File // nil without --log-file

	source  *source
	tenant  *tenant
	journal *journal.Journal

	past  map[string]batch.Past
	retry bool // send failed rows again
	begun time.Time
	plan  forecast
}

// forecast is what a plan comes to.
type forecast struct {
	counts batch.Counts
	send   int // rows to send or to look up
	mailed int // of them with a mail
}

func (f *forecast) add(step batch.Step) {
	if f.counts == nil {
		f.counts = make(batch.Counts)
	}
	f.counts[step.Status]++
	if step.Action != batch.Skip {
		f.send++
		if step.Invitation.SendMessage {
			f.mailed++
		}
	}
}

func (p *process) newSession(path string, o *inviteOptions) *session {
	return &session{process: p, o: o, path: path, results: o.out, begun: time.Now().UTC()}
}

// run goes through a run in the order that keeps the promises: everything
// that can fail is tried before the first request leaves.
func (s *session) run(ctx context.Context, flags map[string]string) (err error) {
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.open(ctx); err != nil {
		return err
	}
	if err := s.judge(ctx); err != nil {
		return err
	}
	s.announce()
	if err := s.confirm(ctx); err != nil {
		return err
	}
	if err := s.journal.Begin(ctx, s.summary(), flags); err != nil {
		return err
	}
	tally, stopped := s.send(ctx)
	return s.finish(context.WithoutCancel(ctx), tally, stopped)
}

func (s *session) open(ctx context.Context) (err error) {
	if err := s.settings(); err != nil {
		return err
	}
	if s.source, err = openSource(s.path, &s.o.listOptions); err != nil {
		return err
	}
	if s.retry && !s.source.isResults {
		return usagef(fmt.Sprintf("guestlist retry %q", resultsPath(s.path, s.o.ending())), "%s is no results workbook", s.path)
	}
	s.nameResults()
	if err := report.Reserve(s.results); err != nil {
		return err
	}
	if s.tenant, err = s.connect(ctx, s.o); err != nil {
		return err
	}
	if s.journal, err = journal.Open(ctx, journal.Path(s.results), s.tenant.id); err != nil {
		return err
	}
	if err := s.restore(ctx); err != nil {
		return err
	}
	s.past, err = s.journal.Past(ctx)
	return err
}

// nameResults decides where the results go: a results workbook goes on in
// itself, so that no second one appears.
func (s *session) nameResults() {
	switch {
	case s.results != "":
	case s.source.isResults:
		s.results = s.path
	default:
		s.results = resultsPath(s.path, s.o.ending())
	}
}

// restore takes the outcomes of a results workbook over where its journal is gone.
func (s *session) restore(ctx context.Context) error {
	if !s.source.isResults {
		return nil
	}
	fresh, err := s.journal.Fresh(ctx)
	if err != nil || !fresh {
		return err
	}
	return s.journal.Restore(ctx, s.source.header().Columns, s.source.outcomes(s.path, s.tenant.id, s.defaults))
}

func (s *session) settings() (err error) {
	if err := s.o.check(); err != nil {
		return err
	}
	if s.rate, err = s.o.pace(); err != nil {
		return err
	}
	if s.defaults, err = s.o.defaults(); err != nil {
		return err
	}
	if cloud, err := graph.ParseCloud(s.o.cloud); err == nil && !cloud.Sponsors && !s.o.sandbox {
		s.defaults.NoSponsors = true
	}
	s.log = slog.New(slog.DiscardHandler)
	if s.o.logFile == "" {
		return nil
	}
	s.logFile, err = os.OpenFile(s.o.logFile, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return &usageError{fmt.Errorf("--log-file: %w", err), "name a file that can be written"}
	}
	var level slog.Level
	_ = level.UnmarshalText([]byte(s.o.logLevel)) // checked with the other flags
	s.log = slog.New(slog.NewJSONHandler(s.logFile, &slog.HandlerOptions{Level: level}))
	return nil
}

// judge reads the whole list into the journal before anything is sent.
func (s *session) judge(ctx context.Context) error {
	steps := s.steps(s.source.rows())
	err := s.journal.Import(ctx, s.source.header().Columns, func(yield func(batch.Step, error) bool) {
		for step, err := range steps {
			if err == nil {
				s.plan.add(step)
				err = context.Cause(ctx)
			}
			if !yield(step, err) {
				return
			}
		}
	})
	for _, notice := range s.source.notices() {
		s.warn("%s", notice)
	}
	if errors.As(err, new(*sheet.Error)) {
		return &usageError{err, hintOf(err)}
	}
	if err != nil {
		return err
	}
	if invalid := s.plan.counts[batch.Invalid]; s.o.strict && invalid > 0 {
		return &invalidRowsError{invalid, s.path}
	}
	return nil
}

// steps decides about rows, always from what the journal knew at the start.
func (s *session) steps(rows iter.Seq2[batch.Row, error]) iter.Seq2[batch.Step, error] {
	return func(yield func(batch.Step, error) bool) {
		header := s.source.header()
		plan := batch.Plan{Past: s.past, Retry: s.retry, Resend: s.o.unconfirmed == "resend"}
		for row, err := range rows {
			if err != nil {
				yield(batch.Step{}, err)
				return
			}
			step := plan.Add(batch.Judge(header, s.defaults, row))
			if !s.source.wants(step.Address) {
				step.Action = batch.Skip
			}
			if !yield(step, nil) {
				return
			}
		}
	}
}

// send carries the plan out and shows how it goes.
func (s *session) send(ctx context.Context) (batch.Tally, error) {
	meter := &batch.Meter{}
	run := batch.Run{
		Inviter: s.tenant.client, Journal: s.journal,
		Rate: s.rate, Workers: s.o.workers, MaxAttempts: s.o.maxAttempts,
		MaxFailures: s.o.maxFailures, Limit: s.o.limit, Grace: s.o.grace,
		LookupFor: cmp.Or(s.o.lookupFor, s.tenant.lookupFor), Meter: meter, Log: s.log,
	}
	shown := s.showProgress(meter, s.planned())
	err := run.Do(ctx, s.steps(s.journal.Rows(ctx)))
	shown()
	seen := meter.Snapshot()
	tally := batch.Tally{Sent: seen.Done, Requests: seen.Requests, Throttled: seen.Throttled}
	if err != nil {
		tally.Stopped = err.Error()
	}
	return tally, err
}

// planned is how many rows this run will send if nothing stops it.
func (s *session) planned() int {
	if s.o.limit > 0 {
		return min(s.o.limit, s.plan.send)
	}
	return s.plan.send
}

func (s *session) announce() {
	if _, has := s.source.header().Fields[batch.Sponsors]; has && s.defaults.NoSponsors {
		s.warn("sponsors are left out: invitations of the cloud %s have none", s.o.cloud)
	}
	if s.o.sandbox {
		s.warn("SANDBOX: the tenant is simulated, nobody is invited")
	}
	if n := s.planned(); n > 0 {
		s.warn("%d of %s to send, %d of them mailed, %s", n, rows(s.plan.counts.Rows()), s.plan.mailed, expected(s.rate, n))
	}
}

// expected tells how long so many rows take at a pace.
func expected(rate batch.Rate, n int) string {
	if rate.Requests == 0 {
		return "without a pace"
	}
	return fmt.Sprintf("at %s: about %s", rate, rate.Duration(n).Round(time.Second))
}

// finish writes the workbook from the journal and tells how things stand.
func (s *session) finish(ctx context.Context, tally batch.Tally, stopped error) error {
	summary, err := s.report(ctx, tally)
	if err != nil {
		return errors.Join(stopped, &unwrittenError{err, journal.Path(s.results), s.results})
	}
	s.conclude(summary, stopped)
	code := countsCode(summary.Counts)
	if stopped != nil {
		s.complain(stopped)
		code = stopCode(stopped)
	}
	if code == exitOK {
		return nil
	}
	return &settledError{stopped, code}
}

func (s *session) report(ctx context.Context, tally batch.Tally) (batch.Summary, error) {
	if err := s.journal.End(ctx, tally); err != nil {
		return batch.Summary{}, err
	}
	if err := s.source.close(); err != nil { // Windows replaces no file that is open
		return batch.Summary{}, err
	}
	return writeResults(ctx, s.journal, s.results)
}

// unwrittenError says that the workbook could not be written after a run, and
// where the answers are.
type unwrittenError struct {
	error

	journal, results string
}

func (e *unwrittenError) Unwrap() error { return e.error }

// Hint tells how to get the workbook after all.
func (e *unwrittenError) Hint() string {
	return fmt.Sprintf("every answer is in the journal %s; when there is room, write the workbook with\nguestlist report %q -o %q", e.journal, e.journal, e.results)
}

// summary is what the journal records of a run that starts.
func (s *session) summary() batch.Summary {
	return batch.Summary{
		Tool: tool(), Operator: operator(), Tenant: s.tenant.id.Tenant,
		List: s.path, Sheet: s.source.list.Sheet(), SHA256: s.source.list.SHA256(),
		Rate: s.rate.String(), Workers: s.o.workers, Started: s.begun,
	}
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

// close gives everything back, in the opposite order.
func (s *session) close() error {
	var errs []error
	if s.journal != nil {
		errs = append(errs, s.journal.Close())
	}
	if s.tenant != nil {
		s.tenant.close()
	}
	if s.source != nil {
		errs = append(errs, s.source.close())
	}
	if s.logFile != nil {
		errs = append(errs, s.logFile.Close())
	}
	return errors.Join(errs...)
}
