package batch

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// HeadingKey is a heading as it is compared: without case, spaces, dashes,
// underscores and characters that cannot be seen.
func HeadingKey(heading string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || unseen(r) || unicode.Is(unicode.Pd, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFC.String(heading))
}

// findHeading is the position of a heading that somebody typed, -1 when it is
// not there. The very spelling goes first; in the admin centre's template the
// name in brackets will do.
func findHeading(columns []string, heading string) int {
	if at := slices.Index(columns, heading); at >= 0 {
		return at
	}
	want := HeadingKey(heading)
	if want == "" {
		return -1
	}
	return slices.IndexFunc(columns, func(column string) bool {
		return HeadingKey(column) == want || HeadingKey(bracketed(column)) == want
	})
}

// bracketed is the name in brackets that a heading holds, "" for none.
func bracketed(heading string) string {
	_, rest, opened := strings.Cut(heading, "[")
	name, _, closed := strings.Cut(rest, "]")
	if !opened || !closed {
		return ""
	}
	return name
}

// nearest gives the heading that somebody likely meant, "" when none is near.
func nearest(columns []string, heading string) string {
	want := HeadingKey(heading)
	best, far := "", max(1, len(want)/3)+1
	for _, column := range columns {
		if d := distance(want, HeadingKey(column)); d < far {
			best, far = column, d
		}
	}
	return best
}

// distance counts the letters to put in, take out or replace that make one text
// of the other.
func distance(from, to string) int {
	a, b := []rune(from), []rune(to)
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
