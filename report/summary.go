package report

import (
	"fmt"
	"strconv"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
)

// The summary has eight columns, so that a domain and its counts fit: the first
// for names, the others for figures or, merged, for words.
const (
	nameWidth   = 36
	figureWidth = 13
	figures     = 7
)

// summary writes the summary sheet from top to bottom.
type summary struct {
	*excelize.StreamWriter
	styles styles
	row    int
	err    error
}

// rows are some lines of the sheet, from 1.
type rows struct{ from, to int }

// span is a text over several columns, from and to counting from 0.
type span struct {
	from, to int
	text     string
	style    int
}

// writeSummary fills the sheet of w and closes it. What matters most comes
// first; the domains, of which there may be many, come last.
func (b *book) writeSummary(w *excelize.StreamWriter, s batch.RunFacts) error {
	p := &summary{StreamWriter: w, styles: b.styles}
	if err := w.SetColWidth(1, 1, nameWidth); err != nil {
		return err
	}
	if err := w.SetColWidth(2, 1+figures, figureWidth); err != nil {
		return err
	}
	p.head(b, s)
	states := p.statuses(b)
	at := p.reserveCharts(b.tally)
	p.errors(b.tally.byError())
	p.run(s)
	p.settings(s.Settings)
	domains := p.domains(b.tally.byDomain())
	if p.err != nil {
		return p.err
	}
	if err := b.colourStatus(summaryName, fmt.Sprintf("A%d:A%d", states.from, states.to)); err != nil {
		return err
	}
	if at > 0 {
		if err := b.addCharts(at, states, domains); err != nil {
			return err
		}
	}
	return w.Flush()
}

// line writes a row of the given height in points, 0 for the usual: cells from
// the first column on, and spans. Spreadsheet programs do not size a row by its
// merged cells.
func (p *summary) line(height float64, cells []any, spans ...span) {
	if p.err != nil {
		return
	}
	p.row++
	row := make([]any, 1+figures)
	copy(row, cells)
	for _, s := range spans {
		for i := s.from; i <= s.to; i++ {
			row[i] = excelize.Cell{StyleID: s.style}
		}
		row[s.from] = excelize.Cell{StyleID: s.style, Value: cellText(s.text)}
		p.merge(s)
	}
	if p.err == nil {
		p.err = p.SetRow("A"+strconv.Itoa(p.row), row, excelize.RowOpts{Height: height})
	}
}

// merge makes one cell of a span.
func (p *summary) merge(s span) {
	from, err := excelize.CoordinatesToCellName(s.from+1, p.row)
	if err != nil {
		p.err = err
		return
	}
	to, err := excelize.CoordinatesToCellName(s.to+1, p.row)
	if err != nil {
		p.err = err
		return
	}
	p.err = p.MergeCell(from, to)
}

// section begins a part of the sheet.
func (p *summary) section(name string) {
	p.line(0, nil)
	p.line(22, nil, span{0, figures, name, p.styles.section})
}

// tableHeading writes column headings: a name, columns of figures, and words in
// the columns that are left, at the positions where they begin.
func (p *summary) tableHeading(name string, numbers []string, words map[int]string) {
	row := make([]any, 1+figures)
	row[0] = excelize.Cell{StyleID: p.styles.tableName, Value: name}
	for i := 1; i < len(row); i++ {
		if i <= len(numbers) {
			row[i] = excelize.Cell{StyleID: p.styles.tableFigures, Value: numbers[i-1]}
			continue
		}
		row[i] = excelize.Cell{StyleID: p.styles.tableWords, Value: words[i]}
	}
	p.line(0, row)
}
