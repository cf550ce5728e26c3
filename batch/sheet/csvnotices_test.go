package sheet

import (
	"testing"

	"guestlist/internal/assert"
)

func TestCSVNotices(t *testing.T) {
	t.Parallel()
	const pasted = `In 1 row text looks like UTF-8 that is read as windows-1252; the first is row 2, where "Lena MÃ¼ller" likely means "Lena Müller". ` +
		`Were two files pasted together? Save each of them as "CSV UTF-8", then put them together again.`
	const lines = "Some cells have line breaks, first in row "
	const numbered = ": rows are numbered as in Excel, not by lines of the file."
	for _, tt := range []struct {
		name, content string
		opt           Options
		want          []string
	}{
		{"nothing odd", "Email,Name\na@x.example,Anna\nb@x.example\n", Options{}, nil},
		{
			"a comma in a cell", "Email,Name\na@x.example,Berg, Anna\nb@x.example,Bob,\n",
			Options{},
			[]string{"Row 2 has more cells than there are headings: a comma inside a cell needs quotes around the cell."},
		},
		{
			"semicolons in cells", "As of today; by Anna; and Bob\nEmail;Name\na@x.example;Berg; Anna\nb@x.example;Bob\nc@x.example;Cyd;x;y\n",
			Options{},
			[]string{"2 rows have more cells than there are headings, the first is row 3: a semicolon inside a cell needs quotes around the cell."},
		},
		{
			"a rare delimiter", "Email^Name\na@x.example^Berg^Anna\n",
			Options{Delimiter: '^'},
			[]string{`Row 2 has more cells than there are headings: a "^" inside a cell needs quotes around the cell.`},
		},
		{"line breaks in the headings", "Email,\"Full\nname\"\na@x.example,Anna\n", Options{}, []string{lines + "1" + numbered}},
		{"line breaks in a row", "Email,Name\n\na@x.example,\"Anna\nBerg\"\nb@x.example,Bob\n", Options{}, []string{lines + "3" + numbered}},
		{"line breaks at the end shift no row", "Email,Name\na@x.example,\"Anna\nBerg\"\n", Options{}, nil},
		{
			"two encodings", "Email,Name\na@x.example,Lena Müller\nb@x.example,J\xf6rg Gro\xdf\n",
			Options{Encoding: "windows-1252"},
			[]string{pasted},
		},
		{
			"said of the whole file", "Email,Name\na@x.example,Lena Müller\n",
			Options{Encoding: "windows-1252"},
			[]string{"The whole file is valid UTF-8 but is read as windows-1252, as asked; if letters with accents come out wrong, leave --encoding out."},
		},
		{"one encoding", "Email,Name\na@x.example,J\xf6rg\nb@x.example,\xc9milie \xc3\xa9t\xc9\n", Options{Encoding: "windows-1250"}, nil},
		{"bytes of GBK that are UTF-8 as well", "Email,Name\na@x.example,\xd0\xa1\nb@x.example,\xcd\xf5\n", Options{Encoding: "gbk"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := open(t, write(t, "list.csv", tt.content), tt.opt)
			all(t, l)
			all(t, l)
			assert.Equal(t, "notices", l.Notices(), tt.want)
		})
	}
}
