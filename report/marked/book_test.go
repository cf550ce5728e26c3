package marked

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
	"guestlist/batch/results"
	reader "guestlist/batch/sheet"
	"guestlist/internal/assert"
	"guestlist/report/xlsx"
)

// tuned writes a list with other limits than those of Excel.
func tuned(t *testing.T, l List, tune func(*book)) []byte {
	t.Helper()
	b, err := newBook(t.TempDir(), l)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = b.Close() }()
	tune(b)
	var out bytes.Buffer
	if err := errors.Join(b.fill(t.Context(), l.Rows), b.Write(t.Context(), &out)); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestMarkedCellsHaveTheirColours(t *testing.T) {
	f := written(t, people())
	fill := func(cell string) string {
		id, err := f.GetCellStyle("Guests", cell)
		if err != nil {
			t.Fatal(err)
		}
		look, err := f.GetStyle(id)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(look.Fill.Color, "")
	}
	red, blue, yellow := looks[batch.SeverityInvalid].fill, looks[batch.SeverityDuplicate].fill, looks[batch.SeverityWarning].fill
	want := map[string]string{
		"B2": "", "D2": "", // nothing wrong
		"A3": "", "B3": red, "C3": red, "D3": red,
		"B4": yellow, "D4": yellow,
		"B5": blue, "D5": blue, // a warning too, but less grave
		"B6": red, "C6": "", "D6": red, // about a column that is not there
	}
	got := map[string]string{}
	for cell := range want {
		got[cell] = fill(cell)
	}
	assert.Equal(t, "fills", got, want)
}

// A text beyond the headings is marked itself, and not the address, which is right.
func TestStrayTextIsMarkedItself(t *testing.T) {
	stray := batch.Problem{Severity: batch.SeverityInvalid, Field: batch.Email, Kind: batch.KindSurplus, Column: "column B", Value: "fr", What: "is text beyond the last heading", Advice: "Put quotes."}
	f := written(t, List{Sheet: "Guests", Header: header("Email"), Rows: sequence(row(2, "anna@fabrikam.example", "fr").with(stray))})
	color := func(cell string) string {
		id, err := f.GetCellStyle("Guests", cell)
		look, styleErr := f.GetStyle(id)
		if err := errors.Join(err, styleErr); err != nil {
			t.Fatal(err)
		}
		return strings.Join(look.Fill.Color, "")
	}
	red := looks[batch.SeverityInvalid].fill
	assert.Equal(t, "fills", []string{color("A2"), color("C2")}, []string{"", red})
	assert.Equal(t, "row", rowsOf(t, f, "Guests")[1], []string{"anna@fabrikam.example", "Needs correction - “fr” is text beyond the last heading. Put quotes.", "fr"})
}

// formatOf is what a value typed into a cell is taken for.
func formatOf(t *testing.T, f *excelize.File, sheet, cell string) int {
	t.Helper()
	id, err := f.GetCellStyle(sheet, cell)
	if err != nil {
		t.Fatal(err)
	}
	look, err := f.GetStyle(id)
	if err != nil {
		t.Fatal(err)
	}
	return look.NumFmt
}

func TestWhatIsTypedStaysText(t *testing.T) {
	f := written(t, people())
	for cell, what := range map[string]string{
		"A1": "a heading", "A2": "a cell", "C2": "an empty cell", "B3": "a marked cell", "D3": "the words",
		"E6": "a cell beyond the headings", "A7": "a row below the list", "D99": "a row far below",
	} {
		if format := formatOf(t, f, "Guests", cell); format != xlsx.AsText {
			t.Errorf("%s, %s: format %d", cell, what, format)
		}
	}
}

func TestEveryCellIsText(t *testing.T) {
	texts := []string{"=1+1", "+31 20", "@SUM(A1)", "-5", "007", "1e5", "TRUE", "2026-09-14", "'x", " around ", "two\nlines", "_x0041_", "bell\x07"}
	want := slices.Clone(texts)
	want[len(want)-1] = "bell\uFFFD"
	problem := batch.Problem{Field: batch.Email, Severity: batch.SeverityInvalid, What: "=2+2", Advice: "=3+3"}
	f := written(t, List{Header: header(texts...), Rows: sequence(row(2, texts...).with(problem))})
	for r := 1; r <= 2; r++ {
		for i := range want {
			name, _ := excelize.CoordinatesToCellName(i+1, r)
			got, err := f.GetCellValue("List", name)
			if err != nil || got != want[i] {
				t.Errorf("%s: %q came back as %q, %v", name, texts[i], got, err)
			}
			if kind, _ := f.GetCellType("List", name); kind != excelize.CellTypeInlineString {
				t.Errorf("%s: %q is of type %v", name, texts[i], kind)
			}
		}
	}
}

