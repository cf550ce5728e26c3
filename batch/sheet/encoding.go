package sheet

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/unicode"

	"guestlist/internal/text"
)

// Names of the encodings that a file shows by its bytes.
const (
	utf8Name    = "utf-8"
	utf16LEName = "utf-16le"
	utf16BEName = "utf-16be"
)

// charset says how the bytes of a CSV file spell its text.
type charset struct {
	// name is what --encoding takes.
	name string
	// decoder is nil for UTF-8.
	decoder encoding.Encoding
	// mark is the length of the byte order mark.
	mark int64
}

// findCharset decides about the encoding of a file: what was asked for, or a
// byte order mark, or UTF-8. It never guesses, and refuses two that differ.
func findCharset(head []byte, asked string) (charset, error) {
	marked, err := byteOrderMark(head)
	if err != nil {
		return charset{}, err
	}
	order := utf16Order(head)
	switch named, err := encodingNamed(asked); {
	case err != nil:
		return charset{}, err
	case marked.name != "" && asked != "" && !sameEncoding(named.name, marked.name):
		return charset{}, &faultError{
			what: fmt.Sprintf("the file begins with the byte order mark of %s, and --encoding says %s", marked.name, asked),
			hint: "Leave --encoding out.",
		}
	case marked.name != "":
		return marked, nil
	case named.name == "utf-16" || order != "" && named.name == utf8Name:
		return charset{}, withoutMark(order)
	default:
		return named, nil
	}
}

// sameEncoding reports whether a byte order mark is what was asked for; utf-16
// alone leaves the order to the mark.
func sameEncoding(asked, marked string) bool {
	return asked == marked || asked == "utf-16" && marked != utf8Name
}

// withoutMark refuses UTF-16 whose order is not stated. The order that the NUL
// bytes suggest goes into the hint, where a person decides.
func withoutMark(order string) error {
	if order == "" {
		order = utf16LEName + " or " + utf16BEName
	}
	return &faultError{
		what: "this is UTF-16 text without a byte order mark, so that the order of its bytes is not stated",
		hint: "Give --encoding " + order + `, or save it as "CSV UTF-8".`,
	}
}

// byteOrderMark reads the mark at the start of a file, if there is one.
func byteOrderMark(head []byte) (charset, error) {
	switch {
	case bytes.HasPrefix(head, []byte("\xEF\xBB\xBF")):
		return charset{name: utf8Name, mark: 3}, nil
	case bytes.HasPrefix(head, []byte("\xFF\xFE\x00\x00")), bytes.HasPrefix(head, []byte("\x00\x00\xFE\xFF")):
		return charset{}, &NotListError{What: "UTF-32 text", advice: saveAsUTF8}
	case bytes.HasPrefix(head, []byte("\xFF\xFE")):
		return charset{name: utf16LEName, decoder: utf16Encoding(unicode.LittleEndian), mark: 2}, nil
	case bytes.HasPrefix(head, []byte("\xFE\xFF")):
		return charset{name: utf16BEName, decoder: utf16Encoding(unicode.BigEndian), mark: 2}, nil
	}
	return charset{}, nil
}

func utf16Encoding(order unicode.Endianness) encoding.Encoding {
	return unicode.UTF16(order, unicode.IgnoreBOM)
}

// utf16Order recognizes UTF-16 by its NUL bytes, every second one in Latin text: the
// separators and addresses of a list are Latin in every language. "" is no UTF-16.
func utf16Order(head []byte) string {
	var zeros [2]int
	for i, b := range head {
		if b == 0 {
			zeros[i%2]++
		}
	}
	switch enough := max(4, len(head)/16); {
	case zeros[1] > enough && zeros[0] <= zeros[1]/16:
		return utf16LEName
	case zeros[0] > enough && zeros[1] <= zeros[0]/16:
		return utf16BEName
	}
	return ""
}

// encodingNamed finds an encoding by one of its names; "" is UTF-8.
func encodingNamed(asked string) (charset, error) {
	name := strings.ToLower(strings.TrimSpace(asked))
	switch name {
	case "", "utf8", utf8Name:
		return charset{name: utf8Name}, nil
	case "utf16", "utf-16", "unicode":
		return charset{name: "utf-16"}, nil
	case utf16LEName, "utf16le":
		return charset{name: utf16LEName, decoder: utf16Encoding(unicode.LittleEndian)}, nil
	case utf16BEName, "utf16be":
		return charset{name: utf16BEName, decoder: utf16Encoding(unicode.BigEndian)}, nil
	}
	page := strings.TrimPrefix(name, "cp")
	for _, spelled := range []string{name, "windows-" + page, "ibm" + page, codePages[page]} {
		if decoder := findEncoding(spelled); decoder != nil {
			return charset{name: name, decoder: decoder}, nil
		}
	}
	return charset{}, &unknownEncodingError{name: asked}
}

// codePages are Windows and DOS code pages that have another name in the indexes.
var codePages = map[string]string{"858": "ibm00858", "932": "shift_jis", "936": "gbk", "949": "euc-kr", "950": "big5"}

// findEncoding looks into the index of the WHATWG, then into that of IANA.
func findEncoding(name string) encoding.Encoding {
	if found, err := htmlindex.Get(name); err == nil {
		if canonical, err := htmlindex.Name(found); err != nil || canonical == "replacement" || canonical == "x-user-defined" {
			return nil
		}
		return found
	}
	found, err := ianaindex.IANA.Encoding(name)
	if err != nil {
		return nil
	}
	return found // nil for a name that is known and not supported
}

// isUnicode reports whether a file is UTF-8 or UTF-16, which no other text can be
// taken for.
func (c charset) isUnicode() bool {
	return c.decoder == nil || strings.HasPrefix(c.name, "utf-16")
}

