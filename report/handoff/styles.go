package handoff

import "github.com/xuri/excelize/v2"

// asText is Excel's number format "@": what is typed into the cell stays a text.
const asText = 49

// timeFormat shows a time to the minute.
var timeFormat = "yyyy-mm-dd hh:mm"

// styles are the identifiers of the styles of a workbook.
type styles struct{ text, wrapped, link, time, number, heading, banner int }

// newStyles registers the styles. A sandbox has headings of its own colour.
func newStyles(f *excelize.File, sandbox bool) (styles, error) {
	colour := "1F3864"
	if sandbox {
		colour = "B45F06"
	}
	top := &excelize.Alignment{Vertical: "top"}
	middle := &excelize.Alignment{Vertical: "center"}
	wrap := &excelize.Alignment{Vertical: "top", WrapText: true}
	m := maker{f: f}
	s := styles{
		text:    m.add(excelize.Style{NumFmt: asText, Alignment: top}),
		wrapped: m.add(excelize.Style{NumFmt: asText, Alignment: wrap}),
		link:    m.add(excelize.Style{NumFmt: asText, Alignment: top, Font: &excelize.Font{Color: "0563C1", Underline: "single"}}),
		time:    m.add(excelize.Style{CustomNumFmt: &timeFormat, Alignment: &excelize.Alignment{Vertical: "top", Horizontal: "left"}}),
		number:  m.add(excelize.Style{Alignment: top}),
		heading: m.add(excelize.Style{NumFmt: asText, Alignment: middle, Font: &excelize.Font{Bold: true, Color: "FFFFFF"}, Fill: solid(colour)}),
		banner:  m.add(excelize.Style{Alignment: middle, Font: &excelize.Font{Bold: true, Size: 14, Color: "B45F06"}, Fill: solid("FFE699")}),
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
