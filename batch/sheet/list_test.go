package sheet

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
	"guestlist/batch/sheet/xlsx/xlsxtest"
	"guestlist/internal/assert"
	"guestlist/internal/need"
)

// write puts content into a file and returns its path.
func write(tb testing.TB, name, content string) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// open opens a list that must open, and closes it with the test.
func open(tb testing.TB, path string, opt Options) *List {
	tb.Helper()
	l, err := Open(path, opt)
	if err != nil {
		tb.Fatalf("Open: %v", err)
	}
	tb.Cleanup(func() {
		if err := l.Close(); err != nil {
			tb.Errorf("Close: %v", err)
		}
	})
	return l
}

// all reads every row that must be readable.
func all(tb testing.TB, l *List) []batch.Row {
	tb.Helper()
	rows, err := drain(l)
	if err != nil {
		tb.Fatalf("Rows: %v", err)
	}
	return rows
}

// drain reads rows up to the first error.
func drain(l *List) (rows []batch.Row, err error) {
	for row, err := range l.Rows() {
		if err != nil {
			return rows, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// firstError opens and reads a list until something is wrong with it.
func firstError(tb testing.TB, path string, opt Options) *Error {
	tb.Helper()
	l, err := Open(path, opt)
	if err == nil {
		defer func() { _ = l.Close() }()
		_, err = drain(l)
	}
	bad, ok := errors.AsType[*Error](err)
	if !ok {
		tb.Fatalf("got error %v, want an *Error", err)
	}
	return bad
}

func TestTemplateOfTheAdminCenter(t *testing.T) {
	t.Parallel()
	const content = "version:v1.0,,,\n" +
		"招待するメール アドレス [inviteeEmail] 必須,リダイレクト URL [inviteRedirectURL] 必須,招待メッセージの送信 (true または false) [sendEmail],Name [customizedMessageBody]\n" +
		"Example: lstokes@fabrikam.example,https://myapplications.microsoft.com,TRUE,Welcome to the Contoso organization!\n" +
		"a@x.example,https://x.example, true,\n"
	unpadded := open(t, write(t, "template.csv", strings.Replace(content, "v1.0,,,", "version:v1.0", 1)), Options{})
	assert.Equal(t, "rows below a line of its own", len(all(t, unpadded)), 1)
	l := open(t, write(t, "template.csv", content), Options{})
	assert.Equal(t, "fields", shape(l.Header().Fields), "email=0 redirect-url=1 send-message=2 message=3")
	for range 2 {
		assert.Equal(t, "rows", all(t, l), []batch.Row{{Line: 4, Cells: []string{"a@x.example", "https://x.example", "true", ""}}})
	}
	assert.Equal(t, "notices", l.Notices(), []string{
		`Row 3 is the template's example ("Example: lstokes@fabrikam.example") and is left out.`,
	})
}

func TestSplitTellsWhatGuestsShare(t *testing.T) {
	t.Parallel()
	l := open(t, write(t, "list.csv", "Email,First name,Last name,Message\na@x.example; b@x.example,Anna,Berg,Dear Anna\nc@x.example; d@x.example,,,\ne@x.example,Eva,Lind,Dear Eva\n"), Options{Split: true})
	rows := all(t, l)
	assert.Equal(t, "rows", len(rows), 5)
	assert.Equal(t, "first", rows[0].Cells, []string{"a@x.example", "", "", "Dear Anna"})
	assert.Equal(t, "notices", l.Notices(), []string{
		"In 2 rows the cell holds several addresses, first in row 2; each is invited by itself (--split).",
		`1 of them has a name in the row, which is left out: it would be given to every one of the guests. The first is row 2, "Anna Berg".`,
		`1 of them has a message, which goes to each of the guests: see that it greets all of them. The first is row 2, "Dear Anna".`,
	})
}

func TestOpenReader(t *testing.T) {
	tmp := ownTemp(t)
	want := []batch.Row{{Line: 2, Cells: []string{"a@x.example"}}, {Line: 5, Cells: []string{"b@x.example"}}}
	for name, content := range map[string]string{
		"CSV":      "Email\na@x.example\n\n\nb@x.example\n",
		"workbook": string(xlsxtest.Book{Sheet: xlsxtest.Sheet(xlsxtest.Rows), Strings: xlsxtest.Strings}.Bytes()),
	} {
		l, err := OpenReader("standard input", iotest.HalfReader(strings.NewReader(content)), Options{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		assert.Equal(t, name, all(t, l), want)
		assert.Equal(t, name+" read again", all(t, l), want)
		assert.Equal(t, "digest", l.SHA256(), fmt.Sprintf("%x", sha256.Sum256([]byte(content))))
		if runtime.GOOS != "windows" { // nothing of the list may stay when the program is killed
			assert.Equal(t, name+" has no name while it is read", folders(t, tmp), []string(nil))
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		assert.Equal(t, name+" leaves", folders(t, tmp), []string(nil))
	}
}

func TestOpenReaderNamesTheReader(t *testing.T) {
	tmp := ownTemp(t)
	_, err := OpenReader("standard input", strings.NewReader("Company\nFabrikam\n"), Options{})
	if err == nil || !strings.HasPrefix(err.Error(), "standard input: no column with email addresses") {
		t.Errorf("got %v", err)
	}
	cut := errors.New("pipe cut")
	_, err = OpenReader("standard input", io.MultiReader(strings.NewReader("Email\n"), iotest.ErrReader(cut)), Options{})
	if !errors.Is(err, cut) || !strings.HasPrefix(err.Error(), "standard input: cannot read the list: ") {
		t.Errorf("got %v", err)
	}
	assert.Equal(t, "left", folders(t, tmp), []string(nil))
}

func TestFlagsForCSVAlone(t *testing.T) {
	t.Parallel()
	path := writeBook(t, xlsxtest.Book{Sheet: xlsxtest.Sheet(xlsxtest.Rows), Strings: xlsxtest.Strings})
	for _, opt := range []Options{{Encoding: "windows-1252"}, {Delimiter: ';'}} {
		l := open(t, path, opt)
		if n := l.Notices(); len(n) != 1 || !strings.Contains(n[0], "The list is a workbook") {
			t.Errorf("%+v: %v", opt, n)
		}
	}
}

func TestEmptyIsTold(t *testing.T) {
	t.Parallel()
	l := open(t, write(t, "list.csv", "Email\n"), Options{})
	if rows, err := drain(l); !errors.Is(err, ErrEmpty) || len(rows) != 0 {
		t.Errorf("got %v, %v, want ErrEmpty", rows, err)
	}
}

func TestRowsStopEarly(t *testing.T) {
	t.Parallel()
	l := open(t, write(t, "list.csv", "Email\na@x.example\nb@x.example\n"), Options{})
	for row := range l.Rows() {
		assert.Equal(t, "line", row.Line, 2)
		break
	}
	assert.Equal(t, "rows after a break", len(all(t, l)), 2)
}

func TestNoticesAreCopied(t *testing.T) {
	t.Parallel()
	l := open(t, write(t, "list.csv", "Email,Mail\na@x.example,\n"), Options{})
	n := l.Notices()
	n[0] = "changed"
	if slices.Contains(l.Notices(), "changed") {
		t.Error("a caller can change the notices of a list")
	}
}

func TestDigest(t *testing.T) {
	t.Parallel()
	l := open(t, write(t, "list.csv", "Email\n"), Options{})
	assert.Equal(t, "SHA-256", l.SHA256(), "87d70217b3527f067e6e6388d1599c47eff4d6844b4e5da99d16425a640fbe38")
}

// largeCSV writes a list with a number of rows, about 90 bytes each.
func largeCSV(tb testing.TB, rows int) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "large.csv")
	file, err := os.Create(path)
	if err != nil {
		tb.Fatal(err)
	}
	w := bufio.NewWriter(file)
	fmt.Fprintln(w, "Email,Full name,Company,Project")
	for i := range rows {
		fmt.Fprintf(w, "guest.number.%d@partner%d.example,Guest Number %d,\"Partner, %d\",Project %d\n", i, i%50, i, i%50, i%7)
	}
	if err := w.Flush(); err != nil {
		tb.Fatal(err)
	}
	if err := file.Close(); err != nil {
		tb.Fatal(err)
	}
	return path
}

// largeWorkbook writes a list with a number of rows, with text in the sheet's own part.
func largeWorkbook(tb testing.TB, rows int) string {
	tb.Helper()
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		tb.Fatal(err)
	}
	if err := w.SetRow("A1", []any{"Email", "Full name", "Company", "Phone"}); err != nil {
		tb.Fatal(err)
	}
	for i := range rows {
		row := []any{fmt.Sprintf("guest.number.%d@partner.example", i), fmt.Sprintf("Guest Number %d", i), "Partner", 4930123456000 + i}
		if err := w.SetRow(fmt.Sprintf("A%d", i+2), row); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(tb.TempDir(), "large.xlsx")
	if err := f.SaveAs(path); err != nil {
		tb.Fatal(err)
	}
	return path
}

// heapGrowth opens and reads a list and returns how many bytes the live heap
// grew at most, looking now and then.
func heapGrowth(tb testing.TB, path string, want int) int64 {
	tb.Helper()
	before := liveHeap()
	l := open(tb, path, Options{})
	most, n := liveHeap()-before, 0
	for _, err := range l.Rows() {
		if err != nil {
			tb.Fatal(err)
		}
		if n++; n%5_000 == 0 {
			most = max(most, liveHeap()-before)
		}
	}
	assert.Equal(tb, "rows", n, want)
	return most
}

func liveHeap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestMemoryStaysFlat(t *testing.T) {
	need.Time(t, "lists of 20,000 rows")
	need.NoRace(t, "the detector takes memory of its own")
	const rows, limit = 20_000, 4 << 20
	if grown := heapGrowth(t, largeCSV(t, rows), rows); grown > limit {
		t.Errorf("reading %d rows of CSV takes %d KiB", rows, grown>>10)
	}
	if grown := heapGrowth(t, largeWorkbook(t, rows), rows); grown > limit {
		t.Errorf("reading %d rows of a workbook takes %d KiB", rows, grown>>10)
	}
}
