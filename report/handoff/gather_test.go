package handoff

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"guestlist/batch/selection"
)

func TestOneValueHasOnePack(t *testing.T) {
	for _, same := range [][]string{
		{"Maren Oud", "maren oud", " MAREN\u00a0OUD ", "Maren  Oud", "Maren\tOud", "Maren\u200BOud", "\uFEFFMaren Oud"},
		{"Zoë", "Zoe\u0308", "ZOË"},
		{"ΜΑΡΙΑΣ", "μαριας", "μαριασ"},
		{"", " ", "\u200B", "\u2800", "\u202e"},
		{"Maren", "Mar\u202een", "\u2066Maren\u2069", "Ma\u00adren"},
	} {
		for _, value := range same {
			if groupKey(value) != groupKey(same[0]) {
				t.Errorf("%q and %q have two packs", value, same[0])
			}
		}
	}
	different := []string{"Maren Oud", "MarenOud", "Maren-Oud", "Weiß", "Weiss", "Yıldız", "Yildiz", "Zoe", "Zoë", "می\u200cخواهم", "میخواهم", "ﬁ", "fi"}
	keys := make(map[string]string)
	for _, value := range different {
		if other, taken := keys[groupKey(value)]; taken {
			t.Errorf("%q and %q share a pack", value, other)
		}
		keys[groupKey(value)] = value
	}
}

func TestBestSpelling(t *testing.T) {
	for _, test := range []struct{ values, want string }{
		{"maren oud|Maren Oud|Maren Oud", "Maren Oud"},
		{"maren oud|Maren Oud", "Maren Oud"},
		{"Maren Oud|maren oud", "Maren Oud"},
		{"", ""},
	} {
		s := make(spellings)
		for value := range strings.SplitSeq(test.values, "|") {
			s[value]++
		}
		if got := s.best(); got != test.want {
			t.Errorf("%q: %q, want %q", test.values, got, test.want)
		}
	}
}

func TestFindColumn(t *testing.T) {
	columns := []string{"", "Account Manager", "account-manager", "E_Mail", "Ge\u0301rant", "Re\u2800gion"}
	for _, test := range []struct {
		heading string
		want    int
	}{
		{"Account Manager", 1},
		{"account-manager", 2},
		{"ACCOUNT_manager", 1},
		{"accountmanager", 1},
		{"e mail", 3},
		{"\uFEFFEmail ", 3},
		{"Gérant", 4},
		{"Region", 5},
		{"region\u2800", 5},
	} {
		if got, err := findColumn(columns, test.heading); got != test.want || err != nil {
			t.Errorf("%q: %d, %v, want %d", test.heading, got, err, test.want)
		}
	}
	for _, heading := range []string{"Manager", "", " ", "-"} {
		_, err := findColumn(columns, heading)
		e, ok := errors.AsType[*selection.UnknownHeadingError](err)
		if !ok || e.Heading != heading || !slices.Equal(e.Headings, columns) {
			t.Fatalf("%q: %v", heading, err)
		}
	}
}

func TestOwnAddress(t *testing.T) {
	for _, test := range []struct{ value, want string }{
		{"maren@contoso.example", "maren@contoso.example"},
		{"Maren@Contoso.example", "maren@contoso.example"},
		{"Maren Oud <maren@contoso.example>", "maren@contoso.example"},
		{"Maren Oud", ""},
		{"", ""},
		{"a@b.example, c@d.example", ""},
		{"maren@contoso.example\r\nBcc: eve@evil.example", ""},
		{"@here", ""},
	} {
		got, ok := ownAddress(test.value)
		if ok != (test.want != "") || ok && got != test.want {
			t.Errorf("%q: %q, %v, want %q", test.value, got, ok, test.want)
		}
	}
}
