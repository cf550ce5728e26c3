package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
	"guestlist/batch/results"
	"guestlist/internal/assert"
	"guestlist/internal/secret"
	"guestlist/report/style"
)

// built makes a workbook with smaller limits than Excel's.
func built(t *testing.T, r Results, limit func(*book)) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(packed(t, r, limit)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// packed makes such a workbook as it stands in the file.
func packed(t *testing.T, r Results, limit func(*book)) []byte {
	t.Helper()
	made := excelize.NewFile()
	t.Cleanup(func() { _ = made.Close() })
	b, err := newBook(made, t.TempDir(), r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.close() })
	limit(b)
	if err := b.fill(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := b.pack(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestRowsBeyondASheetContinueOnTheNext(t *testing.T) {
	var records []batch.Record
	for i := range 8 {
		records = append(records, refused(i+2, "a@x.example", batch.Failed, "E", fmt.Sprint(i)))
	}
	r := Results{Columns: []string{"Email"}, Records: sequence(records...)}
	f := built(t, r, func(b *book) { b.results.maxRows, b.failed.maxRows = 4, 6 })

	assert.Equal(t, "sheets", f.GetSheetList(), []string{"Results", "Results 2", "Results 3", "Failed", "Failed 2", "Summary"})
	wantRows := map[string]string{"Results": "012", "Results 2": "345", "Results 3": "67", "Failed": "01234", "Failed 2": "567"}
	for sheet, want := range wantRows {
		rows, got := rowsOf(t, f, sheet), ""
		assert.Equal(t, sheet+" headings", rows[0], append([]string{"Email"}, results.Columns()...))
		for _, row := range rows[1:] {
			got += row[0]
		}
		assert.Equal(t, sheet, got, want)
		tables, err := f.GetTables(sheet)
		if err != nil || len(tables) != 1 {
			t.Fatalf("%s: tables %v, %v", sheet, tables, err)
		}
		assert.Equal(t, sheet+" table", tables[0].Name+" "+tables[0].Range, fmt.Sprintf("%s A1:M%d", strings.ReplaceAll(sheet, " ", "_"), len(rows)))
	}
	assert.Equal(t, "selected sheets", selected(t, f), []string{"Results"})
}

// selected returns the sheets that show as chosen; two of them would be edited at once.
func selected(t *testing.T, f *excelize.File) []string {
	t.Helper()
	var found []string
	for _, sheet := range f.GetSheetList() {
		if strings.Contains(sheetXML(t, f, sheet), `tabSelected="true"`) {
			found = append(found, sheet)
		}
	}
	return found
}

// sheetXML returns a sheet as it stands in the file.
func sheetXML(t *testing.T, f *excelize.File, sheet string) string {
	t.Helper()
	at, err := f.GetSheetIndex(sheet)
	if err != nil || at < 0 {
		t.Fatalf("no sheet %s: %v", sheet, err)
	}
	id := f.WorkBook.Sheets.Sheet[at].ID
	rels, _ := f.Pkg.Load("xl/_rels/workbook.xml.rels")
	target := regexp.MustCompile(`Id="` + id + `"[^>]*Target="([^"]*)"`).FindSubmatch(rels.([]byte))
	content, _ := f.Pkg.Load("xl/" + string(target[1]))
	return string(content.([]byte))
}

func TestHeadingsAreFrozenFilteredAndPrinted(t *testing.T) {
	records := []batch.Record{invited(2, "a@x.example", "a@x.example"), refused(3, "b@x.example", batch.Failed, "E", "b@x.example")}
	f := written(t, Results{Columns: []string{"Email"}, Records: sequence(records...)})
	for sheet, ref := range map[string]string{"Results": "A1:M3", "Failed": "A1:M2"} {
		panes, err := f.GetPanes(sheet)
		if err != nil || !panes.Freeze || panes.YSplit != 1 {
			t.Errorf("%s: panes %+v, %v", sheet, panes, err)
		}
		if tables, err := f.GetTables(sheet); err != nil || len(tables) != 1 || tables[0].Range != ref || !*tables[0].ShowRowStripes {
			t.Errorf("%s: tables %+v, %v", sheet, tables, err)
		}
		look, _ := f.GetCellStyle(sheet, "A1")
		if s, err := f.GetStyle(look); err != nil || !s.Font.Bold {
			t.Errorf("%s: heading is not bold, %v", sheet, err)
		}
		layout, _ := f.GetPageLayout(sheet)
		assert.Equal(t, sheet+" page", fmt.Sprint(*layout.Orientation, *layout.FitToWidth, *layout.FitToHeight), "landscape2 0")
	}
}

func TestLinksUpToALimit(t *testing.T) {
	var records []batch.Record
	for i := range 5 {
		records = append(records, invited(i+2, fmt.Sprint(i), fmt.Sprint(i)))
	}
	records[1].Outcome.RedeemURL = secret.New("https://x.example/has space")
	r := Results{Columns: []string{"Email"}, Records: sequence(records...)}
	f := built(t, r, func(b *book) { b.results.maxLinks = 3 })
	var got []bool
	for i, rec := range records {
		cell := fmt.Sprintf("C%d", i+2)
		linked, target, err := f.GetCellHyperLink("Results", cell)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, linked)
		if url := rec.Outcome.RedeemURL.Reveal(); linked && target != url {
			t.Errorf("%s leads to %s, not %s", cell, target, url)
		}
		if text, _ := f.GetCellValue("Results", cell); text != rec.Outcome.RedeemURL.Reveal() {
			t.Errorf("%s holds %s", cell, text)
		}
	}
	assert.Equal(t, "linked", got, []bool{true, false, true, true, false})
}

func TestTheSummarySaysWhichLinksAreText(t *testing.T) {
	var records []batch.Record
	for i := range 5 {
		records = append(records, invited(i+2, fmt.Sprint(i), fmt.Sprint(i)))
	}
	r := Results{Columns: []string{"Email"}, Records: sequence(records...)}
	f := built(t, r, func(b *book) { b.results.maxLinks = 3 })
	rows := part(t, f, "By status")
	assert.Equal(t, "last line", rows[len(rows)-1], []string{"links as plain text", "2", "copy these into a browser: Excel takes 65,530 links on a sheet"})
}

func TestTheStatusIsColouredByARule(t *testing.T) {
	var records []batch.Record
	for _, status := range batch.Statuses() {
		records = append(records, refused(2, "a@x.example", status, "E", "a"))
	}
	f := written(t, Results{Columns: []string{"Email"}, Records: sequence(records...)})
	for sheet, cells := range map[string]string{"Results": "B2:B7", "Failed": "B2:B4", summaryName: "A8:A13"} {
		formats, err := f.GetConditionalFormats(sheet)
		if err != nil || len(formats) != 1 || len(formats[cells]) != len(batch.Statuses()) {
			t.Fatalf("%s: %v, %v", sheet, formats, err)
		}
		for i, status := range batch.Statuses() {
			assert.Equal(t, "value", formats[cells][i].Value, `"`+string(status)+`"`)
			look, err := f.GetConditionalStyle(*formats[cells][i].Format)
			if err != nil || look.Fill.Color[0] != paints[status].fill || look.Font.Color != paints[status].font {
				t.Errorf("%s: %s looks like %+v, %v", sheet, status, look, err)
			}
		}
		rows, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		column, from, _, to := corners(cells)
		for row := from; row <= to; row++ {
			if text := rows[row-1][column-1]; !slices.Contains(batch.Statuses(), batch.Status(text)) {
				t.Errorf("%s: the rules are for %q", sheet, text)
			}
		}
	}
}

func TestACellWithoutALinkDoesNotLookLikeOne(t *testing.T) {
	rec := invited(2, "a@x.example", "a@x.example")
	rec.Outcome.Status = batch.Failed // stands on two sheets
	r := Results{Columns: []string{"Email"}, Records: sequence(rec)}
	f := built(t, r, func(b *book) { b.failed.maxLinks = 0 })
	for sheet, want := range map[string]bool{"Results": true, "Failed": false} {
		id, _ := f.GetCellStyle(sheet, "C2")
		look, err := f.GetStyle(id)
		if err != nil || (look.Font.Underline == "single") != want {
			t.Errorf("%s: underline %q, %v", sheet, look.Font.Underline, err)
		}
	}
}

func TestColumnsSuitThePeekedRows(t *testing.T) {
	rec := invited(2, "a@x.example", "a", strings.Repeat("ö", 20)+"\nshort", strings.Repeat("x", 500))
	f := written(t, Results{Columns: []string{"E", "Name", "Essay"}, Records: sequence(rec)})
	want := map[string]float64{"A": minWidth, "B": 20 + padding, "C": maxWidth, "E": urlWidth}
	for column, width := range want {
		if got, err := f.GetColWidth("Results", column); err != nil || got != width {
			t.Errorf("column %s is %v wide, not %v: %v", column, got, width, err)
		}
	}
}

func TestASequenceMayUseItsCellsAgain(t *testing.T) {
	records := func(yield func(batch.Record, error) bool) {
		cells := make([]string, 1)
		for i := range 3 {
			cells[0] = fmt.Sprint(i)
			if !yield(invited(i+2, "a@x.example", cells...), nil) {
				return
			}
		}
	}
	rows := rowsOf(t, written(t, Results{Columns: []string{"Email"}, Records: records}), "Results")
	assert.Equal(t, "cells", []string{rows[1][0], rows[2][0], rows[3][0]}, []string{"0", "1", "2"})
}

func TestASandboxWorkbookSaysSoEverywhere(t *testing.T) {
	r := Results{Columns: []string{"Email"}, Records: sequence(invited(2, "a@x.example", "a@x.example"))}
	r.Summary.Sandbox = true
	f := written(t, r)
	assert.Equal(t, "first heading", rowsOf(t, f, "Results")[0][0], "Email")
	summary := rowsOf(t, f, summaryName)
	assert.Equal(t, "banner", summary[0][0]+": "+summary[1][0], "SANDBOX: nobody was invited: the tenant was simulated, and the links lead nowhere")
	id, _ := f.GetCellStyle(summaryName, "A1")
	if look, err := f.GetStyle(id); err != nil || look.Font.Size < 36 {
		t.Errorf("the banner is not in large letters: %+v, %v", look, err)
	}
	for _, sheet := range f.GetSheetList() {
		header, err := f.GetHeaderFooter(sheet)
		if err != nil || !strings.Contains(header.OddHeader, sandboxBanner) {
			t.Errorf("%s: page header %+v, %v", sheet, header, err)
		}
		props, _ := f.GetSheetProps(sheet)
		assert.Equal(t, sheet+" tab", *props.TabColorRGB, amber)
	}
	props, err := f.GetDocProps()
	if err != nil || props.Title != sandboxBanner {
		t.Errorf("title %q, %v", props.Title, err)
	}
}

func TestTheFileSaysThatItIsConfidential(t *testing.T) {
	r := Results{Columns: []string{"Email"}, Records: sequence()}
	r.Summary.Tool, r.Summary.List = "guestlist 1", "lists/partners.xlsx"
	f := written(t, r)
	p, err := f.GetDocProps()
	if err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "properties", []string{p.Title, p.Creator, p.Category}, []string{"Guest invitations: partners.xlsx", "guestlist 1", "Confidential"})
	if !strings.Contains(p.Description, confidential) || p.Subject == "" || p.Keywords == "" {
		t.Errorf("properties %+v", p)
	}
	for _, sheet := range f.GetSheetList() {
		page, err := f.GetHeaderFooter(sheet)
		if err != nil || !strings.Contains(page.OddFooter, confidential) {
			t.Errorf("%s: foot %+v, %v", sheet, page, err)
		}
	}
}

func TestOnFailedTheErrorIsInSight(t *testing.T) {
	f := written(t, Results{Columns: []string{"Email"}, Records: sequence(refused(2, "a@x.example", batch.Failed, "E", "a"))})
	if width, err := f.GetColWidth("Failed", "C"); err != nil || width >= urlWidth {
		t.Errorf("the empty redeem URLs are %v wide, %v", width, err)
	}
	if text := sheetXML(t, f, "Results"); !strings.Contains(text, `<ignoredError sqref="A1:M2" numberStoredAsText="true"`) {
		t.Error("Excel marks texts that look like numbers")
	}
}

func TestARealWorkbookDoesNotMentionTheSandbox(t *testing.T) {
	f := written(t, Results{Columns: []string{"Email"}, Records: sequence(invited(2, "a@x.example", "a@x.example"))})
	f.Pkg.Range(func(name, content any) bool {
		if bytes.Contains(bytes.ToUpper(content.([]byte)), []byte("SANDBOX")) {
			t.Errorf("%v does", name)
		}
		return true
	})
}

func TestACellOfManyLinesShowsThem(t *testing.T) {
	f := written(t, Results{Columns: []string{"Email", "Project"}, Records: sequence(
		invited(2, "a@x.example", "a@x.example", "Harbor\nphase 2"),
		invited(3, "b@x.example", "b@x.example", "Harbor"),
		invited(4, "c@x.example", "c@x.example", strings.Repeat("line\n", 40)),
	)})
	for row, lines := range map[int]float64{2: 2, 3: 1, 4: maxCellLines} {
		if height, err := f.GetRowHeight("Results", row); err != nil || height != lines*lineHeight {
			t.Errorf("row %d is %v points high, %v", row, height, err)
		}
	}
	id, err := f.GetCellStyle("Results", "B2")
	if err != nil {
		t.Fatal(err)
	}
	if look, err := f.GetStyle(id); err != nil || !look.Alignment.WrapText || look.NumFmt != style.AsText {
		t.Errorf("the cell has the style %+v, %v", look, err)
	}
}

// FuzzCell holds that any text comes back as it was, apart from what XML or
// Excel cannot hold.
func FuzzCell(f *testing.F) {
	for _, seed := range []string{"", "=1+1", "_x0041_", "_x005F_", "_x005F_x005F_", "a\x00b", "\xff", "\r\n", "]]>", "_xD800_", "_x005f_", " "} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := Results{Columns: []string{"Email"}, Records: sequence(invited(2, "a@x.example", text))}
		b := built(t, r, func(*book) {})
		got, err := b.GetCellValue("Results", "A2")
		if err != nil {
			t.Fatal(err)
		}
		if want := cellText(throughXML(t, text)); got != want {
			t.Errorf("%q came back as %q, not %q", text, got, want)
		}
	})
}

// throughXML returns text as an XML document can hold it.
func throughXML(t *testing.T, text string) string {
	t.Helper()
	var doc bytes.Buffer
	doc.WriteString("<t>")
	if err := xml.EscapeText(&doc, []byte(text)); err != nil {
		t.Fatal(err)
	}
	doc.WriteString("</t>")
	var got string
	if err := xml.NewDecoder(io.Reader(&doc)).Decode(&got); err != nil {
		t.Fatal(err)
	}
	return got
}
