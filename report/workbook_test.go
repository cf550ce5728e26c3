package report

import (
	"bytes"
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
	"guestlist/batch/results"
	"guestlist/internal/assert"
	"guestlist/internal/need"
	"guestlist/internal/secret"
	"guestlist/report/xlsx"
)

var noon = time.Date(2026, 9, 14, 12, 0, 0, 0, time.UTC)

func sequence(records ...batch.Record) iter.Seq2[batch.Record, error] {
	return func(yield func(batch.Record, error) bool) {
		for _, rec := range records {
			if !yield(rec, nil) {
				return
			}
		}
	}
}

func invited(line int, address string, cells ...string) batch.Record {
	return batch.Record{Line: line, Cells: cells, Outcome: batch.Outcome{
		Address: address, Status: batch.Invited, Attempts: 1, At: noon,
		RedeemURL: secret.New("https://login.microsoftonline.com/redeem?rd=https%3a%2f%2finvitations.microsoft.com%2f" + address),
		UserID:    "user-" + address, InvitationStatus: "PendingAcceptance", RequestID: "request-" + address,
	}}
}

func refused(line int, address string, status batch.Status, code string, cells ...string) batch.Record {
	return batch.Record{Line: line, Cells: cells, Outcome: batch.Outcome{
		Address: address, Status: status, Attempts: 2, At: noon,
		ErrorCode: code, Error: code + " said no", Advice: "see to " + code,
	}}
}

// written writes a workbook into a fresh folder and opens it.
func written(t *testing.T, r Results) *excelize.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "out.xlsx")
	if err := Write(t.Context(), path, r); err != nil {
		t.Fatal(err)
	}
	return opened(t, path)
}

