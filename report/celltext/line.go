package celltext

import (
	"strings"
	"unicode/utf8"
)

// LongestLine returns the characters of the longest line of text.
func LongestLine(text string) int {
	longest := 0
	for line := range strings.Lines(text) {
		longest = max(longest, utf8.RuneCountInString(strings.TrimRight(line, "\r\n")))
	}
	return longest
}
