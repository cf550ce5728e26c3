package sheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
)

// rawBook is a workbook made by hand, so that a test can damage it.
type rawBook struct {
	sheet, strings, styles string
	// spoil changes the finished ZIP file.
	spoil func([]byte) []byte
}

const (
	stringsXML = `<?xml version="1.0" encoding="UTF-8"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">` +
		`<si><t>Email</t></si><si><t>a@x.example</t></si><si><r><t>b@</t></r><r><rPr><b/></rPr><t>x.example</t></r><rPh sb="0" eb="1"><t>no</t></rPh></si></sst>`
	stylesXML = `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="1"><numFmt numFmtId="164" formatCode=";;;"/></numFmts>` +
		`<fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders>` +
		`<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="164" applyNumberFormat="1"/></cellXfs></styleSheet>`
	goodRows = `<row r="1"><c r="A1" t="s"><v>0</v></c></row>` +
		`<row r="2"><c r="A2" t="s"><v>1</v></c></row><row r="5"><c r="A5" t="s"><v>2</v></c></row>`
)

// sheetXML is a sheet with rows.
func sheetXML(rows string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">` +
		`<sheetData>` + rows + `</sheetData></worksheet>`
}

// bytes packs the parts, stored and not compressed, so that a byte can be found and changed.
func (b rawBook) bytes(tb testing.TB) []byte {
	tb.Helper()
	const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	relations := `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`
	files := [][2]string{
		{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>`},
		{"_rels/.rels", relations + `<Relationship Id="rId1" Type="` + office + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="` + office + `">` +
			`<sheets><sheet name="Guests" sheetId="1" r:id="rId1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", relations + `<Relationship Id="rId1" Type="` + office + `/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`},
		{"xl/worksheets/sheet1.xml", b.sheet},
		{"xl/sharedStrings.xml", b.strings},
		{"xl/styles.xml", b.styles},
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, file := range files {
		if file[1] == "" {
			continue
		}
		part, err := w.CreateHeader(&zip.FileHeader{Name: file[0], Method: zip.Store})
		if err == nil {
			_, err = part.Write([]byte(file[1]))
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	if b.spoil != nil {
		return b.spoil(out.Bytes())
	}
	return out.Bytes()
}

func (b rawBook) write(tb testing.TB) string {
	tb.Helper()
	return write(tb, "book.xlsx", string(b.bytes(tb)))
}

func TestWorkbookByHand(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		book rawBook
		want []batch.Row
	}{
		{"gaps, rich text", rawBook{sheet: sheetXML(goodRows), strings: stringsXML}, []batch.Row{
			{Line: 2, Cells: []string{"a@x.example"}}, {Line: 5, Cells: []string{"b@x.example"}},
		}},
		{"no row and cell numbers", rawBook{sheet: sheetXML(`<row><c t="s"><v>0</v></c><c t="inlineStr"><is><t>Name</t></is></c></row><row/>` +
			`<row><c t="s"><v>1</v></c><c t="str"><f>A1</f><v>Anna</v></c></row><row><c t="s"><v>2</v></c></row>`), strings: stringsXML}, []batch.Row{
			{Line: 3, Cells: []string{"a@x.example", "Anna"}}, {Line: 4, Cells: []string{"b@x.example"}},
		}},
		{"numbers, truth values, errors", rawBook{
			sheet: sheetXML(`<row r="1"><c r="A1" t="inlineStr"><is><t>Email</t></is></c></row>` +
				`<row r="2"><c r="A2" t="inlineStr"><is><t>a@x.example</t></is></c><c r="B2"><v>49301234567890</v></c><c r="C2"><v>1.2345678901234568E+17</v></c>` +
				`<c r="D2" t="b"><v>1</v></c><c r="E2" t="e"><v>#N/A</v></c><c r="F2"><v>0.5</v></c><c r="G2" s="1"><v>7</v></c><c r="H2" t="str"><f>""</f><v></v></c></row>`),
			styles: stylesXML,
		}, []batch.Row{
			{Line: 2, Cells: []string{"a@x.example", "49301234567890", "123456789012345680", "TRUE", "#N/A", "0.5", "", ""}},
		}},
		{"escaped characters", rawBook{
			sheet:   sheetXML(`<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2" t="s"><v>1</v></c></row>`),
			strings: `<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>Email</t></si><si><t>a@x.example_x000D_</t></si></sst>`,
		}, []batch.Row{
			{Line: 2, Cells: []string{"a@x.example\r"}},
		}},
		{"controls below the rows", rawBook{sheet: strings.Replace(sheetXML(goodRows), "</worksheet>",
			`<controls><control><anchor><from><row>7</row></from></anchor></control></controls></worksheet>`, 1), strings: stringsXML}, []batch.Row{
			{Line: 2, Cells: []string{"a@x.example"}}, {Line: 5, Cells: []string{"b@x.example"}},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := open(t, tt.book.write(t), Options{})
			equal(t, "sheet", l.Sheet(), "Guests")
			equal(t, "rows", all(t, l), tt.want)
			equal(t, "rows read again", all(t, l), tt.want)
		})
	}
}

func TestDamagedWorkbooks(t *testing.T) {
	t.Parallel()
	tail := func(rows string) string { return sheetXML(goodRows + rows) }
	replaced := func(from, to string) func([]byte) []byte {
		return func(b []byte) []byte { return bytes.Replace(b, []byte(from), []byte(to), 1) }
	}
	const part = `sheet "Guests", row 6: the workbook is damaged (part xl/worksheets/sheet1.xml)`
	tests := []struct {
		name string
		book rawBook
		want string
	}{
		{
			"truncated file",
			rawBook{sheet: sheetXML(goodRows), strings: stringsXML, spoil: func(b []byte) []byte { return b[:len(b)/2] }},
			"the workbook is damaged or was not copied completely",
		},
		{
			"wrong checksum",
			rawBook{sheet: sheetXML(goodRows), strings: stringsXML, spoil: replaced("<v>1</v>", "<v>2</v>")},
			"the workbook is damaged (part xl/worksheets/sheet1.xml): zip: checksum error",
		},
		{
			"wrong checksum of shared strings",
			rawBook{sheet: sheetXML(goodRows), strings: stringsXML, spoil: replaced("a@x", "c@x")},
			"the workbook is damaged (part xl/sharedStrings.xml): zip: checksum error",
		},
		{"control character", rawBook{sheet: tail("<row r=\"6\"><c r=\"A6\" t=\"str\"><v>a\x01</v></c></row>"), strings: stringsXML}, part},
		{"invalid UTF-8", rawBook{sheet: tail("<row r=\"6\"><c r=\"A6\" t=\"str\"><v>J\xf6rg</v></c></row>"), strings: stringsXML}, part},
		{"part cut short", rawBook{sheet: strings.TrimSuffix(tail(""), "</sheetData></worksheet>"), strings: stringsXML}, part},
		{
			"invalid UTF-8 in shared strings",
			rawBook{sheet: tail(""), strings: strings.Replace(stringsXML, "a@x", "\xf6@x", 1)},
			"the workbook is damaged (part xl/sharedStrings.xml)",
		},
		{
			"shared string that is not there",
			rawBook{sheet: tail(`<row r="6"><c r="A6" t="s"><v>3</v></c></row>`), strings: stringsXML},
			`sheet "Guests", row 6, column "Email": the workbook is damaged: the cell asks for shared string "3" of 3`,
		},
		{
			"shared string that is no number",
			rawBook{sheet: tail(`<row r="6"><c r="A6" t="s"><v>x</v></c></row>`), strings: stringsXML},
			`sheet "Guests", row 6, column "Email": the workbook is damaged: the cell asks for shared string "x" of 3`,
		},
		{
			"no shared strings",
			rawBook{sheet: tail("")},
			`sheet "Guests", row 1, column A: the workbook is damaged: the cell asks for shared string "0" of 0`,
		},
		{
			"rows out of order",
			rawBook{sheet: tail(`<row r="4"><c r="A4" t="s"><v>1</v></c></row>`), strings: stringsXML},
			part + `: row "4" does not follow row 5`,
		},
		{"row number beyond the last", rawBook{sheet: tail(`<row r="1048577"/>`), strings: stringsXML}, part},
		{
			"cells out of order",
			rawBook{sheet: tail(`<row r="6"><c r="B6"><v>1</v></c><c r="A6"><v>2</v></c></row>`), strings: stringsXML},
			part + `: cell "A6" does not belong in row 6 after column 2`,
		},
		{"cell of another row", rawBook{sheet: tail(`<row r="6"><c r="A7"><v>1</v></c></row>`), strings: stringsXML}, part},
		{
			"formula without result",
			rawBook{sheet: tail(`<row r="6"><c r="A6"><f>B6</f></c></row>`), strings: stringsXML},
			`sheet "Guests", row 6, column "Email": a formula that was never computed`,
		},
		{
			"row of no end",
			rawBook{sheet: tail(`<row r="6"><c r="A6" t="str"><v>` + strings.Repeat("x", 2*leashSize) + `</v></c></row>`), strings: stringsXML},
			part + ": a single row is larger than 4 MiB",
		},
		{"no sheet part", rawBook{strings: stringsXML}, `the sheet "Guests" has no part`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l, err := Open(tt.book.write(t), Options{})
			if err == nil {
				_ = l.Close()
				t.Fatal("Open trusts it")
			}
			bad, ok := errors.AsType[*Error](err)
			if !ok || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("error %q, want %q", err, tt.want)
			}
			if bad.Hint() == "" {
				t.Error("no hint")
			}
		})
	}
}

// TestExcelizeLosesRows pins the reason for our own walk: should excelize begin
// to report what it cannot read, the walk could go.
func TestExcelizeLosesRows(t *testing.T) {
	t.Parallel()
	path := rawBook{sheet: sheetXML(goodRows + "<row r=\"6\"><c r=\"A6\" t=\"str\"><v>a\x01</v></c></row>"), strings: stringsXML}.write(t)
	f, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rows, err := f.GetRows("Guests")
	if err != nil || len(rows) != 5 {
		t.Errorf("excelize now gives %d rows and %v: is the walk still needed?", len(rows), err)
	}
}

// TestRowsThatDiffer puts something else under excelize than was verified.
func TestRowsThatDiffer(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*excelize.File) error{
		"a row lost":     func(f *excelize.File) error { return f.RemoveRow("Guests", 5) },
		"a row added":    func(f *excelize.File) error { return f.SetCellStr("Guests", "A9", "c@x.example") },
		"a cell blanked": func(f *excelize.File) error { return f.SetCellStr("Guests", "A2", "") },
		"a cell changed": func(f *excelize.File) error { return f.SetCellStr("Guests", "A2", "1") },
		"a cell added":   func(f *excelize.File) error { return f.SetCellStr("Guests", "B2", "1") },
		"rows shifted":   func(f *excelize.File) error { return f.InsertRows("Guests", 3, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file, err := os.Open(rawBook{sheet: sheetXML(goodRows), strings: stringsXML}.write(t))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = file.Close() }()
			info, err := file.Stat()
			if err != nil {
				t.Fatal(err)
			}
			archive, err := zip.NewReader(file, info.Size())
			if err != nil {
				t.Fatal(err)
			}
			b := &workbook{}
			if err := b.open(file.Name(), archive); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = b.close() }()
			if err := spoil(b.excel); err != nil {
				t.Fatal(err)
			}
			for _, err = range b.rows(b.tabs[0]) {
			}
			if bad, ok := errors.AsType[*Error](err); !ok || bad.Row == 0 || bad.Sheet != "Guests" {
				t.Errorf("got %v, want an error that names sheet and row", err)
			}
		})
	}
}

