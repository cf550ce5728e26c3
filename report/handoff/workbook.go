package handoff

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
	"guestlist/internal/text"
	"guestlist/report/celltext"
	"guestlist/report/style"
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

// indexBook makes the workbook that says what went where.
func indexBook(scratch string, summary batch.RunFacts, packs []pack) ([]byte, error) {
	b, err := newBook(scratch, summary, "Hand-off")
	if err != nil {
		return nil, err
	}
	if err := b.write(packsTable(packs), nil); err != nil {
		return nil, err
	}
	if err := b.write(b.guestsTable(packs), nil); err != nil {
		return nil, err
	}
	return b.bytes()
}

// packsTable has a row for each pack.
func packsTable(packs []pack) table {
	by := "Pack"
	if len(packs) > 0 {
		by = packs[0].By
	}
	t := table{name: "Packs", headings: []string{by, "Folder", "Mail to", "Links", "Need no link", "No link yet", "Left out", "Files", "Note"}}
	for _, p := range packs {
		t.rows = append(t.rows, []any{
			p.title(), p.Name, p.To, p.Links, p.Ready, p.Waiting, p.LeftOut, filesOf(p.Pack), p.Note,
		})
	}
	return t
}

// filesOf names the files of a pack, of many the number.
func filesOf(p Pack) string {
	if len(p.Files) > 3 {
		return plural(len(p.Files), "file", "files")
	}
	var names []string
	for _, file := range p.Files {
		names = append(names, strings.TrimPrefix(file, p.Name+"/"))
	}
	return strings.Join(names, ", ")
}

// guestsTable has a row for each row of the results.
func (b *book) guestsTable(packs []pack) table {
	t := table{name: "Guests", headings: []string{"Name", "Address", "Pack", "What", "Why", "Source row"}}
	for _, p := range packs {
		handed := "Link handed out"
		if p.redacted {
			handed = "Named, link left out"
		}
		for _, part := range []struct {
			what   string
			guests []Guest
		}{{handed, p.linked}, {"Needs no link", p.ready}, {"No link yet", p.waiting}, {"Left out", p.leftOut}} {
			for _, g := range part.guests {
				t.rows = append(t.rows, []any{g.DisplayName, g.EmailAddress, cmp.Or(p.Name, p.title()), part.what, b.wrapped(why(g)), sourceRow(g)})
			}
		}
	}
	return t
}

// why is the reason together with the status, where there is one.
func why(g Guest) string {
	if g.Reason == "" {
		return ""
	}
	return g.Status + ": " + g.Reason
}

// sourceRow is the row's line in the list, nothing for a row that has left it.
func sourceRow(g Guest) any {
	if g.record.Line == 0 {
		return nil
	}
	return g.record.Line
}

// table is a sheet: headings that stay in view and can be filtered, and rows.
type table struct {
	name     string
	headings []string
	rows     [][]any
}

// write adds the table as a sheet. linkOf gives for each row the position of
// the cell with a link and its address, "" for none; it may be nil.
func (b *book) write(t table, linkOf func(row int) (column int, address string)) error {
	w, err := b.open(t)
	if err != nil {
		return err
	}
	top := b.headingRow()
	if err := b.head(w, t); err != nil {
		return err
	}
	for i, row := range t.rows {
		if err := w.SetRow("A"+strconv.Itoa(top+1+i), fitted(row), excelize.RowOpts{StyleID: b.styles.text, Height: b.heightOf(row)}); err != nil {
			return err
		}
		if linkOf == nil {
			continue
		}
		if err := b.setLink(t.name, top+1+i, linkOf, i); err != nil {
			return err
		}
	}
	return b.finish(w, t)
}

// fitted makes the texts of a row such that their cells hold them.
func fitted(row []any) []any {
	fitted := make([]any, len(row))
	for i, value := range row {
		if c, styled := value.(excelize.Cell); styled {
			c.Value = fit(c.Value)
			value = c
		}
		fitted[i] = fit(value)
	}
	return fitted
}

