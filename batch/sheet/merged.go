package sheet

import (
	"fmt"
	"strings"

	"guestlist/batch"
)

// cellRange is a rectangle of cells, columns and rows counted from 1; the zero
// cellRange is none.
type cellRange struct{ left, top, right, bottom int }

// rangeOf reads a reference such as D2:D3 or B7.
func rangeOf(reference string) cellRange {
	from, to, ranged := strings.Cut(strings.ReplaceAll(reference, "$", ""), ":")
	if !ranged {
		to = from
	}
	var r cellRange
	r.left, r.top = place([]byte(from))
	r.right, r.bottom = place([]byte(to))
	if r.top == 0 || r.bottom == 0 {
		return cellRange{}
	}
	return r
}

// merged are the merged cells that span rows below the headings in a column that
// holds a field: people see the value in all of their rows, and the first alone
// has it.
type merged struct {
	header batch.Header
	// line is that of the headings.
	line int
	// found are how many there are of a field; the first is told.
	found map[batch.Field]count
}

// note looks at the reference of one.
func (m *merged) note(reference string) {
	r := rangeOf(reference)
	if r.bottom <= max(r.top, m.line+1) {
		return
	}
	for f, at := range m.header.Fields {
		if r.left <= at+1 && at+1 <= r.right {
			c := m.found[f]
			c.add(r.top, reference)
			m.found[f] = c
		}
	}
}

// notices tell of them, one for each field.
func (m *merged) notices() []string {
	var told []string
	for _, f := range batch.Fields() {
		c, at := m.found[f], m.header.Fields[f]
		if c.n == 0 {
			continue
		}
		which := c.text
		if c.n > 1 {
			which = fmt.Sprintf("%s and %d more", c.text, c.n-1)
		}
		told = append(told, fmt.Sprintf("In the column %q (%s) cells of several rows are merged (%s): only the first of these rows has the value. "+
			"Unmerge them and fill each row.", m.header.Columns[at], letters(at+1), which))
	}
	return told
}
