package xlsx

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"guestlist/batch/sheet/xlsx/xlsxtest"
	"guestlist/internal/assert"
	"guestlist/internal/text"
)

// TestNumbersAsExcelizeShowsThem holds our reader to excelize, with every format
// that is built in and some that people make.
func TestNumbersAsExcelizeShowsThem(t *testing.T) {
	t.Parallel()
	f := excelize.NewFile()
	values := []any{0, 1, -1, 7, 0.5, 12.345, 46082, 46082.75, 1234567, 0.000012, -1234.5, 99999.999}
	custom := []string{
		"0.00", "#,##0.00 €", "00000", "yyyy-mm-dd", "dd.mm.yyyy hh:mm", `[$-407]d. mmmm yyyy`, "[Red]-0;[Blue]0", `"No. "0`, "0%", "# ?/?", "@", "General", "[h]:mm", "0.00E+00",
	}
	styles := []excelize.Style{{}}
	for id := range 50 {
		styles = append(styles, excelize.Style{NumFmt: id})
	}
	for _, code := range custom {
		styles = append(styles, excelize.Style{CustomNumFmt: &code})
	}
	for i, style := range styles {
		row := append([]any{fmt.Sprintf("a%d@x.example", i)}, values...)
		from, to := fmt.Sprintf("B%d", i+2), fmt.Sprintf("M%d", i+2)
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+2), &row); err != nil {
			t.Fatal(err)
		}
		id, err := f.NewStyle(&style)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.SetCellStyle("Sheet1", from, to, id); err != nil {
			t.Fatal(err)
		}
	}
	content, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	again, err := excelize.OpenReader(bytes.NewReader(content.Bytes()), excelize.Options{ShortDatePattern: "yyyy-mm-dd"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = again.Close() }()
	want, err := again.GetRows("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := readBook(content.Bytes())
	if err != nil || len(rows) != len(styles) {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for i, row := range rows {
		for c := range want[i+1] {
			if c > 0 {
				raw, err := again.GetCellValue("Sheet1", fmt.Sprintf("%s%d", text.ColumnName(c+1), i+2), excelize.Options{RawCellValue: true})
				if err != nil {
					t.Fatal(err)
				}
				want[i+1][c] = exactDigits(raw, want[i+1][c])
				if slices.Contains(row.Plain, c+1) { // hours beyond what excelize can count
					want[i+1][c] = raw
				}
			}
		}
		assert.Equal(t, fmt.Sprintf("row %d", i+2), row.Cells, want[i+1])
	}
}

func TestOddStyles(t *testing.T) {
	t.Parallel()
	sheet := xlsxtest.Sheet(`<row r="1"><c r="A1" t="str"><v>Email</v></c></row><row r="2"><c r="A2" t="str"><v>a@x.example</v></c><c r="B2" s="1"><v>7</v></c></row>`)
	for _, styles := range []string{"", "<html/>", `<styleSheet xmlns="` + xlsxtest.MainNS + `"/>`} {
		rows, err := readBook(xlsxtest.Book{Sheet: sheet, Styles: styles}.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		assert.Equal(t, "row with styles "+styles, rows[1].Cells, []string{"a@x.example", "7"})
	}
	_, err := readBook(xlsxtest.Book{Sheet: sheet, Styles: "<styleSheet><cellXfs"}.Bytes())
	if err == nil || !strings.Contains(err.Error(), "the workbook is damaged (part xl/styles.xml)") {
		t.Errorf("got %v", err)
	}
}

func TestConditionalSections(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		code, raw, want string
		unsure          bool
	}{
		{`[=1]"yes";[=0]"no"`, "1", "yes", false},
		{`[=1]"yes";[=0]"no"`, "0", "no", false},
		{`[=1]"yes";[=0]"no"`, "2", "2", true}, // Excel shows ####
		{`[=1]"yes";[=0]"no";"?"`, "2", "?", false},
		{`[Red][=1]"yes; really";"no"`, "1", "yes; really", false},
		{`[<0]"";0%`, "-1", "", false},
		{`[<0]"";0%`, "0.5", "50%", false},
		{`[<100]0;0.0`, "-5", "-5", true},
		{`[>5]0;0;0"x"`, "3", "3", true},
		{`[>5]0;"few";@`, "3", "few", false},
		{`0;[=5]"five"`, "5", "5", true},
		{`[>999999]#,,"M";[>999]#,"K";#`, "102102", "102K", false},
		{`h:mmAM/PM`, "0.875", "9:00PM", false},
		{`[h]:mm`, "1.5", "36:00", false},
		{`[h]:mm`, "2065550123", "2065550123", true},
		{`hh:mm`, "2065550123", "2065550123", true},
		{`yyyy-mm-dd`, "-1", "-1", true},
		{`yyyy-mm-dd`, "-12345.678900000001", "-12345.6789", true},
		{`yyyy-mm-dd`, "2.065550123E9", "2065550123", true},
		{`yyyy-mm-dd`, "2065550123", "2065550123", true},
		{`0" days"`, "2065550123", "2065550123 days", false},
		{`0.00E+00`, "-25", "-2.50E+01", false},
		{`hh:mm:ss.000`, "0.170208437", "04:05:06.009", false},
		{`"yes";"yes";"no"`, "1", "yes", false},
		{`"yes";"yes";"no"`, "0", "no", false},
		{`"yes";"no"`, "0", "yes", false},
		{`"yes";"no";@`, "0", "yes", false},
		{`0;-0;;@`, "0", "", false},
		{`0.0;-0.0;0.00`, "0", "0.00", false},
		{`General;General;"none"`, "0.0", "none", false},
		{`_(* #,##0_);_(* \(#,##0\);_(* "-"??_);_(@_)`, "0", " -   ", false},
		{`_-[$€-407]* 0.00_-;0.00;[$€-407]\ "-"#`, "0", "€ -", false},
	} {
		st := stylesWith(tt.code)
		for _, from1904 := range []bool{false, true} {
			f := newNumberFormats(st, from1904)
			got, err := f.show(storedNumber{1, tt.raw})
			if err = errors.Join(err, f.close()); err != nil {
				t.Fatal(err)
			}
			assert.Equal(t, tt.code+" of "+tt.raw, got.text, tt.want)
			assert.Equal(t, tt.code+" of "+tt.raw+" is unsure", got.unsure, tt.unsure)
		}
	}
}

// TestDaysFrom1900And1904 shows the first and the last days of either way to count them.
func TestDaysFrom1900And1904(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		code, raw, from1900, from1904 string
		unsure                        bool // from 1904
	}{
		{`yyyy-mm-dd`, "1", "1900-01-01", "1904-01-02", false},
		{`yyyy-mm-dd`, "11", "1900-01-11", "1904-01-12", false},
		{`yyyy-mm-dd hh:mm`, "59.5", "1900-02-28 12:00", "1904-02-29 12:00", false},
		{`yyyy-mm-dd`, "61", "1900-03-01", "1904-03-02", false},
		{`yyyy-mm-dd`, "46082", "2026-03-01", "2030-03-02", false},
		{`mmddyyAM/PMdd`, "46082.25", "030126AM01", "030230AM02", false},
		{`yyyy-mm-dd`, "2957003", "9995-12-30", "9999-12-31", false},
		{`yyyy-mm-dd`, "2957004", "9995-12-31", "2957004", true},
		{`hh:mm`, "0.5", "12:00", "12:00", false},
		{`"day "0`, "11", "day 11", "day 11", false},
		{`yyyy-mm-dd;;"none"`, "0", "none", "none", false},
	} {
		for from1904, want := range map[bool]string{false: tt.from1900, true: tt.from1904} {
			f := newNumberFormats(stylesWith(tt.code), from1904)
			got, err := f.show(storedNumber{1, tt.raw})
			if err = errors.Join(err, f.close()); err != nil {
				t.Fatal(err)
			}
			assert.Equal(t, fmt.Sprintf("%s of %s, from 1904: %t", tt.code, tt.raw, from1904), got.text, want)
			assert.Equal(t, tt.code+" of "+tt.raw+" is unsure", got.unsure, tt.unsure && from1904)
		}
	}
}

// stylesWith are styles of which 1 is that of a number format.
func stylesWith(code string) styles {
	return styles{cells: []cellStyle{{}, {format: 170}}, codes: map[int]string{170: code}}
}
