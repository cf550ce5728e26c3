package cli

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"os"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/batch/judge"
	"guestlist/batch/sheet"
	"guestlist/graph"
	"guestlist/report"
)

func (s *session) open(ctx context.Context) (err error) {
	if err := s.settings(); err != nil {
		return err
	}
	if s.source, err = openSource(s.path, &s.o.listOptions); err != nil {
		return err
	}
	if s.takes, err = s.o.choose(s.source.header()); err != nil {
		return err
	}
	if s.retry && !s.source.isResults {
		return usagef(fmt.Sprintf("guestlist retry %q", resultsPath(s.path, s.o.ending())), "%s is no results workbook", s.path)
	}
	if err := s.nameResults(); err != nil {
		return err
	}
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
	if s.found, err = s.lookAtResults(ctx); err != nil {
		return err
	}
	if s.before, err = s.journal.Previous(ctx); err != nil {
		return err
	}
	s.history, err = s.journal.History(ctx)
	return err
}

// nameResults decides where the results go: a results workbook goes on in
// itself, so that no second one appears. A list of somebody's own is never
// written over.
func (s *session) nameResults() error {
	switch {
	case s.results != "":
	case s.path == stdinName:
		return usagef("name a workbook: --out partners.results.xlsx", "a list from standard input has no name for its results")
	case s.source.isResults && (kindOf(s.path) == asWorkbook || kindOf(s.path) == asCSV):
		s.results = s.path
	default:
		s.results = resultsPath(s.path, s.o.ending())
	}
	if !s.source.isResults && sameFile(s.path, s.results) {
		return usagef("name another file with --out", "the results would be written over the list %s", s.path)
	}
	return nil
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
	err := s.journal.Import(ctx, s.source.header(), func(yield func(batch.Step, error) bool) {
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
		return asUsage(err)
	}
	if err != nil {
		return err
	}
	if err := s.fits(ctx); err != nil {
		return err
	}
	if invalid := s.plan.counts[batch.Invalid] - s.plan.leftOut[batch.Invalid]; s.o.strict && invalid > 0 {
		return &invalidRowsError{invalid, s.path, s.checking()}
	}
	return nil
}

// fits makes sure that the workbook will hold the widest row.
func (s *session) fits(ctx context.Context) error {
	if kindOf(s.results) != asWorkbook {
		return nil
	}
	columns, err := s.journal.Columns(ctx)
	if err != nil {
		return err
	}
	if err := report.Fits(columns); err != nil {
		return asUsage(err)
	}
	return nil
}

// steps decides about rows, always from what the journal knew at the start.
func (s *session) steps(rows iter.Seq2[batch.Row, error]) iter.Seq2[batch.Step, error] {
	return func(yield func(batch.Step, error) bool) {
		header := s.source.header()
		plan := batch.Plan{History: s.history, Retry: s.retry, Resend: s.o.unconfirmed == "resend", Takes: s.takes}
		for row, err := range rows {
			if err != nil {
				yield(batch.Step{}, err)
				return
			}
			step := plan.Add(judge.Row(header, s.defaults, row))
			if !s.source.wants(step.Address) {
				step.Action = batch.Skip
			}
			if !yield(step, nil) {
				return
			}
		}
	}
}
