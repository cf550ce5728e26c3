package xlsx

import (
	"testing"

	"guestlist/batch/sheet/xlsx/xlsxtest"
	"guestlist/internal/assert"
)

// dateStyles are the styles of a workbook with dates: 1 is the system's short form, 2
// a form of its own.
const dateStyles = `<styleSheet xmlns="` + xlsxtest.MainNS + `"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd"/></numFmts>` +
	`<fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders>` +
	`<cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/><xf numFmtId="164" applyNumberFormat="1"/></cellXfs></styleSheet>`

func TestDates(t *testing.T) {
	t.Parallel()
	sheet := xlsxtest.Sheet(`<row r="1"><c r="A1" t="str"><v>Email</v></c></row><row r="2"><c r="A2" t="str"><v>a@x.example</v></c>` +
		`<c r="B2" s="1"><v>46082</v></c><c r="C2" s="2"><v>46082.5</v></c><c r="D2" s="2" t="d"><v>2026-03-01T00:00:00</v></c><c r="E2" s="1" t="d"><v>2026-03-01</v></c>` +
		`<c r="F2" s="2" t="d"><v>soon</v></c><c r="G2" s="9"><v>46082</v></c><c r="H2" s="2" t="str"><v>46082</v></c></row>`)
	book := func(pr string) map[string]string {
		return map[string]string{"xl/workbook.xml": `<workbook xmlns="` + xlsxtest.MainNS + `" xmlns:r="` + xlsxtest.OfficeNS + `">` + pr +
			`<sheets><sheet name="Guests" sheetId="1" r:id="rId1"/></sheets></workbook>`}
	}
	from1900 := []string{"a@x.example", "2026-03-01", "2026-03-01", "2026-03-01", "2026-03-01", "soon", "46082", "46082"}
	from1904 := []string{"a@x.example", "2030-03-02", "2030-03-02", "2026-03-01", "2026-03-01", "soon", "46082", "46082"}
	for pr, want := range map[string][]string{"": from1900, `<workbookPr date1904="0"/>`: from1900, `<workbookPr date1904="1"/>`: from1904, `<workbookPr date1904="true"/>`: from1904} {
		rows, err := readBook(xlsxtest.Book{Sheet: sheet, Styles: dateStyles, Parts: book(pr)}.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		assert.Equal(t, "dates with "+pr, rows[1].Cells, want)
	}
	strict, err := readBook(xlsxtest.Book{Sheet: strictly.Replace(sheet), Styles: strictly.Replace(dateStyles)}.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "strict", strict[1].Cells, from1900)
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
