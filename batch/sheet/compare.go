package sheet

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// formulaHint is for a workbook that a program wrote and no spreadsheet program
// has opened since.
const formulaHint = "Open the workbook in Excel, save it, and run the command again: the results of its formulas are then stored in it."

// sound checks a stored row by itself: shared strings that exist, formulas that
// have been computed.
func (b *workbook) sound(row storedRow) error {
	for _, c := range row.cells {
		if c.formula && !c.stored {
			return cellError(row, c, &faultError{what: "a formula that was never computed", hint: formulaHint})
		}
		if c.kind != "s" || c.raw == "" {
			continue
		}
		i, err := strconv.Atoi(strings.TrimSpace(c.raw))
		if err != nil || i < 0 || i >= len(b.table.digests) {
			return cellError(row, c, &faultError{
				what: fmt.Sprintf("the workbook is damaged: the cell asks for shared string %q of %d", c.raw, len(b.table.digests)),
				hint: repair,
			})
		}
	}
	return nil
}

// settle compares the cells that excelize shows with the row as it is stored,
// and gives back the digits of long numbers. An error means that excelize lost
// something on the way.
func (b *workbook) settle(row storedRow, shown []string) ([]string, error) {
	stored := 0
	for _, c := range row.cells {
		if c.column > len(shown) {
			if c.raw != "" && !b.agrees(c, "") {
				return nil, cellError(row, c, lost())
			}
			continue
		}
		text := shown[c.column-1]
		if !b.agrees(c, text) {
			return nil, cellError(row, c, lost())
		}
		if text != "" {
			stored++
		}
		shown[c.column-1] = exactDigits(c, text)
	}
	for _, text := range shown {
		if text != "" {
			stored--
		}
	}
	if stored != 0 {
		return nil, &Error{Row: row.number, Err: lost()}
	}
	return shown, nil
}

// agrees reports whether a text can be what people see in a cell. A format made
// by the user may show anything, even nothing.
func (b *workbook) agrees(c storedCell, text string) bool {
	var same bool
	switch c.kind {
	case "s":
		if c.raw == "" {
			return text == ""
		}
		// sound has checked the index.
		i, err := strconv.Atoi(strings.TrimSpace(c.raw))
		same = err == nil && b.table.is(i, text)
	case "str":
		same = text == c.raw
	case "inlineStr":
		same = text == c.raw || escaped(c.raw)
	default:
		same = (text == "") == (c.raw == "")
	}
	return same || b.custom(c.style)
}

// custom reports whether a style has a number format that the user made.
func (b *workbook) custom(style int) bool {
	if style == 0 {
		return false
	}
	s, err := b.excel.GetStyle(style)
	return err == nil && s.CustomNumFmt != nil
}

// exactDigits undoes the rounding of a long whole number: a telephone or staff
// number is not 4.9E+10. Spreadsheet programs keep 15 digits, other programs
// store more.
func exactDigits(c storedCell, text string) string {
	rounded := digits(text) || strings.Contains(strings.ToUpper(text), "E+")
	if c.kind != "" && c.kind != "n" || !rounded {
		return text
	}
	raw := strings.TrimSpace(c.raw)
	n, err := strconv.ParseFloat(raw, 64)
	shown, plain := strconv.ParseFloat(text, 64)
	if err != nil || plain != nil || n != math.Trunc(n) || n < 1 || n >= 1e21 {
		return text
	}
	switch {
	case digits(text) && shown == n: // with leading zeros, perhaps
		return text
	case math.Abs(shown-n) > n/10: // a date, say
		return text
	case digits(raw):
		return raw
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}

// digits reports whether a text is a whole number without a sign.
func digits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

// cellError places a complaint in a cell.
func cellError(row storedRow, c storedCell, err error) error {
	return &Error{Row: row.number, position: c.column, Err: err}
}

// lost says that what was read is not what is stored.
func lost() error {
	return &faultError{
		what: "the workbook could not be read completely: what came out differs from what is stored",
		hint: "Make sure that there is room in the temporary folder; if there is, save the workbook again in Excel.",
	}
}
