package xlsx

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"guestlist/internal/text"
)

// xmlPart reads a part of a workbook, piece by piece and in bounded memory. It
// takes a strict subset of XML 1.0 - UTF-8, no document type, ASCII names - and
// stops at the first byte outside. encoding/xml, to which a fuzz test compares
// it, takes ten times as long.
type xmlPart struct {
	file io.ReadCloser
	// buf[at:end] is read and not yet used; left is what may still be read for
	// the piece at hand, see reset.
	buf     []byte
	at, end int
	left    int
	ended   bool
	// path are the names of the open elements, one after the other, and marks
	// where they start.
	path  []byte
	marks []int
	// What next found: the name without its prefix, the attributes, the text.
	// They live until the next call.
	name       []byte
	attributes []xmlAttribute
	content    []byte
	// closed says that the element just opened is empty.
	closed bool
}

// xmlAttribute is a name with its prefix, and a value as it is written.
type xmlAttribute struct{ name, value []byte }

// RowLimit is the largest piece of a sheet that is taken into memory, a row, in
// bytes. A cell of Excel holds 32,767 characters.
const RowLimit = 4 << 20

const bufferSize = 64 << 10

var errRowTooLarge = errors.New("a single row is larger than 4 MiB")

func clip(s string) string { return text.Truncate(s, 60) }

// token is a piece of XML.
type token int

const (
	tokenEOF token = iota
	tokenOpen
	tokenClose
	tokenText
)

// maxDepth is how deep elements may be nested; in workbooks it is some ten.
const maxDepth = 200

// openXML opens a part. The caller must close it.
func openXML(part *zip.File) (*xmlPart, error) {
	file, err := openPart(part, partLimit)
	if err != nil {
		return nil, err
	}
	return newXML(file), nil
}

func newXML(file io.ReadCloser) *xmlPart {
	return &xmlPart{file: file, buf: make([]byte, bufferSize), left: RowLimit}
}

// depth is how many elements are open.
func (x *xmlPart) depth() int { return len(x.marks) }

func (x *xmlPart) close() { _ = x.file.Close() }

// reset allows for the next piece: what is read between two calls is bounded.
func (x *xmlPart) reset() { x.left = RowLimit }

// next reads the next tag or text. Comments and the like are passed over.
func (x *xmlPart) next() (token, error) {
	if x.closed {
		x.closed = false
		x.pop()
		return tokenClose, nil
	}
	for {
		if x.at == x.end {
			switch err := x.fill(); {
			case errors.Is(err, io.EOF) && len(x.marks) == 0:
				return tokenEOF, nil
			case err != nil:
				return tokenEOF, cutShort(err)
			}
		}
		if x.buf[x.at] != '<' {
			return tokenText, x.plainText()
		}
		if found, err := x.markup(); found != tokenEOF || err != nil {
			return found, err
		}
	}
}

// markup reads what begins with <, and finds tokenEOF for what means nothing.
func (x *xmlPart) markup() (token, error) {
	second, err := x.peek(1)
	if err != nil {
		return tokenEOF, err
	}
	switch second {
	case '/':
		return tokenClose, x.closeTag()
	case '?':
		return tokenEOF, x.instruction()
	case '!':
		if third, err := x.peek(2); err == nil && third == '[' {
			return tokenText, x.characterData()
		}
		return tokenEOF, x.comment()
	}
	return tokenOpen, x.openTag()
}

// fill reads more of the part behind what is there. Positions in buf change.
func (x *xmlPart) fill() error {
	if x.ended {
		return io.EOF
	}
	if x.left <= 0 {
		return errRowTooLarge
	}
	if x.at > 0 {
		x.end = copy(x.buf, x.buf[x.at:x.end])
		x.at = 0
	}
	if x.end == len(x.buf) {
		x.buf = append(x.buf, make([]byte, len(x.buf))...)
	}
	n, err := x.file.Read(x.buf[x.end:min(len(x.buf), x.end+x.left)])
	x.end += n
	x.left -= n
	if errors.Is(err, io.EOF) {
		x.ended = true
		err = nil
	}
	if err == nil && n == 0 {
		return x.fill()
	}
	return err
}

// peek is the byte so many places ahead.
func (x *xmlPart) peek(ahead int) (byte, error) {
	for x.at+ahead >= x.end {
		if err := x.fill(); err != nil {
			return 0, cutShort(err)
		}
	}
	return x.buf[x.at+ahead], nil
}

// until takes everything up to and including a mark that is looked for from a
// place ahead, and returns what stands before the mark.
func (x *xmlPart) until(mark string, ahead int) ([]byte, error) {
	for from := ahead; ; {
		if x.at+from <= x.end {
			if i := bytes.Index(x.buf[x.at+from:x.end], []byte(mark)); i >= 0 {
				taken := x.buf[x.at : x.at+from+i]
				x.at += from + i + len(mark)
				return taken, nil
			}
			from = max(ahead, x.end-x.at-len(mark)+1)
		}
		if err := x.fill(); err != nil {
			return nil, cutShort(err)
		}
	}
}

