package sheet

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"guestlist/batch"
	"guestlist/batch/sheet/xlsx"
	"guestlist/internal/shell"
	"guestlist/internal/text"
)

// Error is a complaint about a list, placed where a person would look for it.
type Error struct {
	// File is the path as it was given to [Open].
	File string
	// Sheet is the sheet's name, "" for CSV and for the file as a whole.
	Sheet string
	// Row is the row as spreadsheet programs count, from 1; 0 when it concerns none.
	Row int
	// Line is the line of a CSV file at which the row begins, where its number is
	// another one: rows above have line breaks in their cells. Else 0.
	Line int
	// Column is the heading of the column, or "column C" where it has none; ""
	// when it concerns no column.
	Column string
	// Err says what is wrong.
	Err error

	// position is the column's, from 1, until its heading is known.
	position int
}

// Error names the place, then what is wrong there.
func (e *Error) Error() string {
	var place []string
	if e.Sheet != "" {
		place = append(place, "sheet "+strconv.Quote(e.Sheet))
	}
	if e.Row > 0 {
		row := "row " + strconv.Itoa(e.Row)
		if e.Line > 0 {
			row += fmt.Sprintf(" (line %d)", e.Line)
		}
		place = append(place, row)
	}
	if e.Column != "" {
		place = append(place, e.Column)
	}
	file := text.Printable(e.File)
	if len(place) == 0 {
		return file + ": " + e.Err.Error()
	}
	return file + ": " + strings.Join(place, ", ") + ": " + e.Err.Error()
}

// Unwrap returns what is wrong, without the place.
func (e *Error) Unwrap() error { return e.Err }

// Hint says what to do next, "" when there is nothing to say.
func (e *Error) Hint() string {
	var hinted interface{ Hint() string }
	if errors.As(e.Err, &hinted) {
		return hinted.Hint()
	}
	return ""
}

// inFile names the file in an error.
func inFile(name string, err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		e = &Error{Err: err}
	}
	e.File = name
	return e
}

// inTable names the sheet and the heading in an error that knows a row and the
// position of a column.
func inTable(err error, sheet string, headings []string) error {
	e, ok := errors.AsType[*Error](err)
	if placed, found := errors.AsType[*xlsx.Error](err); found {
		e, ok = &Error{Sheet: placed.Sheet, Row: placed.Row, position: placed.Column, Err: placed.Err}, true
	}
	if !ok {
		e = &Error{Err: err}
	}
	if e.Sheet == "" {
		e.Sheet = sheet
	}
	if e.position > 0 {
		e.Column = columnName(headings, e.position)
	}
	return e
}

// columnName is what an error calls a column, given its position from 1.
func columnName(headings []string, position int) string {
	if position <= len(headings) && strings.TrimSpace(headings[position-1]) != "" {
		return "column " + strconv.Quote(clipped(headings[position-1]))
	}
	return "column " + text.ColumnName(position)
}

// ErrEmpty is found in the [Error] for a list without a single row to invite.
var ErrEmpty error = &faultError{
	what: "there are no rows below the headings",
	hint: "Put one guest in each row below the headings, and save the file.",
}

// blankError is an [ErrEmpty] for a list without as much as headings.
type blankError struct{}

func (blankError) Error() string { return "there is nothing in it, neither headings nor guests" }

func (blankError) Unwrap() error { return ErrEmpty }

// Hint says what belongs there.
func (blankError) Hint() string {
	return "Put headings such as Email and Name into the first row, one guest into each row below, and save the file."
}

// UnknownSheetError is found in the [Error] for a sheet that the workbook lacks.
type UnknownSheetError struct {
	Name string
	// Sheets are those that there are, in the order of the workbook.
	Sheets []string
}

func (e *UnknownSheetError) Error() string {
	if len(e.Sheets) == 0 {
		return fmt.Sprintf("there is no sheet %q: a CSV file has none", e.Name)
	}
	return fmt.Sprintf("there is no sheet %q; it has %s", e.Name, quoteAll(e.Sheets))
}

// Hint points at the flag.
func (e *UnknownSheetError) Hint() string {
	if len(e.Sheets) == 0 {
		return "Leave --sheet out."
	}
	return "Give one of those names to --sheet."
}

// UnknownHeadingError is found in the [Error] for a mapped heading that the
// list lacks.
type UnknownHeadingError struct {
	Field   batch.Field
	Heading string
	// Headings are those of the heading row, or of the row that looks most like one.
	Headings []string
	// Likely is the heading of the only column with addresses where the field is the address
	// and no row is a heading row; "" for none.
	Likely string
}

func (e *UnknownHeadingError) Error() string {
	return fmt.Sprintf("no column %q for %s; headings found: %s", e.Heading, e.Field, quoteAll(e.Headings))
}

// Hint points at the flag.
func (e *UnknownHeadingError) Hint() string {
	if e.Likely != "" {
		return fmt.Sprintf("The column %q holds addresses: name it with %s.", e.Likely, mapTo(e.Field, e.Likely))
	}
	return fmt.Sprintf("Give one of those headings to --map %s=HEADING.", e.Field)
}

// mapTo is the flag that names a column, with quotes between which no shell finds
// anything to run.
func mapTo(f batch.Field, heading string) string {
	quoted := shell.Quote(text.Line(heading))
	if !strings.ContainsAny(quoted, `"'`) {
		quoted = `"` + quoted + `"`
	}
	return fmt.Sprintf("--map %s=%s", f, quoted)
}