func opened(t *testing.T, path string) *excelize.File {
	t.Helper()
	f, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func rowsOf(t *testing.T, f *excelize.File, sheet string) [][]string {
	t.Helper()
	rows, err := f.GetRows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestEveryValueOfARecordStandsInItsColumn(t *testing.T) {
	a := invited(2, "a@x.example", "a@x.example", "Anna")
	a.Guest = batch.GuestReading{State: batch.GuestAccepted, Since: noon.Add(time.Hour), At: noon.Add(48 * time.Hour)}
	b := refused(3, "b@x.example", batch.Failed, "Forbidden", "b@x.example")
	f := written(t, Results{Columns: []string{"Email", "Name"}, Records: sequence(a, b)})

	assert.Equal(t, "Results", rowsOf(t, f, "Results"), [][]string{
		append([]string{"Email", "Name"}, results.Columns()...),
		{
			"a@x.example", "Anna", "invited", a.Outcome.RedeemURL.Reveal(), "live",
			"accepted", "2026-09-14 13:00:00", "2026-09-16 12:00:00", "user-a@x.example", "PendingAcceptance",
			"", "", "", "1", "2026-09-14 12:00:00", "2026-09-14 12:00:00", "request-a@x.example", "", "2", "- 0000000000000000 a@x.example =0K0/48Nb",
		},
		{
			"b@x.example", "", "failed", "", "", "", "", "", "", "",
			"Forbidden", "Forbidden said no", "see to Forbidden", "2", "", "2026-09-14 12:00:00", "", "", "3", "- 0000000000000000 b@x.example =- ~+d9HGC2k",
		},
	})
	assert.Equal(t, "sheets", f.GetSheetList(), []string{"Results", "Failed", "Summary"})
}

func TestCellsOfTheListComeBackAsTexts(t *testing.T) {
	cells := map[string]string{ // written: read
		"=1+1": "=1+1", "+31 20": "+31 20", "@SUM(A1)": "@SUM(A1)", "-5": "-5", "007": "007", "1e5": "1e5",
		`say "hi", <b>&amp;</b>`: `say "hi", <b>&amp;</b>`, "two\nlines": "two\nlines", "dos\r\nlines": "dos\r\nlines",
		" around ": " around ", "\ttab": "\ttab", "李小龙 😀": "李小龙 😀", "_x0041_": "_x0041_", "_x005F_x0041_": "_x005F_x0041_",
		"TRUE": "TRUE", "2026-09-14": "2026-09-14", "'quoted": "'quoted",
		"bell\x07": "bell\uFFFD", "bad\xff": "bad\uFFFD", "\uFFFE": "\uFFFD", "\x00": "\uFFFD", "_xD800_": "_\uFFFDxD800_", "_x0041_x0042_": "_x0041_\uFFFDx0042_",
	}
	var columns, texts []string
	for text := range cells {
		columns, texts = append(columns, "c"), append(texts, text)
	}
	f := written(t, Results{Columns: columns, Records: sequence(refused(2, "", batch.Invalid, "E", texts...))})
	for _, sheet := range []string{"Results", "Failed"} {
		headings := rowsOf(t, f, sheet)[0]
		for i, text := range texts {
			cell, _ := excelize.CoordinatesToCellName(1+slices.Index(headings, rowsOf(t, f, "Results")[0][i]), 2)
			got, err := f.GetCellValue(sheet, cell)
			if err != nil || got != cells[text] {
				t.Errorf("%s: %q came back as %q, %v", sheet, text, got, err)
			}
			if kind, _ := f.GetCellType(sheet, cell); kind != excelize.CellTypeInlineString {
				t.Errorf("%s: %q is of type %v, not a text", sheet, text, kind)
			}
			if formula, _ := f.GetCellFormula(sheet, cell); formula != "" {
				t.Errorf("%s: %q became the formula %q", sheet, text, formula)
			}
		}
	}
}

func TestColumnsOfAResultsWorkbookAreTakenOver(t *testing.T) {
	list := []string{" status ", "Email", "REDEEM URL", "Status"}
	rec := refused(2, "a@x.example", batch.Failed, "E", "invited", "a@x.example", "https://old.example", "mine")
	rows := rowsOf(t, written(t, Results{Columns: list, Records: sequence(rec)}), "Results")

	want := append([]string{" status ", "Email", "REDEEM URL", "Status2"}, results.Columns()[2:]...)
	assert.Equal(t, "headings", rows[0], want)
	assert.Equal(t, "row", rows[1][:4], []string{"failed", "a@x.example", "", "mine"})

	again := rowsOf(t, written(t, Results{Columns: want, Records: sequence(rec)}), "Results")
	assert.Equal(t, "headings of the results as a list", again[0], want)
}

func TestAnEarlierWorkbookGetsTheHeadingsOfToday(t *testing.T) {
	rows := rowsOf(t, written(t, Results{Columns: []string{"Email", "Invited at"}, Records: sequence(invited(2, "a@x.example", "a@x.example", "then"))}), "Results")
	assert.Equal(t, "first headings", rows[0][:3], []string{"Email", results.ColumnInvitedAt, results.ColumnStatus})
	assert.Equal(t, "time", rows[1][1], "2026-09-14 12:00:00")
}

func TestOldResultsDoNotShineThrough(t *testing.T) {
	list := append([]string{"Email"}, results.Columns()...)
	cells := slices.Repeat([]string{"old"}, len(list))
	rec := batch.Record{Cells: cells, Outcome: batch.Outcome{Status: batch.Pending}} // left the list, was never sent
	rows := rowsOf(t, written(t, Results{Columns: list, Records: sequence(rec)}), "Results")
	assert.Equal(t, "row", rows[1], []string{"old", "pending", "", "", "", "", "", "", "", "", "", "", "0"})
}

func TestRaggedRowsKeepTheirCells(t *testing.T) {
	short := invited(2, "a@x.example", "a@x.example")
	long := invited(3, "b@x.example", "b@x.example", "B", "three", "", "five", "", "")
	rows := rowsOf(t, written(t, Results{Columns: []string{"Email", "Name"}, Records: sequence(short, long)}), "Results")
	assert.Equal(t, "row lengths", []int{len(rows[0]), len(rows[1]), len(rows[2])}, []int{20, 20, 23})
	assert.Equal(t, "cells beyond the headings", rows[2][20:], []string{"three", "", "five"})
}

func TestARowTooWideIsAnErrorAndNotACut(t *testing.T) {
	wide := refused(7, "a@x.example", batch.Failed, "E", make([]string, 20_000)...)
	r := Results{Columns: []string{"Email"}, Records: sequence(wide)}
	if err := Write(t.Context(), filepath.Join(t.TempDir(), "out.xlsx"), r); err != nil {
		t.Errorf("empty cells were counted: %v", err)
	}
	wide.Cells[19_999] = "x"
	var tooWide *xlsx.WidthError
	err := Write(t.Context(), filepath.Join(t.TempDir(), "out.xlsx"), r)
	if !errors.As(err, &tooWide) || tooWide.Line != 7 || tooWide.Hint() == "" {
		t.Errorf("got %v", err)
	}
	r = Results{Columns: make([]string, 16_380), Records: sequence()}
	if err := Write(t.Context(), filepath.Join(t.TempDir(), "out.xlsx"), r); !errors.As(err, &tooWide) || tooWide.Cells != 16_398 {
		t.Errorf("too many headings: got %v", err)
	}
}

func TestFailedHasTheRowsThatNeedCare(t *testing.T) {
	var records []batch.Record
	for i, status := range batch.Statuses() {
		records = append(records, refused(i+2, "a@x.example", status, "E", string(status)))
	}
	f := written(t, Results{Columns: []string{"Email"}, Records: sequence(records...)})
	rows := rowsOf(t, f, "Failed")
	assert.Equal(t, "headings", rows[0], failedHeadings("Email"))
	var got []string
	for _, row := range rows[1:] {
		got = append(got, row[0])
	}
	assert.Equal(t, "rows", got, []string{"failed", "invalid", "unconfirmed"})
}

// failedHeadings are those of the sheet Failed: who it is, what went wrong and what to do
// come first, times and ids last.
func failedHeadings(list ...string) []string {
	return slices.Concat(list[:1], []string{"Status", "Error", "Advice", "Error Code"}, list[1:], []string{
		"Redeem URL", "Link State", "Guest State", "Answered At (UTC)", "Invited At (UTC)", "Accepted At (UTC)", "State As Of (UTC)", "Attempts",
		"Invitation Status", "User ID", "Request ID", "Client Request ID", "Source Row", "Row Key",
	})
}

func TestFailedBeginsWithWhoAndWhy(t *testing.T) {
	r := refused(2, "a@x.example", batch.Failed, "E", "Fabrikam", "Anna", "a@x.example", "note", "beyond")
	list := Results{Columns: []string{"Company", "Name", "Email", "Note"}, Who: []int{2, 1}, Records: sequence(r)}
	f := written(t, list)
	rows := rowsOf(t, f, "Failed")
	assert.Equal(t, "headings", rows[0][:8], []string{"Email", "Name", "Status", "Error", "Advice", "Error Code", "Company", "Note"})
	assert.Equal(t, "cells", rows[1][:8], []string{"a@x.example", "Anna", "failed", "E said no", "see to E", "E", "Fabrikam", "note"})
	assert.Equal(t, "a cell without a heading", rows[1][len(rows[1])-1], "beyond")
	assert.Equal(t, "Results is as the list", rowsOf(t, f, "Results")[0][:4], list.Columns)
	for sheet, want := range map[string]string{"Results": "3 1 D2", "Failed": "2 1 C2"} {
		panes, err := f.GetPanes(sheet)
		assert.Equal(t, sheet+" frozen", fmt.Sprint(panes.XSplit, panes.YSplit, " ", panes.TopLeftCell, err), want+"<nil>")
	}
	for _, name := range f.GetDefinedName() {
		if name.Name == "_xlnm.Print_Area" && name.Scope == "Failed" {
			assert.Equal(t, "printed", name.RefersTo, "'Failed'!$A$1:$H$2")
		}
	}
}

// Columns that would fill a laptop's screen do not stay in view.
func TestWideColumnsAreNotFrozen(t *testing.T) {
	wide := strings.Repeat("wide ", 20)
	for want, columns := range map[string][]string{"1": {"Email", wide, wide, "Name"}, "0": {wide, wide, "Email", "Name"}} {
		who := []int{slices.Index(columns, "Email"), 3}
		f := written(t, Results{Columns: xlsx.UniqueHeadings(columns), Who: who, Records: sequence(invited(2, "a@x.example", "a"))})
		panes, err := f.GetPanes("Results")
		assert.Equal(t, strings.Join(columns, "|"), fmt.Sprint(panes.XSplit, err), want+" <nil>")
	}
}

func TestTheSheetThatMattersOpens(t *testing.T) {
	all := []batch.Record{invited(2, "a@x.example", "a")}
	for want, records := range map[string][]batch.Record{"Results": all, "Failed": append(all, refused(3, "b@x.example", batch.Failed, "E", "b"))} {
		f := written(t, Results{Columns: []string{"Email"}, Records: sequence(records...)})
		assert.Equal(t, "selected", selected(t, f), []string{want})
		assert.Equal(t, "active", f.GetSheetName(f.GetActiveSheetIndex()), want)
	}
}

func TestTheSummaryIsOnePage(t *testing.T) {
	var records []batch.Record
	for i := range 60 {
		records = append(records, invited(i+2, fmt.Sprintf("a@d%02d.example", i), "a"))
	}
	f := written(t, Results{Columns: []string{"Email"}, Records: sequence(records...)})
	layout, err := f.GetPageLayout("Summary")
	assert.Equal(t, "pages", fmt.Sprint(*layout.FitToWidth, *layout.FitToHeight, err), "1 1 <nil>")
	for _, name := range f.GetDefinedName() {
		if name.Name == "_xlnm.Print_Area" && name.Scope == "Summary" {
			rows, last := rowsOf(t, f, "Summary"), 0
			_, err := fmt.Sscanf(name.RefersTo, "'Summary'!$A$1:$J$%d", &last)
			assert.Equal(t, "last printed", fmt.Sprint(rows[last-1][0], err), "d19.example<nil>")
			return
		}
	}
	t.Error("all is printed")
}

func TestRowsThatLeftTheListHaveNoSourceRow(t *testing.T) {
	f := written(t, Results{Columns: []string{"Email"}, Records: sequence(invited(0, "gone@x.example", "gone@x.example"))})
	row := rowsOf(t, f, "Results")[1]
	assert.Equal(t, "last cells", row[len(row)-4:], []string{"request-gone@x.example", "", "", "- 0000000000000000 gone@x.example =+MGeARSB"})
}

func TestAnEmptyListGivesHeadings(t *testing.T) {
	f := written(t, Results{Columns: []string{"Email"}, Records: sequence()})
	for _, sheet := range []string{"Results", "Failed"} {
		assert.Equal(t, sheet+" rows", len(rowsOf(t, f, sheet)), 1)
	}
}

func TestTheFileIsForItsOwnerAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.xlsx")
	if err := os.WriteFile(path, []byte("yesterday"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Write(t.Context(), path, Results{Records: sequence()}); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" {
		assert.Equal(t, "mode", info.Mode().Perm(), fs.FileMode(0o600))
	}
	opened(t, path)
}

func TestAnErrorLeavesTheOldWorkbookAndNothingElse(t *testing.T) {
	need.Time(t, "workbooks too large to be kept in memory")
	broken := errors.New("journal: page 7 is torn")
	many := func(fail error, cancel context.CancelFunc) iter.Seq2[batch.Record, error] {
		return func(yield func(batch.Record, error) bool) {
			for i := range 2000 { // more than excelize keeps in memory
				if !yield(invited(i+2, fmt.Sprint(i), strings.Repeat("x", 16_000)), nil) {
					return
				}
			}
			if cancel != nil {
				cancel()
			}
			yield(batch.Record{}, fail)
		}
	}
	for _, name := range []string{"records", "context", "pack"} {
		t.Run(name, func(t *testing.T) {
			scratch, folder := t.TempDir(), t.TempDir()
			t.Setenv("TMPDIR", scratch)
			t.Setenv("TMP", scratch)
			path := filepath.Join(folder, "out.xlsx")
			if err := os.WriteFile(path, []byte("yesterday"), 0o600); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var err error
			switch name {
			case "records":
				err = Write(ctx, path, Results{Columns: []string{"Email"}, Records: many(broken, nil)})
				if !errors.Is(err, broken) {
					t.Errorf("got %v", err)
				}
			case "context":
				err = Write(ctx, path, Results{Columns: []string{"Email"}, Records: many(nil, cancel)})
			case "pack":
				b, failed := newBook(t.TempDir(), Results{})
				if failed != nil {
					t.Fatal(failed)
				}
				cancel()
				err = Replace(path, func(w io.Writer) error { return b.Write(ctx, w) })
				_ = b.close()
			}
			if name != "records" && !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			assert.Equal(t, "folder", names(t, folder), []string{"out.xlsx"})
			assert.Equal(t, "temporary folder", names(t, scratch), []string(nil))
			old, _ := os.ReadFile(path)
			assert.Equal(t, "old workbook", string(old), "yesterday")
		})
	}
}

func TestNothingTemporaryIsLeftBehind(t *testing.T) {
	scratch, folder := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", scratch)
	t.Setenv("TMP", scratch)
	if err := Write(t.Context(), filepath.Join(folder, "out.xlsx"), Results{Records: sequence()}); err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "folder", names(t, folder), []string{"out.xlsx"})
	assert.Equal(t, "temporary folder", names(t, scratch), []string(nil))
}

func names(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, e := range entries {
		found = append(found, e.Name())
	}
	return found
}

// built makes a workbook with smaller limits than Excel's.
func built(t *testing.T, r Results, limit func(*book)) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(packed(t, r, limit)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// packed makes such a workbook as it is in the file.
func packed(t *testing.T, r Results, limit func(*book)) []byte {
	t.Helper()
	b, err := newBook(t.TempDir(), r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.close() })
	limit(b)
	if err := b.fill(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := b.Write(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestRowsBeyondASheetContinueOnTheNext(t *testing.T) {
	var records []batch.Record
	for i := range 8 {
		records = append(records, refused(i+2, "a@x.example", batch.Failed, "E", fmt.Sprint(i)))
	}
	r := Results{Columns: []string{"Email"}, Records: sequence(records...)}
	f := built(t, r, func(b *book) { b.results.maxRows, b.failed.maxRows = 4, 6 })

	assert.Equal(t, "sheets", f.GetSheetList(), []string{"Results", "Results 2", "Results 3", "Failed", "Failed 2", "Summary"})
	wantRows := map[string]string{"Results": "012", "Results 2": "345", "Results 3": "67", "Failed": "01234", "Failed 2": "567"}
	for sheet, want := range wantRows {
		rows, got := rowsOf(t, f, sheet), ""
		headings := append([]string{"Email"}, results.Columns()...)
		if strings.HasPrefix(sheet, "Failed") {
			headings = failedHeadings("Email")
		}
		assert.Equal(t, sheet+" headings", rows[0], headings)
		for _, row := range rows[1:] {
			got += row[0]
		}
		assert.Equal(t, sheet, got, want)
		tables, err := f.GetTables(sheet)
		if err != nil || len(tables) != 1 {
			t.Fatalf("%s: tables %v, %v", sheet, tables, err)
		}
		assert.Equal(t, sheet+" table", tables[0].Name+" "+tables[0].Range, fmt.Sprintf("%s A1:S%d", strings.ReplaceAll(sheet, " ", "_"), len(rows)))
	}
	assert.Equal(t, "selected sheets", selected(t, f), []string{"Failed"})
}

// selected returns the sheets that show as chosen; two of them would be edited at once.
func selected(t *testing.T, f *excelize.File) []string {
	t.Helper()
	var found []string
	for _, sheet := range f.GetSheetList() {
		if strings.Contains(sheetXML(t, f, sheet), `tabSelected="true"`) {
			found = append(found, sheet)
		}
	}
	return found
}

// sheetXML returns a sheet as it is in the file.
func sheetXML(t *testing.T, f *excelize.File, sheet string) string {
	t.Helper()
	at, err := f.GetSheetIndex(sheet)
	if err != nil || at < 0 {
		t.Fatalf("no sheet %s: %v", sheet, err)
	}
	id := f.WorkBook.Sheets.Sheet[at].ID
	rels, _ := f.Pkg.Load("xl/_rels/workbook.xml.rels")
	target := regexp.MustCompile(`Id="` + id + `"[^>]*Target="([^"]*)"`).FindSubmatch(rels.([]byte))
	content, _ := f.Pkg.Load("xl/" + string(target[1]))
	return string(content.([]byte))
}

func TestHeadingsAreFrozenFilteredAndPrinted(t *testing.T) {
	records := []batch.Record{invited(2, "a@x.example", "a@x.example"), refused(3, "b@x.example", batch.Failed, "E", "b@x.example")}
	f := written(t, Results{Columns: []string{"Email"}, Records: sequence(records...)})
	for sheet, ref := range map[string]string{"Results": "A1:S3", "Failed": "A1:S2"} {
		panes, err := f.GetPanes(sheet)
		if err != nil || !panes.Freeze || panes.YSplit != 1 {
			t.Errorf("%s: panes %+v, %v", sheet, panes, err)
		}
		if tables, err := f.GetTables(sheet); err != nil || len(tables) != 1 || tables[0].Range != ref || !*tables[0].ShowRowStripes {
			t.Errorf("%s: tables %+v, %v", sheet, tables, err)
		}
		look, _ := f.GetCellStyle(sheet, "A1")
		if s, err := f.GetStyle(look); err != nil || !s.Font.Bold {
			t.Errorf("%s: heading is not bold, %v", sheet, err)
		}
		layout, _ := f.GetPageLayout(sheet)
		pages := map[string]int{"Results": 3, "Failed": 1}[sheet] // as wide as can be read
		assert.Equal(t, sheet+" page", fmt.Sprint(*layout.Orientation, *layout.FitToWidth, *layout.FitToHeight), fmt.Sprintf("landscape%d 0", pages))
	}
}

// Each page says whose rows it has: address and name are on all of them, on Results with the
// columns between, or the address alone where there is too much between the two.
func TestEveryPageSaysWho(t *testing.T) {
	wide := strings.Repeat("wide ", 20)
	for _, test := range []struct {
		columns []string
		who     []int
		want    string
	}{
		{[]string{"Company", "First", "Last", "Email"}, []int{3, 1, 2}, "'Results'!$B:$D,'Results'!$1:$1 'Failed'!$A:$C,'Failed'!$1:$1"},
		{[]string{"Email", wide, wide, "Name"}, []int{0, 3}, "'Results'!$A:$A,'Results'!$1:$1 'Failed'!$A:$B,'Failed'!$1:$1"},
		{[]string{"Mail"}, nil, "'Results'!$1:$1 'Failed'!$1:$1"},
	} {
		f := written(t, Results{Columns: test.columns, Who: test.who, Records: sequence(refused(2, "a@x.example", batch.Failed, "E", test.columns...))})
		var got []string
		for _, name := range f.GetDefinedName() {
			if name.Name == "_xlnm.Print_Titles" {
				got = append(got, name.RefersTo)
			}
		}
		assert.Equal(t, strings.Join(test.columns, "|"), strings.Join(got, " "), test.want)
	}
}

func TestLinksUpToALimit(t *testing.T) {
	var records []batch.Record
	for i := range 5 {
		records = append(records, invited(i+2, fmt.Sprint(i), fmt.Sprint(i)))
	}
	records[1].Outcome.RedeemURL = secret.New("https://x.example/has space")
	r := Results{Columns: []string{"Email"}, Records: sequence(records...)}
	f := built(t, r, func(b *book) { b.results.maxLinks = 3 })
	var got []bool
	for i, rec := range records {
		cell := fmt.Sprintf("C%d", i+2)
		linked, target, err := f.GetCellHyperLink("Results", cell)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, linked)
		if url := rec.Outcome.RedeemURL.Reveal(); linked && target != url {
			t.Errorf("%s leads to %s, not %s", cell, target, url)
		}
		if text, _ := f.GetCellValue("Results", cell); text != rec.Outcome.RedeemURL.Reveal() {
			t.Errorf("%s holds %s", cell, text)
		}
	}
	assert.Equal(t, "linked", got, []bool{true, false, true, true, false})
}

// TestALinkLooksAsItIs: one that was replaced is struck out and leads nowhere, one that
// may have been is in italics.
func TestALinkLooksAsItIs(t *testing.T) {
	var records []batch.Record
	for i, change := range []func(*batch.Outcome){
		func(*batch.Outcome) {},
		func(o *batch.Outcome) { o.RedeemURL = secret.Text{} },
		func(o *batch.Outcome) { o.Superseded = batch.LinkUncertain },
		func(o *batch.Outcome) { o.Status, o.ErrorCode = batch.Duplicate, batch.CodeSameGuest },
		func(o *batch.Outcome) { o.Status = batch.Removed },
		func(o *batch.Outcome) {
			o.Superseded, o.RedeemURL = batch.LinkUncertain, secret.New("https://x.example/has space")
		},
	} {
		rec := invited(i+2, fmt.Sprint(i), fmt.Sprint(i))
		change(&rec.Outcome)
		records = append(records, rec)
	}
	f := written(t, Results{Columns: []string{"Email"}, Records: sequence(records...)})
	type look struct {
		state, text                        string
		linked, underlined, struck, italic bool
	}
	var got []look
	for i := range records {
		cell := fmt.Sprintf("C%d", i+2)
		linked, _, err := f.GetCellHyperLink("Results", cell)
		if err != nil {
			t.Fatal(err)
		}
		id, _ := f.GetCellStyle("Results", cell)
		style, err := f.GetStyle(id)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := f.GetCellValue("Results", cell)
		state, _ := f.GetCellValue("Results", fmt.Sprintf("D%d", i+2))
		font := *cmp.Or(style.Font, &excelize.Font{})
		got = append(got, look{state, text, linked, font.Underline == "single", font.Strike, font.Italic})
	}
	link := func(i int) string { return records[i].Outcome.RedeemURL.Reveal() }
	assert.Equal(t, "links", fmt.Sprint(got), fmt.Sprint([]look{
		{"live", link(0), true, true, false, false},
		{"missing", "", false, false, false, false},
		{"uncertain", link(2), true, true, false, true},
		{"replaced", link(3), false, false, true, false},
		{"replaced", link(4), false, false, true, false},
		{"uncertain", link(5), false, false, false, true},
	}))
	rows := part(t, f, "By status")
	assert.Equal(t, "links that are text only", rows[len(rows)-1][:2], []string{"links as plain text", "1"})
}

func TestTheSummarySaysWhichLinksAreText(t *testing.T) {
	var records []batch.Record
	for i := range 5 {
		records = append(records, invited(i+2, fmt.Sprint(i), fmt.Sprint(i)))
	}
	r := Results{Columns: []string{"Email"}, Records: sequence(records...)}
	f := built(t, r, func(b *book) { b.results.maxLinks = 3 })
	rows := part(t, f, "By status")
	assert.Equal(t, "last line", rows[len(rows)-1], []string{"links as plain text", "2", "copy these into a browser: Excel allows 65,530 links on a sheet"})
}

func TestTheStatusIsColouredByARule(t *testing.T) {
	var records []batch.Record
	for _, status := range batch.Statuses() {
		records = append(records, refused(2, "a@x.example", status, "E", "a"))
	}
	f := written(t, Results{Columns: []string{"Email"}, Records: sequence(records...)})
	for sheet, cells := range map[string]string{"Results": "B2:B9", "Failed": "B2:B4", results.SheetSummary: "A8:A15"} {
		formats, err := f.GetConditionalFormats(sheet)
		if err != nil || len(formats) != 1 || len(formats[cells]) != len(batch.Statuses()) {
			t.Fatalf("%s: %v, %v", sheet, formats, err)
		}
		for i, status := range batch.Statuses() {
			assert.Equal(t, "value", formats[cells][i].Value, `"`+string(status)+`"`)
			look, err := f.GetConditionalStyle(*formats[cells][i].Format)
			if err != nil || look.Fill.Color[0] != paints[status].fill || look.Font.Color != paints[status].font {
				t.Errorf("%s: %s looks like %+v, %v", sheet, status, look, err)
			}
		}
		rows, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		column, from, _, to := corners(cells)
		for row := from; row <= to; row++ {
			if text := rows[row-1][column-1]; !slices.Contains(batch.Statuses(), batch.Status(text)) {
				t.Errorf("%s: the rules are for %q", sheet, text)
			}
		}
	}
}

func TestACellWithoutALinkDoesNotLookLikeOne(t *testing.T) {
	rec := invited(2, "a@x.example", "a@x.example")
	rec.Outcome.Status = batch.Failed // is on two sheets
	r := Results{Columns: []string{"Email"}, Records: sequence(rec)}
	f := built(t, r, func(b *book) { b.failed.maxLinks = 0 })
	for sheet, want := range map[string]bool{"Results": true, "Failed": false} {
		id, _ := f.GetCellStyle(sheet, "C2")
		look, err := f.GetStyle(id)
		if err != nil || (look.Font.Underline == "single") != want {
			t.Errorf("%s: underline %q, %v", sheet, look.Font.Underline, err)
		}
	}
}

func TestColumnsSuitThePeekedRows(t *testing.T) {
	rec := invited(2, "a@x.example", "a", strings.Repeat("ö", 20)+"\nshort", strings.Repeat("x", 500))
	f := written(t, Results{Columns: []string{"E", "Name", "Essay"}, Records: sequence(rec)})
	want := map[string]float64{"A": xlsx.MinWidth, "B": 20 + xlsx.Padding, "C": maxWidth, "E": urlWidth}
	for column, width := range want {
		if got, err := f.GetColWidth("Results", column); err != nil || got != width {
			t.Errorf("column %s is %v wide, not %v: %v", column, got, width, err)
		}
	}
}

func TestASequenceMayUseItsCellsAgain(t *testing.T) {
	records := func(yield func(batch.Record, error) bool) {
		cells := make([]string, 1)
		for i := range 3 {
			cells[0] = fmt.Sprint(i)
			if !yield(invited(i+2, "a@x.example", cells...), nil) {
				return
			}
		}
	}
	rows := rowsOf(t, written(t, Results{Columns: []string{"Email"}, Records: records}), "Results")
	assert.Equal(t, "cells", []string{rows[1][0], rows[2][0], rows[3][0]}, []string{"0", "1", "2"})
}

func TestASandboxWorkbookSaysSoEverywhere(t *testing.T) {
	r := Results{Columns: []string{"Email"}, Records: sequence(invited(2, "a@x.example", "a@x.example"))}
	r.Summary.Sandbox = true
	f := written(t, r)
	assert.Equal(t, "first heading", rowsOf(t, f, "Results")[0][0], "Email")
	summary := rowsOf(t, f, results.SheetSummary)
	assert.Equal(t, "banner", summary[0][0]+": "+summary[1][0], "SANDBOX: no one was invited: the tenant was simulated, and the links lead nowhere")
	id, _ := f.GetCellStyle(results.SheetSummary, "A1")
	if look, err := f.GetStyle(id); err != nil || look.Font.Size < 36 {
		t.Errorf("the banner is not in large letters: %+v, %v", look, err)
	}
	for _, sheet := range f.GetSheetList() {
		header, err := f.GetHeaderFooter(sheet)
		if err != nil || !strings.Contains(header.OddHeader, xlsx.SandboxBanner) {
			t.Errorf("%s: page header %+v, %v", sheet, header, err)
		}
		props, _ := f.GetSheetProps(sheet)
		assert.Equal(t, sheet+" tab", *props.TabColorRGB, xlsx.Amber)
	}
	props, err := f.GetDocProps()
	if err != nil || props.Title != xlsx.SandboxBanner+": Guest invitations" {
		t.Errorf("title %q, %v", props.Title, err)
	}
}

func TestTheFileSaysThatItIsConfidential(t *testing.T) {
	r := Results{Columns: []string{"Email"}, Records: sequence()}
	r.Summary.Tool, r.Summary.List = "guestlist 1", "lists/partners.xlsx"
	f := written(t, r)
	p, err := f.GetDocProps()
	if err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "properties", []string{p.Title, p.Creator, p.Category}, []string{"Guest invitations: partners.xlsx", "guestlist 1", "Confidential"})
	if !strings.Contains(p.Description, confidential) || p.Subject == "" || p.Keywords == "" {
		t.Errorf("properties %+v", p)
	}
	for _, sheet := range f.GetSheetList() {
		page, err := f.GetHeaderFooter(sheet)
		if err != nil || !strings.Contains(page.OddFooter, confidential) {
			t.Errorf("%s: foot %+v, %v", sheet, page, err)
		}
	}
}

func TestOnFailedTheErrorIsInSight(t *testing.T) {
	f := written(t, Results{Columns: []string{"Email"}, Records: sequence(refused(2, "a@x.example", batch.Failed, "E", "a"))})
	if width, err := f.GetColWidth("Failed", "F"); err != nil || width >= urlWidth {
		t.Errorf("the empty redeem URLs are %v wide, %v", width, err)
	}
	if text := sheetXML(t, f, "Results"); !strings.Contains(text, `<ignoredError sqref="A1:S2" numberStoredAsText="true"`) {
		t.Error("Excel marks texts that look like numbers")
	}
}

func TestARealWorkbookDoesNotMentionTheSandbox(t *testing.T) {
	f := written(t, Results{Columns: []string{"Email"}, Records: sequence(invited(2, "a@x.example", "a@x.example"))})
	f.Pkg.Range(func(name, content any) bool {
		if bytes.Contains(bytes.ToUpper(content.([]byte)), []byte("SANDBOX")) {
			t.Errorf("%v does", name)
		}
		return true
	})
}

func TestACellOfManyLinesShowsThem(t *testing.T) {
	f := written(t, Results{Columns: []string{"Email", "Project"}, Records: sequence(
		invited(2, "a@x.example", "a@x.example", "Harbor\nphase 2"),
		invited(3, "b@x.example", "b@x.example", "Harbor"),
		invited(4, "c@x.example", "c@x.example", strings.Repeat("line\n", 40)),
	)})
	for row, lines := range map[int]float64{2: 2, 3: 1, 4: maxCellLines} {
		if height, err := f.GetRowHeight("Results", row); err != nil || height != lines*xlsx.LineHeight {
			t.Errorf("row %d is %v points high, %v", row, height, err)
		}
	}
	id, err := f.GetCellStyle("Results", "B2")
	if err != nil {
		t.Fatal(err)
	}
	if look, err := f.GetStyle(id); err != nil || !look.Alignment.WrapText || look.NumFmt != xlsx.AsText {
		t.Errorf("the cell has the style %+v, %v", look, err)
	}
}

// FuzzCell holds that any text comes back as it was, apart from what XML or
// Excel cannot hold.
func FuzzCell(f *testing.F) {
	for _, seed := range []string{"", "=1+1", "_x0041_", "_x005F_", "_x005F_x005F_", "a\x00b", "\xff", "\r\n", "]]>", "_xD800_", "_x005f_", " "} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := Results{Columns: []string{"Email"}, Records: sequence(invited(2, "a@x.example", text))}
		b := built(t, r, func(*book) {})
		got, err := b.GetCellValue("Results", "A2")
		if err != nil {
			t.Fatal(err)
		}
		if want, _ := xlsx.Fit(throughXML(t, text)); got != want {
			t.Errorf("%q came back as %q, not %q", text, got, want)
		}
	})
}

