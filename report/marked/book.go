package marked

import (
	"context"
	"iter"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
	"guestlist/batch/results"
	"guestlist/internal/text"
	"guestlist/report"
	"guestlist/report/xlsx"
)

const (
	// peekRows decide how wide the columns are.
	peekRows = 300
	// maxComments is how many cells get a comment: spreadsheet programs keep a
	// drawing for each, and 5,000 already open slowly. Colour and texts go on.
	maxComments = 5000
	// maxComment keeps a part of a comment from filling the screen, in bytes.
	maxComment = 600
	// maxCellLines is how many lines of a list's cell make a row higher.
	maxCellLines = 5
)

// Widths of columns in characters.
const (
	maxWidth   = 50
	textsWidth = 64
)

// book is a workbook while its rows are written.
type book struct {
	*xlsx.Book

	list     List
	columns  columns
	styles   styles
	widths   []float64
	maxRows  int // rows that a sheet takes, headings included
	comments int // how many more comments the workbook gets
	sheets   []*xlsx.Sheet
	rows     rowMap
	tally    tally
	// peeked are the first rows, held back until the widths are known.
	peeked []Row
	// row is the row being written, kept for the next.
	row xlsx.Row
}

// newBook prepares the workbook of a list. It must be closed.
func newBook(scratch string, l List) (*book, error) {
	c := newColumns(l.Header, l.HasOwn)
	if err := xlsx.CheckWidth(0, len(c.headings)); err != nil {
		return nil, err
	}
	x, err := xlsx.New(xlsx.Options{Scratch: scratch, Sealed: true})
	if err != nil {
		return nil, err
	}
	return &book{
		Book: x, list: l, columns: c, styles: newStyles(x), maxRows: excelize.TotalRows, comments: maxComments,
		tally: newTally(),
	}, nil
}

// fill makes all sheets.
func (b *book) fill(ctx context.Context, rows iter.Seq2[Row, error]) error {
	if err := report.Each(ctx, rows, b.take); err != nil {
		return err
	}
	if err := b.begin(); err != nil { // a list shorter than the peek
		return err
	}
	if err := b.addReadme(); err != nil {
		return err
	}
	title := Column
	if b.list.Name != "" {
		title += " in " + b.list.Name
	}
	if err := b.Describe(excelize.DocProperties{Title: title, Creator: xlsx.CommentAuthor}); err != nil {
		return err
	}
	return b.Finish()
}

