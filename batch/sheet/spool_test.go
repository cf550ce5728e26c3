package sheet

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"

	"guestlist/batch"
	"guestlist/internal/assert"
)

// ownTemp gives a test a temporary folder of its own, and returns it.
func ownTemp(t *testing.T) string {
	t.Helper()
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	t.Setenv("TMP", tmp)
	return tmp
}

func TestOpenReader(t *testing.T) {
	tmp := ownTemp(t)
	want := []batch.Row{{Line: 2, Cells: []string{"a@x.example"}}, {Line: 5, Cells: []string{"b@x.example"}}}
	for name, content := range map[string]string{
		"CSV":      "Email\na@x.example\n\n\nb@x.example\n",
		"workbook": string(rawBook{sheet: sheetXML(goodRows), strings: stringsXML}.bytes(t)),
	} {
		l, err := OpenReader("standard input", iotest.HalfReader(strings.NewReader(content)), Options{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		assert.Equal(t, name, all(t, l), want)
		assert.Equal(t, name+" read again", all(t, l), want)
		assert.Equal(t, "digest", l.SHA256(), fmt.Sprintf("%x", sha256.Sum256([]byte(content))))
		kept, err := filepath.Glob(filepath.Join(tmp, scratchPrefix+"*", "list"))
		if err != nil || len(kept) != 1 {
			t.Fatalf("%s: kept in %v, %v", name, kept, err)
		}
		if info, err := os.Stat(kept[0]); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v, want 0600", name, info.Mode(), err)
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
	if err == nil || !strings.HasPrefix(err.Error(), "standard input: no column with e-mail addresses") {
		t.Errorf("got %v", err)
	}
	cut := errors.New("pipe cut")
	_, err = OpenReader("standard input", io.MultiReader(strings.NewReader("Email\n"), iotest.ErrReader(cut)), Options{})
	if !errors.Is(err, cut) || !strings.HasPrefix(err.Error(), "standard input: cannot read the list: ") {
		t.Errorf("got %v", err)
	}
	assert.Equal(t, "left", folders(t, tmp), []string(nil))
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
	_, err := spool(&full{}, iotest.OneByteReader(strings.NewReader("Email\na@x.example\n")))
	hinted, ok := errors.AsType[*faultError](err)
	if !ok || !errors.Is(err, syscall.ENOSPC) || !strings.Contains(hinted.Hint(), "TMPDIR") {
		t.Errorf("got %v, want the reason and a hint", err)
	}
}
