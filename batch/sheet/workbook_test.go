package sheet

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
	"guestlist/batch/results"
	"guestlist/batch/sheet/xlsx/xlsxtest"
	"guestlist/internal/assert"
)

// writeBook writes a workbook made by hand to a file, and returns its path.
func writeBook(tb testing.TB, book xlsxtest.Book) string {
	tb.Helper()
	return write(tb, "book.xlsx", string(book.Bytes()))
}

func TestBlankWorkbook(t *testing.T) {
	t.Parallel()
	bad := firstError(t, save(t, excelize.NewFile()), Options{})
	if !errors.Is(bad, ErrEmpty) || !strings.Contains(bad.Error(), "neither headings nor guests") || !strings.Contains(bad.Hint(), "headings such as Email") {
		t.Errorf("got %v, %q", bad, bad.Hint())
	}
}

func TestSheetsPassedOver(t *testing.T) {
	t.Parallel()
	f := excelize.NewFile()
	guests := [][]any{{"Email", "Name"}, {"a@x.example", "Anna"}}
	cells(t, f, "Sheet1", guests...)
	cells(t, f, "Notes", []any{"Column", "Meaning"}, []any{"Email", "where the guest is reached"}, []any{"Name", "of the guest"})
	cells(t, f, "Empty", []any{"Email"})
	cells(t, f, "Hidden", guests...)
	cells(t, f, "2025", []any{"Guests of last year"}, guests[0], nil, guests[1])
	if err := f.SetSheetVisible("Hidden", false); err != nil {
		t.Fatal(err)
	}
	const hidden = `The hidden sheet "Hidden" has guests as well, and is not read; choose it with --sheet.`
	path := save(t, f)
	assert.Equal(t, "notices", open(t, path, Options{}).Notices(), []string{`The sheet "2025" has guests as well, and is not read; choose it with --sheet.`, hidden})
	assert.Equal(t, "notices of a sheet asked for", open(t, path, Options{Sheet: "Sheet1"}).Notices(), []string(nil))
	cells(t, f, "Companies", []any{"Company", "City"})
	if bad := firstError(t, save(t, f), Options{Sheet: "Companies"}); bad.Hint() != `The guests are in "Sheet1", "2025": name the sheet with --sheet.` {
		t.Errorf("a sheet without guests: %v, %q", bad, bad.Hint())
	}
	cells(t, f, "2024", guests...)
	assert.Equal(t, "notices", open(t, save(t, f), Options{}).Notices(), []string{`The sheets "2025", "2024" have guests as well, and are not read; choose one with --sheet.`, hidden})
}

// TestGuestsOnHiddenSheetsAlone has a cover in front of them, with or without text.
func TestGuestsOnHiddenSheetsAlone(t *testing.T) {
	t.Parallel()
	for cover, want := range map[string]string{"": "the guests are on a hidden sheet", "Welcome": "no column with email addresses"} {
		f := excelize.NewFile()
		cells(t, f, "Sheet1", []any{cover})
		cells(t, f, "Guests", []any{"Email"}, []any{"a@x.example"})
		if err := f.SetSheetVisible("Guests", false); err != nil {
			t.Fatal(err)
		}
		bad := firstError(t, save(t, f), Options{})
		if !strings.Contains(bad.Error(), want) || bad.Hint() != `The guests are in "Guests": name the sheet with --sheet.` {
			t.Errorf("%q: %v, %q", cover, bad, bad.Hint())
		}
	}
}

// cells fills a sheet, row by row from the first.
func cells(tb testing.TB, f *excelize.File, sheet string, rows ...[]any) {
	tb.Helper()
	if at, _ := f.GetSheetIndex(sheet); at < 0 {
		if _, err := f.NewSheet(sheet); err != nil {
			tb.Fatal(err)
		}
	}
	for i, row := range rows {
		if err := f.SetSheetRow(sheet, fmt.Sprintf("A%d", i+1), &row); err != nil {
			tb.Fatal(err)
		}
	}
}

// save writes a workbook to a file and returns its path. The name says nothing
// on purpose.
func save(tb testing.TB, f *excelize.File) string {
	tb.Helper()
	buf, err := f.WriteToBuffer()
	if err != nil {
		tb.Fatal(err)
	}
	return write(tb, "list.csv", buf.String())
}

