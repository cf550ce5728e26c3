package xlsx

import (
	"cmp"
	"slices"
	"strings"
)

// strikes say which parts of a text are struck through where its runs have fonts of
// their own. The zero strikes are those of a text that looks like its cell.
type strikes struct {
	// own says that some part has a font of its own, plain that one of these is not
	// struck through.
	own, plain bool
	// struck is the first part with a font that strikes through, like the first that
	// looks as its cell does.
	struck, like span
}

// span is a part of a text, in bytes.
type span struct{ from, to int32 }

func (s span) isEmpty() bool { return s.from == s.to }

// runFont is what a run of a text says of its font.
type runFont int

const (
	fontOfCell runFont = iota
	fontPlain
	fontStruck
)

// add notes a run that is the part of a text from one byte on. White space looks the
// same either way.
func (s *strikes) add(text []byte, from int, font runFont) {
	s.own = s.own || font != fontOfCell
	if strings.TrimSpace(string(text[from:])) == "" {
		return
	}
	part := span{int32(from), int32(len(text))} //nolint:gosec // a text is shorter than a row may be, 4 MiB
	switch {
	case font == fontPlain:
		s.plain = true
	case font == fontStruck && s.struck.isEmpty():
		s.struck = part
	case font == fontOfCell && s.like.isEmpty():
		s.like = part
	}
}

// in returns the first part that is struck through in a cell, and whether all of the
// text is, for a cell with a font of its own.
func (s *strikes) in(cell runFont) (first span, wholly bool) {
	first = s.struck
	if cell == fontStruck {
		if first.isEmpty() {
			first = s.like
		}
		return first, !s.plain
	}
	return first, s.own && !s.plain && s.like.isEmpty()
}

// decoded are the strikes of a text once decodeXString has been at it.
func (s *strikes) decoded(text string) strikes {
	decoded := *s
	if !s.own || !strings.Contains(text, "_x") {
		return decoded
	}
	for _, part := range []*span{&decoded.struck, &decoded.like} {
		from, inside := len(decodeXString(text[:part.from])), len(decodeXString(text[part.from:part.to]))
		*part = span{int32(from), int32(from + inside)} //nolint:gosec // a decoded text is shorter
	}
	return decoded
}

// marked is a text with tildes around a part of it, as many programs write what is
// struck through, and a space behind, so that no two words become one.
func (s span) marked(text string) string {
	return text[:s.from] + "~~" + text[s.from:s.to] + "~~ " + text[s.to:]
}

// richStrikes are the strikes of the shared strings that have any, by number.
type richStrikes struct {
	numbers []int32
	strikes []strikes
}

// add notes those of the text that comes after all others.
func (r *richStrikes) add(number int, s strikes) {
	if s.own {
		r.numbers = append(r.numbers, int32(number)) //nolint:gosec // more texts do not fit into a part
		r.strikes = append(r.strikes, s)
	}
}

// of returns those of a text.
func (r *richStrikes) of(number int) strikes {
	at, found := slices.BinarySearchFunc(r.numbers, number, func(a int32, b int) int { return cmp.Compare(int(a), b) })
	if !found {
		return strikes{}
	}
	return r.strikes[at]
}
