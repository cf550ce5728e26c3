package sheet

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"guestlist/batch"
	"guestlist/batch/judge"
	"guestlist/batch/results"
	"guestlist/internal/text"
)

// leftOut are the rows of one reading that are no guests, and the people in other
// columns who are not read, counted for notices.
type leftOut struct {
	header batch.Header
	// keys are the headings as they are compared; unread the columns of the list of which
	// no field is read, those first that may hold addresses by their heading; reset the
	// column ResetRedemption, -1 for none.
	keys   []string
	unread []int
	reset  int
	email  int
	// kinds are the rows that are left out, by what they are.
	kinds map[string]occurrences
	order []string
	// people are addresses in other columns, by column.
	people map[int]*others
	// hasGuests says that a row has an address of the guest's own.
	hasGuests bool
	resets    occurrences
	// remarks are the columns left of all headings, and what stands in them.
	remarks []occurrences
	// split are the rows that were made several, and of these the ones with a name and
	// with a message.
	split, splitNames, splitMessages occurrences
}

// others are the first few addresses of a column that is not read, and how many there
// are; seen are cells that were looked at.
type others struct {
	names []string
	// count is how many, shifted those of them in rows without an address of the guest's
	// own: there it has slipped into the other column.
	count, shifted int
	seen           map[string]bool
}

// maxSeen bounds the cells that are remembered for a column: in one of managers the same
// few come again and again.
const maxSeen = 1000

// shownPeople is how many of them a notice names.
const shownPeople = 3

func newLeftOut(h batch.Header, columns []int) *leftOut {
	l := &leftOut{
		header: h, email: h.Fields[batch.Email], unread: unreadColumns(h, columns), reset: text.FindHeading(h.Columns, "ResetRedemption"),
		kinds: make(map[string]occurrences), people: make(map[int]*others),
	}
	for _, heading := range h.Columns {
		l.keys = append(l.keys, matchKey(heading))
	}
	for i, heading := range h.Columns {
		if !results.IsUnheaded(heading) || h.Uses(i) {
			break
		}
		l.remarks = append(l.remarks, occurrences{})
	}
	return l
}

// unreadColumns are the columns of which no field is read, some of them first, but for
// those that say by their heading that they are of no guests: managers, say. Results have
// none: whom their columns name was told when the list was read.
func unreadColumns(h batch.Header, first []int) []int {
	if _, isResults := results.FindLayout(h.Columns); isResults {
		return nil
	}
	unread := slices.Clone(first)
	for i, heading := range h.Columns {
		if !h.Uses(i) && !slices.Contains(first, i) && !isOfOthers(heading) && !isOfAccountManager(heading) {
			unread = append(unread, i)
		}
	}
	return unread
}

// unheadedColumns are the columns without a heading in which text makes a row invalid. In
// a workbook a column left of all headings is one for remarks; anywhere right of a
// heading its text may be part of what stands beside it.
func unheadedColumns(h batch.Header, isCSV bool) (unheaded []int) {
	headed := isCSV
	for i, heading := range h.Columns {
		switch blank := text.Trim(heading) == ""; {
		case h.Uses(i):
			headed = true
		case blank && headed, !blank && results.IsUnheaded(heading):
			unheaded = append(unheaded, i)
		case !blank:
			headed = true
		}
	}
	return unheaded
}

// skips reports whether a row is no guest, and notes it. A row with an @ is always
// one.
func (l *leftOut) skips(row batch.Row) bool {
	if strings.IndexByte(row.Cell(l.email), '@') >= 0 {
		return false
	}
	kind := l.kindOf(row)
	if kind == "" {
		return false
	}
	found, known := l.kinds[kind]
	if !known {
		l.order = append(l.order, kind)
	}
	found.add(row.Line, strings.Join(slices.DeleteFunc(slices.Clone(row.Cells), func(cell string) bool { return text.Trim(cell) == "" }), " "))
	l.kinds[kind] = found
	return true
}

