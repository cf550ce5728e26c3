package text_test

import (
	"testing"

	"guestlist/internal/text"
)

func TestHeadingKey(t *testing.T) {
	for _, same := range [][]string{
		{"Gérant", "Ge\u0301rant", "GÉRANT", " gé-rant ", "Gé\u2800rant", "Gé\u200brant"},
		{"Ηλεκτρονική διεύθυνση", "ΗΛΕΚΤΡΟΝΙΚΗ ΔΙΕΥΘΥΝΣΗ", "ΗΛΕΚΤΡΟΝΙΚΉ ΔΙΕΎΘΥΝΣΗ"},
		{"Τύπος", "ΤΥΠΟΣ"},
		{"Soyadı", "SOYADI", "soyadı"},
		{"Ім'я", "Ім\u2019я", "Ім\u02bcя"},
		{"Display Name", "display_name", "Display\u2013Name", "DISPLAYNAME", "\ufeffDisplay\u00a0Name"},
	} {
		for _, heading := range same {
			if got, want := text.HeadingKey(heading), text.HeadingKey(same[0]); got != want {
				t.Errorf("HeadingKey(%q) = %q, want %q", heading, got, want)
			}
		}
	}
	for _, other := range [][2]string{{"Manager", "Managers"}, {"Gérant", "Gerant"}, {"Ü", "U"}, {"й", "и"}, {"Ад", "Ад'"}} {
		if text.HeadingKey(other[0]) == text.HeadingKey(other[1]) {
			t.Errorf("%q have one key", other)
		}
	}
}

func TestFindHeading(t *testing.T) {
	columns := []string{"", "E-Mail", "e mail", "Email address to invite [inviteeEmail]"}
	for heading, want := range map[string]int{"E-Mail": 1, "e mail": 2, "EMAIL": 1, "inviteeEmail": 3, "invitee": -1, "": 0, " ": -1} {
		if got := text.FindHeading(columns, heading); got != want {
			t.Errorf("FindHeading(%q) = %d, want %d", heading, got, want)
		}
	}
}

func TestNearest(t *testing.T) {
	names := []string{"invite", "check", "retry"}
	for typed, want := range map[string]string{"invte": "invite", "Chek": "check", "report": "", "": ""} {
		if got := text.Nearest(names, typed); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", typed, got, want)
		}
	}
}

func TestColumnName(t *testing.T) {
	t.Parallel()
	for position, want := range map[int]string{1: "A", 26: "Z", 27: "AA", 702: "ZZ", 703: "AAA", 16384: "XFD"} {
		if got := text.ColumnName(position); got != want {
			t.Errorf("column %d: got %q, want %q", position, got, want)
		}
	}
}
