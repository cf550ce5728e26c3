package cli

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"guestlist/batch"
)

// interruptible ends a context with [batch.ErrInterrupted] at the first Ctrl-C
// or SIGTERM. The second ends the process as if nobody listened: the journal
// has everything.
func (p *process) interruptible(ctx context.Context, grace time.Duration) (stopping context.Context, done func()) {
	stopping, cancel := context.WithCancelCause(ctx)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case <-signals:
			signal.Stop(signals)
			_, _ = fmt.Fprintf(p.err, "\nstopping: no further request leaves; those in flight get up to %v. Once more ends at once.\n", grace)
			cancel(batch.ErrInterrupted)
		case <-stopping.Done():
		}
	}()
	return stopping, func() {
		signal.Stop(signals)
		cancel(nil)
	}
}
