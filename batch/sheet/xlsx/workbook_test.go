package xlsx

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"

	"guestlist/batch/sheet/xlsx/xlsxtest"
	"guestlist/internal/assert"
)

// openBook opens a workbook that must open, and closes it with the test.
func openBook(tb testing.TB, content []byte) *Workbook {
	tb.Helper()
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		tb.Fatal(err)
	}
	b, err := Open(archive, nil)
	if err != nil {
		tb.Fatalf("Open: %v", err)
	}
	tb.Cleanup(func() {
		if err := b.Close(); err != nil {
			tb.Errorf("Close: %v", err)
		}
	})
	return b
}

// readBook reads the first sheet of a workbook as a list is read: it is inspected,
// then its rows are read. Empty rows are left out.
func readBook(content []byte) (rows []Row, err error) {
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, err
	}
	b, err := Open(archive, nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	if _, err := b.Sheets()[0].Inspect(Area{Columns: []int{1}}); err != nil {
		return nil, err
	}
	for row, err := range b.Sheets()[0].Rows() {
		if err != nil {
			return rows, err
		}
		if len(row.Cells) > 0 {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// The namespaces that a strict workbook has in place of the usual ones.
var strictly = strings.NewReplacer(
	"http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main",
	"http://schemas.openxmlformats.org/officeDocument/2006/relationships", "http://purl.oclc.org/ooxml/officeDocument/relationships",
)

// TestQuirksOfPrograms reads what programs write that is not as Excel writes it.
func TestQuirksOfPrograms(t *testing.T) {
	t.Parallel()
	want := []Row{
		{Number: 1, Cells: []string{"Email"}},
		{Number: 2, Cells: []string{"a@x.example"}},
		{Number: 5, Cells: []string{"b@x.example"}},
	}
	prefixed := strings.NewReplacer("</", "</x:", "<?", "<?", "<", "<x:", "xmlns=", "xmlns:x=")
	good := xlsxtest.Sheet(xlsxtest.Rows)
	for name, book := range map[string]xlsxtest.Book{
		"prefixes": {Sheet: prefixed.Replace(good), Strings: prefixed.Replace(xlsxtest.Strings)},
		"strict namespaces": {Sheet: strictly.Replace(good), Strings: strictly.Replace(xlsxtest.Strings), Parts: map[string]string{
			"_rels/.rels":     xlsxtest.Relations + `<Relationship Id="rId1" Type="` + strictly.Replace(xlsxtest.OfficeNS) + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
			"xl/workbook.xml": strictly.Replace(`<workbook xmlns="` + xlsxtest.MainNS + `" xmlns:r="` + xlsxtest.OfficeNS + `"><sheets><sheet name="Guests" sheetId="1" r:id="rId1"/></sheets></workbook>`),
			"xl/_rels/workbook.xml.rels": strictly.Replace(xlsxtest.Relations + `<Relationship Id="rId1" Type="` + xlsxtest.OfficeNS + `/worksheet" Target="worksheets/sheet1.xml"/>` +
				`<Relationship Id="rId2" Type="` + xlsxtest.OfficeNS + `/sharedStrings" Target="sharedStrings.xml"/></Relationships>`),
		}},
		"absolute targets, other names": {Parts: map[string]string{
			"_rels/.rels":              xlsxtest.Relations + `<Relationship Id="a" Type="` + xlsxtest.OfficeNS + `/officeDocument" Target="/Book/Main.xml"/></Relationships>`,
			"book/main.xml":            `<workbook xmlns="` + xlsxtest.MainNS + `" xmlns:q="` + xlsxtest.OfficeNS + `"><sheets><sheet name="Guests" sheetId="1" q:id="s"/></sheets></workbook>`,
			"Book/_rels/main.xml.rels": xlsxtest.Relations + `<Relationship Target="/book/list.xml" Id="s" Type="` + xlsxtest.OfficeNS + `/worksheet"/><Relationship Id="t" Type="` + xlsxtest.OfficeNS + `/sharedStrings" Target="texts.xml"/></Relationships>`,
			"book/list.xml":            good, "Book/Texts.xml": xlsxtest.Strings,
			"[Content_Types].xml": `<Types><Override PartName="/book/main.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>`,
			"xl/workbook.xml":     "", "xl/_rels/workbook.xml.rels": "", "xl/sharedStrings.xml": "",
		}},
		"backslashes":                 {Strings: xlsxtest.Strings, Parts: map[string]string{`xl\worksheets\sheet1.xml`: good}},
		"no relations of the package": {Sheet: good, Strings: xlsxtest.Strings, Parts: map[string]string{"_rels/.rels": ""}},
		"wrong dimension, empty rows": {Sheet: strings.Replace(xlsxtest.Sheet(xlsxtest.Rows+`<row r="6" spans="1:1" x14ac:dyDescent="0.25"/><row r="1048576"/>`), "<sheetData>",
			`<dimension ref="A1"/><sheetViews><sheetView workbookViewId="0"/></sheetViews><sheetData>`, 1), Strings: xlsxtest.Strings},
		"comments, processing instructions, CDATA": {Sheet: xlsxtest.Sheet(`<!-- row --><row r="1"><c r="A1" t="str"><v><![CDATA[Email]]></v></c></row><?x y?>` +
			`<row r="2"><c r="A2" t="str"><v>a@<!-- @ -->x.example</v></c></row><row r="5"><c r="A5" t="inlineStr"><is><r><t>b@</t></r><r><t xml:space="preserve">x.example</t></r></is></c></row>`)},
		"escapes": {Sheet: xlsxtest.Sheet(`<row r="1"><c r="A1" t="str"><v>E&#109;ai&#x6C;</v></c></row><row r="2"><c r="A2" t="str"><v>a&#64;x.example</v></c></row>` +
			`<row r="5"><c r="a5" t="str"><v>b@x.example</v></c></row>`)},
		"byte order mark": {Sheet: "\uFEFF" + good, Strings: "\uFEFF" + xlsxtest.Strings},
		"foreign elements": {Sheet: strings.Replace(good, "</worksheet>",
			`<extLst><ext><row r="1"/><sheetData2/></ext></extLst></worksheet>`, 1), Strings: xlsxtest.Strings},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows, err := readBook(book.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			assert.Equal(t, "rows", rows, want)
			guests := openBook(t, book.Bytes()).Sheets()[0]
			assert.Equal(t, "sheet", guests.Name, "Guests")
			meta, err := guests.Inspect(Area{Headings: 1, LinkColumn: 1})
			if err != nil || meta.HiddenRows > 0 || meta.Filtered || len(meta.Merged)+len(meta.MailLinks) > 0 || meta.HidesColumn(1) {
				t.Errorf("got %+v, %v", meta, err)
			}
		})
	}
}

func TestDamagedWorkbooks(t *testing.T) {
	t.Parallel()
	tail := func(rows string) string { return xlsxtest.Sheet(xlsxtest.Rows + rows) }
	replaced := func(from, to string) func([]byte) []byte {
		return func(b []byte) []byte { return bytes.Replace(b, []byte(from), []byte(to), 1) }
	}
	const part = `sheet "Guests", row 6: the workbook is damaged (part xl/worksheets/sheet1.xml)`
	tests := []struct {
		name string
		book xlsxtest.Book
		want string
	}{
		{
			"wrong checksum",
			xlsxtest.Book{Sheet: xlsxtest.Sheet(xlsxtest.Rows), Strings: xlsxtest.Strings, Spoil: replaced("<v>1</v>", "<v>2</v>")},
			"the workbook is damaged (part xl/worksheets/sheet1.xml): its content was changed by accident",
		},
		{
			"wrong checksum of shared strings",
			xlsxtest.Book{Sheet: xlsxtest.Sheet(xlsxtest.Rows), Strings: xlsxtest.Strings, Spoil: replaced("a@x", "c@x")},
			"the workbook is damaged (part xl/sharedStrings.xml): its content was changed by accident",
		},
		{"control character", xlsxtest.Book{Sheet: tail("<row r=\"6\"><c r=\"A6\" t=\"str\"><v>a\x01</v></c></row>"), Strings: xlsxtest.Strings}, part},
		{"invalid UTF-8", xlsxtest.Book{Sheet: tail("<row r=\"6\"><c r=\"A6\" t=\"str\"><v>J\xf6rg</v></c></row>"), Strings: xlsxtest.Strings}, part},
		{"part cut short", xlsxtest.Book{Sheet: strings.TrimSuffix(tail(""), "</sheetData></worksheet>"), Strings: xlsxtest.Strings}, part + ": its end is missing"},
		{
			"invalid UTF-8 in shared strings",
			xlsxtest.Book{Sheet: tail(""), Strings: strings.Replace(xlsxtest.Strings, "a@x", "\xf6@x", 1)},
			"the workbook is damaged (part xl/sharedStrings.xml)",
		},
		{
			"shared string that is not there",
			xlsxtest.Book{Sheet: tail(`<row r="6"><c r="A6" t="s"><v>3</v></c></row>`), Strings: xlsxtest.Strings},
			`sheet "Guests", row 6, column A: the workbook is damaged: the text of the cell is missing`,
		},
		{
			"shared string that is no number",
			xlsxtest.Book{Sheet: tail(`<row r="6"><c r="A6" t="s"><v>x</v></c></row>`), Strings: xlsxtest.Strings},
			`sheet "Guests", row 6, column A: the workbook is damaged: the text of the cell is missing`,
		},
		{
			"no shared strings",
			xlsxtest.Book{Sheet: tail("")},
			`sheet "Guests", row 1, column A: the workbook is damaged: the text of the cell is missing`,
		},
		{
			"rows out of order",
			xlsxtest.Book{Sheet: tail(`<row r="4"><c r="A4" t="s"><v>1</v></c></row>`), Strings: xlsxtest.Strings},
			part + `: row "4" does not follow row 5`,
		},
		{"row number beyond the last", xlsxtest.Book{Sheet: tail(`<row r="1048577"/>`), Strings: xlsxtest.Strings}, part},
		{
			"cells out of order",
			xlsxtest.Book{Sheet: tail(`<row r="6"><c r="B6"><v>1</v></c><c r="A6"><v>2</v></c></row>`), Strings: xlsxtest.Strings},
			part + `: cell "A6" does not belong in row 6 after column 2`,
		},
		{"cell of another row", xlsxtest.Book{Sheet: tail(`<row r="6"><c r="A7"><v>1</v></c></row>`), Strings: xlsxtest.Strings}, part},
		{
			"formula without result",
			xlsxtest.Book{Sheet: tail(`<row r="6"><c r="A6"><f>B6</f></c></row>`), Strings: xlsxtest.Strings},
			`sheet "Guests", row 6, column A: a formula that was never computed`,
		},
		{
			"formula with an empty result that is no text",
			xlsxtest.Book{Sheet: tail(`<row r="6"><c r="A6"><f>B6</f><v/></c></row>`), Strings: xlsxtest.Strings},
			`sheet "Guests", row 6, column A: a formula that was never computed`,
		},
		{
			"document type",
			xlsxtest.Book{Sheet: `<!DOCTYPE worksheet [<!ENTITY a "b">]>` + tail(""), Strings: xlsxtest.Strings},
			`sheet "Guests", row 1: the workbook is damaged (part xl/worksheets/sheet1.xml)`,
		},
		{"style that is no number", xlsxtest.Book{Sheet: tail(`<row r="6"><c r="A6" s="x"><v>1</v></c></row>`), Strings: xlsxtest.Strings}, part},
		{"more columns than there are", xlsxtest.Book{Sheet: tail(`<row r="6"><c r="XFE6"><v>1</v></c></row>`), Strings: xlsxtest.Strings}, part},
		{
			"cut relations",
			xlsxtest.Book{Sheet: tail(""), Strings: xlsxtest.Strings, Parts: map[string]string{"xl/_rels/workbook.xml.rels": "<Relationships><Relat"}},
			"the workbook is damaged (part xl/_rels/workbook.xml.rels)",
		},
		{
			"cut workbook",
			xlsxtest.Book{Sheet: tail(""), Strings: xlsxtest.Strings, Parts: map[string]string{"xl/workbook.xml": "<workbook>"}},
			"the workbook is damaged (part xl/workbook.xml)",
		},
		{
			"elements without end",
			xlsxtest.Book{Sheet: strings.Repeat("<a>", maxDepth+1)},
			"elements are nested deeper than 200",
		},
		{
			"row of no end",
			xlsxtest.Book{Sheet: tail(`<row r="6"><c r="A6" t="str"><v>` + strings.Repeat("x", 2*RowLimit) + `</v></c></row>`), Strings: xlsxtest.Strings},
			part + ": a single row is larger than 4 MiB",
		},
		{"no sheet part", xlsxtest.Book{Strings: xlsxtest.Strings}, `the sheet "Guests" is missing (part xl/worksheets/sheet1.xml)`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := readBook(tt.book.Bytes())
			if err == nil {
				t.Fatal("it is trusted")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("error %q, want %q", err, tt.want)
			}
			var advised interface{ Hint() string }
			if !errors.As(err, &advised) || advised.Hint() == "" {
				t.Error("no hint")
			}
		})
	}
}

// TestExcelizeLosesRows pins the reason for a reader of our own: should excelize
// begin to report what it cannot read, the reader could go.
func TestExcelizeLosesRows(t *testing.T) {
	t.Parallel()
	book := xlsxtest.Book{Sheet: xlsxtest.Sheet(xlsxtest.Rows + "<row r=\"6\"><c r=\"A6\" t=\"str\"><v>a\x01</v></c></row>"), Strings: xlsxtest.Strings}
	f, err := excelize.OpenReader(bytes.NewReader(book.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rows, err := f.GetRows("Guests")
	if err != nil || len(rows) != 5 {
		t.Errorf("excelize now gives %d rows and %v: is our reader still needed?", len(rows), err)
	}
}

// FuzzParts feeds the reader sound archives with damaged parts, which checksums
// would keep FuzzWorkbook of package sheet from reaching. A sheet without an error
// has all the rows that encoding/xml finds in it.
func FuzzParts(f *testing.F) {
	f.Add(xlsxtest.Sheet(xlsxtest.Rows), xlsxtest.Strings, xlsxtest.Styles)
	f.Add(xlsxtest.Sheet(`<row><c t="inlineStr"><is><r><t>Email</t></r></is></c></row><row r="3"><c s="1"><f>1</f><v>1e15</v></c></row>`), "", "")
	f.Add(xlsxtest.Sheet(" <x/> <row/> <sheetData/> <row><row/></row>"), "", "")
	f.Fuzz(func(t *testing.T, sheet, shared, styles string) {
		content := xlsxtest.Book{Sheet: sheet, Strings: shared, Styles: styles}.Bytes()
		archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
		if err != nil {
			t.Fatal(err)
		}
		b, err := Open(archive, nil)
		if err != nil {
			return
		}
		defer func() { _ = b.Close() }()
		rows, last := 0, 0
		for row, err := range b.Sheets()[0].Rows() {
			if err != nil {
				if _, placed := errors.AsType[*Error](err); !placed {
					t.Fatalf("error %v is not an *Error", err)
				}
				return
			}
			if row.Number <= last {
				t.Fatalf("row %d follows row %d", row.Number, last)
			}
			rows, last = rows+1, row.Number
		}
		if _, err := b.Sheets()[0].Inspect(Area{Headings: 1, LinkColumn: 1}); err == nil {
			assert.Equal(t, "rows", rows, storedRows(t, sheet))
		}
	})
}

// storedRows counts the rows of a sheet with encoding/xml.
func storedRows(t *testing.T, sheet string) int {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(sheet))
	var open []string
	n := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return n
		}
		if err != nil {
			t.Fatalf("%q was read, but encoding/xml says %v", sheet, err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if token.Name.Local == "row" && slices.Contains(open, "sheetData") && !slices.Contains(open, "row") {
				n++
			}
			open = append(open, token.Name.Local)
		case xml.EndElement:
			open = open[:len(open)-1]
		}
	}
}

// TestPartsInUTF16 reads a workbook whose parts are UTF-16, as XML allows.
func TestPartsInUTF16(t *testing.T) {
	t.Parallel()
	for _, e := range []encoding.Encoding{
		unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), unicode.UTF16(unicode.BigEndian, unicode.UseBOM),
		unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM),
	} {
		spelled := func(part string) string {
			part, err := e.NewEncoder().String(strings.Replace(part, `encoding="UTF-8"`, `encoding="UTF-16"`, 1))
			if err != nil {
				t.Fatal(err)
			}
			return part
		}
		sheet := strings.Replace(xlsxtest.Sheet(xlsxtest.Rows), "</row><row r=\"5\">", `<c r="B2" s="2"><v>46082</v></c></row><row r="5">`, 1)
		rows, err := readBook(xlsxtest.Book{
			Sheet: spelled(sheet), Strings: spelled(xlsxtest.Strings), Styles: spelled(`<?xml version="1.0" encoding="UTF-8"?>` + dateStyles),
		}.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		assert.Equal(t, "row 2", rows[1].Cells, []string{"a@x.example", "2026-03-01"})
	}
}