// fit leaves what is no text as it is.
func fit(value any) any {
	text, ok := value.(string)
	if !ok {
		return value
	}
	text, _ = celltext.Fit(text)
	return text
}

func (b *book) setLink(sheet string, line int, linkOf func(int) (int, string), row int) error {
	column, address := linkOf(row)
	if address == "" {
		return nil
	}
	at, err := excelize.CoordinatesToCellName(column+1, line)
	if err != nil {
		return err
	}
	return b.file.SetCellHyperLink(sheet, at, address, "External")
}

// headingRow is the line of the headings: a sandbox has a banner above them.
func (b *book) headingRow() int {
	if b.sandbox {
		return 2
	}
	return 1
}

// open adds the sheet and sets what has to stand before its first row.
func (b *book) open(t table) (*excelize.StreamWriter, error) {
	if err := b.addSheet(t.name); err != nil {
		return nil, err
	}
	if err := b.setPage(t.name); err != nil {
		return nil, err
	}
	w, err := b.file.NewStreamWriter(t.name)
	if err != nil {
		return nil, err
	}
	for i, width := range b.widths(t) {
		if err := w.SetColWidth(i+1, i+1, width); err != nil {
			return nil, err
		}
	}
	top := b.headingRow()
	below := "A" + strconv.Itoa(top+1)
	return w, w.SetPanes(&excelize.Panes{
		Freeze: true, YSplit: top, TopLeftCell: below, ActivePane: "bottomLeft",
		Selection: []excelize.Selection{{SQRef: below, ActiveCell: below, Pane: "bottomLeft"}},
	})
}

// addSheet adds an empty sheet. The first takes over the one that a new file
// begins with.
func (b *book) addSheet(name string) error {
	if first := b.file.GetSheetName(0); first == "Sheet1" {
		return b.file.SetSheetName(first, name)
	}
	_, err := b.file.NewSheet(name)
	return err
}

// setPage makes a sheet print one page wide, with the banner of a sandbox on top.
func (b *book) setPage(sheet string) error {
	if err := b.file.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: new(true)}); err != nil {
		return err
	}
	// A new sheet claims to be one cell large; without the claim, readers count.
	if err := b.file.SetSheetDimension(sheet, ""); err != nil {
		return err
	}
	layout := excelize.PageLayoutOptions{Orientation: new("landscape"), FitToWidth: new(1), FitToHeight: new(0)}
	if err := b.file.SetPageLayout(sheet, &layout); err != nil {
		return err
	}
	page := excelize.HeaderFooterOptions{OddFooter: "&L&A&RPage &P of &N"}
	if b.sandbox {
		page.OddHeader = `&C&"-,Bold"` + banner
	}
	return b.file.SetHeaderFooter(sheet, &page)
}

// head writes the banner and the headings.
func (b *book) head(w *excelize.StreamWriter, t table) error {
	if b.sandbox {
		row := make([]any, len(t.headings))
		for i := range row {
			row[i] = excelize.Cell{StyleID: b.styles.banner}
		}
		row[0] = excelize.Cell{StyleID: b.styles.banner, Value: banner}
		if err := w.SetRow("A1", row, excelize.RowOpts{Height: bannerHeight}); err != nil {
			return err
		}
	}
	row := make([]any, len(t.headings))
	for i, heading := range t.headings {
		row[i] = excelize.Cell{StyleID: b.styles.heading, Value: fit(text.Line(heading))}
	}
	return w.SetRow("A"+strconv.Itoa(b.headingRow()), row, excelize.RowOpts{Height: headingHeight})
}