func TestASecondCheckTakesTheColumnOver(t *testing.T) {
	first := written(t, people())
	rows := rowsOf(t, first, "Guests")
	again := List{Sheet: "Guests", Header: batch.Header{Columns: rows[0], Fields: map[batch.Field]int{batch.Name: 0, batch.Email: 1}}}
	var list []Row
	for i, cells := range rows[1:] {
		list = append(list, row(i+2, cells...))
	}
	list[2] = list[2].with(batch.Problem{Field: batch.Name, Severity: batch.SeverityInvalid, What: "is too short", Advice: "Write it out."})
	again.Rows = sequence(list...)
	f := written(t, again)
	got := rowsOf(t, f, "Guests")
	assert.Equal(t, "headings", got[0], []string{"Name", "Email", "Sponsors", "What to correct"})
	assert.Equal(t, "corrected row", got[2], []string{"Berta", "berta@", "6f1c9d3e-0000-4000-8000-000000000001; boss"})
	assert.Equal(t, "marked row", got[3][3:], []string{"Needs correction - Name: is too short. Write it out."})
	assert.Equal(t, "stray cell", got[5], []string{"Dora", "dora@fabrikam.example", "", "", "stray"})
}

func TestTheColumnOfAnEarlierVersionIsTakenOver(t *testing.T) {
	f := written(t, List{Header: header("Email", "what to mend ", "Note"), Rows: sequence(row(2, "a@x.example", "Needs mending", "b"))})
	assert.Equal(t, "rows", rowsOf(t, f, "List"), [][]string{{"Email", "What to correct", "Note"}, {"a@x.example", "", "b"}})
}

func TestLinksOfAResultsWorkbookAreLeftOut(t *testing.T) {
	headings := append([]string{"Email"}, results.Columns()...)
	cells := make([]string, len(headings))
	cells[0] = "a@x.example"
	for i, heading := range headings[1:] {
		cells[i+1] = "https://secret.example/" + heading
	}
	f := written(t, List{Header: header(headings...), Rows: sequence(row(2, cells...))})
	got := rowsOf(t, f, "List")
	assert.Equal(t, "headings", got[0], append(slices.Clone(headings), Column))
	cells[slices.Index(headings, results.ColumnRedeemURL)] = ""
	assert.Equal(t, "cells", got[1], cells)
	if text := guideOf(t, f); !strings.Contains(text, "The column “Redeem URL” is empty here") {
		t.Errorf("Read me does not say so:\n%s", text)
	}
	own := written(t, List{Header: header("Email", "Redeem URL"), Rows: sequence(row(2, "a", "b"))})
	assert.Equal(t, "a column of one's own", rowsOf(t, own, "List")[1], []string{"a", "b"})
}

func TestTheWorkbookIsAList(t *testing.T) {
	path := filepath.Join(t.TempDir(), "marked.xlsx")
	var out bytes.Buffer
	if err := Write(t.Context(), &out, people()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	list, err := reader.Open(path, reader.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = list.Close() }()
	assert.Equal(t, "sheet", list.Sheet(), "Guests")
	assert.Equal(t, "headings", list.Header().Columns, []string{"Name", "Email", "Sponsors", "What to correct"})
	var got, want []string
	for r := range people().Rows {
		want = append(want, r.Cells[1])
	}
	for r, err := range list.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, list.Header().Value(r, batch.Email))
	}
	assert.Equal(t, "addresses", got, want)
	assert.Equal(t, "notices", list.Notices(), []string(nil))
}

// numbered is a list of n rows, each of which repeats the one before.
func numbered(n int) List {
	return List{Sheet: "Guests", Header: header("Email"), Rows: func(yield func(Row, error) bool) {
		for i := range n {
			r := row(i+2, "guest"+strconv.Itoa(i)+"@fabrikam.example")
			if i > 0 {
				r.Problems = []batch.Problem{{Field: batch.Email, Severity: batch.SeverityDuplicate, Repeats: i + 1}}
			}
			if !yield(r, nil) {
				return
			}
		}
	}}
}