// TestSheetsWithoutCellsForPeople passes over macro sheets and dialogs.
func TestSheetsWithoutCellsForPeople(t *testing.T) {
	t.Parallel()
	const office = `<Relationship Type="` + xlsxtest.OfficeNS
	b := openBook(t, xlsxtest.Book{Sheet: xlsxtest.Sheet(xlsxtest.Rows), Strings: xlsxtest.Strings, Parts: map[string]string{
		"xl/workbook.xml": `<workbook xmlns="` + xlsxtest.MainNS + `" xmlns:r="` + xlsxtest.OfficeNS + `"><bookViews><workbookView activeTab="2"/><workbookView activeTab="0"/></bookViews><sheets>` +
			`<sheet name="Module1" sheetId="1" r:id=""/><sheet name="Macro1" sheetId="2" r:id="m"/><sheet name="Guests" sheetId="3" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": xlsxtest.Relations + office + `/worksheet" Id="rId1" Target="worksheets/sheet1.xml"/>` +
			office + `/sharedStrings" Id="s" Target="sharedStrings.xml"/>` +
			`<Relationship Type="http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet" Id="m" Target="macrosheets/sheet1.xml"/></Relationships>`,
	}}.Bytes())
	sheets := b.Sheets()
	assert.Equal(t, "sheets", len(sheets), 1)
	assert.Equal(t, "name", sheets[0].Name, "Guests")
	assert.Equal(t, "in front", sheets[0].Front, true)
}
