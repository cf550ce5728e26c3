package report

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
	"guestlist/batch/results"
	"guestlist/internal/text"
	"guestlist/report/xlsx"
)

// The summary has nine columns, so that a domain and its counts fit: the first
// for names, the others for figures or, merged, for words.
const (
	nameWidth   = 36
	figureWidth = 13
	figures     = 9
)

// maxDomains is how many domains the summary lists; one more line has the rest.
const maxDomains = 1000

// printedDomains is how many of them are printed, so that the summary is one page that can
// be read.
const printedDomains = 20

// sandboxWord is in large letters above sandboxMeaning.
const (
	sandboxWord    = "SANDBOX"
	sandboxMeaning = "no one was invited: the tenant was simulated, and the links lead nowhere"
)

// summary writes the summary sheet from top to bottom.
type summary struct {
	*xlsx.Sheet

	book *book
	err  error
}

// rows are some lines of the sheet, from 1.
type rows struct{ from, to int }

// span is a text over several columns, from and to counting from 0.
type span struct {
	from, to int
	text     string
	style    int
}

// addSummary adds the sheet Summary. What matters most comes first; the domains,
// of which there may be many, come last.
func (b *book) addSummary(s batch.RunFacts) error {
	sheet, err := b.AddSheet(results.SheetSummary, xlsx.Layout{PagesHigh: 1})
	if err != nil {
		return err
	}
	if err := sheet.SetColWidth(1, 1, nameWidth); err != nil {
		return err
	}
	if err := sheet.SetColWidth(2, 1+figures, figureWidth); err != nil {
		return err
	}
	p := &summary{Sheet: sheet, book: b}
	p.head(s)
	states := p.statuses()
	p.guests()
	p.followUps()
	charts := p.reserveCharts()
	p.errors()
	p.run(s)
	p.settings(s.Settings)
	domains := p.domains()
	if p.err != nil {
		return p.err
	}
	sheet.PrintRows(min(domains.to, domains.from+printedDomains-1))
	if err := b.colourStatus(sheet.Name, fmt.Sprintf("A%d:A%d", states.from, states.to)); err != nil {
		return err
	}
	if charts > 0 {
		return b.addCharts(charts, states, domains)
	}
	return nil
}

// line writes a row of the given height in points, 0 for the usual one: cells from
// the first column on, and spans. Spreadsheet programs do not size a row by its
// merged cells.
func (p *summary) line(height float64, cells []any, spans ...span) {
	if p.err != nil {
		return
	}
	row := make([]any, 1+figures)
	copy(row, cells)
	for _, s := range spans {
		for i := s.from; i <= s.to; i++ {
			row[i] = excelize.Cell{StyleID: s.style}
		}
		row[s.from] = xlsx.Cell(s.text, s.style)
		p.merge(s)
	}
	if p.err == nil {
		p.err = p.Add(row, height)
	}
}

// merge makes one cell of a span of the next row.
func (p *summary) merge(s span) {
	from, err := excelize.CoordinatesToCellName(s.from+1, p.Rows()+1)
	if err != nil {
		p.err = err
		return
	}
	to, err := excelize.CoordinatesToCellName(s.to+1, p.Rows()+1)
	if err != nil {
		p.err = err
		return
	}
	p.err = p.MergeCell(from, to)
}

// section begins a part of the sheet.
func (p *summary) section(name string) {
	p.line(0, nil)
	p.line(22, nil, span{0, figures, name, p.book.Styles.Section})
}

// tableHeading writes column headings: a name, columns of figures, and words in
// the columns that are left, at the positions where they begin.
func (p *summary) tableHeading(name string, numbers []string, words map[int]string) {
	row := make([]any, 1+figures)
	row[0] = xlsx.Cell(name, p.book.Styles.TableName)
	for i := 1; i < len(row); i++ {
		if i <= len(numbers) {
			row[i] = xlsx.Cell(numbers[i-1], p.book.Styles.TableFigures)
			continue
		}
		row[i] = xlsx.Cell(words[i], p.book.styles.tableWords)
	}
	p.line(0, row)
}

