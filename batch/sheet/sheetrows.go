package sheet

import (
	"errors"
	"iter"

	"guestlist/batch"
)

// rows yields the rows of a sheet that are not blank, as people see them.
func (b *workbook) rows(t tab) iter.Seq2[batch.Row, error] {
	return func(yield func(batch.Row, error) bool) {
		for row, err := range b.stored(t, nil) {
			var cells []string
			if err == nil {
				cells, err = b.cells(row)
				err = inSheet(t, err)
			}
			if err == nil && blank(cells) {
				continue
			}
			if !yield(batch.Row{Line: row.number, Cells: cells}, err) || err != nil {
				return
			}
		}
	}
}

// cells is a stored row as people see it, without the blanks at its end.
func (b *workbook) cells(row storedRow) ([]string, error) {
	width := 0
	for _, c := range row.cells {
		if c.raw != "" {
			width = c.column
		}
	}
	cells := make([]string, width)
	for _, c := range row.cells {
		if c.raw == "" {
			continue
		}
		text, err := b.text(c)
		if err != nil {
			return nil, cellError(row, c, err)
		}
		cells[c.column-1] = text
	}
	return cells, nil
}

// stored yields the sound rows of a sheet as they are stored.
func (b *workbook) stored(t tab, around *surroundings) iter.Seq2[storedRow, error] {
	return func(yield func(storedRow, error) bool) {
		for row, err := range walk(b.parts[partName(t.part)], around) {
			if err != nil {
				err = &Error{Sheet: t.name, Row: row.number, Err: damaged(t.part, err)}
			} else {
				err = inSheet(t, b.sound(row))
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// sound checks a stored row by itself: shared strings that exist, formulas that
// have been computed.
func (b *workbook) sound(row storedRow) error {
	for _, c := range row.cells {
		// A formula whose result is an empty text is of the kind str.
		if c.formula && c.raw == "" && (!c.stored || c.kind != "str" && c.kind != "inlineStr") {
			return cellError(row, c, &faultError{what: "a formula that was never computed", hint: formulaHint})
		}
		if c.kind == "s" && c.raw != "" {
			if _, err := b.shared(c); err != nil {
				return cellError(row, c, err)
			}
		}
	}
	return nil
}

// cellError places a complaint in a cell.
func cellError(row storedRow, c storedCell, err error) error {
	return &Error{Row: row.number, position: c.column, Err: err}
}

// inSheet names the sheet in an error that knows only the row.
func inSheet(t tab, err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		e.Sheet = t.name
	}
	return err
}
