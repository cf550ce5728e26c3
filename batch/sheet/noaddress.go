package sheet

import (
	"fmt"
	"slices"
	"strings"

	"guestlist/batch"
)

// NoAddressError is found in the [Error] for a list without an address column.
type NoAddressError struct {
	// Headings are those of the row that looks most like a heading row.
	Headings []string
	// Likely is the heading above the first address, "" where none stands there.
	Likely string
	// Guest is the row of the first guest where no headings stand above it, from
	// 1; 0 where some do.
	Guest int
	// Delimiter stands between what should be columns, 0 for nothing.
	Delimiter rune

	// Elsewhere are sheets with guests besides the one that was asked for.
	Elsewhere []string

	// asked is what --delimiter says, 0 for nothing; workbook is for a list to
	// which it does not apply.
	asked    rune
	workbook bool
}

func (e *NoAddressError) Error() string {
	if e.Guest > 0 {
		return "no column with e-mail addresses: there are no headings"
	}
	return "no column with e-mail addresses; headings found: " + quoteAll(e.Headings)
}

// Hint says how to name the column, or what hides it.
func (e *NoAddressError) Hint() string {
	const above = "is a guest already: put headings such as Email and Name above it."
	const name = `with --map email="%s", or call it Email.`
	switch {
	case len(e.Elsewhere) > 0:
		return fmt.Sprintf("Guests stand in %s: name the sheet with --sheet.", quoteAll(e.Elsewhere))
	case e.Delimiter != 0:
		return e.split()
	case e.Guest == 1:
		return "The first row " + above
	case e.Guest > 0:
		return fmt.Sprintf("Row %d %s", e.Guest, above)
	case e.Likely != "":
		return fmt.Sprintf("The column %q holds addresses: name it "+name, e.Likely, e.Likely)
	}
	return fmt.Sprintf("Name the column of the addresses "+name, "Heading")
}

// split says how to take columns apart.
func (e *NoAddressError) split() string {
	switch {
	case e.workbook:
		return fmt.Sprintf("Several columns stand in one, a %s between them: take them apart in Excel with Data > Text to Columns, and save the workbook.",
			delimiterName(e.Delimiter))
	case e.asked != 0 && strings.ContainsRune(delimiters, e.Delimiter):
		return fmt.Sprintf("Leave --delimiter out: a %s separates the columns.", delimiterName(e.Delimiter))
	}
	return fmt.Sprintf("If %q separates the columns, give --delimiter %[1]q.", string(e.Delimiter))
}

// headless says what is wrong with rows of which none is a heading row.
func (o Options) headless(rows []batch.Row, best []string) error {
	if len(rows) == 0 {
		return blankError{}
	}
	e := &NoAddressError{Headings: best, Delimiter: o.between(rows), asked: o.Delimiter}
	if e.Delimiter != 0 {
		return e
	}
	first := slices.IndexFunc(rows, func(row batch.Row) bool { return slices.ContainsFunc(row.Cells, looksLikeAddress) })
	switch {
	case first < 0:
	case first == 0 || filled(rows[first-1].Cells) == 1 && filled(rows[first].Cells) > 1: // a title at most
		e.Guest = rows[first].Line
		return e
	default:
		e.Headings = rows[first-1].Cells
		if at := slices.IndexFunc(rows[first].Cells, looksLikeAddress); at < len(e.Headings) {
			e.Likely = strings.Join(strings.Fields(e.Headings[at]), " ")
		}
	}
	if heading, mapped := o.Map[batch.Email]; mapped {
		return &UnknownHeadingError{Field: batch.Email, Heading: heading, Headings: e.Headings, Likely: e.Likely}
	}
	return e
}

// rareDelimiters separate columns now and then, and are never tried unasked:
// they stand in headings, too.
const rareDelimiters = "^~:!#*¦§"

// between finds what separates the columns where all of a row stands in its first
// cell, 0 for nothing: taken apart by it, a row has an address column and the
// next one an address in that place.
func (o Options) between(rows []batch.Row) rune {
	for i := range len(rows) - 1 {
		above, below := rows[i].Cells, rows[i+1].Cells
		if filled(above) != 1 || filled(below) != 1 {
			continue
		}
		for _, r := range delimiters + rareDelimiters {
			headings, cells := strings.Split(above[0], string(r)), strings.Split(below[0], string(r))
			fields, _ := o.match(headings)
			at, found := fields[batch.Email]
			if found && len(headings) > 1 && at < len(cells) && looksLikeAddress(cells[at]) {
				return r
			}
		}
	}
	return 0
}
