package sheet

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"

	"guestlist/batch"
	"guestlist/batch/sheet/xlsx"
	"guestlist/internal/text"
)

// headingRows is how many rows that are not blank are searched for the heading row.
const headingRows = 20

// headingMatch is a heading row: where it is and what it means.
type headingMatch struct {
	header  batch.Header
	line    int // 0 for a list without headings
	notices []string
	// guessed says that no heading named the addresses.
	guessed bool
	// others are columns besides the chosen one that may hold addresses.
	others []int
	// above are the rows above the headings.
	above []batch.Row
	// best are the headings of the row with the most cells, for the error that
	// there is no heading row.
	best []string
}

// HeaderOf says what the columns with some headings mean by themselves, or as the headings
// of mapped say.
func HeaderOf(columns []string, mapped map[batch.Field]string) batch.Header {
	m := matchFields(columns, mapped, findHeading)
	return batch.Header{Columns: columns, Fields: m.fields, NameFrom: m.nameFrom}
}

// findHeadings looks for the first row with an address column, and where no heading
// is known, for the only column with addresses. Its errors are [NoAddressError],
// [UnknownHeadingError] and [ErrEmpty], or those of rows; best is set even then.
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
		m := matchFields(row.Cells, opt.Map, findHeading)
		// A row that has an address is one of a guest, whatever else it says.
		if _, ok := m.fields[batch.Email]; ok && !slices.ContainsFunc(row.Cells, holdsAddress) {
			got.above = seen
			return got.at(row, opt)
		}
		if seen = append(seen, row); len(seen) == headingRows {
			break
		}
	}
	if found, ok := guessHeadings(seen, opt); ok {
		found.best = got.best
		return found, nil
	}
	return got, noHeadings(seen, got.best, opt)
}

// at takes a row for the headings.
func (got headingMatch) at(row batch.Row, opt Options) (headingMatch, error) {
	m := matchFields(row.Cells, opt.Map, findColumn)
	got.header = batch.Header{Columns: row.Cells, Fields: m.fields, NameFrom: m.nameFrom}
	got.line, got.notices, got.others = row.Line, m.notices, m.others
	return got, checkMap(row, opt.Map)
}

// spread takes headings that are merged over several columns: one for the name means
// all of them, first and last name for two. Of other fields the first column counts, and
// the others are told.
func (got headingMatch) spread(merged []xlsx.Range) headingMatch {
	for _, r := range merged {
		at := r.Left - 1
		if missing := r.Right - len(got.header.Columns); missing > 0 {
			got.header.Columns = append(slices.Clone(got.header.Columns), make([]string, missing)...)
		}
		span := fmt.Sprintf("The heading %s spans the columns %s to %s: ", columnAndPlace(got.header.Columns, at), text.ColumnName(r.Left), text.ColumnName(r.Right))
		name, isName := got.header.Fields[batch.Name]
		switch {
		case isName && name == at:
			delete(got.header.Fields, batch.Name)
			got.header.NameFrom = nil
			for column := r.Left - 1; column < r.Right; column++ {
				got.header.NameFrom = append(got.header.NameFrom, batch.NamePart{Before: " ", Column: column})
			}
			got.notices = append(got.notices, span+"the name is made of all of them.")
		default:
			got.notices = append(got.notices, span+"only the first of them is read under it, and the others have no heading.")
		}
	}
	return got
}

// fieldMatch says which columns of a heading row mean what.
type fieldMatch struct {
	fields   map[batch.Field]int
	nameFrom []batch.NamePart
	// others are columns that may hold addresses, too.
	others  []int
	notices []string
}

