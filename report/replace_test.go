package report

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"guestlist/internal/assert"
)

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
