package sheet

import (
	"errors"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unicode"

	"guestlist/batch"
	"guestlist/batch/sheet/xlsx/xlsxtest"
	"guestlist/internal/text"
)

// hostile commands a terminal to fill the clipboard, then writes from right to
// left.
const hostile = "\x1b]52;c;ZXZpbA==\x07\u202egnp.elif\u200b"

// TestForeignTextIsShownSafely puts control and format characters into everything
// that a list brings along: none of them reaches a message as it is.
func TestForeignTextIsShownSafely(t *testing.T) {
	t.Parallel()
	xmlSafe := strings.NewReplacer("\x1b", "\u202d", "\x07", "").Replace(hostile)
	row := func(number, a, b string) string {
		return `<row r="` + number + `"><c r="A` + number + `" t="str"><v>` + a + `</v></c><c r="B` + number + `" t="str"><v>` + b + `</v></c></row>`
	}
	guests := row("1", "Email", xmlSafe) + row("2", "a@x.example", "A") + row("3", "b@x.example", "B")
	named := func(sheets string) map[string]string {
		return map[string]string{
			"xl/workbook.xml": `<workbook xmlns:r="` + xlsxtest.OfficeNS + `"><sheets>` + sheets + `</sheets></workbook>`,
		}
	}
	const first, second = `<sheet name="Guests" r:id="rId1"/>`, `<sheet name="%" r:id="rId1"/>`
	book := func(b xlsxtest.Book) string { return string(b.Bytes()) }
	for name, tt := range map[string]struct {
		content string
		opt     Options
	}{
		"headings of a CSV":          {content: "A" + hostile + ",B\n1,2\n"},
		"a heading above addresses":  {content: "A" + hostile + ",B\na@x.example,2\n"},
		"an encoding error":          {content: "Email,A" + hostile + "\na@x.example,J\xf6rg" + hostile + "\n"},
		"columns to choose from":     {content: "Email,E-mail" + "\u200b" + "\na@x.example,b@x.example\n"},
		"an unknown heading":         {content: "Email,A" + hostile + "\na@x.example,2\n", opt: Options{Map: mapped("name", hostile)}},
		"the template's example":     {content: "Email\nExample: " + hostile + "@x.example\na@x.example\n"},
		"text pasted from elsewhere": {content: "Email,Name\na@x.example,M\u00fcller" + hostile + "\nb@x.example,J\xf6rg\n", opt: Options{Encoding: "windows-1252"}},
		"an unknown sheet":           {content: book(xlsxtest.Book{Sheet: xlsxtest.Sheet(guests), Parts: named(strings.Replace(second, "%", xmlSafe, 1))}), opt: Options{Sheet: hostile}},
		"another sheet with guests":  {content: book(xlsxtest.Book{Sheet: xlsxtest.Sheet(guests), Parts: named(first + strings.Replace(second, "%", xmlSafe, 1))})},
		"a sheet without addresses":  {content: book(xlsxtest.Book{Sheet: xlsxtest.Sheet(row("1", xmlSafe, "B")), Parts: named(strings.Replace(second, "%", xmlSafe, 1))})},
		"a part that is missing": {content: book(xlsxtest.Book{Sheet: xlsxtest.Sheet(guests), Parts: map[string]string{
			"xl/_rels/workbook.xml.rels": xlsxtest.Relations + `<Relationship Id="rId1" Type="x/worksheet" Target="` + xmlSafe + `.xml"/></Relationships>`,
		}})},
		"an element that is not open": {content: book(xlsxtest.Book{Sheet: xlsxtest.Sheet(guests + "</Ж" + xmlSafe + ">")})},
		"a row out of order":          {content: book(xlsxtest.Book{Sheet: xlsxtest.Sheet(guests + `<row r="` + xmlSafe + `"/>`)})},
		"a cell out of order":         {content: book(xlsxtest.Book{Sheet: xlsxtest.Sheet(guests + `<row><c r="` + xmlSafe + `"/></row>`)})},
		"a style":                     {content: book(xlsxtest.Book{Sheet: xlsxtest.Sheet(guests + `<row><c s="` + xmlSafe + `"/></row>`)})},
		"the encoding of a part":      {content: book(xlsxtest.Book{Sheet: `<?xml version="1.0" encoding="` + xmlSafe + `"?><a/>`})},
		"the version of a part":       {content: book(xlsxtest.Book{Sheet: `<?xml version="` + xmlSafe + `"?><a/>`})},
		"hidden and merged columns": {content: book(xlsxtest.Book{Sheet: strings.Replace(xlsxtest.Sheet(strings.Replace(guests, ">Email<", ">Email [x"+xmlSafe+"]<", 1)),
			"<sheetData>", `<cols><col min="1" max="1" hidden="1"/></cols><mergeCells><mergeCell ref="A2:A3"/></mergeCells><sheetData>`, 1)}), opt: Options{Map: mapped("email", "x")}},
		"an archive": {content: string(zipped(t, "list"+hostile+".csv"))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			told, err := messages(write(t, "list", tt.content), tt.opt)
			if err == nil && told == "" {
				t.Fatal("nothing is told")
			}
			if strings.ContainsFunc(told, isUnsafe) {
				t.Errorf("%q", told)
			}
		})
	}
	if runtime.GOOS != "windows" { // which has no such names
		told, err := messages(filepath.Join(t.TempDir(), hostile), Options{})
		if err == nil || strings.ContainsFunc(told, isUnsafe) {
			t.Errorf("the path of a file: %q, %v", told, err)
		}
	}
}

// messages is everything that is told about a list, and its first error.
func messages(path string, opt Options) (string, error) {
	l, err := Open(path, opt)
	var told []string
	if err == nil {
		defer func() { _ = l.Close() }()
		_, err = drain(l)
		told = l.Notices()
	}
	if bad, ok := errors.AsType[*Error](err); ok {
		told = append(told, bad.Error(), bad.Hint())
	}
	return strings.Join(told, "\n"), err
}

// isUnsafe finds what a terminal obeys and people do not see.
func isUnsafe(r rune) bool {
	return r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || text.IsInvisible(r) && r != ' ')
}

// TestAdviceRunsNothing gives headings back so that no shell finds a command in them.
func TestAdviceRunsNothing(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("internal/shell has what the shells of Windows take")
	}
	for heading, want := range map[string]string{
		"Contact":             `--map email="Contact"`,
		"Work address":        `--map email="Work address"`,
		"Foo$(touch PWNED)":   `--map email='Foo$(touch PWNED)'`,
		"`touch PWNED`":       "--map email='`touch PWNED`'",
		"it's $HOME":          `--map email='it'\''s $HOME'`,
		"\"; touch PWNED; \"": `--map email='"; touch PWNED; "'`,
	} {
		for _, err := range []interface{ Hint() string }{
			&NoAddressError{Likely: heading}, &UnknownHeadingError{Field: batch.Email, Likely: heading},
		} {
			if got := err.Hint(); !strings.Contains(got, want+".") && !strings.Contains(got, want+", or") {
				t.Errorf("%q: %s, want %s", heading, got, want)
			}
		}
		several := &NoAddressError{several: []string{"Other", heading}}
		if got := several.Hint(); !strings.HasSuffix(got, " hold addresses: name that of the guests with --map email=HEADING, or call it Email.") {
			t.Errorf("%q is one of two: %s", heading, got)
		}
	}
}
