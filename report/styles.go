package report

import (
	"github.com/xuri/excelize/v2"

	"guestlist/batch"
	"guestlist/report/xlsx"
)

// counted shows thousands with commas and a zero as a dash.
const counted = `#,##0;-#,##0;"–"`

// styles are the identifiers of the styles that only a results workbook has.
type styles struct {
	number, resultHeading int
	// struckOut is a redeem URL that does not work any more, uncertainLink and
	// uncertain are one that may not, with a link behind it and without.
	struckOut, uncertainLink, uncertain int
	// status are the identifiers of conditional formats.
	status map[batch.Status]int

	banner, bannerNote, lead, label, value, note int
	tableWords, count, totalName, total          int
}

// newStyles registers the styles of a book; headings of the result columns have
// the given colour.
func newStyles(b *xlsx.Book, headings string) (styles, error) {
	top := &excelize.Alignment{Vertical: "top"}
	left := &excelize.Alignment{Vertical: "top", Horizontal: "left"}
	wrap := &excelize.Alignment{Vertical: "top", WrapText: true}
	indented := &excelize.Alignment{Vertical: "top", Horizontal: "left", WrapText: true, Indent: 1}
	figures := &excelize.Alignment{Vertical: "top", Horizontal: "right"}
	under := []excelize.Border{{Type: "bottom", Color: xlsx.Rule, Style: 1}}
	over := []excelize.Border{{Type: "top", Color: xlsx.Rule, Style: 1}}
	s := styles{
		number:        b.Style(excelize.Style{Alignment: left}),
		resultHeading: b.HeadingStyle(headings),
		struckOut:     b.Style(excelize.Style{NumFmt: xlsx.AsText, Alignment: top, Font: &excelize.Font{Color: xlsx.Grey, Strike: true}}),
		uncertainLink: b.Style(excelize.Style{NumFmt: xlsx.AsText, Alignment: top, Font: &excelize.Font{Color: xlsx.LinkBlue, Underline: "single", Italic: true}}),
		uncertain:     b.Style(excelize.Style{NumFmt: xlsx.AsText, Alignment: top, Font: &excelize.Font{Italic: true}}),
		status:        make(map[batch.Status]int),

		banner:     b.Style(excelize.Style{Font: &excelize.Font{Bold: true, Size: 40, Color: xlsx.Amber}, Fill: xlsx.Solid(xlsx.Sand), Alignment: &excelize.Alignment{Vertical: "center", Horizontal: "left", Indent: 1}}),
		bannerNote: b.Style(excelize.Style{Font: &excelize.Font{Bold: true, Size: 14, Color: xlsx.Amber}, Fill: xlsx.Solid(xlsx.Sand), Alignment: &excelize.Alignment{Vertical: "top", Horizontal: "left", Indent: 1}}),
		lead:       b.Style(excelize.Style{Font: &excelize.Font{Size: 12}, Alignment: &excelize.Alignment{Vertical: "center"}}),
		label:      b.Style(excelize.Style{Font: &excelize.Font{Color: xlsx.Grey}, Alignment: &excelize.Alignment{Vertical: "top"}}),
		value:      b.Style(excelize.Style{NumFmt: xlsx.AsText, Alignment: indented}),
		note:       b.Style(excelize.Style{Font: &excelize.Font{Color: xlsx.Grey}, Alignment: indented}),
		tableWords: b.Style(excelize.Style{Font: &excelize.Font{Bold: true, Color: xlsx.Grey}, Border: under, Alignment: indented}),
		count:      b.Style(excelize.Style{CustomNumFmt: new(counted), Alignment: figures}),
		totalName:  b.Style(excelize.Style{Font: &excelize.Font{Bold: true}, Border: over, Alignment: wrap}),
		total:      b.Style(excelize.Style{CustomNumFmt: new(counted), Font: &excelize.Font{Bold: true}, Border: over, Alignment: figures}),
	}
	for _, status := range batch.Statuses() {
		p := paints[status]
		id, err := b.File.NewConditionalStyle(&excelize.Style{
			Fill: xlsx.Solid(p.fill), Font: &excelize.Font{Color: p.font, Bold: p.bold},
		})
		if err != nil {
			return s, err
		}
		s.status[status] = id
	}
	return s, nil
}

// paint is how a status looks: in a cell, and in a chart.
type paint struct {
	fill, font string
	bold       bool
	chart      string
}

// paints tell the states apart for the colour-blind, too, and on grey paper by
// how dark they are: what needs attention is bold, and failed stands out most.
// The colours of the charts are those of Okabe and Ito's palette, which all eyes
// can tell apart.
var paints = map[batch.Status]paint{
	batch.Invited:     {fill: "D9F0E8", font: "00513A", chart: "009E73"},
	batch.Existing:    {fill: "EDF6E2", font: "37541A", chart: "0072B2"},
	batch.Removed:     {fill: "EFE1EA", font: "5A2F4B", chart: "CC79A7"},
	batch.Failed:      {fill: "F4A582", font: "5C1600", bold: true, chart: "D55E00"},
	batch.Invalid:     {fill: "F7C77E", font: "4A2C00", bold: true, chart: "E69F00"},
	batch.Duplicate:   {fill: "E4E4E4", font: "404040", chart: "999999"},
	batch.Unconfirmed: {fill: "F5EC8E", font: "4D4400", bold: true, chart: "F0E442"},
	batch.Pending:     {fill: "DCEDF9", font: "0B4569", chart: "56B4E9"},
}

// colourStatus colours the cells of a range by the status they hold, also after
// people wrote another one.
func (b *book) colourStatus(sheet, cells string) error {
	rules := make([]excelize.ConditionalFormatOptions, 0, len(paints))
	for _, status := range batch.Statuses() {
		rules = append(rules, excelize.ConditionalFormatOptions{
			Type: "cell", Criteria: "==", Value: `"` + string(status) + `"`, Format: new(b.styles.status[status]),
		})
	}
	return b.File.SetConditionalFormat(sheet, cells, rules)
}
