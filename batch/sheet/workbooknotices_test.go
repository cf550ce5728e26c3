package sheet

import (
	"strings"
	"testing"

	"guestlist/batch/sheet/xlsx/xlsxtest"
	"guestlist/internal/assert"
)

func TestUnseenRowsAndColumns(t *testing.T) {
	t.Parallel()
	const one = `<row r="6" hidden="1"><c r="A6" t="s"><v>1</v></c></row>`
	const hidden = one + `<row r="7" hidden="true"><c r="A7" t="s"><v>2</v></c></row><row r="8" hidden="1"/>`
	const table = `<table xmlns="` + xlsxtest.MainNS + `" ref="A1:A7"><autoFilter ref="A1:A7">%</autoFilter></table>`
	const set = `<filterColumn colId="0"><filters><filter val="b"/></filters></filterColumn>`
	withTable := func(filter string) xlsxtest.Book {
		return xlsxtest.Book{Sheet: strings.Replace(xlsxtest.Sheet(xlsxtest.Rows+hidden), "</worksheet>", `<tableParts count="1"><tablePart r:id="t1"/></tableParts></worksheet>`, 1), Parts: map[string]string{
			"xl/worksheets/_rels/sheet1.xml.rels": xlsxtest.Relations + `<Relationship Id="t1" Type="` + xlsxtest.OfficeNS + `/table" Target="../tables/table1.xml"/></Relationships>`,
			"xl/tables/table1.xml":                strings.Replace(table, "%", filter, 1),
		}}
	}
	after := func(rows, xml string) xlsxtest.Book {
		return xlsxtest.Book{Sheet: strings.Replace(xlsxtest.Sheet(xlsxtest.Rows+rows), "</worksheet>", xml+"</worksheet>", 1)}
	}
	columns := func(cols string) xlsxtest.Book {
		return xlsxtest.Book{Sheet: strings.Replace(xlsxtest.Sheet(strings.Replace(xlsxtest.Rows, "</c>", `</c><c r="B1" t="str"><v>Name</v></c><c r="C1" t="str"><v>Secret</v></c>`, 1)), "<sheetData>", cols+"<sheetData>", 1)}
	}
	// Rows are hidden by default: those that are written out are not (ECMA-376, 18.3.1.81),
	// and LibreOffice shows them, too.
	zeroHeight := xlsxtest.Book{Sheet: strings.Replace(xlsxtest.Sheet(xlsxtest.Rows), "<sheetData>", `<sheetFormatPr defaultRowHeight="15" zeroHeight="1"/><sheetData>`, 1)}
	for name, tt := range map[string]struct {
		book xlsxtest.Book
		want []string
	}{
		"nothing hidden":           {after("", `<autoFilter ref="A1:A5">`+set+`</autoFilter>`), nil},
		"hidden":                   {after(hidden, `<autoFilter ref="A1:A7"/>`), []string{"2 rows of the sheet are hidden; they are part of the list."}},
		"height 0":                 {after(`<row r="6" ht="0" customHeight="1"><c r="A6" t="s"><v>1</v></c></row><row r="7" ht="0.0"/><row r="8" ht="15"><c r="A8" t="s"><v>1</v></c></row>`, ""), []string{"1 row of the sheet is hidden; it is part of the list."}},
		"others are hidden":        {zeroHeight, nil},
		"filtered":                 {after(hidden, `<autoFilter ref="A1:A7">`+set+`</autoFilter>`), []string{"A filter hides 2 rows; they are part of the list."}},
		"one filtered":             {after(one, `<autoFilter ref="A1:A7">`+set+`</autoFilter>`), []string{"A filter hides 1 row; it is part of the list."}},
		"filtered for others":      {after(hidden, `<customSheetViews><customSheetView><autoFilter ref="A1:A7">`+set+`</autoFilter></customSheetView></customSheetViews>`), []string{"2 rows of the sheet are hidden; they are part of the list."}},
		"filtered table":           {withTable(set), []string{"A filter hides 2 rows; they are part of the list."}},
		"table without a filter":   {withTable(""), []string{"2 rows of the sheet are hidden; they are part of the list."}},
		"hidden address":           {columns(`<cols><col min="1" max="1" hidden="1"/></cols>`), []string{`The column "Email" (A) is hidden; it is still read.`}},
		"hidden columns":           {columns(`<cols><col min="1" max="16384" hidden="true"/></cols>`), []string{`The columns "Email" (A), "Name" (B) are hidden; they are still read.`}},
		"hidden columns of no use": {columns(`<cols><col min="3" max="16384" hidden="1"/><col min="1" max="2"/></cols>`), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.book.Strings = xlsxtest.Strings
			l := open(t, writeBook(t, tt.book), Options{})
			if n := len(all(t, l)); n < 2 {
				t.Errorf("%d rows", n)
			}
			assert.Equal(t, "notices", l.Notices(), tt.want)
		})
	}
}

