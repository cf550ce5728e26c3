package xlsx

import (
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"

	"guestlist/internal/text"
)

// Range is a rectangle of cells. Columns and rows count from 1; the zero Range is
// none.
type Range struct{ Left, Top, Right, Bottom int }

// String writes a range as spreadsheet programs do: D2:D3.
func (r Range) String() string {
	return fmt.Sprintf("%s%d:%s%d", text.ColumnName(r.Left), r.Top, text.ColumnName(r.Right), r.Bottom)
}

// parseRange reads a reference such as D2:D3, $D$2:$D$3 or B7; what is none gives
// the zero Range.
func parseRange(reference string) Range {
	from, to, ranged := strings.Cut(strings.ReplaceAll(reference, "$", ""), ":")
	if !ranged {
		to = from
	}
	var r Range
	r.Left, r.Top = parseCell(from)
	r.Right, r.Bottom = parseCell(to)
	if r.Top == 0 || r.Bottom == 0 {
		return Range{}
	}
	return r
}

// parseCell reads a cell's reference such as AB12: column and row, from 1, or 0, 0
// for what is none.
func parseCell(reference string) (column, row int) {
	for i := range len(reference) {
		switch b := reference[i]; {
		case b >= 'a' && b <= 'z' && row == 0 && i < 3:
			column = column*26 + int(b-'a') + 1
		case b >= 'A' && b <= 'Z' && row == 0 && i < 3:
			column = column*26 + int(b-'A') + 1
		case b >= '0' && b <= '9' && column > 0 && row < excelize.TotalRows && (row > 0 || b != '0'):
			row = row*10 + int(b-'0')
		default:
			return 0, 0
		}
	}
	return column, row
}
