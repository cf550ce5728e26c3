package marked

import (
	"slices"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
	"guestlist/report/xlsx"
)

// severities are all of them, the gravest first.
func severities() []batch.Severity {
	return []batch.Severity{batch.SeverityInvalid, batch.SeverityDuplicate, batch.SeverityWarning}
}

// rank is how grave a severity is: the gravest is 0.
func rank(s batch.Severity) int { return slices.Index(severities(), s) }

// red is the colour of what keeps a row from being sent.
const red = "A61B0C"

// look is how a severity shows.
type look struct {
	fill, font, border string
	// stroke is excelize's number of a border: 2 medium, 1 thin, 3 dashed.
	stroke       int
	bold, italic bool
}

// looks differ in lightness and their borders in kind, so that they can be told
// apart in grey and by every eye.
var looks = map[batch.Severity]look{
	batch.SeverityInvalid:   {fill: "F4B5A6", font: "6B1206", border: red, stroke: 2, bold: true},
	batch.SeverityDuplicate: {fill: "D6E4F5", font: "1F3864", border: "5B86C0", stroke: 1, italic: true},
	batch.SeverityWarning:   {fill: "FFF3BF", font: "5C4A00", border: "B58900", stroke: 3},
}

// styles are the identifiers of the styles that only a marked list has.
type styles struct {
	textsHeading int
	// cells and texts are by severity: a marked cell, and the texts of its row.
	cells, texts map[batch.Severity]int
	step, number int
}

// newStyles registers the styles of a book.
func newStyles(b *xlsx.Book) styles {
	right := &excelize.Alignment{Vertical: "top", Horizontal: "right"}
	s := styles{
		textsHeading: b.HeadingStyle(red),
		cells:        make(map[batch.Severity]int), texts: make(map[batch.Severity]int),
		step:   b.Style(excelize.Style{NumFmt: xlsx.AsText, Alignment: right, Font: &excelize.Font{Bold: true, Color: xlsx.Navy}}),
		number: b.Style(excelize.Style{NumFmt: 3, Alignment: right}), // #,##0
	}
	for _, severity := range severities() {
		l := looks[severity]
		s.cells[severity] = b.Style(excelize.Style{
			NumFmt: xlsx.AsText, Alignment: &excelize.Alignment{Vertical: "top"}, Fill: xlsx.Solid(l.fill), Border: box(l.border, l.stroke),
			Font: &excelize.Font{Color: l.font, Bold: l.bold, Italic: l.italic},
		})
		s.texts[severity] = b.Style(excelize.Style{
			NumFmt: xlsx.AsText, Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}, Fill: xlsx.Solid(l.fill),
			Font: &excelize.Font{Color: l.font},
		})
	}
	return s
}

// box is a border on all sides.
func box(colour string, stroke int) []excelize.Border {
	var sides []excelize.Border
	for _, side := range []string{"left", "top", "right", "bottom"} {
		sides = append(sides, excelize.Border{Type: side, Color: colour, Style: stroke})
	}
	return sides
}
