package sheet

import (
	"path/filepath"
	"strings"
	"testing"

	"guestlist/batch"
	"guestlist/internal/assert"
)

// The namespaces that a strict workbook has in place of the usual ones.
var strictly = strings.NewReplacer(
	"http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main",
	"http://schemas.openxmlformats.org/officeDocument/2006/relationships", "http://purl.oclc.org/ooxml/officeDocument/relationships",
)

const (
	relationsXML = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`
	officeXML    = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	mainXML      = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	dateStyles   = `<styleSheet xmlns="` + mainXML + `"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd"/></numFmts>` +
		`<fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders>` +
		`<cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/><xf numFmtId="164" applyNumberFormat="1"/></cellXfs></styleSheet>`
)

// TestQuirksOfPrograms reads what programs write that is not as Excel writes it.
func TestQuirksOfPrograms(t *testing.T) {
	t.Parallel()
	want := []batch.Row{{Line: 2, Cells: []string{"a@x.example"}}, {Line: 5, Cells: []string{"b@x.example"}}}
	prefixed := strings.NewReplacer("</", "</x:", "<?", "<?", "<", "<x:", "xmlns=", "xmlns:x=")
	good := sheetXML(goodRows)
	for name, book := range map[string]rawBook{
		"prefixes": {sheet: prefixed.Replace(good), strings: prefixed.Replace(stringsXML)},
		"strict namespaces": {sheet: strictly.Replace(good), strings: strictly.Replace(stringsXML), parts: map[string]string{
			"_rels/.rels":     relationsXML + `<Relationship Id="rId1" Type="` + strictly.Replace(officeXML) + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
			"xl/workbook.xml": strictly.Replace(`<workbook xmlns="` + mainXML + `" xmlns:r="` + officeXML + `"><sheets><sheet name="Guests" sheetId="1" r:id="rId1"/></sheets></workbook>`),
			"xl/_rels/workbook.xml.rels": strictly.Replace(relationsXML + `<Relationship Id="rId1" Type="` + officeXML + `/worksheet" Target="worksheets/sheet1.xml"/>` +
				`<Relationship Id="rId2" Type="` + officeXML + `/sharedStrings" Target="sharedStrings.xml"/></Relationships>`),
		}},
		"absolute targets, other names": {parts: map[string]string{
			"_rels/.rels":              relationsXML + `<Relationship Id="a" Type="` + officeXML + `/officeDocument" Target="/Book/Main.xml"/></Relationships>`,
			"book/main.xml":            `<workbook xmlns="` + mainXML + `" xmlns:q="` + officeXML + `"><sheets><sheet name="Guests" sheetId="1" q:id="s"/></sheets></workbook>`,
			"Book/_rels/main.xml.rels": relationsXML + `<Relationship Target="/book/list.xml" Id="s" Type="` + officeXML + `/worksheet"/><Relationship Id="t" Type="` + officeXML + `/sharedStrings" Target="texts.xml"/></Relationships>`,
			"book/list.xml":            good, "Book/Texts.xml": stringsXML,
			"[Content_Types].xml": `<Types><Override PartName="/book/main.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>`,
			"xl/workbook.xml":     "", "xl/_rels/workbook.xml.rels": "", "xl/sharedStrings.xml": "",
		}},
		"backslashes":                 {strings: stringsXML, parts: map[string]string{`xl\worksheets\sheet1.xml`: good}},
		"no relations of the package": {sheet: good, strings: stringsXML, parts: map[string]string{"_rels/.rels": ""}},
		"wrong dimension, empty rows": {sheet: strings.Replace(sheetXML(goodRows+`<row r="6" spans="1:1" x14ac:dyDescent="0.25"/><row r="1048576"/>`), "<sheetData>",
			`<dimension ref="A1"/><sheetViews><sheetView workbookViewId="0"/></sheetViews><sheetData>`, 1), strings: stringsXML},
		"comments, processing instructions, CDATA": {sheet: sheetXML(`<!-- row --><row r="1"><c r="A1" t="str"><v><![CDATA[Email]]></v></c></row><?x y?>` +
			`<row r="2"><c r="A2" t="str"><v>a@<!-- @ -->x.example</v></c></row><row r="5"><c r="A5" t="inlineStr"><is><r><t>b@</t></r><r><t xml:space="preserve">x.example</t></r></is></c></row>`)},
		"escapes": {sheet: sheetXML(`<row r="1"><c r="A1" t="str"><v>E&#109;ai&#x6C;</v></c></row><row r="2"><c r="A2" t="str"><v>a&#64;x.example</v></c></row>` +
			`<row r="5"><c r="a5" t="str"><v>b@x.example</v></c></row>`)},
		"byte order mark": {sheet: "\uFEFF" + good, strings: "\uFEFF" + stringsXML},
		"foreign elements": {sheet: strings.Replace(good, "</worksheet>",
			`<extLst><ext><row r="1"/><sheetData2/></ext></extLst></worksheet>`, 1), strings: stringsXML},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := open(t, book.write(t), Options{})
			assert.Equal(t, "sheet", l.Sheet(), "Guests")
			assert.Equal(t, "rows", all(t, l), want)
			assert.Equal(t, "notices", len(l.Notices()), 0)
		})
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

