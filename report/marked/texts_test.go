package marked

import (
	"strings"
	"testing"

	"guestlist/batch"
	"guestlist/batch/judge"
	"guestlist/internal/assert"
)

func TestProblemsInWords(t *testing.T) {
	tests := map[string]struct {
		problem              batch.Problem
		heading, cell, first string
		line, text           string
	}{
		"the cell itself": {
			problem: batch.Problem{Severity: batch.SeverityInvalid, Value: "a@", What: "is not an address", Advice: "Correct it."},
			heading: "Email", cell: " a@ ",
			line: "Needs correction - Email: is not an address. Correct it.", text: "Is not an address. Correct it.",
		},
		"part of the cell": {
			problem: batch.Problem{Severity: batch.SeverityWarning, Value: "b", What: "is odd", Advice: "see to it"},
			heading: "Sponsors", cell: "a;b",
			line: "Please check - Sponsors: “b” is odd. See to it.", text: "“b” is odd. See to it.",
		},
		"an empty cell": {
			problem: batch.Problem{Severity: batch.SeverityInvalid, What: "no address"}, heading: "Email",
			line: "Needs correction - Email: no address.", text: "No address.",
		},
		"a repeated row": {
			problem: batch.Problem{Severity: batch.SeverityDuplicate, What: "repeats row 9", Advice: "Nothing to do.", Repeats: 9},
			heading: "Email", cell: "a@x.example", first: "row 7",
			line: "Listed twice - Email: the same address as in row 7. Nothing to do.",
			text: "The same address as in row 7. Nothing to do.",
		},
		"no column": {
			problem: batch.Problem{Column: "message", Severity: batch.SeverityInvalid, What: "fails…"},
			heading: "message",
			line:    "Needs correction - message: fails…", text: "Fails…",
		},
		"words for the one who invites": {
			problem: batch.Problem{Severity: batch.SeverityInvalid, Kind: batch.KindOwnDomain, Value: "a@x.example", What: "is an address of your own tenant (x.example), which Graph refuses to invite", Advice: "Take the row out: colleagues have an account already."},
			heading: "Email", cell: "a@x.example",
			line: "Needs correction - Email: is an address of the company that invites, where it cannot be a guest. Delete the row, or write the address that the person has elsewhere.",
			text: "Is an address of the company that invites, where it cannot be a guest. Delete the row, or write the address that the person has elsewhere.",
		},
		"a name that they need not know": {
			problem: batch.Problem{Severity: batch.SeverityWarning, Kind: batch.KindSpecialCharacter, What: "has + in its user name, which Graph documents as not permitted", Advice: "If Graph refuses it, write to Graphics."},
			heading: "Email",
			line:    "Please check - Email: has + in its user name, which Microsoft documents as not permitted. If Microsoft refuses it, write to Graphics.",
			text:    "Has + in its user name, which Microsoft documents as not permitted. If Microsoft refuses it, write to Graphics.",
		},
		"no heading": {
			problem: batch.Problem{Severity: batch.SeverityInvalid, What: "is wrong"},
			line:    "Needs correction - is wrong.", text: "Is wrong.",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := newNote(test.problem, test.heading, test.cell, test.first)
			assert.Equal(t, "line", got.line(), test.line)
			assert.Equal(t, "text", got.comment(), test.text)
		})
	}
}

func TestWhatPeopleWroteStays(t *testing.T) {
	const ours = "Needs correction - Email: is not an address like name@example.com. Correct the address."
	for cell, want := range map[string]string{
		"":                               "",
		ours:                             "",
		ours + "\n" + ours:               "",
		"left the company":               "left the company",
		"left the company\n  ask Kim ":   "left the company\nask Kim",
		ours + "\nask Kim":               "ask Kim",
		ours + " Kim has the right one.": "Kim has the right one.",
		"done: " + ours:                  "done:",
		ours + "\r\nask Kim\r\n" + ours:  "ask Kim",
		"Please check - with Kim":        "Please check - with Kim",
		"Please check - RedirectURL: has no https:// at the start. Write https://x.example.":           "",
		"Please check - RedirectURL: has no https:// at the start. Write https://x.example. Kim knows": "Please check - RedirectURL: has no https:// at the start. Write https://x.example. Kim knows",
	} {
		assert.Equal(t, cell, Remarks(cell), want)
		assert.Equal(t, "marked again, "+cell, Remarks(strings.TrimSpace(ours+"\n"+Remarks(cell))), want)
	}
}

func TestEverySeverityLooksAndReadsItsOwn(t *testing.T) {
	seen := map[any]batch.Severity{}
	for _, s := range severities() {
		l := looks[s]
		for _, of := range []any{titles[s], meanings[s], l.fill, l.stroke, l.border} {
			if other, twice := seen[of]; twice || of == "" || of == 0 {
				t.Errorf("severity %s has %v like %s", s, of, other)
			}
			seen[of] = s
		}
	}
}

// TestNoTextIsForTheOneWhoInvites judges rows that meet what package batch
// finds, and looks for words that the maker of a list cannot know.
func TestNoTextIsForTheOneWhoInvites(t *testing.T) {
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
			text := newNote(p, p.Column, p.Value, "").line()
			assert.Equal(t, "what people wrote of "+text, Remarks(text+"\n"+text), "")
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
