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

// RowRanges are some of the rows of a list, by the numbers that a spreadsheet
// shows. The zero RowRanges contain no row.
type RowRanges struct{ spans []span } // sorted, with a gap between each two

// span is the rows from first to last, both included.
type span struct{ first, last int }

// toTheEnd is the last row of a span that has no end.
const toTheEnd = math.MaxInt

// ParseRowRanges reads rows such as "10-200,305"; "10-" goes on to the end of the
// list. Ranges may overlap and come in any order. The error is a [*SelectionError].
func ParseRowRanges(s string) (RowRanges, error) {
	var ranges RowRanges
	for part := range strings.SplitSeq(s, ",") {
		next, what := parseSpan(text.Trim(part))
		if what != "" {
			return RowRanges{}, &SelectionError{Text: s, What: what, hint: "write row numbers such as 10-200,305, or 10- for all from 10 on"}
		}
		ranges.spans = append(ranges.spans, next)
	}
	ranges.spans = mergeSpans(ranges.spans)
	return ranges, nil
}

// parseSpan reads one range, or says what is wrong with it.
func parseSpan(part string) (s span, what string) {
	dash := strings.NewReplacer("–", "-", "—", "-").Replace(part) // word processors replace hyphens by these
	from, to, isSpan := strings.Cut(dash, "-")
	if part == "" {
		return span{}, "a row number is missing"
	}
	if s.first, what = parseRowNumber(text.Trim(from)); what != "" {
		return span{}, what
	}
	switch to = text.Trim(to); {
	case !isSpan:
		s.last = s.first
	case to == "":
		s.last = toTheEnd
	default:
		if s.last, what = parseRowNumber(to); what != "" {
			return span{}, what
		}
	}
	if s.last < s.first {
		return span{}, fmt.Sprintf("%s runs backwards", part)
	}
	return s, ""
}

func parseRowNumber(s string) (line int, what string) {
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

// mergeSpans sorts spans and joins those that touch.
func mergeSpans(spans []span) []span {
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

// Empty reports whether the ranges contain no row.
func (r RowRanges) Empty() bool { return len(r.spans) == 0 }

// Has reports whether the ranges contain a row.
func (r RowRanges) Has(line int) bool {
	_, found := slices.BinarySearchFunc(r.spans, line, func(s span, line int) int {
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

// String returns the form that [ParseRowRanges] reads, in order and without overlaps.
func (r RowRanges) String() string {
	parts := make([]string, 0, len(r.spans))
	for _, s := range r.spans {
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
