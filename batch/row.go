package batch

import (
	"slices"
	"strings"

	"guestlist/graph"
	"guestlist/internal/text"
)

// Header is the heading row of a list: all its columns as they stand, and which
// of them hold the fields that guestlist knows.
type Header struct {
	// Columns are the headings as people wrote them, in their order. An empty
	// heading stays empty.
	Columns []string
	// Fields are positions in Columns, from 0. A field the list lacks is absent.
	Fields map[Field]int
	// NameFrom makes the name of a guest from several columns, first and last name for
	// one, where the list has no column for it or its cell is empty.
	NameFrom []NamePart
	// Unheaded are the columns among them that have no heading and ought to have one, in
	// their order: text in them may have been shifted there.
	Unheaded []int
}

// NamePart is a column of which a name is made, with the text before it.
type NamePart struct {
	Before string
	// Column is the position in Header.Columns, from 0; -1 for text at the end.
	Column int
	// Tight leaves out a space before the column between letters beyond ASCII: Chinese
	// and Korean names are written together.
	Tight bool
	// MayBeWhole says that the column may have the whole name: "Name" beside "Vorname" is
	// the last name in some lists, and both in others.
	MayBeWhole bool
}

// Row is one line of a list, as it stands.
type Row struct {
	// Line is the row's number, from 1, as a spreadsheet program shows it.
	Line int
	// FileLine is the line of a CSV file at which the row begins, where that is another
	// number: rows above have line breaks in their cells. Else 0.
	FileLine int
	// Cells follow Header.Columns; a short row may have fewer.
	Cells []string
	// Struck are the positions of cells of which a part is struck through in a workbook,
	// from 0. The text has that part all the same.
	Struck []int
}

// Value returns the cell of a field without the spaces and invisible characters
// around it, "" where the list or the row does not have it.
func (h Header) Value(r Row, f Field) string {
	value := ""
	if at, ok := h.Fields[f]; ok && at < len(r.Cells) {
		value = text.Trim(r.Cells[at])
	}
	if f == Name && value == "" && len(h.NameFrom) > 0 {
		return h.composedName(r)
	}
	return value
}

// Surplus is the text of a row that stands below no heading, and the position of the
// first of it, from 0; none where all is in order. A comma that is not in quotes shifts
// all that follows it. Row numbers in the first column are none: programs write them
// below no heading, and nothing is ever shifted there.
func (h Header) Surplus(r Row) (at int, over []string) {
	look := func(i int) {
		cell := text.Trim(r.Cell(i))
		if cell == "" {
			return
		}
		if len(over) == 0 {
			at = i
		}
		over = append(over, cell)
	}
	for _, i := range h.Unheaded {
		if i > 0 || !isWholeNumber(text.Trim(r.Cell(i))) {
			look(i)
		}
	}
	for i := len(h.Columns); i < len(r.Cells); i++ {
		look(i)
	}
	return at, over
}

// isWholeNumber reports whether a text is digits.
func isWholeNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// composedName is the name that a row has in several columns.
func (h Header) composedName(r Row) string {
	for _, p := range h.NameFrom {
		if whole := text.Trim(r.Cell(p.Column)); p.MayBeWhole && h.isWhole(r, whole) {
			return whole
		}
	}
	var name strings.Builder
	left := "" // what closes the bracket before a part that is empty
	for i, p := range h.NameFrom {
		part, before := text.Trim(r.Cell(p.Column)), p.Before
		if left != "" {
			before, left = strings.TrimPrefix(before, left), ""
		}
		switch {
		case p.Column < 0 && name.Len() > 0:
			name.WriteString(before)
		case part == "":
			left = closing(p.Before)
		case name.Len() == 0 && i > 0:
			name.WriteString(strings.TrimLeft(before, " ,;:/|-\u2013\u00b7") + part)
		case name.Len() > 0 && (!p.Tight || text.IsASCII(part) || text.IsASCII(name.String())), text.Trim(before) != "":
			name.WriteString(before + part)
		default:
			name.WriteString(part)
		}
	}
	return text.Trim(name.String())
}

// closing is what closes a bracket or quote at the end of a text, "" for none.
func closing(before string) string {
	const pairs = "()[]{}<>\"\"''"
	if at := strings.IndexByte(pairs, (" " + before)[len(before)]); at >= 0 && at%2 == 0 {
		return pairs[at+1 : at+2]
	}
	return ""
}

// isWhole reports whether a name has all other parts in it, as words of their own.
func (h Header) isWhole(r Row, whole string) bool {
	for _, p := range h.NameFrom {
		part := strings.ToLower(text.Trim(r.Cell(p.Column)))
		if part == "" {
			continue
		}
		part = " " + part + " "
		if !p.MayBeWhole && !strings.Contains(" "+strings.ToLower(whole)+" ", part) {
			return false
		}
	}
	return whole != ""
}

// Uses reports whether a field is read from the column at a position from 0.
func (h Header) Uses(at int) bool {
	for _, used := range h.Fields {
		if used == at {
			return true
		}
	}
	return slices.ContainsFunc(h.NameFrom, func(p NamePart) bool { return p.Column == at })
}

// Heading returns the heading of a field's column, or the field's own name
// where the list does not have it: what an error calls the column.
func (h Header) Heading(f Field) string {
	if at, ok := h.Fields[f]; ok {
		return h.Columns[at]
	}
	if f == Name && len(h.NameFrom) > 0 {
		return h.Columns[h.NameFrom[0].Column]
	}
	return string(f)
}

// Cell returns the cell at a position from 0, "" where the row is too short.
func (r Row) Cell(at int) string {
	if at < 0 || at >= len(r.Cells) {
		return ""
	}
	return r.Cells[at]
}

// Width is how many columns a row needs in a list with some headings: empty cells beyond
// these are none.
func (r Row) Width(headings int) int {
	width := len(r.Cells)
	for width > headings && r.Cells[width-1] == "" {
		width--
	}
	return max(headings, width)
}

// Judged is a row, read for what it asks.
type Judged struct {
	Row Row
	// Address is the key of the row, see [Key]; what stands in the cell where
	// it is no address.
	Address    string
	Invitation graph.Invitation
	// Fingerprint is a hash of what the list says of the invitation. A failed
	// row is sent again once it differs: someone corrected the row.
	Fingerprint uint64
	// Wanted is what the row asks for after the invitation.
	Wanted Wanted
	// Problems are all that keeps the row from being sent, none for a row that
	// can be.
	Problems []Problem
	// Warnings are worth a look and keep nothing from being sent.
	Warnings []Problem
}
