// Package text holds the few things that are done to texts everywhere: foreign
// text made safe to show, headings compared, counts written in words. Every text
// that is not ours - a cell, a heading, a file's name, an answer of a server -
// passes [Line], [Printable] or [Block] before a terminal, a log, an error cell,
// a page or an email shows it.
package text

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line makes one line of foreign text for the middle of a sentence: white space
// becomes single spaces, other control characters and bytes that are not UTF-8
// become U+FFFD, and format characters (category Cf: direction marks, zero-width
// spaces) are dropped, so that a name cannot command a terminal or look like
// another one. The joiners that Persian and emoji need stay between the
// characters that need them.
func Line(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	before := utf8.RuneError // the last character written
	gap := false             // white space is due before the next one
	for at, r := range s {
		switch {
		case unicode.IsSpace(r), unicode.In(r, unicode.Zl, unicode.Zp):
			gap = b.Len() > 0
			continue
		case isJoiner(r):
			after, _ := utf8.DecodeRuneInString(s[at+utf8.RuneLen(r):])
			if gap || before < utf8.RuneSelf || after < utf8.RuneSelf || after == utf8.RuneError || isFormat(after) {
				continue
			}
		case isFormat(r):
			continue
		case unicode.IsControl(r):
			r = utf8.RuneError
		}
		if gap {
			b.WriteByte(' ')
			gap = false
		}
		b.WriteRune(r)
		before = r
	}
	return b.String()
}

// isPlain reports whether [Line] would give s as it is: what nearly all texts are.
func isPlain(s string) bool {
	space := true // just before, or at the start
	for i := range len(s) {
		switch c := s[i]; {
		case c == ' ' && space, c < ' ', c >= 0x7f:
			return false
		default:
			space = c == ' '
		}
	}
	return !space || s == ""
}

// isJoiner finds the zero-width joiner and non-joiner.
func isJoiner(r rune) bool { return r == '\u200c' || r == '\u200d' }

// isFormat finds characters that only change how others are shown.
func isFormat(r rune) bool { return unicode.Is(unicode.Cf, r) }

// Printable shows a foreign value exactly, on one line: as it is where all of it
// can be seen, else quoted with what cannot be seen spelled out ("a\u00a0b").
func Printable(s string) string {
	var spelled strings.Builder
	for _, r := range s {
		if strconv.IsPrint(r) {
			spelled.WriteRune(r)
			continue
		}
		spelled.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
	}
	if spelled.String() == s {
		return s
	}
	return `"` + spelled.String() + `"`
}

// Block shows a foreign text of several lines: tabs and line breaks stay, other
// control and format characters are shown by their code: [U+202E].
func Block(s string) string {
	if !strings.ContainsFunc(s, isHidden) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if isHidden(r) {
			b.WriteString("[U+" + strings.ToUpper(leftPad(strconv.FormatInt(int64(r), 16))) + "]")
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// isHidden finds what [Block] shows by its code. The joiners of scripts and
// emoji are no danger within a text that is shown as it is.
func isHidden(r rune) bool {
	if r == '\t' || r == '\n' || r == '\r' || isJoiner(r) {
		return false
	}
	return unicode.IsControl(r) || isFormat(r)
}

// leftPad gives a code its four digits.
func leftPad(code string) string { return strings.Repeat("0", max(0, 4-len(code))) + code }

// Truncate cuts a text that has more than limit bytes between two characters,
// and marks the cut with an ellipsis.
func Truncate(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	cut := limit
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

// LongestLine returns the characters of the longest line of a text.
func LongestLine(s string) int {
	longest := 0
	for line := range strings.Lines(s) {
		longest = max(longest, utf8.RuneCountInString(strings.TrimRight(line, "\r\n")))
	}
	return longest
}