func TestWorkbookByHand(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		book xlsxtest.Book
		want []batch.Row
	}{
		{"gaps, rich text", xlsxtest.Book{Sheet: xlsxtest.Sheet(xlsxtest.Rows), Strings: xlsxtest.Strings}, []batch.Row{
			{Line: 2, Cells: []string{"a@x.example"}}, {Line: 5, Cells: []string{"b@x.example"}},
		}},
		{"no row and cell numbers", xlsxtest.Book{Sheet: xlsxtest.Sheet(`<row><c t="s"><v>0</v></c><c t="inlineStr"><is><t>Name</t></is></c></row><row/>` +
			`<row><c t="s"><v>1</v></c><c t="str"><f>A1</f><v>Anna</v></c></row><row><c t="s"><v>2</v></c></row>`), Strings: xlsxtest.Strings}, []batch.Row{
			{Line: 3, Cells: []string{"a@x.example", "Anna"}}, {Line: 4, Cells: []string{"b@x.example"}},
		}},
		{"numbers, truth values, errors", xlsxtest.Book{
			Sheet: xlsxtest.Sheet(`<row r="1"><c r="A1" t="inlineStr"><is><t>Email</t></is></c></row>` +
				`<row r="2"><c r="A2" t="inlineStr"><is><t>a@x.example</t></is></c><c r="B2"><v>49301234567890</v></c><c r="C2"><v>1.2345678901234568E+17</v></c>` +
				`<c r="D2" t="b"><v>1</v></c><c r="E2" t="e"><v>#N/A</v></c><c r="F2"><v>0.5</v></c><c r="G2" s="1"><v>7</v></c><c r="H2" t="str"><f>""</f><v></v></c></row>`),
			Styles: xlsxtest.Styles,
		}, []batch.Row{
			{Line: 2, Cells: []string{"a@x.example", "49301234567890", "123456789012345680", "TRUE", "#N/A", "0.5", ""}},
		}},
		{"escaped characters", xlsxtest.Book{
			Sheet:   xlsxtest.Sheet(`<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2" t="s"><v>1</v></c></row>`),
			Strings: `<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>Email</t></si><si><t>a@x.example_x000D_</t></si></sst>`,
		}, []batch.Row{
			{Line: 2, Cells: []string{"a@x.example\r"}},
		}},
		{"controls below the rows", xlsxtest.Book{Sheet: strings.Replace(xlsxtest.Sheet(xlsxtest.Rows), "</worksheet>",
			`<controls><control><anchor><from><row>7</row></from></anchor></control></controls></worksheet>`, 1), Strings: xlsxtest.Strings}, []batch.Row{
			{Line: 2, Cells: []string{"a@x.example"}}, {Line: 5, Cells: []string{"b@x.example"}},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := open(t, writeBook(t, tt.book), Options{})
			assert.Equal(t, "sheet", l.Sheet(), "Guests")
			assert.Equal(t, "rows", all(t, l), tt.want)
			assert.Equal(t, "rows read again", all(t, l), tt.want)
		})
	}
}

func TestSheets(t *testing.T) {
	t.Parallel()
	f := excelize.NewFile()
	cells(t, f, "Sheet1", []any{"Read me first"})
	cells(t, f, "Old", []any{"Email"}, []any{"old@x.example"})
	cells(t, f, "Guests", []any{"Guests of Fabrikam"}, nil, []any{"Full name", "E-Mail", "Since"},
		[]any{"Anna", "a@x.example", time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}, nil, []any{"Bob", "b@x.example", "spring"})
	style, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.SetCellStyle("Guests", "C4", "C6", style); err != nil {
		t.Fatal(err)
	}
	if err := f.SetSheetVisible("Old", false); err != nil {
		t.Fatal(err)
	}
	if err := f.SetRowVisible("Guests", 6, false); err != nil {
		t.Fatal(err)
	}
	path := save(t, f)

	l := open(t, path, Options{})
	assert.Equal(t, "sheet", l.Sheet(), "Guests")
	assert.Equal(t, "headings", l.Header().Columns, []string{"Full name", "E-Mail", "Since"})
	assert.Equal(t, "fields", shape(l.Header().Fields), "email=1 name=0")
	assert.Equal(t, "rows", all(t, l), []batch.Row{
		{Line: 4, Cells: []string{"Anna", "a@x.example", "2026-03-01"}},
		{Line: 6, Cells: []string{"Bob", "b@x.example", "spring"}},
	})
	assert.Equal(t, "notices", l.Notices(), []string{
		`The hidden sheet "Old" has guests as well, and is not read; choose it with --sheet.`,
		"1 row of the sheet is hidden; it is part of the list.",
	})
	assert.Equal(t, "the sheet asked for", open(t, path, Options{Sheet: " OLD "}).Sheet(), "Old")

	bad := firstError(t, path, Options{Sheet: "Gäste"})
	if !strings.Contains(bad.Error(), `there is no sheet "Gäste"; it has "Sheet1", "Old", "Guests"`) {
		t.Errorf("an unknown Sheet: %v", bad)
	}
	bad = firstError(t, path, Options{Sheet: "Sheet1"})
	if !strings.Contains(bad.Error(), `sheet "Sheet1": no column with email addresses; headings found: "Read me first"`) {
		t.Errorf("a sheet without addresses: %v", bad)
	}
	bad = firstError(t, path, Options{Map: mapped("email", "Adresse")})
	if !strings.Contains(bad.Error(), `sheet "Guests": no column "Adresse" for email; headings found: "Full name", "E-Mail", "Since"`) {
		t.Errorf("a heading that no sheet has: %v", bad)
	}
}

