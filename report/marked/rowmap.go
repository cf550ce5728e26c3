package marked

import "slices"

// rowMap knows where the rows of the list are in the workbook: the workbook has no
// title above its headings and no blank rows, and continues on another sheet
// when one is full. It needs room only where the distance between a line and its row
// changes.
type rowMap struct{ runs []run }

// run is rows that follow each other in the list as they do on the sheet.
type run struct {
	line, row, sheet int
}

// add notes that a line of the list, below all earlier ones, is in a row of a
// sheet.
func (m *rowMap) add(line, row, sheet int) {
	if n := len(m.runs); n > 0 {
		last := m.runs[n-1]
		if last.sheet == sheet && line-last.line == row-last.row {
			return
		}
	}
	m.runs = append(m.runs, run{line: line, row: row, sheet: sheet})
}

// find gives row and sheet of a line that was added, false for one above all of them.
func (m *rowMap) find(line int) (row, sheet int, ok bool) {
	i, found := slices.BinarySearchFunc(m.runs, line, func(r run, line int) int { return r.line - line })
	if !found {
		i--
	}
	if i < 0 {
		return 0, 0, false
	}
	r := m.runs[i]
	return r.row + line - r.line, r.sheet, true
}
