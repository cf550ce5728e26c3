package xlsx

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"guestlist/internal/text"
)

// RowLimit is the largest piece of a sheet that is taken into memory, a row, in
// bytes. A cell of Excel holds 32,767 characters.
const RowLimit = 4 << 20

// bufferSize is how much of a part is read ahead.
const bufferSize = 64 << 10

// maxDepth is how deep elements may be nested; in workbooks it is some ten.
const maxDepth = 200

var errRowTooLarge = errors.New("a single row is larger than 4 MiB")

// xmlReader reads a part of a workbook token by token, in bounded memory. Names
// are taken without their prefixes.
//
// What XML is, encoding/xml says. It uses RawToken, which takes three quarters of the
// time that Token takes, and therefore pairs the tags itself. Tokens of the simplest
// form, which are nearly all in a large list, it takes from the bytes without asking,
// see usual: a check of such a list takes a third of the time.
type xmlReader struct {
	file    io.ReadCloser
	source  *byteReader
	decoder *xml.Decoder
	// between says that the decoder is between two tokens and holds nothing back, so that
	// the next one may be read without it.
	between bool
	// selfClosed says that the tag just opened, read without the decoder, closes itself.
	selfClosed bool
	// lines are the ends of lines that the decoder has not seen.
	lines int
	// attributesRead are attributes read without the decoder, in one place for all.
	attributesRead []xml.Attr
	// open are the names of the elements that are open, prefixes included.
	open []xml.Name
	// What next found: the name without its prefix, the attributes, the text. They
	// are valid until the next call.
	name       string
	attributes []xml.Attr
	content    []byte
	// gathered is the text of an element, in one place for all elements.
	gathered []byte
}

// token is a piece of XML.
type token int

const (
	tokenEOF token = iota
	tokenOpen
	tokenClose
	tokenText
)

// openXML opens a part, which must be read to its end: its checksum is compared
// there. The ZIP reader gives no more bytes than the archive says there are. The caller
// must close it.
func openXML(part *zip.File) (*xmlReader, error) {
	file, err := part.Open()
	if err != nil {
		return nil, err
	}
	return newXMLReader(file), nil
}

func newXMLReader(file io.ReadCloser) *xmlReader {
	source := &byteReader{from: asUTF8(file), left: RowLimit}
	decoder := xml.NewDecoder(source)
	decoder.CharsetReader = func(label string, in io.Reader) (io.Reader, error) {
		if label := strings.ToLower(label); label == "utf-16" || label == "utf-16le" || label == "utf-16be" {
			return in, nil // see asUTF8
		}
		return nil, &charsetError{label}
	}
	return &xmlReader{file: file, source: source, decoder: decoder}
}

// asUTF8 reads a part that may be UTF-16, as XML allows, by its first two bytes.
func asUTF8(file io.Reader) io.Reader {
	var start [2]byte
	n, _ := io.ReadFull(file, start[:])
	whole := io.MultiReader(bytes.NewReader(start[:n]), file)
	switch string(start[:n]) {
	case "\xFF\xFE", "<\x00":
		return transform.NewReader(whole, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder())
	case "\xFE\xFF", "\x00<":
		return transform.NewReader(whole, unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder())
	}
	return whole
}

// byteReader hands a part to the decoder byte by byte, as the decoder asks for it,
// and bounds how much is read for one piece. The bytes ahead can be looked at before
// they are taken.
type byteReader struct {
	from    io.Reader
	at, end int
	// left is what may still be read for the piece at hand.
	left int
	// failed is why no more can be read.
	failed error
	buf    [bufferSize]byte
}

// ReadByte returns the next byte.
func (r *byteReader) ReadByte() (byte, error) {
	if r.at == r.end {
		if err := r.fill(); err != nil {
			return 0, err
		}
	}
	b := r.buf[r.at]
	r.at++
	return b, nil
}

// fill reads at least one byte.
func (r *byteReader) fill() error {
	if r.left <= 0 {
		return errRowTooLarge
	}
	if !r.more() {
		return r.failed
	}
	return nil
}

// more reads on behind the bytes ahead, false when there is no room for more, no more
// may be read for the piece at hand, or no more can be read.
func (r *byteReader) more() bool {
	copy(r.buf[:], r.buf[r.at:r.end])
	r.at, r.end = 0, r.end-r.at
	room := r.buf[r.end:min(len(r.buf), r.end+max(r.left, 0))]
	if len(room) == 0 || r.failed != nil {
		return false
	}
	n, err := io.ReadAtLeast(r.from, room, 1)
	r.end, r.left, r.failed = r.end+n, r.left-n, err
	return n > 0
}

// until returns the bytes ahead up to the next that is stop, without it, and nil where
// that is too far to see.
func (r *byteReader) until(stop byte) []byte {
	seen := 0
	for {
		if n := bytes.IndexByte(r.buf[r.at+seen:r.end], stop); n >= 0 {
			return r.buf[r.at : r.at+seen+n]
		}
		if seen = r.end - r.at; !r.more() {
			return nil
		}
	}
}

