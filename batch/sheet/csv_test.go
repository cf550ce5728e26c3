package sheet

import (
	"encoding/csv"
	"errors"
	"io"
	"iter"
	"strings"
	"testing"
	"unicode/utf8"

	"guestlist/batch"
	"guestlist/internal/assert"
)

func TestCSVRows(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, content string
		want          []batch.Row
	}{
		{"comma", "Email,Name\na@x.example,Anna\nb@x.example,Bob\n", []batch.Row{
			{Line: 2, Cells: []string{"a@x.example", "Anna"}}, {Line: 3, Cells: []string{"b@x.example", "Bob"}},
		}},
		{"byte order mark, CRLF, no last line break", "\uFEFF\"Email\";Name\r\na@x.example;Anna", []batch.Row{
			{Line: 2, Cells: []string{"a@x.example", "Anna"}},
		}},
		{"tab keeps empty cells", "Email\tName\tCity\na@x.example\t\tOslo\n", []batch.Row{
			{Line: 2, Cells: []string{"a@x.example", "", "Oslo"}},
		}},
		{"pipe", "Name|E-Mail\nAnna, Dr.|a@x.example\n", []batch.Row{
			{Line: 2, Cells: []string{"Anna, Dr.", "a@x.example"}},
		}},
		{"sep line", "sep=;\nE-Mail;Name\na@x.example;Anna\n", []batch.Row{
			{Line: 3, Cells: []string{"a@x.example", "Anna"}},
		}},
		{"sep line decides", "sep=|\nEmail|Full name,Title,Other\na@x.example|A,B,C\n", []batch.Row{
			{Line: 3, Cells: []string{"a@x.example", "A,B,C"}},
		}},
		{"one column", "Email\na@x.example\n", []batch.Row{{Line: 2, Cells: []string{"a@x.example"}}}},
		{"separator inside quotes", "\"Email, work; best\";Email;Name\n\"x, y; z\";a@x.example;Anna\n", []batch.Row{
			{Line: 2, Cells: []string{"x, y; z", "a@x.example", "Anna"}},
		}},
		{"quotes, line breaks, blanks before quotes", "Email,Name,Note\n" +
			"a@x.example, \"Anna \"\"Ann\"\" Berg\",\"first\r\nsecond\"\nb@x.example,Bob,\n", []batch.Row{
			{Line: 2, Cells: []string{"a@x.example", `Anna "Ann" Berg`, "first\nsecond"}},
			{Line: 3, FileLine: 4, Cells: []string{"b@x.example", "Bob", ""}},
		}},
		{"quotes inside cells", "Email,Company,Note\na@x.example,OOO \"Romashka\",the \"best\nb@x.example, Gasthof \"Zur Post\" ,\"x \"\"y\"\"\"\n", []batch.Row{
			{Line: 2, Cells: []string{"a@x.example", `OOO "Romashka"`, `the "best`}},
			{Line: 3, Cells: []string{"b@x.example", `Gasthof "Zur Post" `, `x "y"`}},
		}},
		{"ragged and blank rows", "Email,Name\n\na@x.example\n , \n,,\nb@x.example,Bob,extra\n", []batch.Row{
			{Line: 3, Cells: []string{"a@x.example"}}, {Line: 6, Cells: []string{"b@x.example", "Bob", "extra"}},
		}},
		{"line ends of old Macs", "Email,Name\ra@x.example,\"Anna\rB\"\rb@x.example,Bob\r", []batch.Row{
			{Line: 2, Cells: []string{"a@x.example", "Anna\nB"}}, {Line: 3, FileLine: 4, Cells: []string{"b@x.example", "Bob"}},
		}},
		{"line ends of all kinds", "Email,Name\ra@x.example,Anna\rb@x.example,Bob\r\nc@x.example,Cyd\nd@x.example,Dan\r", []batch.Row{
			{Line: 2, Cells: []string{"a@x.example", "Anna"}},
			{Line: 3, Cells: []string{"b@x.example", "Bob"}},
			{Line: 4, Cells: []string{"c@x.example", "Cyd"}},
			{Line: 5, Cells: []string{"d@x.example", "Dan"}},
		}},
		{"title rows", "Guests of Fabrikam;;\n;;\nas of today;;\nName;E-Mail;City\nAnna;a@x.example;Oslo\n", []batch.Row{
			{Line: 5, Cells: []string{"Anna", "a@x.example", "Oslo"}},
		}},
		{"a message that names an address", "Email,Message\na@x.example,\"Dear Anna,\nask b@x.example, or call\n\"\n", []batch.Row{
			{Line: 2, Cells: []string{"a@x.example", "Dear Anna,\nask b@x.example, or call\n"}},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := open(t, write(t, "list", tt.content), Options{})
			assert.Equal(t, "rows", all(t, l), tt.want)
			assert.Equal(t, "rows read again", all(t, l), tt.want)
			assert.Equal(t, "sheet", l.Sheet(), "")
		})
	}
}

