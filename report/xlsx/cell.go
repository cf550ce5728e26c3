package xlsx

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"guestlist/internal/text"
)

// Row is a row before it is written, used again for the next one. Positions count
// from 0.
type Row struct {
	cells []excelize.Cell
	// values are nil or point into cells.
	values []any
}

// Reset empties the row and gives it cells up to a width.
func (r *Row) Reset(width int) {
	r.cells = slices.Grow(r.cells[:0], width)[:width]
	r.values = slices.Grow(r.values[:0], width)[:width]
	clear(r.values)
}

// Text puts a text into a cell as the cell can hold it; an empty text leaves the
// cell empty.
func (r *Row) Text(position int, s string, style int) {
	r.values[position] = nil
	if s != "" {
		fit, _ := Fit(s)
		r.Value(position, fit, style)
	}
}

// Value puts a number, or a text that fits, into a cell.
func (r *Row) Value(position int, value any, style int) {
	r.cells[position] = excelize.Cell{StyleID: style, Value: value}
	r.values[position] = &r.cells[position]
}

// SetStyle gives a cell another style, also an empty one.
func (r *Row) SetStyle(position, style int) {
	if r.values[position] == nil {
		r.Value(position, "", style)
	}
	r.cells[position].StyleID = style
}

// Values are what [Sheet.Add] writes, good until the next Reset.
func (r *Row) Values() []any { return r.values }

// Cell is a cell with a style. A text is made to fit.
func Cell(value any, style int) excelize.Cell {
	if s, ok := value.(string); ok {
		value, _ = Fit(s)
	}
	return excelize.Cell{StyleID: style, Value: value}
}

// CellLimit is how many UTF-16 units Excel takes in a cell.
const CellLimit = 32_767

// Fit returns a text as a cell can hold it, and whether it had to be cut: not too
// long, and with U+FFFD in what would be lost. (Characters that XML cannot hold
// are replaced by excelize.)
func Fit(s string) (fit string, cut bool) {
	s = guardEscapes(s)
	fit = clip(s)
	return fit, fit != s
}

// clip cuts a text to [CellLimit]. The beginning stays, with a mark that says how
// long the text was; excelize would cut it without a word.
func clip(s string) string {
	if len(s) <= CellLimit { // a byte never makes more than a unit
		return s
	}
	mark := " … [cut here: " + text.Thousands(utf8.RuneCountInString(s)) + " characters]"
	room := CellLimit - utf8.RuneCountInString(mark)
	units, cut := 0, len(s)
	for i, r := range s {
		if units <= room {
			cut = i
		}
		if units++; r > 0xFFFF {
			units++
		}
	}
	if units <= CellLimit {
		return s
	}
	return s[:cut] + mark
}

// escape is how a workbook writes a character that XML cannot hold (ECMA-376
// part 1, 22.9.2.19).
var escape = regexp.MustCompile(`_x[0-9a-fA-F]{4}_`)

// escapeUnderscores protects texts that only look like escapes, in the parts of a
// workbook that excelize does not write.
func escapeUnderscores(s string) string {
	var b strings.Builder
	copied := 0
	for from := 0; ; {
		m := escape.FindStringIndex(s[from:])
		if m == nil {
			return b.String() + s[copied:]
		}
		start := from + m[0]
		b.WriteString(s[copied:start] + "_x005F_")
		copied, from = start+1, start+1
	}
}

// guardEscapes puts U+FFFD into texts that only look like escapes and that
// excelize does not protect: half a surrogate pair (_xD800_), which vanishes,
// and the second of two that share an underscore (_x0041_x0042_), which is read
// as the character. It protects all others, also what follows an escaped
// underscore (_x005F_x0041_).
func guardEscapes(s string) string {
	var b strings.Builder
	copied, shared := 0, -1
	for from := 0; ; {
		m := escape.FindStringIndex(s[from:])
		if m == nil {
			return b.String() + s[copied:]
		}
		start, end := from+m[0], from+m[1]
		from = end - 1 // the last underscore may begin the next one
		code, _ := strconv.ParseUint(s[start+2:end-1], 16, 16)
		if start != shared && !utf16.IsSurrogate(rune(code)) {
			if shared = from; s[start:end] == "_x005F_" {
				shared = -1
			}
			continue
		}
		b.WriteString(s[copied:start+1] + "\uFFFD")
		copied, shared = start+1, -1
	}
}
