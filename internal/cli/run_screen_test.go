package cli_test

import (
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"

	"guestlist/graph/sandbox"
)

// The end of a run is on one screen of 80x24: the counts, what went wrong most, and the next
// command. What does not fit beside each other is folded between words.
func TestEndFitsTheScreen(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	p.env = append(p.env, "NO_COLOR=1")
	writeCSV(t, p.path("list.csv"), [][]string{
		{"Email", "Name", "Account manager"},
		{"anna@fabrikam.example", "Anna", "Maren Oud"},
		{"bo@fabrikam.example", "Bo", "Maren Oud"},
		{"group.sales@fabrikam.example", "Sales", "Maren Oud"},
		{"group.it@fabrikam.example", "It", "Maren Oud"},
		{"anna@blocked.example", "Anna", "Maren Oud"},
		{"member.kim@fabrikam.example", "Kim", "Maren Oud"},
		{"anna@fabrikam.example", "Anna", "Maren Oud"},
		{"no-address", "No", "Maren Oud"},
		{"oluwaseun.bello@northwind", "Olu", "Maren Oud"},
	})
	screen, code := onTerminal(t, p, silence, "invite", "list.csv", "--yes")
	if code != 3 {
		t.Fatalf("exit code %d:\n%s", code, screen)
	}
	screen = strings.ReplaceAll(screen, "\r", "")
	_, end, _ := strings.Cut(screen, "to send, 0 of them emailed, without a rate limit\n")
	if lines := strings.Count(end, "\n"); lines > 23 { // the shell's prompt is the last
		t.Errorf("%d lines:\n%s", lines, end)
	}
	for _, want := range []string{"2  invited", "3  failed", "2  GroupAddress, for example: ", "next:    ", "guestlist retry list.results.xlsx ", "exit code 3: 3 rows failed, 2 rows are invalid"} {
		if !strings.Contains(end, want) {
			t.Errorf("%q is not in\n%s", want, screen)
		}
	}
	for line := range strings.SplitSeq(screen, "\n") {
		if runewidth.StringWidth(line) > 80 && !strings.Contains(line, "guestlist ") {
			t.Errorf("%d characters: %q", runewidth.StringWidth(line), line)
		}
	}
}
