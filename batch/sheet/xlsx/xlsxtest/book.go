// Package xlsxtest makes workbooks by hand for tests, so that they can be as
// strange or as damaged as no library would write them.
package xlsxtest

import (
	"archive/zip"
	"bytes"
	"maps"
	"slices"
)

// Book is a workbook with one sheet, Guests.
type Book struct {
	// Sheet, Strings and Styles are parts as they are stored; "" leaves one out.
	Sheet, Strings, Styles string
	// Parts are put in the place of those of the same name, or added; "" leaves
	// one out.
	Parts map[string]string
	// Spoil changes the finished ZIP file, if it is not nil.
	Spoil func([]byte) []byte
}

// Namespaces and the start of a part with relations.
const (
	MainNS    = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	OfficeNS  = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	Relations = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`
)

// Parts of a sound workbook: a heading in row 1, addresses in the rows 2 and 5, and
// a style 1 that shows nothing.
const (
	Strings = `<?xml version="1.0" encoding="UTF-8"?><sst xmlns="` + MainNS + `">` +
		`<si><t>Email</t></si><si><t>a@x.example</t></si><si><r><t>b@</t></r><r><rPr><b/></rPr><t>x.example</t></r><rPh sb="0" eb="1"><t>no</t></rPh></si></sst>`
	Styles = `<styleSheet xmlns="` + MainNS + `"><numFmts count="1"><numFmt numFmtId="164" formatCode=";;;"/></numFmts>` +
		`<fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders>` +
		`<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="164" applyNumberFormat="1"/></cellXfs></styleSheet>`
	Rows = `<row r="1"><c r="A1" t="s"><v>0</v></c></row>` +
		`<row r="2"><c r="A2" t="s"><v>1</v></c></row><row r="5"><c r="A5" t="s"><v>2</v></c></row>`
)

// Sheet is a sheet with rows.
func Sheet(rows string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="` + MainNS + `"><sheetData>` + rows + `</sheetData></worksheet>`
}

// Bytes packs the parts, stored and not compressed, so that a byte can be found
// and changed.
func (b Book) Bytes() []byte {
	files := [][2]string{
		{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>`},
		{"_rels/.rels", Relations + `<Relationship Id="rId1" Type="` + OfficeNS + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook xmlns="` + MainNS + `" xmlns:r="` + OfficeNS + `">` +
			`<sheets><sheet name="Guests" sheetId="1" r:id="rId1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", Relations + `<Relationship Id="rId1" Type="` + OfficeNS + `/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`},
		{"xl/worksheets/sheet1.xml", b.Sheet},
		{"xl/sharedStrings.xml", b.Strings},
		{"xl/styles.xml", b.Styles},
	}
	for _, name := range slices.Sorted(maps.Keys(b.Parts)) {
		files = slices.DeleteFunc(files, func(file [2]string) bool { return file[0] == name })
		files = append(files, [2]string{name, b.Parts[name]})
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
			panic(err) // a buffer takes everything
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	if b.Spoil != nil {
		return b.Spoil(out.Bytes())
	}
	return out.Bytes()
}
