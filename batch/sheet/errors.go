package sheet

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"guestlist/batch"
)

// Error is a complaint about a list, placed where a person would look for it.
type Error struct {
	// File is the path as it was given to [Open].
	File string
	// Sheet is the sheet's name, "" for CSV and for the file as a whole.
	Sheet string
	// Row is the line in the sheet or file, from 1; 0 when it concerns no row.
	Row int
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
		place = append(place, "row "+strconv.Itoa(e.Row))
	}
	if e.Column != "" {
		place = append(place, e.Column)
	}
	if len(place) == 0 {
		return e.File + ": " + e.Err.Error()
	}
	return e.File + ": " + strings.Join(place, ", ") + ": " + e.Err.Error()
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
	// Likely is the heading above the first address where the field is the address
	// and no row is a heading row; "" where none stands there.
	Likely string
}

func (e *UnknownHeadingError) Error() string {
	return fmt.Sprintf("no column %q for %s; headings found: %s", e.Heading, e.Field, quoteAll(e.Headings))
}

// Hint points at the flag.
func (e *UnknownHeadingError) Hint() string {
	if e.Likely != "" {
		return fmt.Sprintf("The column %q holds addresses: name it with --map %s=%[1]q.", e.Likely, e.Field)
	}
	return fmt.Sprintf("Give one of those headings to --map %s=HEADING.", e.Field)
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
	case unpackFirst, saveAgain, fetchAgain, saveAnew: // there is nothing to add
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
	return e.what + ": " + e.cause.Error()
}

func (e *faultError) Hint() string  { return e.hint }
func (e *faultError) Unwrap() error { return e.cause }

// placed puts file, sheet and heading into an error of a source.
func (l *List) placed(err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		e = &Error{Err: err}
	}
	e.File = l.path
	if e.Sheet == "" {
		e.Sheet = l.sheet
	}
	if e.position > 0 {
		e.Column = columnName(l.header.Columns, e.position)
	}
	return e
}

// columnName is what an error calls a column, given its position from 1.
func columnName(headings []string, position int) string {
	if position <= len(headings) && strings.TrimSpace(headings[position-1]) != "" {
		return "column " + strconv.Quote(clipped(headings[position-1]))
	}
	return "column " + letters(position)
}

// letters is a position, from 1, as spreadsheet programs show it: A, Z, AA.
func letters(position int) string {
	name := ""
	for ; position > 0; position = (position - 1) / 26 {
		name = string(rune('A'+(position-1)%26)) + name
	}
	return name
}

// withoutPath drops the path from an error of package os, since [Error] has it.
func withoutPath(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}

// quoteAll lists names for people. It leaves out those that are blank, and what
// would not fit on a screen.
func quoteAll(names []string) string {
	const many = 40
	var quoted []string
	for _, name := range names {
		if name = strings.TrimSpace(name); name != "" {
			quoted = append(quoted, strconv.Quote(clipped(name)))
		}
	}
	switch rest := len(quoted) - many; {
	case len(quoted) == 0:
		return "none"
	case rest > 0:
		return fmt.Sprintf("%s and %d more", strings.Join(quoted[:many], ", "), rest)
	}
	return strings.Join(quoted, ", ")
}

// clipped is the start of a text that may be long.
func clipped(text string) string {
	const long = 60
	if runes := []rune(text); len(runes) > long {
		return string(runes[:long]) + "…"
	}
	return text
}
