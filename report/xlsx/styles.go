package xlsx

import (
	"cmp"

	"github.com/xuri/excelize/v2"
)

// Colours of all workbooks, as RGB.
const (
	Navy  = "1F3864"
	Blue  = "2F5597"
	Amber = "B45F06"
	Sand  = "FFE699"
	Grey  = "595959"
	Rule  = "BFBFBF"
	White = "FFFFFF"
	// LinkBlue is the colour of links.
	LinkBlue = "0563C1"
)

// Number formats of Excel.
const (
	// AsText is "@": what is typed into the cell stays a text, so that a corrected
	// row cannot become a formula or lose its zeros.
	AsText = 49
	// Instant shows a point in time as people write it, whatever the country.
	Instant = "yyyy-mm-dd hh:mm:ss"
)

// Styles are the identifiers of the styles that all workbooks share.
type Styles struct {
	// Text is a cell of a list, Wrapped one of several lines, Link one with a link
	// behind it, Cut one whose text ends in sight where the cell ends.
	Text, Wrapped, Link, Cut int
	// Instant is a time, see [Serial].
	Instant int
	// Heading is over a column of a list.
	Heading int
	// Title and Section are over what people read from top to bottom, Prose is
	// the text below, which wraps.
	Title, Section, Prose int
	// TableName and TableFigures are headings of a small table in such a text.
	TableName, TableFigures int
}

// newStyles registers the styles that all workbooks share.
func (b *Book) newStyles() Styles {
	top := &excelize.Alignment{Vertical: "top"}
	middle := &excelize.Alignment{Vertical: "center"}
	wrap := &excelize.Alignment{Vertical: "top", WrapText: true}
	under := []excelize.Border{{Type: "bottom", Color: Rule, Style: 1}}
	strong := func() *excelize.Font { return &excelize.Font{Bold: true, Color: Grey} }
	colour := Navy
	if b.options.Sandbox {
		colour = Amber
	}
	return Styles{
		Text:         b.Style(excelize.Style{NumFmt: AsText, Alignment: top}),
		Wrapped:      b.Style(excelize.Style{NumFmt: AsText, Alignment: wrap}),
		Link:         b.Style(excelize.Style{NumFmt: AsText, Alignment: top, Font: &excelize.Font{Color: LinkBlue, Underline: "single"}}),
		Cut:          b.Style(excelize.Style{NumFmt: AsText, Alignment: &excelize.Alignment{Vertical: "top", Horizontal: "fill"}}),
		Instant:      b.Style(excelize.Style{CustomNumFmt: new(Instant), Alignment: &excelize.Alignment{Vertical: "top", Horizontal: "left"}}),
		Heading:      b.HeadingStyle(colour),
		Title:        b.Style(excelize.Style{Font: &excelize.Font{Bold: true, Size: 18, Color: Navy}, Alignment: middle}),
		Section:      b.Style(excelize.Style{Font: &excelize.Font{Bold: true, Size: 13, Color: Navy}, Alignment: middle}),
		Prose:        b.Style(excelize.Style{NumFmt: AsText, Alignment: wrap}),
		TableName:    b.Style(excelize.Style{Font: strong(), Border: under, Alignment: wrap}),
		TableFigures: b.Style(excelize.Style{Font: strong(), Border: under, Alignment: &excelize.Alignment{Vertical: "top", Horizontal: "right"}}),
	}
}

// Style registers a style in our typeface, of 11 points unless it has a size of
// its own, and returns its identifier. An error is kept for the next method of
// the book that returns one.
func (b *Book) Style(s excelize.Style) int {
	if b.err != nil {
		return 0
	}
	if s.Font == nil {
		s.Font = &excelize.Font{}
	}
	s.Font.Family, s.Font.Size = "Calibri", cmp.Or(s.Font.Size, 11)
	id, err := b.File.NewStyle(&s)
	b.err = err
	return id
}

// HeadingStyle registers the style of a heading on a ground of the given colour.
func (b *Book) HeadingStyle(colour string) int {
	return b.Style(excelize.Style{
		NumFmt: AsText, Fill: Solid(colour), Font: &excelize.Font{Bold: true, Color: White},
		Alignment: &excelize.Alignment{Vertical: "center"},
	})
}

// Solid fills a cell with one colour.
func Solid(colour string) excelize.Fill {
	return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{colour}}
}
