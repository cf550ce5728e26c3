package sheet

import (
	"bufio"
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"

	"guestlist/internal/assert"
	"guestlist/internal/text"
)

// encode spells a text in an encoding.
func encode(tb testing.TB, e encoding.Encoding, content string) string {
	tb.Helper()
	spelled, err := e.NewEncoder().String(content)
	if err != nil {
		tb.Fatal(err)
	}
	return spelled
}

func TestEncodings(t *testing.T) {
	t.Parallel()
	for name, spelled := range map[string]string{
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
			content := "Email,Name\na@x.example," + spelled + "\n"
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
	const list = "sep=;\r\nEmail;Name;Note\r\na@x.example;\"Anna; 李\";\"first\r\nsecond\"\r\nb@x.example;Björn\r\n"
	for _, order := range []unicode.Endianness{unicode.LittleEndian, unicode.BigEndian} {
		name := map[unicode.Endianness]string{unicode.LittleEndian: "utf-16le", unicode.BigEndian: "utf-16be"}[order]
		plain := encode(t, utf16Encoding(order), list)
		markedText := encode(t, utf16Encoding(order), "\uFEFF"+list)
		for content, asked := range map[string][]string{plain: {name}, markedText: {"", name, "utf-16", "UTF16"}} {
			for _, asked := range asked {
				l := open(t, write(t, "list.txt", content), Options{Encoding: asked})
				rows := all(t, l)
				assert.Equal(t, "headings", l.Header().Columns, []string{"Email", "Name", "Note"})
				assert.Equal(t, "rows", len(rows), 2)
				assert.Equal(t, "first", rows[0].Cells, []string{"a@x.example", "Anna; 李", "first\nsecond"})
				assert.Equal(t, "rows and line", []int{rows[0].Line, rows[1].Line, rows[1].FileLine}, []int{3, 4, 5})
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
	halves := encode(t, utf16Encoding(unicode.LittleEndian), "\uFEFFEmail\tName\na@x.example\tA") + "\x00\xD8" + encode(t, utf16Encoding(unicode.LittleEndian), "b\n")
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

func TestEscapeSequences(t *testing.T) {
	t.Parallel()
	bad := firstError(t, write(t, "list.csv", "Email,Name\na@x.example,\x1b$B;3ED\x1b(B\n"), Options{})
	if bad.Row != 2 || !strings.Contains(bad.Hint(), "--encoding iso-2022-jp") {
		t.Errorf("got %v, %q", bad, bad.Hint())
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
		content := bytes.Repeat(piece, 1+min(max(times, 0), 1<<20/(len(piece)+1)))
		plain, valid, err := validUTF8(bufio.NewReaderSize(bytes.NewReader(content), 16))
		if err != nil || valid != utf8.Valid(content) || valid && plain != text.IsASCII(string(content)) {
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
			if err == nil && (!utf8.ValidString(text) || strings.ContainsFunc(text, isImpossible)) {
				t.Fatalf("%s: row %d is %q", name, row.Line, row.Cells)
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

func TestAFileCutInAHalfLetter(t *testing.T) {
	t.Parallel()
	err := firstError(t, write(t, "list.csv", "\xff\xfeE\x00m\x00a\x00i\x00l\x00\n\x00a\x00"+"@"), Options{})
	if want := "By its byte order mark the file is utf-16le: it is damaged or was not copied completely."; !strings.Contains(err.Hint(), want) {
		t.Errorf("hint %q", err.Hint())
	}
}