func TestFlagsForCSVAlone(t *testing.T) {
	t.Parallel()
	path := rawBook{sheet: sheetXML(goodRows), strings: stringsXML}.write(t)
	for _, opt := range []Options{{Encoding: "windows-1252"}, {Delimiter: ';'}} {
		l := open(t, path, opt)
		if n := l.Notices(); len(n) != 1 || !strings.Contains(n[0], "The list is a workbook") {
			t.Errorf("%+v: %v", opt, n)
		}
	}
}

func TestDates(t *testing.T) {
	t.Parallel()
	sheet := sheetXML(`<row r="1"><c r="A1" t="str"><v>Email</v></c></row><row r="2"><c r="A2" t="str"><v>a@x.example</v></c>` +
		`<c r="B2" s="1"><v>46082</v></c><c r="C2" s="2"><v>46082.5</v></c><c r="D2" s="2" t="d"><v>2026-03-01T00:00:00</v></c><c r="E2" s="1" t="d"><v>2026-03-01</v></c>` +
		`<c r="F2" s="2" t="d"><v>soon</v></c><c r="G2" s="9"><v>46082</v></c><c r="H2" s="2" t="str"><v>46082</v></c></row>`)
	book := func(pr string) map[string]string {
		return map[string]string{"xl/workbook.xml": `<workbook xmlns="` + mainXML + `" xmlns:r="` + officeXML + `">` + pr +
			`<sheets><sheet name="Guests" sheetId="1" r:id="rId1"/></sheets></workbook>`}
	}
	from1900 := []string{"a@x.example", "2026-03-01", "2026-03-01", "2026-03-01", "2026-03-01", "soon", "46082", "46082"}
	from1904 := []string{"a@x.example", "2030-03-02", "2030-03-02", "2026-03-01", "2026-03-01", "soon", "46082", "46082"}
	for pr, want := range map[string][]string{"": from1900, `<workbookPr date1904="0"/>`: from1900, `<workbookPr date1904="1"/>`: from1904, `<workbookPr date1904="true"/>`: from1904} {
		l := open(t, rawBook{sheet: sheet, styles: dateStyles, parts: book(pr)}.write(t), Options{})
		assert.Equal(t, "dates with "+pr, all(t, l)[0].Cells, want)
	}
	strict := open(t, rawBook{sheet: strictly.Replace(sheet), styles: strictly.Replace(dateStyles)}.write(t), Options{})
	assert.Equal(t, "strict", all(t, strict)[0].Cells, from1900)
}

