package handoff

import (
	"bytes"
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
)

const (
	// maxLinks is how many links a workbook gets: each looks through all that
	// are there, and 10,000 take 1.6 s. The addresses stand there as text, too.
	maxLinks = 10_000
	// maxLinkLength is the longest address that Excel opens, in characters.
	maxLinkLength = 2079
	// Widths of columns in characters.
	minWidth, maxWidth = 10, 48
	// headingHeight and bannerHeight are in points.
	headingHeight, bannerHeight = 21, 27
)

// linkable holds the characters of RFC 3986 and whole percent escapes; Excel
// calls a workbook damaged whose links have others.
var linkable = regexp.MustCompile(`^https?://(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$`)

const banner = "SANDBOX - nobody was invited: the tenant was simulated"

// The headings of a pack's workbook before those of the list; without links,
// those of the links are left out.
var (
	personHeadings = []string{"Name", "Signs in with", "Status"}
	linkHeadings   = []string{"Invitation", "Link to copy"}
	whyHeadings    = []string{"Invited (UTC)", "Reason"}
)

// invitationColumn is where a cell has a link behind it.
const invitationColumn = 3

// book is a workbook in the making.
type book struct {
	file    *excelize.File
	styles  styles
	sandbox bool
	links   int
}

// newBook makes a workbook whose temporary files go into scratch.
func newBook(scratch string, summary batch.RunFacts, title string) (*book, error) {
	b := &book{file: excelize.NewFile(excelize.Options{TmpDir: scratch}), sandbox: summary.Sandbox, links: maxLinks}
	var err error
	colour := navy
	if b.sandbox {
		colour = amber
	}
	if b.styles, err = newStyles(b.file, colour); err != nil {
		return nil, errors.Join(err, b.file.Close())
	}
	if b.sandbox {
		title += " (" + banner + ")"
	}
	return b, b.file.SetDocProps(&excelize.DocProperties{Title: title, Creator: summary.Tool, LastModifiedBy: summary.Tool})
}

// bytes returns the workbook and closes it.
func (b *book) bytes() ([]byte, error) {
	var out bytes.Buffer
	_, err := b.file.WriteTo(&out)
	return out.Bytes(), errors.Join(err, b.file.Close())
}

// workbook makes the workbook of a pack.
func (p pack) workbook(ctx context.Context, scratch string, summary batch.RunFacts) ([]byte, error) {
	b, err := newBook(scratch, summary, "Guest invitations: "+p.title())
	if err != nil {
		return nil, err
	}
	if err := b.guests(ctx, p); err != nil {
		return nil, errors.Join(err, b.file.Close())
	}
	return b.bytes()
}

// guests writes the only sheet of a pack: who has a link comes first.
func (b *book) guests(ctx context.Context, p pack) error {
	shown := p.shownColumns()
	t := table{name: "Guests", headings: slices.Clone(personHeadings)}
	if !p.redacted {
		t.headings = append(t.headings, linkHeadings...)
	}
	t.headings = append(t.headings, whyHeadings...)
	for _, at := range shown {
		t.headings = append(t.headings, p.columns[at])
	}
	var hrefs []string
	for _, guests := range [][]Guest{p.linked, p.ready, p.waiting} {
		for i, g := range guests {
			if i%checkRows == 0 && ctx.Err() != nil {
				return context.Cause(ctx)
			}
			t.rows = append(t.rows, b.guestRow(g, shown))
			hrefs = append(hrefs, b.href(g))
		}
	}
	return b.write(t, func(row int) (int, string) { return invitationColumn, hrefs[row] })
}

func (b *book) guestRow(g Guest, shown []int) []any {
	row := []any{g.DisplayName, g.EmailAddress, g.Status}
	if !g.Redacted {
		row = append(row, b.linkCells(g.Link())...)
	}
	row = append(row, b.time(g.InvitedAt()), b.wrapped(g.Reason))
	for _, at := range shown {
		row = append(row, b.listCell(cell(g.record, at)))
	}
	return row
}

// time is a moment that can be sorted and filtered, nothing for the zero time.
func (b *book) time(at time.Time) any {
	if at.IsZero() {
		return nil
	}
	return excelize.Cell{StyleID: b.styles.time, Value: at.Truncate(time.Second)}
}

// listCell is a text of the list; one of several lines shows them.
func (b *book) listCell(text string) any {
	if strings.ContainsAny(text, "\r\n") {
		return b.wrapped(text)
	}
	return text
}

// linkCells are the words that lead to a link, and the link to copy, cut by its
// cell only in sight.
func (b *book) linkCells(link string) []any {
	switch {
	case link == "":
		return []any{nil, nil}
	case b.links <= 0 || !canLink(link):
		return []any{"copy the link", excelize.Cell{StyleID: b.styles.cut, Value: link}}
	default:
		return []any{
			excelize.Cell{StyleID: b.styles.link, Value: "Accept invitation"},
			excelize.Cell{StyleID: b.styles.cut, Value: link},
		}
	}
}

// href is the address behind a guest's invitation cell, "" for none.
func (b *book) href(g Guest) string {
	link := g.Link()
	if b.links <= 0 || !canLink(link) {
		return ""
	}
	b.links--
	return link
}

func canLink(address string) bool {
	return len(address) <= maxLinkLength && linkable.MatchString(address)
}

func (b *book) wrapped(text string) any {
	if text == "" {
		return nil
	}
	return excelize.Cell{StyleID: b.styles.wrapped, Value: text}
}

// shownColumns are the positions of the list's columns that stand in a pack's
// workbook: all but name and address, which come first, and results.
func (p pack) shownColumns() []int {
	var shown []int
	for at, heading := range p.columns {
		if at != p.name && at != p.email && !isResult(heading) {
			shown = append(shown, at)
		}
	}
	return shown
}