func TestALongListGoesOnOnTheNextSheet(t *testing.T) {
	f := opened(t, tuned(t, numbered(10), func(b *book) { b.maxRows = 5 }))
	assert.Equal(t, "sheets", f.GetSheetList(), []string{"Guests", "Guests 2", "Guests 3", "Read me"})
	var got []string
	for _, name := range f.GetSheetList()[:3] {
		rows := rowsOf(t, f, name)
		assert.Equal(t, name+" headings", rows[0], []string{"Email", "What to correct"})
		for _, r := range rows[1:] {
			got = append(got, r[0])
		}
	}
	var want []string
	for i := range 10 {
		want = append(want, "guest"+strconv.Itoa(i)+"@fabrikam.example")
	}
	assert.Equal(t, "rows", got, want)
	second := rowsOf(t, f, "Guests 2")
	assert.Equal(t, "across sheets", strings.Contains(second[1][1], "the same address as in row 5 of the sheet “Guests”."), true)
	assert.Equal(t, "on one sheet", strings.Contains(second[2][1], "the same address as in row 2."), true)
	if text := guideOf(t, f); !strings.Contains(text, "Its sheets are “Guests”, “Guests 2”, “Guests 3”.") {
		t.Errorf("Read me does not say so:\n%s", text)
	}
}

// guideOf is the text of the sheet that explains.
func guideOf(t *testing.T, f *excelize.File) string {
	t.Helper()
	var lines []string
	for _, r := range rowsOf(t, f, readme) {
		lines = append(lines, strings.Join(r, " | "))
	}
	return strings.Join(lines, "\n")
}

func TestReadMeCountsAndExplains(t *testing.T) {
	text := guideOf(t, written(t, people()))
	for _, want := range []string{
		"What to correct in this list", "List | partners.xlsx", "Rows | 5; there is nothing to correct in 1 of them.",
		"Needs correction | The guest cannot be invited until this is corrected. | 2",
		"Listed twice | The same address is already in an earlier row.",
		"Please check | The row can be sent as it is. Check whether it is meant that way. | 1",
		"sheet “Guests”",
		"Email | Needs correction - is not an address like name@example.com. | 1",
		"Email | Listed twice - the same address as in an earlier row. | 1",
		"Email | Please check - has the sign + in its user name. | 2",
		"redirect-url | Needs correction - is not an absolute address. | 1",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
	for _, not := range []string{"Good to know", "boss", "continues on the next"} {
		if strings.Contains(text, not) {
			t.Errorf("it says %q:\n%s", not, text)
		}
	}
}

func TestReadMeListsSoManyCauses(t *testing.T) {
	l := List{Header: header("Email"), Rows: func(yield func(Row, error) bool) {
		for i := range 2 * maxCauses {
			if !yield(row(i+2, "x").with(batch.Problem{Field: batch.Email, Severity: batch.SeverityInvalid, What: "is wrong in way " + strconv.Itoa(i)}), nil) {
				return
			}
		}
	}}
	rows := rowsOf(t, written(t, l), "Read me")
	last := rows[len(rows)-1]
	assert.Equal(t, "rest", last, []string{"(other)", "Please check - see the column What to correct.", "500"})
}

func TestLongTextsAreCutAndCounted(t *testing.T) {
	long := strings.Repeat("x", 40_000)
	f := written(t, List{Header: header("Email"), Rows: sequence(row(2, long))})
	got, _ := f.GetCellValue("List", "A2")
	if n := len(utf16.Encode([]rune(got))); n > excelize.TotalCellChars || !strings.HasSuffix(got, " … [cut here: 40,000 characters]") {
		t.Errorf("%d bytes ending in %q", len(got), got[len(got)-40:])
	}
	if text := guideOf(t, f); !strings.Contains(text, "1 text was too long for a cell of Excel and cut") {
		t.Errorf("Read me does not say so:\n%s", text)
	}
}

func TestHeadingsAreFrozenFilteredAndPrinted(t *testing.T) {
	f := written(t, people())
	panes, err := f.GetPanes("Guests")
	if err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("panes %+v, %v", panes, err)
	}
	names := map[string]string{}
	for _, n := range f.GetDefinedName() {
		names[n.Name+" "+n.Scope] = n.RefersTo
	}
	assert.Equal(t, "names", names, map[string]string{
		"_xlnm.Print_Titles Guests": "'Guests'!$1:$1", "_xlnm._FilterDatabase Guests": "'Guests'!$A$1:$D$6",
	})
}

