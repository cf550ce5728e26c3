package batch

import (
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
}

// Value returns the cell of a field without the spaces and invisible characters around it, "" where the list or the row does not have it.
func (h Header) Value(r Row, f Field) string {
	at, ok := h.Fields[f]
	if !ok || at >= len(r.Cells) {
		return ""
	}
	return text.Trim(r.Cells[at])
}

// Heading returns the heading of a field's column, or the field's own name
// where the list does not have it: what an error calls the column.
func (h Header) Heading(f Field) string {
	if at, ok := h.Fields[f]; ok {
		return h.Columns[at]
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
	// Problems are all that keeps the row from being sent, none for a row that
	// can be.
	Problems []Problem
	// Warnings are worth a look and keep nothing from being sent.
	Warnings []Problem
}
