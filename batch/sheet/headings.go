package sheet

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"guestlist/batch"
	"guestlist/internal/text"
)

// headingRows is how many rows that are not blank are searched for the heading row.
const headingRows = 20

// headingMatch is a heading row: where it is and what it means.
type headingMatch struct {
	header  batch.Header
	line    int
	notices []string
	// best are the headings of the row with the most cells, for the error that
	// there is no heading row.
	best []string
}

// findHeadings looks for the first row with an address column. Its errors are
// [NoAddressError], [UnknownHeadingError] and [ErrEmpty], or those of rows; best
// is set even then.
func findHeadings(rows iter.Seq2[batch.Row, error], opt Options) (headingMatch, error) {
	var got headingMatch
	var seen []batch.Row
	for row, err := range rows {
		if err != nil {
			return got, err
		}
		if filledCells(row.Cells) > filledCells(got.best) {
			got.best = row.Cells
		}
		fields, notices := matchFields(row.Cells, opt.Map)
		if _, ok := fields[batch.Email]; ok {
			got.header = batch.Header{Columns: row.Cells, Fields: fields}
			got.line, got.notices = row.Line, notices
			return got, checkMap(row, opt.Map)
		}
		if seen = append(seen, row); len(seen) == headingRows {
			break
		}
	}
	return got, noHeadings(seen, got.best, opt)
}

// matchFields says which columns hold which fields. Mapped headings go first, and
// what they name is not matched again.
func matchFields(columns []string, mapped map[batch.Field]string) (fields map[batch.Field]int, notices []string) {
	fields = make(map[batch.Field]int)
	taken := make(map[int]bool)
	for f, heading := range mapped {
		if at := text.FindHeading(columns, heading); at >= 0 {
			fields[f] = at
			taken[at] = true
		}
	}
	keys := make([]string, len(columns))
	for i, column := range columns {
		if !taken[i] {
			keys[i] = matchKey(column)
		}
	}
	for _, f := range batch.Fields() {
		if _, asked := mapped[f]; asked {
			continue
		}
		at := candidates(keys, f)
		if len(at) == 0 {
			continue
		}
		fields[f] = at[0]
		if len(at) > 1 {
			notices = append(notices, choiceNotice(columns, f, at))
		}
	}
	return fields, notices
}

// candidates are the positions of the columns that can hold a field, the best
// heading first, and the leftmost of equals first.
func candidates(keys []string, f batch.Field) []int {
	var at []int
	for _, name := range knownHeadings(f) {
		for i, k := range keys {
			if k == text.HeadingKey(name) && !slices.Contains(at, i) {
				at = append(at, i)
			}
		}
	}
	return at
}

// choiceNotice says which of several columns was taken for a field.
func choiceNotice(columns []string, f batch.Field, at []int) string {
	var rest []string
	for _, i := range at[1:] {
		rest = append(rest, columnAndPlace(columns, i))
	}
	return fmt.Sprintf("For %s the column %s is used, not %s; choose with --map %s=HEADING.",
		f, columnAndPlace(columns, at[0]), strings.Join(rest, " or "), f)
}

// columnAndPlace is a column's heading with its letter, for a position from 0.
func columnAndPlace(columns []string, at int) string {
	if at >= len(columns) || text.Trim(columns[at]) == "" {
		return text.ColumnName(at + 1)
	}
	return fmt.Sprintf("%q (%s)", clipped(columns[at]), text.ColumnName(at+1))
}

// checkMap refuses a mapped heading that the heading row does not have.
func checkMap(row batch.Row, mapped map[batch.Field]string) error {
	for _, f := range batch.Fields() {
		heading, asked := mapped[f]
		if asked && text.FindHeading(row.Cells, heading) < 0 {
			return &Error{Row: row.Line, Err: &UnknownHeadingError{Field: f, Heading: heading, Headings: row.Cells}}
		}
	}
	return nil
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
	first := slices.IndexFunc(rows, func(row batch.Row) bool { return slices.ContainsFunc(row.Cells, looksLikeAddress) })
	switch {
	case first < 0:
	case first == 0 || filledCells(rows[first-1].Cells) == 1 && filledCells(rows[first].Cells) > 1: // a title at most
		e.Guest = rows[first].Line
		return e
	default:
		e.Headings = rows[first-1].Cells
		if at := slices.IndexFunc(rows[first].Cells, looksLikeAddress); at < len(e.Headings) {
			e.Likely = strings.Join(strings.Fields(e.Headings[at]), " ")
		}
	}
	if heading, mapped := opt.Map[batch.Email]; mapped {
		return &UnknownHeadingError{Field: batch.Email, Heading: heading, Headings: e.Headings, Likely: e.Likely}
	}
	return e
}

// rareDelimiters separate columns now and then, and are never tried unasked:
// headings have them, too.
const rareDelimiters = "^~:!#*¦§"

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
			fields, _ := matchFields(headings, mapped)
			at, found := fields[batch.Email]
			if found && len(headings) > 1 && at < len(cells) && looksLikeAddress(cells[at]) {
				return r
			}
		}
	}
	return 0
}

// looksLikeAddress is a rough look, for telling guests from prose.
func looksLikeAddress(cell string) bool {
	cell = strings.TrimSpace(cell)
	at := strings.IndexByte(cell, '@')
	return at > 0 && at < len(cell)-1 && !strings.ContainsAny(cell, " \t\r\n") &&
		strings.Count(cell, "@") == 1
}

// isBlank reports whether no cell holds anything to see.
func isBlank(cells []string) bool {
	return !slices.ContainsFunc(cells, func(cell string) bool { return strings.TrimSpace(cell) != "" })
}

// filledCells counts the cells that are not blank.
func filledCells(cells []string) int {
	n := 0
	for _, cell := range cells {
		if strings.TrimSpace(cell) != "" {
			n++
		}
	}
	return n
}
