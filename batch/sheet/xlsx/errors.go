package xlsx

import (
	"archive/zip"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"guestlist/internal/text"
)

// Error places what is wrong in a sheet: a [DamagedError], a [TooLargeError], a
// [ScatteredError] or a [FormulaError], or an error of what holds the shared strings.
type Error struct {
	Sheet string
	// Row and Column count from 1; 0 when the error concerns no row or no cell.
	Row, Column int
	Err         error
}

// Error names the place, then what is wrong there.
func (e *Error) Error() string {
	place := []string{"sheet " + strconv.Quote(e.Sheet)}
	if e.Row > 0 {
		place = append(place, "row "+strconv.Itoa(e.Row))
	}
	if e.Column > 0 {
		place = append(place, "column "+text.ColumnName(e.Column))
	}
	return strings.Join(place, ", ") + ": " + e.Err.Error()
}

// Unwrap returns what is wrong, without the place.
func (e *Error) Unwrap() error { return e.Err }

// DamagedError is found for a workbook that is not as a sound one is.
type DamagedError struct {
	// Part is the file in the workbook that is damaged, "" where a cell refers to
	// something that is not there.
	Part string
	// Err says what is wrong with it.
	Err error
}

func (e *DamagedError) Error() string {
	if e.Part == "" {
		return "the workbook is damaged: " + text.Line(e.Err.Error())
	}
	return "the workbook is damaged (part " + text.Line(e.Part) + "): " + text.Line(e.Err.Error())
}

// Unwrap returns what is wrong.
func (e *DamagedError) Unwrap() error { return e.Err }

// Hint says how a workbook is repaired.
func (*DamagedError) Hint() string {
	return "Open the workbook in Excel, let it repair the file, check that nothing is missing, and save it under a new name."
}

// TooLargeError is found for a part that would fill the memory.
type TooLargeError struct {
	Part string
	// Limit is what a part like it may have, in bytes unpacked.
	Limit uint64
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("cannot read the workbook (part %s): it is too large unpacked, more than %d MiB", text.Line(e.Part), e.Limit>>20)
}

// Hint says how to make the workbook smaller.
func (*TooLargeError) Hint() string { return "Copy the list alone into a new workbook and save that." }

// ScatteredError is found for a sheet with cells so far to the right of all others that
// its rows would take more time and memory than they hold text.
type ScatteredError struct{}

func (ScatteredError) Error() string {
	return "row after row has a cell far to the right and next to nothing before it"
}

// Hint says what to do about such cells.
func (ScatteredError) Hint() string {
	return "Delete the columns to the right of the list, or copy the list alone into a new workbook, and save it."
}

// PackedError is found for a workbook that claims to hold far more than its bytes can
// tell: a zip bomb, or a sheet of nothing but empty cells.
type PackedError struct{ Packed, Unpacked uint64 }

func (e *PackedError) Error() string {
	return fmt.Sprintf("cannot read the workbook: it claims to hold %d MiB in %d KiB, which no list needs", e.Unpacked>>20, e.Packed>>10)
}

// Hint says how to make the workbook smaller.
func (*PackedError) Hint() string { return (*TooLargeError)(nil).Hint() }

// FormulaError is found for a cell that matters with a formula that has no result: a program
// wrote the workbook, and no spreadsheet program has opened it since.
type FormulaError struct{}

func (FormulaError) Error() string { return "a formula that was never computed" }

// Hint says how formulas get their results.
func (FormulaError) Hint() string {
	return "Open the workbook in Excel, save it, and run the command again: the results of its formulas are then stored in it."
}

// damaged names the part in an error of reading it. An error with advice of its
// own, a full disk for one, is no damage and stays as it is.
func damaged(part string, err error) error {
	var advised interface{ Hint() string }
	if errors.As(err, &advised) {
		return err
	}
	return &DamagedError{Part: part, Err: explained(err)}
}

// explained says in our words what the libraries for ZIP files complain about.
func explained(err error) error {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("its end is missing")
	case errors.Is(err, zip.ErrChecksum):
		return errors.New("its content was changed by accident (the checksum differs)")
	case errors.Is(err, zip.ErrFormat), errors.Is(err, zip.ErrAlgorithm), errors.As(err, new(flate.CorruptInputError)):
		return errors.New("it cannot be unpacked")
	}
	return err
}
