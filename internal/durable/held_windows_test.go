package durable_test

import (
	"os"
	"path/filepath"
	"testing"

	"guestlist/internal/durable"
)

// Who holds a file so that it cannot be replaced is found before that is needed.
func TestAHolderIsFound(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results.xlsx")
	if err := durable.Replaceable(path); err != nil {
		t.Errorf("a file that is not there: %v", err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := durable.Replaceable(path); err != nil {
		t.Errorf("a file that nobody has open: %v", err)
	}
	holder, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := durable.Replaceable(path); !durable.IsHeld(err) {
		t.Errorf("a file that is open: %v", err)
	}
	made := filepath.Join(filepath.Dir(path), "made")
	if err := os.WriteFile(made, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(made, path); !durable.IsHeld(err) {
		t.Errorf("replacing it: %v", err)
	}
	if err := holder.Close(); err != nil {
		t.Fatal(err)
	}
	reader, err := durable.OpenShared(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Close() }()
	if err := durable.Replaceable(path); err != nil {
		t.Errorf("a file that is read: %v", err)
	}
}
