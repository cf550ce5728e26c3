package handoff

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
	"guestlist/batch/results"
	"guestlist/internal/durable"
	"guestlist/internal/text"
	"guestlist/report/xlsx"
)

const (
	// maxWidth is the widest column, in characters; longer texts wrap or are cut
	// in sight.
	maxWidth = 48
	// measuredRows is how many rows the widths of the columns are made for.
	measuredRows = 300
	// bannerHeight is in points.
	bannerHeight = 27
)

// The headings of a pack's workbook before those of the list; without links,
// those of the links are left out.
var (
	personHeadings = []string{"Name", "Signs in with", "Status"}
	linkHeadings   = []string{"Invitation", "Link to copy"}
	reasonHeadings = []string{"Invited (UTC)", "Reason"}
)

// invitationColumn has cells with a link behind them.
const invitationColumn = 3

// workbook makes the workbook of a part of a pack with an empty book, which is empty again then.
func (p *part) workbook(ctx context.Context, b *book) ([]byte, error) {
	content, err := b.pack(ctx, "Guest invitations: "+p.title(), func() error { return b.addGuests(ctx, p) })
	if err != nil {
		return nil, err
	}
	return content, b.Reset()
}

// indexWorkbook makes the workbook that says what went where.
func indexWorkbook(ctx context.Context, scratch string, facts batch.RunFacts, packs []pack, guests *durable.RecordReader[keptGuest]) (content []byte, err error) {
	b, err := newBook(scratch, facts)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	return b.pack(ctx, "Hand-off", func() error {
		if err := b.addTable(overviewTable(packs)); err != nil {
			return err
		}
		return b.addWhereabouts(ctx, packs, guests)
	})
}

// book is a workbook in the making.
type book struct {
	*xlsx.Book

	facts  batch.RunFacts
	banner int // the style of the sandbox's banner
}

// newBook makes a workbook without sheets. It must be closed.
func newBook(scratch string, facts batch.RunFacts) (*book, error) {
	made, err := xlsx.New(xlsx.Options{Scratch: scratch, Sandbox: facts.Sandbox})
	if err != nil {
		return nil, err
	}
	b := &book{Book: made, facts: facts}
	b.banner = b.Style(excelize.Style{
		Alignment: &excelize.Alignment{Vertical: "center"}, Fill: xlsx.Solid(xlsx.Sand),
		Font: &excelize.Font{Bold: true, Size: 14, Color: xlsx.Amber},
	})
	return b, nil
}

// pack packs the workbook with the sheets that fill adds.
func (b *book) pack(ctx context.Context, title string, fill func() error) ([]byte, error) {
	if err := b.Describe(excelize.DocProperties{Title: title, Creator: b.facts.Tool}); err != nil {
		return nil, err
	}
	if err := fill(); err != nil {
		return nil, err
	}
	if err := b.Finish(); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err := b.Write(ctx, &out)
	return out.Bytes(), err
}

// table is a sheet: headings that stay in view and can be filtered, and rows of
// numbers, texts and excelize.Cell.
type table struct {
	name     string
	headings []string
	rows     [][]any
	// links are behind the invitation cells of the rows, the zero link for none; nil
	// for a table without links.
	links []link
}

// link is an address and what the cell before it says.
type link struct{ words, address string }

// addTable adds the table as a sheet.
func (b *book) addTable(t table) error {
	sheet, err := b.openTable(t)
	if err != nil {
		return err
	}
	for i, row := range t.rows {
		if t.links != nil {
			if err := b.addLink(sheet, row, t.links[i]); err != nil {
				return err
			}
		}
		if err := sheet.Add(row, b.heightOf(row)); err != nil {
			return err
		}
	}
	return nil
}

// openTable begins the sheet of a table, with columns that suit its rows.
func (b *book) openTable(t table) (*xlsx.Sheet, error) {
	sheet, err := b.AddSheet(t.name, xlsx.Layout{Landscape: true, RowStyle: b.Styles.Text})
	if err != nil {
		return nil, err
	}
	return sheet, b.addHeadings(sheet, t)
}

// addHeadings begins a sheet. In a sandbox it has the banner above its headings.
func (b *book) addHeadings(sheet *xlsx.Sheet, t table) error {
	if err := sheet.SetWidths(b.widths(t)...); err != nil {
		return err
	}
	top := 1
	if b.facts.Sandbox {
		top = 2
	}
	if err := sheet.Freeze(top, 0); err != nil {
		return err
	}
	sheet.Filter(len(t.headings))
	banner, headings := make([]any, len(t.headings)), make([]any, len(t.headings))
	for i, heading := range t.headings {
		banner[i] = excelize.Cell{StyleID: b.banner}
		headings[i] = xlsx.Cell(text.Line(heading), b.Styles.Heading)
	}
	if b.facts.Sandbox {
		banner[0] = xlsx.Cell(xlsx.SandboxBanner, b.banner)
		if err := sheet.Add(banner, bannerHeight); err != nil {
			return err
		}
	}
	return sheet.Add(headings, xlsx.HeadingHeight)
}

