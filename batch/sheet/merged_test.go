package sheet

import (
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
	"guestlist/batch/sheet/xlsx/xlsxtest"
	"guestlist/internal/assert"
)

func TestMergedCells(t *testing.T) {
	t.Parallel()
	f := excelize.NewFile()
	cells(t, f, "Sheet1", []any{"Guests"}, []any{"Company", "Email", "Send message", "Name"},
		[]any{"Fabrikam", "a@x.example", "yes", "Anna"}, []any{nil, "b@x.example"}, []any{"Contoso", "c@x.example"}, []any{nil, "d@x.example"})
	// Title, a column that is no field, one row, two of a field, the heading with a row.
	for _, reference := range []string{"A1:D1", "A3:A4", "A5:A6", "D5:E5", "C3:C4", "C5:C6", "D2:D3"} {
		from, to, _ := strings.Cut(reference, ":")
		if err := f.MergeCell("Sheet1", from, to); err != nil {
			t.Fatal(err)
		}
	}
	l := open(t, save(t, f), Options{})
	rows := all(t, l)
	assert.Equal(t, "rows", len(rows), 4)
	assert.Equal(t, "row 4", rows[1].Cells, []string{"Fabrikam", "b@x.example", "yes"})
	assert.Equal(t, "row 6", rows[3].Cells, []string{"Contoso", "d@x.example"})
	// What is merged but empty (C5:C6, D5) fills nothing.
	assert.Equal(t, "notices", l.Notices(), []string{
		`In the column "Company" (A) cells of several rows are merged (A3:A4 and 1 more): 2 rows get the value of the first of them, from row 4 on. ` +
			`If that is not meant, unmerge them and fill each row.`,
		`In the column "Send message" (C) cells of several rows are merged (C3:C4): 1 row gets the value of the first of them, from row 4 on. ` +
			`If that is not meant, unmerge them and fill each row.`,
	})
	assert.Equal(t, "row 6 read again", all(t, l)[3].Cells, []string{"Contoso", "d@x.example"})
}

// An address is that of one guest: the row below may be somebody else.
func TestMergedAddressesAreNotFilledDown(t *testing.T) {
	t.Parallel()
	f := excelize.NewFile()
	cells(t, f, "Sheet1", []any{"Email", "Name"}, []any{"a@x.example", "Anna"}, []any{nil, "Per"}, []any{"c@x.example", "Cy"})
	if err := f.MergeCell("Sheet1", "A2", "A3"); err != nil {
		t.Fatal(err)
	}
	l := open(t, save(t, f), Options{})
	assert.Equal(t, "row 3", all(t, l)[1].Cells, []string{"", "Per"})
	assert.Equal(t, "notices", l.Notices(), []string{
		`In the column "Email" (A) cells of several rows are merged (A2:A3): an address is that of one guest, so that 1 row is without one, from row 3 on. ` +
			`Unmerge the cells and fill each row.`,
	})
}

func TestMergedHeadings(t *testing.T) {
	t.Parallel()
	f := excelize.NewFile()
	cells(t, f, "Sheet1", []any{"Company", nil, "Email", "Note", nil, "Name"},
		[]any{"Fabrikam", "Berlin", "a@x.example", "one", nil, "Anna", "Berg"}, []any{"Contoso", nil, "b@x.example", nil, nil, "Per"})
	for _, reference := range []string{"A1:B1", "D1:E1", "F1:Z1"} { // nothing stands in E
		from, to, _ := strings.Cut(reference, ":")
		if err := f.MergeCell("Sheet1", from, to); err != nil {
			t.Fatal(err)
		}
	}
	l := open(t, save(t, f), Options{})
	rows := all(t, l)
	assert.Equal(t, "columns", len(l.Header().Columns), 7) // none of the row is beyond the headings
	assert.Equal(t, "names", []string{l.Header().Value(rows[0], batch.Name), l.Header().Value(rows[1], batch.Name)}, []string{"Anna Berg", "Per"})
	assert.Equal(t, "notices", l.Notices(), []string{
		`The heading "Company" (A) spans the columns A to B: only the first of them is read under it, and the others have no heading.`,
		`The heading "Name" (F) spans the columns F to G: the name is made of all of them.`,
	})
}

// Excel does not show what lies under merged cells, and it is read.
func TestValuesUnderMergedCells(t *testing.T) {
	t.Parallel()
	merge := `<mergeCells count="2"><mergeCell ref="C2:C4"/><mergeCell ref="B5:C5"/></mergeCells>`
	cell := func(reference, text string) string {
		return `<c r="` + reference + `" t="str"><v>` + text + `</v></c>`
	}
	row := func(number, email, name, manager string) string {
		return `<row r="` + number + `">` + cell("A"+number, email) + cell("B"+number, name) + cell("C"+number, manager) + `</row>`
	}
	l := open(t, writeBook(t, xlsxtest.Book{Sheet: strings.Replace(xlsxtest.Sheet(
		row("1", "Email", "Name", "Manager")+row("2", "a@x.example", "Anna", "Kim")+row("3", "b@x.example", "Per", "Bo")+row("4", "c@x.example", "Cy", "")+row("5", "d@x.example", "Di", "Al")),
		"</worksheet>", merge+"</worksheet>", 1)}), Options{})
	rows := all(t, l)
	assert.Equal(t, "managers", []string{rows[0].Cell(2), rows[1].Cell(2), rows[2].Cell(2), rows[3].Cell(2)}, []string{"Kim", "Bo", "Kim", "Al"})
	assert.Equal(t, "notices", l.Notices(), []string{
		`In the column "Manager" (C) cells of several rows are merged (C2:C4): 1 row gets the value of the first of them, from row 4 on. If that is not meant, unmerge them and fill each row.`,
		`In the column "Manager" (C) 2 rows have a value under merged cells, where Excel does not show it; it is still read. The first is row 3, "Bo".`,
	})
}
