package session

import (
	"errors"
	"fmt"

	"guestlist/internal/text"
)

// UsageError says that a command cannot be carried out as it was given. Nothing
// was sent.
type UsageError struct {
	Err error
	// Next is the next step, in words or as a command to type.
	Next string
}

// Usagef makes a [*UsageError] with the next step.
func Usagef(next, format string, args ...any) error {
	return &UsageError{fmt.Errorf(format, args...), next}
}

// AsUsage makes wrong usage of an error, whose hint it keeps.
func AsUsage(err error) error { return &UsageError{err, Hint(err)} }

func (e *UsageError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *UsageError) Unwrap() error { return e.Err }

// Hint is the next step.
func (e *UsageError) Hint() string { return e.Next }

// Hint is the next step that travels with an error, "" where none does.
func Hint(err error) string {
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		return hinted.Hint()
	}
	return ""
}

// NotResultsError says that a list was given where results are needed.
type NotResultsError struct {
	// List is what was given, Results the usual file of its results.
	List, Results string
}

func (e *NotResultsError) Error() string { return text.Line(e.List) + " is no results workbook" }

// InvalidRowsError says that nothing is sent because of invalid rows (--strict).
type InvalidRowsError struct {
	Rows int
	// List is the file, Check the command that names row and column of each.
	List, Check string
}

func (e *InvalidRowsError) Error() string {
	verb := "are"
	if e.Rows == 1 {
		verb = "is"
	}
	return fmt.Sprintf("%s: %s %s invalid, so --strict sends nothing", text.Line(e.List), text.Plural(e.Rows, "row"), verb)
}

// Hint tells how to go on.
func (e *InvalidRowsError) Hint() string { return "row and column of each are named by\n" + e.Check }

// UnwrittenError says that the results could not be written after a run, and
// where the answers are.
type UnwrittenError struct {
	Err     error
	Journal string
	// Again is the command that writes them, When when it can.
	Again, When string
}

func (e *UnwrittenError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *UnwrittenError) Unwrap() error { return e.Err }

// Hint tells how to get the workbook after all.
func (e *UnwrittenError) Hint() string {
	return fmt.Sprintf("every answer is in the journal %s; when %s, write the workbook with\n%s", text.Line(e.Journal), e.When, e.Again)
}