// finish puts the filter over the table and repeats its headings in print.
func (b *book) finish(w *excelize.StreamWriter, t table) error {
	top := b.headingRow()
	last, err := excelize.CoordinatesToCellName(len(t.headings), top+len(t.rows))
	if err != nil {
		return err
	}
	if err := b.file.AutoFilter(t.name, "A"+strconv.Itoa(top)+":"+last, nil); err != nil {
		return err
	}
	titles := excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: fmt.Sprintf("'%s'!$1:$%d", t.name, top), Scope: t.name}
	if err := b.file.SetDefinedName(&titles); err != nil {
		return err
	}
	return w.Flush()
}

// widths returns a width for each column that suits the first rows.
func (b *book) widths(t table) []float64 {
	widths := make([]float64, len(t.headings))
	for i, heading := range t.headings {
		widths[i] = float64(min(max(utf8.RuneCountInString(heading)+4, minWidth), maxWidth))
	}
	for _, row := range t.rows[:min(len(t.rows), 300)] {
		for i, value := range row[:min(len(row), len(widths))] {
			widths[i] = max(widths[i], float64(min(utf8.RuneCountInString(b.textOf(value))+2, maxWidth)))
		}
	}
	return widths
}

// heightOf is the height of a row in points, 0 for the usual one: not every
// spreadsheet program makes room for texts that wrap.
func (b *book) heightOf(row []any) float64 {
	lines := 1
	for _, value := range row {
		if c, ok := value.(excelize.Cell); ok && c.StyleID == b.styles.wrapped {
			lines = max(lines, linesOf(b.textOf(c)))
		}
	}
	if lines == 1 {
		return 0
	}
	return min(15*float64(lines), excelize.MaxRowHeight)
}

// linesOf counts the lines of a text that wraps at maxWidth.
func linesOf(text string) int {
	lines := 0
	for line := range strings.Lines(text) {
		lines += 1 + max(0, utf8.RuneCountInString(line)-1)/maxWidth
	}
	return lines
}

// textOf is what a cell shows, as far as widths and heights go.
func (b *book) textOf(value any) string {
	c, styled := value.(excelize.Cell)
	if !styled {
		c.Value = value
	}
	text, isText := c.Value.(string)
	switch {
	case c.StyleID == b.styles.time:
		return timeFormat
	case !isText || styled && c.StyleID == b.styles.cut:
		return ""
	default:
		return text
	}
}

// timeFormat shows a time to the minute.
var timeFormat = "yyyy-mm-dd hh:mm"

// styles are the identifiers of the styles of a workbook.
type styles struct{ text, wrapped, link, cut, time, heading, banner int }

// Colours, as RGB.
const (
	navy  = "1F3864"
	amber = "B45F06"
	sand  = "FFE699"
	blue  = "0563C1"
)

// newStyles registers the styles, with headings of the given colour.
func newStyles(f *excelize.File, colour string) (styles, error) {
	top := &excelize.Alignment{Vertical: "top"}
	middle := &excelize.Alignment{Vertical: "center"}
	wrap := &excelize.Alignment{Vertical: "top", WrapText: true}
	m := style.Maker{File: f}
	s := styles{
		text:    m.Add(excelize.Style{NumFmt: style.AsText, Alignment: top}),
		wrapped: m.Add(excelize.Style{NumFmt: style.AsText, Alignment: wrap}),
		link:    m.Add(excelize.Style{NumFmt: style.AsText, Alignment: top, Font: &excelize.Font{Color: blue, Underline: "single"}}),
		cut:     m.Add(excelize.Style{NumFmt: style.AsText, Alignment: &excelize.Alignment{Vertical: "top", Horizontal: "fill"}}),
		time:    m.Add(excelize.Style{CustomNumFmt: &timeFormat, Alignment: &excelize.Alignment{Vertical: "top", Horizontal: "left"}}),
		heading: m.Heading(colour),
		banner:  m.Add(excelize.Style{Alignment: middle, Font: &excelize.Font{Bold: true, Size: 14, Color: amber}, Fill: style.Solid(sand)}),
	}
	return s, m.Err
}
