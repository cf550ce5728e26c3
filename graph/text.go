package graph

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// OneLine makes one line of foreign text, without what would command a terminal.
func OneLine(text string) string {
	return strings.Map(Visible, strings.Join(strings.Fields(text), " "))
}

// Bounded cuts a text that has more than limit bytes, and shows it.
func Bounded(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	cut := limit
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}

// Visible replaces control characters, and bytes that are no UTF-8, for
// [strings.Map].
func Visible(r rune) rune {
	if unicode.IsControl(r) {
		return utf8.RuneError
	}
	return r
}
