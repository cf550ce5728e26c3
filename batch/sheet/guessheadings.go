package sheet

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"guestlist/batch"
	"guestlist/internal/text"
)

// guessHeadings finds the headings where none is known: the first row of the block in
// which the first address stands. The only column with addresses is then that of the
// guests, unless another one was asked for by its letter. A list of nothing but
// addresses needs no headings.
func guessHeadings(seen []batch.Row, opt Options) (headingMatch, bool) {
	asked, isAsked := opt.Map[batch.Email]
	letter := columnOf(asked)
	if isAsked && letter < 0 || delimiterWithin(seen, opt.Map) != 0 {
		return headingMatch{}, false
	}
	holds := func(row batch.Row) bool {
		return slices.ContainsFunc(row.Cells, holdsAddress) && (!isAsked || holdsAddress(row.Cell(letter)))
	}
	first := slices.IndexFunc(seen, holds)
	if first < 0 {
		return headingMatch{}, false
	}
	at, others := letter, addressColumns(seen[first:])
	if !isAsked {
		if len(others) != 1 {
			return headingMatch{}, false
		}
		at = others[0]
	}
	top := topOfBlock(seen, first)
	if !isAsked && (top < 0 || top == 0 && !mayBeHeadings(seen[top].Cells)) && areAddressesAlone(seen, first, at) {
		told := "The list has no headings and holds nothing but addresses: each of them is a guest."
		if first > 0 {
			told = fmt.Sprintf("Row %d is no heading that is known: each row is taken for a guest, this one as well.", seen[0].Line)
		}
		return headingMatch{guessed: true, header: addressesAlone(at), notices: []string{told}}, true
	}
	if top < 0 || !isAsked && (!areHeadingsOfGuests(seen[top], at) || delimiterWithin(seen[top:], opt.Map) != 0) {
		return headingMatch{}, false
	}
	headings := seen[top]
	if at >= len(headings.Cells) {
		headings.Cells = append(slices.Clone(headings.Cells), make([]string, at+1-len(headings.Cells))...)
	}
	with := maps.Clone(opt.Map)
	if with == nil {
		with = make(map[batch.Field]string)
	}
	with[batch.Email] = text.ColumnName(at + 1)
	m := matchFields(headings.Cells, with, findColumn)
	m.fields[batch.Email] = at // a heading may look like a letter
	if checkMap(headings, opt.Map) != nil {
		return headingMatch{}, false
	}
	found := headingMatch{
		header: batch.Header{Columns: headings.Cells, Fields: m.fields, NameFrom: m.nameFrom},
		line:   headings.Line, notices: m.notices, guessed: true, above: seen[:top],
	}
	if !isAsked {
		found.notices = append(found.notices, fmt.Sprintf("No heading says where the addresses are; the column %s is taken, the only one that holds some. To choose another: --map email=HEADING.",
			columnAndPlace(headings.Cells, at)))
	}
	found.others = slices.DeleteFunc(others, func(other int) bool { return other == at })
	return found, true
}

// addressesAlone is the header of a list without headings that has nothing but
// addresses in one column.
func addressesAlone(at int) batch.Header {
	h := batch.Header{Columns: make([]string, at+1), Fields: make(map[batch.Field]int)}
	h.Columns[at] = "Email"
	h.Fields[batch.Email] = at
	return h
}

// areHeadingsOfGuests reports whether a row is surely one of headings, of which the one
// at a place may be that of the guests' addresses.
func areHeadingsOfGuests(row batch.Row, at int) bool {
	return text.Trim(row.Cell(at)) != "" && mayBeHeadings(row.Cells) && !isOfOthers(row.Cell(at))
}

