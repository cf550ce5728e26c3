package xlsx

import (
	"fmt"
	"regexp"
	"strconv"

	"github.com/xuri/excelize/v2"
)

// Layout is what has to be known of a sheet before its first row.
type Layout struct {
	// Landscape prints the sheet across, else upright.
	Landscape bool
	// PagesWide and PagesHigh are how many pages the sheet is wide and high in print, which
	// follow one another: 0 is one page wide, and as many high as it takes.
	PagesWide, PagesHigh int
	// RowStyle is the style of cells without a style of their own, also of those
	// that people fill later; 0 for none.
	RowStyle int
}

// Sheet is a sheet that is filled from top to bottom. The methods of the
// StreamWriter that set columns come before the first row.
type Sheet struct {
	*excelize.StreamWriter

	// Name is the name on its tab.
	Name string
	// MaxLinks is how many links it takes, at first as many as Excel does.
	MaxLinks int

	book     *Book
	rowStyle int
	// rows is how many there are, width how many columns the longest has.
	rows, width int
	// frozen is how many rows stay in view.
	frozen int
	// repeated are the first and last column of those that all pages have in print, "" for
	// none.
	repeated [2]string
	// printed and printedRows are how many of the columns and rows are printed, 0 for all.
	printed, printedRows int
	// headings are those of a table, filtered the columns with a filter.
	headings []string
	filtered int
	links    *links
	comments []comment
	widths   []float64
	// heights are in points, of the rows that are not of the usual height, as
	// far as the box of a comment can cover them.
	heights map[int]float64
}

// AddSheet adds an empty sheet. The first is the one that opens, unless [Book.Open] says
// otherwise.
func (b *Book) AddSheet(name string, l Layout) (*Sheet, error) {
	if b.err != nil {
		return nil, b.err
	}
	if err := b.newSheet(name); err != nil {
		return nil, err
	}
	props := excelize.SheetPropsOptions{FitToPage: new(true)}
	if b.options.Sandbox {
		props.TabColorRGB = new(Amber)
	}
	if err := b.File.SetSheetProps(name, &props); err != nil {
		return nil, err
	}
	// A new sheet claims to be one cell large; without the claim, readers count.
	if err := b.File.SetSheetDimension(name, ""); err != nil {
		return nil, err
	}
	if err := b.setPage(name, l); err != nil {
		return nil, err
	}
	w, err := b.File.NewStreamWriter(name)
	if err != nil {
		return nil, err
	}
	s := &Sheet{StreamWriter: w, Name: name, MaxLinks: MaxLinks, book: b, rowStyle: l.RowStyle, heights: make(map[int]float64)}
	b.sheets = append(b.sheets, s)
	return s, nil
}

// newSheet makes the sheet. The first takes over the one that a new file begins
// with.
func (b *Book) newSheet(name string) error {
	if len(b.sheets) == 0 {
		return b.File.SetSheetName(b.File.GetSheetName(0), name)
	}
	_, err := b.File.NewSheet(name)
	return err
}

// setPage makes a sheet print legibly.
func (b *Book) setPage(name string, l Layout) error {
	layout := excelize.PageLayoutOptions{Orientation: new("portrait"), FitToWidth: new(max(1, l.PagesWide)), FitToHeight: new(l.PagesHigh)}
	if l.Landscape {
		layout.Orientation = new("landscape")
	}
	if l.PagesWide > 1 {
		layout.PageOrder = new("overThenDown")
	}
	if err := b.File.SetPageLayout(name, &layout); err != nil {
		return err
	}
	margins := excelize.PageLayoutMarginsOptions{Left: new(0.4), Right: new(0.4), Top: new(0.6), Bottom: new(0.6), Header: new(0.3), Footer: new(0.3)}
	if err := b.File.SetPageMargins(name, &margins); err != nil {
		return err
	}
	page := excelize.HeaderFooterOptions{OddFooter: "&L&A&RPage &P of &N"}
	if b.options.Footer != "" {
		page.OddFooter = "&L&A&C" + b.options.Footer + "&RPage &P of &N"
	}
	if b.options.Sandbox {
		page.OddHeader = `&C&"-,Bold"` + SandboxBanner
	}
	return b.File.SetHeaderFooter(name, &page)
}

// SetWidths sets the widths of the first columns, in characters.
func (s *Sheet) SetWidths(widths ...float64) error {
	s.widths = widths
	for i, width := range widths {
		if err := s.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
	}
	return nil
}

// Freeze keeps the first rows and columns in view, 0 for no column, and repeats the rows on
// every printed page. The last of them has the headings.
func (s *Sheet) Freeze(rows, columns int) error {
	s.frozen = rows
	column, err := excelize.ColumnNumberToName(columns + 1)
	if err != nil {
		return err
	}
	first, pane := column+strconv.Itoa(rows+1), "bottomLeft"
	if columns > 0 {
		pane = "bottomRight"
	}
	return s.SetPanes(&excelize.Panes{
		Freeze: true, XSplit: columns, YSplit: rows, TopLeftCell: first, ActivePane: pane,
		Selection: []excelize.Selection{{SQRef: first, ActiveCell: first, Pane: pane}},
	})
}

