package celltext

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
)

// escape is how a workbook writes a character that XML cannot hold.
var escape = regexp.MustCompile(`_x[0-9a-fA-F]{4}_`)

// Protect escapes the underscore of texts that look like escapes, for parts of a
// workbook that are not written by excelize.
func Protect(text string) string {
	var b strings.Builder
	copied := 0
	for from := 0; ; {
		m := escape.FindStringIndex(text[from:])
		if m == nil {
			return b.String() + text[copied:]
		}
		start := from + m[0]
		b.WriteString(text[copied:start] + "_x005F_")
		copied, from = start+1, start+1
	}
}

// Guard puts U+FFFD into texts that only look like escapes and that
// excelize does not protect: half a surrogate pair (_xD800_), which vanishes,
// and the second of two that share an underscore (_x0041_x0042_), which is read
// as the character. It protects all others, also what follows an escaped
// underscore (_x005F_x0041_).
func Guard(text string) string {
	var b strings.Builder
	copied, shared := 0, -1
	for from := 0; ; {
		m := escape.FindStringIndex(text[from:])
		if m == nil {
			return b.String() + text[copied:]
		}
		start, end := from+m[0], from+m[1]
		from = end - 1 // the last underscore may begin the next one
		code, _ := strconv.ParseUint(text[start+2:end-1], 16, 16)
		if start != shared && !utf16.IsSurrogate(rune(code)) {
			if shared = from; text[start:end] == "_x005F_" {
				shared = -1
			}
			continue
		}
		b.WriteString(text[copied:start+1] + "\uFFFD")
		copied, shared = start+1, -1
	}
}