func TestUnpackLimits(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range []string{"xl/workbook.xml", "xl/media/image1.bin"} {
		part, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		for range 65 {
			if _, err := part.Write(make([]byte, 1<<20)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	err := firstError(t, write(t, "bomb.xlsx", out.String()), Options{})
	if !strings.Contains(err.Error(), "too large unpacked (part xl/media/image1.bin, limits 1024 MiB") || err.Hint() == "" {
		t.Errorf("got %v, want the limit and a hint", err)
	}
}

func TestForeignArchives(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"word/document.xml": "a Word document", "content.xml": "an OpenDocument file (.ods)", "xl/workbook.bin": "(.xlsb)",
		"Index/Document.iwa": "Apple Numbers", "photos/1.jpg": "a ZIP archive without a workbook", "ppt/presentation.xml": "a PowerPoint",
	} {
		var out bytes.Buffer
		w := zip.NewWriter(&out)
		if _, err := w.Create(name); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		err := firstError(t, write(t, "list.xlsx", out.String()), Options{})
		if !strings.Contains(err.Error(), want) || err.Hint() == "" {
			t.Errorf("%s: got %v, want %q and a hint", name, err, want)
		}
	}
}

// cells fills a sheet, row by row from the first.
func cells(tb testing.TB, f *excelize.File, sheet string, rows ...[]any) {
	tb.Helper()
	if at, _ := f.GetSheetIndex(sheet); at < 0 {
		if _, err := f.NewSheet(sheet); err != nil {
			tb.Fatal(err)
		}
	}
	for i, row := range rows {
		if err := f.SetSheetRow(sheet, fmt.Sprintf("A%d", i+1), &row); err != nil {
			tb.Fatal(err)
		}
	}
}

// save writes a workbook to a file and returns its path. The name says nothing
// on purpose.
func save(tb testing.TB, f *excelize.File) string {
	tb.Helper()
	buf, err := f.WriteToBuffer()
	if err != nil {
		tb.Fatal(err)
	}
	return write(tb, "list.csv", buf.String())
}

func TestExactDigits(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ kind, raw, text, want string }{
		{"", "49301234567", "4.9E+10", "49301234567"},
		{"", "493012345678", "4.93E+11", "493012345678"},
		{"n", "4.93012345678901E+15", "4.93012345678901E+15", "4930123456789010"},
		{"", "4.93012345678901E+15", "4930123456789010", "4930123456789010"},
		{"", "4930123456789012", "4930123456789010", "4930123456789012"},
		{"", "12345678901234567890", "1.23456789012346E+19", "12345678901234567890"},
		{"", "493012345678", "49301234567800%", "49301234567800%"},
		{"", "493012345678", "493,012,345,678", "493,012,345,678"},
		{"", "493012345678", "493012345678.00", "493012345678.00"},
		{"", "46082", "2026", "2026"},
		{"", "42", "0042", "0042"},
		{"", "0.000001", "1E-06", "1E-06"},
		{"str", "493012345678", "4.93E+11", "4.93E+11"},
	} {
		equal(t, tt.raw, exactDigits(storedCell{kind: tt.kind, raw: tt.raw}, tt.text), tt.want)
	}
}

func TestSheets(t *testing.T) {
	t.Parallel()
	f := excelize.NewFile()
	cells(t, f, "Sheet1", []any{"Read me first"})
	cells(t, f, "Old", []any{"Email"}, []any{"old@x.example"})
	cells(t, f, "Guests", []any{"Guests of Fabrikam"}, nil, []any{"Full name", "E-Mail", "Since"},
		[]any{"Anna", "a@x.example", time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}, nil, []any{"Bob", "b@x.example", "spring"})
	style, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.SetCellStyle("Guests", "C4", "C6", style); err != nil {
		t.Fatal(err)
	}
	if err := f.SetSheetVisible("Old", false); err != nil {
		t.Fatal(err)
	}
	if err := f.SetRowVisible("Guests", 6, false); err != nil {
		t.Fatal(err)
	}
	path := save(t, f)

	l := open(t, path, Options{})
	equal(t, "sheet", l.Sheet(), "Guests")
	equal(t, "headings", l.Header().Columns, []string{"Full name", "E-Mail", "Since"})
	equal(t, "fields", shape(l.Header().Fields), "email=1 name=0")
	equal(t, "rows", all(t, l), []batch.Row{
		{Line: 4, Cells: []string{"Anna", "a@x.example", "2026-03-01"}},
		{Line: 6, Cells: []string{"Bob", "b@x.example", "spring"}},
	})
	equal(t, "notices", l.Notices(), []string{"Rows of the sheet that are hidden or filtered out are part of the list; there are 1."})
	equal(t, "the sheet asked for", open(t, path, Options{Sheet: " OLD "}).Sheet(), "Old")

	bad := firstError(t, path, Options{Sheet: "Gäste"})
	if !strings.Contains(bad.Error(), `there is no sheet "Gäste"; it has "Sheet1", "Old", "Guests"`) {
		t.Errorf("an unknown sheet: %v", bad)
	}
	bad = firstError(t, path, Options{Sheet: "Sheet1"})
	if !strings.Contains(bad.Error(), `sheet "Sheet1": no column with e-mail addresses; headings found: "Read me first"`) {
		t.Errorf("a sheet without addresses: %v", bad)
	}
	bad = firstError(t, path, Options{Map: mapped("email", "Adresse")})
	if !strings.Contains(bad.Error(), `sheet "Guests": no column "Adresse" for email; headings found: "Full name", "E-Mail", "Since"`) {
		t.Errorf("a heading that no sheet has: %v", bad)
	}
}

func TestResultsWorkbookIsAList(t *testing.T) {
	t.Parallel()
	f := excelize.NewFile()
	head := []any{"Email", "Full name"}
	for _, column := range batch.ResultColumns() {
		head = append(head, column)
	}
	cells(t, f, "Results", head, []any{"a@x.example", "Anna", "failed"})
	cells(t, f, "Summary", []any{"Counts"})
	if err := f.DeleteSheet("Sheet1"); err != nil {
		t.Fatal(err)
	}
	l := open(t, save(t, f), Options{})
	equal(t, "sheet", l.Sheet(), "Results")
	equal(t, "fields", shape(l.Header().Fields), "email=0 name=1")
	equal(t, "rows", len(all(t, l)), 1)
}

// TestScratchFolder opens a workbook large enough to be unpacked to disk.
func TestScratchFolder(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	t.Setenv("TMP", tmp)
	old, young := filepath.Join(tmp, scratchPrefix+"old"), filepath.Join(tmp, scratchPrefix+"young")
	for _, dir := range []string{old, young, filepath.Join(tmp, "other")} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	past := time.Now().Add(-scratchAge - time.Hour)
	for _, dir := range []string{old, filepath.Join(tmp, "other")} {
		if err := os.Chtimes(dir, past, past); err != nil {
			t.Fatal(err)
		}
	}

	path := largeWorkbook(t, 40_000)
	l, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "rows", len(all(t, l)), 40_000)
	equal(t, "folders while open", len(folders(t, tmp)), 3)
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	equal(t, "folders after", folders(t, tmp), []string{scratchPrefix + "young", "other"})
}

