package text

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/language"
)

// Letter is a text for guests with {placeholders}, as people write it without knowing a
// template language. {{ and a brace that is not closed in its line are text, but for a
// placeholder that has its braces twice, which [Letter.Check] finds.
type Letter struct {
	// File is where it was read from. Language is the tag in its name, de for
	// welcome.de.txt, "" for none.
	File, Language string

	// subject is the first line, where it begins with "Subject:".
	subject, body []letterPart
}

// letterPart is a piece of text, or a placeholder with its line from 1.
type letterPart struct {
	text, placeholder string
	// doubled is what stands in {{ and }} where the text begins with these.
	doubled string
	line    int
}

// subjectMark begins the line of the subject.
const subjectMark = "subject:"

// MaxEmail is how many bytes the text of an email has at most: far more than anybody reads.
const MaxEmail = 1 << 20

// LengthError says that a text is too long for an email.
type LengthError struct {
	// What has the text: a file.
	What       string
	Characters int
}

func (e *LengthError) Error() string {
	return fmt.Sprintf("%s has %s characters, which is too long for an email", Line(e.What), Thousands(e.Characters))
}

// Hint tells how to go on.
func (*LengthError) Hint() string { return "shorten the text, or name another file" }

// EncodingError says that a file is not UTF-8.
type EncodingError struct{ File string }

func (e *EncodingError) Error() string { return Line(e.File) + " is not UTF-8" }

// Hint tells how to go on.
func (*EncodingError) Hint() string {
	return "save it as UTF-8: in Notepad with Save as, Encoding"
}

// IsUTF8 reports whether what was read from a file is text in UTF-8: UTF-16 is full of zeros.
func IsUTF8(content string) bool {
	return utf8.ValidString(content) && !strings.ContainsRune(content, 0)
}

// ParseLetter reads the content of a file. Its error may be a [*LengthError] or an
// [*EncodingError].
func ParseLetter(file, content string) (Letter, error) {
	l := Letter{File: file, Language: languageOf(file)}
	if len(content) > MaxEmail {
		return l, &LengthError{file, utf8.RuneCountInString(content)}
	}
	if !IsUTF8(content) {
		return l, &EncodingError{file}
	}
	content = strings.ReplaceAll(strings.TrimPrefix(content, "\ufeff"), "\r\n", "\n")
	lines := strings.SplitAfter(content, "\n")
	first := 0
	for first < len(lines) && strings.TrimSpace(lines[first]) == "" {
		first++
	}
	if first < len(lines) && strings.HasPrefix(strings.ToLower(lines[first]), subjectMark) {
		l.subject = letterParts(strings.TrimSpace(lines[first][len(subjectMark):]), first+1)
		for first++; first < len(lines) && strings.TrimSpace(lines[first]) == ""; first++ {
		}
	}
	for i := first; i < len(lines); i++ {
		l.body = append(l.body, letterParts(lines[i], i+1)...)
	}
	if len(l.body) == 0 {
		return l, fmt.Errorf("%s has no text", Line(file))
	}
	return l, nil
}

// languageOf is the tag in the name of a file, in front of its ending.
func languageOf(file string) string {
	name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	tag := strings.TrimPrefix(filepath.Ext(name), ".")
	if parsed, err := language.Parse(tag); tag != "" && err == nil {
		return parsed.String()
	}
	return ""
}

// letterParts are those of one line.
func letterParts(line string, number int) (parts []letterPart) {
	for line != "" {
		open := strings.IndexByte(line, '{')
		length := -1
		if open >= 0 {
			length = strings.IndexAny(line[open+1:], "{}\n")
		}
		switch {
		case open < 0 || length < 0:
			return append(parts, letterPart{text: line})
		case length == 0 || line[open+1+length] != '}':
			parts = append(parts, letterPart{text: line[:open+1+length]})
			if length == 0 { // {{ and {}
				parts[len(parts)-1] = letterPart{text: line[:open+2], doubled: doubledAt(line[open:]), line: number}
				length = 1
			}
			line = line[open+1+length:]
		default:
			if open > 0 {
				parts = append(parts, letterPart{text: line[:open]})
			}
			parts = append(parts, letterPart{placeholder: line[open+1 : open+1+length], line: number})
			line = line[open+2+length:]
		}
	}
	return parts
}

