package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"guestlist/batch"
	"guestlist/batch/results"
	"guestlist/internal/assert"
)

// manyDomains is a batch of 12 domains with some failures.
func manyDomains() Results {
	var records []batch.Record
	for i := range 60 {
		rec := invited(i+2, fmt.Sprintf("a@d%02d.example", i%12), "a")
		if i%7 == 6 {
			rec = refused(i+2, fmt.Sprintf("a@d%02d.example", i%12), batch.Failed, "E", "a")
		}
		records = append(records, rec)
	}
	return Results{Columns: []string{"Email"}, Records: sequence(records...)}
}

func TestChartsShowTheTables(t *testing.T) {
	workbook := packed(t, manyDomains(), func(*book) {})
	parts := assert.Zip(t, workbook)
	r := &workbookRules{}
	var drawn []string
	for _, name := range []string{"xl/charts/chart1.xml", "xl/charts/chart2.xml"} {
		for _, f := range r.parse(name, parts[name]).all("f") {
			drawn = append(drawn, f.text)
		}
	}
	f := built(t, manyDomains(), func(*book) {})
	rows := rowsOf(t, f, results.SheetSummary)
	row := func(first string) int {
		return 1 + slices.IndexFunc(rows, func(row []string) bool { return len(row) > 0 && row[0] == first })
	}
	status, domain := row("Status"), row("Domain")
	want := []string{
		fmt.Sprintf("Summary!$B$%d", status), fmt.Sprintf("Summary!$A$%d:$A$%d", status+1, status+len(batch.Statuses())), fmt.Sprintf("Summary!$B$%d:$B$%d", status+1, status+len(batch.Statuses())),
	}
	for _, column := range []string{"C", "E"} { // invited and failed alone: there are no others
		want = append(want, fmt.Sprintf("Summary!$%s$%d", column, domain),
			fmt.Sprintf("Summary!$A$%d:$A$%d", domain+1, domain+10), fmt.Sprintf("Summary!$%s$%d:$%s$%d", column, domain+1, column, domain+10))
	}
	assert.Equal(t, "cells", drawn, want)
	if !strings.Contains(parts["xl/charts/chart2.xml"], "the 10 largest") {
		t.Error("the chart does not say that there are more domains")
	}
}

func TestChartsCoverNothing(t *testing.T) {
	workbook := packed(t, manyDomains(), func(*book) {})
	parts := assert.Zip(t, workbook)
	r := &workbookRules{}
	used := make(map[int]bool)
	for _, row := range r.parse("sheet", parts["xl/worksheets/sheet3.xml"]).all("row") {
		if len(row.nodes) > 0 {
			used[row.number("r")] = true
		}
	}
	drawing := r.parse("drawing", parts["xl/drawings/drawing1.xml"])
	edge := func(corner string, i int, what string) int {
		n, err := strconv.Atoi(drawing.all(corner)[i].all(what)[0].text)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for i := range 2 {
		for row := edge("from", i, "row") + 1; row <= edge("to", i, "row")+1; row++ {
			if used[row] {
				t.Errorf("chart %d covers row %d", i+1, row)
			}
		}
	}
	if edge("to", 0, "col") >= edge("from", 1, "col") && edge("to", 0, "colOff") > edge("from", 1, "colOff") {
		t.Error("the charts overlap")
	}
	if last := edge("to", 1, "col"); last > figures {
		t.Errorf("the charts reach column %d, beyond the page", last)
	}
}

func TestAListWithoutRowsHasNoCharts(t *testing.T) {
	for name := range assert.Zip(t, packed(t, Results{Columns: []string{"Email"}, Records: sequence()}, func(*book) {})) {
		if strings.Contains(name, "chart") {
			t.Error(name)
		}
	}
}
