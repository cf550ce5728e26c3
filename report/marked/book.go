package marked

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
	"guestlist/report"
	"guestlist/report/celltext"
)

const (
	// peekRows decide how wide the columns are.
	peekRows = 300
	// maxComments is how many cells get a comment: spreadsheet programs keep a
	// drawing for each, and 5,000 already open slowly. Colour and words go on.
	maxComments = 5000
)

// book is a workbook while its rows are written.
type book struct {
	file     *excelize.File
	list     List
	columns  columns
	styles   styles
	widths   []float64
	maxRows  int // rows that a sheet takes, headings included
	comments int // how many more comments the workbook gets
	sheets   []*sheet
	places   places
	drawings int // sheets with comments so far
	blocks   int // of shapes that are taken by them
	tally    tally
	// peeked are the first rows, held back until the widths are known.
	peeked []Row
	// row is the row being written, kept for the next.
	row []any
}

func newBook(f *excelize.File, l List) (*book, error) {
	c, err := newColumns(l)
	if err != nil {
		return nil, err
	}
	s, err := newStyles(f)
	if err != nil {
		return nil, err
	}
	return &book{
		file: f, list: l, columns: c, styles: s, maxRows: excelize.TotalRows, comments: maxComments,
		tally: newTally(),
	}, nil
}

// addAll writes the rows in one pass.
func (b *book) addAll(ctx context.Context, rows iter.Seq2[Row, error]) error {
	if err := report.Each(ctx, rows, b.take); err != nil {
		return err
	}
	return b.begin() // a list shorter than the peek
}

// take holds a row back or writes it.
func (b *book) take(r Row) error {
	if b.widths != nil {
		return b.add(r)
	}
	held := Row{Row: batch.Row{Line: r.Line, Cells: slices.Clone(r.Cells)}, Marks: slices.Clone(r.Marks)} // the sequence may use them again
	b.peeked = append(b.peeked, held)
	if len(b.peeked) < peekRows {
		return nil
	}
	return b.begin()
}

// begin opens the first sheet and writes what was held back, once.
func (b *book) begin() error {
	if b.widths != nil {
		return nil
	}
	b.widths = b.columns.widths(b.peeked)
	if err := b.open(); err != nil {
		return err
	}
	for _, r := range b.peeked {
		if err := b.add(r); err != nil {
			return err
		}
	}
	b.peeked = nil
	return nil
}

// add writes a row.
func (b *book) add(r Row) error {
	s := b.sheets[len(b.sheets)-1]
	if s.rows == b.maxRows {
		if err := b.open(); err != nil {
			return err
		}
		s = b.sheets[len(b.sheets)-1]
	}
	width := b.columns.width(r)
	if width > excelize.MaxColumns {
		return &WidthError{Line: r.Line, Columns: width}
	}
	s.rows++
	b.places.add(r.Line, s.rows, len(b.sheets)-1)
	b.fill(r, width)
	marks := b.tell(r)
	b.tally.add(marks)
	b.dress(s, marks)
	high := height(r.Cells, b.words(marks))
	s.note(high)
	return s.add(b.row, b.styles.text, high)
}

// fill puts the cells of a row into their places.
func (b *book) fill(r Row, width int) {
	b.row = slices.Grow(b.row[:0], width)[:width]
	clear(b.row)
	for i, text := range r.Cells {
		switch at := b.columns.place(i); {
		case text == "", at == b.columns.words: // a list that was marked before has old words there
		case at == b.columns.links:
			b.tally.links++
		default:
			b.row[at] = b.text(text)
		}
	}
}

// text is a text of the list as a cell can hold it.
func (b *book) text(text string) string {
	fit, cut := celltext.Fit(text)
	if cut {
		b.tally.cut++
	}
	return fit
}

// tell puts the marks of a row into words, the gravest first.
func (b *book) tell(r Row) []told {
	var all []told
	for _, m := range r.Marks {
		at, cell, heading := b.columns.of(m), "", ""
		if at < len(r.Cells) {
			cell = r.Cells[at]
		}
		if at < len(b.columns.headings) {
			heading = strings.TrimSpace(b.columns.headings[at])
		}
		first := ""
		if m.Severity == Duplicate {
			first = b.name(m.Repeats, len(b.sheets)-1)
		}
		t := toldOf(m, heading, cell, first)
		t.at = at
		all = append(all, t)
	}
	slices.SortStableFunc(all, func(a, b told) int { return cmp.Compare(a.severity, b.severity) })
	return all
}

// dress colours the marked cells of the row and notes their comments.
func (b *book) dress(s *sheet, marks []told) {
	done := make(map[int]bool, len(marks))
	for i, m := range marks {
		if done[m.at] {
			continue
		}
		done[m.at] = true
		value := b.row[m.at]
		if value == nil {
			value = ""
		}
		b.row[m.at] = excelize.Cell{StyleID: b.styles.cells[m.severity], Value: value}
		if b.comments == 0 {
			b.tally.uncommented++
			continue
		}
		b.comments--
		s.comments = append(s.comments, comment{row: s.rows, column: m.at, parts: partsAt(marks[i:], m.at)})
	}
}

// words puts the words of a row into their column and returns them.
func (b *book) words(marks []told) string {
	if len(marks) == 0 {
		return ""
	}
	var lines []string
	for _, m := range marks {
		if text := m.line(); !slices.Contains(lines, text) {
			lines = append(lines, text)
		}
	}
	text, _ := celltext.Fit(strings.Join(lines, "\n"))
	b.row[b.columns.words] = excelize.Cell{StyleID: b.styles.words[marks[0].severity], Value: text}
	return text
}
