package xlsx

import (
	"bytes"
	"encoding/xml"
	"strings"
	"unicode/utf8"
)

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
		text := s.until('<')
		if text == nil || !isUsualText(text) {
			return tokenEOF, false
		}
		s.at += len(text)
		x.lines += bytes.Count(text, []byte{'\n'})
		x.content = text
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
func isUsualText(text []byte) bool {
	ascii := true
	for _, b := range text {
		if b < ' ' && b != '\n' && b != '\t' || b == '&' || b == ']' { // ]]> is an error
			return false
		}
		ascii = ascii && b < utf8.RuneSelf
	}
	return ascii || utf8.Valid(text) && !bytes.Contains(text, []byte("\uFFFE")) && !bytes.Contains(text, []byte("\uFFFF"))
}
