// Package marked writes a list back with everything that is to be corrected in it:
// in colour, with a comment at the cell, and in words in a column of their own.
// The workbook goes back to the people who made the list and know nothing of
// guestlist; corrected, it is a list to check and to invite from.
package marked

import (
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"guestlist/batch"
	"guestlist/report/xlsx"
)

// Column is the heading of the column that says in words what is to be corrected.
// It is right of the list. A list that has such a column already, because it was
// marked before, keeps it where it is and gets its texts anew; what people wrote there stays.
const Column = "What to correct"

const (
	// columnBeside is the heading where the list has a column of its own called [Column].
	columnBeside = Column + " (guestlist)"
	// earlierColumn is what the column was called before.
	earlierColumn = "What to mend"
)

// FindColumn is the position of the column that is called as that of a marked list, -1 where
// there is none. Whether it is that column, [IsWritten] tells.
func FindColumn(columns []string) int {
	for _, name := range []string{columnBeside, Column, earlierColumn} {
		if at := slices.IndexFunc(columns, func(heading string) bool { return strings.EqualFold(strings.TrimSpace(heading), name) }); at >= 0 {
			return at
		}
	}
	return -1
}

// IsWritten reports whether the column at a position of a list is that of a marked list: one
// of its cells begins as [Write] begins a text, or there is nothing in it.
func IsWritten(at int, rows iter.Seq2[batch.Row, error]) bool {
	empty := true
	for row, err := range rows {
		if err != nil {
			break // whoever reads the list tells
		}
		cell := strings.TrimSpace(row.Cell(at))
		for _, title := range titles {
			if strings.HasPrefix(cell, title+titleEnd) {
				return true
			}
		}
		empty = empty && cell == ""
	}
	return empty
}

// IsUncorrected reports whether the file at path is as [Write] wrote it: no one has corrected
// anything in it since.
func IsUncorrected(path string) (bool, error) { return xlsx.Unchanged(path) }

// Row is a row of the list and what there is to say about it.
type Row struct {
	batch.Row

	// Problems are those of [batch.Step.Findings]. One about a field that has no
	// column in the list is shown at the address.
	Problems []batch.Problem
	// Remarks are what people wrote into the column of the texts before, as [Remarks] finds it.
	// They stay, behind the texts.
	Remarks string
}

// List is a list with its problems.
type List struct {
	// Name is what people call the list, e.g. its file name; "" for none.
	Name string
	// Sheet is the name of the list's sheet, "" for CSV.
	Sheet string
	// Header is the list's own. The redeem URLs of a results workbook are left
	// out: they are personal, and a marked list is sent away.
	Header batch.Header
	// HasOwn says that the list has a column of its own that is called [Column]. It stays, and
	// the texts get a column of another name.
	HasOwn bool
	// Rows are ranged over once, in the order of the list. A row may have fewer
	// cells than there are headings, or more: those go right of the last column,
	// without a heading.
	Rows iter.Seq2[Row, error]
}

// Write writes the list with its problems as a workbook. Nothing reaches w before
// all rows are read, and memory does not grow with them. It ends with the
// context's cause when ctx ends, and with any error that the rows yield. A list
// too wide for a sheet is a [*xlsx.WidthError].
func Write(ctx context.Context, w io.Writer, l List) error {
	scratch, err := xlsx.NewScratch()
	if err != nil {
		return fmt.Errorf("make the marked list: %w", err)
	}
	defer func() { _ = scratch.Remove() }()

	b, err := newBook(scratch.Path, l)
	if err != nil {
		return err
	}
	defer func() { _ = b.Close() }()
	if err := b.fill(ctx, l.Rows); err != nil {
		return err
	}
	return b.Write(ctx, w)
}
