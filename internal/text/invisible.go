package text

import (
	"fmt"
	"strings"
	"unicode"
)

// brailleBlank looks like a space and counts as a symbol.
const brailleBlank = '\u2800'

// IsInvisible finds what people do not see: spaces of every kind, control and
// zero-width characters, soft hyphens, byte order marks, variation selectors.
func IsInvisible(r rune) bool {
	if r < 0x7f {
		return r <= ' '
	}
	return r == brailleBlank || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Z,
		unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// Trim takes away the invisible characters around a text.
func Trim(s string) string {
	if s == "" || isGraphic(s[0]) && isGraphic(s[len(s)-1]) {
		return s // nearly all cells; each is trimmed several times
	}
	return strings.TrimFunc(s, IsInvisible)
}

// isGraphic reports whether a byte is a character of ASCII that is seen.
func isGraphic(b byte) bool { return ' ' < b && b <= '~' }

// Describe says what an invisible character is: "a no-break space (U+00A0)".
func Describe(r rune) string {
	switch {
	case r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029':
		return "a line break"
	case r == '\t':
		return "a tab"
	case r == ' ':
		return "a space"
	case r == '\u00a0' || r == '\u202f':
		return fmt.Sprintf("a no-break space (%U)", r)
	case unicode.IsSpace(r) || unicode.Is(unicode.Z, r):
		return fmt.Sprintf("a space (%U)", r)
	case unicode.Is(unicode.Cc, r):
		return fmt.Sprintf("a control character (%U)", r)
	default:
		return fmt.Sprintf("an invisible character (%U)", r)
	}
}

// IsASCII reports whether a text has no character beyond ASCII.
func IsASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
