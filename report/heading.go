package report

import (
	"strconv"
	"strings"
	"unicode/utf16"

	"guestlist/report/celltext"
)

// maxHeading is the longest heading that an Excel table takes, in UTF-16 units.
const maxHeading = 255

// unique makes headings those of an Excel table, which opens only when none is
// empty and no two are equal but for case. An empty one is called by its place
// (Column3), a repeated one gets a number (Email2), as Excel itself does it.
// Headings that are fine stay as they are, so that doing it again changes nothing.
func unique(headings []string) []string {
	texts := make([]string, len(headings))
	taken := make(map[string]bool)
	repeated := make([]bool, len(headings))
	for i, heading := range headings {
		texts[i] = headingText(heading)
		key := fold(texts[i])
		repeated[i] = key == "" || taken[key]
		taken[key] = true
	}
	for i, text := range texts {
		if repeated[i] {
			texts[i] = newHeading(text, i+1, taken)
			taken[fold(texts[i])] = true
		}
	}
	return texts
}

// newHeading returns a heading that is not taken for the column at place, which
// counts from 1.
func newHeading(text string, place int, taken map[string]bool) string {
	name := text
	if fold(text) == "" {
		text = "Column"
		name = text + strconv.Itoa(place)
	}
	for n := 2; taken[fold(name)]; n++ {
		number := strconv.Itoa(n)
		name = cutTo(text, maxHeading-len(number)) + number
	}
	return name
}

// headingText returns what a heading's cell will hold: the names of a table's
// columns must equal their cells.
func headingText(heading string) string {
	text := strings.Map(func(r rune) rune {
		if inXML(r) {
			return r
		}
		return '\uFFFD'
	}, strings.ToValidUTF8(heading, "\uFFFD"))
	return cutTo(celltext.Guard(text), maxHeading)
}

// inXML reports whether an XML document can hold a character.
func inXML(r rune) bool {
	return r >= 0x20 && r != 0xFFFE && r != 0xFFFF || r == '\t' || r == '\n' || r == '\r'
}

// cutTo cuts a text to so many UTF-16 units.
func cutTo(text string, units int) string {
	for i, r := range text {
		if units -= max(1, utf16.RuneLen(r)); units < 0 {
			return text[:i]
		}
	}
	return text
}

// fold is what two headings have in common when a table takes them for equal.
func fold(heading string) string { return strings.ToLower(strings.TrimSpace(heading)) }
