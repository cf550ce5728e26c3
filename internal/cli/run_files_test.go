package cli_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"guestlist/graph/sandbox"
	"guestlist/internal/assert"
	"guestlist/internal/need"
)

// underway is the program at work on a list of people who are emailed, so slowly that
// something can be done to its files meanwhile.
func underway(t *testing.T, args []string, during func(p *program)) (p *program, list [][]string, code int, said string) {
	t.Helper()
	p = newProgram(t, sandbox.Config{Latency: func() time.Duration { return 20 * time.Millisecond }})
	list = mailedList(0, 60)
	writeCSV(t, p.path("list.csv"), list)
	cmd := p.command(t.Context(), append([]string{"invite", "list.csv", "--workers", "4", "--rate", "60/1s"}, args...)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, "some invitations", func() bool { return p.posts() >= 10 })
	during(p)
	_ = cmd.Wait() // the code says it
	return p, list, cmd.ProcessState.ExitCode(), out.String()
}

// allInvited runs the command again and wants everybody to be invited, emailed once, and
// to have the link of the tenant.
func (p *program) allInvited(t *testing.T, list [][]string) {
	t.Helper()
	p.run(t, 0, "invite", "list.csv", "--lookup-for", "1s")
	rows := results(t, p.path("list.results.xlsx"), "Results")
	if len(rows) != len(list)-1 {
		t.Errorf("%d rows", len(rows))
	}
	for _, row := range rows {
		if row["Status"] != "invited" || row["Redeem URL"] != p.tenant.RedeemURL(row["Email"]) {
			t.Errorf("%v", row)
		}
	}
	p.mailedOnce(t, list)
}

// A journal that is taken away while a run goes on would take answers with it, if the
// program were killed: the run ends, says so, and its results have every answer.
func TestFilesThatAreTakenAwayDuringARun(t *testing.T) {
	t.Parallel()
	need.NoRace(t, oneAfterAnother)
	if runtime.GOOS == "windows" {
		t.Skip("Windows takes no file away that is open")
	}
	journal := "list.results.journal.db"
	for name, test := range map[string]struct {
		take func(p *program) error
		code int
	}{
		"the journal is removed": {func(p *program) error { return os.Remove(p.path(journal)) }, 1},
		"the journal and its log moved": {func(p *program) error {
			return errors.Join(os.Mkdir(p.path("away"), 0o700), os.Rename(p.path(journal), p.path("away/"+journal)), os.Rename(p.path(journal+"-wal"), p.path("away/"+journal+"-wal")))
		}, 1},
		"the journal is replaced": {func(p *program) error {
			content, err := os.ReadFile(p.path(journal))
			return errors.Join(err, os.Remove(p.path(journal)), os.WriteFile(p.path(journal), content, 0o600))
		}, 1},
		"the log is removed":  {func(p *program) error { return os.Remove(p.path(journal + "-wal")) }, 1},
		"the note is removed": {func(p *program) error { return os.Remove(p.path(journal + ".lock")) }, 0},
		"the room is removed": {func(p *program) error { return os.Remove(p.path(journal + "-reserve")) }, 0},
		"the list is removed": {func(p *program) error { return os.Remove(p.path("list.csv")) }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, list, code, said := underway(t, nil, func(p *program) {
				if err := test.take(p); err != nil {
					t.Fatal(err)
				}
			})
			if code != test.code {
				t.Fatalf("exit code %d\n%s", code, said)
			}
			if code == 0 {
				p.mailedOnce(t, list)
				return
			}
			for _, want := range []string{journal, "removed, moved or replaced", "run the same command again"} {
				if !strings.Contains(said, want) {
					t.Errorf("%q is not said:\n%s", want, said)
				}
			}
			for _, row := range results(t, p.path("list.results.xlsx"), "Results") {
				if link := p.tenant.RedeemURL(row["Email"]); link != row["Redeem URL"] {
					t.Errorf("%s has the link %q, the tenant's is %q", row["Email"], row["Redeem URL"], link)
				}
			}
			if posts := p.posts(); posts > 50 {
				t.Errorf("%d invitations", posts)
			}
			p.allInvited(t, list)
		})
	}
}

// A log that cannot be written on is said, and ends no run.
func TestLogOnAFullDisk(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has a device that is always full")
	}
	p := newProgram(t, sandbox.Config{})
	list := mailedList(0, 20)
	writeCSV(t, p.path("list.csv"), list)
	_, said := p.runBoth(t, 0, "invite", "list.csv", "--log-file", "/dev/full", "--log-level", "debug")
	if strings.Count(said, "the log /dev/full ends here: the disk is full") != 1 {
		t.Errorf("said: %s", said)
	}
	p.mailedOnce(t, list)
}

// What is beside results is what the documents say: they tell which files belong together.
func TestFilesBesideResultsAreDocumented(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("nothing is copied while it is open")
	}
	documented, err := os.ReadFile("../../docs/results.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	look := func(p *program) {
		entries, err := os.ReadDir(p.folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			seen[e.Name()] = true
		}
	}
	p, _, _, _ := underway(t, []string{"--log-file", "run.log"}, look)
	look(p)
	p.run(t, 0, "handoff", "list.results.xlsx", "--by", "Send message", "--map", "email=Email")
	p.run(t, 0, "report", "list.results.xlsx", "-o", "list.html")
	look(p)
	delete(seen, "list.csv")
	delete(seen, "list.html")
	delete(seen, "run.log")
	for name := range seen {
		if shown := strings.Replace(name, "list.", "partners.", 1); !bytes.Contains(documented, []byte("`"+shown+"`")) {
			t.Errorf("docs/results.md does not name %s", shown)
		}
	}
	if len(seen) < 6 {
		t.Errorf("seen: %q", slices.Sorted(maps.Keys(seen)))
	}
}

