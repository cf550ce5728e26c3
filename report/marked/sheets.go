package marked

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

const (
	// defaultSheet is the name of a list that has no sheet of its own, readme
	// that of the sheet that explains.
	defaultSheet = "List"
	readme       = "Read me"
	// maxSheetName is in UTF-16 units.
	maxSheetName = 31
)

// sheet is one sheet of the list: the first, or one that goes on where the one
// before is full. Each has the headings.
type sheet struct {
	*excelize.StreamWriter

	name     string
	rows     int
	comments []comment
	// heights are in points, of the rows that are not of the usual height, as
	// far as comments can cover them.
	heights map[int]float64
}

// open begins the next sheet with its headings. The first takes over the one
// that a new file begins with, which is the one that opens.
func (b *book) open() error {
	s := &sheet{name: sheetName(b.list.Sheet, len(b.sheets)+1), heights: map[int]float64{1: headingHeight}}
	var err error
	if len(b.sheets) == 0 {
		err = b.file.SetSheetName(b.file.GetSheetName(0), s.name)
	} else {
		_, err = b.file.NewSheet(s.name)
	}
	if err != nil {
		return err
	}
	if s.StreamWriter, err = b.stream(s.name, "landscape"); err != nil {
		return err
	}
	for i, width := range b.widths {
		if err := s.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
	}
	// Rows that people add below are texts as well.
	if err := s.SetColStyle(1, len(b.widths), b.styles.text); err != nil {
		return err
	}
	err = s.SetPanes(&excelize.Panes{
		Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft",
		Selection: []excelize.Selection{{SQRef: "A2", ActiveCell: "A2", Pane: "bottomLeft"}},
	})
	if err != nil {
		return err
	}
	b.sheets = append(b.sheets, s)
	s.rows = 1
	return s.SetRow("A1", b.headings(), excelize.RowOpts{Height: headingHeight})
}

// headings is the first row of every sheet of the list.
func (b *book) headings() []any {
	row := make([]any, len(b.columns.headings))
	for i, heading := range b.columns.headings {
		style := b.styles.heading
		if i == b.columns.words {
			style = b.styles.wordsHeading
		}
		row[i] = excelize.Cell{StyleID: style, Value: b.text(heading)}
	}
	return row
}

// stream makes a sheet print one page wide and opens it for writing.
func (b *book) stream(name, orientation string) (*excelize.StreamWriter, error) {
	if err := b.file.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: new(true)}); err != nil {
		return nil, err
	}
	// A new sheet claims to be one cell large; without the claim, readers count.
	if err := b.file.SetSheetDimension(name, ""); err != nil {
		return nil, err
	}
	layout := excelize.PageLayoutOptions{Orientation: &orientation, FitToWidth: new(1), FitToHeight: new(0)}
	if err := b.file.SetPageLayout(name, &layout); err != nil {
		return nil, err
	}
	margins := excelize.PageLayoutMarginsOptions{Left: new(0.4), Right: new(0.4), Top: new(0.6), Bottom: new(0.6), Header: new(0.3), Footer: new(0.3)}
	if err := b.file.SetPageMargins(name, &margins); err != nil {
		return nil, err
	}
	if err := b.file.SetHeaderFooter(name, &excelize.HeaderFooterOptions{OddFooter: "&L&A&RPage &P of &N"}); err != nil {
		return nil, err
	}
	return b.file.NewStreamWriter(name)
}

// add writes a row of the given height in points, 0 for the usual.
func (s *sheet) add(row []any, style int, height float64) error {
	return s.SetRow("A"+strconv.Itoa(s.rows), row, excelize.RowOpts{StyleID: style, Height: height})
}

// note remembers the height of the row being written, as long as the box of a
// comment can reach down to it.
func (s *sheet) note(height float64) {
	n := len(s.comments)
	if height != 0 && n > 0 && s.rows-s.comments[n-1].row <= boxMax/defaultRow {
		s.heights[s.rows] = height
	}
}

// close puts filter, printed headings and comments on the sheet.
func (b *book) close(s *sheet) error {
	last, err := excelize.CoordinatesToCellName(len(b.columns.headings), s.rows)
	if err != nil {
		return err
	}
	if err := b.file.AutoFilter(s.name, "A1:"+last, nil); err != nil {
		return err
	}
	titles := excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: "'" + s.name + "'!$1:$1", Scope: s.name}
	if err := b.file.SetDefinedName(&titles); err != nil {
		return err
	}
	if err := b.addComments(s); err != nil {
		return err
	}
	return s.Flush()
}

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
