package marked

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// cellText returns text as a cell can hold it, and whether it had to be cut.
// Characters that XML cannot hold excelize replaces by U+FFFD itself.
func cellText(text string) (fit string, cut bool) {
	text = guardEscapes(text)
	if len(text) <= excelize.TotalCellChars { // a byte never makes more than a unit
		return text, false
	}
	mark := " … [cut here: " + strconv.Itoa(utf8.RuneCountInString(text)) + " characters]"
	room := excelize.TotalCellChars - utf8.RuneCountInString(mark)
	units, end := 0, len(text)
	for i, r := range text {
		if units <= room {
			end = i
		}
		if units++; r > 0xFFFF {
			units++
		}
	}
	if units <= excelize.TotalCellChars {
		return text, false
	}
	return text[:end] + mark, true
}

// escaped is how a workbook writes a character that XML cannot hold.
var escaped = regexp.MustCompile(`_x[0-9a-fA-F]{4}_`)

// protect escapes the underscore of texts that look like escapes, for parts
// that are not written by excelize.
func protect(text string) string {
	var b strings.Builder
	copied := 0
	for from := 0; ; {
		m := escaped.FindStringIndex(text[from:])
		if m == nil {
			return b.String() + text[copied:]
		}
		start := from + m[0]
		b.WriteString(text[copied:start] + "_x005F_")
		copied, from = start+1, start+1
	}
}

// guardEscapes puts U+FFFD into texts that only look like escapes and that
// excelize does not protect: half a surrogate pair (_xD800_), which vanishes,
// and the second of two that share an underscore (_x0041_x0042_), which is read
// as the character. It protects all others, also what follows an escaped
// underscore (_x005F_x0041_).
func guardEscapes(text string) string {
	var b strings.Builder
	copied, shared := 0, -1
	for from := 0; ; {
		m := escaped.FindStringIndex(text[from:])
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