// Results that are replaced are so under one name: another hard link, wherever it is, keeps
// what was there, which is said, once.
func TestOtherNamesOfResultsAreTold(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	writeCSV(t, p.path("list.csv"), mailedList(0, 3))
	p.run(t, 6, "invite", "list.csv", "--limit", "1")
	elsewhere := filepath.Join(t.TempDir(), "for the team.xlsx")
	if err := os.Link(p.path("list.results.xlsx"), elsewhere); err != nil {
		t.Skip("no hard links here:", err)
	}
	const told = "list.results.xlsx has another name (a hard link), which keeps the earlier results: only this one is written anew"
	if said := p.complains(t, 6, "invite", "list.csv", "--limit", "1"); strings.Count(said, told) != 1 {
		t.Errorf("the first time: %s", said)
	}
	if said := p.complains(t, 0, "invite", "list.csv"); strings.Contains(said, "another name") {
		t.Errorf("when there is one name: %s", said)
	}
	assert.Equal(t, "rows elsewhere", len(results(t, elsewhere, "Results")), 3)
}

// A killed hand-off or report leaves nothing with links that the next one does not
// remove.
func TestWhatIsKilledLeavesNothing(t *testing.T) {
	t.Parallel()
	need.Time(t, "kills the program 24 times")
	need.NoRace(t, "what is killed tells of no race")
	if runtime.GOOS == "windows" {
		t.Skip("Windows keeps what is younger than a minute")
	}
	p := newProgram(t, sandbox.Config{})
	temporary := t.TempDir()
	p.env = append(p.env, "TMPDIR="+temporary)
	rows := [][]string{{"Email", "Manager"}}
	for i := range 2000 {
		rows = append(rows, []string{fmt.Sprintf("guest%d@fabrikam.example", i), fmt.Sprintf("manager%d@contoso.example", i%40)})
	}
	writeCSV(t, p.path("list.csv"), rows)
	p.run(t, 0, "invite", "list.csv")
	leftover := func() (names []string) {
		for _, folder := range []string{p.folder, temporary} {
			entries, err := os.ReadDir(folder)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				if folder == temporary || strings.HasPrefix(e.Name(), ".guestlist-") || strings.HasSuffix(e.Name(), ".before") {
					names = append(names, e.Name())
				}
			}
		}
		return names
	}
	for name, args := range map[string][]string{
		"hand-off": {"handoff", "list.results.xlsx", "--by", "Manager"},
		"report":   {"report", "list.results.journal.db", "-o", "list.results.xlsx"},
		"page":     {"report", "list.results.xlsx", "-o", "list.html"},
	} {
		killed := 0
		for range 8 {
			cmd := p.command(t.Context(), args...)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- cmd.Wait() }()
			for running := true; running && len(leftover()) == 0; {
				select {
				case <-ended:
					running = false
				case <-time.After(time.Millisecond):
				}
			}
			if len(leftover()) > 0 {
				_ = cmd.Process.Kill() // it may have ended
				<-ended
			}
			if len(leftover()) > 0 {
				killed++
			}
		}
		if killed == 0 {
			t.Errorf("%s: it was never killed with something in the making", name)
		}
		p.run(t, 0, args...)
		if names := leftover(); len(names) > 0 {
			t.Errorf("%s: %q is left", name, names)
		}
		t.Logf("%s: something was left by %d of 8 kills, nothing after the next run", name, killed)
	}
}

// Results that another program saved in another encoding are told so by each command in the
// way that helps: with the flag where there is one.
func TestResultsInAnotherEncoding(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	writeCSV(t, p.path("list.csv"), [][]string{{"Email", "Name"}, {"a@fabrikam.example", "José"}})
	p.run(t, 0, "invite", "list.csv", "--out", "p.csv")
	content, err := os.ReadFile(p.path("p.csv"))
	if err != nil {
		t.Fatal(err)
	}
	content = bytes.ReplaceAll(bytes.TrimPrefix(content, []byte("\ufeff")), []byte("é"), []byte("\xe9"))
	if err := os.WriteFile(p.path("p.csv"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, command := range [][]string{{"status"}, {"undo"}, {"report", "--out", "p.html"}, {"handoff", "--by", "Name"}} {
		said := p.complains(t, 2, append(command, "p.csv")...)
		if !strings.Contains(said, `save it there as "CSV UTF-8`) || strings.Contains(said, "--encoding") {
			t.Errorf("%v: %s", command, said)
		}
	}
	for _, command := range []string{"remind", "retry"} { // both write it again, in UTF-8
		if err := os.WriteFile(p.path("p.csv"), content, 0o600); err != nil {
			t.Fatal(err)
		}
		said := p.complains(t, 2, command, "p.csv")
		again := "guestlist " + command + " p.csv --encoding=windows-1252"
		if !strings.Contains(said, again) {
			t.Errorf("%s: %s", command, said)
		}
		p.run(t, 0, command, "p.csv", "--encoding=windows-1252")
	}
}