// Read is what a decoder asks of its source, and does not use.
func (r *byteReader) Read(p []byte) (int, error) {
	if r.at == r.end {
		if err := r.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.buf[r.at:r.end])
	r.at += n
	return n, nil
}

// charsetError is found for a part that says that it is not UTF-8.
type charsetError struct{ label string }

func (e *charsetError) Error() string {
	return fmt.Sprintf("its text is not UTF-8 but %q", text.Truncate(e.label, 60))
}

func (x *xmlReader) close() { _ = x.file.Close() }

// reset allows for the next piece: what is read between two calls is bounded.
func (x *xmlReader) reset() { x.source.left = RowLimit }

// depth is how many elements are open.
func (x *xmlReader) depth() int { return len(x.open) }

// next reads the next tag or text. Comments and processing instructions are passed
// over.
func (x *xmlReader) next() (token, error) {
	if x.between {
		if found, ok := x.usual(); ok {
			return found, nil
		}
	}
	for {
		found, err := x.decoder.RawToken()
		if err != nil {
			return tokenEOF, x.explain(err)
		}
		// Behind a text the decoder holds the start of the tag that ends it, behind a tag that
		// closes itself the end of the element.
		_, x.between = found.(xml.EndElement)
		switch found := found.(type) {
		case xml.StartElement:
			if len(x.open) == maxDepth {
				return tokenEOF, fmt.Errorf("elements are nested deeper than %d", maxDepth)
			}
			x.open = append(x.open, found.Name)
			x.name, x.attributes = found.Name.Local, found.Attr
			return tokenOpen, nil
		case xml.EndElement:
			last := len(x.open) - 1
			if last < 0 || x.open[last] != found.Name {
				return tokenEOF, fmt.Errorf("</%s> closes what is not open", text.Line(text.Truncate(found.Name.Local, 60)))
			}
			x.open, x.name = x.open[:last], found.Name.Local
			return tokenClose, nil
		case xml.CharData:
			x.content = found
			return tokenText, nil
		case xml.Directive:
			return tokenEOF, errors.New("a document type or something else that no workbook has")
		}
	}
}

// explain says in our words why there is no token. At the end of a part it gives
// nil.
func (x *xmlReader) explain(err error) error {
	wrong, malformed := errors.AsType[*xml.SyntaxError](err)
	switch {
	case errors.Is(err, io.EOF) && len(x.open) == 0:
		return nil
	case errors.Is(err, io.EOF), malformed && wrong.Msg == "unexpected EOF":
		return io.ErrUnexpectedEOF
	case malformed:
		return fmt.Errorf("its XML is malformed in line %d: %s", x.lines+wrong.Line, wrong.Msg)
	}
	if charset, ok := errors.AsType[*charsetError](err); ok {
		return charset
	}
	if version, ok := strings.CutPrefix(err.Error(), "xml: "); ok {
		return fmt.Errorf("its XML cannot be read: %s", version)
	}
	return err // of reading the part
}

