package marked

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"guestlist/batch/results"
)

// WidthError says that a list is too wide for a sheet.
type WidthError struct {
	// Line is the row's line in the list, 0 for the headings.
	Line int
	// Columns is how many the sheet would need; it takes 16,384.
	Columns int
}

// Error names the line and both figures.
func (e *WidthError) Error() string {
	where := "the list"
	if e.Line > 0 {
		where = fmt.Sprintf("line %d of the list", e.Line)
	}
	return fmt.Sprintf("%s needs %d columns; a sheet holds %d", where, e.Columns, excelize.MaxColumns)
}

// Hint says what to do next.
func (e *WidthError) Hint() string {
	return "remove the columns or stray separators that are not needed, and check again"
}

// columns is where values stand on a sheet. Positions count from 0.
type columns struct {
	headings []string
	// list is how many of the headings are the list's own.
	list int
	// address is where marks without a column go, words where [Column] is.
	address, words int
	// links is the column of redeem URLs of a list that is a results workbook,
	// -1 in any other. Links are personal, and a marked list is sent away.
	links int
}

func newColumns(l List) (columns, error) {
	c := columns{headings: slices.Clone(l.Columns), list: len(l.Columns), address: l.Address}
	c.words = slices.IndexFunc(c.headings, func(heading string) bool {
		return strings.EqualFold(strings.TrimSpace(heading), Column)
	})
	c.links = -1
	if _, isResults := results.FindLayout(l.Columns); isResults {
		c.links = slices.IndexFunc(c.headings, func(heading string) bool {
			return strings.EqualFold(strings.TrimSpace(heading), results.ColumnRedeemURL)
		})
	}
	if c.words < 0 {
		c.words = len(c.headings)
		c.headings = append(c.headings, Column)
	}
	if !c.marks(c.address) {
		c.address = 0
	}
	if len(c.headings) > excelize.MaxColumns {
		return c, &WidthError{Columns: len(c.headings)}
	}
	return c, nil
}

// marks reports whether a mark can stand in a column: it is one of the list,
// and not that of the words.
func (c columns) marks(position int) bool {
	return position >= 0 && position < c.list && position != c.words
}

// of is where a mark stands.
func (c columns) of(m Mark) int {
	if c.marks(m.Column) {
		return m.Column
	}
	return c.address
}

// place returns the position of a row's cell: the list's own column, or for a
// cell beyond the headings one right of all of them.
func (c columns) place(cell int) int {
	if cell < c.list {
		return cell
	}
	return len(c.headings) + cell - c.list
}

// width returns how many positions a row needs, without empty cells at its end.
func (c columns) width(r Row) int {
	last := len(r.Cells)
	for last > c.list && r.Cells[last-1] == "" {
		last--
	}
	return max(len(c.headings), c.place(last-1)+1)
}
