package report

import (
	"path/filepath"
	"strconv"
	"time"

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

// meanings explain the states to those who have not read the manual.
var meanings = map[batch.Status]string{
	batch.Invited:     "has an invitation; the redeem URL stands in Results",
	batch.Failed:      "was refused, or the attempts ran out: see Error and Advice",
	batch.Invalid:     "cannot be sent as it stands in the list: see Error",
	batch.Duplicate:   "the same address stands in an earlier row",
	batch.Unconfirmed: "a request left and no answer came: see Advice",
	batch.Pending:     "not tried yet; run the same command again to resume",
}

// summary writes the summary sheet from top to bottom.
type summary struct {
	*excelize.StreamWriter
	styles styles
	row    int
	err    error
}

// span is a text over several columns, from and to counting from 0.
type span struct {
	from, to int
	text     string
	style    int
}

// writeSummary fills the sheet of w and closes it.
func (b *book) writeSummary(w *excelize.StreamWriter, s batch.Summary) error {
	p := &summary{StreamWriter: w, styles: b.styles}
	if err := w.SetColWidth(1, 1, nameWidth); err != nil {
		return err
	}
	if err := w.SetColWidth(2, 1+figures, figureWidth); err != nil {
		return err
	}
	if b.sandbox {
		p.line(36, nil, span{0, figures, sandboxBanner, b.styles.banner})
	}
	title := "Guest invitations"
	if s.List != "" {
		title += ": " + filepath.Base(s.List)
	}
	p.line(30, nil, span{0, figures, title, b.styles.title})
	p.statuses(b.tally)
	p.run(s)
	p.domains(b.tally.byDomain())
	p.errors(b.tally.byError())
	if p.err != nil {
		return p.err
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

func (p *summary) statuses(t *tally) {
	p.section("By status")
	p.tableHeading("Status", []string{"Rows"}, map[int]string{2: "Meaning"})
	for _, status := range batch.Statuses() {
		p.line(0, []any{
			excelize.Cell{StyleID: p.styles.name, Value: string(status)},
			excelize.Cell{StyleID: p.styles.count, Value: t.status[status]},
		}, span{2, figures, meanings[status], p.styles.note})
	}
	p.line(0, []any{
		excelize.Cell{StyleID: p.styles.totalName, Value: "rows of the list"},
		excelize.Cell{StyleID: p.styles.total, Value: t.status.Rows()},
	})
	if t.gone > 0 {
		p.line(0, []any{
			excelize.Cell{StyleID: p.styles.label, Value: "no longer in the list"},
			excelize.Cell{StyleID: p.styles.count, Value: t.gone},
		}, span{2, figures, "kept at the end of Results: a link is never dropped", p.styles.note})
	}
}

// run says what the last run was; facts that are not known have no line.
func (p *summary) run(s batch.Summary) {
	p.section("The run")
	p.fact("Started (UTC)", instant(s.Started))
	p.fact("Ended (UTC)", instant(s.Ended))
	if !s.Started.IsZero() && !s.Ended.IsZero() {
		p.fact("Duration", s.Ended.Sub(s.Started).Round(time.Second).String())
	}
	p.fact("Stopped early", s.Tally.Stopped)
	p.fact("Run by", s.Operator)
	p.fact("Tool", s.Tool)
	p.fact("Tenant", s.Tenant)
	p.fact("List", s.List)
	p.fact("Sheet", s.Sheet)
	p.fact("SHA-256 of the list", s.SHA256)
	p.fact("Rate asked for", s.Rate)
	p.fact("Requests in flight at most", positive(s.Workers))
	p.fact("Rows answered in this run", thousands(s.Tally.Sent))
	p.fact("HTTP requests", thousands(s.Tally.Requests))
	p.fact("of them throttled (429)", thousands(s.Tally.Throttled))
}

func (p *summary) fact(name, value string) {
	if value == "" {
		return
	}
	p.line(linesHigh(value, figures*figureWidth),
		[]any{excelize.Cell{StyleID: p.styles.label, Value: name}},
		span{1, figures, value, p.styles.value})
}

func (p *summary) domains(domains []domain) {
	columns := []string{"Rows"}
	for _, status := range batch.Statuses() {
		columns = append(columns, string(status))
	}
	p.section("By domain")
	p.tableHeading("Domain", columns, nil)
	for _, d := range domains {
		row := []any{
			excelize.Cell{StyleID: p.styles.name, Value: cellText(d.name)},
			excelize.Cell{StyleID: p.styles.count, Value: d.counts.Rows()},
		}
		for _, status := range batch.Statuses() {
			row = append(row, excelize.Cell{StyleID: p.styles.count, Value: d.counts[status]})
		}
		p.line(0, row)
	}
}

func (p *summary) errors(failures []*failure) {
	if len(failures) == 0 {
		return
	}
	p.section("By error")
	p.tableHeading("Error Code", []string{"Rows"}, map[int]string{2: "Example", 5: "Advice"})
	for _, e := range failures {
		height := max(linesHigh(e.code, nameWidth), linesHigh(e.example, 3*figureWidth), linesHigh(e.advice, 3*figureWidth))
		p.line(height, []any{
			excelize.Cell{StyleID: p.styles.name, Value: cellText(e.code)},
			excelize.Cell{StyleID: p.styles.count, Value: e.rows},
		}, span{2, 4, e.example, p.styles.value}, span{5, figures, e.advice, p.styles.value})
	}
}
