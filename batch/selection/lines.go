package selection

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"guestlist/internal/text"
)

// RowRanges are some rows of a list, by the numbers that a spreadsheet shows. The
// zero RowRanges are none.
type RowRanges struct{ spans []span } // sorted, with a gap between each two

// span is from first to last row, both included.
type span struct{ first, last int }

// toTheEnd is the last row of a span that has no end.
const toTheEnd = math.MaxInt

// ParseRowRanges reads rows such as "10-200,305"; "10-" goes on to the end of the
// list. Spans may overlap and stand in any order. The error is a
// [*SelectionError].
func ParseRowRanges(str string) (RowRanges, error) {
	var l RowRanges
	for part := range strings.SplitSeq(str, ",") {
		s, what := parseSpan(text.Trim(part))
		if what != "" {
			return RowRanges{}, &SelectionError{Text: str, What: what, hint: "write row numbers such as 10-200,305, or 10- for all from 10 on"}
		}
		l.spans = append(l.spans, s)
	}
	l.spans = merged(l.spans)
	return l, nil
}

// parseSpan reads one of them, or says what is wrong.
func parseSpan(part string) (s span, what string) {
	dash := strings.NewReplacer("–", "-", "—", "-").Replace(part) // what word processors make of it
	from, to, isSpan := strings.Cut(dash, "-")
	if part == "" {
		return span{}, "a row number is missing"
	}
	if s.first, what = parseLine(text.Trim(from)); what != "" {
		return span{}, what
	}
	switch to = text.Trim(to); {
	case !isSpan:
		s.last = s.first
	case to == "":
		s.last = toTheEnd
	default:
		if s.last, what = parseLine(to); what != "" {
			return span{}, what
		}
	}
	if s.last < s.first {
		return span{}, fmt.Sprintf("%s runs backwards", part)
	}
	return s, ""
}

func parseLine(s string) (line int, what string) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, fmt.Sprintf("%q is not a row number", s)
		}
	}
	line, err := strconv.Atoi(s)
	switch {
	case s == "":
		return 0, "a row number is missing before the hyphen"
	case err != nil:
		return 0, s + " is too large for a row number"
	case line == 0:
		return 0, "rows count from 1"
	}
	return line, ""
}

// merged sorts spans and joins those that touch.
func merged(spans []span) []span {
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.first, b.first) })
	joined := spans[:1]
	for _, s := range spans[1:] {
		last := &joined[len(joined)-1]
		if last.last == toTheEnd || s.first <= last.last+1 {
			last.last = max(last.last, s.last)
		} else {
			joined = append(joined, s)
		}
	}
	return joined
}

// Empty reports whether no row is meant.
func (l RowRanges) Empty() bool { return len(l.spans) == 0 }

// Has reports whether a row is meant.
func (l RowRanges) Has(line int) bool {
	_, found := slices.BinarySearchFunc(l.spans, line, func(s span, line int) int {
		switch {
		case s.last < line:
			return -1
		case s.first > line:
			return 1
		default:
			return 0
		}
	})
	return found
}

// String gives the form that [ParseRowRanges] reads, in order and without overlaps.
func (l RowRanges) String() string {
	parts := make([]string, 0, len(l.spans))
	for _, s := range l.spans {
		switch s.last {
		case s.first:
			parts = append(parts, strconv.Itoa(s.first))
		case toTheEnd:
			parts = append(parts, fmt.Sprintf("%d-", s.first))
		default:
			parts = append(parts, fmt.Sprintf("%d-%d", s.first, s.last))
		}
	}
	return strings.Join(parts, ",")
}