// noteSplit notes a row that becomes several, and what they cannot or do share.
func (l *leftOut) noteSplit(row batch.Row) {
	l.split.add(row.Line, "")
	if name := l.header.Value(row, batch.Name); name != "" {
		l.splitNames.add(row.Line, name)
	}
	if message := l.header.Value(row, batch.Message); message != "" {
		l.splitMessages.add(row.Line, message)
	}
}

// What rows are that are no guests.
const (
	endMark       = "is the end mark of old programs (Ctrl-Z)"
	headingsAgain = "repeats the headings"
	typeLine      = "is the type that PowerShell writes"
	totalsLine    = "is a total"
	ruler         = "is a line of dashes"
)

func (l *leftOut) kindOf(row batch.Row) string {
	filled := 0
	start := ""
	dashes := true
	for _, cell := range row.Cells {
		cell = text.Trim(strings.TrimFunc(cell, func(r rune) bool { return r == ctrlZ }))
		if cell == "" {
			continue
		}
		if strings.Contains(cell, "@") {
			return ""
		}
		if filled++; filled == 1 {
			start = cell
		}
		dashes = dashes && len(cell) > 1 && strings.Trim(cell, "-=_ ") == ""
	}
	switch {
	case filled == 0:
		return endMark
	case isTypeLine(start) && filled == 1:
		return typeLine
	case dashes:
		return ruler
	case l.repeatsHeadings(row):
		return headingsAgain
	case totals.MatchString(start):
		return totalsLine
	}
	return ""
}

// isTypeLine reports whether a row begins as PowerShell's line of the type does.
func isTypeLine(start string) bool { return strings.HasPrefix(start, "#TYPE ") }

const ctrlZ = '\x1a'

// totals is how rows begin that sum a list up, in the languages of spreadsheet
// programs and database clients.
var totals = regexp.MustCompile(`(?i)^(grand totals?|sub-?totals?|totals?|sum|count|summe|gesamt|gesamtsumme|gesamtergebnis|insgesamt|zwischensumme|anzahl|` +
	`total général|somme|nombre|total general|suma|totale|totaal|som|aantal|totalt|i alt|summa|yhteensä|razem|celkem|spolu|összesen|ukupno|skupaj|` +
	`σύνολο|итого|всего|разом|toplam|合計|総計|小計|总计|合计|小计|總計|합계|총계|المجموع|סה"כ)\s*(:|=|\()?\s*[0-9.,]*\s*([\p{L}]+\s*)?\)?$|^\([0-9]+ rows?( affected)?\)$`)

// repeatsHeadings reports whether all cells of a row are the headings again.
func (l *leftOut) repeatsHeadings(row batch.Row) bool {
	same := false
	for i, key := range l.keys {
		if matchKey(row.Cell(i)) != key {
			return false
		}
		same = same || key != ""
	}
	return same
}

// look notes what a guest's row says that is not read.
func (l *leftOut) look(row batch.Row) {
	own := l.header.Value(row, batch.Email)
	l.hasGuests = l.hasGuests || strings.IndexByte(own, '@') >= 0
	for _, at := range l.unread {
		if cell := row.Cell(at); strings.IndexByte(cell, '@') >= 0 {
			l.lookAtOther(at, cell, own)
		}
	}
	for i := range l.remarks {
		at, over := l.header.Surplus(row)
		if cell := text.Trim(row.Cell(i)); cell != "" && (len(over) == 0 || at > i) {
			l.remarks[i].add(row.Line, cell)
		}
	}
	if l.reset >= 0 {
		switch strings.ToLower(text.Trim(row.Cell(l.reset))) {
		case "true", "$true", "1", "yes":
			l.resets.add(row.Line, "")
		}
	}
}

