package sheet

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

func TestDamagedWorkbooks(t *testing.T) {
	t.Parallel()
	tail := func(rows string) string { return sheetXML(goodRows + rows) }
	replaced := func(from, to string) func([]byte) []byte {
		return func(b []byte) []byte { return bytes.Replace(b, []byte(from), []byte(to), 1) }
	}
	const part = `sheet "Guests", row 6: the workbook is damaged (part xl/worksheets/sheet1.xml)`
	tests := []struct {
		name string
		book rawBook
		want string
	}{
		{
			"truncated file",
			rawBook{sheet: sheetXML(goodRows), strings: stringsXML, spoil: func(b []byte) []byte { return b[:len(b)/2] }},
			"the workbook is damaged or was not copied completely",
		},
		{
			"wrong checksum",
			rawBook{sheet: sheetXML(goodRows), strings: stringsXML, spoil: replaced("<v>1</v>", "<v>2</v>")},
			"the workbook is damaged (part xl/worksheets/sheet1.xml): its content was changed by accident",
		},
		{
			"wrong checksum of shared strings",
			rawBook{sheet: sheetXML(goodRows), strings: stringsXML, spoil: replaced("a@x", "c@x")},
			"the workbook is damaged (part xl/sharedStrings.xml): its content was changed by accident",
		},
		{"control character", rawBook{sheet: tail("<row r=\"6\"><c r=\"A6\" t=\"str\"><v>a\x01</v></c></row>"), strings: stringsXML}, part},
		{"invalid UTF-8", rawBook{sheet: tail("<row r=\"6\"><c r=\"A6\" t=\"str\"><v>J\xf6rg</v></c></row>"), strings: stringsXML}, part},
		{"part cut short", rawBook{sheet: strings.TrimSuffix(tail(""), "</sheetData></worksheet>"), strings: stringsXML}, part + ": its end is missing"},
		{
			"invalid UTF-8 in shared strings",
			rawBook{sheet: tail(""), strings: strings.Replace(stringsXML, "a@x", "\xf6@x", 1)},
			"the workbook is damaged (part xl/sharedStrings.xml)",
		},
		{
			"shared string that is not there",
			rawBook{sheet: tail(`<row r="6"><c r="A6" t="s"><v>3</v></c></row>`), strings: stringsXML},
			`sheet "Guests", row 6, column "Email": the workbook is damaged: the text of the cell is missing`,
		},
		{
			"shared string that is no number",
			rawBook{sheet: tail(`<row r="6"><c r="A6" t="s"><v>x</v></c></row>`), strings: stringsXML},
			`sheet "Guests", row 6, column "Email": the workbook is damaged: the text of the cell is missing`,
		},
		{
			"no shared strings",
			rawBook{sheet: tail("")},
			`sheet "Guests", row 1, column A: the workbook is damaged: the text of the cell is missing`,
		},
		{
			"rows out of order",
			rawBook{sheet: tail(`<row r="4"><c r="A4" t="s"><v>1</v></c></row>`), strings: stringsXML},
			part + `: row "4" does not follow row 5`,
		},
		{"row number beyond the last", rawBook{sheet: tail(`<row r="1048577"/>`), strings: stringsXML}, part},
		{
			"cells out of order",
			rawBook{sheet: tail(`<row r="6"><c r="B6"><v>1</v></c><c r="A6"><v>2</v></c></row>`), strings: stringsXML},
			part + `: cell "A6" does not belong in row 6 after column 2`,
		},
		{"cell of another row", rawBook{sheet: tail(`<row r="6"><c r="A7"><v>1</v></c></row>`), strings: stringsXML}, part},
		{
			"formula without result",
			rawBook{sheet: tail(`<row r="6"><c r="A6"><f>B6</f></c></row>`), strings: stringsXML},
			`sheet "Guests", row 6, column "Email": a formula that was never computed`,
		},
		{
			"formula with an empty result that is no text",
			rawBook{sheet: tail(`<row r="6"><c r="A6"><f>B6</f><v/></c></row>`), strings: stringsXML},
			`sheet "Guests", row 6, column "Email": a formula that was never computed`,
		},
		{
			"document type",
			rawBook{sheet: `<!DOCTYPE worksheet [<!ENTITY a "b">]>` + tail(""), strings: stringsXML},
			`sheet "Guests", row 1: the workbook is damaged (part xl/worksheets/sheet1.xml)`,
		},
		{"style that is no number", rawBook{sheet: tail(`<row r="6"><c r="A6" s="x"><v>1</v></c></row>`), strings: stringsXML}, part},
		{"more columns than there are", rawBook{sheet: tail(`<row r="6"><c r="XFE6"><v>1</v></c></row>`), strings: stringsXML}, part},
		{
			"cut relations",
			rawBook{sheet: tail(""), strings: stringsXML, parts: map[string]string{"xl/_rels/workbook.xml.rels": "<Relationships><Relat"}},
			"the workbook is damaged (part xl/_rels/workbook.xml.rels)",
		},
		{
			"cut workbook",
			rawBook{sheet: tail(""), strings: stringsXML, parts: map[string]string{"xl/workbook.xml": "<workbook>"}},
			"the workbook is damaged (part xl/workbook.xml)",
		},
		{
			"elements without end",
			rawBook{sheet: strings.Repeat("<a>", maxDepth+1)},
			"elements are nested deeper than 200",
		},
		{
			"row of no end",
			rawBook{sheet: tail(`<row r="6"><c r="A6" t="str"><v>` + strings.Repeat("x", 2*leashSize) + `</v></c></row>`), strings: stringsXML},
			part + ": a single row is larger than 4 MiB",
		},
		{"no sheet part", rawBook{strings: stringsXML}, `the sheet "Guests" is missing (part xl/worksheets/sheet1.xml)`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l, err := Open(tt.book.write(t), Options{})
			if err == nil {
				_ = l.Close()
				t.Fatal("Open trusts it")
			}
			bad, ok := errors.AsType[*Error](err)
			if !ok || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("error %q, want %q", err, tt.want)
			}
			if bad.Hint() == "" {
				t.Error("no hint")
			}
		})
	}
}

// TestExcelizeLosesRows pins the reason for our own walk: should excelize begin
// to report what it cannot read, the walk could go.
func TestExcelizeLosesRows(t *testing.T) {
	t.Parallel()
	path := rawBook{sheet: sheetXML(goodRows + "<row r=\"6\"><c r=\"A6\" t=\"str\"><v>a\x01</v></c></row>"), strings: stringsXML}.write(t)
	f, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rows, err := f.GetRows("Guests")
	if err != nil || len(rows) != 5 {
		t.Errorf("excelize now gives %d rows and %v: is the walk still needed?", len(rows), err)
	}
}
