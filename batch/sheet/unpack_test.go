package sheet

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guestlist/internal/assert"
)

func TestUnpackLimits(t *testing.T) {
	t.Parallel()
	content := rawBook{sheet: sheetXML(goodRows), strings: stringsXML}.bytes(t)
	for part, says := range map[string]uint64{
		"xl/worksheets/sheet1.xml": unpackLimit + 1, "xl/sharedStrings.xml": unpackLimit + 1, "xl/workbook.xml": unpackLimit + 1, "xl/styles.xml": stylesLimit + 1,
	} {
		what := "it is too large unpacked"
		if part == "xl/styles.xml" {
			what = "it is larger than 32 MiB"
		}
		err := firstError(t, write(t, "bomb.xlsx", string(repacked(t, content, part, nil, says))), Options{})
		if want := "(part " + part + "): " + what; !strings.Contains(err.Error(), want) || err.Hint() != bloat {
			t.Errorf("%s: got %v, want %q and a hint", part, err, want)
		}
	}
}

// TestBombThatLies unpacks to more than it says.
func TestBombThatLies(t *testing.T) {
	t.Parallel()
	bomb := sheetXML(goodRows + strings.Repeat(`<row><c t="str"><v>x</v></c></row>`, 100_000))
	content := rawBook{sheet: sheetXML(goodRows), strings: stringsXML}.bytes(t)
	err := firstError(t, write(t, "bomb.xlsx", string(repacked(t, content, "xl/worksheets/sheet1.xml", []byte(bomb), 1000))), Options{})
	if !strings.Contains(err.Error(), "damaged (part xl/worksheets/sheet1.xml)") {
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

// TestScratchFolder opens a workbook whose shared strings are kept on disk.
func TestScratchFolder(t *testing.T) {
	tmp := ownTemp(t)
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

	l, err := Open(largeShared(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	rows := all(t, l)
	assert.Equal(t, "rows", []string{rows[0].Cells[0], rows[1].Cells[0], rows[2].Cells[0]}, []string{sharedText(0), sharedText(largeTexts - 1), sharedText(7)})
	assert.Equal(t, "folders while open", len(folders(t, tmp)), 3)
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	assert.Equal(t, "folders after", folders(t, tmp), []string{scratchPrefix + "young", "other"})
}

// TestNoRoomToUnpack has no temporary folder.
func TestNoRoomToUnpack(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "gone"))
	t.Setenv("TMP", filepath.Join(t.TempDir(), "gone"))
	_, err := Open(largeShared(t), Options{})
	bad, ok := errors.AsType[*Error](err)
	if !ok || !errors.Is(err, fs.ErrNotExist) || !strings.Contains(bad.Hint(), "TMPDIR") {
		t.Errorf("got %v, want the reason and a hint", err)
	}
}

const largeTexts = 20_000

// largeShared writes a workbook with more shared strings than are kept in memory.
func largeShared(tb testing.TB) string {
	tb.Helper()
	var shared strings.Builder
	shared.WriteString(`<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">`)
	for i := range largeTexts {
		fmt.Fprintf(&shared, "<si><t>%s</t></si>", sharedText(i))
	}
	shared.WriteString("<si><t>Email</t></si></sst>")
	rows := `<row r="1"><c r="A1" t="s"><v>20000</v></c></row><row r="2"><c r="A2" t="s"><v>0</v></c></row>` +
		`<row r="3"><c r="A3" t="s"><v>19999</v></c></row><row r="4"><c r="A4" t="s"><v>7</v></c></row>`
	return rawBook{sheet: sheetXML(rows), strings: shared.String()}.write(tb)
}

func sharedText(i int) string {
	return fmt.Sprintf("guest.number.%d.%s@partner.example", i, strings.Repeat("with.a.long.address.", 45))
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
