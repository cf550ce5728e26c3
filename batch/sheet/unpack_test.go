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
)

func TestUnpackLimits(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range []string{"xl/workbook.xml", "xl/media/image1.bin"} {
		// What a part says of its size counts before anything is unpacked.
		if _, err := w.CreateRaw(&zip.FileHeader{Name: name, UncompressedSize64: memoryLimit/2 + 1}); err != nil {
			t.Fatal(err)
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

	path := largeWorkbook(t, 20_000)
	l, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "rows", len(all(t, l)), 20_000)
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
	if err := b.open(file, archive); err != nil {
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