// head says what the workbook is and how far the batch is.
func (p *summary) head(s batch.RunFacts) {
	look := p.book.styles
	if s.Sandbox {
		p.line(50, nil, span{0, figures, sandboxWord, look.banner})
		p.line(24, nil, span{0, figures, sandboxMeaning, look.bannerNote})
	}
	p.line(30, nil, span{0, figures, titleOf(s), p.book.Styles.Title})
	for _, sentence := range progress(p.book.tally.Counts) {
		p.line(18, nil, span{0, figures, sentence, look.lead})
	}
}

// progress says how far the batch is and what comes next.
func progress(c batch.Counts) (sentences []string) {
	all, invited := c.Rows(), c[batch.Invited]
	switch {
	case all == 0:
		return []string{"The list has no rows."}
	case invited == all:
		sentences = append(sentences, "Everyone on the list is invited.")
	default:
		sentences = append(sentences, text.Thousands(invited)+" of "+text.Plural(all, "row")+" are invited.")
	}
	if n := c[batch.Failed] + c[batch.Invalid] + c[batch.Unconfirmed]; n > 0 {
		sentences = append(sentences, needAttention(n)+" your attention: the sheet Failed says why, and what to do.")
	}
	if n := c[batch.Pending]; n > 0 {
		sentences = append(sentences, text.Plural(n, "row")+" not tried yet: a run without --rows, --where and --limit sends them.")
	}
	return sentences
}

// needAttention is the beginning of a sentence about rows.
func needAttention(n int) string {
	if n == 1 {
		return "1 row needs"
	}
	return text.Plural(n, "row") + " need"
}

// statuses counts the rows by status, and returns where.
func (p *summary) statuses() rows {
	t, look := p.book.tally, p.book.styles
	p.section("By status")
	p.tableHeading("Status", []string{"Rows"}, map[int]string{2: "Meaning"})
	at := rows{p.Rows() + 1, p.Rows() + len(batch.Statuses())}
	for _, status := range batch.Statuses() {
		p.line(0, []any{
			xlsx.Cell(string(status), p.book.Styles.Prose), xlsx.Cell(t.Counts[status], look.count),
		}, span{2, figures, status.Meaning(), look.note})
	}
	p.line(0, []any{xlsx.Cell("rows of the list", look.totalName), xlsx.Cell(t.Counts.Rows(), look.total)})
	p.remark("no longer in the list", t.Left, "kept at the end of Results, so that no link is lost")
	p.remark("links as plain text", p.book.results.unlinked,
		"copy these into a browser: Excel allows "+text.Thousands(xlsx.MaxLinks)+" links on a sheet")
	return at
}

// guests counts the rows by what the directory said of their guests, where it was read.
func (p *summary) guests() {
	t, look := p.book.tally, p.book.styles
	if len(t.Guests) == 0 {
		return
	}
	p.section("Who has accepted, as of " + t.AsOf.UTC().Format(time.DateTime) + " UTC")
	p.tableHeading(results.ColumnGuestState, []string{"Rows"}, map[int]string{2: "Meaning"})
	for _, state := range batch.GuestStates() {
		if n := t.Guests[state]; n > 0 {
			p.line(0, []any{xlsx.Cell(string(state), p.book.Styles.Prose), xlsx.Cell(n, look.count)}, span{2, figures, state.Meaning(), look.note})
		}
	}
	p.remark("not read", t.Unread, "guestlist status reads them")
}

// followUps counts the rows by how far what their guests get after the invitation is.
func (p *summary) followUps() {
	t, look := p.book.tally, p.book.styles
	if len(t.FollowUps) == 0 {
		return
	}
	p.section("After the invitation: groups, attributes, managers, sponsors")
	p.tableHeading(results.ColumnFollowUp, []string{"Rows"}, map[int]string{2: "Meaning"})
	for _, state := range batch.FollowUpStates() {
		if n := t.FollowUps[state]; n > 0 {
			p.line(0, []any{xlsx.Cell(string(state), p.book.Styles.Prose), xlsx.Cell(n, look.count)}, span{2, figures, state.Meaning(), look.note})
		}
	}
}

