package sheet

import (
	"fmt"
	"strings"

	"guestlist/batch"
	"guestlist/batch/judge"
	"guestlist/internal/text"
)

// lookAbove looks at the rows above the headings, which are not read: a list that was
// sorted together with its headings, or a second table with headings of another kind,
// has guests there. They are refused, so that nobody is left out; any other address
// there, in a title or a cover sheet, is named.
func lookAbove(got headingMatch) (notices []string, err error) {
	email := got.header.Fields[batch.Email]
	var guests, named []batch.Row
	full := false
	for _, row := range got.above {
		if start := row.Cell(0); filledCells(row.Cells) == 1 && isTypeLine(start) {
			notices = append(notices, fmt.Sprintf("Row %d (%q) %s and is left out.", row.Line, clipped(start), typeLine))
		}
		if _, err := judge.Address(row.Cell(email)); err == nil {
			guests = append(guests, row)
			full = full || filledCells(row.Cells) >= filledCells(got.header.Columns)
		}
		if addressIn(row) != "" {
			named = append(named, row)
		}
	}
	if full || len(guests) > 1 {
		first := guests[0]
		return nil, &Error{Row: first.Line, Line: first.FileLine, Err: &faultError{
			what: fmt.Sprintf("%s with an address, the first %s, %s above the headings, which are in row %d, and would be left out",
				text.Plural(len(guests), "row"), clipped(addressIn(first)), verb(len(guests), "stands", "stand"), got.line),
			hint: "Put the headings into the first row, above all guests - sorting may have moved them -, or guests of several tables below the headings of one, and save the file.",
		}}
	}
	if len(named) > 0 {
		var shown []string
		for _, row := range named[:min(len(named), shownPeople)] {
			shown = append(shown, fmt.Sprintf("%s (row %d)", clipped(addressIn(row)), row.Line))
		}
		if rest := len(named) - len(shown); rest > 0 {
			shown = append(shown, fmt.Sprintf("%d more", rest))
		}
		notices = append(notices, fmt.Sprintf("Above the headings, which are in row %d, %s not invited: %s.",
			got.line, verb(len(named), "stands an address that is", "stand addresses that are"), strings.Join(shown, ", ")))
	}
	return notices, nil
}

// addressIn is the first address that a row holds, "" for none.
func addressIn(row batch.Row) string {
	for _, cell := range row.Cells {
		if !strings.Contains(cell, "@") {
			continue
		}
		if address, err := judge.Address(cell); err == nil {
			return address
		}
		if found := mailboxWithin.FindString(cell); found != "" {
			return strings.TrimRight(found, ".!?")
		}
	}
	return ""
}