func TestColumnsInOneCell(t *testing.T) {
	t.Parallel()
	f := excelize.NewFile()
	cells(t, f, "Sheet1", []any{"Name;Email"}, []any{"Anna;a@x.example"})
	bad := firstError(t, save(t, f), Options{})
	if !strings.Contains(bad.Error(), `headings found: "Name;Email"`) || !strings.Contains(bad.Hint(), "a semicolon between them: split it in Excel with Data > Text to Columns") {
		t.Errorf("got %v, %q", bad, bad.Hint())
	}
}

// TestWhiteSpaceBetweenRows reads what programs write that indent their XML. The
// second workbook indents its first sheet only.
func TestWhiteSpaceBetweenRows(t *testing.T) {
	t.Parallel()
	for name, notices := range map[string][]string{
		"pretty-printed.xlsx":     nil,
		"pretty-first-sheet.xlsx": {`The sheet "Contacts" has guests as well, and is not read; choose it with --sheet.`},
	} {
		l := open(t, filepath.Join("testdata", name), Options{})
		assert.Equal(t, name, l.Sheet(), "Guests")
		assert.Equal(t, name, all(t, l), []batch.Row{
			{Line: 2, Cells: []string{"anna@fabrikam.example", "Anna"}},
			{Line: 3, Cells: []string{"bo@fabrikam.example", "Bo"}},
			{Line: 4, Cells: []string{"cy@fabrikam.example", "Cy"}},
		})
		assert.Equal(t, name, l.Notices(), notices)
	}
}

func TestResultsWorkbookIsAList(t *testing.T) {
	t.Parallel()
	f := excelize.NewFile()
	head := []any{"Email", "Full name"}
	for _, column := range results.Columns() {
		head = append(head, column)
	}
	cells(t, f, "Results", head, []any{"a@x.example", "Anna", "failed"})
	cells(t, f, "Failed", head, []any{"a@x.example", "Anna", "failed"})
	cells(t, f, "Summary", []any{"Counts"})
	if err := f.DeleteSheet("Sheet1"); err != nil {
		t.Fatal(err)
	}
	l := open(t, save(t, f), Options{})
	assert.Equal(t, "sheet", l.Sheet(), "Results")
	assert.Equal(t, "fields", shape(l.Header().Fields), "email=0 name=1")
	assert.Equal(t, "rows", len(all(t, l)), 1)
	assert.Equal(t, "notices", l.Notices(), []string(nil))
}

// TestWrittenWorkbookIsNotReadThrough opens a workbook whose last row is damaged: what this
// program wrote is not looked at twice, and what was changed since is.
func TestWrittenWorkbookIsNotReadThrough(t *testing.T) {
	t.Parallel()
	path := writeBook(t, xlsxtest.Book{Sheet: xlsxtest.Sheet(xlsxtest.Rows + `<row r="4"/>`), Strings: xlsxtest.Strings})
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(content)
	opt := Options{IsWritten: func(sum string) bool { return sum == hex.EncodeToString(digest[:]) }}
	l := open(t, path, opt)
	if _, err := drain(l); err == nil {
		t.Error("the damage is not found when the rows are read, either")
	}
	digest[0]++
	if _, err := Open(path, opt); err == nil {
		t.Error("a workbook that is not as it was written is not read through")
	}
}

