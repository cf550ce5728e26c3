package sheet

import (
	"fmt"
	"iter"
	"net/url"
	"regexp"
	"strings"

	"guestlist/batch"
	"guestlist/batch/judge"
)

// mailLink is a formula that links to an address spelled out in it.
var mailLink = regexp.MustCompile(`(?i)^=?HYPERLINK\(\s*"(mailto:[^"]*)"\s*[,;)]`)

// linkOf is the address that a formula links to, "" for none.
func linkOf(formula string) string {
	if m := mailLink.FindStringSubmatch(formula); m != nil {
		return linked(m[1])
	}
	return ""
}

// linked is the address that a link leads to, "" when it leads to none.
func linked(target string) string {
	const scheme = "mailto:"
	if len(target) < len(scheme) || !strings.EqualFold(target[:len(scheme)], scheme) {
		return ""
	}
	text, _, _ := strings.Cut(target[len(scheme):], "?")
	plain, err := url.PathUnescape(text)
	if err != nil {
		plain = text
	}
	address, err := judge.Address(plain)
	if err != nil {
		return ""
	}
	return address
}

// linkTargets puts addresses in the place of relations, and drops what is none.
func (p parts) linkTargets(part string, links map[int]string) error {
	if len(links) == 0 {
		return nil
	}
	rows := make(map[string][]int)
	for row, id := range links {
		rows[id] = append(rows[id], row)
	}
	clear(links)
	return p.relations(part, func(r relation) {
		address := linked(r.target)
		for _, row := range rows[r.id] {
			if address != "" {
				links[row] = address
			}
		}
	})
}

// linkReader puts the address of a link into a cell that shows none.
type linkReader struct {
	column int // from 0
	links  map[int]string
	// taken and differing count cells since the first row.
	taken, differing count
}

// count is how many cells, and which was the first.
type count struct {
	n, row int
	text   string
}

func (c *count) add(row int, text string) {
	if c.n++; c.n == 1 {
		c.row, c.text = row, text
	}
}

// rows passes rows on. What it did is told at the end, once all are read.
func (r *linkReader) rows(rows iter.Seq2[batch.Row, error], tell func(string)) iter.Seq2[batch.Row, error] {
	return func(yield func(batch.Row, error) bool) {
		for row, err := range rows {
			if err == nil {
				r.follow(&row)
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
		if c := r.taken; c.n > 0 {
			tell(fmt.Sprintf("In %s the address is taken from the link behind the text; the first is row %d, which shows %q.",
				countedRows(c.n), c.row, clipped(c.text)))
		}
		if c := r.differing; c.n > 0 {
			tell(fmt.Sprintf("In %s the address differs from that of the link behind it; the text counts. The first is row %d, %q.",
				countedRows(c.n), c.row, clipped(c.text)))
		}
	}
}

// follow looks behind the address of a row.
func (r *linkReader) follow(row *batch.Row) {
	link := r.links[row.Line]
	if link == "" || r.column >= len(row.Cells) {
		return
	}
	text := strings.TrimSpace(row.Cells[r.column])
	switch address, err := judge.Address(text); {
	case text == "":
	case err != nil:
		r.taken.add(row.Line, text)
		row.Cells[r.column] = link
	case batch.Key(address) != batch.Key(link):
		r.differing.add(row.Line, text)
	}
}

// countedRows is a number of rows.
func countedRows(n int) string {
	if n == 1 {
		return "1 row"
	}
	return fmt.Sprintf("%d rows", n)
}
