package text

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

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

// Plural gives a noun with its number: "1 row", "2,000 rows". The noun is one
// that takes an s.
func Plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Thousands(n) + " " + noun + "s"
}

// LongestLine returns the characters of the longest line of a text.
func LongestLine(s string) int {
	longest := 0
	for line := range strings.Lines(s) {
		longest = max(longest, utf8.RuneCountInString(strings.TrimRight(line, "\r\n")))
	}
	return longest
}
