package sheet

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"guestlist/batch"
	"guestlist/internal/text"
)

// headerRows is how many rows that are not blank may stand above the heading
// row, itself included.
const headerRows = 20

// found is a heading row: where it stands and what it means.
type found struct {
	header  batch.Header
	line    int
	notices []string
	// best are the headings of the row with the most cells, for the error that
	// there is no heading row.
	best []string
}

// findHeader looks for the first row with an address column. Its errors are
// [NoAddressError], [UnknownHeadingError] and [ErrEmpty], or those of rows; best
// is set even then.
func findHeader(rows iter.Seq2[batch.Row, error], opt Options) (found, error) {
	var got found
	var seen []batch.Row
	for row, err := range rows {
		if err != nil {
			return got, err
		}
		if filled(row.Cells) > filled(got.best) {
			got.best = row.Cells
		}
		fields, notices := opt.match(row.Cells)
		if _, ok := fields[batch.Email]; ok {
			got.header = batch.Header{Columns: row.Cells, Fields: fields}
			got.line, got.notices = row.Line, notices
			return got, opt.checkMap(row)
		}
		if seen = append(seen, row); len(seen) == headerRows {
			break
		}
	}
	return got, opt.headless(seen, got.best)
}

// match says which columns hold which fields. Mapped headings go first, and
// what they name is not matched again.
func (o Options) match(columns []string) (fields map[batch.Field]int, notices []string) {
	fields = make(map[batch.Field]int)
	taken := make(map[int]bool)
	for f, heading := range o.Map {
		if at := find(columns, heading); at >= 0 {
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
		if _, mapped := o.Map[f]; mapped {
			continue
		}
		at := candidates(keys, f)
		if len(at) == 0 {
			continue
		}
		fields[f] = at[0]
		if len(at) > 1 {
			notices = append(notices, choice(columns, f, at))
		}
	}
	return fields, notices
}

// candidates are the positions of the columns that can hold a field, the best
// heading first, and the leftmost of equals first.
func candidates(keys []string, f batch.Field) []int {
	var at []int
	for _, name := range known(f) {
		for i, k := range keys {
			if k == text.HeadingKey(name) && !slices.Contains(at, i) {
				at = append(at, i)
			}
		}
	}
	return at
}

// choice tells which of several columns was taken for a field.
func choice(columns []string, f batch.Field, at []int) string {
	var rest []string
	for _, i := range at[1:] {
		rest = append(rest, fmt.Sprintf("%q (%s)", columns[i], letters(i+1)))
	}
	return fmt.Sprintf("For %s the column %q (%s) is used, not %s; choose with --map %s=HEADING.",
		f, columns[at[0]], letters(at[0]+1), strings.Join(rest, " or "), f)
}

// find is the position of a heading that somebody typed, -1 when it is not there.
func find(columns []string, heading string) int {
	want := text.HeadingKey(heading)
	if want == "" {
		return -1
	}
	return slices.IndexFunc(columns, func(column string) bool {
		return text.HeadingKey(column) == want || bracketed(column) == want
	})
}

// checkMap refuses a mapped heading that the heading row does not have.
func (o Options) checkMap(row batch.Row) error {
	for _, f := range batch.Fields() {
		heading, mapped := o.Map[f]
		if mapped && find(row.Cells, heading) < 0 {
			return &Error{Row: row.Line, Err: &UnknownHeadingError{Field: f, Heading: heading, Headings: row.Cells}}
		}
	}
	return nil
}

// blank reports whether no cell holds anything to see.
func blank(cells []string) bool {
	return !slices.ContainsFunc(cells, func(cell string) bool { return strings.TrimSpace(cell) != "" })
}

// filled counts the cells that are not blank.
func filled(cells []string) int {
	n := 0
	for _, cell := range cells {
		if strings.TrimSpace(cell) != "" {
			n++
		}
	}
	return n
}
