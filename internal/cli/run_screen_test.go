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
	fitsWidth(t, screen)
}

// fitsWidth wants every line but commands to fit a terminal, so that it breaks no word.
func fitsWidth(t *testing.T, screen string) {
	t.Helper()
	for line := range strings.SplitSeq(strings.ReplaceAll(screen, "\r", ""), "\n") {
		if runewidth.StringWidth(line) > 80 && !strings.Contains(line, "guestlist ") {
			t.Errorf("%d characters: %q", runewidth.StringWidth(line), line)
		}
	}
}

// The other commands fit its width as well, and nothing but words is folded.
func TestCommandsFitTheWidth(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	p.env = append(p.env, "NO_COLOR=1")
	writeCSV(t, p.path("list.csv"), [][]string{
		{"Email", "Name", "Account manager", "Account manager email"},
		{"anna@fabrikam.example", "Anna", "Maren Oudekerk", "maren.oudekerk@contoso.example"},
		{"bo.lindqvist-andersson@fabrikam.example", "Bo", "Lee", "lee@contoso.example"},
	})
	for _, test := range []struct{ command, want string }{
		{"check list.csv --send-message --preview --cc lee@contoso.example", "its own text around yours; if an app signs in"},
		{"invite list.csv --dry-run", "dry run, nothing was sent next: guestlist invite list.csv"},
		{"invite list.csv --yes", "2 invited"},
		{"handoff list.results.xlsx --by Account\\ manager", "package to links have no link in access earlier package"},
		{"handoff list.results.xlsx --by Email -o narrow", "package links have no link in access earlier package anna@fabrikam.example 1 0 0 1"},
		{"handoff list.results.xlsx --by Email -o narrower --to Account\\ manager\\ email", "package anna@fabrikam.example, to maren.oudekerk@contoso.example 1 link, 0 have access, 0 no link, 1 in earlier package"},
		{"template a-list-with-a-name-that-is-not-short.xlsx", "only Email must be filled in next: guestlist check"},
		{"doctor", "since the token does not say which permissions it has:"},
	} {
		screen, code := onTerminal(t, p, silence, strings.Fields(test.command)...)
		if code != 0 || !strings.Contains(unfolded(screen), test.want) {
			t.Errorf("%s: exit code %d\n%s", test.command, code, screen)
		}
		fitsWidth(t, screen)
	}
}
