package sheet

import (
	"fmt"
	"maps"
	"slices"

	"guestlist/batch"
	"guestlist/batch/sheet/xlsx"
	"guestlist/internal/text"
)

// filler gives each row of merged cells the value that people see in it: only the
// first row has it. Rows must come from the top.
type filler struct {
	// ranges are those still to come, open those that the row at hand may be in, with
	// their values.
	ranges []xlsx.Range
	open   []merged
	// email is the column of the addresses, from 0.
	email int
	// without are the rows that would have got an address of another row.
	without occurrences
	// covered are the rows with a value of their own that Excel does not show, by column.
	covered map[int]occurrences
	// filled are the rows that got a value, by column from 0.
	filled map[int]occurrences
	// spans counts the merged cells of a column.
	spans map[int]int
}

// merged are merged cells with the value of the first.
type merged struct {
	xlsx.Range

	value string
	used  bool // for a row below the first
}

// pass goes on to a row that is blank.
func (f *filler) pass(row int) { f.down(row, nil) }

// down fills the cells of a row, whose blank ones at the end are left out.
func (f *filler) down(row int, cells []string) []string {
	for len(f.ranges) > 0 && f.ranges[0].Top <= row {
		m := merged{Range: f.ranges[0]}
		if m.Top == row && m.Left <= len(cells) {
			m.value = cells[m.Left-1]
		}
		f.ranges = f.ranges[1:]
		if m.value != "" {
			f.open = append(f.open, m)
		}
	}
	if len(f.open) == 0 {
		return cells
	}
	f.open = slices.DeleteFunc(f.open, func(m merged) bool { return m.Bottom < row })
	if cells == nil {
		return nil
	}
	for i, m := range f.open {
		f.cover(row, m, cells)
		if m.Top == row || m.Left <= len(cells) && cells[m.Left-1] != "" {
			continue
		}
		if m.Left-1 == f.email { // that of another guest
			f.without.add(row, m.String())
			continue
		}
		if missing := m.Left - len(cells); missing > 0 {
			cells = append(cells, make([]string, missing)...)
		}
		cells[m.Left-1] = m.value
		if f.filled == nil {
			f.filled, f.spans = make(map[int]occurrences), make(map[int]int)
		}
		if !m.used {
			f.open[i].used = true
			f.spans[m.Left-1]++
		}
		found := f.filled[m.Left-1]
		found.add(row, m.String())
		f.filled[m.Left-1] = found
	}
	return cells
}

// cover notes the values of a row that lie under merged cells: all but the first one of
// these.
func (f *filler) cover(row int, m merged, cells []string) {
	for at := m.Left - 1; at < min(m.Right, len(cells)); at++ {
		if cells[at] == "" || m.Top == row && at == m.Left-1 {
			continue
		}
		if f.covered == nil {
			f.covered = make(map[int]occurrences)
		}
		found := f.covered[at]
		found.add(row, cells[at])
		f.covered[at] = found
	}
}

// sentences say which columns were filled.
func (f *filler) sentences(h batch.Header) []string {
	var told []string
	for _, at := range slices.Sorted(maps.Keys(f.filled)) {
		found := f.filled[at]
		told = append(told, fmt.Sprintf("In the column %s cells of several rows are merged (%s%s): %s the value of the first of them, from row %d on. "+
			"If that is not meant, unmerge them and fill each row.", columnAndPlace(h.Columns, at), found.text, more(f.spans[at]),
			text.Plural(found.count, "row")+verb(found.count, " gets", " get"), found.row))
	}
	for _, at := range slices.Sorted(maps.Keys(f.covered)) {
		o := f.covered[at]
		told = append(told, fmt.Sprintf("In the column %s %s a value under merged cells, where Excel does not show it; it is still read. The first is row %d, %q.",
			columnAndPlace(h.Columns, at), text.Plural(o.count, "row")+verb(o.count, " has", " have"), o.row, clipped(o.text)))
	}
	if o := f.without; o.count > 0 {
		told = append(told, fmt.Sprintf("In the column %s cells of several rows are merged (%s): an address is that of one guest, so that %s without one, from row %d on. "+
			"Unmerge the cells and fill each row.", columnAndPlace(h.Columns, f.email), o.text, text.Plural(o.count, "row")+verb(o.count, " is", " are"), o.row))
	}
	return told
}

// more says how many there are besides the one that was named.
func more(all int) string {
	if all < 2 {
		return ""
	}
	return fmt.Sprintf(" and %d more", all-1)
}