// remark adds a line about a number of rows, none for no rows.
func (p *summary) remark(what string, n int, meaning string) {
	if n == 0 {
		return
	}
	look := p.book.styles
	p.line(0, []any{xlsx.Cell(what, look.label), xlsx.Cell(n, look.count)}, span{2, figures, meaning, look.note})
}

// errors lists what went wrong, with the first row that met it as an example.
func (p *summary) errors() {
	groups := p.book.tally.Errors()
	if len(groups) == 0 {
		return
	}
	p.section("By error")
	p.tableHeading("Error Code", []string{"Rows"}, map[int]string{2: "Example", 5: "Advice"})
	for _, e := range groups {
		lines := max(xlsx.Lines(e.Code, nameWidth), xlsx.Lines(e.Example, 3*figureWidth), xlsx.Lines(e.Advice, 3*figureWidth))
		p.line(xlsx.Height(lines), []any{xlsx.Cell(e.Code, p.book.Styles.Prose), xlsx.Cell(e.Rows, p.book.styles.count)},
			span{2, 4, e.Example, p.book.styles.value}, span{5, figures, e.Advice, p.book.styles.value})
	}
}

// domains lists them, and returns where.
func (p *summary) domains() rows {
	columns := []string{"Rows"}
	for _, status := range batch.Statuses() {
		columns = append(columns, string(status))
	}
	domains := largest(p.book.tally.Domains())
	p.section("By domain")
	p.tableHeading("Domain", columns, nil)
	at := rows{p.Rows() + 1, p.Rows() + len(domains)}
	for _, d := range domains {
		row := []any{xlsx.Cell(d.Name, p.book.Styles.Prose), xlsx.Cell(d.Counts.Rows(), p.book.styles.count)}
		for _, status := range batch.Statuses() {
			row = append(row, xlsx.Cell(d.Counts[status], p.book.styles.count))
		}
		p.line(xlsx.Height(xlsx.Lines(d.Name, nameWidth)), row)
	}
	return at
}

// largest are the domains with the most rows, and one more for the rest.
func largest(domains []batch.DomainCounts) []batch.DomainCounts {
	if len(domains) <= maxDomains {
		return domains
	}
	other := batch.DomainCounts{Name: batch.OtherErrors, Counts: make(batch.Counts)}
	for _, d := range domains[maxDomains:] {
		for status, n := range d.Counts {
			other.Counts[status] += n
		}
	}
	return append(domains[:maxDomains:maxDomains], other)
}

// run says what the last run was; what is not known has no line.
func (p *summary) run(s batch.RunFacts) {
	p.section("The run")
	for _, f := range s.Facts() {
		if f.At.IsZero() {
			p.fact(f.Name, f.Text)
			continue
		}
		p.fact(f.Name+" (UTC)", f.At.UTC().Format(time.DateTime))
	}
}

func (p *summary) fact(name, value string) {
	p.line(xlsx.Height(xlsx.Lines(value, figures*figureWidth)),
		[]any{xlsx.Cell(name, p.book.styles.label)}, span{1, figures, value, p.book.styles.value})
}

// settings lists the flags of the run.
func (p *summary) settings(values map[string]string) {
	if len(values) == 0 {
		return
	}
	p.section("Settings that differ from the defaults")
	for _, name := range slices.Sorted(maps.Keys(values)) {
		p.fact("--"+name, values[name])
	}
}

// reserveCharts leaves room for the charts and returns its first row, 0 for a
// list without rows, which has nothing to show.
func (p *summary) reserveCharts() (from int) {
	if p.book.tally.Counts.Rows() == 0 {
		return 0
	}
	p.Skip(chartRows + 2)
	return p.Rows() - chartRows
}
