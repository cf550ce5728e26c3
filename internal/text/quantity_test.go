package text_test

import (
	"testing"
	"time"

	"guestlist/internal/text"
)

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{0: "0", 12: "12", 999: "999", 1000: "1,000", 40_000: "40,000", 1_048_576: "1,048,576"} {
		if got := text.Thousands(n); got != want {
			t.Errorf("Thousands(%d) = %s, want %s", n, got, want)
		}
	}
}

func TestPlural(t *testing.T) {
	for n, want := range map[int]string{0: "0 rows", 1: "1 row", 2: "2 rows", 1800: "1,800 rows"} {
		if got := text.Plural(n, "row"); got != want {
			t.Errorf("Plural(%d) = %s, want %s", n, got, want)
		}
	}
}

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

func TestFew(t *testing.T) {
	some := []string{"a", "b"}
	for all, want := range map[int]string{2: "a, b", 3: "a, b and 1 more", 5002: "a, b and 5,000 more"} {
		if got := text.Few(some, all); got != want {
			t.Errorf("Few(%d) = %s, want %s", all, got, want)
		}
	}
}

func TestRows(t *testing.T) {
	for want, numbers := range map[string][]int{
		"row 2": {2}, "rows 2, 5": {2, 5}, "rows 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more": {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
	} {
		if got := text.Rows(numbers); got != want {
			t.Errorf("Rows = %s, want %s", got, want)
		}
	}
}

func TestMoment(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 26, 9, 5, 59, 0, time.Local)
	if got := text.Moment(at.UTC()); got != "2026-11-26 09:05" {
		t.Error(got)
	}
}