func TestDelimiterAskedFor(t *testing.T) {
	t.Parallel()
	const content = "Email|Full name,Email;Name\na@x.example|A,b@x.example;B\n"
	for comma, want := range map[rune]string{'|': "a@x.example", ',': "", ';': ""} {
		path := write(t, "list.csv", content)
		if want == "" {
			if err := firstError(t, path, Options{Delimiter: comma}); !strings.Contains(err.Error(), "no column with email addresses") {
				t.Errorf("%q: %v", comma, err)
			}
			continue
		}
		l := open(t, path, Options{Delimiter: comma})
		assert.Equal(t, "address", l.Header().Value(all(t, l)[0], batch.Email), want)
	}
	path := write(t, "list.csv", "Email ^ Name\na@x.example^ \"Anna, Dr.\"\n")
	assert.Equal(t, "rows", all(t, open(t, path, Options{Delimiter: '^'}))[0].Cells, []string{"a@x.example", "Anna, Dr."})
	for _, comma := range []rune{'"', '\n', '\uFFFD', -1} {
		if err := firstError(t, path, Options{Delimiter: comma}); !strings.Contains(err.Error(), "cannot separate columns") || err.Hint() == "" {
			t.Errorf("%q: %v", comma, err)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("b@x.example,Bob\n", rowLimit/10)
	tests := []struct {
		name, content string
		opt           Options
		want, hint    string
	}{
		{
			"Latin-1", "Email,Full name\na@x.example,Anna\nj@x.example,J\xf6rg\n",
			Options{},
			`row 3, column "Full name": the text is not UTF-8: "J�rg"`, "--encoding windows-1252",
		},
		{
			"Latin-1 beyond the headings", "Email\na@x.example,,J\xf6rg\n",
			Options{},
			`row 2, column C: the text is not UTF-8: "J�rg"`, `--encoding windows-1252   "Jörg"`,
		},
		{
			"text behind a quoted cell", "Email,Name\na@x.example,\"Anna\" Berg\nb@x.example,Bob\n",
			Options{},
			`row 2, column "Name": a quote (") opened here is not closed where it should be (line 2, character 18)`, "close it",
		},
		{
			"quote never closed below line breaks", "Email,Name\na@x.example,\"Anna\nBerg\"\nb@x.example,\"Bob\n",
			Options{},
			`row 3 (line 4), column "Name": a quote (") opened here is not closed`, "close it",
		},
		{
			"quote never closed", "Email,Name\na@x.example,\"Anna\nb@x.example,Bob\n",
			Options{},
			`row 2, column "Name": a quote (") opened here is not closed where it should be (line 3, character 17)`, "Remove the quote",
		},
		{
			"quote never closed in a long file", "Email,Name\na@x.example,\"Anna\n" + long,
			Options{},
			`row 2: a single row is larger than 4 MiB`, "never closed",
		},
		{
			"stray quotes, two rows", "Name;E-Mail\n\"Anna;a@x.example\nBob\";b@x.example\n",
			Options{},
			`row 2, column "Name": a quote (") opened here runs on`, "close it",
		},
		{
			"stray quotes, address first", "Email,Name\na@x.example,\"Anna\nb@x.example,Bob\"\n",
			Options{},
			`row 2, column "Name": a quote (") opened here runs on`, "close it",
		},
		{
			"stray quotes, many rows", "Email,Name,City\n\"a@x.example,Anna\nb@x.example,Bob,Oslo\nc@x.example\",Cyd,Rome\n",
			Options{},
			`row 2, column "Email": a quote (") opened here runs on`, "close it",
		},
		{
			"one NUL byte at the top", "Email,Name\nc@x.example,C\x00d\n" + strings.Repeat("b@x.example,Bob\n", 10),
			Options{},
			`row 2, column "Name": the cell holds NUL`, "CSV UTF-8",
		},
		{
			"NUL byte far down", "Email,Name\n" + strings.Repeat("b@x.example,Bob\n", 5000) + "c@x.example,C\x00d\n",
			Options{},
			`row 5002, column "Name": the cell holds NUL`, "CSV UTF-8",
		},
		{
			"no address", "Company,Full name\nFabrikam,Anna\n",
			Options{},
			`no column with email addresses; headings found: "Company", "Full name"`, `--map email="Heading"`,
		},
		{
			"two columns with addresses and no known heading", "List\nCompany,\"Contact\nmail\",Their boss\nFabrikam,a@x.example,b@x.example\n",
			Options{},
			`no column with email addresses; headings found: "Company", "Contact\nmail", "Their boss"`, `The columns "Contact mail", "Their boss" hold addresses: name that of the guests with --map email=HEADING, or call it Email.`,
		},
		{
			"no headings", "Anna,a@x.example\nBob,b@x.example\n",
			Options{Map: mapped("email", "Contact")},
			`no column with email addresses: there are no headings`, "The first row is a guest already: put headings",
		},
		{"a title and no headings", "Guests of Fabrikam\n\nAnna,a@x.example\n", Options{}, `there are no headings`, "Row 3 is a guest already"},
		{
			"a rare delimiter", "Name^Email\nAnna^a@x.example\n",
			Options{},
			`headings found: "Name^Email"`, `give --delimiter "^"`,
		},
		{
			"a rare delimiter and a mapped heading", "Guests\nName~Adresse\nAnna~a@x.example\n",
			Options{Map: mapped("email", "Adresse")},
			`headings found: "Guests"`, `give --delimiter "~"`,
		},
		{
			"the wrong delimiter", "Name;Email\nAnna Berg;a@x.example\n",
			Options{Delimiter: '\t'},
			`headings found: "Name;Email"`, "Leave --delimiter out: a semicolon separates the columns.",
		},
		{"a colon that separates nothing", "Mail: as of today\nCompany: Fabrikam\n", Options{}, `headings found: "Mail: as of today"`, `--map email="Heading"`},
		{
			"no such heading", "Email,Full name\na@x.example,Anna\n",
			Options{Map: mapped("cc", "Copy to")},
			`row 1: no column "Copy to" for cc; headings found: "Email", "Full name"`, "--map cc=HEADING",
		},
		{
			"no such address heading", "Email,Full name\na@x.example,Anna\n",
			Options{Map: mapped("email", "Adresse")},
			`no column "Adresse" for email; headings found: "Email", "Full name"`, `--map email="Email"`,
		},
		{"sheet of a CSV", "Email\na@x.example\n", Options{Sheet: "Guests"}, `there is no sheet "Guests"`, "Leave --sheet out"},
		{"blank cells only", "\n , \n,,\n", Options{}, "there is nothing in it", "headings such as Email"},
		{"blank rows only", "Email,Name\n\n,\n", Options{}, "there are no rows below the headings", "one guest in each row"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := write(t, "list.csv", tt.content)
			err := firstError(t, path, tt.opt)
			if !strings.HasPrefix(err.Error(), path+": ") || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q, want the file and %q", err, tt.want)
			}
			if !strings.Contains(err.Hint(), tt.hint) {
				t.Errorf("hint %q, want %q in it", err.Hint(), tt.hint)
			}
		})
	}
}

