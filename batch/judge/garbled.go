package judge

import (
	"encoding/hex"
	"fmt"
	"html"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"guestlist/batch"
	"guestlist/internal/text"
)

// maxMeant is how much of a likely reading is shown, in bytes.
const maxMeant = 120

// garbled says what is wrong with a text whose letters were lost on the way through
// programs that took it for another encoding, nil where nothing is.
func garbled(s string) *CellError {
	if !text.IsASCII(s) {
		if strings.ContainsRune(s, utf8.RuneError) {
			return &CellError{batch.KindGarbled, "has a character that could not be read (\uFFFD)", "Type the text again, or fetch the list again and save it as \"CSV UTF-8\"."}
		}
		if meant := unmangled(s); meant != "" {
			return &CellError{batch.KindGarbled, fmt.Sprintf("looks garbled; likely %q is meant", text.Truncate(meant, maxMeant)), "If so, fetch the list again and save it as \"CSV UTF-8\", or correct the text."}
		}
	}
	if meant := decodedEntities(s); meant != s {
		return &CellError{batch.KindGarbled, fmt.Sprintf("has codes of a web page; likely %q is meant", text.Truncate(meant, maxMeant)), "If so, write the letters themselves."}
	}
	if meant := decodedQuotedPrintable(s); meant != s {
		return &CellError{batch.KindGarbled, fmt.Sprintf("has codes of an email; likely %q is meant", text.Truncate(meant, maxMeant)), "If so, write the letters themselves."}
	}
	if isAllQuestionMarks(s) {
		return &CellError{batch.KindGarbled, "has nothing but question marks, likely letters that were lost", "If so, fetch the list again and save it as \"CSV UTF-8\", or type the letters."}
	}
	if hasLostLetter(s) {
		return &CellError{batch.KindGarbled, "has a question mark between letters, likely a letter that was lost", "If so, fetch the list again and save it as \"CSV UTF-8\", or type the letter."}
	}
	return nil
}

// unmangled reads a text as UTF-8 that was taken for Windows-1252, JosÃ© for José, or as
// Windows-1251, Êàòÿ for Катя; "" where it was neither.
func unmangled(s string) string {
	if meant := unmangledUTF8(s); meant != "" {
		return meant
	}
	return unmangledCyrillic(s)
}

// unmangledUTF8 is unmangled for UTF-8.
func unmangledUTF8(s string) string {
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
	var meant strings.Builder
	for letters, lost := 0, 0; ; {
		r, size := utf8.DecodeRune(raw)
		switch {
		case size == 0 && letters > lost:
			return meant.String()
		case size == 0, unicode.IsControl(r), r == utf8.RuneError && raw[0] < 0xC2:
			return ""
		case r == utf8.RuneError: // its second byte is none of Windows-1252, and was left out
			lost++
			r = '?'
		case size > 1:
			letters++
		}
		meant.WriteRune(r)
		raw = raw[size:]
	}
}

// isAllQuestionMarks reports whether every letter of a text was lost: ???? ????.
func isAllQuestionMarks(s string) bool {
	return strings.Contains(s, "??") && strings.Trim(s, "? .,-") == ""
}

// unmangledCyrillic reads a text as Windows-1251 that was taken for Windows-1252, "" where
// its words are not made of nothing but the accented letters that come of that.
func unmangledCyrillic(s string) string {
	letters := make(map[rune]bool)
	var raw []byte
	for _, r := range s {
		switch {
		case r >= 0xC0 && r <= 0xFF, r == '\u00a8', r == '\u00b8': // А to я, Ё and ё
			letters[r] = true
		case unicode.IsLetter(r):
			return "" // no word of Cyrillic has it
		}
		b, ok := charmap.Windows1252.EncodeRune(r)
		if !ok {
			return ""
		}
		raw = append(raw, b)
	}
	meant, err := charmap.Windows1251.NewDecoder().Bytes(raw)
	if err != nil || len(letters) < minCyrillic {
		return ""
	}
	return string(meant)
}

// minCyrillic is how many different accented letters without any other are no name of the
// West.
const minCyrillic = 4

// decodedEntities puts the letters in the place of the codes that web pages have for
// them: M&uuml;ller.
func decodedEntities(s string) string {
	if !strings.Contains(s, "&") || !strings.Contains(s, ";") {
		return s
	}
	return html.UnescapeString(s)
}

// quotedLetter is a letter beyond ASCII as emails encode it, UTF-8 in two to four bytes.
var quotedLetter = regexp.MustCompile(`(?i)(=C[2-9A-F]|=D[0-9A-F])=[89AB][0-9A-F]|=E[0-9A-F](=[89AB][0-9A-F]){2}|=F[0-4](=[89AB][0-9A-F]){3}`)

// decodedQuotedPrintable puts the letters in the place of these codes: M=C3=BCller.
func decodedQuotedPrintable(s string) string {
	if !strings.Contains(s, "=") {
		return s
	}
	return quotedLetter.ReplaceAllStringFunc(s, func(code string) string {
		letter, err := hex.DecodeString(strings.ReplaceAll(code, "=", ""))
		if err != nil || !utf8.Valid(letter) {
			return code
		}
		return string(letter)
	})
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