// text reads the file as UTF-8 without its byte order mark. What the encoding
// does not have becomes U+FFFD.
func (c charset) text(r io.Reader) io.Reader {
	buffered := bufio.NewReaderSize(r, headSize)
	_, _ = buffered.Discard(int(c.mark)) // the mark was seen
	if c.decoder != nil {
		buffered = bufio.NewReaderSize(c.decoder.NewDecoder().Reader(buffered), headSize)
	}
	return lineEnds{buffered}
}

// checker checks the cells of a file from its top; an error knows what was above.
func (c charset) checker() func(cell string) error {
	above := false
	return func(cell string) error {
		if isPlain(cell) {
			return nil
		}
		err := c.check(cell)
		if odd, ok := errors.AsType[*EncodingError](err); ok {
			odd.Above = above && c.decoder == nil
		}
		// Two letters of another encoding can be one of UTF-8, but an odd one.
		above = above || oddities(cell) == 0
		return err
	}
}

// check refuses a cell that does not fit the encoding.
func (c charset) check(cell string) error {
	if isPlain(cell) {
		return nil
	}
	if c.decoder == nil {
		if !utf8.ValidString(cell) {
			return &EncodingError{Cell: clipped(strings.ToValidUTF8(cell, "\uFFFD")), Readings: readings(cell)}
		}
	} else if strings.ContainsFunc(cell, isImpossible) {
		return &EncodingError{Encoding: c.name, Cell: clipped(strings.Map(replaceImpossible, cell)), marked: c.mark > 0}
	}
	return checkControl(cell)
}

// isPlain reports whether a cell is ASCII without the control characters that
// checkControl looks for, as most are.
func isPlain(cell string) bool {
	for i := range len(cell) {
		if b := cell[i]; b >= utf8.RuneSelf || b == 0 || b == '\x1b' {
			return false
		}
	}
	return true
}

// isImpossible finds what a decoder gives for bytes that the encoding does not
// have: U+FFFD, or one of the control characters that no keyboard has.
func isImpossible(r rune) bool { return r == utf8.RuneError || r >= 0x80 && r < 0xA0 }

func replaceImpossible(r rune) rune {
	if isImpossible(r) {
		return utf8.RuneError
	}
	return r
}

// checkControl refuses the bytes that show that a cell is no text.
func checkControl(cell string) error {
	switch {
	case strings.IndexByte(cell, 0) >= 0:
		return &faultError{what: "the cell holds NUL, a character that no text has", hint: saveAsUTF8}
	case strings.Contains(cell, "\x1b$"):
		return &faultError{what: "the cell holds escape sequences of iso-2022-jp", hint: "Give --encoding iso-2022-jp."}
	}
	return nil
}

// misread is how a cell reads as UTF-8, if its bytes are that and it reads better
// so; else "".
func (c charset) misread(cell string) string {
	if isPlain(cell) {
		return ""
	}
	spelled, err := c.decoder.NewEncoder().String(cell)
	if err != nil || !utf8.ValidString(spelled) || oddities(spelled) >= oddities(cell) {
		return ""
	}
	return spelled
}

// unknownEncodingError lists likely names.
type unknownEncodingError struct{ name string }

func (e *unknownEncodingError) Error() string {
	return fmt.Sprintf("the encoding %q is not known", clipped(e.name))
}

// Hint lists the names that files of Excel and other programs mostly need.
func (e *unknownEncodingError) Hint() string {
	names := make([]string, 0, len(likely))
	for _, l := range likely {
		names = append(names, l.name)
	}
	return "Leave --encoding out to see how a cell reads in the likely encodings, or give one of\n" +
		strings.Join(append(names, utf16LEName, utf16BEName), ", ") + ", or another IANA name."
}

// lineEnds gives each line the end that encoding/csv expects: a carriage return
// without a line feed becomes a line feed, as in "CSV (Macintosh)" and in files put
// together from several. CRLF stays.
type lineEnds struct{ r *bufio.Reader }

func (l lineEnds) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	for rest := p[:n]; ; {
		at := bytes.IndexByte(rest, '\r')
		if at < 0 {
			return n, err
		}
		rest = rest[at:]
		if l.isAlone(rest[1:]) {
			rest[0] = '\n'
		}
		rest = rest[1:]
	}
}

// isAlone reports whether no line feed follows, in what was read or after it.
func (l lineEnds) isAlone(after []byte) bool {
	if len(after) > 0 {
		return after[0] != '\n'
	}
	next, err := l.r.Peek(1)
	return err != nil || next[0] != '\n'
}

var _ io.Reader = lineEnds{}

// validUTF8 reads a text to its end, or until it is not UTF-8, and reports
// whether it is ASCII alone and whether it is UTF-8.
func validUTF8(r io.Reader) (plain, valid bool, err error) {
	buf := make([]byte, headSize)
	plain = true
	for rest := 0; ; {
		n, err := r.Read(buf[rest:])
		ended := errors.Is(err, io.EOF)
		if err != nil && !ended {
			return plain, false, unreadable(err)
		}
		piece := buf[:rest+n]
		if !ended {
			piece = wholeRunes(piece)
		}
		plain, valid = plain && text.IsASCII(string(piece)), utf8.Valid(piece)
		if ended || !valid {
			return plain, valid, nil
		}
		rest = copy(buf, buf[len(piece):rest+n])
	}
}

// wholeRunes is a piece of text without a character cut off at its end.
func wholeRunes(piece []byte) []byte {
	for end := len(piece); end > max(0, len(piece)-utf8.UTFMax); end-- {
		if !utf8.RuneStart(piece[end-1]) {
			continue
		}
		if utf8.FullRune(piece[end-1:]) {
			break
		}
		return piece[:end-1]
	}
	return piece
}
