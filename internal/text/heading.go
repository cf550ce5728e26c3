package text

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// HeadingKey is a heading as it is compared everywhere: without case, spaces,
// dashes, underscores and characters that cannot be seen, with one kind of apostrophe,
// and in composed Unicode (NFC), since some programs write é as two characters.
func HeadingKey(heading string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || IsInvisible(r) || unicode.Is(unicode.Pd, r) {
			return -1
		}
		return asCapital(unicode.ToLower(r))
	}, norm.NFC.String(heading))
}

// asCapital makes one of small letters that capitals do not tell apart: Greek ones are
// written without accents, and the dotless i of Turkish has the capital I. Other accents
// tell words apart and stay.
func asCapital(r rune) rune {
	switch r {
	case 'ά':
		return 'α'
	case 'έ':
		return 'ε'
	case 'ή':
		return 'η'
	case 'ί':
		return 'ι'
	case 'ΐ':
		return 'ϊ'
	case 'ό':
		return 'ο'
	case 'ύ':
		return 'υ'
	case 'ΰ':
		return 'ϋ'
	case 'ώ':
		return 'ω'
	case 'ς':
		return 'σ'
	case 'ı':
		return 'i'
	case '\u2018', '\u2019', '\u02bc', '\u02b9', '`', '\u00b4':
		return '\''
	}
	return r
}

// FindHeading is the position of a heading that was typed, -1 when it is not
// there. The very spelling goes first; in the admin centre's template the name
// in brackets will do.
func FindHeading(columns []string, heading string) int {
	if at := slices.Index(columns, heading); at >= 0 {
		return at
	}
	want := HeadingKey(heading)
	if want == "" {
		return -1
	}
	return slices.IndexFunc(columns, func(column string) bool {
		return HeadingKey(column) == want || HeadingKey(bracketed(column)) == want
	})
}

// bracketed is the name in brackets that a heading holds, "" for none.
func bracketed(heading string) string {
	_, rest, opened := strings.Cut(heading, "[")
	name, _, closed := strings.Cut(rest, "]")
	if !opened || !closed {
		return ""
	}
	return name
}

// Nearest gives the one of some names that was likely meant by what was typed,
// "" when none is near. Names compare as headings do.
func Nearest(names []string, typed string) string {
	want := HeadingKey(typed)
	best, far := "", max(1, len(want)/3)+1
	for _, name := range names {
		if d := distance(want, HeadingKey(name)); d < far {
			best, far = name, d
		}
	}
	return best
}

// distance counts the letters to put in, take out or replace that make one text
// of the other (Levenshtein).
func distance(from, to string) int {
	a, b := []rune(from), []rune(to)
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// Quote lists headings for a sentence. Those without a text have no name to
// call them by.
func Quote(headings []string) string {
	var names []string
	for _, heading := range headings {
		if Trim(heading) != "" {
			names = append(names, strconv.Quote(heading))
		}
	}
	return strings.Join(names, ", ")
}

// ColumnName is the position of a column, from 1, as spreadsheet programs show
// it: A, Z, AA.
func ColumnName(position int) string {
	name := ""
	for ; position > 0; position = (position - 1) / 26 {
		name = string(rune('A'+(position-1)%26)) + name
	}
	return name
}
