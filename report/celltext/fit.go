package celltext

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limit is how many UTF-16 units Excel takes in a cell.
const Limit = 32_767

// Fit returns text as a cell can hold it, and whether it had to be cut: not
// too long, and with U+FFFD in what would be lost. (Characters that XML cannot
// hold excelize replaces by U+FFFD itself.)
func Fit(text string) (fit string, cut bool) {
	text = Guard(text)
	fit = clip(text)
	return fit, fit != text
}

// clip cuts a text to [Limit]. The beginning stays, with a mark that says how
// long the text was; excelize would cut it without a word.
func clip(text string) string {
	if len(text) <= Limit { // a byte never makes more than a unit
		return text
	}
	mark := " … [cut here: " + Thousands(utf8.RuneCountInString(text)) + " characters]"
	room := Limit - utf8.RuneCountInString(mark)
	units, cut := 0, len(text)
	for i, r := range text {
		if units <= room {
			cut = i
		}
		if units++; r > 0xFFFF {
			units++
		}
	}
	if units <= Limit {
		return text
	}
	return text[:cut] + mark
}

// Thousands writes a count with commas: 40,000.
func Thousands(n int) string {
	digits := strconv.Itoa(n)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}
