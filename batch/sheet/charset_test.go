package sheet

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"

	"guestlist/internal/assert"
)

// encode spells a text in an encoding.
func encode(tb testing.TB, e encoding.Encoding, text string) string {
	tb.Helper()
	spelled, err := e.NewEncoder().String(text)
	if err != nil {
		tb.Fatal(err)
	}
	return spelled
}

func TestEncodings(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"utf-8": "Müller, 李", "UTF8": "Müller", "windows-1252": "Müller œ€", "cp1252": "€", "1252": "€", "latin1": "é", "iso-8859-1": "é",
		"Windows-1250": "Łódź", "windows-1251": "Мюллер", "windows-1253": "Γιώργος", "windows-1254": "Şükrü", "windows-1256": "علي",
		"iso-8859-2": "Dvořák", "iso-8859-5": "Мюллер", "iso-8859-15": "œ€", "koi8-r": "Мюллер", "windows-874": "สมชาย",
		"shift_jis": "山田 表ソ", "cp932": "山田", "ms932": "髙", "euc-jp": "山田", "iso-2022-jp": "山田",
		"gb18030": "李娜 €", "gbk": "李娜", "cp936": "李娜", "big5": "陳大文", "euc-kr": "김철수", "cp949": "김철수", "cp950": "陳大文", "858": "€",
		"ibm850": "Müller ©", "cp850": "Müller", "850": "Müller", "ibm437": "Müller Ω", "cp852": "Łódź", "ibm866": "Мюллер", "cp858": "€", "macintosh": "Müller Ω",
		"utf-16le": "Müller 李 𝒳", "utf-16be": "Müller 李 𝒳",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set, err := encodingNamed(name)
			if err != nil {
				t.Fatal(err)
			}
			content := "Email,Name\na@x.example," + text + "\n"
			want := content
			if set.decoder != nil {
				content = encode(t, set.decoder, content)
			}
			l := open(t, write(t, "list.csv", content), Options{Encoding: name})
			got := all(t, l)
			assert.Equal(t, "rows", len(got), 1)
			assert.Equal(t, "row", "Email,Name\n"+strings.Join(got[0].Cells, ",")+"\n", strings.ReplaceAll(want, ", ", ","))
		})
	}
}

func TestUTF16(t *testing.T) {
	t.Parallel()
	const text = "sep=;\r\nEmail;Name;Note\r\na@x.example;\"Anna; 李\";\"first\r\nsecond\"\r\nb@x.example;Björn\r\n"
	for _, order := range []unicode.Endianness{unicode.LittleEndian, unicode.BigEndian} {
		name := map[unicode.Endianness]string{unicode.LittleEndian: "utf-16le", unicode.BigEndian: "utf-16be"}[order]
		plain := encode(t, wide(order), text)
		markedText := encode(t, wide(order), "\uFEFF"+text)
		for content, asked := range map[string][]string{plain: {name}, markedText: {"", name, "utf-16", "UTF16"}} {
			for _, asked := range asked {
				l := open(t, write(t, "list.txt", content), Options{Encoding: asked})
				rows := all(t, l)
				assert.Equal(t, "headings", l.Header().Columns, []string{"Email", "Name", "Note"})
				assert.Equal(t, "rows", len(rows), 2)
				assert.Equal(t, "first", rows[0].Cells, []string{"a@x.example", "Anna; 李", "first\nsecond"})
				assert.Equal(t, "lines", []int{rows[0].Line, rows[1].Line}, []int{3, 5})
				assert.Equal(t, "notices", len(l.Notices()), 1) // of the line break
			}
		}
		for _, asked := range []string{"", "utf-16", "utf-8"} {
			err := firstError(t, write(t, "list.txt", plain), Options{Encoding: asked})
			if !strings.Contains(err.Error(), "UTF-16 text without a byte order mark") || !strings.Contains(err.Hint(), "--encoding "+name+",") {
				t.Errorf("%s without a mark, asked %q: %v, %q", name, asked, err, err.Hint())
			}
		}
	}
	halves := encode(t, wide(unicode.LittleEndian), "\uFEFFEmail\tName\na@x.example\tA") + "\x00\xD8" + encode(t, wide(unicode.LittleEndian), "b\n")
	err := firstError(t, write(t, "list.txt", halves), Options{})
	if !strings.Contains(err.Error(), `row 2, column "Name": the text is not utf-16le: "A�b"`) {
		t.Errorf("half a character: %v", err)
	}
}

