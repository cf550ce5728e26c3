package xlsx

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
)

// xstringEscape spells one UTF-16 unit that XML does not have: _x000D_ (ECMA-376
// part 1, 22.9.2.19, ST_Xstring).
var xstringEscape = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

// decodeXString is the text that an ST_Xstring stands for. Two escapes in a row
// may spell one character.
func decodeXString(text string) string {
	if !strings.Contains(text, "_x") {
		return text
	}
	var out strings.Builder
	var units []uint16
	at := 0
	flush := func() {
		_, _ = out.WriteString(string(utf16.Decode(units)))
		units = units[:0]
	}
	for _, m := range xstringEscape.FindAllStringIndex(text, -1) {
		if m[0] > at {
			flush()
			_, _ = out.WriteString(text[at:m[0]])
		}
		unit, err := strconv.ParseUint(text[m[0]+2:m[1]-1], 16, 16)
		if err == nil { // always: the pattern has four digits
			units = append(units, uint16(unit))
		}
		at = m[1]
	}
	flush()
	_, _ = out.WriteString(text[at:])
	return out.String()
}
