package session

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"guestlist/batch"
	"guestlist/batch/judge"
	"guestlist/batch/results"
	"guestlist/batch/sheet"
	"guestlist/internal/text"
)

// failedRows is the sheet Failed of a results workbook: a part of the batch once more,
// where people correct the rows that they see. Both sheets are read, and what was
// changed on either is taken.
type failedRows struct {
	list   *sheet.List
	more   continued
	layout results.Layout
	// alone says that only the rows of this sheet are to be sent; where it is not known
	// which of two cells was changed, its own counts then.
	alone bool
	// edited are the rows that were changed or added on this sheet, order what they are
	// known by, and asked the addresses of all of its rows. They are known after
	// the sheet was read.
	edited map[string]failedRow
	order  []string
	asked  map[string]bool
	// listed is what all rows of this sheet are known by.
	listed map[string]bool
	// fixed is how many rows of the batch were corrected from here, missing are the rows of
	// the sheet Results that belong here and were taken away.
	fixed   int
	missing []int
}

// failedRow is a row of the sheet; base is what it was when it was written, nil where
// that is not known.
type failedRow struct {
	batch.Row

	base results.Base
}

// rowID is what the rows of both sheets are known by: the row of the list that they
// are, or the guest of a row that has left the list; "" for a row that was added.
func rowID(l results.Layout, row batch.Row) string {
	if line := l.SourceRow(row); line > 0 {
		return strconv.Itoa(line)
	}
	if key, ok := l.Key(row); ok {
		return key.Address
	}
	return ""
}

// read keeps the rows that were changed since they were written.
func (f *failedRows) read() error {
	if f.edited != nil {
		return nil
	}
	f.edited, f.asked, f.listed = make(map[string]failedRow), make(map[string]bool), make(map[string]bool)
	for row, err := range f.more.after(f.list) {
		if errors.Is(err, sheet.ErrEmpty) {
			break // nothing failed
		}
		if err != nil {
			return err
		}
		cell := f.list.Header().Value(row, batch.Email)
		for _, address := range append(judge.Mailboxes(cell), cell) {
			f.asked[addressKey(address)] = true
		}
		kept := failedRow{Row: row}
		if base, ok := f.layout.Base(row); ok {
			kept.base = base
		}
		id := rowID(f.layout, row)
		f.listed[id] = true
		if id != "" && kept.base != nil && !f.changed(kept) {
			continue
		}
		if _, taken := f.edited[id]; taken || id == "" {
			id = "line " + strconv.Itoa(row.Line) // a row of its own
		}
		f.edited[id] = kept
		f.order = append(f.order, id)
	}
	return nil
}

// changed reports whether a row is not as it was written.
func (f *failedRows) changed(row failedRow) bool {
	for i, heading := range f.list.Header().Columns {
		if !isResult(f.layout, heading) && !row.base.Has(heading, row.Cell(i)) {
			return true
		}
	}
	return false
}

// isResult reports whether a heading of a sheet is of results rather than of the list.
func isResult(layout results.Layout, heading string) bool {
	_, result := layout.Column(heading)
	return result
}

// merge is a row of the sheet Results with what was changed on this one. Cells that were
// changed on both, and in different ways, are a [*UsageError].
func (f *failedRows) merge(columns []string, row batch.Row, edit failedRow) (batch.Row, error) {
	mine := f.list.Header().Columns
	cells := make([]string, len(columns))
	copy(cells, row.Cells)
	fixed := false
	for i, heading := range columns {
		at := slices.Index(mine, heading)
		if at < 0 || isResult(f.layout, heading) || results.SameCell(cells[i], edit.Cell(at)) {
			continue
		}
		there, here := edit.base.Has(heading, cells[i]), edit.base.Has(heading, edit.Cell(at))
		switch {
		case there && !here, edit.base == nil && f.alone:
			cells[i], fixed = edit.Cell(at), true
		case here && !there: // it was changed on the sheet Results
		default:
			return row, contradiction(heading, row, edit, cells[i], edit.Cell(at))
		}
	}
	if fixed {
		f.fixed++
	}
	return batch.Row{Line: row.Line, Cells: cells}, nil
}

func contradiction(heading string, row batch.Row, edit failedRow, there, here string) error {
	what := "were both changed"
	if edit.base == nil {
		what = "differ, and it is not known which one was changed"
	}
	return Usagef("make the two cells equal, or undo one of the changes, and run the same command again; nothing was sent",
		"row %d of the sheet %s and row %d of the sheet %s are the same row and %s: the column %q has %q on the one and %q on the other",
		row.Line, resultsSheet, edit.Line, failedSheet, what, text.Line(heading), text.Line(there), text.Line(here))
}

// added are the rows of this sheet that are not on the sheet Results, under its
// headings. A row that was taken away there and changed here is a [*UsageError].
func (f *failedRows) added(columns []string, seen map[string]bool) (rows []batch.Row, err error) {
	mine := f.list.Header().Columns
	for _, id := range f.order {
		edit := f.edited[id]
		if seen[id] {
			continue
		}
		if edit.base != nil && !strings.HasPrefix(id, "line ") {
			return nil, Usagef("put the row back, or remove it from the sheet "+failedSheet+", too; nothing was sent",
				"row %d of the sheet %s was changed, and it was taken away from the sheet %s", edit.Line, failedSheet, resultsSheet)
		}
		cells := make([]string, len(columns))
		for i, heading := range columns {
			if at := slices.Index(mine, heading); at >= 0 && !isResult(f.layout, heading) {
				cells[i] = edit.Cell(at)
			}
		}
		rows = append(rows, batch.Row{Line: edit.Line, Cells: cells})
	}
	return rows, nil
}

// lookFor notes a row of the sheet Results that should be on this one and is not. Where the
// rows of this sheet alone are sent, that is a choice.
func (f *failedRows) lookFor(id string, row batch.Row, status batch.Status) {
	if !f.alone && id != "" && status.NeedsCare() && !f.listed[id] {
		f.missing = append(f.missing, row.Line)
	}
}

// notices tell what was taken over from the sheet, and what was not.
func (f *failedRows) notices() (notices []string) {
	if f.fixed > 0 {
		notices = append(notices, fmt.Sprintf("%s corrected on the sheet %s.", text.Plural(f.fixed, "row"), failedSheet))
	}
	if len(f.missing) > 0 {
		notices = append(notices, fmt.Sprintf("Deleted on the sheet %s, but still in the batch: %s of the sheet %s. To take a row out, delete it there.",
			failedSheet, text.Rows(f.missing), resultsSheet))
	}
	return notices
}
