package handoff

import "github.com/xuri/excelize/v2"

// asText is Excel's number format "@": what is typed into the cell stays a text.
const asText = 49

// timeFormat shows a time to the minute.
var timeFormat = "yyyy-mm-dd hh:mm"

// styles are the identifiers of the styles of a workbook.
type styles struct{ text, wrapped, link, cut, time, heading, banner int }

// Colours, as RGB.
const (
	navy  = "1F3864"
	amber = "B45F06"
	sand  = "FFE699"
	white = "FFFFFF"
	blue  = "0563C1"
)

// newStyles registers the styles, with headings of the given colour.
func newStyles(f *excelize.File, colour string) (styles, error) {
	top := &excelize.Alignment{Vertical: "top"}
	middle := &excelize.Alignment{Vertical: "center"}
	wrap := &excelize.Alignment{Vertical: "top", WrapText: true}
	m := maker{f: f}
	s := styles{
		text:    m.add(excelize.Style{NumFmt: asText, Alignment: top}),
		wrapped: m.add(excelize.Style{NumFmt: asText, Alignment: wrap}),
		link:    m.add(excelize.Style{NumFmt: asText, Alignment: top, Font: &excelize.Font{Color: blue, Underline: "single"}}),
		cut:     m.add(excelize.Style{NumFmt: asText, Alignment: &excelize.Alignment{Vertical: "top", Horizontal: "fill"}}),
		time:    m.add(excelize.Style{CustomNumFmt: &timeFormat, Alignment: &excelize.Alignment{Vertical: "top", Horizontal: "left"}}),
		heading: m.add(excelize.Style{NumFmt: asText, Alignment: middle, Font: &excelize.Font{Bold: true, Color: white}, Fill: solid(colour)}),
		banner:  m.add(excelize.Style{Alignment: middle, Font: &excelize.Font{Bold: true, Size: 14, Color: amber}, Fill: solid(sand)}),
	}
	return s, m.err
}

// maker registers styles and keeps the first error.
type maker struct {
	f   *excelize.File
	err error
}

func (m *maker) add(s excelize.Style) int {
	if m.err != nil {
		return 0
	}
	if s.Font == nil {
		s.Font = &excelize.Font{}
	}
	if s.Font.Size == 0 {
		s.Font.Size = 11
	}
	s.Font.Family = "Calibri"
	id, err := m.f.NewStyle(&s)
	m.err = err
	return id
}

func solid(colour string) excelize.Fill {
	return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{colour}}
}
