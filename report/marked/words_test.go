package marked

import (
	"strings"
	"testing"

	"guestlist/batch"
	"guestlist/batch/judge"
	"guestlist/internal/assert"
)

func TestMarksInWords(t *testing.T) {
	tests := map[string]struct {
		mark                 Mark
		heading, cell, first string
		line, text           string
	}{
		"the cell itself": {
			mark:    Mark{Severity: Invalid, Value: "a@", What: "is not an address", Advice: "Correct it."},
			heading: "Email", cell: " a@ ",
			line: "Needs mending - Email: is not an address. Correct it.", text: "Is not an address. Correct it.",
		},
		"part of the cell": {
			mark:    Mark{Severity: Warning, Value: "b", What: "is odd", Advice: "see to it"},
			heading: "Sponsors", cell: "a;b",
			line: "Please look - Sponsors: “b” is odd. See to it.", text: "“b” is odd. See to it.",
		},
		"an empty cell": {
			mark: Mark{Severity: Invalid, What: "no address"}, heading: "Email",
			line: "Needs mending - Email: no address.", text: "No address.",
		},
		"a repeated row": {
			mark:    Mark{Severity: Duplicate, What: "repeats row 9", Advice: "Nothing to do.", Repeats: 9},
			heading: "Email", cell: "a@x.example", first: "row 7",
			line: "Twice on the list - Email: the same address as in row 7. Delete the row that is not needed, or correct the address if two people are meant.",
			text: "The same address as in row 7. Delete the row that is not needed, or correct the address if two people are meant.",
		},
		"no column": {
			mark:    Mark{Column: NoColumn, Heading: "message", Severity: Invalid, What: "fails…"},
			heading: "Email",
			line:    "Needs mending - message: fails…", text: "Fails…",
		},
		"words for whoever invites": {
			mark:    Mark{Severity: Invalid, Kind: batch.KindOwnDomain, Value: "a@x.example", What: "is an address of your own tenant (x.example), which Graph refuses to invite", Advice: "Take the row out: colleagues have an account already."},
			heading: "Email", cell: "a@x.example",
			line: "Needs mending - Email: is an address of the company that invites, where it cannot be a guest. Take the row out, or write the address that the person has elsewhere.",
			text: "Is an address of the company that invites, where it cannot be a guest. Take the row out, or write the address that the person has elsewhere.",
		},
		"a name nobody knows": {
			mark:    Mark{Severity: Warning, Kind: batch.KindSpecialCharacter, What: "has + in its user name, which Graph documents as not permitted", Advice: "If Graph refuses it, write to Graphics."},
			heading: "Email",
			line:    "Please look - Email: has + in its user name, which Microsoft documents as not permitted. If Microsoft refuses it, write to Graphics.",
			text:    "Has + in its user name, which Microsoft documents as not permitted. If Microsoft refuses it, write to Graphics.",
		},
		"no heading": {
			mark: Mark{Severity: Invalid, What: "is wrong"},
			line: "Needs mending - is wrong.", text: "Is wrong.",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := toldOf(test.mark, test.heading, test.cell, test.first)
			assert.Equal(t, "line", got.line(), test.line)
			assert.Equal(t, "text", got.text(), test.text)
		})
	}
}

func TestEverySeverityLooksAndReadsItsOwn(t *testing.T) {
	seen := map[any]Severity{}
	for _, s := range severities() {
		l := s.look()
		for _, of := range []any{s.title(), s.meaning(), l.fill, l.stroke, l.border} {
			if other, twice := seen[of]; twice || of == "" || of == 0 {
				t.Errorf("severity %d has %v like %d", s, of, other)
			}
			seen[of] = s
		}
	}
}

func TestLinesOfWrappedText(t *testing.T) {
	tests := []struct {
		text string
		want int
	}{
		{"", 1},
		{"short", 1},
		{"1234567890 1234567890 1", 3}, // 11 fit
		{"a\nb\n", 2},
		{"佐藤佐藤佐藤", 2},
	}
	for _, test := range tests {
		if got := lines(test.text, 10); got != test.want {
			t.Errorf("%q: %d lines, want %d", test.text, got, test.want)
		}
	}
}

func TestHeightOfRows(t *testing.T) {
	assert.Equal(t, "usual", height([]string{"a", "b"}, ""), 0.0)
	assert.Equal(t, "two lines", height([]string{"a", "b\nc"}, "x"), 30.0)
	assert.Equal(t, "a long message", height([]string{"1\n2\n3\n4\n5\n6\n7\n8\n9"}, ""), 75.0)
}

// TestNoWordingIsForWhoeverInvites judges rows that meet what package batch
// finds, and looks for words that the maker of a list cannot know.
func TestNoWordingIsForWhoeverInvites(t *testing.T) {
	h := batch.Header{Columns: []string{"Email", "Message", "Send message"}, Fields: map[batch.Field]int{batch.Email: 0, batch.Message: 1, batch.SendMessage: 2}}
	d := judge.Defaults{RedirectURL: "https://x.example", OwnDomains: []string{"contoso.example"}}
	kinds := map[batch.Kind]bool{}
	for _, cells := range [][]string{
		{"a@contoso.example"},
		{"a+b@x.example"},
		{"-a@x.example"},
		{""},
		{"a@x.example; b@x.example"},
		{"a@x.example", "hello", "false"},
		{"a@x.example", "<b>hello</b>", "true"},
		{"a@x.example", "", "perhaps"},
	} {
		j := judge.Row(h, d, batch.Row{Line: 2, Cells: cells})
		for _, p := range append(j.Problems, j.Warnings...) {
			kinds[p.Kind] = true
			text := toldOf(Mark{Kind: p.Kind, Value: p.Value, What: p.What, Advice: p.Advice}, p.Column, p.Value, "").line()
			for _, word := range []string{"--", "Graph", "your own", "tenant"} {
				if strings.Contains(text, word) {
					t.Errorf("%s says %q: %s", p.Kind, word, text)
				}
			}
		}
	}
	if len(kinds) < 8 {
		t.Errorf("the rows meet only %v", kinds)
	}
}
