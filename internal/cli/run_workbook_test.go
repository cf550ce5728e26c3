package cli_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"guestlist/graph/sandbox"
	"guestlist/internal/need"
)

// edit changes the cells of a sheet the way somebody at a spreadsheet does.
func edit(t *testing.T, path, sheet string, change func(rows [][]string) [][]string) {
	t.Helper()
	book, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = book.Close() }()
	rows, err := book.GetRows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	before := len(rows)
	for i, row := range change(rows) {
		for j, text := range row {
			put(t, book, sheet, j, i, text)
		}
		before--
	}
	for last := len(rows); before > 0; before, last = before-1, last-1 {
		if err := book.RemoveRow(sheet, last); err != nil {
			t.Fatal(err)
		}
	}
	if err := book.Save(); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, book *excelize.File, sheet string, column, row int, text string) {
	t.Helper()
	at, err := excelize.CoordinatesToCellName(column+1, row+1)
	if err != nil {
		t.Fatal(err)
	}
	if err := book.SetCellStr(sheet, at, text); err != nil {
		t.Fatal(err)
	}
}

// square gives every row the length of the longest.
func square(rows [][]string) [][]string {
	widest := 0
	for _, row := range rows {
		widest = max(widest, len(row))
	}
	for i := range rows {
		rows[i] = append(rows[i], make([]string, widest-len(rows[i]))...)
	}
	return rows
}

// office opens and saves a workbook with LibreOffice.
func office(t *testing.T, path string) {
	t.Helper()
	need.Time(t, "starts LibreOffice")
	program := need.Program(t, "apt-get install libreoffice-calc", "libreoffice", "soffice")
	folder := t.TempDir()
	cmd := exec.CommandContext(t.Context(), program, "-env:UserInstallation=file://"+filepath.Join(folder, "profile"),
		"--headless", "--convert-to", "xlsx", "--outdir", folder, path)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	saved, err := os.ReadFile(filepath.Join(folder, filepath.Base(path)))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, saved, 0o600); err != nil {
		t.Fatal(err)
	}
}

var people = [][]string{
	{"Company", "Email", "Send message"},
	{"Fabrikam", "a@fabrikam.example", "yes"},
	{"Fabrikam", "b@fabrikam.example", ""},
	{"Adatum", "group.c@adatum.example", "yes"},
	{"Adatum", "typo@adatum", "yes"},
	{"Adatum", "e@adatum.example", ""},
}

// links are the redeem URLs of a workbook by address.
func links(t *testing.T, path string) map[string]string {
	t.Helper()
	found := make(map[string]string)
	for _, row := range results(t, path, "Results") {
		if row["Redeem URL"] != "" {
			found[row["Email"]] = row["Redeem URL"]
		}
	}
	return found
}

// The workbook is sorted, mended and widened, saved by LibreOffice, and its
// journal deleted: it is still a valid list and a valid state.
func TestWorkbookEditedByHandIsListAndState(t *testing.T) {
	t.Parallel()
	for _, saved := range []string{"as it is", "by LibreOffice"} {
		t.Run(saved, func(t *testing.T) {
			t.Parallel()
			p := newProgram(t, sandbox.Config{})
			writeCSV(t, p.path("list.csv"), people)
			p.run(t, 3, "invite", "list.csv")
			workbook := p.path("list.results.xlsx")
			before := links(t, workbook)

			edit(t, workbook, "Results", func(rows [][]string) [][]string {
				rows = square(rows)
				slices.Reverse(rows[1:])
				for i := range rows {
					rows[i] = append([]string{[]string{"Region", "EMEA"}[min(i, 1)]}, rows[i]...) // a new first column
					rows[i][2] = strings.ReplaceAll(rows[i][2], "typo@adatum", "typo@adatum.example")
				}
				return rows
			})
			if saved == "by LibreOffice" {
				office(t, workbook)
			}
			if err := os.Remove(p.path("list.results.journal.db")); err != nil {
				t.Fatal(err)
			}
			p.run(t, 3, "retry", "list.results.xlsx")

			want := before
			want["typo@adatum.example"] = p.tenant.RedeemURL("typo@adatum.example")
			if diff := cmp.Diff(want, links(t, workbook)); diff != "" {
				t.Errorf("links (-want +got):\n%s", diff)
			}
			for _, row := range results(t, workbook, "Results") {
				if row["Region"] != "EMEA" {
					t.Errorf("the new column was lost: %v", row)
				}
				if n := p.tenant.Mails(strings.ToLower(row["Email"])); n > 1 {
					t.Errorf("%s: mailed %d times", row["Email"], n)
				}
			}
			if entries, err := filepath.Glob(p.path("*.xlsx")); err != nil || len(entries) != 1 {
				t.Errorf("workbooks: %v %v", entries, err)
			}
		})
	}
}

