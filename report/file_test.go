package report

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"guestlist/internal/assert"
	"guestlist/internal/durable"
)

func TestReserve(t *testing.T) {
	tests := map[string]struct {
		there  string      // what is in the folder already
		mode   os.FileMode // and as what
		file   string
		reason string // "" for a workbook that can be written
	}{
		"new":                 {file: "out.xlsx"},
		"capitals":            {file: "OUT.XLSX"},
		"existing":            {there: "out.xlsx", mode: 0o600, file: "out.xlsx"},
		"no folder":           {file: filepath.Join("missing", "out.xlsx"), reason: "does not exist"},
		"folder":              {there: "out.xlsx", mode: 0o700 | os.ModeDir, file: "out.xlsx", reason: "is not a file but a folder"},
		"file for a folder":   {there: "a", mode: 0o600, file: filepath.Join("a", "out.xlsx"), reason: "cannot be written to"},
		"read-only":           {there: "out.xlsx", mode: 0o400, file: "out.xlsx", reason: "is marked read-only"},
		"open in LibreOffice": {there: ".~lock.out.xlsx#", mode: 0o600, file: "out.xlsx", reason: "is open in LibreOffice"},
		"open in Excel":       {there: "~$out.xlsx", mode: 0o600, file: "out.xlsx", reason: "is open in Excel"},
	}
	if runtime.GOOS == "windows" { // what is below a file is just not there
		below := tests["file for a folder"]
		below.reason = "does not exist"
		tests["file for a folder"] = below
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			if test.there != "" {
				put(t, filepath.Join(folder, test.there), test.mode)
			}
			before := names(t, folder)
			check(t, Reserve(filepath.Join(folder, test.file)), test.reason)
			assert.Equal(t, "folder", names(t, folder), before)
		})
	}
}

// put makes a file or folder.
func put(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	var err error
	if mode.IsDir() {
		err = os.Mkdir(path, mode.Perm())
	} else {
		err = os.WriteFile(path, []byte("yesterday"), mode.Perm())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// check compares an error with its reason, "" for no error.
func check(t *testing.T, err error, reason string) {
	t.Helper()
	if reason == "" {
		if err != nil {
			t.Error(err)
		}
		return
	}
	var refused *FileError
	if !errors.As(err, &refused) {
		t.Fatalf("got %v", err)
	}
	if !strings.Contains(err.Error(), reason) || strings.Count(err.Error(), refused.Path) != 1 {
		t.Errorf("got %q, want %q", err, reason)
	}
	if refused.Hint() == "" {
		t.Error("no hint")
	}
}

func TestAFolderThatTakesNothing(t *testing.T) {
	if os.Geteuid() <= 0 {
		t.Skip("root writes everywhere, and Windows has no modes of folders")
	}
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o500); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "out.xlsx")
	check(t, Reserve(path), "cannot be written to")
	check(t, Write(t.Context(), path, Results{Records: sequence()}), "was not written")
}

func TestWriteIntoAMissingFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "out.xlsx")
	check(t, Write(t.Context(), path, Results{Records: sequence()}), "was not written")
}

func TestWriteWithoutATemporaryFolder(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	folder := t.TempDir()
	t.Setenv("TMPDIR", missing)
	t.Setenv("TMP", missing)
	path := filepath.Join(folder, "out.xlsx")
	check(t, Write(t.Context(), path, Results{Records: sequence()}), "temporary folder")
	check(t, Reserve(path), "temporary folder") // before anything is sent
	check(t, Reserve(filepath.Join(folder, "out.csv")), "")
}

func TestWriteOverAFolder(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "out.xlsx")
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	check(t, Write(t.Context(), path, Results{Records: sequence()}), "was not written")
	assert.Equal(t, "folder", names(t, folder), []string{"out.xlsx"})
}

func TestLeftoversOfKilledProcessesGo(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{".guestlist-1.tmp", "mine.tmp"} {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	old := time.Now().Add(-25 * time.Hour) // Windows lets them lie for a minute
	if err := os.Chtimes(filepath.Join(folder, ".guestlist-1.tmp"), old, old); err != nil {
		t.Fatal(err)
	}
	living, err := durable.TempFile(folder, durable.TempPattern)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = living.Close() }()
	if err := Write(t.Context(), filepath.Join(folder, "out.xlsx"), Results{Records: sequence()}); err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "folder", names(t, folder), []string{filepath.Base(living.Name()), "mine.tmp", "out.xlsx"})
}

func TestReplaceKeepsWhatStoodThereOnAnError(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "out.html")
	if err := os.WriteFile(path, []byte("yesterday"), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("out of ideas")
	err := Replace(path, func(w io.Writer) error {
		_, _ = io.WriteString(w, "half a page")
		return broken
	})
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	check(t, err, "file "+path+": was not written: out of ideas")
	old, _ := os.ReadFile(path)
	assert.Equal(t, "content", string(old), "yesterday")
	assert.Equal(t, "folder", names(t, folder), []string{"out.html"})

	if err := Replace(path, func(w io.Writer) error { _, err := io.WriteString(w, "today"); return err }); err != nil {
		t.Fatal(err)
	}
	now, _ := os.ReadFile(path)
	assert.Equal(t, "content", string(now), "today")
}
