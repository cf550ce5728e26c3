package sheet

import (
	"archive/zip"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// storedCell is a cell as it stands in the part of its sheet.
type storedCell struct {
	column int // from 1
	style  int
	// kind is the cell's t attribute: s, str, inlineStr, b, d, e, n or "" for a number.
	kind string
	// raw is the stored value: a number, the text, or the index of a shared string.
	raw string
	// formula says that the cell is computed, stored that the result is there.
	formula, stored bool
	// link is the address that a formula of the cell links to.
	link string
}

// storedRow is a row as it stands in the part of its sheet. Its cells live until
// the next row.
type storedRow struct {
	number int // from 1
	hidden bool
	cells  []storedCell
}

// valued reports whether any cell holds something.
func (r storedRow) valued() bool {
	return slices.ContainsFunc(r.cells, func(c storedCell) bool { return c.raw != "" })
}

// walk yields the rows of a sheet's part by reading its XML, to the end of the
// part, and stops at anything that a sound part does not have: XML that is not
// well-formed, rows or cells out of order. What stands around the rows is noted,
// if anybody asks.
func walk(part *zip.File, around *surroundings) iter.Seq2[storedRow, error] {
	return func(yield func(storedRow, error) bool) {
		x, err := openXML(part)
		if err != nil {
			yield(storedRow{}, err)
			return
		}
		defer x.close()
		w := walker{xmlPart: x, around: around}
		for {
			row, ok, err := w.nextRow()
			if err != nil {
				yield(row, err)
				return
			}
			if !ok || !yield(row, nil) {
				return
			}
		}
	}
}

// walker stands between two rows of a sheet.
type walker struct {
	*xmlPart
	around *surroundings
	inData bool
	last   int
	cells  []storedCell
}

// nextRow returns the next row, false at the end of the part.
func (w *walker) nextRow() (storedRow, bool, error) {
	for {
		w.slacken()
		found, err := w.next()
		if err != nil || found == tokenEOF {
			return storedRow{number: w.last + 1}, false, err
		}
		switch {
		case found == tokenText: // white space between rows, or text that means nothing
		case string(w.name) == "sheetData":
			w.inData = found == tokenOpen
		case found == tokenOpen && w.inData && string(w.name) == "row":
			row, err := w.row()
			return row, err == nil, err
		case found == tokenOpen && !w.inData && w.around != nil:
			if err := w.around.note(w.xmlPart); err != nil {
				return storedRow{number: w.last + 1}, false, err
			}
		}
	}
}

// row reads the row that was just opened. Its number is known even when it fails.
func (w *walker) row() (storedRow, error) {
	row := storedRow{number: w.last + 1, hidden: truth(w.attribute("hidden"))}
	if r := w.attribute("r"); r != "" {
		n, err := strconv.Atoi(r)
		if err != nil || n <= w.last || n > excelize.TotalRows {
			return row, fmt.Errorf("row %q does not follow row %d", clipped(r), w.last)
		}
		row.number = n
	}
	w.last = row.number
	w.cells = w.cells[:0]
	column := 0
	err := w.inside(func() error {
		if string(w.name) != "c" {
			return w.skip()
		}
		c, err := w.cell(row.number, column)
		w.cells = append(w.cells, c)
		column = c.column
		return err
	})
	row.cells = w.cells
	return row, err
}

// cell reads the cell that was just opened and stands right of column last.
func (w *walker) cell(row, last int) (storedCell, error) {
	c := storedCell{column: last + 1}
	for _, a := range w.attributes {
		switch string(a.name) {
		case "t":
			c.kind = kindOf(a.value)
		case "r":
			column, line := place(a.value)
			if line != row || column <= last || column > excelize.MaxColumns {
				return c, fmt.Errorf("cell %q does not belong in row %d after column %d", clipped(string(a.value)), row, last)
			}
			c.column = column
		case "s":
			style, err := strconv.Atoi(string(a.value))
			if err != nil || style < 0 {
				return c, fmt.Errorf("cell %s%d has the style %q", letters(c.column), row, clipped(string(a.value)))
			}
			c.style = style
		}
	}
	if c.column > excelize.MaxColumns {
		return c, fmt.Errorf("row %d has more than %d cells", row, excelize.MaxColumns)
	}
	err := w.inside(func() error { return w.value(&c) })
	return c, err
}

// value reads an element inside a cell.
func (w *walker) value(c *storedCell) (err error) {
	switch string(w.name) {
	case "v":
		c.stored = true
		if c.kind != "inlineStr" {
			c.raw, err = w.text()
			return err
		}
	case "is":
		c.stored = true
		if c.kind == "inlineStr" {
			c.raw, err = w.richText()
			return err
		}
	case "f":
		c.formula = true
		formula, err := w.text()
		c.link = linkOf(formula)
		return err
	}
	return w.skip()
}

// kindOf is a cell's kind, without a copy for those that there are.
func kindOf(value []byte) string {
	for _, kind := range []string{"s", "n", "inlineStr", "str", "b", "e", "d"} {
		if string(value) == kind {
			return kind
		}
	}
	return strings.TrimSpace(string(value))
}

// place reads a cell's reference such as AB12: column and row, from 1, or 0, 0.
func place(reference []byte) (column, row int) {
	for i, b := range reference {
		switch {
		case b >= 'a' && b <= 'z' && row == 0 && i < 3:
			column = column*26 + int(b-'a') + 1
		case b >= 'A' && b <= 'Z' && row == 0 && i < 3:
			column = column*26 + int(b-'A') + 1
		case b >= '0' && b <= '9' && column > 0 && row < excelize.TotalRows && (row > 0 || b != '0'):
			row = row*10 + int(b-'0')
		default:
			return 0, 0
		}
	}
	return column, row
}
