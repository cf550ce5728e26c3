package handoff

import (
	"errors"
	"slices"
	"testing"

	"guestlist/batch/selection"
)

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
