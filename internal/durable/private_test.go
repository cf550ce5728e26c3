package durable_test

import (
	"os"
	"path/filepath"
	"testing"

	"guestlist/internal/durable"
)

// What is made has its rights before anything is written into it, and keeps them under
// its last name.
func TestOnlyTheOwnerReads(t *testing.T) {
	folder := t.TempDir()
	at := func(names ...string) string { return filepath.Join(append([]string{folder}, names...)...) }
	private := func(path string) {
		t.Helper()
		if !durable.IsPrivate(path) {
			t.Errorf("others can read %s", path)
		}
	}

	f, err := durable.CreatePrivate(at("new"), os.O_WRONLY|os.O_EXCL)
	if err != nil {
		t.Fatal(err)
	}
	private(at("new"))
	if _, err := durable.CreatePrivate(at("new"), os.O_WRONLY|os.O_EXCL); !os.IsExist(err) {
		t.Errorf("made twice: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if err := os.Rename(at("new"), at("renamed")); err != nil {
		t.Fatal(err)
	}
	private(at("renamed"))

	f, err = durable.TempFile(folder, durable.TempPattern)
	if err != nil {
		t.Fatal(err)
	}
	private(f.Name())
	if err := f.Close(); err != nil {
		t.Error(err)
	}

	if err := durable.MkdirPrivate(at("packs")); err != nil {
		t.Fatal(err)
	}
	if f, err = durable.CreatePrivate(at("packs", "pack"), os.O_WRONLY|os.O_EXCL); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if err := os.Rename(at("packs"), at("handoff")); err != nil {
		t.Fatal(err)
	}
	private(at("handoff", "pack"))

	if err := os.WriteFile(at("open"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(at("open"), 0o644); err != nil { // whatever the umask
		t.Fatal(err)
	}
	if err := durable.MakePrivate(at("open")); err != nil {
		t.Fatal(err)
	}
	private(at("open"))
}
