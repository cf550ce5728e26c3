package cli_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"html"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/graph/sandbox"
	"guestlist/internal/assert"
	"guestlist/internal/need"
)

// claimed makes results in one tenant and gives them, without their journal, to a
// program of another one, which does not have these guests.
func claimed(t *testing.T, cfg sandbox.Config) (p *program, before map[string]string) {
	t.Helper()
	first := newProgram(t, sandbox.Config{})
	writeCSV(t, first.path("list.csv"), people[:3])
	first.run(t, 0, "invite", "list.csv")
	p = newProgram(t, cfg)
	p.take(t, first, "list.results.xlsx")
	return p, links(t, p.path("list.results.xlsx"))
}

// take copies a file from the folder of another program.
func (p *program) take(t *testing.T, from *program, name string) {
	t.Helper()
	content, err := os.ReadFile(from.path(name))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p.path(name), content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// said runs the program and returns what it says beside its results.
func (p *program) said(t *testing.T, code int, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var problems bytes.Buffer
	cmd := p.command(ctx, args...)
	cmd.Stderr = &problems
	_ = cmd.Run() // the code says it
	if got := cmd.ProcessState.ExitCode(); got != code {
		t.Fatalf("exit code %d, want %d\n%s", got, code, &problems)
	}
	return problems.String()
}

// statuses are those of the rows of a workbook, in their order.
func statuses(t *testing.T, path string) (all []batch.Status) {
	t.Helper()
	for _, row := range results(t, path, "Results") {
		all = append(all, batch.Status(row["Status"]))
	}
	return all
}

const asked = "2 guests that the results say are invited"

func TestHonestResultsGoOnWithoutTheirJournal(t *testing.T) {
	t.Parallel()
	need.NoRace(t, oneAfterAnother)
	p := newProgram(t, sandbox.Config{})
	writeCSV(t, p.path("list.csv"), people[:3])
	p.run(t, 0, "invite", "list.csv")
	before := links(t, p.path("list.results.xlsx"))
	for _, args := range [][]string{{"invite", "list.csv"}, {"invite", "list.results.xlsx"}, {"retry", "list.results.xlsx"}} {
		if err := os.Remove(p.path("list.results.journal.db")); err != nil {
			t.Fatal(err)
		}
		if said := p.said(t, 0, args...); strings.Contains(said, "confirm") {
			t.Errorf("%v: %s", args, said)
		}
		assert.Equal(t, "links", links(t, p.path("list.results.xlsx")), before)
	}
	assert.Equal(t, "invitations", p.posts(), 2)
}

// Results come from strangers, too: guests whom the tenant does not have are not
// invited because a file says so, and are not emailed before they were looked up.
func TestClaimsThatTheTenantDoesNotConfirm(t *testing.T) {
	t.Parallel()
	p, before := claimed(t, sandbox.Config{})
	said := p.said(t, 6, "invite", "list.results.xlsx", "--settle", "1ms", "--yes")
	if !strings.Contains(said, "the tenant does not confirm 2 of the "+asked+"; they are looked up before anything is sent (--trust-results") {
		t.Error(said)
	}
	workbook := p.path("list.results.xlsx")
	assert.Equal(t, "statuses", statuses(t, workbook), []batch.Status{batch.Unconfirmed, batch.Unconfirmed})
	assert.Equal(t, "sent unseen", p.posts(), 0)

	p.run(t, 0, "invite", "list.results.xlsx", "--lookup-for", "1ms", "--settle", "1m")
	assert.Equal(t, "statuses", statuses(t, workbook), []batch.Status{batch.Invited, batch.Invited})
	for address, link := range links(t, workbook) {
		if link != p.tenant.RedeemURL(address) || link == "" {
			t.Errorf("%s: %q, the file said %q", address, link, before[address])
		}
	}
	assert.Equal(t, "emails", p.tenant.Mails("a@fabrikam.example"), 1)
}

func TestClaimsAreBelievedWhenToldSo(t *testing.T) {
	need.NoRace(t, manyStarts)
	t.Parallel()
	for name, test := range map[string]struct {
		cfg  sandbox.Config
		runs [][]string
	}{
		"at once":                     {sandbox.Config{}, [][]string{{"--trust-results"}}},
		"where no look-up is allowed": {sandbox.Config{Forbidden: []string{"/users", "/$batch"}}, [][]string{{"--trust-results", "--no-directory-check"}}},
		"after a run without it":      {sandbox.Config{Forbidden: []string{"/users", "/$batch"}}, [][]string{{"--no-directory-check"}, {"--trust-results", "--no-directory-check"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, before := claimed(t, test.cfg)
			for i, args := range test.runs {
				code := 0
				if i < len(test.runs)-1 {
					code = 6
				}
				p.run(t, code, append([]string{"retry", "list.results.xlsx"}, args...)...)
			}
			assert.Equal(t, "links", links(t, p.path("list.results.xlsx")), before)
			assert.Equal(t, "statuses", statuses(t, p.path("list.results.xlsx")), []batch.Status{batch.Invited, batch.Invited})
			assert.Equal(t, "invitations", p.posts(), 0)
		})
	}
}

func TestTrustIsAskedForOnATerminal(t *testing.T) {
	need.NoRace(t, manyStarts)
	t.Parallel()
	for _, test := range []struct {
		name, typed string
		args        []string
		asked       bool
		code        int
		status      batch.Status
	}{
		{"yes", "y", nil, true, 0, batch.Invited},
		{"no", "n\ny", nil, true, 6, batch.Unconfirmed},
		{"--yes", silence, []string{"--yes"}, false, 6, batch.Unconfirmed},
		{"--trust-results", silence, []string{"--trust-results"}, false, 0, batch.Invited},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p, _ := claimed(t, sandbox.Config{Forbidden: []string{"/users", "/$batch"}})
			screen, code := onTerminal(t, p, test.typed, append([]string{"invite", "list.results.xlsx", "--no-directory-check", "--settle", "1ms"}, test.args...)...)
			question := "the results say that 2 guests are invited, and the sign-in may not look up whether that is so. Believe the results?"
			if code != test.code || strings.Contains(unfolded(screen), question) != test.asked {
				t.Errorf("exit code %d\n%q", code, screen)
			}
			assert.Equal(t, "statuses", statuses(t, p.path("list.results.xlsx")), []batch.Status{test.status, test.status})
		})
	}
}

