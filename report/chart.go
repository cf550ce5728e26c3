package report

import (
	"fmt"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
	"guestlist/batch/results"
	"guestlist/report/xlsx"
)

// The charts are side by side in rows of their own, so that they cover
// nothing. Sizes are in pixels: a row has 20, the columns some 930 in all.
const (
	chartRows   = 15
	chartHeight = 20*chartRows - 8
	roundWidth  = 352
	barsWidth   = 565
	// chartDomains is how many domains a chart can show.
	chartDomains = 10
)

// addCharts draws the tables: how many rows each status has, and the same for
// the largest domains.
func (b *book) addCharts(at int, states, domains rows) error {
	round := b.statusChart(states)
	if err := b.File.AddChart(results.SheetSummary, fmt.Sprintf("A%d", at), round); err != nil {
		return err
	}
	bars := b.domainChart(domains)
	return b.File.AddChart(results.SheetSummary, fmt.Sprintf("C%d", at), bars)
}

// statusChart is a ring with a piece for each status.
func (b *book) statusChart(states rows) *excelize.Chart {
	points := make([]excelize.ChartDataPoint, 0, len(paints))
	for i, status := range batch.Statuses() {
		points = append(points, excelize.ChartDataPoint{Index: i, Fill: xlsx.Solid(paints[status].chart)})
	}
	return &excelize.Chart{
		Type: excelize.Doughnut, HoleSize: 55,
		Series: []excelize.ChartSeries{{
			Name:       cells("B", rows{states.from - 1, states.from - 1}),
			Categories: cells("A", states), Values: cells("B", states), DataPoint: points,
		}},
		Title:     chartTitle("Rows by status"),
		Legend:    excelize.ChartLegend{Position: "right", Font: &chartFont},
		PlotArea:  excelize.ChartPlotArea{ShowVal: true, NumFmt: excelize.ChartNumFmt{CustomNumFmt: chartNumber}},
		Dimension: excelize.ChartDimension{Width: roundWidth, Height: chartHeight},
		Format:    chartFormat("Status chart", "The rows of the list by status, as in the table above", 0),
	}
}

// domainChart has a bar for each of the first domains, in pieces by status.
func (b *book) domainChart(domains rows) *excelize.Chart {
	top := rows{domains.from, min(domains.to, domains.from+chartDomains-1)}
	chart := &excelize.Chart{
		Type:      excelize.BarStacked,
		Title:     chartTitle("Rows by domain"),
		Legend:    excelize.ChartLegend{Position: "bottom", Font: &chartFont},
		XAxis:     excelize.ChartAxis{ReverseOrder: true, Font: chartFont},
		YAxis:     excelize.ChartAxis{None: true},
		PlotArea:  excelize.ChartPlotArea{ShowVal: true, NumFmt: excelize.ChartNumFmt{CustomNumFmt: chartNumber}},
		GapWidth:  new(uint(40)),
		Dimension: excelize.ChartDimension{Width: barsWidth, Height: chartHeight},
		Format:    chartFormat("Domain chart", "The rows of the largest domains by status, as in the table below", 20),
	}
	if domains.to > top.to {
		chart.Title = chartTitle(fmt.Sprintf("Rows by domain, the %d largest", chartDomains))
	}
	for i, status := range batch.Statuses() {
		if b.tally.Counts[status] == 0 {
			continue
		}
		column := string(rune('C' + i))
		chart.Series = append(chart.Series, excelize.ChartSeries{
			Name:       cells(column, rows{domains.from - 1, domains.from - 1}),
			Categories: cells("A", top), Values: cells(column, top), Fill: xlsx.Solid(paints[status].chart),
		})
	}
	return chart
}

// chartFont is that of names and figures.
var chartFont = excelize.Font{Size: 9, Color: "262626"}

// chartNumber leaves a zero out.
const chartNumber = "#,##0;;"

func chartTitle(text string) excelize.ChartTitle {
	return excelize.ChartTitle{Paragraph: []excelize.RichTextRun{{
		Text: text, Font: &excelize.Font{Bold: true, Size: 12, Color: xlsx.Navy},
	}}}
}

// chartFormat names a chart for those who cannot see it. A chart moves with its
// rows, and keeps its size.
func chartFormat(name, words string, offset int) excelize.GraphicOptions {
	return excelize.GraphicOptions{Name: name, AltText: words, OffsetX: offset, OffsetY: 4, Positioning: "oneCell"}
}

// cells names some cells of a column of the summary.
func cells(column string, r rows) string {
	if r.from == r.to {
		return fmt.Sprintf("%s!$%s$%d", results.SheetSummary, column, r.from)
	}
	return fmt.Sprintf("%s!$%s$%d:$%s$%d", results.SheetSummary, column, r.from, column, r.to)
}
