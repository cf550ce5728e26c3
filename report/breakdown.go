package report

import (
	"github.com/xuri/excelize/v2"

	"guestlist/batch"
)

// domains lists them, and returns where.
func (p *summary) domains(domains []domain) rows {
	columns := []string{"Rows"}
	for _, status := range batch.Statuses() {
		columns = append(columns, string(status))
	}
	p.section("By domain")
	p.tableHeading("Domain", columns, nil)
	at := rows{p.row + 1, p.row + len(domains)}
	for _, d := range domains {
		row := []any{
			excelize.Cell{StyleID: p.styles.name, Value: cellText(d.name)},
			excelize.Cell{StyleID: p.styles.count, Value: d.counts.Rows()},
		}
		for _, status := range batch.Statuses() {
			row = append(row, excelize.Cell{StyleID: p.styles.count, Value: d.counts[status]})
		}
		p.line(linesHigh(d.name, nameWidth), row)
	}
	return at
}

// errors lists what went wrong, with the first row that met it as an example.
func (p *summary) errors(failures []*failure) {
	if len(failures) == 0 {
		return
	}
	p.section("By error")
	p.tableHeading("Error Code", []string{"Rows"}, map[int]string{2: "Example", 5: "Advice"})
	for _, e := range failures {
		height := max(linesHigh(e.code, nameWidth), linesHigh(e.example, 3*figureWidth), linesHigh(e.advice, 3*figureWidth))
		p.line(height, []any{
			excelize.Cell{StyleID: p.styles.name, Value: cellText(e.code)},
			excelize.Cell{StyleID: p.styles.count, Value: e.rows},
		}, span{2, 4, e.example, p.styles.value}, span{5, figures, e.advice, p.styles.value})
	}
}
