package marked

import (
	"slices"
	"strconv"
)

// places knows where the rows of the list stand in the workbook: the workbook
// has no title above its headings and no blank rows, and goes on on another
// sheet when one is full. It needs room only where the distance between a line
// and its row changes.
type places struct{ runs []run }

// run is rows that follow each other in the list as they do on the sheet.
type run struct {
	line, row, sheet int
}

// add notes that a line of the list, below all earlier ones, stands in a row of
// a sheet.
func (p *places) add(line, row, sheet int) {
	if n := len(p.runs); n > 0 {
		last := p.runs[n-1]
		if last.sheet == sheet && line-last.line == row-last.row {
			return
		}
	}
	p.runs = append(p.runs, run{line: line, row: row, sheet: sheet})
}

// find gives row and sheet of a line that was added, false for one above all of them.
func (p *places) find(line int) (row, sheet int, ok bool) {
	i, found := slices.BinarySearchFunc(p.runs, line, func(r run, line int) int { return r.line - line })
	if !found {
		i--
	}
	if i < 0 {
		return 0, 0, false
	}
	r := p.runs[i]
	return r.row + line - r.line, r.sheet, true
}

// name is what people call the place of a line, seen from a sheet; "" where the
// line was not written.
func (b *book) name(line, from int) string {
	row, sheet, ok := b.places.find(line)
	if !ok {
		return ""
	}
	text := "row " + strconv.Itoa(row)
	if sheet != from {
		text += " of the sheet “" + b.sheets[sheet].name + "”"
	}
	return text
}