func TestEncodingContradictsTheMark(t *testing.T) {
	t.Parallel()
	for content, asked := range map[string]string{
		"\xEF\xBB\xBFEmail\na@x.example\n": "windows-1252",
		"\xEF\xBB\xBFEmail\na@x.example":   "utf-16le",
		"\xFF\xFEE\x00\n\x00":              "utf-16be",
		"\xFE\xFF\x00E\x00\n":              "utf-8",
		"\xFE\xFF\x00E\x00":                "shift_jis",
	} {
		err := firstError(t, write(t, "list.csv", content), Options{Encoding: asked})
		if !strings.Contains(err.Error(), "--encoding says "+asked) || err.Hint() != "Leave --encoding out." {
			t.Errorf("%q as %s: %v", content, asked, err)
		}
	}
}

func TestUnknownEncoding(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"klingon", "ansi", "x-user-defined", "iso-2022-kr", "replacement", "utf-7", "cp0"} {
		err := firstError(t, write(t, "list.csv", "Email\na@x.example\n"), Options{Encoding: name})
		if !strings.Contains(err.Error(), fmt.Sprintf("the encoding %q is not known", name)) || !strings.Contains(err.Hint(), "windows-1252, windows-1250") {
			t.Errorf("%s: %v, %q", name, err, err.Hint())
		}
	}
}

func TestEncodingError(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ spelled, text string }{
		{"windows-1252", "Müller"},
		{"windows-1252", "Renée Citroën"},
		{"windows-1250", "Łukasz Świątek"},
		{"windows-1251", "Наталья Мюллер"},
		{"windows-1253", "Γιώργος"},
		{"shift_jis", "山田 太郎"},
		{"gb18030", "李娜"},
		{"euc-kr", "김철수"},
		{"big5", "陳大文"},
		{"ibm850", "Müller"},
	} {
		t.Run(tt.spelled, func(t *testing.T) {
			t.Parallel()
			set, err := encodingNamed(tt.spelled)
			if err != nil {
				t.Fatal(err)
			}
			content := "Email;Full name\na@x.example;Anna\nb@x.example;" + encode(t, set.decoder, tt.text) + "\n"
			bad := firstError(t, write(t, "list.csv", content), Options{})
			odd, ok := errors.AsType[*EncodingError](bad)
			if !ok || bad.Row != 3 || bad.Column != `column "Full name"` {
				t.Fatalf("got %v, want an EncodingError in row 3", bad)
			}
			shown := false
			for _, r := range odd.Readings {
				shown = shown || r.Text == tt.text
				readable := firstTextOf(t, content, r.Encoding)
				assert.Equal(t, "as read with --encoding "+r.Encoding, readable, r.Text)
			}
			if !shown || len(odd.Readings) > shownReadings {
				t.Errorf("%q is not among %v", tt.text, odd.Readings)
			}
			for i, line := range strings.Split(bad.Hint(), "\n")[1:] {
				r := odd.Readings[i]
				if !strings.HasPrefix(line, "  --encoding "+r.Encoding+" ") || !strings.HasSuffix(line, fmt.Sprintf("   %q", r.Text)) {
					t.Errorf("line %q of the hint does not show %v", line, r)
				}
			}
			t.Log(bad.Hint())
		})
	}
}

// firstTextOf reads the last name of a list in an encoding.
func firstTextOf(t *testing.T, content, name string) string {
	t.Helper()
	rows := all(t, open(t, write(t, "list.csv", content), Options{Encoding: name}))
	return rows[len(rows)-1].Cells[1]
}