// Somebody mends a row on the sheet Failed: the outcome comes home, and nobody
// else is sent.
func TestRowMendedOnTheFailedSheetComesHome(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	writeCSV(t, p.path("list.csv"), people)
	p.run(t, 3, "invite", "list.csv")
	workbook := p.path("list.results.xlsx")
	before := links(t, workbook)
	sent := p.posts()
	change(t, workbook, "Failed", "typo@adatum", "Email", "typo@adatum.example")
	remove(t, workbook, "Failed", "group.c@adatum.example")
	out := p.run(t, 3, "retry", "list.results.xlsx", "--sheet", "Failed")
	if !strings.Contains(out, "1 row sent with 1 request") || p.posts() != sent+1 {
		t.Errorf("%d requests\n%s", p.posts()-sent, out)
	}
	before["typo@adatum.example"] = p.tenant.RedeemURL("typo@adatum.example")
	if diff := cmp.Diff(before, links(t, workbook)); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
	var order []string
	for _, row := range results(t, workbook, "Results") {
		order = append(order, row["Email"])
	}
	if diff := cmp.Diff([]string{"a@fabrikam.example", "b@fabrikam.example", "group.c@adatum.example", "typo@adatum.example", "e@adatum.example"}, order); diff != "" {
		t.Error(diff)
	}
}

// An address of an invited row is changed by hand: the new person is invited,
// the old link stays with the old address.
func TestChangedAddressOfAnInvitedRowDoesNotInheritItsLink(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	writeCSV(t, p.path("list.csv"), people[:3])
	p.run(t, 0, "invite", "list.csv")
	workbook := p.path("list.results.xlsx")
	before := links(t, workbook)
	edit(t, workbook, "Results", func(rows [][]string) [][]string {
		rows[1][1] = "new@fabrikam.example"
		return rows
	})
	for _, journal := range []string{"with", "without"} {
		if journal == "without" {
			edit(t, workbook, "Results", func(rows [][]string) [][]string {
				rows[2][1] = "other@fabrikam.example"
				return rows
			})
			if err := os.Remove(p.path("list.results.journal.db")); err != nil {
				t.Fatal(err)
			}
		}
		p.run(t, 0, "invite", "list.results.xlsx")
		got := links(t, workbook)
		if got["new@fabrikam.example"] != p.tenant.RedeemURL("new@fabrikam.example") || got["b@fabrikam.example"] != before["b@fabrikam.example"] {
			t.Errorf("%s a journal: %v", journal, got)
		}
		if got["a@fabrikam.example"] != before["a@fabrikam.example"] {
			t.Errorf("%s a journal: the old link is lost: %v", journal, got)
		}
		if n := p.tenant.Mails("new@fabrikam.example"); n != 1 {
			t.Errorf("mailed %d times", n)
		}
	}
}

// Something takes the workbook's place while the run is under way: the answers
// are in the journal, and the message tells how to get them out.
func TestWorkbookThatCannotBeWrittenInTheEnd(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{})
	release := sync.OnceFunc(func() { close(gate) })
	var requests atomic.Int32
	p := newProgram(t, sandbox.Config{Latency: func() time.Duration {
		if requests.Add(1) > 1 { // the first one asks for the tenant's name
			<-gate
		}
		return 0
	}})
	t.Cleanup(release) // before the tenant's server waits for its connections
	writeCSV(t, p.path("list.csv"), people[:3])
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var problems bytes.Buffer
	cmd := p.command(ctx, "invite", "list.csv", "--no-directory-check")
	cmd.Stderr = &problems
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, "the first request", func() bool { return p.posts() > 0 })
	workbook := p.path("list.results.xlsx")
	if err := os.Mkdir(workbook, 0o700); err != nil {
		t.Fatal(err)
	}
	release()
	_ = cmd.Wait() // the code says it
	if got := cmd.ProcessState.ExitCode(); got != 1 {
		t.Errorf("exit code %d", got)
	}
	if !strings.Contains(problems.String(), `guestlist report list.results.journal.db -o list.results.xlsx`) {
		t.Error(problems.String())
	}
	if err := os.Remove(workbook); err != nil {
		t.Fatal(err)
	}
	p.run(t, 0, "report", "list.results.journal.db", "-o", "list.results.xlsx")
	for address, link := range links(t, workbook) {
		if link != p.tenant.RedeemURL(address) {
			t.Errorf("%s: %q", address, link)
		}
	}
	if n := len(links(t, workbook)); n != 2 {
		t.Errorf("%d links", n)
	}
}

func TestListChangesBetweenRuns(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{Latency: func() time.Duration { return time.Millisecond }})
	writeCSV(t, p.path("list.csv"), people)
	p.run(t, 3, "invite", "list.csv")
	before := links(t, p.path("list.results.xlsx"))
	changed := [][]string{
		{"Email", "Company", "Send message"}, // other order of columns
		{"new@adatum.example", "Adatum", "yes"},
		{"e@adatum.example", "Adatum", ""},
		{"B@fabrikam.example", "Fabrikam", ""}, // moved, other letters
		{"typo@adatum.example", "Adatum", "yes"},
	}
	writeCSV(t, p.path("list.csv"), changed)
	out := p.run(t, 0, "invite", "list.csv")
	if !strings.Contains(out, "2 rows sent with 2 requests") {
		t.Error(out)
	}
	want := map[string]string{
		"a@fabrikam.example": before["a@fabrikam.example"], // left the list, keeps its link
		"B@fabrikam.example": before["b@fabrikam.example"],
		"e@adatum.example":   before["e@adatum.example"],
	}
	for _, address := range []string{"new@adatum.example", "typo@adatum.example"} {
		want[address] = p.tenant.RedeemURL(address)
	}
	if diff := cmp.Diff(want, links(t, p.path("list.results.xlsx"))); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
}
