package xlsx

import (
	"archive/zip"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"guestlist/internal/text"
)

// storedCell is a cell as it is stored in the part of its sheet.
type storedCell struct {
	column int // from 1
	style  int
	// kind is the cell's t attribute: s, str, inlineStr, b, d, e, n or "" for a number.
	kind string
	// raw is the stored value: a number, the text, or the index of a shared string.
	raw string
	// formula says that the cell is computed, stored that its result is there.
	formula, stored bool
	// link is the address that a formula of the cell links to.
	link string
	// strikes are those of a text that stands in the cell itself.
	strikes strikes
}

// hasNoResult reports whether a formula was never computed. One whose result is an
// empty text is of the kind str; without a kind, an empty <v> is what openpyxl writes
// for a formula that it does not compute.
func (c storedCell) hasNoResult() bool {
	return c.formula && c.raw == "" && c.kind != "str" && c.kind != "inlineStr"
}

// storedRow is a row as it is stored in the part of its sheet. Its cells are valid
// until the next row is read.
type storedRow struct {
	number int // from 1
	hidden bool
	cells  []storedCell
}

// hasValue reports whether any cell holds something.
func (r storedRow) hasValue() bool {
	return slices.ContainsFunc(r.cells, func(c storedCell) bool { return c.raw != "" })
}

// width is the last column that holds something.
func (r storedRow) width() int {
	for _, c := range slices.Backward(r.cells) {
		if c.raw != "" {
			return c.column
		}
	}
	return 0
}

// readRows yields the rows of a sheet's part to the end of the part, and stops at
// anything that a sound part does not have: XML that is not well-formed, rows or
// cells out of order. What is around the rows is noted in meta, unless that is
// nil. The row that comes with an error has a number only.
func readRows(part *zip.File, meta *Meta) iter.Seq2[storedRow, error] {
	return func(yield func(storedRow, error) bool) {
		x, err := openXML(part)
		if err != nil {
			yield(storedRow{}, err)
			return
		}
		defer x.close()
		r := rowReader{xmlReader: x, meta: meta}
		for {
			row, ok, err := r.nextRow()
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

// rowReader reads the part of a sheet row by row.
type rowReader struct {
	*xmlReader
	meta *Meta
	// data is how deep <sheetData> is nested while it is open, else 0.
	data  int
	last  int // the number of the last row
	cells []storedCell
}

// nextRow returns the next row, false at the end of the part.
func (r *rowReader) nextRow() (storedRow, bool, error) {
	for {
		r.reset()
		found, err := r.next()
		if err != nil || found == tokenEOF {
			return storedRow{number: r.last + 1}, false, err
		}
		switch {
		case found == tokenText: // white space between rows, or text that means nothing
		case found == tokenClose && r.depth() < r.data:
			r.data = 0
		case found == tokenClose:
		case r.data == 0 && r.name == "sheetData":
			r.data = r.depth()
		case r.data > 0 && r.name == "row":
			row, err := r.row()
			return row, err == nil, err
		case r.data == 0 && r.meta != nil:
			if err := r.meta.note(r.xmlReader); err != nil {
				return storedRow{number: r.last + 1}, false, err
			}
		}
	}
}

// row reads the row that was just opened. Its number is known even when it fails.
func (r *rowReader) row() (storedRow, error) {
	row := storedRow{number: r.last + 1, hidden: isTrue(r.attribute("hidden")) || isZero(r.attribute("ht"))}
	if reference := r.attribute("r"); reference != "" {
		n, err := strconv.Atoi(reference)
		if err != nil || n <= r.last || n > excelize.TotalRows {
			return row, fmt.Errorf("row %q does not follow row %d", text.Truncate(reference, 60), r.last)
		}
		row.number = n
	}
	if row.number > excelize.TotalRows {
		return row, fmt.Errorf("it has more than %d rows", excelize.TotalRows)
	}
	r.last = row.number
	r.cells = r.cells[:0]
	column := 0
	err := r.inside(func() error {
		if r.name != "c" {
			return r.skip()
		}
		c, err := r.cell(row.number, column)
		r.cells = append(r.cells, c)
		column = c.column
		return err
	})
	row.cells = r.cells
	return row, err
}

// isZero reports whether a row's height is one of which nothing is seen.
func isZero(height string) bool {
	points, err := strconv.ParseFloat(height, 64)
	return err == nil && points == 0
}

// cell reads the cell that was just opened, which must lie right of column last.
func (r *rowReader) cell(row, last int) (storedCell, error) {
	c := storedCell{column: last + 1}
	for _, a := range r.attributes {
		if a.Name.Space != "" {
			continue
		}
		switch a.Name.Local {
		case "t":
			c.kind = strings.TrimSpace(a.Value)
		case "r":
			column, line := parseCell(a.Value)
			if line != row || column <= last || column > excelize.MaxColumns {
				return c, fmt.Errorf("cell %q does not belong in row %d after column %d", text.Truncate(a.Value, 60), row, last)
			}
			c.column = column
		case "s":
			if a.Value == "" {
				continue // as good as none
			}
			style, err := strconv.Atoi(a.Value)
			if err != nil || style < 0 {
				return c, fmt.Errorf("cell %s%d has the style %q", text.ColumnName(c.column), row, text.Truncate(a.Value, 60))
			}
			c.style = style
		}
	}
	if c.column > excelize.MaxColumns {
		return c, fmt.Errorf("row %d has more than %d cells", row, excelize.MaxColumns)
	}
	err := r.inside(func() error { return r.value(&c) })
	return c, err
}

// value reads an element inside a cell.
func (r *rowReader) value(c *storedCell) (err error) {
	switch r.name {
	case "v":
		c.stored = true
		if c.kind == "inlineStr" { // some programs put the text here, or even <is>
			return r.textInValue(c)
		}
		c.raw, err = r.text()
		return err
	case "is":
		c.stored = true
		if c.kind == "inlineStr" {
			c.raw, c.strikes, err = r.richText()
			return err
		}
	case "f":
		c.formula = true
		formula, err := r.text()
		c.link = mailLinkIn(formula)
		return err
	}
	return r.skip()
}

// textInValue reads a <v> of a cell whose text should stand in <is>: it is in the <v>
// itself, or in an <is> in there.
func (r *rowReader) textInValue(c *storedCell) error {
	var plain, inner []byte
	nested := false
	for {
		switch found, err := r.next(); {
		case err != nil:
			return err
		case found == tokenText:
			plain = append(plain, r.content...)
		case found == tokenOpen && r.name == "is":
			rich, _, err := r.richText()
			if err != nil {
				return err
			}
			nested, inner = true, append(inner, rich...)
		case found == tokenOpen:
			if err := r.skip(); err != nil {
				return err
			}
		case c.raw != "": // <is> was there before
			return nil
		case nested:
			c.raw = string(inner)
			return nil
		default:
			c.raw = string(plain)
			return nil
		}
	}
}