func TestEscapeSequences(t *testing.T) {
	t.Parallel()
	bad := firstError(t, write(t, "list.csv", "Email,Name\na@x.example,\x1b$B;3ED\x1b(B\n"), Options{})
	if bad.Row != 2 || !strings.Contains(bad.Hint(), "--encoding iso-2022-jp") {
		t.Errorf("got %v, %q", bad, bad.Hint())
	}
}

func TestEncodingErrorInTheHeadings(t *testing.T) {
	t.Parallel()
	bad := firstError(t, write(t, "list.csv", "E-Mail;Stra\xDFe\na@x.example;Markt 1\n"), Options{})
	want := `row 1, column B: the text is not UTF-8: "Stra�e"`
	if !strings.Contains(bad.Error(), want) || !strings.Contains(bad.Hint(), "\n  --encoding windows-1252   \"Straße\"\n") {
		t.Errorf("got %v, want %s", bad, want)
	}
}

func TestTwoEncodingsInOne(t *testing.T) {
	t.Parallel()
	const pasted = "Email,Name\na@x.example,Zoë Müller\nb@x.example,J\xf6rg\n"
	bad := firstError(t, write(t, "list.csv", pasted), Options{})
	odd, ok := errors.AsType[*EncodingError](bad)
	if !ok || bad.Row != 3 || !odd.Above || !strings.Contains(bad.Error(), "not UTF-8, while text above is") ||
		!strings.Contains(bad.Hint(), "two files pasted together") || strings.Contains(bad.Hint(), "--encoding windows") {
		t.Errorf("got %v, %q", bad, bad.Hint())
	}
	// Bytes of another encoding that happen to be UTF-8.
	bad = firstError(t, write(t, "list.csv", "Email,Name\na@x.example,\xC3\x8A\xC3\x8A\nb@x.example,J\xf6rg\n"), Options{})
	if odd, ok := errors.AsType[*EncodingError](bad); !ok || odd.Above {
		t.Errorf("chance taken for UTF-8: %v", bad)
	}
}

func TestReadingsThatNobodyMeant(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"Jürgen": false, "佐藤\u3000花子": false, "Anna\u00a0Berg": false, "first\nsecond": false, "Anna\u00a0": false,
		"J\u00a0rgen": true, "J\u0085rgen": true, "J\u2028rgen": true, "J\uFFFDrgen": true, "J\u2003rgen": true, "J\vrgen": true,
	} {
		assert.Equal(t, fmt.Sprintf("%q is mangled", text), mangled(text), want)
	}
}

func TestBytesThatTheEncodingLacks(t *testing.T) {
	t.Parallel()
	for name, spelled := range map[string]string{"shift_jis": "\xFF\xFE", "windows-1252": "M\x81ller", "gb18030": "M\xFFller", "windows-1253": "\xD2", "euc-kr": "\xFF"} {
		bad := firstError(t, write(t, "list.csv", "Email,Name\na@x.example,Anna\nb@x.example,"+spelled+"\n"), Options{Encoding: name})
		if bad.Row != 3 || bad.Column != `column "Name"` || !strings.Contains(bad.Error(), "the text is not "+name+`: "`) ||
			!strings.Contains(bad.Error(), "\uFFFD") || bad.Hint() == "" {
			t.Errorf("%s: %v", name, bad)
		}
	}
}

func TestUTF8ReadAsSomethingElse(t *testing.T) {
	t.Parallel()
	const plain, accents = "Email,Name\na@x.example,Anna\n", "Email,Name\na@x.example,Zoë\n"
	far := plain + strings.Repeat("b@x.example,Bob\n", headSize/8) + "c@x.example,Zoë\n"
	for content, want := range map[string]int{plain: 0, accents: 1, far: 1, "Email,Name\na@x.example,Zo\xEB\n": 0, far + "d@x.example,Zo\xEB\n": 0} {
		l := open(t, write(t, "list.csv", content), Options{Encoding: "windows-1252"})
		assert.Equal(t, "notices", len(l.Notices()), want)
		if want > 0 && !strings.Contains(l.Notices()[0], "is valid UTF-8 but is read as windows-1252") {
			t.Errorf("got %v", l.Notices())
		}
	}
	assert.Equal(t, "notices of UTF-8", len(open(t, write(t, "list.csv", accents), Options{Encoding: "utf-8"}).Notices()), 0)
}

