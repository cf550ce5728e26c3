package report

import (
	"slices"

	"github.com/xuri/excelize/v2"

	"guestlist/report/celltext"
)

// line is a row of a sheet before it is written, used again for the next.
// Positions count from 0.
type line struct {
	cells []excelize.Cell
	// values are nil or point into cells.
	values []any
}

// reset empties the line and gives it so many cells.
func (l *line) reset(width int) {
	l.cells = slices.Grow(l.cells[:0], width)[:width]
	l.values = slices.Grow(l.values[:0], width)[:width]
	clear(l.values)
}

// text puts a text into a cell, an empty one leaves it empty.
func (l *line) text(position int, text string, style int) {
	l.values[position] = nil
	if text != "" {
		l.value(position, cellText(text), style)
	}
}

// value puts a text or number into a cell.
func (l *line) value(position int, value any, style int) {
	l.cells[position] = excelize.Cell{StyleID: style, Value: value}
	l.values[position] = &l.cells[position]
}

// cellText is a text as a cell can hold it; the cut says of itself that it is one.
func cellText(text string) string {
	fit, _ := celltext.Fit(text)
	return fit
}
