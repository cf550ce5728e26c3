package sheet

import (
	"fmt"

	"github.com/xuri/excelize/v2"
)

// gridReader takes rows from excelize by number.
type gridReader struct {
	rows *excelize.Rows
	at   int
}

// row moves forward to a row. All rows before it must be blank, since they are
// not stored.
func (g *gridReader) row(number int) ([]string, error) {
	for {
		if !g.rows.Next() {
			return nil, &Error{Row: g.at + 1, Err: lost()}
		}
		g.at++
		cells, err := g.columns()
		if err != nil {
			return nil, err
		}
		if g.at == number {
			return cells, nil
		}
		if filled(cells) > 0 {
			return nil, &Error{Row: g.at, Err: lost()}
		}
	}
}

// finish makes sure that nothing is left.
func (g *gridReader) finish() error {
	for g.rows.Next() {
		g.at++
		cells, err := g.columns()
		if err != nil {
			return err
		}
		if filled(cells) > 0 {
			return &Error{Row: g.at, Err: lost()}
		}
	}
	if err := g.rows.Error(); err != nil {
		return &Error{Err: fmt.Errorf("read the sheet: %w", err)}
	}
	return nil
}

// columns are the cells of the row that excelize stands on. Excelize panics when
// it cannot make a temporary file for the shared strings.
func (g *gridReader) columns() (cells []string, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = &Error{Row: g.at, Err: lost()}
		}
	}()
	cells, err = g.rows.Columns()
	if err != nil {
		return nil, &Error{Row: g.at, Err: &faultError{what: "the workbook is damaged", hint: repair, cause: err}}
	}
	return cells, nil
}

func (g *gridReader) close() { _ = g.rows.Close() }
