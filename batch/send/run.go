package send

import (
	"context"
	"iter"
	"log/slog"
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

// Config is what a run is told.
type Config struct {
	Inviter Inviter
	Journal Journal
	// Rate bounds requests, look-ups included; Workers (at least 1) is how many are in
	// sendCtx at most.
	Rate    Rate
	Workers int
	// MaxAttempts is how often one row is tried, at least 1.
	MaxAttempts int
	// MaxFailures and Limit end the run after so many failed or sent rows; 0 is off.
	MaxFailures, Limit int
	// Grace is how long requests in sendCtx may still be answered after a stop.
	Grace time.Duration
	// LookupFor is how long a guest may take to appear: Graph is eventually
	// consistent. Not found for so long means not invited.
	LookupFor time.Duration
	// Meter may be nil; so may Log, which never gets a redeem URL.
	Meter *Meter
	Log   *slog.Logger
}

// Run sends what a plan asks for. It is used once.
type Run struct {
	Config

	limiter *limiter
	refused refusedDomains
	// stop ends admitCtx: no further request leaves.
	stop context.CancelCauseFunc
}

// New makes a run.
func New(c Config) *Run {
	if c.Meter == nil {
		c.Meter = &Meter{}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Run{Config: c, limiter: newLimiter(c.Rate, c.Meter)}
}

// Do sends every step whose action is not [Skip], and returns when nothing is
// in sendCtx any more. A Run is used once. When it stopped with rows pending the
// error says why: [ErrLimit], [ErrFailures], [ErrInterrupted] (or whatever cause
// ctx was cancelled with), [*TenantError], [*JournalError],
// [*graph.UnreachableError], [*graph.SignInError], or an error of steps.
func (r *Run) Do(ctx context.Context, steps iter.Seq2[batch.Step, error]) error {
	admitCtx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	r.stop = stop
	sendCtx, cancelSend := sendContext(admitCtx, r.Grace)
	defer cancelSend()

	work := make(chan batch.Step)
	var group errgroup.Group
	group.Go(func() error {
		defer close(work)
		return r.feed(admitCtx, steps, work)
	})
	for range max(1, r.Workers) {
		group.Go(func() error {
			for step := range work {
				r.newSender(admitCtx, sendCtx, step).run() //nolint:contextcheck // the sender carries both contexts
			}
			return nil
		})
	}
	fed := group.Wait()
	// Workers report through stop, so that the first reason counts.
	if err := context.Cause(admitCtx); err != nil {
		return err
	}
	return fed
}

// feed hands steps to the workers until the list or the limit ends. Rows that
// it has handed over when the limit is reached are still sent.
func (r *Run) feed(admitCtx context.Context, steps iter.Seq2[batch.Step, error], work chan<- batch.Step) error {
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
		case <-admitCtx.Done():
			return nil
		}
	}
	return nil
}

// sendContext outlives admitCtx by grace, so that a request in sendCtx may
// still be answered. Both of its goroutines end with cancelSend.
func sendContext(admitCtx context.Context, grace time.Duration) (sendCtx context.Context, cancelSend context.CancelFunc) {
	sendCtx, cut := context.WithCancelCause(context.WithoutCancel(admitCtx))
	ended := context.AfterFunc(admitCtx, func() {
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-timer.C:
			cut(context.Cause(admitCtx))
		case <-sendCtx.Done():
		}
	})
	return sendCtx, func() { ended(); cut(nil) }
}