// TestNoRoomToUnpack takes the temporary folder away: excelize panics over it.
func TestNoRoomToUnpack(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	t.Setenv("TMP", tmp)
	file, err := os.Open(largeShared(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	archive, err := zip.NewReader(file, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	b := &workbook{}
	if err := b.open(file.Name(), archive); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = b.close() }()
	entries, err := os.ReadDir(b.scratch)
	if err != nil || len(entries) == 0 {
		t.Fatalf("nothing was unpacked (%v): the test needs larger shared strings", err)
	}
	if err := os.RemoveAll(b.scratch); err != nil {
		t.Fatal(err)
	}
	for _, err = range b.rows(b.tabs[0]) {
	}
	if _, ok := errors.AsType[*Error](err); !ok {
		t.Errorf("got %v, want an *Error", err)
	}
}

// largeShared writes a workbook with more shared strings than excelize keeps in memory.
func largeShared(tb testing.TB) string {
	tb.Helper()
	var shared strings.Builder
	shared.WriteString(`<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">`)
	for i := range 40_000 {
		fmt.Fprintf(&shared, "<si><t>guest.number.%d.with.a.long.address.that.fills.the.folder.with.text.quickly@partner.example</t></si>", i)
	}
	shared.WriteString("<si><t>Email</t></si></sst>")
	rows := `<row r="1"><c r="A1" t="s"><v>40000</v></c></row><row r="2"><c r="A2" t="s"><v>0</v></c></row><row r="3"><c r="A3" t="s"><v>39999</v></c></row>`
	return rawBook{sheet: sheetXML(rows), strings: shared.String()}.write(tb)
}

// folders lists the folders in one.
func folders(tb testing.TB, dir string) (names []string) {
	tb.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		tb.Fatal(err)
	}
	for _, entry := range entries {
		if entry.IsDir() && !strings.HasPrefix(entry.Name(), "Test") {
			names = append(names, entry.Name())
		}
	}
	return names
}
