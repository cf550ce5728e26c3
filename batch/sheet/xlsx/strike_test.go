package xlsx_test

import (
	"archive/zip"
	"bytes"
	"testing"

	"guestlist/batch/sheet/xlsx"
	"guestlist/batch/sheet/xlsx/xlsxtest"
	"guestlist/internal/assert"
)

func TestStruckRuns(t *testing.T) {
	t.Parallel()
	const (
		struck = `<r><rPr><strike/></rPr><t>old</t></r>`
		plain  = `<r><rPr><b/><strike val="0"/><vertAlign val="superscript"/></rPr><t>new</t></r>`
		like   = `<r><t>as cell</t></r>`
		blank  = `<r><rPr><strike val="1"/></rPr><t xml:space="preserve"> </t></r>`
		coded  = `<r><t>_x0041_b</t></r><r><rPr><strike val="true"/></rPr><t>_x0043_d</t></r>`
	)
	const styles = `<styleSheet xmlns="` + xlsxtest.MainNS + `"><fonts count="2"><font/><font><strike/></font></fonts>` +
		`<cellXfs count="2"><xf numFmtId="0" fontId="0"/><xf numFmtId="0" fontId="1"/></cellXfs></styleSheet>`
	for _, tt := range []struct {
		name, runs, style string
		marked            string // of a cell that is struck through in part
		wholly            bool
	}{
		{"part", struck + plain, "0", "~~old~~ new", false},
		{"part behind", plain + struck, "0", "new~~old~~ ", false},
		{"beside what looks like the cell", like + struck, "0", "as cell~~old~~ ", false},
		{"all runs", struck + struck, "0", "", true},
		{"all but a space", struck + `<r><rPr><b/></rPr><t xml:space="preserve"> </t></r>`, "0", "", true},
		{"no run", plain, "0", "", false},
		{"a space alone", plain + blank, "0", "", false},
		{"the cell but a run", like + plain, "1", "~~as cell~~ new", false},
		{"the cell, no run", plain + plain, "1", "", false},
		{"the cell", `<t>text</t>`, "1", "", true},
		{"no font", `<t>text</t>`, "0", "", false},
		{"coded characters", coded, "0", "Ab~~Cd~~ ", false},
	} {
		for kind, book := range map[string]xlsxtest.Book{
			"shared": {
				Strings: `<sst xmlns="` + xlsxtest.MainNS + `"><si><t>Email</t></si><si>` + tt.runs + `</si></sst>`,
				Sheet:   xlsxtest.Sheet(`<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2" t="s" s="` + tt.style + `"><v>1</v></c></row>`),
			},
			"inline": {
				Sheet: xlsxtest.Sheet(`<row r="1"><c r="A1" t="str"><v>Email</v></c></row><row r="2"><c r="A2" t="inlineStr" s="` + tt.style + `"><is>` + tt.runs + `</is></c></row>`),
			},
		} {
			t.Run(tt.name+" "+kind, func(t *testing.T) {
				t.Parallel()
				book.Styles = styles
				packed := book.Bytes()
				archive, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
				if err != nil {
					t.Fatal(err)
				}
				b, err := xlsx.Open(archive, nil)
				if err != nil {
					t.Fatal(err)
				}
				sheet := b.Sheets()[0]
				var got []xlsx.StruckCell
				for row, err := range sheet.Rows() {
					if err != nil {
						t.Fatal(err)
					}
					got = append(got, row.Struck...)
				}
				var want []xlsx.StruckCell
				if tt.marked != "" {
					want = []xlsx.StruckCell{{Column: 1, Marked: tt.marked}}
				}
				assert.Equal(t, "cells struck in part", got, want)
				meta, err := sheet.Inspect(xlsx.Area{Headings: 1, LinkColumn: 1})
				if err != nil {
					t.Fatal(err)
				}
				assert.Equal(t, "wholly struck", meta.Struck.Count == 1, tt.wholly)
			})
		}
	}
}