// FuzzWorkbook feeds the opener damaged archives.
func FuzzWorkbook(f *testing.F) {
	good := xlsxtest.Book{Sheet: xlsxtest.Sheet(xlsxtest.Rows), Strings: xlsxtest.Strings, Styles: xlsxtest.Styles}
	f.Add(good.Bytes())
	good.Spoil = func(b []byte) []byte { return b[:len(b)-40] }
	f.Add(good.Bytes())
	f.Fuzz(func(t *testing.T, content []byte) {
		_ = readSafely(t, string(content)) // most are damaged
	})
}

// readSafely reads a list and makes sure that an error is an [Error].
func readSafely(t *testing.T, content string) error {
	t.Helper()
	l, err := Open(write(t, "list", content), Options{})
	if err == nil {
		_, err = drain(l)
		if err := l.Close(); err != nil {
			t.Fatalf("Close: %v", err)
		}
	}
	if _, ok := errors.AsType[*Error](err); err != nil && !ok {
		t.Fatalf("error %v is not an *Error", err)
	}
	return err
}

// TestDamagedWorkbooks places what package xlsx finds: by the heading of the column
// where there is one.
func TestDamagedWorkbooks(t *testing.T) {
	t.Parallel()
	tail := func(rows string) string { return xlsxtest.Sheet(xlsxtest.Rows + rows) }
	for name, tt := range map[string]struct {
		book xlsxtest.Book
		want string
	}{
		"truncated file": {
			xlsxtest.Book{Sheet: xlsxtest.Sheet(xlsxtest.Rows), Strings: xlsxtest.Strings, Spoil: func(b []byte) []byte { return b[:len(b)/2] }},
			": the workbook is damaged or was not copied completely",
		},
		"directory": {
			xlsxtest.Book{Sheet: tail(""), Strings: xlsxtest.Strings, Parts: map[string]string{"xl/workbook.xml": "<workbook>"}},
			": the workbook is damaged (part xl/workbook.xml): its end is missing",
		},
		"sheet": {
			xlsxtest.Book{Sheet: tail(`<row r="4"/>`), Strings: xlsxtest.Strings},
			`: sheet "Guests", row 6: the workbook is damaged (part xl/worksheets/sheet1.xml): row "4" does not follow row 5`,
		},
		"cell below a heading": {
			xlsxtest.Book{Sheet: tail(`<row r="6"><c r="A6" t="s"><v>3</v></c></row>`), Strings: xlsxtest.Strings},
			`: sheet "Guests", row 6, column "Email": the workbook is damaged: the text of the cell is missing`,
		},
		"cell without a heading": {
			xlsxtest.Book{Sheet: tail(`<row r="6"><c r="B6" t="s"><v>99</v></c></row>`), Strings: xlsxtest.Strings},
			`: sheet "Guests", row 6, column B: the workbook is damaged: the text of the cell is missing`,
		},
		"formula in a part of the name": {
			xlsxtest.Book{Strings: xlsxtest.Strings, Sheet: xlsxtest.Sheet(`<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="str"><v>First name</v></c><c r="C1" t="str"><v>Last name</v></c></row>` +
				`<row r="2"><c r="A2" t="s"><v>1</v></c><c r="B2" t="str"><v>Anna</v></c><c r="C2"><f>D2</f></c></row>`)},
			`: sheet "Guests", row 2, column "Last name": a formula that was never computed`,
		},
		"formula that was never computed": {
			xlsxtest.Book{Sheet: tail(`<row r="6"><c r="A6"><f>B6</f></c></row>`), Strings: xlsxtest.Strings},
			`: sheet "Guests", row 6, column "Email": a formula that was never computed`,
		},
		"cell above the headings": {
			xlsxtest.Book{Sheet: tail("")},
			`: sheet "Guests", row 1, column A: the workbook is damaged: the text of the cell is missing`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := writeBook(t, tt.book)
			_, err := Open(path, Options{})
			bad, ok := errors.AsType[*Error](err)
			if !ok || !strings.HasPrefix(err.Error(), path+tt.want) {
				t.Fatalf("error %q, want %q", err, tt.want)
			}
			if bad.Hint() == "" {
				t.Error("no hint")
			}
		})
	}
}
