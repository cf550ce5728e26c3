package celltext

import (
	"unicode/utf8"

	"guestlist/internal/text"
)

// Limit is how many UTF-16 units Excel takes in a cell.
const Limit = 32_767

// Fit returns text as a cell can hold it, and whether it had to be cut: not
// too long, and with U+FFFD in what would be lost. (Characters that XML cannot
// hold excelize replaces by U+FFFD itself.)
func Fit(s string) (fit string, cut bool) {
	s = Guard(s)
	fit = clip(s)
	return fit, fit != s
}

// clip cuts a text to [Limit]. The beginning stays, with a mark that says how
// long the text was; excelize would cut it without a word.
func clip(s string) string {
	if len(s) <= Limit { // a byte never makes more than a unit
		return s
	}
	mark := " … [cut here: " + text.Thousands(utf8.RuneCountInString(s)) + " characters]"
	room := Limit - utf8.RuneCountInString(mark)
	units, cut := 0, len(s)
	for i, r := range s {
		if units <= room {
			cut = i
		}
		if units++; r > 0xFFFF {
			units++
		}
	}
	if units <= Limit {
		return s
	}
	return s[:cut] + mark
}
