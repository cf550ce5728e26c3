package cli

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/user"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/batch/judge"
	"guestlist/batch/send"
)

// session is one run: what was opened for it, and what is planned.
type session struct {
	*process

	o        *inviteOptions
	path     string // of the list
	results  string // path of the workbook
	rate     send.Rate
	defaults judge.Defaults
	log      *slog.Logger
	logFile  *os.File // nil without --log-file

	source  *source
	takes   func(batch.Row) bool // what --rows and --where leave
	tenant  *tenant
	journal *journal.Journal

	history *batch.History
	flags   given
	// before is what the run before was given.
	before journal.Previous
	retry  bool // send failed rows again
	begun  time.Time
	plan   forecast
	found  standingResults // before the run
}

func (p *process) newSession(path string, o *inviteOptions) *session {
	return &session{process: p, o: o, path: path, results: o.out, begun: time.Now().UTC()}
}

// run goes through a run in the order that keeps the promises: everything
// that can fail is tried before the first request leaves.
func (s *session) run(ctx context.Context, flags given) (err error) {
	s.flags = flags
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
	if err := s.journal.Begin(ctx, s.summary(), s.flags.settings()); err != nil {
		return err
	}
	tally, stopped := s.send(ctx)
	return s.finish(context.WithoutCancel(ctx), tally, stopped)
}

// summary is what the journal records of a run that starts.
func (s *session) summary() batch.RunFacts {
	return batch.RunFacts{
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
