package report

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"guestlist/batch"
	"guestlist/internal/secret"
)

// hard is a batch with what makes workbooks invalid: odd headings, rows longer
// than the headings, long texts, links that are none, and all statuses.
func hard() Results {
	columns := []string{"Email", "email", "", "E-mail\naddress", "_x0041_", "a\r\nb\x00", "  ", "Column3", strings.Repeat("x", 300), "<&\"'>", "Invited At"}
	records := []batch.Record{
		invited(2, "a@x.example", "a@x.example", "=1+1"),
		invited(3, "b@x.example", append(make([]string, len(columns)), "beyond", "", "far\x01 beyond")...),
		invited(4, "c@x.example", strings.Repeat("ü😀", 30_000)),
	}
	records[1].Outcome.RedeemURL = secret.New("https://x.example/no link")
	for i, status := range batch.Statuses() {
		records = append(records, refused(i+5, fmt.Sprintf("r%d@y.example", i), status, fmt.Sprint("E", i%3), "", strings.Repeat("word ", 50)))
	}
	return Results{Columns: columns, Records: sequence(records...), Summary: batch.RunFacts{
		Tool: "guestlist 1", Tenant: "t", List: `C:\lists\<partners>&.xlsx`, Started: noon, Ended: noon, Settings: map[string]string{"message": "a\nb"},
	}}
}

func TestWorkbooksAreValid(t *testing.T) {
	empty := Results{Columns: []string{"Email"}, Records: sequence()}
	simulated := hard()
	simulated.Summary.Sandbox = true
	var list []batch.Record
	for i := range 9 {
		list = append(list, refused(i+2, "a@x.example", batch.Failed, "E", fmt.Sprint(i)))
		list[i].Outcome.RedeemURL = secret.New(fmt.Sprintf("https://x.example/?a=1&b=%d", i))
	}
	long := Results{Columns: []string{"Email"}, Records: sequence(list...)}
	tests := map[string]struct {
		results Results
		limit   func(*book)
	}{
		"hard":                      {hard(), func(*book) {}},
		"no rows":                   {empty, func(*book) {}},
		"no columns":                {Results{Records: sequence()}, func(*book) {}},
		"sandbox":                   {simulated, func(*book) {}},
		"few links":                 {long, func(b *book) { b.results.maxLinks, b.failed.maxLinks = 1, 0 }},
		"many sheets":               {long, func(b *book) { b.results.maxRows, b.failed.maxRows = 4, 3 }},
		"one row on the last sheet": {long, func(b *book) { b.results.maxRows = 9 }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { valid(t, name, packed(t, test.results, test.limit)) })
	}
}

