package text_test

import (
	"testing"
	"time"

	"guestlist/internal/text"
)

func TestDuration(t *testing.T) {
	for seconds, want := range map[int64]string{
		0: "less than a second", 1: "1 second", 59: "59 seconds", 60: "1 minute", 362: "6 minutes 2 seconds",
		3600: "1 hour", 3659: "1 hour", 3660: "1 hour 1 minute", 86400: "1 day", 2*86400 + 3600: "2 days 1 hour", 4000 * 86400: "4,000 days",
	} {
		if got := text.Duration(time.Duration(seconds) * time.Second); got != want {
			t.Errorf("Duration(%d s) = %q, want %q", seconds, got, want)
		}
	}
}
