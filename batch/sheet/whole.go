package sheet

import (
	"strings"

	"guestlist/batch"
)

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
		if !broken(cell) {
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
