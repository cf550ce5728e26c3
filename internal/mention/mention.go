// Package mention finds out whether a file names somebody by their email address, in plain
// text, web pages and databases as well as inside of workbooks and emails.
package mention

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"html"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
)

// In reports whether a file holds an address of which named says so. It is asked about
// everything that may be an address, in lower case.
func In(path string, named func(address string) bool) (bool, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return false, err
	}
	return inContent(filepath.Ext(path), content, named), nil
}

// inContent is [In] for the content of a file whose name has an ending. What cannot be taken
// apart is looked at as it is.
func inContent(ending string, content []byte, named func(string) bool) bool {
	switch {
	case bytes.HasPrefix(content, []byte("PK\x03\x04")):
		return inZip(content, named)
	case strings.EqualFold(ending, ".eml") && inEmail(content, named):
		return true
	default:
		return inText(decode(content), named)
	}
}

// inZip looks into the parts of a workbook, or of another archive.
func inZip(content []byte, named func(string) bool) bool {
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return false
	}
	for _, part := range archive.File {
		if inText(part.Name, named) {
			return true
		}
		in, err := part.Open()
		if err != nil {
			continue
		}
		inside, _ := io.ReadAll(in) // what there is of a damaged part
		_ = in.Close()
		if inContent(filepath.Ext(part.Name), inside, named) {
			return true
		}
	}
	return false
}

// inEmail looks into the headers and parts of an email, attachments included.
func inEmail(content []byte, named func(string) bool) bool {
	m, err := mail.ReadMessage(bytes.NewReader(content))
	if err != nil {
		return false
	}
	for _, values := range m.Header {
		if inText(strings.Join(values, "\n"), named) {
			return true
		}
	}
	return inPart(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), "", m.Body, named)
}

func inPart(kind, encoding, name string, body io.Reader, named func(string) bool) bool {
	media, parameters, err := mime.ParseMediaType(kind)
	if err == nil && strings.HasPrefix(media, "multipart/") {
		for parts := multipart.NewReader(body, parameters["boundary"]); ; {
			part, err := parts.NextRawPart()
			if err != nil {
				return false
			}
			if inPart(part.Header.Get("Content-Type"), part.Header.Get("Content-Transfer-Encoding"), part.FileName(), part, named) {
				return true
			}
		}
	}
	switch strings.ToLower(encoding) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	content, _ := io.ReadAll(body)
	return inContent(filepath.Ext(name), content, named)
}

// decode is a text as UTF-8: programs of Windows also write UTF-16.
func decode(content []byte) string {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(content, []byte{0xff, 0xfe}):
		order = binary.LittleEndian
	case bytes.HasPrefix(content, []byte{0xfe, 0xff}):
		order = binary.BigEndian
	default:
		return string(content)
	}
	units := make([]uint16, len(content)/2)
	for i := range units {
		units[i] = order.Uint16(content[2*i:])
	}
	return string(utf16.Decode(units))
}

// escaped is a character as JSON and scripts write it.
var escaped = regexp.MustCompile(`\\u[0-9a-fA-F]{4}`)

// inText looks at what is around each @.
func inText(content string, named func(string) bool) bool {
	if strings.Contains(content, `\u00`) {
		content = escaped.ReplaceAllStringFunc(content, func(code string) string {
			r, _ := strconv.ParseUint(code[2:], 16, 16) // the pattern has four digits
			return string(rune(r))
		})
	}
	if strings.Contains(content, "&#") || strings.Contains(content, "&apos;") || strings.Contains(content, "&amp;") {
		content = html.UnescapeString(content)
	}
	for from := 0; ; {
		at := strings.IndexByte(content[from:], '@')
		if at < 0 {
			return false
		}
		at += from
		if namedAt(content, from, at, named) {
			return true
		}
		from = at + 1
	}
}

// maxAddress is how long either side of an address is at the most, in bytes.
const maxAddress = 255

// namedAt asks about the address around an @. Before it may be what belongs to the text
// around: a quote, or the name of a parameter.
func namedAt(content string, from, at int, named func(string) bool) bool {
	left := content[max(from, at-maxAddress):at]
	if i := strings.LastIndexFunc(left, func(r rune) bool { return !inLocalPart(r) }); i >= 0 {
		left = left[i:]
		left = strings.TrimLeftFunc(left, func(r rune) bool { return !inLocalPart(r) })
	}
	right := content[at+1 : min(len(content), at+1+maxAddress)]
	if i := strings.IndexFunc(right, func(r rune) bool { return !inDomain(r) }); i >= 0 {
		right = right[:i]
	}
	right = strings.TrimRight(right, ".-")
	if right == "" {
		return false
	}
	domain := "@" + strings.ToLower(right)
	for left != "" {
		if named(strings.ToLower(left) + domain) {
			return true
		}
		next := strings.IndexAny(left, "'`\"=/&?|{*_")
		if next < 0 {
			return false
		}
		left = left[next+1:]
	}
	return false
}

func inLocalPart(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || strings.ContainsRune("!#$%&'*+/=?^_`{|}~.-", r)
}

func inDomain(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '.' || r == '-'
}