// A link of a file is taken over only if it is an invitation link of this tenant, also
// if the guest is one: an account with the address and the id that the file names.
func TestForeignLinksAreLeftOut(t *testing.T) {
	need.NoRace(t, manyStarts)
	t.Parallel()
	for name, foreign := range map[string]string{
		"another host":        "https://evil.example/redeem?rd=https%3A%2F%2Finvitations.microsoft.com%2Fredeem%2F%3Ftenant%3D" + sandbox.TenantID,
		"a consent page":      "https://login.microsoftonline.com/common/oauth2/v2.0/authorize?client_id=evil",
		"that leads on":       "https://login.microsoftonline.com/redeem?rd=https%3A%2F%2Fevil.example%2Fredeem%2F%3Ftenant%3D" + sandbox.TenantID,
		"of a foreign tenant": "https://login.microsoftonline.com/redeem?rd=https%3A%2F%2Finvitations.microsoft.com%2Fredeem%2F%3Ftenant%3D04dcc6ab-388a-4559-b527-fbec656300ea",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProgram(t, sandbox.Config{})
			writeCSV(t, p.path("list.csv"), people[:3])
			p.run(t, 0, "invite", "list.csv")
			workbook := p.path("list.results.xlsx")
			before := links(t, workbook)
			edit(t, workbook, "Results", func(rows [][]string) [][]string {
				link, key := slices.Index(rows[0], "Redeem URL"), slices.Index(rows[0], "Row Key")
				rows[1][link] = foreign
				rows[1][key], _, _ = strings.Cut(rows[1][key], " =") // as an earlier version wrote it
				return rows
			})
			if err := os.Remove(p.path("list.results.journal.db")); err != nil {
				t.Fatal(err)
			}
			// A hand-off has the file's word alone.
			p.run(t, 0, "handoff", "list.results.xlsx", "--by", "Company")
			holdsNo(t, p.path("list.results.handoff"), foreign)
			said := p.said(t, 0, "invite", "list.results.xlsx")
			if !strings.Contains(said, "1 link of the results left out") {
				t.Error(said)
			}
			delete(before, "a@fabrikam.example")
			assert.Equal(t, "links", links(t, workbook), before)
			assert.Equal(t, "invitations", p.posts(), 2)
			for _, row := range results(t, workbook, "Results") {
				if row["Status"] != "invited" || row["Email"] == "a@fabrikam.example" && row["Advice"] == "" {
					t.Errorf("%v", row)
				}
			}
		})
	}
}

