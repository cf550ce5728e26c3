package cli_test

import (
	"context"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"guestlist/graph/sandbox"
	"guestlist/internal/need"
)

// onTerminal runs the program on a terminal, which script(1) makes, and types a
// line; nothing is typed for silence.
func onTerminal(t *testing.T, p *program, typed string, args ...string) (screen string, code int) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("other systems have another script(1)")
	}
	script := need.Program(t, "apt-get install bsdutils", "script")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, script, "-qec", p.binary+" "+strings.Join(args, " "), os.DevNull)
	cmd.Dir, cmd.Env = p.folder, p.env
	if typed != silence { // script waits for two seconds when a line is not read
		cmd.Stdin = strings.NewReader(typed + "\n")
	}
	out, _ := cmd.CombinedOutput() // the code says it
	return string(out), cmd.ProcessState.ExitCode()
}

// unfolded is a text without the breaks between words that a terminal needs.
func unfolded(screen string) string { return strings.Join(strings.Fields(screen), " ") }

// silence is what is typed where nothing is asked.
const silence = "(silence)"

func TestRealTenantIsAskedAboutOnATerminal(t *testing.T) {
	t.Parallel()
	const question = "Invite 2 guests into Contoso (simulated) (tenant 5f0a3c52-8d0e-4b7c-9a51-6c1f2e7d4b90): 1 of 2 with an email from Microsoft, without a rate limit. Go on? [y/N]"
	for _, test := range []struct {
		name, typed string
		args        []string
		asked       bool
		code, sent  int
	}{
		{"no", "n", nil, true, 6, 0},
		{"nothing", "", nil, true, 6, 0},
		{"yes", "y", nil, true, 0, 2},
		{"--yes", silence, []string{"--yes"}, false, 0, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := newProgram(t, sandbox.Config{})
			writeCSV(t, p.path("list.csv"), people[:3])
			screen, code := onTerminal(t, p, test.typed, append([]string{"invite", "list.csv"}, test.args...)...)
			if code != test.code || p.posts() != test.sent || strings.Contains(unfolded(screen), question) != test.asked {
				t.Errorf("exit code %d, %d invitations\n%s", code, p.posts(), screen)
			}
		})
	}
}

// A package goes as a whole: whom else that concerns is in the question.
func TestForgetAsksAboutThePackagesThatGo(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	writeCSV(t, p.path("list.csv"), [][]string{{"Email", "Company"}, {"a@fabrikam.example", "Fabrikam"}, {"b@fabrikam.example", "Fabrikam"}, {"c@northwind.example", "Northwind"}})
	p.run(t, 0, "invite", "list.csv", "--yes")
	p.run(t, 0, "handoff", "list.results.xlsx", "--by", "Company")
	screen, code := onTerminal(t, p, "n", "forget", "list.results.xlsx", "a@fabrikam.example")
	const question = "These packages name this person, and are removed with all guests in them; guestlist handoff makes them again without this person: " +
		"list.results.handoff/Fabrikam list.results.handoff/index.xlsx The account in the tenant stays. If it is to go as well, run guestlist undo first: it cannot remove whom it has forgotten. Erase from list.results.xlsx: a@fabrikam.example, row 2, status invited? This cannot be undone. [y/N]"
	if said := unfolded(screen); code != 6 || !strings.Contains(said, question) || strings.Contains(said, "handoff/Northwind") {
		t.Errorf("exit code %d\n%s", code, said)
	}
}

// Who is marked "no" in a column that is not read is in the question, as others are whom
// the rows ask something unusual for.
func TestTheQuestionSaysWhoIsMarkedNo(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	writeCSV(t, p.path("list.csv"), [][]string{{"Email", "Approved"}, {"a@fabrikam.example", "yes"}, {"b@fabrikam.example", "no"}})
	screen, code := onTerminal(t, p, "n", "invite", "list.csv")
	if said := unfolded(screen); code != 6 || p.posts() != 0 || !strings.Contains(said, `the column "Approved" (B) says no in 1 of 2 rows, and is not read Invite 2 guests into`) {
		t.Errorf("exit code %d\n%s", code, said)
	}
}
