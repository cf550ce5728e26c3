package marked

import (
	"iter"

	"guestlist/batch"
)

// Column is the heading of the column that says in words what is to be mended.
// It stands right of the list. A list that has a column of that name already,
// because it was marked before, keeps the column where it is and gets its texts
// anew.
const Column = "What to mend"

// NoColumn is the [Mark.Column] of a mark about something that has no column in
// the list. It is shown at the address.
const NoColumn = -1

// Severity is what a mark means for its row.
type Severity uint8

// The severities, the gravest first.
const (
	// Invalid keeps the row from being sent.
	Invalid Severity = iota
	// Duplicate is an address that stands in an earlier row.
	Duplicate
	// Warning is worth a look; the row is sent all the same.
	Warning
)

// severities returns all of them, the gravest first.
func severities() []Severity { return []Severity{Invalid, Duplicate, Warning} }

// Mark is one thing to say about a cell.
type Mark struct {
	// Column is the position of the cell's column, from 0, or [NoColumn].
	Column int
	// Heading is what people call the column; needed for [NoColumn] only, and
	// else that of the list.
	Heading  string
	Severity Severity
	// Kind is what the mark is about; it has another wording where that of
	// [batch.Problem] speaks to whoever invites. "" keeps What and Advice.
	Kind batch.Kind
	// Value is what the mark is about; it is told where it is not simply what
	// stands in the cell.
	Value string
	// What says what is wrong, as the end of a sentence about the value; Advice
	// how to mend it, as a sentence or more.
	What, Advice string
	// Repeats is the line of the earlier row with the same address, for a
	// [Duplicate]. The workbook names the row by where it stands there.
	Repeats int
}

// Row is a row of the list and what there is to say about it.
type Row struct {
	batch.Row

	Marks []Mark
}

// List is a list with its marks.
type List struct {
	// Name is what people call the list, e.g. its file name; "" for none.
	Name string
	// Sheet is the name of the list's sheet, "" for CSV.
	Sheet string
	// Columns are the headings, in their order. The redeem URLs of a results
	// workbook are left out: they are personal, and a marked list is sent away.
	Columns []string
	// Address is the position of the address column, from 0.
	Address int
	// Rows are ranged over once, in the order of the list. A row may have fewer
	// cells than Columns, or more: those stand right of the last column, without
	// a heading.
	Rows iter.Seq2[Row, error]
}
