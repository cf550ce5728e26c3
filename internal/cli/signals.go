package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"guestlist/batch/send"
)

// interruptible ends a context with [batch.ErrInterrupted] at the first Ctrl-C
// or SIGTERM. The second ends the process: the journal has everything.
func interruptible(ctx context.Context, p *process, grace time.Duration) (stopping context.Context, done func()) {
	stopping, cancel := context.WithCancelCause(ctx)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	over := make(chan struct{})
	go func() {
		for n := 1; ; n++ {
			select {
			case <-signals:
			case <-over:
				return
			}
			if n > 1 {
				os.Exit(exitInterrupted)
			}
			p.screen.say("stopping: no further request leaves; those in flight get up to %v. Once more ends at once.\n", grace)
			cancel(send.ErrInterrupted)
		}
	}()
	return stopping, func() {
		signal.Stop(signals)
		close(over)
		cancel(nil)
	}
}
