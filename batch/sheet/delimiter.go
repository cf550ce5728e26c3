package sheet

import (
	"errors"
	"strings"
)

// delimiters are what separates columns, if nobody says otherwise.
const delimiters = ",;\t|"

// delimiter finds out what separates the columns. Excel's own line "sep=;"
// decides; else the separator under which there is a heading row with an
// address, and among several the one that gives it the most columns. Quotes are
// respected: each separator is tried with the real reader.
func delimiter(head string, opt Options) rune {
	if comma, ok := declared(head); ok {
		return comma
	}
	best, most := ',', -1
	for _, comma := range delimiters {
		got, err := findHeader(csvRows(strings.NewReader(head), comma, anyCell), opt)
		score := len(got.best)
		switch {
		case err == nil: // any heading row is better than none
			score = len(got.header.Columns) + 1<<16
		case errors.Is(err, ErrEmpty): // nothing but separators
			score = 1 << 15
		}
		if score > most {
			best, most = comma, score
		}
	}
	return best
}

// declared reads Excel's "sep=" line.
func declared(head string) (rune, bool) {
	line, _, _ := strings.Cut(head, "\n")
	line = strings.Trim(strings.TrimRight(line, "\r"), `"`)
	rest, ok := strings.CutPrefix(strings.ToLower(line), "sep=")
	if !ok || rest == "" {
		return 0, false
	}
	comma := []rune(rest)[0]
	return comma, strings.ContainsRune(delimiters, comma)
}

// anyCell takes every cell: what separates the columns does not depend on
// whether the text can be read.
func anyCell(string) error { return nil }