// attribute is the value of an attribute without a prefix, "" when it is not there.
func (x *xmlReader) attribute(name string) string {
	for _, a := range x.attributes {
		if a.Name.Local == name && a.Name.Space == "" {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}

// prefixed is the value of an attribute with any prefix, r:id for one.
func (x *xmlReader) prefixed(name string) string {
	for _, a := range x.attributes {
		if a.Name.Local == name && a.Name.Space != "" && a.Name.Space != "xmlns" {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}

// inside calls visit for each element directly inside the one that was just
// opened; visit must read it to its end.
func (x *xmlReader) inside(visit func() error) error {
	for {
		switch found, err := x.next(); {
		case err != nil:
			return err
		case found == tokenClose:
			return nil
		case found == tokenOpen:
			if err := visit(); err != nil {
				return err
			}
		}
	}
}

// skip reads the element that was just opened to its end.
func (x *xmlReader) skip() error {
	for outside := x.depth() - 1; x.depth() > outside; {
		if _, err := x.next(); err != nil {
			return err
		}
	}
	return nil
}

// text reads the text of the element that was just opened, without that of the
// elements in it.
func (x *xmlReader) text() (string, error) {
	x.gathered = x.gathered[:0]
	err := x.gather()
	return string(x.gathered), err
}

// richText reads the text of a string item that was just opened, <si> or <is>:
// its runs joined, without phonetic hints.
func (x *xmlReader) richText() (string, strikes, error) {
	var found strikes
	x.gathered = x.gathered[:0]
	err := x.inside(func() error {
		switch x.name {
		case "t":
			return x.gather()
		case "r":
			return x.run(&found)
		}
		return x.skip()
	})
	return string(x.gathered), found, err
}

// run reads a run of a text that was just opened.
func (x *xmlReader) run(found *strikes) error {
	from, font := len(x.gathered), fontOfCell
	err := x.inside(func() error {
		switch x.name {
		case "t":
			return x.gather()
		case "rPr":
			font = fontPlain
			return x.inside(func() error {
				if value := x.attribute("val"); x.name == "strike" && (value == "" || isTrue(value)) {
					font = fontStruck
				}
				return x.skip()
			})
		}
		return x.skip()
	})
	found.add(x.gathered, from, font)
	return err
}

// gather appends the text of the element that was just opened to what was
// gathered.
func (x *xmlReader) gather() error {
	for {
		switch found, err := x.next(); {
		case err != nil:
			return err
		case found == tokenText:
			x.gathered = append(x.gathered, x.content...)
		case found == tokenClose:
			return nil
		case found == tokenOpen:
			if err := x.skip(); err != nil {
				return err
			}
		}
	}
}

// usual reads the next token without the decoder if it is a tag or a text of the form
// that nearly all have: tags of letters, digits and double quotes, texts without
// references. Anything else it leaves to the decoder, untouched, and reports false: it
// never finds an error itself. FuzzXML sees to it that it reads nothing in another way
// than the decoder.
func (x *xmlReader) usual() (token, bool) {
	if x.selfClosed {
		x.selfClosed = false
		x.closeElement()
		return tokenClose, true
	}
	s := x.source
	if s.at == s.end && !s.more() {
		return tokenEOF, false
	}
	if s.buf[s.at] != '<' {
		found := s.until('<')
		if found == nil || !isUsualText(found) {
			return tokenEOF, false
		}
		s.at += len(found)
		x.lines += bytes.Count(found, []byte{'\n'})
		x.content = found
		return tokenText, true
	}
	tag := s.until('>')
	if len(tag) < len("<a") {
		return tokenEOF, false
	}
	if tag[1] == '/' {
		last := len(x.open) - 1
		if last < 0 || x.open[last].Space != "" || x.open[last].Local != string(tag[2:]) {
			return tokenEOF, false
		}
		s.at += len(tag) + 1
		x.closeElement()
		return tokenClose, true
	}
	if len(x.open) == maxDepth || !x.usualStart(string(tag[1:])) {
		return tokenEOF, false
	}
	s.at += len(tag) + 1
	return tokenOpen, true
}

// closeElement leaves the element that was opened last.
func (x *xmlReader) closeElement() {
	last := len(x.open) - 1
	x.name, x.open = x.open[last].Local, x.open[:last]
}

// usualStart reads what is between the brackets of a tag that opens an element, and
// reports false where it does not have the usual form.
func (x *xmlReader) usualStart(tag string) bool {
	tag, selfClosed := strings.CutSuffix(tag, "/")
	end := strings.IndexByte(tag, ' ')
	if end < 0 {
		end = len(tag)
	}
	name, ok := usualName(tag[:end])
	if !ok {
		return false
	}
	found := x.attributesRead[:0]
	for rest := strings.TrimLeft(tag[end:], " "); rest != ""; {
		equals := strings.Index(rest, `="`)
		if equals < 0 {
			return false
		}
		var a xml.Attr
		if a.Name, ok = usualName(rest[:equals]); !ok {
			return false
		}
		rest = rest[equals+len(`="`):]
		quote := strings.IndexByte(rest, '"')
		if quote < 0 || !isUsualValue(rest[:quote]) {
			return false
		}
		a.Value, rest = rest[:quote], rest[quote+1:]
		if rest != "" && rest[0] != ' ' {
			return false
		}
		found, rest = append(found, a), strings.TrimLeft(rest, " ")
	}
	x.open = append(x.open, name)
	x.name, x.attributes, x.attributesRead, x.selfClosed = name.Local, found, found, selfClosed
	return true
}

// usualName reads a name of ASCII letters and digits, perhaps with a prefix of the same.
func usualName(written string) (xml.Name, bool) {
	colon, letter := -1, false // letter: one must come before anything else
	for i := range len(written) {
		switch b := written[i]; {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z':
			letter = true
		case '0' <= b && b <= '9' && letter:
		case b == ':' && letter && colon < 0:
			colon, letter = i, false
		default:
			return xml.Name{}, false
		}
	}
	if colon < 0 {
		return xml.Name{Local: written}, letter
	}
	return xml.Name{Space: written[:colon], Local: written[colon+1:]}, letter
}

// isUsualValue reports whether an attribute's value is what it says, in ASCII.
func isUsualValue(value string) bool {
	for i := range len(value) {
		if b := value[i]; b < ' ' || b > '~' || b == '<' || b == '&' {
			return false
		}
	}
	return true
}

// isUsualText reports whether a text is what it says: no reference, no end of a line that
// XML would change, no character that it does not have.
func isUsualText(content []byte) bool {
	ascii := true
	for _, b := range content {
		if b < ' ' && b != '\n' && b != '\t' || b == '&' || b == ']' { // ]]> is an error
			return false
		}
		ascii = ascii && b < utf8.RuneSelf
	}
	return ascii || utf8.Valid(content) && !bytes.Contains(content, []byte("\uFFFE")) && !bytes.Contains(content, []byte("\uFFFF"))
}