// take holds a row back or writes it.
func (b *book) take(r Row) error {
	if b.widths != nil {
		return b.add(r)
	}
	held := Row{Row: batch.Row{Line: r.Line, Cells: slices.Clone(r.Cells)}, Problems: slices.Clone(r.Problems), Remarks: r.Remarks} // the sequence may use them again
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
	w := xlsx.NewWidths(b.columns.headings)
	for _, r := range b.peeked {
		for i, s := range r.Cells {
			w.Note(b.columns.ofCell(i), s)
		}
	}
	b.widths = w.Columns(maxWidth)
	b.widths[b.columns.texts] = textsWidth
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

// open begins the next sheet with its headings.
func (b *book) open() error {
	s, err := b.AddSheet(sheetName(b.list.Sheet, len(b.sheets)+1), xlsx.Layout{Landscape: true, RowStyle: b.Styles.Text})
	if err != nil {
		return err
	}
	b.sheets = append(b.sheets, s)
	s.Filter(len(b.columns.headings))
	for _, err := range []error{
		s.SetWidths(b.widths...),
		s.SetColStyle(1, len(b.widths), b.Styles.Text), // rows that people add below are texts as well
		s.Freeze(1, 0),
	} {
		if err != nil {
			return err
		}
	}
	headings := make([]any, len(b.columns.headings))
	for i, heading := range b.columns.headings {
		style := b.Styles.Heading
		if i == b.columns.texts {
			style = b.styles.textsHeading
		}
		headings[i] = excelize.Cell{StyleID: style, Value: b.fit(heading)}
	}
	return s.Add(headings, xlsx.HeadingHeight)
}

// add writes a row.
func (b *book) add(r Row) error {
	if b.sheets[len(b.sheets)-1].Rows() == b.maxRows {
		if err := b.open(); err != nil {
			return err
		}
	}
	s := b.sheets[len(b.sheets)-1]
	width := b.columns.width(r)
	if err := xlsx.CheckWidth(r.Line, width); err != nil {
		return err
	}
	b.rows.add(r.Line, s.Rows()+1, len(b.sheets)-1)
	lines := b.addCells(r, width)
	notes := b.notes(r)
	b.tally.add(notes)
	b.mark(s, notes)
	return s.Add(b.row.Values(), xlsx.Height(max(lines, b.addTexts(notes, r.Remarks))))
}

// addCells puts the cells of a row into their places, and returns how many lines
// high they are: line breaks count up to a few.
func (b *book) addCells(r Row, width int) (lines int) {
	b.row.Reset(width)
	for i, s := range r.Cells {
		switch at := b.columns.ofCell(i); {
		case s == "", at == b.columns.texts: // a list that was marked before has old texts there
		case at == b.columns.links:
			b.tally.links++
		default:
			b.row.Value(at, b.fit(s), b.Styles.Text)
		}
		if breaks := strings.Count(s, "\n"); breaks > 0 {
			lines = max(lines, min(breaks+1, maxCellLines))
		}
	}
	return lines
}

// fit is a text of the list as a cell can hold it.
func (b *book) fit(s string) string {
	fit, cut := xlsx.Fit(s)
	if cut {
		b.tally.cut++
	}
	return fit
}

// notes puts the problems of a row into words, the gravest first.
func (b *book) notes(r Row) []note {
	var notes []note
	for _, p := range r.Problems {
		at, hasColumn := b.columns.of(p)
		heading := p.Column
		if p.Kind == batch.KindSurplus {
			stray, _ := b.list.Header.Surplus(r.Row)
			if at = b.columns.ofCell(stray); at >= len(b.columns.headings) {
				heading = "" // it stands below none, and further right than in the list
			}
		} else if hasColumn || heading == "" {
			heading = strings.TrimSpace(b.columns.headings[at])
		}
		first := ""
		if p.Severity == batch.SeverityDuplicate {
			first = b.placeOf(p.Repeats)
		}
		n := newNote(p, heading, r.Cell(at), first)
		n.at = at
		notes = append(notes, n)
	}
	slices.SortStableFunc(notes, func(a, b note) int { return rank(a.severity) - rank(b.severity) })
	return notes
}

// placeOf is what people call the place of a line, seen from the sheet that is
// being written; "" where the line was not written.
func (b *book) placeOf(line int) string {
	row, sheet, ok := b.rows.find(line)
	if !ok {
		return ""
	}
	place := "row " + strconv.Itoa(row)
	if sheet != len(b.sheets)-1 {
		place += " of the sheet “" + b.sheets[sheet].Name + "”"
	}
	return place
}

// mark colours the cells of the row that have notes, and adds their comments.
func (b *book) mark(s *xlsx.Sheet, notes []note) {
	done := make(map[int]bool, len(notes))
	for i, n := range notes {
		if done[n.at] {
			continue
		}
		done[n.at] = true
		b.row.SetStyle(n.at, b.styles.cells[n.severity])
		if b.comments == 0 {
			b.tally.uncommented++
			continue
		}
		b.comments--
		var parts []xlsx.CommentPart
		for _, other := range notes[i:] {
			if other.at == n.at {
				parts = append(parts, xlsx.CommentPart{Title: titles[other.severity], Text: text.Truncate(other.comment(), maxComment)})
			}
		}
		s.Comment(n.at, parts...)
	}
}

// addTexts puts the texts of a row into their column, in front of what people wrote there,
// and returns how many lines high they are.
func (b *book) addTexts(notes []note, remarks string) (lines int) {
	style := b.Styles.Wrapped
	if len(notes) > 0 {
		style = b.styles.texts[notes[0].severity]
	}
	var all []string
	for _, n := range notes {
		if line := n.line(); !slices.Contains(all, line) {
			all = append(all, line)
		}
	}
	if remarks != "" {
		all = append(all, remarks)
	}
	if len(all) == 0 {
		return 1
	}
	texts := strings.Join(all, "\n")
	b.row.Text(b.columns.texts, b.fit(texts), style)
	return xlsx.Lines(texts, textsWidth)
}

// addReadme adds the sheet that explains.
func (b *book) addReadme() error {
	s, err := b.AddSheet(readme, xlsx.Layout{})
	if err != nil {
		return err
	}
	if err := s.SetWidths(nameWidth, proseWidth, figureWidth); err != nil {
		return err
	}
	g := guide{Sheet: s, book: b}
	g.title()
	g.colours()
	g.steps()
	g.causes()
	g.notes()
	return g.err
}

// columns is where values are on a sheet. Positions count from 0.
type columns struct {
	headings []string
	// list is how many of the headings are the list's own.
	list int
	// fields are the columns of the list's fields.
	fields map[batch.Field]int
	// texts is where [Column] is.
	texts int
	// links is the column of redeem URLs of a list that is a results workbook,
	// -1 in any other. Links are personal, and a marked list is sent away.
	links int
}

// newColumns places the columns of a list, which may have one of its own that is called [Column].
func newColumns(h batch.Header, hasOwn bool) columns { //nolint:revive // it is a fact of the list
	c := columns{headings: slices.Clone(h.Columns), list: len(h.Columns), fields: h.Fields, links: results.LinkColumn(h.Columns)}
	for _, at := range h.Unheaded {
		c.headings[at] = results.Unheaded(at)
	}
	heading := Column
	if hasOwn {
		heading = columnBeside
	}
	switch c.texts = FindColumn(h.Columns); {
	case hasOwn || c.texts < 0:
		c.texts = len(c.headings)
		c.headings = append(c.headings, "")
	case strings.EqualFold(strings.TrimSpace(h.Columns[c.texts]), columnBeside):
		heading = columnBeside
	}
	c.headings[c.texts] = heading
	return c
}

// of is where a problem is shown: in the column of its field or, where the list
// has none, at the address.
func (c columns) of(p batch.Problem) (at int, hasColumn bool) {
	if at, ok := c.fields[p.Field]; ok && at != c.texts {
		return at, true
	}
	if at := c.fields[batch.Email]; at != c.texts {
		return at, false
	}
	return 0, false
}

// ofCell is the position of a row's cell: the list's own column, or for a cell
// beyond the headings one right of all of them.
func (c columns) ofCell(cell int) int {
	if cell < c.list {
		return cell
	}
	return len(c.headings) + cell - c.list
}

// width returns how many positions a row needs, without empty cells at its end.
func (c columns) width(r Row) int {
	return max(len(c.headings), c.ofCell(r.Width(c.list)-1)+1)
}

const (
	// defaultSheet is the name of a list that has no sheet of its own.
	defaultSheet = "List"
	// maxSheetName is in UTF-16 units.
	maxSheetName = 31
)

// sheetName makes a name that Excel takes: the list's own, numbered from the
// second sheet on, and never that of the sheet that explains. An apostrophe
// becomes a typographic one, since excelize does not double it in the formula
// that says where the filter is, and Excel would call the workbook damaged.
func sheetName(own string, number int) string {
	name := strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\'':
			return '’'
		case strings.ContainsRune(`:\/?*[]`, r) || r < ' ' || r == utf8.RuneError:
			return '-'
		}
		return r
	}, own))
	if name == "" || strings.EqualFold(name, readme) || strings.EqualFold(name, "History") { // the latter is Excel's own
		name = defaultSheet
	}
	suffix := ""
	if number > 1 {
		suffix = " " + strconv.Itoa(number)
	}
	for len(utf16.Encode([]rune(name+suffix))) > maxSheetName {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	return strings.TrimSpace(name) + suffix
}
