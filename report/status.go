package report

import (
	"github.com/xuri/excelize/v2"

	"guestlist/batch"
	"guestlist/report/style"
)

// paint is how a status looks: in a cell, and in a chart.
type paint struct {
	fill, font string
	bold       bool
	chart      string
}

// paints tell the states apart for the colour-blind, too, and on grey paper by
// how dark they are: what needs care is bold, and failed stands out most. The
// colours of the charts are those of Okabe and Ito's palette for everybody.
var paints = map[batch.Status]paint{
	batch.Invited:     {fill: "D9F0E8", font: "00513A", chart: "009E73"},
	batch.Failed:      {fill: "F4A582", font: "5C1600", bold: true, chart: "D55E00"},
	batch.Invalid:     {fill: "F7C77E", font: "4A2C00", bold: true, chart: "E69F00"},
	batch.Duplicate:   {fill: "E4E4E4", font: "404040", chart: "999999"},
	batch.Unconfirmed: {fill: "F5EC8E", font: "4D4400", bold: true, chart: "F0E442"},
	batch.Pending:     {fill: "DCEDF9", font: "0B4569", chart: "56B4E9"},
}

// statuses registers a conditional format for each status.
func (m *maker) statuses(s *styles) {
	s.status = make(map[batch.Status]int)
	for _, status := range batch.Statuses() {
		if m.Err != nil {
			return
		}
		p := paints[status]
		s.status[status], m.Err = m.File.NewConditionalStyle(&excelize.Style{
			Fill: style.Solid(p.fill), Font: &excelize.Font{Color: p.font, Bold: p.bold},
		})
	}
}

// colourStatus colours the cells of a range by the status they hold, also after
// somebody wrote another one.
func (b *book) colourStatus(sheet, cells string) error {
	rules := make([]excelize.ConditionalFormatOptions, 0, len(paints))
	for _, status := range batch.Statuses() {
		rules = append(rules, excelize.ConditionalFormatOptions{
			Type: "cell", Criteria: "==", Value: `"` + string(status) + `"`, Format: new(b.styles.status[status]),
		})
	}
	return b.file.SetConditionalFormat(sheet, cells, rules)
}
