package handoff

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// valueKey is what the spellings of one value have in common: two values that
// differ only by case, by spaces or by the way accents are encoded were typed
// for the same person, and get one pack. Nothing else is taken for the same:
// Weiß and Weiss are two.
func valueKey(value string) string { return strings.Map(foldCase, tidy(value)) }

// tidy is a value as people meant it: composed accents and single spaces.
func tidy(value string) string {
	value = strings.Map(func(r rune) rune {
		if r == '\u200B' || r == '\uFEFF' { // spaces without width
			return ' '
		}
		return r
	}, value)
	return norm.NFC.String(strings.Join(strings.Fields(value), " "))
}

// foldCase returns the first of all characters that differ from r by case only.
func foldCase(r rune) rune {
	first := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		first = min(first, next)
	}
	return first
}

// spellings counts how a value is written.
type spellings map[string]int

// best returns the most frequent spelling, of equally frequent ones the first
// by characters, which has the capitals: it does not depend on the rows' order.
func (s spellings) best() string {
	best := ""
	for text, n := range s {
		if n > s[best] || (n == s[best] && text < best) {
			best = text
		}
	}
	return best
}
