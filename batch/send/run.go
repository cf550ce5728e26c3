package send

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"guestlist/batch"
	"guestlist/graph"
)

// Inviter is all that a run asks of Graph; [*graph.Client] is one.
type Inviter interface {
	Invite(ctx context.Context, inv graph.Invitation) (graph.Receipt, error)
	FindUsers(ctx context.Context, address string) ([]graph.User, error)
	// ServerTime tells what Graph's clock showed when ours showed local.
	ServerTime(local time.Time) time.Time
}

var _ Inviter = (*graph.Client)(nil)

// Journal is where a run writes down what it does. Both calls return when it
// is on disk.
type Journal interface {
	// Intend records that a request is about to leave and returns its number.
	Intend(ctx context.Context, in batch.Intent) (int64, error)
	// Settle records what became of an intent.
	Settle(ctx context.Context, intent int64, o batch.Outcome) error
}

// Run sends what a plan asks for.
type Run struct {
	Inviter Inviter
	Journal Journal
	// Rate bounds requests, look-ups included; Workers (at least 1) is how many are in
	// flight at most.
	Rate    Rate
	Workers int
	// MaxAttempts is how often one row is tried, at least 1.
	MaxAttempts int
	// MaxFailures and Limit end the run after so many failed or sent rows; 0 is off.
	MaxFailures, Limit int
	// Grace is how long requests in flight may still be answered after a stop.
	Grace time.Duration
	// LookupFor is how long a guest may take to appear: Graph is eventually
	// consistent. Not found for so long means not invited.
	LookupFor time.Duration
	// Meter may be nil; so may Log, which never gets a redeem URL.
	Meter *Meter
	Log   *slog.Logger

	limiter *limiter
	doubts  doubts
	// stop ends intake: no further request leaves.
	stop context.CancelCauseFunc
}

// Do sends every step whose action is not [Skip], and returns when nothing is
// in flight any more. A Run is used once. When it stopped with rows pending the
// error says why: [ErrLimit], [ErrFailures], [ErrInterrupted] (or whatever cause
// ctx was cancelled with), [*TenantError], [*JournalError],
// [*graph.UnreachableError], [*graph.SignInError], or an error of steps.
func (r *Run) Do(ctx context.Context, steps iter.Seq2[batch.Step, error]) error {
	r.prepare()
	intake, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	r.stop = stop
	flight, land := flightContext(intake, r.Grace)
	defer land()

	work := make(chan batch.Step)
	var group errgroup.Group
	group.Go(func() error {
		defer close(work)
		return r.feed(intake, steps, work)
	})
	for range max(1, r.Workers) {
		group.Go(func() error {
			for step := range work {
				r.send(intake, flight, step)
			}
			return nil
		})
	}
	fed := group.Wait()
	// Workers report through stop, so that the first reason counts.
	if err := context.Cause(intake); err != nil {
		return err
	}
	return fed
}

func (r *Run) prepare() {
	if r.Meter == nil {
		r.Meter = &Meter{}
	}
	r.limiter = newLimiter(r.Rate, r.Meter)
	if r.Log == nil {
		r.Log = slog.New(slog.DiscardHandler)
	}
}

// feed hands steps to the workers until the list or the limit ends. Rows that
// it has handed over when the limit is reached are still sent.
func (r *Run) feed(intake context.Context, steps iter.Seq2[batch.Step, error], work chan<- batch.Step) error {
	sent := 0
	for step, err := range steps {
		switch {
		case err != nil:
			return err
		case step.Action == batch.Skip:
			continue
		case r.Limit > 0 && sent == r.Limit:
			return ErrLimit
		}
		select {
		case work <- step:
			sent++
		case <-intake.Done():
			return nil
		}
	}
	return nil
}

// flightContext outlives intake by grace, so that a request in flight may
// still be answered. Both of its goroutines end with land.
func flightContext(intake context.Context, grace time.Duration) (flight context.Context, land context.CancelFunc) {
	flight, cut := context.WithCancelCause(context.WithoutCancel(intake))
	ended := context.AfterFunc(intake, func() {
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-timer.C:
			cut(context.Cause(intake))
		case <-flight.Done():
		}
	})
	return flight, func() { ended(); cut(nil) }
}

// manyDomains is how many domains in a row may meet a refusal that nobody
// described before it counts as the tenant's.
const manyDomains = 3

// doubts remembers the domains that met such a refusal since somebody was invited.
type doubts struct {
	mu      sync.Mutex
	domains map[string]bool
}

// met adds a domain and reports whether there are too many.
func (d *doubts) met(domain string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.domains == nil {
		d.domains = make(map[string]bool)
	}
	d.domains[domain] = true
	return len(d.domains) >= manyDomains
}

func (d *doubts) cleared() {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.domains)
}

// halts reports whether an error concerns every row, and ends intake if so.
func (r *Run) halts(err error, address string) bool {
	if _, ok := errors.AsType[*graph.SignInError](err); ok {
		r.stop(err)
		return true
	}
	refused, ok := errors.AsType[*graph.Refusal](err)
	if !ok || !r.concernsTenant(refused, address) {
		return false
	}
	r.stop(&TenantError{refused})
	return true
}

// concernsTenant decides about a 403 that nobody described by what other rows
// met: before anybody was invited it is the tenant's, afterwards the domain's,
// until several domains have met it with nobody invited in between.
func (r *Run) concernsTenant(refused *graph.Refusal, address string) bool {
	switch refused.Entry.Scope {
	case graph.ScopeTenant:
		return true
	case graph.ScopeUnsure:
		return r.Meter.Snapshot().Invited == 0 || r.doubts.met(batch.Domain(address))
	case graph.ScopeRow:
	}
	return false
}
