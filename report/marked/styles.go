package marked

import (
	"github.com/xuri/excelize/v2"

	"guestlist/report/style"
)

// Colours, as RGB.
const (
	navy = "1F3864"
	grey = "595959"
	line = "A6A6A6"
)

// look is how a severity shows. The colours differ in lightness and the borders
// in kind, so that they can be told apart in grey and by every eye.
type look struct {
	fill, font, border string
	// stroke is excelize's number of a border: 2 medium, 1 thin, 3 dashed.
	stroke       int
	bold, italic bool
}

func (s Severity) look() look {
	switch s {
	case Invalid:
		return look{fill: "F4B5A6", font: "6B1206", border: "A61B0C", stroke: 2, bold: true}
	case Duplicate:
		return look{fill: "D6E4F5", font: "1F3864", border: "5B86C0", stroke: 1, italic: true}
	case Warning:
		return look{fill: "FFF3BF", font: "5C4A00", border: "B58900", stroke: 3}
	default:
		return look{}
	}
}

// styles are the identifiers of the styles of a workbook.
type styles struct {
	text, heading, wordsHeading int
	// cells and words are by severity: a marked cell, and its row's words.
	cells, words map[Severity]int

	title, section, prose, step, name, number, tableName, tableNumber int
}

// newStyles registers all styles.
func newStyles(f *excelize.File) (styles, error) {
	m := maker{style.Maker{File: f}}
	s := styles{cells: make(map[Severity]int), words: make(map[Severity]int)}
	top := &excelize.Alignment{Vertical: "top"}
	wrapped := &excelize.Alignment{Vertical: "top", WrapText: true}
	s.text = m.Add(excelize.Style{NumFmt: style.AsText, Alignment: top})
	s.heading = m.Heading(navy)
	s.wordsHeading = m.Heading("A61B0C")
	for _, severity := range severities() {
		l := severity.look()
		s.cells[severity] = m.Add(excelize.Style{
			NumFmt: style.AsText, Alignment: top, Fill: style.Solid(l.fill), Border: box(l.border, l.stroke),
			Font: &excelize.Font{Color: l.font, Bold: l.bold, Italic: l.italic},
		})
		s.words[severity] = m.Add(excelize.Style{NumFmt: style.AsText, Alignment: wrapped, Fill: style.Solid(l.fill), Font: &excelize.Font{Color: l.font}})
	}
	m.readme(&s)
	return s, m.Err
}

// maker registers the styles of a workbook.
type maker struct{ style.Maker }

// readme registers the styles of the sheet that explains.
func (m *maker) readme(s *styles) {
	words := &excelize.Alignment{Vertical: "top", WrapText: true}
	figures := &excelize.Alignment{Vertical: "top", Horizontal: "right"}
	under := []excelize.Border{{Type: "bottom", Color: line, Style: 1}}
	strong := func() *excelize.Font { return &excelize.Font{Bold: true, Color: grey} }
	s.title = m.Add(excelize.Style{Font: &excelize.Font{Bold: true, Size: 18, Color: navy}})
	s.section = m.Add(excelize.Style{Font: &excelize.Font{Bold: true, Size: 13, Color: navy}, Alignment: &excelize.Alignment{Vertical: "center"}})
	s.prose = m.Add(excelize.Style{NumFmt: style.AsText, Alignment: words})
	s.step = m.Add(excelize.Style{NumFmt: style.AsText, Alignment: &excelize.Alignment{Vertical: "top", Horizontal: "right"}, Font: &excelize.Font{Bold: true, Color: navy}})
	s.name = m.Add(excelize.Style{NumFmt: style.AsText, Alignment: words})
	s.number = m.Add(excelize.Style{NumFmt: 3, Alignment: figures}) // #,##0
	s.tableName = m.Add(excelize.Style{Font: strong(), Border: under, Alignment: words})
	s.tableNumber = m.Add(excelize.Style{Font: strong(), Border: under, Alignment: figures})
}

// box is a border on all sides.
func box(colour string, stroke int) []excelize.Border {
	var sides []excelize.Border
	for _, side := range []string{"left", "top", "right", "bottom"} {
		sides = append(sides, excelize.Border{Type: side, Color: colour, Style: stroke})
	}
	return sides
}
