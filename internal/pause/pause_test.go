package pause_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"guestlist/internal/pause"
)

func TestForEndsWithTheTimeOrTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		if err := pause.For(t.Context(), time.Hour); err != nil || time.Since(begun) != time.Hour {
			t.Errorf("after %v: %v", time.Since(begun), err)
		}
		enough := errors.New("enough")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, enough)
		defer cancel()
		begun = time.Now()
		if err := pause.For(ctx, time.Hour); !errors.Is(err, enough) || time.Since(begun) != time.Minute {
			t.Errorf("after %v: %v", time.Since(begun), err)
		}
	})
}

func TestEveryEndsWhenItIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		end := pause.Every(time.Second, func() { n++ })
		time.Sleep(10*time.Second + time.Millisecond) //nolint:forbidigo // virtual
		end()
		time.Sleep(time.Minute) //nolint:forbidigo // virtual
		if n != 10 {
			t.Errorf("done %d times", n)
		}
	})
}

func TestBackoffDoublesUpToAMinute(t *testing.T) {
	for attempts, longest := range map[int]time.Duration{
		-1: time.Second, 0: time.Second, 1: time.Second, 2: 2 * time.Second, 6: 32 * time.Second, 7: time.Minute, 100: time.Minute,
	} {
		for range 100 {
			if d := pause.Backoff(attempts); d < longest/2 || d >= longest {
				t.Fatalf("after %d attempts: %v", attempts, d)
			}
		}
	}
}