// cutShort says that the part ends where it must not.
func cutShort(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// openTag reads a tag that opens an element.
func (x *xmlPart) openTag() error {
	tag, err := x.tag()
	if err != nil {
		return err
	}
	if n := len(tag); n > 0 && tag[n-1] == '/' {
		x.closed, tag = true, tag[:n-1]
	}
	name, rest := cutName(tag)
	if len(x.marks) == maxDepth {
		return fmt.Errorf("elements are nested deeper than %d", maxDepth)
	}
	x.marks = append(x.marks, len(x.path))
	x.path = append(x.path, name...)
	if x.name, err = local(name); err != nil {
		return err
	}
	return x.readAttributes(rest)
}

// tag takes what stands between < and >; quoted values may hold a >.
func (x *xmlPart) tag() ([]byte, error) {
	quote := byte(0)
	for i := 1; ; i++ {
		if x.at+i >= x.end {
			if _, err := x.peek(i); err != nil {
				return nil, err
			}
		}
		switch c := x.buf[x.at+i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			tag := x.buf[x.at+1 : x.at+i]
			x.at += i + 1
			return tag, nil
		}
	}
}

// readAttributes reads name="value" as often as it stands there.
func (x *xmlPart) readAttributes(rest []byte) error {
	x.attributes = x.attributes[:0]
	for {
		rest = trimSpace(rest)
		if len(rest) == 0 {
			return nil
		}
		var a xmlAttribute
		a.name, rest = cutName(rest)
		rest = trimSpace(rest)
		if _, err := local(a.name); err != nil || len(rest) == 0 || rest[0] != '=' {
			return fmt.Errorf("a tag has something in it that is no attribute: %q", clip(string(a.name)))
		}
		rest = trimSpace(rest[1:])
		end := -1
		if len(rest) > 0 && (rest[0] == '"' || rest[0] == '\'') {
			end = bytes.IndexByte(rest[1:], rest[0])
		}
		if end < 0 {
			return fmt.Errorf("the attribute %q has no value in quotes", clip(string(a.name)))
		}
		a.value, rest = rest[1:1+end], rest[2+end:]
		if _, err := checked(a.value, '<'); err != nil {
			return err
		}
		x.attributes = append(x.attributes, a)
	}
}

// attribute is the value of an attribute without a prefix, "" when it is not there.
func (x *xmlPart) attribute(name string) string { return strings.TrimSpace(x.written(name)) }

// written is such an attribute with the spaces around it.
func (x *xmlPart) written(name string) string {
	for _, a := range x.attributes {
		if string(a.name) == name {
			return unescape(a.value)
		}
	}
	return ""
}

// closeTag reads a tag that closes the innermost element.
func (x *xmlPart) closeTag() error {
	tag, err := x.until(">", 2)
	if err != nil {
		return err
	}
	name, rest := cutName(tag[2:])
	if len(x.marks) == 0 || len(trimSpace(rest)) > 0 || !bytes.Equal(name, x.path[x.marks[len(x.marks)-1]:]) {
		return fmt.Errorf("</%s> closes what is not open", clip(string(name)))
	}
	x.name, err = local(name)
	x.pop()
	return err
}

func (x *xmlPart) pop() {
	last := len(x.marks) - 1
	x.path, x.marks = x.path[:x.marks[last]], x.marks[:last]
}

// comment passes over <!-- -->. Nothing else may begin so: no part has a
// document type.
func (x *xmlPart) comment() error {
	for i, want := range []byte("<!--") {
		if c, err := x.peek(i); err != nil || c != want {
			return fmt.Errorf("a document type or something else that no workbook has")
		}
	}
	if _, err := x.until("--", 4); err != nil {
		return err
	}
	if c, err := x.peek(0); err != nil || c != '>' {
		return fmt.Errorf("a comment with -- in it")
	}
	x.at++
	return nil
}

// instruction passes over <? ?>; the one at the start may name the encoding.
func (x *xmlPart) instruction() error {
	text, err := x.until("?>", 2)
	if err != nil {
		return err
	}
	name, rest := cutName(text[2:])
	if _, err := local(name); err != nil || len(rest) > 0 && len(trimSpace(rest)) == len(rest) {
		return fmt.Errorf("<?%s?> names nothing", clip(string(text[2:])))
	}
	if string(name) != "xml" {
		return nil
	}
	if err := x.readAttributes(rest); err != nil {
		return err
	}
	version, encoding := x.written("version"), x.written("encoding")
	if version != "1.0" || encoding != "" && !strings.EqualFold(encoding, "utf-8") {
		return fmt.Errorf("it is not XML 1.0 in UTF-8 but %s in %s", clip(version), clip(encoding))
	}
	return nil
}

// prefixed is the value of an attribute with any prefix, r:id for one.
func (x *xmlPart) prefixed(name string) string {
	for _, a := range x.attributes {
		if prefix, rest, ok := strings.Cut(string(a.name), ":"); ok && rest == name && prefix != "xmlns" {
			return strings.TrimSpace(unescape(a.value))
		}
	}
	return ""
}