// addressColumns are the columns that hold addresses in some rows.
func addressColumns(rows []batch.Row) []int {
	found := make(map[int]bool)
	for _, row := range rows {
		for i, cell := range row.Cells {
			if isAddress(cell) {
				found[i] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// topOfBlock is the row of the headings above the first row that holds an address, -1
// for none: the topmost row that is as full, without a blank row in between. Titles are
// shorter.
func topOfBlock(rows []batch.Row, first int) int {
	if first == 0 {
		return -1
	}
	width := filledCells(rows[first].Cells)
	top := -1
	for i := first - 1; i >= 0 && rows[i].Line == rows[i+1].Line-1; i-- {
		if filledCells(rows[i].Cells) >= max(width, 2) {
			top = i
		}
	}
	if top < 0 && (width == 1 || filledCells(rows[first-1].Cells) > 1) {
		top = first - 1
	}
	return top
}

// areAddressesAlone reports whether rows hold nothing but an address in one column; one
// row above the first of them may be that of a guest whose address is missing.
func areAddressesAlone(rows []batch.Row, first, at int) bool {
	for i, row := range rows {
		if filledCells(row.Cells) != 1 || i >= first && !isNearlyAddress(row.Cell(at)) || i < first && (first > 1 || text.Trim(row.Cell(at)) == "") {
			return false
		}
	}
	return true
}

// noHeadings says what is wrong with rows of which none is a heading row.
func noHeadings(rows []batch.Row, best []string, opt Options) error {
	if len(rows) == 0 {
		return blankError{}
	}
	e := &NoAddressError{Headings: best, Delimiter: delimiterWithin(rows, opt.Map), asked: opt.Delimiter}
	if e.Delimiter != 0 {
		return e
	}
	_, mapped := opt.Map[batch.Email]
	first := slices.IndexFunc(rows, func(row batch.Row) bool { return slices.ContainsFunc(row.Cells, holdsAddress) })
	if first >= 0 {
		top, columns := topOfBlock(rows, first), addressColumns(rows[first:])
		if top < 0 {
			e.Guest = rows[first].Line
			return e
		}
		e.Headings = rows[top].Cells
		for _, at := range columns {
			e.several = append(e.several, columnHeading(e.Headings, at))
		}
		switch {
		case !mapped && !mayBeHeadings(e.Headings):
			e.unsure = rows[top].Line
			return e
		case len(columns) == 1 && text.Trim(rows[top].Cell(columns[0])) == "":
			e.bare = text.ColumnName(columns[0] + 1)
		case len(columns) == 1 && isOfOthers(rows[top].Cell(columns[0])):
			e.ofOthers = e.several[0]
		case len(columns) == 1:
			e.Likely = e.several[0]
		}
	}
	if heading, mapped := opt.Map[batch.Email]; mapped {
		return &UnknownHeadingError{Field: batch.Email, Heading: heading, Headings: e.Headings, Likely: e.Likely}
	}
	return e
}

// columnHeading is what a column is called in the advice, and in --map.
func columnHeading(headings []string, at int) string {
	if at < len(headings) && text.Trim(headings[at]) != "" {
		return strings.Join(strings.Fields(headings[at]), " ")
	}
	return text.ColumnName(at + 1)
}

// rareDelimiters separate columns now and then, and are never tried unasked:
// headings have them, too.
const rareDelimiters = "^~:!#*¦§/\\"

// delimiterWithin finds what separates the columns where all of a row is in its
// first cell, 0 for nothing: taken apart by it, a row has an address column and
// the next one an address in that place.
func delimiterWithin(rows []batch.Row, mapped map[batch.Field]string) rune {
	for i := range len(rows) - 1 {
		above, below := rows[i].Cells, rows[i+1].Cells
		if filledCells(above) != 1 || filledCells(below) != 1 {
			continue
		}
		for _, r := range delimiters + rareDelimiters {
			headings, cells := strings.Split(above[0], string(r)), strings.Split(below[0], string(r))
			at, found := matchFields(headings, mapped, findHeading).fields[batch.Email]
			if found && len(headings) > 1 && at < len(cells) && looksLikeAddress(cells[at]) {
				return r
			}
		}
	}
	return 0
}
