package xlsx

import (
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Area is the part of a sheet that holds a list.
type Area struct {
	// Headings is the row of the headings; the list is below it.
	Headings int
	// Columns are the columns, from 1, whose text matters: a formula there that was
	// never computed is a [FormulaError].
	Columns []int
	// LinkColumn is the column whose links matter, from 1.
	LinkColumn int
}

// Meta is what a sheet has besides the text of its cells, as far as people should
// know it: what they see is not what is read.
type Meta struct {
	// HiddenRows is how many rows with values are hidden.
	HiddenRows int
	// NoResults are the cells of other columns with a formula that was never computed,
	// by column. They are empty.
	NoResults map[int]Rows
	// Struck are the rows whose cell in the link column is struck through.
	Struck Rows
	// Filtered says that a filter is set, which hides rows.
	Filtered bool
	// Merged are merged cells that span several rows: people see the value in all
	// of them, and only the first row has it. With them are those of one row that may
	// hide values.
	Merged []Range
	// MergedHeadings are cells of the heading row that are merged with some to their
	// right, of which the list has values.
	MergedHeadings []Range
	// MailLinks are the addresses to which the cells in the link column lead, by
	// row, as they are written in the links.
	MailLinks map[int]string

	area Area
	// hidden are the spans of hidden columns, from 1.
	hidden [][2]int
	// hyperlinks are relations of the part, by row. One may cover many rows.
	hyperlinks map[int]string
	// tables are the relations of the tables on the sheet, which may have filters.
	tables []string
	// filled are the columns, from 1, in which the list has values.
	filled []bool
}

// fill notes a column in which the list has a value.
func (m *Meta) fill(column int) {
	for len(m.filled) <= column {
		m.filled = append(m.filled, false)
	}
	m.filled[column] = true
}

// hasValues reports whether the list has values in any of some columns.
func (m *Meta) hasValues(first, last int) bool {
	last = min(last, len(m.filled)-1)
	return 0 < first && first <= last && slices.Contains(m.filled[first:last+1], true)
}

// Rows are rows that have something in common: how many they are and which is the
// first.
type Rows struct{ Count, First int }

func (r *Rows) add(row int) {
	if r.Count++; r.Count == 1 {
		r.First = row
	}
}

// HidesColumn reports whether a column, counted from 1, is hidden.
func (m *Meta) HidesColumn(column int) bool {
	return slices.ContainsFunc(m.hidden, func(span [2]int) bool { return span[0] <= column && column <= span[1] })
}

// note looks at an element outside of the rows that was just opened.
func (m *Meta) note(x *xmlReader) error {
	switch x.name {
	case "col":
		first, err := strconv.Atoi(x.attribute("min"))
		last, err2 := strconv.Atoi(x.attribute("max"))
		if err == nil && err2 == nil && isTrue(x.attribute("hidden")) {
			if len(m.hidden) == excelize.MaxColumns {
				return errors.New("there are more hidden columns than columns")
			}
			m.hidden = append(m.hidden, [2]int{first, last})
		}
	case "customSheetViews": // how the sheet looked to others
		return x.skip()
	case "filterColumn":
		m.Filtered = true
	case "tablePart":
		m.tables = append(m.tables, x.prefixed("id"))
	case "mergeCell":
		return m.noteMerged(x.attribute("ref"))
	case "hyperlink":
		return m.noteLink(x.attribute("ref"), x.prefixed("id"))
	}
	return nil
}

// noteMerged keeps merged cells that span rows of the list or may hide values of one.
func (m *Meta) noteMerged(reference string) error {
	r := parseRange(reference)
	if h := m.area.Headings; r.Top <= h && h <= r.Bottom && m.hasValues(r.Left+1, r.Right) {
		seen := r
		seen.Right = min(r.Right, len(m.filled)-1)
		m.MergedHeadings = append(m.MergedHeadings, seen)
	}
	spansRows := r.Bottom > max(r.Top, m.area.Headings+1)
	covers := r.Top == r.Bottom && r.Top > m.area.Headings && m.hasValues(r.Left+1, r.Right)
	if !spansRows && !covers {
		return nil
	}
	if len(m.Merged) == excelize.TotalRows {
		return errors.New("there are more merged cells than rows")
	}
	m.Merged = append(m.Merged, r)
	return nil
}

// noteLink keeps a link on cells of the link column.
func (m *Meta) noteLink(reference, id string) error {
	r := parseRange(reference)
	if id == "" || r.Bottom == 0 || m.area.LinkColumn < r.Left || m.area.LinkColumn > r.Right {
		return nil
	}
	if len(m.hyperlinks)+r.Bottom-r.Top > excelize.TotalRows {
		return errors.New("there are more links than rows")
	}
	for row := r.Top; row <= r.Bottom; row++ {
		m.hyperlinks[row] = id
	}
	return nil
}

// mailLinks looks up the targets of links, and keeps those that are addresses.
func mailLinks(p parts, part string, hyperlinks map[int]string) (map[int]string, error) {
	found := make(map[int]string)
	if len(hyperlinks) == 0 {
		return found, nil
	}
	rows := make(map[string][]int)
	for row, id := range hyperlinks {
		rows[id] = append(rows[id], row)
	}
	err := p.relations(part, func(r relation) {
		address := mailAddress(r.target)
		for _, row := range rows[r.id] {
			if address != "" {
				found[row] = address
			}
		}
	})
	return found, err
}

// mailFormula is a formula that links to an address written out in it.
var mailFormula = regexp.MustCompile(`(?i)^=?HYPERLINK\(\s*"(mailto:[^"]*)"\s*[,;)]`)

// mailLinkIn is the address that a formula links to, "" for none.
func mailLinkIn(formula string) string {
	if m := mailFormula.FindStringSubmatch(formula); m != nil {
		return mailAddress(m[1])
	}
	return ""
}

// mailAddress is what a link addresses mail to, "" for a link of another kind.
func mailAddress(target string) string {
	const scheme = "mailto:"
	if len(target) < len(scheme) || !strings.EqualFold(target[:len(scheme)], scheme) {
		return ""
	}
	written, _, _ := strings.Cut(target[len(scheme):], "?")
	if address, err := url.PathUnescape(written); err == nil {
		return address
	}
	return written
}
