package text_test

import (
	"testing"

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

func TestLongestLine(t *testing.T) {
	for in, want := range map[string]int{"": 0, "ab": 2, "a\r\nééé\nb": 3} {
		if got := text.LongestLine(in); got != want {
			t.Errorf("LongestLine(%q) = %d, want %d", in, got, want)
		}
	}
}
