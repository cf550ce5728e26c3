package report

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// cellText returns text as a cell can hold it: not too long, and with U+FFFD in
// what would be lost. (Characters that XML cannot hold excelize replaces by
// U+FFFD itself.)
func cellText(text string) string { return clip(guardEscapes(text)) }

// clip cuts a text to the 32,767 UTF-16 units that Excel takes. The beginning
// stays, with a mark that says how long the text was; excelize would cut it
// without a word.
func clip(text string) string {
	if len(text) <= excelize.TotalCellChars { // a byte never makes more than a unit
		return text
	}
	mark := " … [cut here: " + thousands(utf8.RuneCountInString(text)) + " characters]"
	room := excelize.TotalCellChars - utf8.RuneCountInString(mark)
	units, cut := 0, len(text)
	for i, r := range text {
		if units <= room {
			cut = i
		}
		if units++; r > 0xFFFF {
			units++
		}
	}
	if units <= excelize.TotalCellChars {
		return text
	}
	return text[:cut] + mark
}

// thousands writes a count with commas: 40,000.
func thousands(n int) string {
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