// addLink puts the address behind the invitation cell of the next row. Where there
// can be no link, the cell says what to do instead.
func (b *book) addLink(sheet *xlsx.Sheet, row []any, l link) error {
	if l.address == "" {
		return nil
	}
	linked, err := sheet.Link(invitationColumn, l.address)
	if err != nil {
		return err
	}
	row[invitationColumn] = "copy the link"
	if linked {
		row[invitationColumn] = xlsx.Cell(l.words, b.Styles.Link)
	}
	return nil
}

// addGuests adds the only sheet of a pack; guests with a link come first.
func (b *book) addGuests(ctx context.Context, p *part) error {
	shown := p.shownColumns()
	t := table{name: "Guests", headings: slices.Clone(personHeadings)}
	if !p.redacted {
		t.headings = append(t.headings, linkHeadings...)
	}
	t.headings = append(t.headings, reasonHeadings...)
	hasEmailed := slices.ContainsFunc(slices.Concat(p.links, p.free, p.later), func(g Guest) bool { return g.Emailed })
	if hasEmailed {
		t.headings = append(t.headings, headingEmailed)
	}
	for _, at := range shown {
		t.headings = append(t.headings, p.columns[at])
	}
	for _, guests := range [][]Guest{p.links, p.free, p.later} {
		for i, g := range guests {
			if i%checkRows == 0 && ctx.Err() != nil {
				return context.Cause(ctx)
			}
			t.rows = append(t.rows, b.guestRow(g, shown, hasEmailed))
			if !p.redacted {
				t.links = append(t.links, linkOf(g))
			}
		}
	}
	return b.addTable(t)
}

// acceptInvitation is what the cell of a personal link says.
const acceptInvitation = "Accept invitation"

// linkOf is the link of a guest's row: their personal one, or that of the apps of those
// who have access already.
func linkOf(g Guest) link {
	if address := g.Link(); address != "" {
		return link{acceptInvitation, address}
	}
	return link{"Open My Apps", g.MyApps()}
}

func (b *book) guestRow(g Guest, shown []int, hasEmailed bool) []any {
	row := []any{fit(g.DisplayName), fit(g.EmailAddress), g.Status}
	if !g.Redacted {
		row = append(row, nil, nil)
		if address := linkOf(g).address; address != "" {
			if _, cut := xlsx.Fit(address); cut {
				address = "too long for a cell: the message to the guest has it"
			}
			row[len(row)-1] = xlsx.Cell(address, b.Styles.Cut)
		}
	}
	row = append(row, nil, b.wrapped(g.Reason))
	if at := g.InvitedAt(); !at.IsZero() {
		row[len(row)-2] = xlsx.Cell(xlsx.Serial(at), b.Styles.Instant)
	}
	switch {
	case hasEmailed && g.Emailed:
		row = append(row, "yes")
	case hasEmailed:
		row = append(row, nil)
	}
	for _, at := range shown {
		row = append(row, b.listCell(shownCell(cell(g.cells, at))))
	}
	return row
}

// listCell is a text of the list; one of several lines wraps.
func (b *book) listCell(s string) any {
	if strings.ContainsAny(s, "\r\n") {
		return b.wrapped(s)
	}
	return fit(s)
}

// wrapped is a text in a cell that shows all of it, nothing for no text.
func (b *book) wrapped(s string) any {
	if s == "" {
		return nil
	}
	return xlsx.Cell(s, b.Styles.Wrapped)
}

// fit is a text as a cell can hold it.
func fit(s string) string {
	fitted, _ := xlsx.Fit(s)
	return fitted
}

// shownColumns are the positions of the list's columns that a pack's workbook
// has: all but name and address, which come first, result columns, and those that are left
// out.
func (p *pack) shownColumns() []int {
	layout := results.LayoutOf(p.columns)
	var shown []int
	for at, heading := range p.columns {
		if at != p.name && at != p.email && !isResult(layout, heading) && !slices.Contains(p.without, at) {
			shown = append(shown, at)
		}
	}
	return shown
}

// widths returns a width for each column that suits the first rows.
func (b *book) widths(t table) []float64 {
	widths := xlsx.NewWidths(t.headings)
	for _, row := range t.rows[:min(len(t.rows), measuredRows)] {
		for i, value := range row {
			widths.Note(i, b.textOf(value))
		}
	}
	if t.links != nil {
		widths.Note(invitationColumn, acceptInvitation)
	}
	return widths.Columns(maxWidth)
}