func TestUnseenRowsAndColumns(t *testing.T) {
	t.Parallel()
	const one = `<row r="6" hidden="1"><c r="A6" t="s"><v>1</v></c></row>`
	const hidden = one + `<row r="7" hidden="true"><c r="A7" t="s"><v>2</v></c></row><row r="8" hidden="1"/>`
	const table = `<table xmlns="` + mainXML + `" ref="A1:A7"><autoFilter ref="A1:A7">%</autoFilter></table>`
	const set = `<filterColumn colId="0"><filters><filter val="b"/></filters></filterColumn>`
	withTable := func(filter string) rawBook {
		return rawBook{sheet: strings.Replace(sheetXML(goodRows+hidden), "</worksheet>", `<tableParts count="1"><tablePart r:id="t1"/></tableParts></worksheet>`, 1), parts: map[string]string{
			"xl/worksheets/_rels/sheet1.xml.rels": relationsXML + `<Relationship Id="t1" Type="` + officeXML + `/table" Target="../tables/table1.xml"/></Relationships>`,
			"xl/tables/table1.xml":                strings.Replace(table, "%", filter, 1),
		}}
	}
	after := func(rows, xml string) rawBook {
		return rawBook{sheet: strings.Replace(sheetXML(goodRows+rows), "</worksheet>", xml+"</worksheet>", 1)}
	}
	columns := func(cols string) rawBook {
		return rawBook{sheet: strings.Replace(sheetXML(strings.Replace(goodRows, "</c>", `</c><c r="B1" t="str"><v>Name</v></c><c r="C1" t="str"><v>Secret</v></c>`, 1)), "<sheetData>", cols+"<sheetData>", 1)}
	}
	for name, tt := range map[string]struct {
		book rawBook
		want []string
	}{
		"nothing hidden":           {after("", `<autoFilter ref="A1:A5">`+set+`</autoFilter>`), nil},
		"hidden":                   {after(hidden, `<autoFilter ref="A1:A7"/>`), []string{"2 rows of the sheet are hidden; they are part of the list."}},
		"filtered":                 {after(hidden, `<autoFilter ref="A1:A7">`+set+`</autoFilter>`), []string{"A filter hides 2 rows; they are part of the list."}},
		"one filtered":             {after(one, `<autoFilter ref="A1:A7">`+set+`</autoFilter>`), []string{"A filter hides 1 row; it is part of the list."}},
		"filtered for others":      {after(hidden, `<customSheetViews><customSheetView><autoFilter ref="A1:A7">`+set+`</autoFilter></customSheetView></customSheetViews>`), []string{"2 rows of the sheet are hidden; they are part of the list."}},
		"filtered table":           {withTable(set), []string{"A filter hides 2 rows; they are part of the list."}},
		"table without a filter":   {withTable(""), []string{"2 rows of the sheet are hidden; they are part of the list."}},
		"hidden address":           {columns(`<cols><col min="1" max="1" hidden="1"/></cols>`), []string{`The column "Email" (A) is hidden; it is read all the same.`}},
		"hidden columns":           {columns(`<cols><col min="1" max="16384" hidden="true"/></cols>`), []string{`The columns "Email" (A), "Name" (B) are hidden; they are read all the same.`}},
		"hidden columns of no use": {columns(`<cols><col min="3" max="16384" hidden="1"/><col min="1" max="2"/></cols>`), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.book.strings = stringsXML
			l := open(t, tt.book.write(t), Options{})
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
	hyperlinks, relations := "<hyperlinks>", relationsXML
	for _, l := range links {
		hyperlinks += `<hyperlink ref="` + l[0] + `" r:id="` + l[1] + `" display="x"/>`
		relations += `<Relationship Id="` + l[1] + `" Type="` + officeXML + `/hyperlink" Target="` + l[2] + `" TargetMode="External"/>`
	}
	book := rawBook{
		sheet: strings.Replace(sheetXML(rows), "</worksheet>", hyperlinks+`<hyperlink ref="A9" location="Sheet2!A1"/></hyperlinks></worksheet>`, 1),
		parts: map[string]string{"xl/worksheets/_rels/sheet1.xml.rels": relations + "</Relationships>"},
	}
	l := open(t, book.write(t), Options{})
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
