package judge

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"guestlist/batch"
	"guestlist/internal/text"
)

// garbled says what is wrong with a text whose letters were lost on the way through
// programs that took it for another encoding, nil where nothing is.
func garbled(s string) *CellError {
	if !text.IsASCII(s) {
		if strings.ContainsRune(s, utf8.RuneError) {
			return &CellError{batch.KindGarbled, "has a character that could not be read (\uFFFD)", "Type the text again, or fetch the list again and save it as \"CSV UTF-8\"."}
		}
		if meant := unmangled(s); meant != "" {
			return &CellError{batch.KindGarbled, fmt.Sprintf("looks garbled; likely %q is meant", meant), "If so, fetch the list again and save it as \"CSV UTF-8\", or correct the text."}
		}
	}
	if hasLostLetter(s) {
		return &CellError{batch.KindGarbled, "has a question mark between letters, likely a letter that was lost", "If so, fetch the list again and save it as \"CSV UTF-8\", or type the letter."}
	}
	return nil
}

// unmangled reads a text as UTF-8 that was taken for Windows-1252, "" where it was not:
// JosÃ© is José.
func unmangled(s string) string {
	var raw []byte
	for _, r := range s {
		b, ok := charmap.Windows1252.EncodeRune(r)
		switch {
		case ok:
			raw = append(raw, b)
		case r >= 0x80 && r <= 0x9f: // the five bytes that Windows-1252 leaves out
			raw = append(raw, byte(r))
		default:
			return ""
		}
	}
	if !utf8.Valid(raw) || len(raw) == utf8.RuneCount(raw) {
		return ""
	}
	for _, r := range string(raw) {
		if unicode.IsControl(r) {
			return ""
		}
	}
	return string(raw)
}

// hasLostLetter reports whether a question mark stands between two letters.
func hasLostLetter(s string) bool {
	for rest := s; ; {
		before, after, found := strings.Cut(rest, "?")
		if !found {
			return false
		}
		last, _ := utf8.DecodeLastRuneInString(before)
		next, _ := utf8.DecodeRuneInString(after)
		if unicode.IsLetter(last) && unicode.IsLetter(next) {
			return true
		}
		rest = after
	}
}

// textMark is what makes a text of a cell in Excel, where it is typed: it stays in the
// cell where another program writes it.
const textMark = "'"

// withoutTextMark takes it off. The apostrophe of a name ('t Hooft) is none, nor a
// quote that is closed again.
func withoutTextMark(s string) string {
	bare, marked := strings.CutPrefix(s, textMark)
	if !marked || strings.HasSuffix(bare, textMark) || strings.Contains(bare, textMark+" ") {
		return s
	}
	first, _ := utf8.DecodeRuneInString(bare)
	if unicode.IsLower(first) && !strings.Contains(bare, "@") && strings.ContainsAny(bare, " -") {
		return s
	}
	if !unicode.IsLetter(first) && !unicode.IsDigit(first) && !strings.ContainsRune("+-=@/$", first) {
		return s
	}
	return bare
}
