// Package pause waits in a way that ends with a context, and does things now and then.
package pause

import (
	"context"
	"math/rand/v2"
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

// The waits between attempts where the service names none.
const (
	firstBackoff = time.Second
	maxBackoff   = time.Minute
)

// Backoff is how long to wait after a number of failed attempts: doubling from one second,
// a minute at most, and shortened by up to half at random, so that what failed together
// does not come back together.
func Backoff(attempts int) time.Duration {
	d := maxBackoff
	if attempts < 7 { // 2^6 s is past the cap
		d = min(maxBackoff, firstBackoff<<max(0, attempts-1))
	}
	return d/2 + rand.N(d/2) //nolint:gosec // jitter needs no cryptographic randomness
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