func TestASequenceMayUseItsCellsAgain(t *testing.T) {
	l := List{Header: header("Email"), Rows: func(yield func(Row, error) bool) {
		cells, problems := []string{""}, []batch.Problem{{Field: batch.Email, Severity: batch.SeverityInvalid}}
		for i := range peekRows + 10 {
			cells[0], problems[0].What = strconv.Itoa(i), "is number "+strconv.Itoa(i)
			if !yield(Row{Row: batch.Row{Line: i + 2, Cells: cells}, Problems: problems}, nil) {
				return
			}
		}
	}}
	for i, r := range rowsOf(t, written(t, l), "List")[1:] {
		n := strconv.Itoa(i)
		if r[0] != n || r[1] != "Needs correction - Email: is number "+n+"." {
			t.Fatalf("row %d is %q", i, r)
		}
	}
}

func TestAnEmptyListGivesHeadings(t *testing.T) {
	f := written(t, List{Header: header("Email"), Rows: sequence()})
	assert.Equal(t, "rows", rowsOf(t, f, "List"), [][]string{{"Email", "What to correct"}})
}

func TestErrorsReachTheCaller(t *testing.T) {
	broken := errors.New("row 7 is torn")
	failing := func(fail error) iter.Seq2[Row, error] {
		return func(yield func(Row, error) bool) {
			_ = yield(row(2, "a"), nil) && yield(Row{}, fail)
		}
	}
	var out bytes.Buffer
	if err := Write(t.Context(), &out, List{Header: header("Email"), Rows: failing(broken)}); !errors.Is(err, broken) || out.Len() > 0 {
		t.Errorf("rows: %v, and %d bytes", err, out.Len())
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(broken)
	if err := Write(ctx, io.Discard, people()); !errors.Is(err, broken) {
		t.Errorf("context: %v", err)
	}
	if err := Write(t.Context(), full{broken}, people()); !errors.Is(err, broken) {
		t.Errorf("writer: %v", err)
	}
	var wide *xlsx.WidthError
	if err := Write(t.Context(), io.Discard, List{Header: header(make([]string, excelize.MaxColumns)...)}); !errors.As(err, &wide) || wide.Cells != excelize.MaxColumns+1 || wide.Hint() == "" {
		t.Errorf("headings: %v", err)
	}
	cells := make([]string, excelize.MaxColumns)
	l := List{Header: header("Email"), Rows: sequence(row(2, cells...))}
	if err := Write(t.Context(), io.Discard, l); err != nil {
		t.Errorf("empty cells were counted: %v", err)
	}
	cells[len(cells)-1] = "x"
	if err := Write(t.Context(), io.Discard, l); !errors.As(err, &wide) || wide.Line != 2 {
		t.Errorf("cells: %v", err)
	}
}

// full is a disk that takes no more.
type full struct{ err error }

func (f full) Write([]byte) (int, error) { return 0, f.err }

func TestNothingTemporaryIsLeftBehind(t *testing.T) {
	scratch := t.TempDir()
	t.Setenv("TMPDIR", scratch)
	t.Setenv("TMP", scratch)
	for range 2 {
		if err := Write(t.Context(), io.Discard, numbered(1000)); err != nil {
			t.Fatal(err)
		}
	}
	_ = Write(t.Context(), full{io.ErrShortWrite}, people())
	entries, err := os.ReadDir(scratch)
	if err != nil || len(entries) > 0 {
		t.Errorf("%v, %v", entries, err)
	}
}

func TestSheetName(t *testing.T) {
	tests := []struct {
		own    string
		number int
		want   string
	}{
		{"", 1, "List"},
		{"", 2, "List 2"},
		{"Guests", 1, "Guests"},
		{"Guests", 12, "Guests 12"},
		{"read ME", 1, "List"},
		{"Read me", 2, "List 2"},
		{"History", 1, "List"},
		{"'Anna's'", 1, "’Anna’s’"},
		{"a/b\\c:d?e*f[g]h\x01", 1, "a-b-c-d-e-f-g-h-"},
		{strings.Repeat("x", 40), 1, strings.Repeat("x", 31)},
		{strings.Repeat("x", 31), 2, strings.Repeat("x", 29) + " 2"},
		{strings.Repeat("😀", 20), 1, strings.Repeat("😀", 15)},
		{"  ", 1, "List"},
	}
	for _, test := range tests {
		if got := sheetName(test.own, test.number); got != test.want {
			t.Errorf("%q, %d: %q, want %q", test.own, test.number, got, test.want)
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	const rows = 100_000
	for b.Loop() {
		if err := Write(b.Context(), io.Discard, numbered(rows)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
}

// said are the comments of a sheet by cell.
func said(t *testing.T, f *excelize.File, sheet string) map[string]string {
	t.Helper()
	comments, err := f.GetComments(sheet)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, c := range comments {
		if c.Author != xlsx.CommentAuthor {
			t.Errorf("%s: xlsx.CommentAuthor %q", c.Cell, c.Author)
		}
		for _, p := range c.Paragraph {
			texts[c.Cell] += p.Text
		}
	}
	if len(texts) != len(comments) {
		t.Errorf("%d comments at %d cells", len(comments), len(texts))
	}
	return texts
}

func TestCommentsStandAtTheirCells(t *testing.T) {
	assert.Equal(t, "comments", said(t, written(t, people()), "Guests"), map[string]string{
		"C3": "Needs correction\n“boss” is not an object id. Give object ids of users or groups, with ; between them.",
		"B3": "Needs correction\nIs not an address like name@example.com. Correct the address.",
		"B4": "Please check\nHas the sign + in its user name. Microsoft documents it as not permitted: see whether there is an address without it.",
		"B5": "Listed twice\nThe same address as in row 2. Nothing to do.\n\n" +
			"Please check\n“carl+x@fabrikam.example” has the sign + in its user name. Microsoft documents it as not permitted: see whether there is an address without it.",
		"B6": "Needs correction\n“portal” is not an absolute address. Give one.",
	})
}

func TestAListWithoutMarksHasNoComments(t *testing.T) {
	f := written(t, List{Header: header("Email"), Rows: sequence(row(2, "a@x.example"))})
	assert.Equal(t, "comments", said(t, f, "List"), map[string]string{})
}

func TestCommentsAreBounded(t *testing.T) {
	f := written(t, numbered(maxComments+100))
	assert.Equal(t, "comments", len(said(t, f, "Guests")), maxComments)
	rows := rowsOf(t, f, "Guests")
	last := rows[len(rows)-1]
	if !strings.HasPrefix(last[1], "Listed twice") {
		t.Errorf("the last row says %q", last)
	}
	name := "A" + strconv.Itoa(len(rows))
	if id, _ := f.GetCellStyle("Guests", name); id == 0 {
		t.Error("the last row has no colour")
	}
	if text := guideOf(t, f); !strings.Contains(text, "Only the first 5,000 marked cells have a comment, since more would make the workbook slow; 99 others have") {
		t.Errorf("Read me does not say so:\n%s", text)
	}
}

func TestALongCommentIsCut(t *testing.T) {
	f := written(t, List{Header: header("Email"), Rows: sequence(
		row(2, "x").with(batch.Problem{Field: batch.Email, Severity: batch.SeverityInvalid, What: strings.Repeat("y", 2000)}),
	)})
	text := said(t, f, "List")["A2"]
	if n := len([]rune(text)); n > maxComment+40 || !strings.HasSuffix(text, "…") {
		t.Errorf("%d characters ending in %q", n, text[len(text)-10:])
	}
}

func TestHeightOfRows(t *testing.T) {
	problem := batch.Problem{Field: batch.Email, Severity: batch.SeverityInvalid, What: "x"}
	f := written(t, List{Header: header("Email", "Note"), Rows: sequence(
		row(2, "a", "b"), row(3, "a", "b\nc").with(problem), row(4, "1\n2\n3\n4\n5\n6\n7\n8\n9"),
	)})
	for at, want := range map[int]float64{2: 15, 3: 30, 4: 75} {
		if height, err := f.GetRowHeight("List", at); err != nil || height != want {
			t.Errorf("row %d is %v points high, not %v: %v", at, height, want, err)
		}
	}
}
