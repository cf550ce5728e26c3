package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"guestlist/batch/sheet/xlsx/xlsxtest"
	"guestlist/internal/assert"
	"guestlist/internal/durable"
	"guestlist/internal/need"
)

// ownTemp gives a test a temporary folder of its own, and returns it.
func ownTemp(t *testing.T) string {
	t.Helper()
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	t.Setenv("TMP", tmp)
	return tmp
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

func TestFileErrors(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := Open(dir, Options{}); err == nil || !strings.Contains(err.Error(), "this is a folder") {
		t.Errorf("a folder: %v", err)
	}
	missing := filepath.Join(dir, "missing.csv")
	_, err := Open(missing, Options{})
	if !errors.Is(err, fs.ErrNotExist) || strings.Count(err.Error(), missing) != 1 {
		t.Errorf("a missing file: %v, want fs.ErrNotExist and the path once", err)
	}
}

func TestFolderOfApple(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "guests.numbers")
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := firstError(t, path, Options{}); !strings.Contains(err.Error(), "Apple Numbers") || !strings.Contains(err.Hint(), "Export") {
		t.Errorf("got %v", err)
	}
}

func TestListChangedWhileOpen(t *testing.T) {
	t.Parallel()
	path := write(t, "list.csv", "Email\na@x.example\n")
	l := open(t, path, Options{})
	assert.Equal(t, "rows before", len(all(t, l)), 1)
	if err := os.WriteFile(path, []byte("Email\nb@x.example\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, time.Time{}, time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := drain(l); err == nil || !strings.Contains(err.Error(), "was changed") {
		t.Errorf("got %v, want an error about the change", err)
	}
}

// full is a folder without room.
type full struct{ bytes.Buffer }

func (f *full) Write(p []byte) (int, error) {
	if f.Len()+len(p) > 10 {
		return 0, &os.PathError{Op: "write", Path: "/tmp/x/list", Err: syscall.ENOSPC}
	}
	return f.Buffer.Write(p)
}

func TestFullTemporaryFolder(t *testing.T) {
	t.Parallel()
	_, err := copyList(&full{}, iotest.OneByteReader(strings.NewReader("Email\na@x.example\n")))
	hinted, ok := errors.AsType[*faultError](err)
	if !ok || !errors.Is(err, syscall.ENOSPC) || !strings.Contains(hinted.Hint(), durable.TempVariable) {
		t.Errorf("got %v, want the reason and a hint", err)
	}
}

// TestScratchFolder opens a workbook whose shared strings are kept on disk.
func TestScratchFolder(t *testing.T) {
	need.Time(t, "a workbook too large to be kept in memory")
	tmp := ownTemp(t)
	old, young := filepath.Join(tmp, scratchPrefix+"old"), filepath.Join(tmp, scratchPrefix+"young")
	for _, dir := range []string{old, young, filepath.Join(tmp, "other")} {
		if err := errors.Join(os.Mkdir(dir, 0o700), os.WriteFile(filepath.Join(dir, "text"), nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	past := time.Now().Add(-25 * time.Hour)
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
	open := 2 // what is open has no name
	if runtime.GOOS == "windows" {
		open = 3
	}
	assert.Equal(t, "folders while open", len(folders(t, tmp)), open)
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	assert.Equal(t, "folders after", folders(t, tmp), []string{scratchPrefix + "young", "other"})
}

// TestNoRoomToUnpack has no temporary folder.
func TestNoRoomToUnpack(t *testing.T) {
	need.Time(t, "a workbook too large to be kept in memory")
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "gone"))
	t.Setenv("TMP", filepath.Join(t.TempDir(), "gone"))
	_, err := Open(largeShared(t), Options{})
	bad, ok := errors.AsType[*Error](err)
	if !ok || !errors.Is(err, fs.ErrNotExist) || !strings.Contains(bad.Hint(), durable.TempVariable) {
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
	return writeBook(tb, xlsxtest.Book{Sheet: xlsxtest.Sheet(rows), Strings: shared.String()})
}

func sharedText(i int) string {
	return fmt.Sprintf("guest.number.%d.%s@partner.example", i, strings.Repeat("with.a.long.address.", 45))
}

// TestFailedOpenLeavesNothing looks for folders that an error leaves behind.
func TestFailedOpenLeavesNothing(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	path := xlsxtest.Book{Sheet: xlsxtest.Sheet("<row"), Strings: xlsxtest.Strings}.Bytes()
	if err := readSafely(t, string(path)); err == nil {
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