func FuzzValidUTF8(f *testing.F) {
	f.Add([]byte("a"), 3)
	f.Add([]byte("äöü€\xF0\x9F\x98\x80"), 70_000)
	f.Add([]byte("\xE2\x82"), 1)
	f.Fuzz(func(t *testing.T, piece []byte, times int) {
		text := bytes.Repeat(piece, 1+min(max(times, 0), 1<<20/(len(piece)+1)))
		plain, valid, err := validUTF8(bufio.NewReaderSize(bytes.NewReader(text), 16))
		if err != nil || valid != utf8.Valid(text) || valid && plain != ascii(text) {
			t.Fatalf("%d times %q: plain %v, valid %v, %v", times, piece, plain, valid, err)
		}
	})
}

// FuzzEncodings reads any bytes in any encoding: there are rows or an error, and
// no character that the encoding lacks.
func FuzzEncodings(f *testing.F) {
	for i := range likely {
		f.Add([]byte("\x8eR\x93c,\xfc\n\x1b$B;3\x1b(B"), i)
	}
	f.Fuzz(func(t *testing.T, body []byte, at int) {
		name := likely[max(at, 0)%len(likely)].name
		head := append([]byte("Email,Name\n"), body...)
		set, err := findCharset(head, name)
		if err != nil {
			return
		}
		for row, err := range csvRows(set.text(bytes.NewReader(head)), ',', set.check) {
			text := strings.Join(row.Cells, "")
			if err == nil && (!utf8.ValidString(text) || strings.ContainsFunc(text, impossible)) {
				t.Fatalf("%s: row %d is %q", name, row.Line, row.Cells)
			}
		}
	})
}

func FuzzReadings(f *testing.F) {
	f.Add("M\xfcller")
	f.Add("\x8eR\x93c")
	f.Fuzz(func(t *testing.T, cell string) {
		seen := map[string]bool{}
		for _, r := range readings(cell) {
			if seen[r.Text] || mangled(r.Text) || r.Text == cell {
				t.Fatalf("%q reads %q in %s", cell, r.Text, r.Encoding)
			}
			seen[r.Text] = true
			if set, err := encodingNamed(r.Encoding); err != nil || set.decoder == nil {
				t.Fatalf("--encoding %s is not known: %v", r.Encoding, err)
			}
		}
	})
}

func TestLineEnds(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]string{
		"": "", "\r": "\n", "\r\n": "\r\n", "a\rb\r\nc\nd\r\r\ne\r": "a\nb\r\nc\nd\n\r\ne\n",
	} {
		for _, size := range []int{16, 4096} {
			got := new(strings.Builder)
			if _, err := lineEndsOf(content, size).WriteTo(got); err != nil {
				t.Fatal(err)
			}
			assert.Equal(t, content, got.String(), want)
		}
	}
}

func lineEndsOf(content string, size int) *bufio.Reader {
	return bufio.NewReader(lineEnds{bufio.NewReaderSize(iotest.OneByteReader(strings.NewReader(content)), size)})
}

func FuzzLineEnds(f *testing.F) {
	f.Add("a\rb\r\n", 3)
	f.Fuzz(func(t *testing.T, piece string, times int) {
		content := strings.Repeat(piece, min(max(times, 1), 100))
		got := new(strings.Builder)
		if _, err := lineEndsOf(content, 16).WriteTo(got); err != nil {
			t.Fatal(err)
		}
		want := strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(content, "\r\n", "\x00crlf\x00"), "\r", "\n"), "\x00crlf\x00", "\r\n")
		if got.String() != want && !strings.Contains(content, "\x00crlf\x00") {
			t.Fatalf("%q became %q", content, got)
		}
	})
}
