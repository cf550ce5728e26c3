package handoff

import (
	"strings"
	"unicode"
)

// oneLine makes a text fit for a line of its own - a mail header, a heading of
// a message, a table cell: white space and control characters become single
// spaces, and characters that turn the direction of what follows go.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case turnsDirection(r) || r == '\uFEFF':
			return -1
		case unicode.IsSpace(r) || unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp):
			return ' '
		default:
			return r
		}
	}, strings.ToValidUTF8(text, "\uFFFD"))
	return strings.Join(strings.Fields(text), " ")
}

// turnsDirection finds the characters that could make a name look like
// something else. The joiners that Persian and emoji need are not among them.
func turnsDirection(r rune) bool {
	return r == 0x200E || r == 0x200F || r == 0x061C || (r >= 0x202A && r <= 0x202E) || (r >= 0x2066 && r <= 0x2069)
}