// RepeatColumns puts the columns from first to last, counted from 1, on every printed page
// right of them: a sheet may be several pages wide.
func (s *Sheet) RepeatColumns(first, last int) (err error) {
	for i, column := range []int{first, last} {
		if s.repeated[i], err = excelize.ColumnNumberToName(column); err != nil {
			return err
		}
	}
	return nil
}

// PrintColumns leaves out in print what is right of the first columns.
func (s *Sheet) PrintColumns(columns int) { s.printed = columns }

// PrintRows leaves out in print what is below the first rows.
func (s *Sheet) PrintRows(rows int) { s.printedRows = rows }

// Table makes the rows from the headings on an Excel table: banded, with a
// filter at each heading. The headings must be those of [UniqueHeadings].
func (s *Sheet) Table(headings []string) { s.headings = headings }

// Filter puts a filter at each of the first headings, which may be any texts.
func (s *Sheet) Filter(columns int) { s.filtered = columns }

// Rows is how many rows there are, headings included.
func (s *Sheet) Rows() int { return s.rows }

// Add writes the next row: texts, numbers, excelize.Cell or nil. The height is in
// points, 0 for the usual one.
func (s *Sheet) Add(values []any, height float64) error {
	s.rows++
	s.width = max(s.width, len(values))
	s.noteHeight(height)
	return s.SetRow("A"+strconv.Itoa(s.rows), values, excelize.RowOpts{StyleID: s.rowStyle, Height: height})
}

// Skip leaves rows empty, for what is drawn over them.
func (s *Sheet) Skip(rows int) { s.rows += rows }

// finish says what goes into the sheet when it is packed, and ends it.
func (s *Sheet) finish() error {
	if err := s.setPrintArea(); err != nil {
		return err
	}
	if s.frozen > 0 {
		if err := s.finishList(); err != nil {
			return err
		}
	}
	if err := s.addLinks(); err != nil {
		return err
	}
	if err := s.addComments(); err != nil {
		return err
	}
	return s.Flush()
}

// setPrintArea says which columns and rows are printed.
func (s *Sheet) setPrintArea() error {
	if s.printed == 0 && s.printedRows == 0 {
		return nil
	}
	columns, rows := s.width, s.rows
	if s.printed > 0 {
		columns = s.printed
	}
	if s.printedRows > 0 {
		rows = min(rows, s.printedRows)
	}
	printed, err := area(1, columns, rows)
	if err != nil {
		return err
	}
	return s.book.File.SetDefinedName(&excelize.DefinedName{
		Name: "_xlnm.Print_Area", RefersTo: fmt.Sprintf("'%s'!%s", s.Name, absolute(printed)), Scope: s.Name,
	})
}

// finishList ends a sheet that has headings.
func (s *Sheet) finishList() error {
	titles := excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: fmt.Sprintf("'%s'!$1:$%d", s.Name, s.frozen), Scope: s.Name}
	if s.repeated[0] != "" {
		titles.RefersTo = fmt.Sprintf("'%s'!$%s:$%s,", s.Name, s.repeated[0], s.repeated[1]) + titles.RefersTo
	}
	if err := s.book.File.SetDefinedName(&titles); err != nil {
		return err
	}
	if s.headings != nil {
		if err := s.addTable(); err != nil {
			return err
		}
	}
	if s.filtered > 0 {
		filtered, err := area(s.frozen, s.filtered, s.rows)
		if err != nil {
			return err
		}
		if err := s.book.File.AutoFilter(s.Name, filtered, nil); err != nil {
			return err
		}
	}
	whole, err := area(1, s.width, s.rows)
	if err != nil {
		return err
	}
	// A cell holds the text that was in the list, also where it is a number.
	if err := s.book.File.AddIgnoredErrors(s.Name, whole, excelize.IgnoredErrorsNumberStoredAsText); err != nil {
		return err
	}
	s.patch("", dimension(whole))
	if front := s.book.front; front != nil && s == s.book.sheets[0] {
		s.patch("", deselect())
	} else if front == s {
		s.patch("", selectTab())
	}
	return nil
}

// absolute is a range with a $ before each column and row: $A$1:$C$9.
func absolute(area string) string { return cellParts.ReplaceAllString(area, `$$$1$$$2`) }

// cellParts are the column and the row of a cell.
var cellParts = regexp.MustCompile(`([A-Z]+)(\d+)`)

// area is the range from the first column of a row to a corner.
func area(top, columns, rows int) (string, error) {
	corner, err := excelize.CoordinatesToCellName(columns, rows)
	return "A" + strconv.Itoa(top) + ":" + corner, err
}

// patch adds something to the sheet's own part or, for ".rels", to the part of
// its relationships. Patches come in the order of their marks.
func (s *Sheet) patch(suffix string, p zipPatch) {
	part := s.part(suffix)
	s.book.patches[part] = append(s.book.patches[part], p)
}

// sheetFolder has the parts of all sheets.
const sheetFolder = "xl/worksheets/"

// part is the path of the sheet in the workbook, or of its relationships.
func (s *Sheet) part(suffix string) string {
	folder := sheetFolder
	if suffix != "" {
		folder += "_rels/"
	}
	return folder + "sheet" + strconv.Itoa(s.SheetID) + ".xml" + suffix
}
