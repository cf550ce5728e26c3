package report

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
	"guestlist/batch/results"
	"guestlist/internal/assert"
	"guestlist/internal/secret"
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
	b := refused(3, "b@x.example", batch.Failed, "Forbidden", "b@x.example")
	f := written(t, Results{Columns: []string{"Email", "Name"}, Records: sequence(a, b)})

	assert.Equal(t, "Results", rowsOf(t, f, "Results"), [][]string{
		append([]string{"Email", "Name"}, results.Columns()...),
		{
			"a@x.example", "Anna", "invited", a.Outcome.RedeemURL.Reveal(), "user-a@x.example", "PendingAcceptance",
			"", "", "", "1", "2026-09-14 12:00:00", "request-a@x.example", "2", "- 0000000000000000 a@x.example",
		},
		{
			"b@x.example", "", "failed", "", "", "",
			"Forbidden", "Forbidden said no", "see to Forbidden", "2", "", "", "3", "- 0000000000000000 b@x.example",
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
		for i, text := range texts {
			cell, _ := excelize.CoordinatesToCellName(i+1, 2)
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
	assert.Equal(t, "row", rows[1], []string{"old", "pending", "", "", "", "", "", "", "0"})
}

func TestRaggedRowsKeepTheirCells(t *testing.T) {
	short := invited(2, "a@x.example", "a@x.example")
	long := invited(3, "b@x.example", "b@x.example", "B", "three", "", "five", "", "")
	rows := rowsOf(t, written(t, Results{Columns: []string{"Email", "Name"}, Records: sequence(short, long)}), "Results")
	assert.Equal(t, "row lengths", []int{len(rows[0]), len(rows[1]), len(rows[2])}, []int{14, 14, 17})
	assert.Equal(t, "cells beyond the headings", rows[2][14:], []string{"three", "", "five"})
}

func TestARowTooWideIsAnErrorAndNotACut(t *testing.T) {
	wide := refused(7, "a@x.example", batch.Failed, "E", make([]string, 20_000)...)
	r := Results{Columns: []string{"Email"}, Records: sequence(wide)}
	if err := Write(t.Context(), filepath.Join(t.TempDir(), "out.xlsx"), r); err != nil {
		t.Errorf("empty cells were counted: %v", err)
	}
	wide.Cells[19_999] = "x"
	var tooWide *WidthError
	err := Write(t.Context(), filepath.Join(t.TempDir(), "out.xlsx"), r)
	if !errors.As(err, &tooWide) || tooWide.Line != 7 || tooWide.Hint() == "" {
		t.Errorf("got %v", err)
	}
	r = Results{Columns: make([]string, 16_380), Records: sequence()}
	if err := Write(t.Context(), filepath.Join(t.TempDir(), "out.xlsx"), r); !errors.As(err, &tooWide) || tooWide.Cells != 16_392 {
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
	assert.Equal(t, "headings", rows[0], rowsOf(t, f, "Results")[0])
	var got []string
	for _, row := range rows[1:] {
		got = append(got, row[0])
	}
	assert.Equal(t, "rows", got, []string{"failed", "invalid", "unconfirmed"})
}

func TestRowsThatLeftTheListHaveNoSourceRow(t *testing.T) {
	f := written(t, Results{Columns: []string{"Email"}, Records: sequence(invited(0, "gone@x.example", "gone@x.example"))})
	row := rowsOf(t, f, "Results")[1]
	assert.Equal(t, "last cells", row[len(row)-3:], []string{"request-gone@x.example", "", "- 0000000000000000 gone@x.example"})
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
	broken := errors.New("journal: page 7 is torn")
	many := func(fail error, cancel context.CancelFunc) iter.Seq2[batch.Record, error] {
		return func(yield func(batch.Record, error) bool) {
			for i := range 40_000 { // more than excelize keeps in memory
				if !yield(invited(i+2, fmt.Sprint(i), strings.Repeat("x", 200)), nil) {
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
				b := &book{file: excelize.NewFile()}
				cancel()
				err = Replace(path, func(w io.Writer) error { return b.pack(ctx, w) })
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
