package report

import (
	"github.com/xuri/excelize/v2"

	"guestlist/batch"
	"guestlist/report/style"
)

// Colours, as RGB.
const (
	navy  = "1F3864"
	blue  = "2F5597"
	amber = "B45F06"
	sand  = "FFE699"
	grey  = "595959"
	rule  = "BFBFBF"
)

// dateTime shows a point in time as people write it down, whatever the country.
var dateTime = "yyyy-mm-dd hh:mm:ss"

// counted shows thousands with commas and a zero as a dash.
var counted = `#,##0;-#,##0;"–"`

// styles are the identifiers of the styles of a workbook.
type styles struct {
	text, wrapped, number, link, instant int
	listHeading, resultHeading           int
	// status are the identifiers of conditional formats.
	status map[batch.Status]int

	banner, bannerNote, title, lead                              int
	section, label, name, value, note                            int
	tableName, tableWords, tableFigures, count, totalName, total int
}

// headingColours are those of the list's headings and of ours.
type headingColours struct{ list, result string }

// newStyles registers all styles.
func newStyles(f *excelize.File, c headingColours) (styles, error) {
	m := maker{style.Maker{File: f}}
	s := styles{status: make(map[batch.Status]int)}
	m.cells(&s)
	m.statuses(&s)
	s.listHeading, s.resultHeading = m.Heading(c.list), m.Heading(c.result)
	m.summary(&s)
	return s, m.Err
}

// maker registers the styles of a workbook.
type maker struct{ style.Maker }

func (m *maker) cells(s *styles) {
	top := &excelize.Alignment{Vertical: "top"}
	s.text = m.Add(excelize.Style{NumFmt: style.AsText, Alignment: top})
	s.wrapped = m.Add(excelize.Style{NumFmt: style.AsText, Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}})
	s.number = m.Add(excelize.Style{Alignment: &excelize.Alignment{Vertical: "top", Horizontal: "left"}})
	s.link = m.Add(excelize.Style{NumFmt: style.AsText, Alignment: top, Font: &excelize.Font{Color: "0563C1", Underline: "single"}})
	s.instant = m.Add(excelize.Style{CustomNumFmt: &dateTime, Alignment: &excelize.Alignment{Vertical: "top", Horizontal: "left"}})
}

func (m *maker) summary(s *styles) {
	middle := &excelize.Alignment{Vertical: "center"}
	s.banner = m.Add(excelize.Style{Font: &excelize.Font{Bold: true, Size: 40, Color: amber}, Fill: style.Solid(sand), Alignment: &excelize.Alignment{Vertical: "center", Horizontal: "left", Indent: 1}})
	s.bannerNote = m.Add(excelize.Style{Font: &excelize.Font{Bold: true, Size: 14, Color: amber}, Fill: style.Solid(sand), Alignment: &excelize.Alignment{Vertical: "top", Horizontal: "left", Indent: 1}})
	s.lead = m.Add(excelize.Style{Font: &excelize.Font{Size: 12}, Alignment: middle})
	s.title = m.Add(excelize.Style{Font: &excelize.Font{Bold: true, Size: 18, Color: navy}, Alignment: middle})
	s.section = m.Add(excelize.Style{Font: &excelize.Font{Bold: true, Size: 13, Color: navy}, Alignment: middle})
	s.label = m.Add(excelize.Style{Font: &excelize.Font{Color: grey}, Alignment: &excelize.Alignment{Vertical: "top"}})

	words := &excelize.Alignment{Vertical: "top", WrapText: true}
	indented := &excelize.Alignment{Vertical: "top", Horizontal: "left", WrapText: true, Indent: 1}
	s.name = m.Add(excelize.Style{NumFmt: style.AsText, Alignment: words})
	s.value = m.Add(excelize.Style{NumFmt: style.AsText, Alignment: indented})
	s.note = m.Add(excelize.Style{Font: &excelize.Font{Color: grey}, Alignment: indented})

	figures := &excelize.Alignment{Vertical: "top", Horizontal: "right"}
	under := []excelize.Border{{Type: "bottom", Color: rule, Style: 1}}
	over := []excelize.Border{{Type: "top", Color: rule, Style: 1}}
	strong := func() *excelize.Font { return &excelize.Font{Bold: true, Color: grey} }
	s.tableName = m.Add(excelize.Style{Font: strong(), Border: under, Alignment: words})
	s.tableWords = m.Add(excelize.Style{Font: strong(), Border: under, Alignment: indented})
	s.tableFigures = m.Add(excelize.Style{Font: strong(), Border: under, Alignment: figures})
	s.count = m.Add(excelize.Style{CustomNumFmt: &counted, Alignment: figures})
	s.totalName = m.Add(excelize.Style{Font: &excelize.Font{Bold: true}, Border: over, Alignment: words})
	s.total = m.Add(excelize.Style{CustomNumFmt: &counted, Font: &excelize.Font{Bold: true}, Border: over, Alignment: figures})
}