// throughXML returns text as an XML document can hold it.
func throughXML(t *testing.T, text string) string {
	t.Helper()
	var doc bytes.Buffer
	doc.WriteString("<t>")
	if err := xml.EscapeText(&doc, []byte(text)); err != nil {
		t.Fatal(err)
	}
	doc.WriteString("</t>")
	var got string
	if err := xml.NewDecoder(io.Reader(&doc)).Decode(&got); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestALongCellIsMarkedInTheWorkbook(t *testing.T) {
	long := strings.Repeat("long ", 8000)
	rows := rowsOf(t, written(t, Results{Columns: []string{"Email"}, Records: sequence(refused(2, "", batch.Invalid, "E", long))}), "Failed")
	if !strings.HasSuffix(rows[1][0], "… [cut here: 40,000 characters]") {
		t.Errorf("ends in %q", rows[1][0][len(rows[1][0])-40:])
	}
}

func TestSerialTellsEverySecond(t *testing.T) {
	at := time.Date(2026, 2, 28, 23, 59, 0, 0, time.UTC)
	var records []batch.Record
	for i := range 200 {
		rec := invited(i+2, "a@x.example", "a@x.example")
		rec.Outcome.At = at.Add(time.Duration(i)*time.Second + 999*time.Millisecond)
		records = append(records, rec)
	}
	rows := rowsOf(t, written(t, Results{Columns: []string{"Email"}, Records: sequence(records...)}), "Results")
	for i, row := range rows[1:] {
		assert.Equal(t, "time", row[13], at.Add(time.Duration(i)*time.Second).Format(time.DateTime))
	}
}

func TestFits(t *testing.T) {
	for _, tt := range []struct {
		columns, widest int
		fits            bool
	}{{16_366, 0, true}, {16_367, 0, false}, {2, 16_366, true}, {2, 16_367, false}} {
		var tooWide *xlsx.WidthError
		if err := Fits(make([]string, tt.columns), tt.widest, false); errors.As(err, &tooWide) == tt.fits {
			t.Errorf("%d columns, %d cells in the widest row: %v", tt.columns, tt.widest, err)
		}
	}
}
