package xlsx

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// plainText reads text up to the next tag, or to the end of the part.
func (x *xmlPart) plainText() error {
	for from := 0; ; {
		if i := bytes.IndexByte(x.buf[x.at+from:x.end], '<'); i >= 0 {
			return x.takeText(from + i)
		}
		from = x.end - x.at
		if err := x.fill(); errors.Is(err, io.EOF) {
			return x.takeText(from)
		} else if err != nil {
			return err
		}
	}
}

// takeText takes so many bytes for the text that was read.
func (x *xmlPart) takeText(length int) error {
	text := x.buf[x.at : x.at+length]
	x.at += length
	plain, err := checked(text, ']')
	if err == nil && bytes.Contains(text, []byte("]]>")) {
		err = fmt.Errorf("]]> outside of a CDATA section")
	}
	x.content = text
	if !plain && err == nil {
		x.content = []byte(unescape(text))
	}
	return err
}

// characterData reads <![CDATA[ ]]>, in which nothing is escaped.
func (x *xmlPart) characterData() error {
	const opening = "<![CDATA["
	for i, want := range []byte(opening) {
		if c, err := x.peek(i); err != nil || c != want {
			return fmt.Errorf("something that no workbook has")
		}
	}
	taken, err := x.until("]]>", len(opening))
	if err != nil {
		return err
	}
	x.content = []byte(lineFeeds(string(taken[len(opening):])))
	return allowed(x.content)
}

// inside calls visit for each element directly inside the one that was just
// opened; visit must read it to its end.
func (x *xmlPart) inside(visit func() error) error {
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
func (x *xmlPart) skip() error {
	for depth := 1; depth > 0; {
		found, err := x.next()
		if err != nil {
			return err
		}
		switch found {
		case tokenOpen:
			depth++
		case tokenClose:
			depth--
		case tokenText, tokenEOF:
		}
	}
	return nil
}

// text reads the text of the element that was just opened, without that of the
// elements in it.
func (x *xmlPart) text() (string, error) {
	var text strings.Builder
	for {
		found, err := x.next()
		if err != nil {
			return "", err
		}
		switch found {
		case tokenText:
			_, _ = text.Write(x.content)
		case tokenOpen:
			if err := x.skip(); err != nil {
				return "", err
			}
		case tokenClose, tokenEOF:
			return text.String(), nil
		}
	}
}

// Classes of bytes in text.
const (
	classEscape  = 1 << iota // & begins a character, a carriage return may be dropped
	classSpecial             // < and ] are looked at
	classControl             // not allowed in XML
	classWide                // part of a longer character
)

// classes tells most bytes apart from those that need a second look.
var classes = func() (c [256]uint8) {
	for b := range c {
		switch {
		case b == '&' || b == '\r':
			c[b] = classEscape
		case b == '<' || b == ']':
			c[b] = classSpecial
		case b < ' ' && b != '\t' && b != '\n':
			c[b] = classControl
		case b >= utf8.RuneSelf:
			c[b] = classWide
		}
	}
	return c
}()

// checked refuses text that is not well-formed, and reports whether it stands
// for itself: nothing in it is escaped. A special byte is refused when it is <.
func checked(text []byte, special byte) (plain bool, err error) {
	var class uint8
	for _, b := range text {
		class |= classes[b]
	}
	switch {
	case class&classControl != 0:
		return false, allowed(text)
	case class&classSpecial != 0 && special == '<' && bytes.IndexByte(text, '<') >= 0:
		return false, fmt.Errorf("< inside a value in quotes")
	case class&classWide != 0:
		if err := allowed(text); err != nil {
			return false, err
		}
	}
	if class&classEscape == 0 {
		return true, nil
	}
	return false, escapes(text)
}

// allowed refuses bytes that are not UTF-8 and characters that XML does not have.
func allowed(text []byte) error {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			return fmt.Errorf("invalid UTF-8")
		}
		if !character(r) {
			return fmt.Errorf("the character %U, which XML does not have", r)
		}
		i += size
	}
	return nil
}

// character reports whether XML 1.0 has a character.
func character(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r < 0xD800 || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= utf8.MaxRune
}

// escapes refuses an & that does not begin a character.
func escapes(text []byte) error {
	for {
		at := bytes.IndexByte(text, '&')
		if at < 0 {
			return nil
		}
		text = text[at+1:]
		if _, size := entity(text); size == 0 {
			return fmt.Errorf("& begins no character: %q", clip(string(text[:min(len(text), 10)])))
		}
	}
}

// entity is the character that text, which follows an &, begins with, and the
// length of what spells it; 0 when it spells none.
func entity(text []byte) (r rune, size int) {
	end := bytes.IndexByte(text[:min(len(text), 12)], ';')
	if end < 0 {
		return 0, 0
	}
	switch name := string(text[:end]); name {
	case "lt":
		r = '<'
	case "gt":
		r = '>'
	case "amp":
		r = '&'
	case "apos":
		r = '\''
	case "quot":
		r = '"'
	default:
		digits, base := strings.TrimPrefix(name, "#"), 10
		if hex, ok := strings.CutPrefix(digits, "x"); ok {
			digits, base = hex, 16
		}
		n, err := strconv.ParseUint(digits, base, 32)
		if err != nil || name[0] != '#' || n > utf8.MaxRune || !character(rune(n)) {
			return 0, 0
		}
		r = rune(n)
	}
	return r, end + 1
}

// unescape is the text that was meant, of one that was checked.
func unescape(text []byte) string {
	if bytes.IndexByte(text, '&') < 0 {
		return lineFeeds(string(text))
	}
	var out strings.Builder
	for {
		at := bytes.IndexByte(text, '&')
		if at < 0 {
			_, _ = out.WriteString(lineFeeds(string(text)))
			return out.String()
		}
		_, _ = out.WriteString(lineFeeds(string(text[:at])))
		r, size := entity(text[at+1:])
		_, _ = out.WriteRune(r)
		text = text[at+1+size:]
	}
}

// lineFeeds ends lines as XML does, with a line feed alone.
func lineFeeds(text string) string {
	if strings.IndexByte(text, '\r') < 0 {
		return text
	}
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
}

// cutName takes a name off the start of a tag.
func cutName(tag []byte) (name, rest []byte) {
	for i, b := range tag {
		if b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == ':' || b == '_' || b == '-' || b == '.' {
			continue
		}
		return tag[:i], tag[i:]
	}
	return tag, nil
}

// local is a name without its prefix.
func local(name []byte) ([]byte, error) {
	prefix, rest, ok := bytes.Cut(name, []byte(":"))
	if !ok {
		rest, prefix = name, name
	}
	if !beginsName(prefix) || !beginsName(rest) || bytes.IndexByte(rest, ':') >= 0 {
		return nil, fmt.Errorf("a tag without a name that a workbook would have: %q", clip(string(name)))
	}
	return rest, nil
}

func beginsName(name []byte) bool {
	return len(name) > 0 && (name[0] >= 'a' && name[0] <= 'z' || name[0] >= 'A' && name[0] <= 'Z' || name[0] == '_')
}

func trimSpace(text []byte) []byte {
	for len(text) > 0 && (text[0] == ' ' || text[0] == '\n' || text[0] == '\t' || text[0] == '\r') {
		text = text[1:]
	}
	return text
}