// heightOf is the height of a row in points, 0 for the usual one.
func (b *book) heightOf(row []any) float64 {
	lines := 1
	for _, value := range row {
		if c, ok := value.(excelize.Cell); ok && c.StyleID == b.Styles.Wrapped {
			lines = max(lines, xlsx.Lines(b.textOf(c), maxWidth))
		}
	}
	return xlsx.Height(lines)
}

// textOf is what a cell shows, as far as widths and heights go.
func (b *book) textOf(value any) string {
	c, styled := value.(excelize.Cell)
	if !styled {
		c.Value = value
	}
	s, isText := c.Value.(string)
	switch {
	case styled && c.StyleID == b.Styles.Instant:
		return xlsx.Instant
	case !isText || styled && c.StyleID == b.Styles.Cut:
		return ""
	default:
		return s
	}
}

// overviewTable has a row for each pack.
func overviewTable(packs []pack) table {
	by := "Package"
	if len(packs) > 0 {
		by = packs[0].By
	}
	t := table{name: "Packages", headings: []string{by, "Folder", "Email to", headingLinks, headingAccess, headingNoLink, headingEarlier, "Files", "Note"}}
	for i := range packs {
		p := &packs[i]
		t.rows = append(t.rows, []any{
			fit(p.title()), p.Name, p.To, p.Links, p.Ready, p.Waiting, p.Earlier, filesOf(p.Pack), fit(noteOf(p.Pack)),
		})
	}
	return t
}

// noteOf says what is special about a pack.
func noteOf(p Pack) string {
	if p.Parts <= 1 {
		return p.Note
	}
	return strings.TrimSuffix(fmt.Sprintf("too many guests for one email: %d drafts; %s", p.Parts, p.Note), "; ")
}

// filesOf names the files of a pack, or says how many there are.
func filesOf(p Pack) string {
	if len(p.Files) > 3 {
		return text.Plural(len(p.Files), "file")
	}
	var names []string
	for _, file := range p.Files {
		names = append(names, strings.TrimPrefix(file, p.Name+"/"))
	}
	return strings.Join(names, ", ")
}

// addWhereabouts adds the sheet with a row for each row of the results, and goes on in
// "Guests 2" where it is full.
func (b *book) addWhereabouts(ctx context.Context, packs []pack, guests *durable.RecordReader[keptGuest]) error {
	t := table{name: "Guests", headings: []string{"Name", "Address", "Package", "Link", "Reason", "Source row"}}
	var sheet *xlsx.Sheet
	sheets := 0
	flush := func() (err error) {
		if sheet == nil {
			if sheets++; sheets > 1 {
				t.name = fmt.Sprintf("Guests %d", sheets)
			}
			if sheet, err = b.openTable(t); err != nil {
				return err
			}
		}
		for _, row := range t.rows {
			if err := sheet.Add(row, b.heightOf(row)); err != nil {
				return err
			}
		}
		if sheet.Rows()+measuredRows > excelize.TotalRows {
			sheet = nil
		}
		t.rows = t.rows[:0]
		return nil
	}
	for i := range packs {
		p := &packs[i]
		handed := "In the package"
		if p.redacted {
			handed = "Left out"
		}
		for _, kind := range []struct {
			link   string
			places []int64
		}{{handed, p.linked}, {"Not needed", p.ready}, {saysNoneYet, p.waiting}, {"", p.leftOut}} {
			for _, at := range kind.places {
				kept, err := guests.Read(at)
				if err != nil {
					return err
				}
				t.rows = append(t.rows, b.whereaboutsRow(p, cmp.Or(kind.link, inEarlierPackage(kept)), kept))
				if len(t.rows) < measuredRows {
					continue
				}
				if ctx.Err() != nil {
					return context.Cause(ctx)
				}
				if err := flush(); err != nil {
					return err
				}
			}
		}
	}
	return flush()
}

// inEarlierPackage says in which package a guest is whom this hand-off leaves out.
func inEarlierPackage(g keptGuest) string {
	return "In a package of " + g.PackedAt.Format(time.DateOnly)
}

func (b *book) whereaboutsRow(p *pack, link string, g keptGuest) []any {
	var line any // nothing for a row that has left the list
	if g.Line > 0 {
		line = g.Line
	}
	return []any{fit(g.DisplayName), fit(g.EmailAddress), fit(cmp.Or(p.Name, p.title())), link, b.wrapped(statusAndReason(g)), line}
}

// statusAndReason says why there is no link, "" where there is one.
func statusAndReason(g keptGuest) string {
	if g.Reason == "" {
		return ""
	}
	return g.Status + ": " + g.Reason
}
