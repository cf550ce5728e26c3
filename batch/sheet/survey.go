package sheet

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"guestlist/batch"
)

// survey looks at the rows of a CSV file as they pass: it stops at one that
// swallowed others, and tells at the end what no row shows by itself.
type survey struct {
	set charset
	// mixed says that some of the text may be UTF-8.
	mixed  bool
	comma  rune
	header batch.Header
	// line is that of the headings.
	line int
	// pasted are rows with text that is UTF-8 in a file that is not, wide those
	// with more cells than headings, broken those with line breaks in cells.
	pasted, wide, broken count
	// meant is how the first pasted text reads as UTF-8.
	meant string
	// shifted says that rows stand below a broken one.
	shifted bool
}

// rows passes rows on. What it found is told once all are read.
func (s *survey) rows(rows iter.Seq2[batch.Row, error], tell func(string)) iter.Seq2[batch.Row, error] {
	return func(yield func(batch.Row, error) bool) {
		for row, err := range rows {
			if err == nil {
				err = s.look(row)
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
		for _, sentence := range s.sentences() {
			tell(sentence)
		}
	}
}

// look notes what is odd about a row.
func (s *survey) look(row batch.Row) error {
	s.shifted = s.shifted || s.broken.n > 0
	if slices.ContainsFunc(row.Cells, broken) {
		if at := swallowed(row, s.comma, s.header); at > 0 {
			return &Error{Row: row.Line, position: at, Err: &faultError{
				what: `a quote (") opened here runs on over what looks like rows of their own`,
				hint: `Remove the quote, or close it at the end of its cell.`,
			}}
		}
		s.broken.add(row.Line, "")
	}
	if row.Line <= s.line {
		return nil
	}
	if columns := len(s.header.Columns); len(row.Cells) > columns && !blank(row.Cells[columns:]) {
		s.wide.add(row.Line, "")
	}
	s.paste(row)
	return nil
}

func broken(cell string) bool { return strings.IndexByte(cell, '\n') >= 0 }

// paste notes text that is UTF-8 although the file is read as something else.
func (s *survey) paste(row batch.Row) {
	if !s.mixed {
		return
	}
	for _, cell := range row.Cells {
		if meant := s.set.misread(cell); meant != "" {
			if s.pasted.add(row.Line, cell); s.pasted.n == 1 {
				s.meant = meant
			}
			return
		}
	}
}

// sentences say what was found.
func (s *survey) sentences() []string {
	var told []string
	if c := s.pasted; c.n > 0 {
		told = append(told, fmt.Sprintf("In %s text looks like UTF-8 that is read as %s; the first is row %d, where %q likely means %q. "+
			`Were two files pasted together? Save each of them as "CSV UTF-8", then put them together again.`,
			countedRows(c.n), s.set.name, c.row, clipped(c.text), clipped(s.meant)))
	}
	const mend = "a %s inside a cell needs quotes around the cell."
	switch c := s.wide; c.n {
	case 0:
	case 1:
		told = append(told, fmt.Sprintf("Row %d has more cells than there are headings: "+mend, c.row, delimiterName(s.comma)))
	default:
		told = append(told, fmt.Sprintf("%d rows have more cells than there are headings, the first is row %d: "+mend, c.n, c.row, delimiterName(s.comma)))
	}
	if s.shifted {
		told = append(told, fmt.Sprintf("Cells have line breaks in them, first in row %d: the row numbers here are lines of the file, "+
			"not rows of a spreadsheet.", s.broken.row))
	}
	return told
}

// delimiterName is what people call a character that separates columns.
func delimiterName(comma rune) string {
	switch comma {
	case ',':
		return "comma"
	case ';':
		return "semicolon"
	case '\t':
		return "tab"
	case '|':
		return "pipe"
	}
	return fmt.Sprintf("%q", string(comma))
}

// wide reports whether a file is UTF-8 or UTF-16, which no other text can be
// taken for.
func (c charset) wide() bool {
	return c.decoder == nil || strings.HasPrefix(c.name, "utf-16")
}

// misread is how a cell reads as UTF-8, if its bytes are that and it reads better
// so; else "".
func (c charset) misread(cell string) string {
	if plain(cell) {
		return ""
	}
	spelled, err := c.decoder.NewEncoder().String(cell)
	if err != nil || !utf8.ValidString(spelled) || oddities(spelled) >= oddities(cell) {
		return ""
	}
	return spelled
}
