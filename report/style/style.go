// Package style is how all workbooks of guestlist look alike: one typeface,
// headings of one kind, values that stay texts.
package style

import (
	"cmp"

	"github.com/xuri/excelize/v2"
)

// AsText is Excel's number format "@": what is typed into the cell stays a
// text, so that a mended row cannot become a formula or lose its zeros.
const AsText = 49

// White is the colour of headings, as RGB.
const White = "FFFFFF"

// Maker registers styles in a workbook and keeps the first error.
type Maker struct {
	File *excelize.File
	// Err is set once a style could not be registered; Add does nothing then.
	Err error
}

// Add registers a style in our typeface, of 11 points unless it has a size of
// its own, and returns its identifier.
func (m *Maker) Add(s excelize.Style) int {
	if m.Err != nil {
		return 0
	}
	if s.Font == nil {
		s.Font = &excelize.Font{}
	}
	s.Font.Family, s.Font.Size = "Calibri", cmp.Or(s.Font.Size, 11)
	id, err := m.File.NewStyle(&s)
	m.Err = err
	return id
}

// Heading registers the style of a heading on a ground of the given colour.
func (m *Maker) Heading(colour string) int {
	return m.Add(excelize.Style{
		NumFmt: AsText, Fill: Solid(colour), Font: &excelize.Font{Bold: true, Color: White},
		Alignment: &excelize.Alignment{Vertical: "center"},
	})
}

// Solid fills a cell with one colour.
func Solid(colour string) excelize.Fill {
	return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{colour}}
}
