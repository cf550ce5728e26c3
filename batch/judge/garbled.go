package judge

import (
	"encoding/hex"
	"encoding/json"
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
	if meant := decodedEscapes(s); meant != s {
		return &CellError{batch.KindGarbled, fmt.Sprintf("has codes of a program; likely %q is meant", text.Truncate(meant, maxMeant)), "If so, write the letters themselves."}
	}
	if isAllQuestionMarks(s) {
		return &CellError{batch.KindGarbled, "has nothing but question marks, likely letters that were lost", "If so, fetch the list again and save it as \"CSV UTF-8\", or type the letters."}
	}
	if hasLostLetter(s) {
		return &CellError{batch.KindGarbled, "has a question mark between letters, likely a letter that was lost", "If so, fetch the list again and save it as \"CSV UTF-8\", or type the letter."}
	}
	return nil
}

// unmangled reads a text as UTF-8 that was taken for Windows-1252, JosÃ© for José, as
// Windows-1251, Êàòÿ for Катя, or as that of DOS, Jos‚ for José; "" where it was neither.
func unmangled(s string) string {
	for _, read := range []func(string) string{unmangledUTF8, unmangledCyrillic, unmangledDOS} {
		if meant := read(s); meant != "" {
			return meant
		}
	}
	return ""
}

// asWindows1252 is the byte that a character was where a text was taken for Windows-1252.
func asWindows1252(r rune) (byte, bool) {
	if r >= 0x80 && r <= 0x9f { // the five bytes that Windows-1252 leaves out
		return byte(r), true
	}
	return charmap.Windows1252.EncodeRune(r)
}

// unmangledUTF8 is unmangled for UTF-8.
func unmangledUTF8(s string) string {
	var raw []byte
	for _, r := range s {
		b, ok := asWindows1252(r)
		if !ok {
			return ""
		}
		raw = append(raw, b)
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

// What the accented letters of DOS (code page 850, and 437) become where they are taken for
// Windows-1252, as far as no text has them in such a place: behind a letter, or between two
// of them, where they may end a word or be a quotation mark.
const (
	dosAfter   = "\u0081\u008d\u008f\u0090\u009d‚„ˆ‰•¡¢£¤¥" // üìÅÉØ éäêëòíóúñÑ
	dosBetween = "…†‡‹“”™›"                                 // àåçïôöÖø
)

// unmangledDOS reads a text as that of code page 850 that was taken for Windows-1252, ""
// where no sign in it shows that, or where it would have others than letters.
func unmangledDOS(s string) string {
	runes := []rune(s)
	isLetter := func(i int) bool { return 0 <= i && i < len(runes) && unicode.IsLetter(runes[i]) }
	var meant strings.Builder
	shown := false
	for i, r := range runes {
		switch {
		case r < utf8.RuneSelf:
			meant.WriteRune(r)
			continue
		case strings.ContainsRune(dosAfter, r):
			shown = shown || isLetter(i-1)
		case strings.ContainsRune(dosBetween, r):
			shown = shown || isLetter(i-1) && isLetter(i+1)
		}
		b, ok := asWindows1252(r)
		letter := charmap.CodePage850.DecodeByte(b)
		if !ok || !unicode.IsLetter(letter) {
			return ""
		}
		meant.WriteRune(letter)
	}
	if !shown {
		return ""
	}
	return meant.String()
}

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

// escape is a character as JSON and many a program encode it.
var escape = regexp.MustCompile(`(\\u[dD][89abAB][0-9a-fA-F]{2})?\\u[0-9a-fA-F]{4}`)

// decodedEscapes puts the letters in the place of these codes: M\u00fcller.
func decodedEscapes(s string) string {
	if !strings.Contains(s, `\u`) {
		return s
	}
	return escape.ReplaceAllStringFunc(s, func(code string) string {
		var decoded string
		if json.Unmarshal([]byte(`"`+code+`"`), &decoded) != nil || text.Printable(decoded) != decoded || decoded == string(utf8.RuneError) {
			return code
		}
		return decoded
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
