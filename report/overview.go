package report

import (
	"path/filepath"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
	"guestlist/internal/text"
)

// sandboxWord stands in large letters above sandboxMeaning.
const (
	sandboxWord    = "SANDBOX"
	sandboxMeaning = "nobody was invited: the tenant was simulated, and the links lead nowhere"
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

// head says what the workbook is and how things stand.
func (p *summary) head(b *book, s batch.RunFacts) {
	if b.sandbox {
		p.line(50, nil, span{0, figures, sandboxWord, b.styles.banner})
		p.line(24, nil, span{0, figures, sandboxMeaning, b.styles.bannerNote})
	}
	title := "Guest invitations"
	if s.List != "" {
		title += ": " + filepath.Base(s.List)
	}
	p.line(30, nil, span{0, figures, title, b.styles.title})
	for _, sentence := range standing(b.tally.status) {
		p.line(18, nil, span{0, figures, sentence, b.styles.lead})
	}
}

// standing tells how things stand and what comes next.
func standing(c batch.Counts) (sentences []string) {
	all, invited := c.Rows(), c[batch.Invited]
	switch {
	case all == 0:
		return []string{"The list has no rows."}
	case invited == all:
		sentences = append(sentences, "Everybody on the list is invited.")
	default:
		sentences = append(sentences, text.Thousands(invited)+" of "+countRows(all)+" invited.")
	}
	if n := c[batch.Failed] + c[batch.Invalid] + c[batch.Unconfirmed]; n > 0 {
		sentences = append(sentences, countRows(n)+" for you to look at: the sheet Failed says why, and what to do.")
	}
	if n := c[batch.Pending]; n > 0 {
		sentences = append(sentences, countRows(n)+" not tried yet: run the same command again.")
	}
	return sentences
}

// countRows counts rows in words.
func countRows(n int) string {
	if n == 1 {
		return "1 row"
	}
	return text.Thousands(n) + " rows"
}

// statuses counts the rows by status, and returns where.
func (p *summary) statuses(b *book) rows {
	t := b.tally
	p.section("By status")
	p.tableHeading("Status", []string{"Rows"}, map[int]string{2: "Meaning"})
	at := rows{p.row + 1, p.row + len(batch.Statuses())}
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
	p.remark("no longer in the list", t.gone, "kept at the end of Results: a link is never dropped")
	p.remark("links as plain text", b.results.unlinked,
		"copy these into a browser: Excel takes "+text.Thousands(maxLinks)+" links on a sheet")
	return at
}

// remark adds a line about so many rows, none for no rows.
func (p *summary) remark(what string, n int, meaning string) {
	if n == 0 {
		return
	}
	p.line(0, []any{
		excelize.Cell{StyleID: p.styles.label, Value: what},
		excelize.Cell{StyleID: p.styles.count, Value: n},
	}, span{2, figures, meaning, p.styles.note})
}