// NoAddressError is found in the [Error] for a list without an address column.
type NoAddressError struct {
	// Headings are those of the row that looks most like a heading row.
	Headings []string
	// Likely is the heading of the only column that holds addresses, "" for none.
	Likely string
	// Guest is the row of the first guest, from 1, in a list without headings; 0 in
	// a list that has some.
	Guest int
	// Delimiter is between what should be columns, 0 for nothing.
	Delimiter rune

	// Elsewhere are sheets with guests besides the one that was asked for.
	Elsewhere []string

	// asked is what --delimiter says, 0 for nothing; workbook is for a list to
	// which it does not apply.
	asked    rune
	workbook bool
	// several are the headings of all columns that hold addresses.
	several []string
	// unsure is a row that may have the headings or a guest whose address is missing, 0
	// for none; bare the letter of the only column with addresses where that has no
	// heading, ofOthers its heading where that says that they are no guests'.
	unsure         int
	bare, ofOthers string
}

func (e *NoAddressError) Error() string {
	if e.Guest > 0 {
		return "no column with email addresses: there are no headings"
	}
	if e.unsure > 0 {
		return "no column with email addresses: no heading is known"
	}
	return "no column with email addresses; headings found: " + quoteAll(e.Headings)
}

// Hint says how to name the column, or what hides it.
func (e *NoAddressError) Hint() string {
	const above = "is a guest already: put headings such as Email and Name above it."
	const name = "with %s, or call it Email."
	switch {
	case len(e.Elsewhere) > 0:
		return fmt.Sprintf("The guests are in %s: name the sheet with --sheet.", quoteAll(e.Elsewhere))
	case e.Delimiter != 0:
		return e.splitHint()
	case e.Guest == 1:
		return "The first row " + above
	case e.Guest > 0:
		return fmt.Sprintf("Row %d %s", e.Guest, above)
	case e.unsure > 0:
		return fmt.Sprintf("If row %d has the headings, call that of the addresses Email; if it is a guest, put headings such as Email and Name above it.", e.unsure)
	case len(e.several) > 1:
		return fmt.Sprintf("The columns %s hold addresses: name that of the guests with --map email=HEADING, or call it Email.", quoteAll(e.several))
	case e.bare != "":
		return fmt.Sprintf("The column %s holds addresses and has no heading: write Email above them.", e.bare)
	case e.ofOthers != "":
		return fmt.Sprintf("The column %q holds addresses, which by its heading are not the guests'. If they are: --map email=HEADING, or call it Email.", e.ofOthers)
	case e.Likely != "":
		return fmt.Sprintf("The column %q holds addresses: name it "+name, e.Likely, mapTo(batch.Email, e.Likely))
	}
	return fmt.Sprintf("Name the column of the addresses "+name, mapTo(batch.Email, "Heading"))
}

// splitHint says how to take columns apart.
func (e *NoAddressError) splitHint() string {
	switch {
	case e.workbook:
		return fmt.Sprintf("One column holds several, with a %s between them: split it in Excel with Data > Text to Columns, and save the workbook.",
			delimiterName(e.Delimiter))
	case e.asked != 0 && strings.ContainsRune(delimiters, e.Delimiter):
		return fmt.Sprintf("Leave --delimiter out: a %s separates the columns.", delimiterName(e.Delimiter))
	}
	return fmt.Sprintf("If %q separates the columns, give --delimiter %[1]q.", string(e.Delimiter))
}

// NotListError is found in the [Error] for a file that is something else.
type NotListError struct {
	// What says what it is, e.g. "a PDF document".
	What string

	advice string
}

func (e *NotListError) Error() string {
	switch e.advice {
	case saveAsXLSX, exportAsCSV, exportContacts, copyTable, saveAsUTF8, unprotect: // which may well hold a list
		return "this is " + e.What + ", which cannot be read"
	case nameTheList, unpackFirst, saveAgain, fetchAgain, saveAnew: // there is nothing to add
		return "this is " + e.What
	}
	return "this is " + e.What + ", not a list"
}

// Hint says what to save it as.
func (e *NotListError) Hint() string { return e.advice }

// faultError is something wrong in the file that no caller has to tell apart.
type faultError struct {
	what, hint string
	cause      error
}

func (e *faultError) Error() string {
	if e.cause == nil {
		return e.what
	}
	return e.what + ": " + text.Line(text.Error(e.cause))
}

func (e *faultError) Hint() string  { return e.hint }
func (e *faultError) Unwrap() error { return e.cause }

// quoteAll lists names for people. It leaves out those that are blank, and what
// would not fit on a screen.
func quoteAll(names []string) string {
	const many = 40
	var shown []string
	for _, name := range names {
		if text.Trim(name) != "" {
			shown = append(shown, clipped(strings.TrimSpace(name)))
		}
	}
	switch rest := len(shown) - many; {
	case len(shown) == 0:
		return "none"
	case rest > 0:
		return fmt.Sprintf("%s and %d more", text.Quote(shown[:many]), rest)
	}
	return text.Quote(shown)
}

// clipped is the start of a foreign text that may be long, for a sentence that
// quotes it.
func clipped(s string) string { return text.Truncate(s, 60) }