// TestTheRulesFindABreach breaks every rule once.
func TestTheRulesFindABreach(t *testing.T) {
	const sheet, rels, table = "xl/worksheets/sheet1.xml", "xl/worksheets/_rels/sheet1.xml.rels", "xl/tables/table1.xml"
	whole := unzipped(t, packed(t, hard(), func(*book) {}))
	tests := map[string]struct{ part, old, by, breach string }{
		"cut off":               {sheet, "</worksheet>", "", "no XML"},
		"control character":     {sheet, "=1+1", "\x01", "no XML"},
		"attribute twice":       {sheet, `<row r="2"`, `<row r="2" r="2"`, "twice"},
		"no content type":       {"[Content_Types].xml", `PartName="/xl/tables/table1.xml"`, `PartName="/xl/tables/table9.xml"`, "table1.xml has no content type"},
		"content type of none":  {"[Content_Types].xml", `PartName="/xl/tables/table1.xml"`, `PartName="/xl/tables/table9.xml"`, "no part xl/tables/table9.xml"},
		"content type twice":    {"[Content_Types].xml", "/xl/tables/table1.xml", "/xl/tables/table2.xml", "two content types"},
		"relationship twice":    {rels, `Id="link2"`, `Id="link1"`, "two relationships"},
		"target of none":        {rels, "table1.xml", "table7.xml", "no part xl/tables/table7.xml"},
		"id of none":            {sheet, `r:id="link2"`, `r:id="link9"`, "names the relationship link9"},
		"address of none":       {rels, `Target="https://login`, `Target="https:// login`, "Excel cannot open"},
		"address too long":      {rels, `Target="https://login`, `Target="https://login` + strings.Repeat("x", 2079), "Excel cannot open"},
		"sheets of one name":    {"xl/workbook.xml", `name="Failed"`, `name="RESULTS"`, "two sheets"},
		"sheets of one id":      {"xl/workbook.xml", `sheetId="2"`, `sheetId="1"`, "two sheet ids"},
		"long name of a sheet":  {"xl/workbook.xml", `name="Failed"`, `name="` + strings.Repeat("F", 32) + `"`, "cannot be called"},
		"name like a table":     {"xl/workbook.xml", `name="_xlnm.Print_Titles"`, `name="results"`, "is a table's"},
		"order of elements":     {sheet, "<pageMargins", "<mergeCells/><pageMargins", "<mergeCells> stands in the wrong place"},
		"links after margins":   {sheet, "<hyperlinks>", "<pageSetup/><hyperlinks>", "<hyperlinks> stands in the wrong place"},
		"element twice":         {sheet, "<ignoredErrors>", "<ignoredErrors/><ignoredErrors>", "<ignoredErrors> stands in the wrong place"},
		"unknown element":       {sheet, "<sheetViews>", "<sheetView/><sheetViews>", "<sheetView> stands in the wrong place"},
		"dimension":             {sheet, `<dimension ref="A1:`, `<dimension ref="A2:`, "the dimension is"},
		"rows out of order":     {sheet, `<row r="3"`, `<row r="2"`, "row 2 follows row 2"},
		"too many rows":         {sheet, `<row r="10"`, `<row r="1048577"`, "row 1048577 follows"},
		"cells out of order":    {sheet, `r="B2"`, `r="A2"`, "cell A2 stands in the wrong place"},
		"style of none":         {sheet, `r="B2" s="1"`, `r="B2" s="99"`, "cell B2 has no style"},
		"format of none":        {sheet, `dxfId="0"`, `dxfId="6"`, "no format 6"},
		"long text":             {sheet, "=1+1", strings.Repeat("x", 32_768), "the text of cell B2 is too long"},
		"long formula":          {sheet, "</row>", `<c r="XFD1"><f>` + strings.Repeat("1", 8193) + "</f></c></row>", "the formula of cell XFD1 is too long"},
		"no links":              {sheet, "<ignoredErrors>", "<hyperlinks></hyperlinks><ignoredErrors>", "0 links"},
		"too many links":        {sheet, "</hyperlinks>", strings.Repeat(`<hyperlink ref="A1"/>`, 65_529) + "</hyperlinks>", "65531 links"},
		"link on nothing":       {sheet, `<hyperlink ref="`, `<hyperlink ref="Z`, "has no text"},
		"merged over merged":    {"xl/worksheets/sheet3.xml", "<mergeCells count=", `<mergeCells><mergeCell ref="A1:C1"/></mergeCells><mergeCells count=`, "merged cells overlap"},
		"table too short":       {table, ":V10\"", ":V9\"", "the sheet has 10 rows"},
		"filter of other cells": {table, `<autoFilter ref="A1:V10"`, `<autoFilter ref="A1:V9"`, "the filter is not the table's"},
		"filter of the sheet":   {sheet, "<conditionalFormatting", `<autoFilter ref="A1:V10"/><conditionalFormatting`, "the filter is not the table's"},
		"name of a table":       {table, `displayName="Results"`, `displayName="A 1"`, "a table cannot be called"},
		"tables of one name":    {table, `"Results"`, `"Failed"`, "two tables"},
		"tables of one id":      {table, `id="1" name="Results"`, `id="2" name="Results"`, "two table ids"},
		"columns not counted":   {table, `<tableColumns count="22"`, `<tableColumns count="21"`, "22 columns, 21 of them counted"},
		"heading not the cell":  {table, `name="Status"`, `name="State"`, `the heading "State" is "Status"`},
		"heading twice":         {table, `<tableColumn id="2"`, `<tableColumn id="1"`, "is there twice"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			parts := maps.Clone(whole)
			if !strings.Contains(parts[test.part], test.old) {
				t.Fatalf("%s has no %s\n%.2000s", test.part, test.old, parts[test.part])
			}
			parts[test.part] = strings.ReplaceAll(parts[test.part], test.old, test.by)
			if strings.Contains(test.old, "row") || strings.Contains(test.by, "XFD1") || test.old == `<hyperlink ref="` {
				parts[test.part] = strings.Replace(whole[test.part], test.old, test.by, 1)
			}
			if found := strings.Join(breaches(parts), "\n"); !strings.Contains(found, test.breach) {
				t.Errorf("found %q", found)
			}
		})
	}
	parts := maps.Clone(whole)
	for _, part := range []string{sheet, table} { // in the cell and in the table alike
		parts[part] = strings.Replace(strings.Replace(parts[part], ">email2<", ">EMAIL<", 1), `"email2"`, `"EMAIL"`, 1)
	}
	if found := strings.Join(breaches(parts), "\n"); !strings.Contains(found, `the heading "EMAIL" is there twice`) {
		t.Errorf("headings that differ in case only: found %q", found)
	}
}
