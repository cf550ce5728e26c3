package sheet

import (
	"cmp"
	"fmt"
	"slices"
	"unicode"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// EncodingError is found in the [Error] for the first cell whose bytes are not
// text of the encoding that was asked for, or of UTF-8 where none was.
type EncodingError struct {
	// Encoding is what was asked for, "" for nothing.
	Encoding string
	// Cell is the start of the cell, with U+FFFD for what could not be read.
	Cell string
	// Readings are how it reads in the likely encodings, the most plausible
	// first; none where an encoding was asked for.
	Readings []Reading
	// Above says that text above the cell is UTF-8 beyond ASCII, where nothing was
	// asked for: no encoding fits both.
	Above bool
	// marked says that the file's byte order mark names the encoding.
	marked bool
}

func (e *EncodingError) Error() string {
	switch {
	case e.Encoding != "":
		return fmt.Sprintf("the text is not %s: %q", e.Encoding, e.Cell)
	case e.Above:
		return fmt.Sprintf("the text is not UTF-8, while text above is: %q", e.Cell)
	}
	return fmt.Sprintf("the text is not UTF-8: %q", e.Cell)
}

// Hint shows the flags to choose from, each with what the cell then reads.
func (e *EncodingError) Hint() string {
	switch {
	case e.marked:
		return "By its byte order mark the file is " + e.Encoding + ": it is damaged or was not copied completely. " + fetchAgain
	case e.Encoding != "":
		return "Leave --encoding out to see how the cell reads in the likely encodings."
	case e.Above:
		return "Were two files pasted together? An --encoding for this cell would spoil the text above.\n" +
			`Save each of the files as "CSV UTF-8 (Comma delimited)", then put them together again.` + e.lines("The cell reads", "")
	case len(e.Readings) == 0:
		return saveAsUTF8
	}
	return "Give the encoding in which the cell reads right" + e.lines("", "--encoding ")
}

// lines are the readings, one a line, below a heading.
func (e *EncodingError) lines(heading, flag string) string {
	if len(e.Readings) == 0 {
		return ""
	}
	wide := 0
	for _, r := range e.Readings {
		wide = max(wide, len(r.Encoding))
	}
	text := heading + ":"
	if heading != "" {
		text = "\n" + text
	}
	for _, r := range e.Readings {
		text += fmt.Sprintf("\n  %s%-*s   %q", flag, wide, r.Encoding, r.Text)
	}
	return text
}

// shownReadings is how many readings of a cell an error shows.
const shownReadings = 5

// likely are the encodings of lists that people have, the commonest first:
// Windows, then East Asia, then "CSV (MS-DOS)" and "CSV (Macintosh)".
var likely = []struct {
	name     string
	encoding encoding.Encoding
}{
	{"windows-1252", charmap.Windows1252},
	{"windows-1250", charmap.Windows1250},
	{"windows-1251", charmap.Windows1251},
	{"shift_jis", japanese.ShiftJIS},
	{"gb18030", simplifiedchinese.GB18030},
	{"euc-kr", korean.EUCKR},
	{"big5", traditionalchinese.Big5},
	{"windows-1254", charmap.Windows1254},
	{"windows-1253", charmap.Windows1253},
	{"windows-1257", charmap.Windows1257},
	{"windows-1255", charmap.Windows1255},
	{"windows-1256", charmap.Windows1256},
	{"windows-874", charmap.Windows874},
	{"windows-1258", charmap.Windows1258},
	{"ibm850", charmap.CodePage850},
	{"ibm437", charmap.CodePage437},
	{"ibm852", charmap.CodePage852},
	{"ibm866", charmap.CodePage866},
	{"macintosh", charmap.Macintosh},
	{"iso-8859-2", charmap.ISO8859_2},
	{"iso-8859-5", charmap.ISO8859_5},
	{"koi8-r", charmap.KOI8R},
	{"euc-jp", japanese.EUCJP},
}

// Reading is how a cell reads in an encoding.
type Reading struct {
	// Encoding is the name that --encoding takes.
	Encoding string
	Text     string
}

// readings shows a cell in the likely encodings: those that have all its bytes
// as characters that print, each text once, the most plausible first. They are
// for a person to choose from; the order decides nothing.
func readings(cell string) []Reading {
	type scored struct {
		Reading
		oddities int
	}
	var all []scored
	for _, l := range likely {
		text, err := l.encoding.NewDecoder().String(cell)
		known := slices.ContainsFunc(all, func(s scored) bool { return s.Text == clipped(text) })
		if err != nil || known || text == cell || isMangled(text) {
			continue
		}
		all = append(all, scored{Reading{l.name, clipped(text)}, oddities(text)})
	}
	slices.SortStableFunc(all, func(a, b scored) int { return cmp.Compare(a.oddities, b.oddities) })
	shown := make([]Reading, 0, shownReadings)
	for _, s := range all[:min(len(all), shownReadings)] {
		shown = append(shown, s.Reading)
	}
	return shown
}

// isMangled reports whether a reading cannot be meant: it has what no keyboard
// has, or a no-break space for a letter.
func isMangled(text string) bool {
	before, broken := ' ', false
	for _, r := range text {
		if isUnprintable(r) || broken && unicode.IsLower(r) {
			return true
		}
		broken = r == noBreakSpace && isLetter(before)
		before = r
	}
	return false
}

const noBreakSpace = '\u00a0'

func isUnprintable(r rune) bool {
	switch r {
	case '\t', '\n', '\r', noBreakSpace, '\u3000': // the last is the space of East Asia
		return false
	}
	return r == unicode.ReplacementChar || !unicode.IsPrint(r) || unicode.Is(unicode.Co, r)
}

// oddities counts what words rarely have: special characters beside letters, two scripts in
// one word, a capital after a small letter, two accents in a row.
func oddities(text string) int {
	n, before := 0, ' '
	for _, r := range text {
		switch {
		case before >= 0x80 && r >= 0x80 && unicode.Is(unicode.Latin, before) && unicode.Is(unicode.Latin, r):
			n++
		case isLetter(before) && isLetter(r) && script(before) != script(r):
			n += 3
		case isLetter(before) && isLetter(r) && unicode.IsLower(before) && unicode.IsUpper(r):
			n++
		case r >= 0x80 && !isLetter(r) && r != '\u3000' || unicode.Is(unicode.Lm, r):
			n += 3
		case r >= 0x80 && script(r) == nil:
			n++
		}
		before = r
	}
	return n
}

func isLetter(r rune) bool { return unicode.IsLetter(r) || unicode.Is(unicode.Mn, r) }

// script is the writing that a letter belongs to, nil for one of a rarer writing.
func script(r rune) *unicode.RangeTable {
	switch {
	case r < 0x80 || unicode.Is(unicode.Latin, r):
		return unicode.Latin
	case unicode.In(r, unicode.Hiragana, unicode.Katakana):
		return unicode.Han // Japanese mixes them
	}
	for _, table := range []*unicode.RangeTable{
		unicode.Han, unicode.Cyrillic, unicode.Hangul, unicode.Greek, unicode.Hebrew, unicode.Arabic, unicode.Thai,
	} {
		if unicode.Is(table, r) {
			return table
		}
	}
	return nil
}
