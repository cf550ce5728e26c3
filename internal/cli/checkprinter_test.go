package cli

import "testing"

// A line of the summary is folded between words on a terminal, and nowhere else.
func TestSummaryFoldsBetweenWords(t *testing.T) {
	const words = "invalid: space or invisible character in the address (1), no address (1)"
	for width, want := range map[int]string{
		0:  words,
		82: words,
		60: "invalid: space or invisible character in the\n          address (1), no address (1)",
	} {
		if got := besideCount(words, width); trimmedLines(got) != want {
			t.Errorf("%d: %q", width, got)
		}
	}
}
