package text

import (
	"strings"
	"testing"
)

func TestSpellingsOfOneValue(t *testing.T) {
	for _, same := range [][]string{
		{"Maren Oud", "maren oud", " MAREN\u00a0OUD ", "Maren  Oud", "Maren\tOud", "Maren\u200BOud", "\uFEFFMaren Oud"},
		{"Zoë", "Zoe\u0308", "ZOË"},
		{"ΜΑΡΙΑΣ", "μαριας", "μαριασ"},
		{"", " ", "\u200B", "\u2800", "\u202e"},
		{"Maren", "Mar\u202een", "\u2066Maren\u2069", "Ma\u00adren"},
	} {
		for _, value := range same {
			if ValueKey(value) != ValueKey(same[0]) {
				t.Errorf("%q and %q are two values", value, same[0])
			}
		}
	}
	different := []string{"Maren Oud", "MarenOud", "Maren-Oud", "Weiß", "Weiss", "Yıldız", "Yildiz", "Zoe", "Zoë", "می\u200cخواهم", "میخواهم", "ﬁ", "fi"}
	keys := make(map[string]string)
	for _, value := range different {
		if other, taken := keys[ValueKey(value)]; taken {
			t.Errorf("%q and %q are one value", value, other)
		}
		keys[ValueKey(value)] = value
	}
}

func TestBestSpelling(t *testing.T) {
	for _, test := range []struct{ values, want string }{
		{"maren oud|Maren Oud|Maren Oud", "Maren Oud"},
		{"maren oud|Maren Oud", "Maren Oud"},
		{"Maren Oud|maren oud", "Maren Oud"},
		{"", ""},
	} {
		s := make(Spellings)
		for value := range strings.SplitSeq(test.values, "|") {
			s.Add(value)
		}
		if got := s.Best(); got != test.want {
			t.Errorf("%q: %q, want %q", test.values, got, test.want)
		}
	}
}
