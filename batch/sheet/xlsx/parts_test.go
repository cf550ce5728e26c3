package xlsx

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"strings"
	"testing"

	"guestlist/batch/sheet/xlsx/xlsxtest"
)

func TestUnpackLimits(t *testing.T) {
	t.Parallel()
	content := xlsxtest.Book{Sheet: xlsxtest.Sheet(xlsxtest.Rows), Strings: xlsxtest.Strings}.Bytes()
	for part, says := range map[string]uint64{
		"xl/worksheets/sheet1.xml": partLimit + 1, "xl/sharedStrings.xml": partLimit + 1, "xl/workbook.xml": partLimit + 1, "xl/styles.xml": stylesLimit + 1,
	} {
		limit := "it is too large unpacked, more than 1024 MiB"
		if part == "xl/styles.xml" {
			limit = "it is too large unpacked, more than 32 MiB"
		}
		_, err := readBook(repacked(t, content, part, nil, says))
		large, ok := errors.AsType[*TooLargeError](err)
		if want := "(part " + part + "): " + limit; !ok || !strings.Contains(err.Error(), want) || large.Hint() == "" {
			t.Errorf("%s: got %v, want %q and a hint", part, err, want)
		}
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
