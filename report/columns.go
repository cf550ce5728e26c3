package report

import (
	"fmt"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
	"guestlist/batch/results"
)

// WidthError says that a row has more cells than a sheet can hold.
type WidthError struct {
	// Line is the row's line in the list, 0 for the headings.
	Line int
	// Cells is how many there are; a sheet takes 16,384.
	Cells int
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

// columns is where values stand on a sheet. Positions count from 0.
type columns struct {
	// headings are those of the list and ours, no two of them equal.
	headings []string
	// list is how many of the headings are the list's own.
	list int
	// at is where each of [batch.ResultColumns] stands.
	at map[string]int
}

// newColumns puts the result columns after those of the list, or in the place
// of a column of the same name: then the list is a results workbook, whose
// outcomes are replaced and not doubled.
func newColumns(list []string) (columns, error) {
	c := columns{headings: append([]string(nil), list...), list: len(list), at: map[string]int{}}
	for i, heading := range list {
		name, ours := results.Column(heading)
		if _, taken := c.at[name]; !ours || taken {
			continue
		}
		c.at[name] = i
		if fold(heading) != fold(name) {
			c.headings[i] = name // an earlier workbook called it otherwise
		}
	}
	for _, name := range results.Columns() {
		if _, taken := c.at[name]; !taken {
			c.at[name] = len(c.headings)
			c.headings = append(c.headings, name)
		}
	}
	if len(c.headings) > excelize.MaxColumns {
		return columns{}, &WidthError{Cells: len(c.headings)}
	}
	c.headings = unique(c.headings)
	return c, nil
}

// Fits reports with a [*WidthError] that a list has too many columns for a
// sheet, which also holds the result columns.
func Fits(list []string) error {
	_, err := newColumns(list)
	return err
}

// isResult reports whether guestlist fills the column.
func (c columns) isResult(position int) bool {
	for _, at := range c.at {
		if at == position {
			return true
		}
	}
	return false
}

// place returns the position of a record's cell: the list's own column, or for
// a cell beyond the list's columns one right of all headings.
func (c columns) place(cell int) int {
	if cell < c.list {
		return cell
	}
	return len(c.headings) + cell - c.list
}

// width returns how many positions a record needs, without empty cells at its end.
func (c columns) width(rec batch.Record) int {
	last := len(rec.Cells)
	for last > c.list && rec.Cells[last-1] == "" {
		last--
	}
	return max(len(c.headings), c.place(last-1)+1)
}