// lookAtOther notes whose address stands in a column that is not read, if it is not the
// guest's own.
func (l *leftOut) lookAtOther(at int, cell, own string) {
	found := l.people[at]
	if strings.EqualFold(text.Trim(cell), own) || found != nil && found.seen[cell] {
		return
	}
	address, err := judge.Address(cell)
	if err != nil {
		return
	}
	if own, err := judge.Address(own); err == nil && batch.Key(own) == batch.Key(address) {
		return
	}
	if found == nil {
		found = &others{seen: make(map[string]bool)}
		l.people[at] = found
	}
	if len(found.seen) < maxSeen {
		found.seen[cell] = true
	}
	if strings.IndexByte(own, '@') < 0 {
		found.shifted++
	}
	if found.count++; len(found.names) < shownPeople {
		found.names = append(found.names, clipped(address))
	}
}

// sentences say what was left out.
func (l *leftOut) sentences() []string {
	var told []string
	for _, kind := range l.order {
		o := l.kinds[kind]
		shown := ""
		if kind != endMark {
			shown = fmt.Sprintf(" (%q)", clipped(o.text))
		}
		if o.count == 1 {
			told = append(told, fmt.Sprintf("Row %d%s %s and is left out.", o.row, shown, kind))
			continue
		}
		told = append(told, fmt.Sprintf("Row %d%s %s and is left out, as %s %d more like it.", o.row, shown, kind, verb(o.count-1, "is", "are"), o.count-1))
	}
	for _, at := range l.unread {
		found := l.others(at)
		if found == nil {
			continue
		}
		names := strings.Join(found.names, ", ")
		if rest := found.count - len(found.names); rest > 0 {
			names += fmt.Sprintf(" and %d more", rest)
		}
		told = append(told, fmt.Sprintf("The column %s has %s: %s. To read that column: --map email=%s.",
			columnAndPlace(l.header.Columns, at), notInvited(found.count), names, text.ColumnName(at+1)))
	}
	for i, o := range l.remarks {
		if o.count > 0 {
			told = append(told, fmt.Sprintf("The column %s has no heading: what stands there, first in row %d (%q), is not read, and only carried into the results.",
				text.ColumnName(i+1), o.row, clipped(o.text)))
		}
	}
	if o := l.split; o.count > 0 {
		told = append(told, fmt.Sprintf("In %s the cell holds several addresses, first in row %d; each is invited by itself (--split).", text.Plural(o.count, "row"), o.row))
	}
	if o := l.splitNames; o.count > 0 {
		told = append(told, fmt.Sprintf("%d of them %s a name in the row, which is left out: it would be given to every one of the guests. The first is row %d, %q.",
			o.count, verb(o.count, "has", "have"), o.row, clipped(o.text)))
	}
	if o := l.splitMessages; o.count > 0 {
		told = append(told, fmt.Sprintf("%d of them %s a message, which goes to each of the guests: see that it greets all of them. The first is row %d, %q.",
			o.count, verb(o.count, "has", "have"), o.row, clipped(o.text)))
	}
	if o := l.resets; o.count > 0 {
		told = append(told, fmt.Sprintf("%s, first row %d, to reset the redemption (ResetRedemption), which guestlist does not do: such a row is invited like any other.",
			text.Plural(o.count, "row")+verb(o.count, " asks", " ask"), o.row))
	}
	return told
}

// namesPeopleOf reports whether the sentences name people in each of some columns.
func (l *leftOut) namesPeopleOf(columns []int) bool {
	return len(columns) > 0 && !slices.ContainsFunc(columns, func(at int) bool { return l.others(at) == nil })
}

// others are the people in a column, nil for none: addresses of shifted rows alone are no
// reason to read it.
func (l *leftOut) others(at int) *others {
	found := l.people[at]
	if found != nil && found.shifted == found.count && l.hasGuests {
		return nil
	}
	return found
}

func notInvited(count int) string {
	if count == 1 {
		return "1 address that is not invited"
	}
	return fmt.Sprintf("%d addresses that are not invited", count)
}
