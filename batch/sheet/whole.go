package sheet

import (
	"iter"
	"strings"

	"guestlist/batch"
)

// wholeRows passes rows on and stops at one that swallowed others.
func wholeRows(rows iter.Seq2[batch.Row, error], comma rune, header batch.Header) iter.Seq2[batch.Row, error] {
	return func(yield func(batch.Row, error) bool) {
		for row, err := range rows {
			if err == nil {
				if at := swallowed(row, comma, header); at > 0 {
					err = &Error{Row: row.Line, position: at, Err: &faultError{
						what: `a quote (") opened here runs on over what looks like rows of their own`,
						hint: `Remove the quote, or close it at the end of its cell.`,
					}}
				}
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// looksLikeAddress is a rough look, for telling rows from prose.
func looksLikeAddress(text string) bool {
	text = strings.TrimSpace(text)
	at := strings.IndexByte(text, '@')
	return at > 0 && at < len(text)-1 && !strings.ContainsAny(text, " \t\r\n") &&
		strings.Count(text, "@") == 1
}

// swallowed finds a row of the list inside a cell: two stray quotes, rows apart,
// make everything between them one cell, and encoding/csv sees nothing wrong.
// Each line of the cell is completed with what stands beside the cell; if that
// gives exactly the columns of the list, with an address where one belongs, it
// was a row. It returns the position of the cell from 1, 0 when all is well.
func swallowed(row batch.Row, comma rune, header batch.Header) int {
	columns, email := len(header.Columns), header.Fields[batch.Email]
	for at, cell := range row.Cells {
		if strings.IndexByte(cell, '\n') < 0 {
			continue
		}
		lines := strings.Split(cell, "\n")
		for i, line := range lines {
			before, after := 0, 0
			if i == 0 {
				before = at
			}
			if i == len(lines)-1 {
				after = len(row.Cells) - at - 1
			}
			pieces := strings.Split(line, string(comma))
			if len(pieces) == 1 || before+len(pieces)+after != columns {
				continue
			}
			if email >= before && email < before+len(pieces) && looksLikeAddress(pieces[email-before]) {
				return at + 1
			}
		}
	}
	return 0
}
