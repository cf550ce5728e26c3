package xlsx

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"guestlist/batch/sheet/xlsx/xlsxtest"
)

// TestOnlyStylesAreBoundedBySize: they are kept in memory, all else is read piece by piece.
func TestOnlyStylesAreBoundedBySize(t *testing.T) {
	t.Parallel()
	content := xlsxtest.Book{Sheet: xlsxtest.Sheet(xlsxtest.Rows), Strings: xlsxtest.Strings}.Bytes()
	_, err := readBook(repacked(t, content, "xl/styles.xml", nil, stylesLimit+1))
	large, ok := errors.AsType[*TooLargeError](err)
	if want := "(part xl/styles.xml): it is too large unpacked, more than 32 MiB"; !ok || !strings.Contains(err.Error(), want) || large.Hint() == "" {
		t.Errorf("got %v, want %q and a hint", err, want)
	}

	// Two gigabytes of XML in 64 MiB.
	var book bytes.Buffer
	w := zip.NewWriter(&book)
	packed := make([]byte, 64<<20)
	part, err := w.CreateRaw(&zip.FileHeader{Name: "xl/worksheets/sheet1.xml", UncompressedSize64: 2 << 30, CompressedSize64: uint64(len(packed)), Method: zip.Deflate})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write(packed); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	archive, err := zip.NewReader(bytes.NewReader(book.Bytes()), int64(book.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := readParts(archive); err != nil {
		t.Error(err)
	}
}

// TestClaimsBeyondReason refuses small files that would take minutes or gigabytes.
func TestClaimsBeyondReason(t *testing.T) {
	t.Parallel()
	good := xlsxtest.Sheet(xlsxtest.Rows)
	content := xlsxtest.Book{Sheet: good, Strings: xlsxtest.Strings}.Bytes()
	sheets := func(n, parts int) xlsxtest.Book {
		var listed, relations strings.Builder
		for i := range n {
			_, _ = fmt.Fprintf(&listed, `<sheet name="S%d" sheetId="%d" r:id="rId%d"/>`, i+1, i+1, i%parts)
		}
		for i := range parts {
			_, _ = fmt.Fprintf(&relations, `<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`, i, xlsxtest.OfficeNS, i+1)
		}
		return xlsxtest.Book{Sheet: good, Strings: xlsxtest.Strings, Parts: map[string]string{
			"xl/workbook.xml":            `<workbook xmlns="` + xlsxtest.MainNS + `" xmlns:r="` + xlsxtest.OfficeNS + `"><sheets>` + listed.String() + `</sheets></workbook>`,
			"xl/_rels/workbook.xml.rels": xlsxtest.Relations + relations.String() + `</Relationships>`,
		}}
	}
	scattered := func(row string) []byte {
		var rows strings.Builder
		for i := range scatterFree/excelize.MaxColumns + 10 {
			_, _ = fmt.Fprintf(&rows, row, i+1)
		}
		return xlsxtest.Book{Sheet: xlsxtest.Sheet(rows.String())}.Bytes()
	}
	for name, tt := range map[string]struct {
		book []byte
		want string
	}{
		"more than can be counted": {repacked(t, content, "xl/worksheets/sheet1.xml", nil, math.MaxUint64), "it claims to hold 1048576 MiB in"},
		"hidden columns":           {xlsxtest.Book{Sheet: strings.Replace(good, "<sheetData>", "<cols>"+strings.Repeat(`<col min="1" max="1" hidden="1"/>`, excelize.MaxColumns+1)+"</cols><sheetData>", 1)}.Bytes(), "there are more hidden columns than columns"},
		"packed":                   {repacked(t, content, "xl/media/empty.bin", nil, packFree+1), "cannot read the workbook: it claims to hold 64 MiB in 1 KiB, which no list needs"},
		"one part for two sheets":  {sheets(2, 1).Bytes(), `the sheets "S1" and "S2" are one part (xl/worksheets/sheet1.xml)`},
		"too many sheets":          {sheets(sheetsLimit+1, 1).Bytes(), "it has more than 5000 sheets"},
		"scattered":                {scattered(`<row r="%[1]d"><c r="XFD%[1]d"><v>1</v></c></row>`), `row 2049, column XFD: row after row has a cell far to the right`},
		"too many rows":            {xlsxtest.Book{Sheet: xlsxtest.Sheet(`<row r="1048576"/><row/>`)}.Bytes(), "it has more than 1048576 rows"},
	} {
		_, err := readBook(tt.book)
		var advised interface{ Hint() string }
		if err == nil || !strings.Contains(err.Error(), tt.want) || !errors.As(err, &advised) || advised.Hint() == "" {
			t.Errorf("%s: got %v, want %q and a hint", name, err, tt.want)
		}
	}
	if _, err := readBook(scattered(`<row r="%[1]d"><c r="XFD%[1]d" s="0"/></row>`)); err != nil {
		t.Errorf("cells without a value far to the right: %v", err)
	}
}

// TestPartsThatShareBytes refuses two names for the same bytes: thousands of sheets fit into
// a small file so.
func TestPartsThatShareBytes(t *testing.T) {
	t.Parallel()
	content := xlsxtest.Book{Sheet: xlsxtest.Sheet(xlsxtest.Rows), Strings: xlsxtest.Strings, Parts: map[string]string{"xl/a.bin": "1", "xl/b.bin": "1"}}.Bytes()
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	offset := func(name string) uint32 {
		at := slices.IndexFunc(archive.File, func(f *zip.File) bool { return f.Name == name })
		data, err := archive.File[at].DataOffset()
		if err != nil {
			t.Fatal(err)
		}
		return uint32(data) - 30 - uint32(len(name))
	}
	// The directory at the end of the file says where each part begins.
	entry := bytes.LastIndex(content, []byte("xl/b.bin")) - 4
	if got := binary.LittleEndian.Uint32(content[entry:]); got != offset("xl/b.bin") {
		t.Fatalf("the offset of b is %d, want %d", got, offset("xl/b.bin"))
	}
	binary.LittleEndian.PutUint32(content[entry:], offset("xl/a.bin"))
	if _, err := readBook(content); err == nil || !strings.Contains(err.Error(), "(part xl/b.bin): it shares its bytes with another part") {
		t.Errorf("got %v", err)
	}
}

// TestBombThatLies unpacks to more than it says.
func TestBombThatLies(t *testing.T) {
	t.Parallel()
	bomb := xlsxtest.Sheet(xlsxtest.Rows + strings.Repeat(`<row><c t="str"><v>x</v></c></row>`, 100_000))
	content := xlsxtest.Book{Sheet: xlsxtest.Sheet(xlsxtest.Rows), Strings: xlsxtest.Strings}.Bytes()
	_, err := readBook(repacked(t, content, "xl/worksheets/sheet1.xml", []byte(bomb), 1000))
	if err == nil || !strings.Contains(err.Error(), "damaged (part xl/worksheets/sheet1.xml)") {
		t.Errorf("got %v, want the part", err)
	}
}

// repacked puts an archive together again with another part, which says of its
// size what it likes.
func repacked(tb testing.TB, content []byte, part string, body []byte, says uint64) []byte {
	tb.Helper()
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		tb.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, file := range archive.File {
		if file.Name == part {
			continue
		}
		if err := w.Copy(file); err != nil {
			tb.Fatal(err)
		}
	}
	var packed bytes.Buffer
	deflate, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := deflate.Write(body); err != nil {
		tb.Fatal(err)
	}
	if err := deflate.Close(); err != nil {
		tb.Fatal(err)
	}
	to, err := w.CreateRaw(&zip.FileHeader{Name: part, Method: zip.Deflate, UncompressedSize64: says, CompressedSize64: uint64(packed.Len())})
	if err == nil {
		_, err = to.Write(packed.Bytes())
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}
