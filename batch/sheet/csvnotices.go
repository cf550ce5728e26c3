package sheet

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"guestlist/batch"
	"guestlist/internal/text"
)

// csvNotices look at the rows of a CSV file as they pass: they stop at a row that
// swallowed others, and report at the end what no single row shows.
type csvNotices struct {
	set charset
	// mixed says that some of the text may be UTF-8.
	mixed      bool
	comma      rune
	header     batch.Header
	headerLine int
	// pasted are rows with text that is UTF-8 in a file that is not, wide those
	// with more cells than headings, broken those with line breaks in cells.
	pasted, wide, broken occurrences
	// meant is how the first pasted text reads as UTF-8.
	meant string
	// shifted says that there are rows below a broken one.
	shifted bool
}

// occurrences count rows of one kind and remember the first.
type occurrences struct {
	count, row int
	text       string
}

func (o *occurrences) add(row int, shown string) {
	if o.count++; o.count == 1 {
		o.row, o.text = row, shown
	}
}

// rows passes rows on, and reports what was found once all are read.
func (n *csvNotices) rows(rows iter.Seq2[batch.Row, error], tell func(string)) iter.Seq2[batch.Row, error] {
	return func(yield func(batch.Row, error) bool) {
		for row, err := range rows {
			if err == nil {
				err = n.look(row)
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
		for _, sentence := range n.sentences() {
			tell(sentence)
		}
	}
}

// look notes what is odd about a row.
func (n *csvNotices) look(row batch.Row) error {
	n.shifted = n.shifted || n.broken.count > 0
	if slices.ContainsFunc(row.Cells, hasLineBreak) {
		if at := strayQuote(row, n.comma, n.header); at > 0 {
			return &Error{Row: row.Line, Line: row.FileLine, position: at, Err: &faultError{
				what: `a quote (") opened here runs on over what looks like rows of their own`,
				hint: `Remove the quote, or close it at the end of its cell.`,
			}}
		}
		n.broken.add(row.Line, "")
	}
	if row.Line <= n.headerLine {
		return nil
	}
	if _, over := n.header.Surplus(row); len(over) > 0 {
		n.wide.add(row.Line, "")
	}
	n.lookForPasted(row)
	return nil
}

func hasLineBreak(cell string) bool { return strings.IndexByte(cell, '\n') >= 0 }

// lookForPasted notes text that is UTF-8 although the file is read as something
// else.
func (n *csvNotices) lookForPasted(row batch.Row) {
	if !n.mixed {
		return
	}
	for _, cell := range row.Cells {
		if meant := n.set.misread(cell); meant != "" {
			if n.pasted.add(row.Line, cell); n.pasted.count == 1 {
				n.meant = meant
			}
			return
		}
	}
}

// sentences say what was found.
func (n *csvNotices) sentences() []string {
	var told []string
	if o := n.pasted; o.count > 0 {
		told = append(told, fmt.Sprintf("In %s text looks like UTF-8 that is read as %s; the first is row %d, where %q likely means %q. "+
			`Were two files pasted together? Save each of them as "CSV UTF-8", then put them together again.`,
			text.Plural(o.count, "row"), n.set.name, o.row, clipped(o.text), clipped(n.meant)))
	}
	const fix = "a %s inside a cell needs quotes around the cell."
	switch o := n.wide; o.count {
	case 0:
	case 1:
		told = append(told, fmt.Sprintf("Row %d has more cells than there are headings: "+fix, o.row, delimiterName(n.comma)))
	default:
		told = append(told, fmt.Sprintf("%s have more cells than there are headings, the first is row %d: "+fix,
			text.Plural(o.count, "row"), o.row, delimiterName(n.comma)))
	}
	if n.shifted {
		told = append(told, fmt.Sprintf("Some cells have line breaks, first in row %d: rows are numbered as in Excel, not by lines of the file.", n.broken.row))
	}
	return told
}

// strayQuote finds a row of the list inside a cell: two stray quotes, rows apart,
// make everything between them one cell, and encoding/csv sees nothing wrong.
// Each line of the cell is completed with the cells beside it; if that gives
// exactly the columns of the list, with an address where one belongs, the line was
// a row. It returns the position of the cell from 1, 0 when all is well.
func strayQuote(row batch.Row, comma rune, header batch.Header) int {
	columns, email := len(header.Columns), header.Fields[batch.Email]
	for at, cell := range row.Cells {
		if !hasLineBreak(cell) {
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
