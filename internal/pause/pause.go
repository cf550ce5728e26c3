// Package pause waits in a way that ends with a context.
package pause

import (
	"context"
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
