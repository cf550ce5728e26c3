package cli

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"guestlist/batch/send"
)

// interruptible ends a context with [send.ErrInterrupted] at the first Ctrl-C, on Windows
// also Ctrl-Break, which Go calls os.Interrupt as well, at SIGTERM or, when the terminal
// goes away, SIGHUP. The second ends the process: the journal has
// everything. Who started the program with nohup wants it to outlive the terminal.
func interruptible(ctx context.Context, p *process, grace time.Duration) (stopping context.Context, done func()) {
	stopping, cancel := context.WithCancelCause(ctx)
	asking := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		asking = append(asking, syscall.SIGHUP)
	}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, asking...)
	over := make(chan struct{})
	go func() {
		for n := 1; ; n++ {
			var s os.Signal
			select {
			case s = <-signals:
			case <-over:
				return
			}
			if n > 1 {
				os.Exit(exitInterrupted)
			}
			cause := causeOf(runtime.GOOS, s)
			what := "nothing has been sent in this run"
			if p.sending.Load() {
				what = fmt.Sprintf("no further request leaves; those in flight get up to %v", send.GraceAfter(cause, grace))
			}
			p.screen.say("%s\n", beside("stopping: "+what+". Once more ends at once.", 0, width(p.err)))
			cancel(cause)
		}
	}()
	return stopping, func() {
		signal.Stop(signals)
		close(over)
		cancel(nil)
	}
}

// causeOf is why a signal ends a run. On Windows, SIGTERM is how Go tells that the console
// was closed, or that the user logs off (pkg.go.dev/os/signal).
func causeOf(system string, s os.Signal) error {
	if system == "windows" && s == syscall.SIGTERM {
		return send.ErrClosing
	}
	return send.ErrInterrupted
}
