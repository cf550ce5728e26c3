package sheet

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
	"guestlist/batch/results"
	"guestlist/internal/assert"
)

func TestWorkbookByHand(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		book rawBook
		want []batch.Row
	}{
		{"gaps, rich text", rawBook{sheet: sheetXML(goodRows), strings: stringsXML}, []batch.Row{
			{Line: 2, Cells: []string{"a@x.example"}}, {Line: 5, Cells: []string{"b@x.example"}},
		}},
		{"no row and cell numbers", rawBook{sheet: sheetXML(`<row><c t="s"><v>0</v></c><c t="inlineStr"><is><t>Name</t></is></c></row><row/>` +
			`<row><c t="s"><v>1</v></c><c t="str"><f>A1</f><v>Anna</v></c></row><row><c t="s"><v>2</v></c></row>`), strings: stringsXML}, []batch.Row{
			{Line: 3, Cells: []string{"a@x.example", "Anna"}}, {Line: 4, Cells: []string{"b@x.example"}},
		}},
		{"numbers, truth values, errors", rawBook{
			sheet: sheetXML(`<row r="1"><c r="A1" t="inlineStr"><is><t>Email</t></is></c></row>` +
				`<row r="2"><c r="A2" t="inlineStr"><is><t>a@x.example</t></is></c><c r="B2"><v>49301234567890</v></c><c r="C2"><v>1.2345678901234568E+17</v></c>` +
				`<c r="D2" t="b"><v>1</v></c><c r="E2" t="e"><v>#N/A</v></c><c r="F2"><v>0.5</v></c><c r="G2" s="1"><v>7</v></c><c r="H2" t="str"><f>""</f><v></v></c></row>`),
			styles: stylesXML,
		}, []batch.Row{
			{Line: 2, Cells: []string{"a@x.example", "49301234567890", "123456789012345680", "TRUE", "#N/A", "0.5", ""}},
		}},
		{"escaped characters", rawBook{
			sheet:   sheetXML(`<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2" t="s"><v>1</v></c></row>`),
			strings: `<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>Email</t></si><si><t>a@x.example_x000D_</t></si></sst>`,
		}, []batch.Row{
			{Line: 2, Cells: []string{"a@x.example\r"}},
		}},
		{"controls below the rows", rawBook{sheet: strings.Replace(sheetXML(goodRows), "</worksheet>",
			`<controls><control><anchor><from><row>7</row></from></anchor></control></controls></worksheet>`, 1), strings: stringsXML}, []batch.Row{
			{Line: 2, Cells: []string{"a@x.example"}}, {Line: 5, Cells: []string{"b@x.example"}},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := open(t, tt.book.write(t), Options{})
			assert.Equal(t, "sheet", l.Sheet(), "Guests")
			assert.Equal(t, "rows", all(t, l), tt.want)
			assert.Equal(t, "rows read again", all(t, l), tt.want)
		})
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

func TestExactDigits(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ raw, text, want string }{
		{"49301234567", "4.9E+10", "49301234567"},
		{"493012345678", "4.93E+11", "493012345678"},
		{"4.93012345678901E+15", "4.93012345678901E+15", "4930123456789010"},
		{"4.93012345678901E+15", "4930123456789010", "4930123456789010"},
		{"4930123456789012", "4930123456789010", "4930123456789012"},
		{"12345678901234567890", "1.23456789012346E+19", "12345678901234567890"},
		{"493012345678", "49301234567800%", "49301234567800%"},
		{"493012345678", "493,012,345,678", "493,012,345,678"},
		{"493012345678", "493012345678.00", "493012345678.00"},
		{"46082", "2026", "2026"},
		{"42", "0042", "0042"},
		{"0.000001", "1E-06", "1E-06"},
	} {
		assert.Equal(t, tt.raw, exactDigits(tt.raw, tt.text), tt.want)
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
	assert.Equal(t, "notices", l.Notices(), []string{"1 row of the sheet is hidden; it is part of the list."})
	assert.Equal(t, "the sheet asked for", open(t, path, Options{Sheet: " OLD "}).Sheet(), "Old")

	bad := firstError(t, path, Options{Sheet: "Gäste"})
	if !strings.Contains(bad.Error(), `there is no sheet "Gäste"; it has "Sheet1", "Old", "Guests"`) {
		t.Errorf("an unknown sheet: %v", bad)
	}
	bad = firstError(t, path, Options{Sheet: "Sheet1"})
	if !strings.Contains(bad.Error(), `sheet "Sheet1": no column with e-mail addresses; headings found: "Read me first"`) {
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
	if !strings.Contains(bad.Error(), `headings found: "Name;Email"`) || !strings.Contains(bad.Hint(), "a semicolon between them: take them apart in Excel with Data > Text to Columns") {
		t.Errorf("got %v, %q", bad, bad.Hint())
	}
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
	path := save(t, f)
	assert.Equal(t, "notices", open(t, path, Options{}).Notices(), []string{`The sheet "2025" has guests as well, and is not read; choose it with --sheet.`})
	assert.Equal(t, "notices of a sheet asked for", open(t, path, Options{Sheet: "Sheet1"}).Notices(), []string(nil))
	cells(t, f, "Companies", []any{"Company", "City"})
	if bad := firstError(t, save(t, f), Options{Sheet: "Companies"}); bad.Hint() != `Guests stand in "Sheet1", "2025": name the sheet with --sheet.` {
		t.Errorf("a sheet without guests: %v, %q", bad, bad.Hint())
	}
	cells(t, f, "2024", guests...)
	assert.Equal(t, "notices", open(t, save(t, f), Options{}).Notices(), []string{`The sheets "2025", "2024" have guests as well, and are not read; choose one with --sheet.`})
}

func TestMergedCells(t *testing.T) {
	t.Parallel()
	f := excelize.NewFile()
	cells(t, f, "Sheet1", []any{"Guests"}, []any{"Company", "Email", "Send message", "Name"},
		[]any{"Fabrikam", "a@x.example", "yes", "Anna"}, []any{nil, "b@x.example"}, []any{"Contoso", "c@x.example"}, []any{nil, "d@x.example"})
	// Title, a column that is no field, one row, two of a field, the heading with a row.
	for _, reference := range []string{"A1:D1", "A3:A4", "D5:E5", "C3:C4", "C5:C6", "D2:D3"} {
		from, to, _ := strings.Cut(reference, ":")
		if err := f.MergeCell("Sheet1", from, to); err != nil {
			t.Fatal(err)
		}
	}
	const want = `In the column "Send message" (C) cells of several rows are merged (C3:C4 and 1 more): ` +
		`only the first of these rows has the value. Unmerge them and fill each row.`
	l := open(t, save(t, f), Options{})
	assert.Equal(t, "notices", l.Notices(), []string{want})
	assert.Equal(t, "rows", len(all(t, l)), 4)
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
