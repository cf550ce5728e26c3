package report

import (
	"cmp"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
)

// Colours, as RGB.
const (
	navy  = "1F3864"
	blue  = "2F5597"
	amber = "B45F06"
	sand  = "FFE699"
	white = "FFFFFF"
	grey  = "595959"
	rule  = "BFBFBF"
)

// asText is Excel's number format "@": a value typed into the cell stays a
// text, so that a repaired row cannot become a formula or lose its zeros.
const asText = 49

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
	m := maker{f: f}
	s := styles{status: make(map[batch.Status]int)}
	m.cells(&s)
	m.statuses(&s)
	s.listHeading, s.resultHeading = m.heading(c.list), m.heading(c.result)
	m.summary(&s)
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
	s.Font.Family, s.Font.Size = "Calibri", cmp.Or(s.Font.Size, 11)
	id, err := m.f.NewStyle(&s)
	m.err = err
	return id
}

func (m *maker) cells(s *styles) {
	top := &excelize.Alignment{Vertical: "top"}
	s.text = m.add(excelize.Style{NumFmt: asText, Alignment: top})
	s.wrapped = m.add(excelize.Style{NumFmt: asText, Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}})
	s.number = m.add(excelize.Style{Alignment: &excelize.Alignment{Vertical: "top", Horizontal: "left"}})
	s.link = m.add(excelize.Style{NumFmt: asText, Alignment: top, Font: &excelize.Font{Color: "0563C1", Underline: "single"}})
	s.instant = m.add(excelize.Style{CustomNumFmt: &dateTime, Alignment: &excelize.Alignment{Vertical: "top", Horizontal: "left"}})
}

func (m *maker) heading(colour string) int {
	return m.add(excelize.Style{
		NumFmt: asText, Fill: solid(colour), Font: &excelize.Font{Bold: true, Color: white},
		Alignment: &excelize.Alignment{Vertical: "center"},
	})
}

func (m *maker) summary(s *styles) {
	middle := &excelize.Alignment{Vertical: "center"}
	s.banner = m.add(excelize.Style{Font: &excelize.Font{Bold: true, Size: 40, Color: amber}, Fill: solid(sand), Alignment: &excelize.Alignment{Vertical: "center", Horizontal: "left", Indent: 1}})
	s.bannerNote = m.add(excelize.Style{Font: &excelize.Font{Bold: true, Size: 14, Color: amber}, Fill: solid(sand), Alignment: &excelize.Alignment{Vertical: "top", Horizontal: "left", Indent: 1}})
	s.lead = m.add(excelize.Style{Font: &excelize.Font{Size: 12}, Alignment: middle})
	s.title = m.add(excelize.Style{Font: &excelize.Font{Bold: true, Size: 18, Color: navy}, Alignment: middle})
	s.section = m.add(excelize.Style{Font: &excelize.Font{Bold: true, Size: 13, Color: navy}, Alignment: middle})
	s.label = m.add(excelize.Style{Font: &excelize.Font{Color: grey}, Alignment: &excelize.Alignment{Vertical: "top"}})

	words := &excelize.Alignment{Vertical: "top", WrapText: true}
	indented := &excelize.Alignment{Vertical: "top", Horizontal: "left", WrapText: true, Indent: 1}
	s.name = m.add(excelize.Style{NumFmt: asText, Alignment: words})
	s.value = m.add(excelize.Style{NumFmt: asText, Alignment: indented})
	s.note = m.add(excelize.Style{Font: &excelize.Font{Color: grey}, Alignment: indented})

	figures := &excelize.Alignment{Vertical: "top", Horizontal: "right"}
	under := []excelize.Border{{Type: "bottom", Color: rule, Style: 1}}
	over := []excelize.Border{{Type: "top", Color: rule, Style: 1}}
	strong := func() *excelize.Font { return &excelize.Font{Bold: true, Color: grey} }
	s.tableName = m.add(excelize.Style{Font: strong(), Border: under, Alignment: words})
	s.tableWords = m.add(excelize.Style{Font: strong(), Border: under, Alignment: indented})
	s.tableFigures = m.add(excelize.Style{Font: strong(), Border: under, Alignment: figures})
	s.count = m.add(excelize.Style{CustomNumFmt: &counted, Alignment: figures})
	s.totalName = m.add(excelize.Style{Font: &excelize.Font{Bold: true}, Border: over, Alignment: words})
	s.total = m.add(excelize.Style{CustomNumFmt: &counted, Font: &excelize.Font{Bold: true}, Border: over, Alignment: figures})
}

func solid(colour string) excelize.Fill {
	return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{colour}}
}
