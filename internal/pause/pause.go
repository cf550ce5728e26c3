// Package pause waits in a way that ends with a context, and does things now and then.
package pause

import (
	"context"
	"sync"
	"time"
)

// For waits for d, or for the end of the context, whose cause it returns.
func For(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Every does something after each d, in a goroutine of its own, until end is called, which
// returns when it is not being done any more.
func Every(d time.Duration, do func()) (end func()) {
	quit := make(chan struct{})
	var going sync.WaitGroup
	going.Go(func() {
		tick := time.NewTicker(d)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				do()
			case <-quit:
				return
			}
		}
	})
	return func() { close(quit); going.Wait() }
}