// matchFields says which columns hold which fields. Mapped headings go first, and
// what they name is not matched again; find is how they are found.
func matchFields(columns []string, mapped map[batch.Field]string, find func(columns []string, asked string) int) fieldMatch {
	m := fieldMatch{fields: make(map[batch.Field]int)}
	taken := make(map[int]bool)
	for f, heading := range mapped {
		if f == batch.Name && strings.Contains(heading, "{") && text.FindHeading(columns, heading) < 0 {
			m.nameFrom, _ = nameTemplate(columns, heading)
			continue
		}
		if at := find(columns, heading); at >= 0 {
			m.fields[f] = at
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
		at := candidates(keys, f)
		if email, ok := m.fields[batch.Email]; ok {
			at = besideFirst(columns, keys, at, email)
		}
		if _, asked := mapped[f]; asked {
			if f == batch.Email {
				m.others = at
			}
			continue
		}
		if f == batch.Name {
			at = m.nameParts(columns, keys, at)
		}
		if len(at) == 0 {
			continue
		}
		m.fields[f] = at[0]
		if f == batch.Email {
			m.others = at[1:]
		}
		if len(at) > 1 {
			m.notices = append(m.notices, choiceNotice(columns, f, at))
		}
	}
	return m
}

// nameParts looks for first and last name, and returns the columns for the whole name
// that are left. "Name" beside a first name is the last one, unless its cell has the
// first name in it; where both are there, another column is the whole name.
func (m *fieldMatch) nameParts(columns, keys []string, whole []int) []int {
	email := m.fields[batch.Email]
	first := besideFirst(columns, keys, candidates(keys, firstName), email)
	last := besideFirst(columns, keys, candidates(keys, lastName), email)
	if len(last) > 0 && len(first) > 1 && first[0] == last[0] {
		first = first[1:]
	}
	if len(first) > 0 && len(last) > 1 && last[0] == first[0] {
		last = last[1:]
	}
	isPart := func(at int) bool {
		return len(first) > 0 && at == first[0] || len(last) > 0 && at == last[0]
	}
	both := len(first) > 0 && len(last) > 0 && first[0] != last[0]
	rest := slices.DeleteFunc(slices.Clone(whole), isPart)
	switch {
	case both:
		whole = rest
	case len(first) > 0 && len(rest) > 0: // Vorname and Name
		last, whole = rest[:1], nil
	case len(whole) > 0: // nothing but a name, in whichever language it is one
		return whole
	case len(first) == 0 && len(last) == 0:
		return nil
	case len(first) == 0 || len(last) == 0:
		m.nameFrom = []batch.NamePart{{Column: slices.Concat(first, last)[0]}}
		return nil
	}
	if len(last) > 0 && len(first) > 0 && last[0] != first[0] {
		m.nameFrom = inOrderOfLanguage(keys, first[0], last[0])
		for i, part := range m.nameFrom {
			m.nameFrom[i].MayBeWhole = !both && part.Column == last[0]
		}
		m.completeLastName(last[0], besideFirst(columns, keys, candidates(keys, particleOfName), email), besideFirst(columns, keys, candidates(keys, secondLastName), email))
	}
	return whole
}

// completeLastName adds the columns of a particle and of a second last name, if there
// are any, around that of the last name.
func (m *fieldMatch) completeLastName(last int, particle, second []int) {
	at := slices.IndexFunc(m.nameFrom, func(p batch.NamePart) bool { return p.Column == last })
	if len(second) > 0 {
		m.nameFrom = slices.Insert(m.nameFrom, at+1, batch.NamePart{Before: " ", Column: second[0]})
	}
	if len(particle) > 0 {
		m.nameFrom = slices.Insert(m.nameFrom, at, batch.NamePart{Before: m.nameFrom[at].Before, Column: particle[0]})
		m.nameFrom[at+1].Before = " "
	}
}

// inOrderOfLanguage puts the last name first where the language of the headings does
// so.
func inOrderOfLanguage(keys []string, first, last int) []batch.NamePart {
	language := knownHeadings()[firstName][keys[first]].language
	if family := knownHeadings()[lastName][keys[last]].language; family == "zh" || family == "ko" {
		language = family // 名 is Japanese as well
	}
	tight := language == "zh" || language == "ko"
	switch language {
	case "hu", "ja", "ko", "vi", "zh":
		return []batch.NamePart{{Column: last}, {Before: " ", Column: first, Tight: tight}}
	}
	return []batch.NamePart{{Column: first}, {Before: " ", Column: last}}
}

// besideFirst puts columns with the same heading as the best before the others, and
// among them those of the block of headings in which a column stands: a sheet may
// have two tables side by side.
func besideFirst(columns, keys []string, at []int, beside int) []int {
	if len(at) < 2 {
		return at
	}
	left, right := beside, beside
	for left > 0 && text.Trim(columns[left-1]) != "" {
		left--
	}
	for right < len(columns)-1 && text.Trim(columns[right+1]) != "" {
		right++
	}
	best := keys[at[0]]
	sorted := slices.Clone(at)
	slices.SortStableFunc(sorted, func(a, b int) int { return distant(a, left, right, best, keys) - distant(b, left, right, best, keys) })
	return sorted
}

// distant ranks a column for besideFirst.
func distant(at, left, right int, best string, keys []string) int {
	switch {
	case keys[at] == best && left <= at && at <= right:
		return 0
	case keys[at] == best:
		return 1
	}
	return 2
}

// candidates are the positions of the columns that can hold a field, the best
// heading first, and the leftmost of equals first.
func candidates(keys []string, f batch.Field) []int {
	known := knownHeadings()[f]
	var at []int
	for i, key := range keys {
		if _, ok := known[key]; ok && key != "" {
			at = append(at, i)
		}
	}
	slices.SortStableFunc(at, func(a, b int) int { return cmp.Compare(known[keys[a]].rank, known[keys[b]].rank) })
	return at
}

// findColumn is the position of a column that was asked for, by its heading, without
// decoration if need be, or by its letter; -1 when it is not there.
func findColumn(columns []string, asked string) int {
	if at := findHeading(columns, asked); at >= 0 {
		return at
	}
	if at := columnOf(asked); at < len(columns) {
		return at
	}
	return -1
}

// findHeading is findColumn by heading alone.
func findHeading(columns []string, asked string) int {
	if at := text.FindHeading(columns, asked); at >= 0 {
		return at
	}
	if want := matchKey(asked); want != "" {
		if at := slices.IndexFunc(columns, func(column string) bool { return matchKey(column) == want }); at >= 0 {
			return at
		}
	}
	return -1
}

// columnOf is the position of a column that is named by its letters, from 0, -1 for
// what is no letters.
func columnOf(letters string) int {
	at := 0
	letters = strings.ToUpper(strings.TrimSpace(letters))
	for i := range len(letters) {
		if letters[i] < 'A' || letters[i] > 'Z' || i > 2 {
			return -1
		}
		at = at*26 + int(letters[i]-'A') + 1
	}
	return at - 1
}

// nameTemplate reads what --map name="{First name} {Last name}" asks for, and returns
// a heading that is not there, all of it where it names none.
func nameTemplate(columns []string, asked string) (parts []batch.NamePart, missing string) {
	for rest := asked; ; {
		before, inside, opened := strings.Cut(rest, "{")
		heading, after, closed := strings.Cut(inside, "}")
		if !opened || !closed {
			if len(parts) == 0 {
				return nil, asked
			}
			if rest != "" {
				parts = append(parts, batch.NamePart{Before: rest, Column: -1})
			}
			return parts, ""
		}
		at := findColumn(columns, heading)
		if at < 0 {
			return nil, heading
		}
		parts = append(parts, batch.NamePart{Before: before, Column: at})
		rest = after
	}
}

// choiceNotice says which of several columns was taken for a field.
func choiceNotice(columns []string, f batch.Field, at []int) string {
	var rest, flags []string
	for _, i := range at[1:] {
		rest = append(rest, columnAndPlace(columns, i))
		flags = append(flags, fmt.Sprintf("--map %s=%s", f, text.ColumnName(i+1)))
	}
	return fmt.Sprintf("For %s the column %s is used, not %s. To read that column: %s.",
		f, columnAndPlace(columns, at[0]), strings.Join(rest, " or "), strings.Join(flags, " or "))
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
		if !asked {
			continue
		}
		missing := findColumn(row.Cells, heading) < 0
		if f == batch.Name && strings.Contains(heading, "{") && text.FindHeading(row.Cells, heading) < 0 {
			_, heading = nameTemplate(row.Cells, heading)
			missing = heading != ""
		}
		if missing {
			return &Error{Row: row.Line, Err: &UnknownHeadingError{Field: f, Heading: heading, Headings: row.Cells}}
		}
	}
	return nil
}

// looksLikeAddress is a rough look, for telling guests from prose.
func looksLikeAddress(cell string) bool {
	cell = strings.Trim(cell, " \t\r\n,;")
	at := strings.IndexByte(cell, '@')
	return at > 0 && at < len(cell)-1 && !strings.ContainsAny(cell, " \t\r\n,;|") &&
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