// doubledAt is what stands between {{ and }} at the start of a text, without the dot of a
// template language; "" for none.
func doubledAt(s string) string {
	s, opened := strings.CutPrefix(s, "{{")
	name, _, closed := strings.Cut(s, "}}")
	if !opened || !closed || strings.ContainsAny(name, "{}\n") {
		return ""
	}
	return strings.TrimPrefix(Trim(name), ".")
}

// HasSubject reports whether the letter has a subject of its own.
func (l Letter) HasSubject() bool { return l.subject != nil }

// Placeholders are the names in braces, in their order.
func (l Letter) Placeholders() (names []string) {
	for _, part := range slices.Concat(l.subject, l.body) {
		if part.placeholder != "" {
			names = append(names, part.placeholder)
		}
	}
	return names
}

// Check finds the first placeholder that is none of some names, which compare as headings
// do, or that is one of them in {{ and }}. Its error is a [*PlaceholderError].
func (l Letter) Check(names []string) error {
	for _, part := range slices.Concat(l.subject, l.body) {
		if part.placeholder != "" && FindHeading(names, part.placeholder) < 0 {
			return &PlaceholderError{File: l.File, Line: part.line, Placeholder: part.placeholder, Names: names}
		}
		if part.doubled != "" && FindHeading(names, part.doubled) >= 0 {
			return &PlaceholderError{File: l.File, Line: part.line, Placeholder: part.doubled, Names: names, Doubled: true}
		}
	}
	return nil
}

// Templates are the subject and the text for the template packages: action says what stands
// for a placeholder between the braces there.
func (l Letter) Templates(action func(placeholder string) string) (subject, body string) {
	join := func(parts []letterPart) string {
		var b strings.Builder
		for _, part := range parts {
			if part.placeholder != "" {
				b.WriteString("{{" + action(part.placeholder) + "}}")
				continue
			}
			b.WriteString(strings.ReplaceAll(part.text, "{", "{{`{`}}"))
		}
		return b.String()
	}
	return join(l.subject), join(l.body)
}

// PlaceholderError says that there is nothing with the name of a placeholder, or that its
// braces are doubled.
type PlaceholderError struct {
	File        string
	Line        int
	Placeholder string
	// Names are those that there are.
	Names []string
	// Doubled says that it stands in {{ and }}.
	Doubled bool
}

func (e *PlaceholderError) Error() string {
	if e.Doubled {
		name := Line(e.Placeholder)
		return Line(e.File) + ", line " + strconv.Itoa(e.Line) + ": {{" + name + "}} would stay as it is; write {" + name + "}"
	}
	message := Line(e.File) + ", line " + strconv.Itoa(e.Line) + ": there is no {" + Line(e.Placeholder) + "}"
	if near := Nearest(e.Names, e.Placeholder); near != "" {
		message += "; did you mean {" + Line(near) + "}?"
	}
	return message
}

// Hint lists what there is.
func (e *PlaceholderError) Hint() string {
	names := make([]string, 0, len(e.Names))
	for _, name := range e.Names {
		if Trim(name) != "" {
			names = append(names, "{"+Line(name)+"}")
		}
	}
	return "there are: " + strings.Join(names, ", ")
}

// InLanguage is the position of the language that suits a person best who reads another one
// or the same: de for de-AT. It is -1 where none does.
func InLanguage(tags []string, wanted string) int {
	reads, err := language.Parse(wanted)
	if wanted == "" || err != nil {
		return -1
	}
	known, at := make([]language.Tag, 0, len(tags)), make([]int, 0, len(tags))
	for i, tag := range tags {
		if parsed, err := language.Parse(tag); err == nil && tag != "" {
			known, at = append(known, parsed), append(at, i)
		}
	}
	if len(known) == 0 {
		return -1
	}
	_, best, confidence := language.NewMatcher(known).Match(reads)
	if confidence < language.High {
		return -1
	}
	return at[best]
}

// Greeting puts a name into the order in which it is said: "Oud, Maren" is greeted as Maren
// Oud.
func Greeting(name string) string {
	last, first, found := strings.Cut(name, ",")
	last, first = strings.TrimSpace(last), strings.TrimSpace(first)
	switch {
	case !found || strings.Contains(first, ","):
		return name
	case slices.Contains(titles, strings.ToLower(strings.Trim(first, ". "))):
		return last
	default:
		return strings.TrimSpace(first + " " + last)
	}
}

// titles come after a name and a comma without being a first name.
var titles = []string{"", "jr", "sr", "ii", "iii", "iv", "phd", "ph.d", "md", "m.d", "mba", "esq"}
