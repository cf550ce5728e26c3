package text

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Value is the value of a cell as it was meant: one line with composed accents, single
// spaces and nothing that people do not see.
func Value(cell string) string {
	cell = strings.Map(func(r rune) rune {
		switch r {
		case '\u200b', '\ufeff', '\u2800': // look like a space, or are one without width
			return ' '
		}
		return r
	}, cell)
	return norm.NFC.String(Line(cell))
}

// ValueKey is what the spellings of one value have in common: two values that differ only
// by case, by spaces or by the way accents are encoded were typed for the same person.
// Nothing else is taken for the same: Weiß and Weiss are two.
func ValueKey(cell string) string { return strings.Map(foldCase, Value(cell)) }

// foldCase returns the first of all characters that differ from r only by case.
func foldCase(r rune) rune {
	first := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		first = min(first, next)
	}
	return first
}

// Spellings counts how a value is written.
type Spellings map[string]int

// Add counts one more time that a value is written so.
func (s Spellings) Add(spelling string) { s[spelling]++ }

// Best returns the most frequent spelling. Of equally frequent ones it is the first
// in the order of characters, where capitals come first, so that it does not depend
// on the order of the rows.
func (s Spellings) Best() string {
	best := ""
	for spelling, n := range s {
		if n > s[best] || (n == s[best] && spelling < best) {
			best = spelling
		}
	}
	return best
}