func TestLinkedAddresses(t *testing.T) {
	t.Parallel()
	cell := func(row, text string) string {
		return `<row r="` + row + `"><c r="A` + row + `" t="str"><v>` + text + `</v></c><c r="B` + row + `" t="str"><v>Anna</v></c></row>`
	}
	rows := cell("1", "E-Mail") + cell("2", "Anna Berg") + cell("3", "b@x.example") + cell("4", "C@x.example") + cell("5", "Mail") + cell("6", "Web") +
		cell("7", "Two") + cell("8", "") + cell("9", "e@x.example") + cell("10", "Range") + cell("11", "Range") +
		`<row r="12"><c r="A12" t="str"><f>HYPERLINK("mailto:f%2B1@x.example?subject=Hi","Mail")</f><v>Mail</v></c></row>`
	links := [][3]string{ // cell, relation, target
		{"A2", "r2", "mailto:anna%2Bberg@x.example?subject=Hello%20Anna"},
		{"A3", "r3", "mailto:b@old.example"},
		{"A4", "r4", "MAILTO:c@X.example"},
		{"B5", "r5", "mailto:not.this@x.example"},
		{"A6", "r6", "https://x.example/a@b.example"},
		{"A7", "r7", "mailto:one@x.example,two@x.example"},
		{"A8", "r8", "mailto:blank@x.example"},
		{"$A$10:B11", "r10", "mailto:range@x.example"},
		{"A1:", "r11", "mailto:nowhere@x.example"},
	}
	hyperlinks, relations := "<hyperlinks>", xlsxtest.Relations
	for _, l := range links {
		hyperlinks += `<hyperlink ref="` + l[0] + `" r:id="` + l[1] + `" display="x"/>`
		relations += `<Relationship Id="` + l[1] + `" Type="` + xlsxtest.OfficeNS + `/hyperlink" Target="` + l[2] + `" TargetMode="External"/>`
	}
	book := xlsxtest.Book{
		Sheet: strings.Replace(xlsxtest.Sheet(rows), "</worksheet>", hyperlinks+`<hyperlink ref="A9" location="Sheet2!A1"/></hyperlinks></worksheet>`, 1),
		Parts: map[string]string{"xl/worksheets/_rels/sheet1.xml.rels": relations + "</Relationships>"},
	}
	l := open(t, writeBook(t, book), Options{})
	for range 2 {
		var got []string
		for _, row := range all(t, l) {
			got = append(got, row.Cells[0])
		}
		assert.Equal(t, "addresses", got, []string{
			"anna+berg@x.example", "b@x.example", "C@x.example", "Mail", "Web", "Two", "", "e@x.example", "range@x.example", "range@x.example", "f+1@x.example",
		})
		assert.Equal(t, "notices", l.Notices(), []string{
			`In 4 rows the address is taken from the link behind the text; the first is row 2, which shows "Anna Berg".`,
			`In 1 row the address differs from that of the link behind it; the text counts. The first is row 3, "b@x.example".`,
		})
	}
}

// TestAddressStruckInPart marks the part, so that no text stands there that looks like
// an address of somebody else.
func TestAddressStruckInPart(t *testing.T) {
	t.Parallel()
	const runs = `<r><rPr><strike/></rPr><t>old</t></r><r><t>new@x.example</t></r>`
	l := open(t, writeBook(t, xlsxtest.Book{
		Strings: `<sst xmlns="` + xlsxtest.MainNS + `"><si><t>Name</t></si><si><t>Email</t></si><si>` + runs + `</si></sst>`,
		Sheet: xlsxtest.Sheet(`<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>` +
			`<row r="2"><c r="A2" t="s"><v>2</v></c><c r="B2" t="s"><v>2</v></c></row>`),
	}), Options{})
	rows := all(t, l)
	assert.Equal(t, "cells", rows[0].Cells, []string{"oldnew@x.example", "~~old~~ new@x.example"})
	assert.Equal(t, "struck in part", rows[0].Struck, []int{0, 1})
}
