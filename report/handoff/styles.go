package handoff

import (
	"github.com/xuri/excelize/v2"

	"guestlist/report/style"
)

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
