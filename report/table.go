package report

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"guestlist/report/celltext"
)

// tableStyle has banded rows that print well.
const tableStyle = "TableStyleLight1"

// table is the part of a workbook that makes a table of rows: banded, with a
// filter at each heading.
type table struct {
	XMLName xml.Name      `xml:"http://schemas.openxmlformats.org/spreadsheetml/2006/main table"`
	ID      int           `xml:"id,attr"`
	Name    string        `xml:"name,attr"`
	Display string        `xml:"displayName,attr"`
	Ref     string        `xml:"ref,attr"`
	Totals  int           `xml:"totalsRowShown,attr"`
	Filter  tableRange    `xml:"autoFilter"`
	Columns tableColumns  `xml:"tableColumns"`
	Style   tableStyleRef `xml:"tableStyleInfo"`
}

type tableRange struct {
	Ref string `xml:"ref,attr"`
}

type tableColumns struct {
	Count  int           `xml:"count,attr"`
	Column []tableColumn `xml:"tableColumn"`
}

type tableColumn struct {
	ID   int    `xml:"id,attr"`
	Name string `xml:"name,attr"`
}

type tableStyleRef struct {
	Name        string `xml:"name,attr"`
	FirstColumn int    `xml:"showFirstColumn,attr"`
	LastColumn  int    `xml:"showLastColumn,attr"`
	RowStripes  int    `xml:"showRowStripes,attr"`
	ColStripes  int    `xml:"showColumnStripes,attr"`
}

// newTable describes the table of a sheet. Its name is the sheet's, with the
// underscore that a name may have for the space that it may not.
func newTable(id int, sheet, ref string, headings []string) table {
	name := strings.ReplaceAll(sheet, " ", "_")
	t := table{
		ID: id, Name: name, Display: name, Ref: ref, Filter: tableRange{ref},
		Columns: tableColumns{Count: len(headings)},
		Style:   tableStyleRef{Name: tableStyle, RowStripes: 1},
	}
	for i, heading := range headings {
		t.Columns.Column = append(t.Columns.Column, tableColumn{ID: i + 1, Name: escapeName(heading)})
	}
	return t
}

// makeTable makes the rows of a sheet a table. Excelize wires the part up; its
// content is ours, since a heading may hold line breaks.
func (b *book) makeTable(p *page, ref string) error {
	b.tables++
	t := newTable(b.tables, p.name, ref, b.columns.headings)
	if err := p.AddTable(&excelize.Table{Range: ref, Name: t.Name}); err != nil {
		return err
	}
	part, err := t.part()
	if err != nil {
		return err
	}
	if _, there := b.file.Pkg.Swap(t.path(), part); !there {
		return fmt.Errorf("the workbook has no part %s", t.path())
	}
	return nil
}

// path is where the part stands in the workbook.
func (t table) path() string { return "xl/tables/table" + strconv.Itoa(t.ID) + ".xml" }

// part is the part as it stands in the file.
func (t table) part() ([]byte, error) {
	text, err := xml.Marshal(t)
	return append([]byte(xml.Header), text...), err
}

// escapeName writes a heading as the attribute of a table's column wants it
// (ECMA-376 part 1, 22.9.2.19): control characters, and what only looks like
// one that is escaped, escaped.
func escapeName(heading string) string {
	var b strings.Builder
	for _, r := range celltext.Protect(heading) {
		if r < 0x20 {
			_, _ = fmt.Fprintf(&b, "_x%04x_", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
