package handoff

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"guestlist/internal/text"
	"guestlist/report/celltext"
)

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
