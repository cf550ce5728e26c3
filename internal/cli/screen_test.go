package cli

import "testing"

// A text is folded between words on a terminal, and nowhere else.
func TestWordsFoldBesideWhatIsLeft(t *testing.T) {
	const words = "invalid: space or invisible character in the address (1), no address (1)"
	for width, want := range map[int]string{
		0:  words,
		82: words,
		60: "invalid: space or invisible character in the\n          address (1), no address (1)",
	} {
		if got := beside(words, countWidth, width); got != want {
			t.Errorf("%d: %q", width, got)
		}
	}
}