// FuzzCSV holds the reader to its promise: what encoding/csv sees in a file is
// yielded, row by row, or there is an error. Quotes inside cells are no error.
func FuzzCSV(f *testing.F) {
	f.Add("a@x.example,Anna\r\nb@x.example,\"Bob\nB\"\n")
	f.Add("a@x.example;Anna\n\n,,\n\"\"\"\",x")
	f.Add("\"a\nb@x.example,Bob\",c")
	f.Add("sep=;\nExample: a,b\n\xff")
	f.Add("\r0")
	f.Fuzz(func(t *testing.T, body string) {
		content := "Email,Name\n" + body
		got, err := csvRowsOf(content)
		if err != nil {
			bad, ok := errors.AsType[*Error](err)
			if !ok || bad.Err.Error() == "" {
				t.Fatalf("error %v is not an *Error", err)
			}
			return
		}
		if likelyDelimiter(content[:min(len(content), headSize)], Options{}) != ',' {
			return
		}
		want, ok := expected(content)
		if !ok || !utf8.ValidString(content) {
			t.Fatalf("%q was read as %v, though it is not well-formed", content, got)
		}
		assert.Equal(t, "rows", got, want)
	})
}

// csvRowsOf reads a CSV text as Open would, without a file.
func csvRowsOf(content string) ([]batch.Row, error) {
	comma := likelyDelimiter(content[:min(len(content), headSize)], Options{})
	rows := func() iter.Seq2[batch.Row, error] {
		return csvRows(charset{}.text(strings.NewReader(content)), comma, charset{}.check)
	}
	got, err := findHeadings(rows(), Options{})
	if err != nil {
		return nil, inTable(err, "", got.best)
	}
	var read []batch.Row
	n := csvNotices{comma: comma, header: got.header, headerLine: got.line}
	for row, err := range n.rows(rows(), func(string) {}) {
		if err != nil {
			return nil, inTable(err, "", got.header.Columns)
		}
		read = append(read, row)
	}
	return read, nil
}

// expected is encoding/csv's own view of a text whose lines all end with a line
// feed, without blank rows.
func expected(content string) ([]batch.Row, bool) {
	r := csv.NewReader(strings.NewReader(strings.ReplaceAll(strings.ReplaceAll(content, "\r\n", "\n"), "\r", "\n")))
	r.FieldsPerRecord = -1
	r.TrimLeadingSpace = true
	// We read quotes inside unquoted cells as they are. Where we refuse nothing, no cell
	// that begins with a quote is read leniently.
	r.LazyQuotes = true
	extra := 0 // lines within records
	var rows []batch.Row
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, true
		}
		if err != nil {
			return nil, false
		}
		line, _ := r.FieldPos(0)
		row := batch.Row{Line: line - extra, Cells: record}
		if extra > 0 {
			row.FileLine = line
		}
		if strings.TrimSpace(strings.Join(record, "")) != "" {
			rows = append(rows, row)
		}
		extra += strings.Count(strings.Join(record, ""), "\n")
	}
}
