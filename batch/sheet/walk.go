package sheet

import (
	"archive/zip"
	"encoding/xml"
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
}

// storedRow is a row as it stands in the part of its sheet.
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
// well-formed, rows or cells out of order. excelize loses or misplaces such rows
// without an error.
func walk(part *zip.File) iter.Seq2[storedRow, error] {
	return func(yield func(storedRow, error) bool) {
		x, err := openXML(part)
		if err != nil {
			yield(storedRow{}, err)
			return
		}
		defer x.close()
		w := walker{xml: x}
		for {
			row, ok, err := w.next()
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
	xml    *xmlPart
	inData bool
	last   int
}

// next returns the next row, false at the end of the part.
func (w *walker) next() (storedRow, bool, error) {
	for {
		w.xml.held.slacken()
		token, err := w.xml.next()
		if err != nil || token == nil {
			return storedRow{number: w.last + 1}, false, err
		}
		switch e := token.(type) {
		case xml.StartElement:
			if e.Name.Local == "sheetData" {
				w.inData = true
			}
			if e.Name.Local == "row" && w.inData {
				row, err := w.row(e)
				return row, err == nil, err
			}
		case xml.EndElement:
			if e.Name.Local == "sheetData" {
				w.inData = false
			}
		}
	}
}

// row reads the row that was just opened. Its number is known even when it fails.
func (w *walker) row(start xml.StartElement) (storedRow, error) {
	hidden := attribute(start, "hidden")
	row := storedRow{number: w.last + 1, hidden: hidden == "1" || hidden == "true"}
	if r := attribute(start, "r"); r != "" {
		n, err := strconv.Atoi(r)
		if err != nil || n <= w.last || n > excelize.TotalRows {
			return row, fmt.Errorf("row %q does not follow row %d", r, w.last)
		}
		row.number = n
	}
	w.last = row.number
	column := 0
	err := w.xml.inside(func(e xml.StartElement) error {
		if e.Name.Local != "c" {
			return w.xml.tokens.Skip()
		}
		c, err := w.cell(e, row.number, column)
		row.cells = append(row.cells, c)
		column = c.column
		return err
	})
	return row, err
}

// cell reads the cell that was just opened and stands right of column last.
func (w *walker) cell(start xml.StartElement, row, last int) (storedCell, error) {
	c := storedCell{column: last + 1, kind: attribute(start, "t")}
	if r := attribute(start, "r"); r != "" {
		column, line, err := excelize.CellNameToCoordinates(r)
		if err != nil || line != row || column <= last {
			return c, fmt.Errorf("cell %q does not belong in row %d after column %d", r, row, last)
		}
		c.column = column
	}
	if s := attribute(start, "s"); s != "" {
		style, err := strconv.Atoi(s)
		if err != nil {
			return c, fmt.Errorf("cell %s%d has the style %q", letters(c.column), row, s)
		}
		c.style = style
	}
	err := w.xml.inside(func(e xml.StartElement) (err error) {
		switch e.Name.Local {
		case "v":
			c.stored = true
			if c.kind != "inlineStr" {
				c.raw, err = w.xml.text()
				return err
			}
		case "is":
			c.stored = true
			if c.kind == "inlineStr" {
				c.raw, err = w.xml.richText()
				return err
			}
		case "f":
			c.formula = true
		}
		return w.xml.tokens.Skip()
	})
	return c, err
}

// attribute returns an attribute without a namespace, "" when it is not there.
func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}
