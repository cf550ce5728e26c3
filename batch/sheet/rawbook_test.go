package sheet

import (
	"archive/zip"
	"bytes"
	"maps"
	"slices"
	"testing"
)

// rawBook is a workbook made by hand, so that a test can damage it.
type rawBook struct {
	sheet, strings, styles string
	// parts are put in the place of those of the same name, or added; "" leaves
	// one out.
	parts map[string]string
	// spoil changes the finished ZIP file.
	spoil func([]byte) []byte
}

const (
	stringsXML = `<?xml version="1.0" encoding="UTF-8"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">` +
		`<si><t>Email</t></si><si><t>a@x.example</t></si><si><r><t>b@</t></r><r><rPr><b/></rPr><t>x.example</t></r><rPh sb="0" eb="1"><t>no</t></rPh></si></sst>`
	stylesXML = `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="1"><numFmt numFmtId="164" formatCode=";;;"/></numFmts>` +
		`<fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders>` +
		`<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="164" applyNumberFormat="1"/></cellXfs></styleSheet>`
	goodRows = `<row r="1"><c r="A1" t="s"><v>0</v></c></row>` +
		`<row r="2"><c r="A2" t="s"><v>1</v></c></row><row r="5"><c r="A5" t="s"><v>2</v></c></row>`
)

// sheetXML is a sheet with rows.
func sheetXML(rows string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">` +
		`<sheetData>` + rows + `</sheetData></worksheet>`
}

// bytes packs the parts, stored and not compressed, so that a byte can be found and changed.
func (b rawBook) bytes(tb testing.TB) []byte {
	tb.Helper()
	const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	relations := `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`
	files := [][2]string{
		{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>`},
		{"_rels/.rels", relations + `<Relationship Id="rId1" Type="` + office + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="` + office + `">` +
			`<sheets><sheet name="Guests" sheetId="1" r:id="rId1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", relations + `<Relationship Id="rId1" Type="` + office + `/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`},
		{"xl/worksheets/sheet1.xml", b.sheet},
		{"xl/sharedStrings.xml", b.strings},
		{"xl/styles.xml", b.styles},
	}
	for _, name := range slices.Sorted(maps.Keys(b.parts)) {
		files = slices.DeleteFunc(files, func(file [2]string) bool { return file[0] == name })
		files = append(files, [2]string{name, b.parts[name]})
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, file := range files {
		if file[1] == "" {
			continue
		}
		part, err := w.CreateHeader(&zip.FileHeader{Name: file[0], Method: zip.Store})
		if err == nil {
			_, err = part.Write([]byte(file[1]))
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	if b.spoil != nil {
		return b.spoil(out.Bytes())
	}
	return out.Bytes()
}

func (b rawBook) write(tb testing.TB) string {
	tb.Helper()
	return write(tb, "book.xlsx", string(b.bytes(tb)))
}
