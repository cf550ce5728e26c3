package text_test

import (
	"strings"
	"testing"

	"guestlist/internal/text"
)

func TestTrim(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", " ", "a", " a", "a b ", "\u200ba", "a\u00a0", "\x7fa", "a\x7f", "\u2800", "ü ", " ü", "\xffa", "a\xff ", "\ufefföa\u00ad"} {
		if got, want := text.Trim(s), strings.TrimFunc(s, text.IsInvisible); got != want {
			t.Errorf("Trim(%q) = %q, want %q", s, got, want)
		}
	}
}
