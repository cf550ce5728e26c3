package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/batch/send"
)

// send carries the plan out and shows how it goes.
func (s *session) send(ctx context.Context) (batch.RunTotals, error) {
	if s.plan.send == 0 {
		return batch.RunTotals{}, nil // the plan need not be gone through once more
	}
	meter := &send.Meter{}
	run := send.New(send.Config{
		Inviter: s.tenant.client, Journal: s.journal,
		Rate: s.rate, Workers: s.o.workers, MaxAttempts: s.o.maxAttempts,
		MaxFailures: s.o.maxFailures, Limit: s.o.limit, Grace: s.o.grace,
		LookupFor: cmp.Or(s.o.lookupFor, s.tenant.lookupFor), Meter: meter, Log: s.log,
	})
	shown := s.showProgress(meter, s.planned())
	err := run.Do(ctx, s.toSend(ctx))
	shown()
	seen := meter.Snapshot()
	tally := batch.RunTotals{Sent: seen.Done, Requests: seen.Requests, Throttled: seen.Throttled, Waited: seen.Waited, Held: seen.Held}
	if err != nil {
		tally.Stopped = err.Error()
	}
	return tally, err
}

// toSend goes through the list again, as far as the last row that the plan
// sends: a million rows that are all invited are not judged a second time.
func (s *session) toSend(ctx context.Context) iter.Seq2[batch.Step, error] {
	return func(yield func(batch.Step, error) bool) {
		left := s.plan.send
		if left == 0 {
			return
		}
		for step, err := range s.steps(s.journal.Rows(ctx)) {
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

// finish writes the workbook from the journal and tells how things stand.
func (s *session) finish(ctx context.Context, tally batch.RunTotals, stopped error) error {
	summary, stands, err := s.report(ctx, tally)
	if err != nil {
		return errors.Join(stopped, &unwrittenError{err, journal.Path(s.results), s.results})
	}
	s.conclude(summary, stands, stopped)
	code := countsCode(s.meant(summary.Counts))
	if stopped != nil {
		s.complain(stopped)
		s.supportCase(stopped)
		code = stopCode(stopped)
	}
	if code == exitOK {
		return nil
	}
	return &settledError{stopped, code}
}

// meant are the counts without the rows that --rows and --where left out.
func (s *session) meant(all batch.Counts) batch.Counts {
	meant := maps.Clone(all)
	for status, n := range s.plan.leftOut {
		meant[status] -= n
	}
	return meant
}

// supportCase prints what Microsoft support asks for when the tenant said stop.
func (s *session) supportCase(stopped error) {
	said, ok := errors.AsType[*send.TenantError](stopped)
	if !ok {
		return
	}
	_, _ = fmt.Fprintf(s.err, "  for a support case: tenant %s, request-id %s, %s\n",
		cmp.Or(s.tenant.id.Tenant, "(the sign-in does not name it)"), said.Refusal.RequestID, said.Refusal.Date.Format(time.RFC3339))
}

// report writes the results, unless they say everything already.
func (s *session) report(ctx context.Context, tally batch.RunTotals) (batch.RunFacts, *standing, error) {
	if err := s.journal.End(ctx, tally); err != nil {
		return batch.RunFacts{}, nil, err
	}
	if err := s.source.close(); err != nil { // Windows replaces no file that is open
		return batch.RunFacts{}, nil, err
	}
	if same, err := s.unchanged(ctx); err != nil || same {
		if err != nil {
			return batch.RunFacts{}, nil, err
		}
		return s.settled(ctx)
	}
	if err := s.setAside(); err != nil {
		return batch.RunFacts{}, nil, err
	}
	summary, stands, err := writeResults(ctx, s.journal, s.results)
	if err != nil {
		return summary, stands, err
	}
	return summary, stands, remember(ctx, s.journal, s.results)
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
