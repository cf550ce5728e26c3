package xlsx

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"
)

// tableStyle has banded rows that print well.
const tableStyle = "TableStyleLight1"

// table is the part of a workbook that makes a table of rows.
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

// addTable makes the rows of a sheet a table, which has at least one row below
// its headings. Excelize wires the part up; its content is ours, since a heading
// may hold line breaks.
func (s *Sheet) addTable() error {
	ref, err := area(s.frozen, len(s.headings), max(s.rows, s.frozen+1))
	if err != nil {
		return err
	}
	s.book.tables++
	t := newTable(s.book.tables, s.Name, ref, s.headings)
	if err := s.AddTable(&excelize.Table{Range: ref, Name: t.Name}); err != nil {
		return err
	}
	part, err := xml.Marshal(t)
	if err != nil {
		return err
	}
	path := "xl/tables/table" + strconv.Itoa(t.ID) + ".xml"
	if _, there := s.book.File.Pkg.Swap(path, append([]byte(xml.Header), part...)); !there {
		return fmt.Errorf("the workbook has no part %s", path)
	}
	return nil
}

// escapeName writes a heading as the attribute of a table's column wants it
// (ECMA-376 part 1, 22.9.2.19): control characters, and what only looks like one
// that is escaped, are escaped.
func escapeName(heading string) string {
	var b strings.Builder
	for _, r := range escapeUnderscores(heading) {
		if r < 0x20 {
			_, _ = fmt.Fprintf(&b, "_x%04x_", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// maxHeading is the longest heading that an Excel table takes, in UTF-16 units.
const maxHeading = 255

// UniqueHeadings makes headings those of an Excel table, which opens only when
// none is empty and no two are equal but for case. An empty one is called by its
// place (Column3), a repeated one gets a number (Email2), as Excel itself does it.
// Headings that are fine stay as they are, so that doing it again changes nothing.
func UniqueHeadings(headings []string) []string {
	texts := make([]string, len(headings))
	taken := make(map[string]bool)
	repeated := make([]bool, len(headings))
	for i, heading := range headings {
		texts[i] = headingText(heading)
		key := fold(texts[i])
		repeated[i] = key == "" || taken[key]
		taken[key] = true
	}
	for i, text := range texts {
		if repeated[i] {
			texts[i] = newHeading(text, i+1, taken)
			taken[fold(texts[i])] = true
		}
	}
	return texts
}

// newHeading returns a heading that is not taken for the column at place, which
// counts from 1.
func newHeading(text string, place int, taken map[string]bool) string {
	name := text
	if fold(text) == "" {
		text = "Column"
		name = text + strconv.Itoa(place)
	}
	for n := 2; taken[fold(name)]; n++ {
		number := strconv.Itoa(n)
		name = cutTo(text, maxHeading-len(number)) + number
	}
	return name
}

// headingText returns what a heading's cell will hold: the names of a table's
// columns must equal their cells.
func headingText(heading string) string {
	text := strings.Map(func(r rune) rune {
		if inXML(r) {
			return r
		}
		return '\uFFFD'
	}, strings.ToValidUTF8(heading, "\uFFFD"))
	return cutTo(guardEscapes(text), maxHeading)
}

// inXML reports whether an XML document can hold a character.
func inXML(r rune) bool {
	return r >= 0x20 && r != 0xFFFE && r != 0xFFFF || r == '\t' || r == '\n' || r == '\r'
}

// cutTo cuts a text to a number of UTF-16 units.
func cutTo(text string, units int) string {
	for i, r := range text {
		if units -= max(1, utf16.RuneLen(r)); units < 0 {
			return text[:i]
		}
	}
	return text
}

// fold is what two headings have in common when an Excel table takes them for
// equal.
func fold(heading string) string { return strings.ToLower(strings.TrimSpace(heading)) }

// WidthError says that a row has more cells than a sheet can hold.
type WidthError struct {
	// Line is the row's line in the list, 0 for the headings.
	Line int
	// Cells is how many there are; a sheet takes 16,384.
	Cells int
}

// CheckWidth is a [*WidthError] where a row needs more cells than a sheet holds.
func CheckWidth(line, cells int) error {
	if cells > excelize.MaxColumns {
		return &WidthError{Line: line, Cells: cells}
	}
	return nil
}

// Error names the line and the two figures.
func (e *WidthError) Error() string {
	where := "the list"
	if e.Line > 0 {
		where = fmt.Sprintf("line %d of the list", e.Line)
	}
	return fmt.Sprintf("%s needs %d columns; a sheet holds %d", where, e.Cells, excelize.MaxColumns)
}

// Hint says what to do next.
func (e *WidthError) Hint() string {
	return "remove the columns or stray separators that are not needed, and run again"
}