// A column of links that was sorted by itself, or moved by a row, has the links of other
// guests: they are left out, and no one is handed the link of another one.
func TestLinksOfOtherRowsAreLeftOut(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	rows := append(slices.Clone(people[:3]), []string{"Contoso", "no address", "no"})
	writeCSV(t, p.path("list.csv"), rows)
	p.run(t, 3, "invite", "list.csv")
	workbook := p.path("list.results.xlsx")
	var foreign []string
	for _, link := range links(t, workbook) {
		foreign = append(foreign, link)
	}
	edit(t, workbook, "Results", func(rows [][]string) [][]string {
		at := slices.Index(rows[0], "Redeem URL")
		rows[1][at], rows[2][at], rows[3][at] = "", rows[1][at], rows[2][at]
		return rows
	})
	if err := os.Remove(p.path("list.results.journal.db")); err != nil {
		t.Fatal(err)
	}
	p.run(t, 0, "handoff", "list.results.xlsx", "--by", "Company")
	for _, link := range foreign {
		holdsNo(t, p.path("list.results.handoff"), link)
	}
	said := p.said(t, 3, "invite", "list.results.xlsx")
	if !strings.Contains(said, "1 link of the results left out") {
		t.Error(said)
	}
	assert.Equal(t, "statuses", statuses(t, workbook), []batch.Status{batch.Invited, batch.Invited, batch.Invalid})
	assert.Equal(t, "links", len(links(t, workbook)), 0)
	assert.Equal(t, "invitations", p.posts(), 2)
}

// Of a column that was sorted by itself not all is believed, and the file has the only
// copy of the links: it is kept, also by a later run.
func TestAFileNotAllOfWhichIsTakenOverIsKept(t *testing.T) {
	need.NoRace(t, manyStarts)
	t.Parallel()
	for _, ending := range []string{"csv", "xlsx"} {
		for _, column := range []string{"Redeem URL", "Row Key", "Status", ""} {
			t.Run(ending+" "+column, func(t *testing.T) {
				t.Parallel()
				p := newProgram(t, sandbox.Config{})
				rows := append(slices.Clone(people[:3]), []string{"Contoso", "no address", "no"})
				writeCSV(t, p.path("list.csv"), rows)
				p.run(t, 3, "invite", "list.csv", "--out", "r."+ending)
				file := p.path("r." + ending)
				changeResults(t, file, func(rows [][]string) [][]string {
					if at := slices.Index(rows[0], column); at >= 0 {
						rows[1][at], rows[2][at], rows[3][at] = rows[3][at], rows[1][at], rows[2][at]
					}
					return rows
				})
				before := fileContent(t, file)
				if err := os.Remove(p.path("r.journal.db")); err != nil {
					t.Fatal(err)
				}
				said := p.said(t, 3, "retry", "r."+ending)
				assert.Equal(t, "says so", strings.Contains(said, "has links or rows that were not taken over; it is kept as"), column != "")
				kept, err := filepath.Glob(p.path("r.edited-*." + ending))
				if err != nil || (column == "") != (len(kept) == 0) {
					t.Fatalf("kept %v, %v\n%s", kept, err, said)
				}
				for _, name := range kept {
					assert.Equal(t, "is what was there", fileContent(t, name) == before, true)
				}
				p.said(t, 3, "retry", "r."+ending)
				again, _ := filepath.Glob(p.path("r.edited-*." + ending))
				assert.Equal(t, "kept once", again, kept)
			})
		}
	}
}

// changeResults changes the rows of a results file, whatever its kind.
func changeResults(t *testing.T, path string, change func(rows [][]string) [][]string) {
	t.Helper()
	if filepath.Ext(path) != ".csv" {
		edit(t, path, "Results", change)
		return
	}
	writeCSV(t, path, change(csvCells(t, path)))
}

// csvCells reads a CSV file that guestlist wrote.
func csvCells(t *testing.T, path string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(fileContent(t, path), "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// csvRows are its rows by heading.
func csvRows(t *testing.T, path string) []map[string]string {
	t.Helper()
	return byHeading(csvCells(t, path))
}

// fileContent is the content of a file.
func fileContent(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// holdsNo looks for a text in all files of a folder, also within workbooks.
func holdsNo(t *testing.T, folder, text string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files++
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content))); err == nil {
			content = nil
			for _, part := range archive.File {
				r, err := part.Open()
				if err != nil {
					return err
				}
				unpacked, err := io.ReadAll(r)
				if err := errors.Join(err, r.Close()); err != nil {
					return err
				}
				content = append(content, unpacked...)
			}
		}
		if bytes.Contains(content, []byte(html.EscapeString(text))) || bytes.Contains(content, []byte(text)) {
			t.Errorf("%s has %s", path, text)
		}
		return nil
	})
	if err != nil || files == 0 {
		t.Errorf("%d files, %v", files, err)
	}
}
