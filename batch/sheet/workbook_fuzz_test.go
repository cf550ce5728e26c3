package sheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"os"
	"testing"
)

// FuzzWorkbook feeds the opener damaged archives.
func FuzzWorkbook(f *testing.F) {
	good := rawBook{sheet: sheetXML(goodRows), strings: stringsXML, styles: stylesXML}
	f.Add(good.bytes(f))
	good.spoil = func(b []byte) []byte { return b[:len(b)-40] }
	f.Add(good.bytes(f))
	f.Fuzz(func(t *testing.T, content []byte) {
		readSafely(t, string(content))
	})
}

// FuzzParts feeds it sound archives with damaged parts, which checksums would
// keep FuzzWorkbook from reaching.
func FuzzParts(f *testing.F) {
	f.Add(sheetXML(goodRows), stringsXML, stylesXML)
	f.Add(sheetXML(`<row><c t="inlineStr"><is><r><t>Email</t></r></is></c></row><row r="3"><c s="1"><f>1</f><v>1e15</v></c></row>`), "", "")
	f.Fuzz(func(t *testing.T, sheet, shared, styles string) {
		content := rawBook{sheet: sheet, strings: shared, styles: styles}.bytes(t)
		rows, err := readSafely(t, string(content))
		if err != nil {
			return
		}
		if stored := storedRows(t, content); rows > stored {
			t.Fatalf("%d rows came of %d stored ones", rows, stored)
		}
	})
}

// readSafely reads a list and makes sure that an error is an [Error].
func readSafely(t *testing.T, content string) (int, error) {
	t.Helper()
	l, err := Open(write(t, "list", content), Options{})
	rows := 0
	if err == nil {
		for _, err = range l.Rows() {
			if err == nil {
				rows++
			}
		}
		if err := l.Close(); err != nil {
			t.Fatalf("Close: %v", err)
		}
	}
	if _, ok := errors.AsType[*Error](err); err != nil && !ok {
		t.Fatalf("error %v is not an *Error", err)
	}
	return rows, err
}

// storedRows counts the rows of the first sheet.
func storedRows(t *testing.T, content []byte) int {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, part := range archive.File {
		if part.Name == "xl/worksheets/sheet1.xml" {
			for range walk(part, nil) {
				n++
			}
		}
	}
	return n
}

// TestFailedOpenLeavesNothing looks for folders that an error leaves behind.
func TestFailedOpenLeavesNothing(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	path := rawBook{sheet: sheetXML("<row"), strings: stringsXML}.bytes(t)
	if _, err := readSafely(t, string(path)); err == nil {
		t.Error("a cut tag was read")
	}
	entries, err := os.ReadDir(tmp)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if len(entry.Name()) > len(scratchPrefix) && entry.Name()[:len(scratchPrefix)] == scratchPrefix {
			t.Errorf("%s is left", entry.Name())
		}
	}
}
