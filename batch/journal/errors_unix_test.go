//go:build unix

package journal_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"guestlist/batch/journal"
)

// childFolder, when set, is a folder that this process may not write to.
const childFolder = "GUESTLIST_TEST_FOLDER"

// nobody is a user who owns nothing.
const nobody = 65534

func TestReadOnlyFolderIsSaidAtTheStart(t *testing.T) {
	t.Parallel()
	if folder := os.Getenv(childFolder); folder != "" {
		openReadOnly(t, folder)
		return
	}
	folder := t.TempDir()
	shut(t, open(t, filepath.Join(folder, name), sandbox))
	for path, mode := range map[string]os.FileMode{
		filepath.Join(folder, name): 0o644, folder: 0o555, filepath.Dir(folder): 0o755,
	} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _ = os.Chmod(folder, 0o700) }) // so that it can be removed
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestReadOnlyFolderIsSaidAtTheStart$", "-test.v")
	child.Env = append(os.Environ(), childFolder+"="+folder)
	if out, err := child.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	} else {
		t.Logf("%s", out)
	}
}

// openReadOnly tries a journal that is there and one that is not. Root may
// write everywhere, so it becomes somebody else first.
func openReadOnly(t *testing.T, folder string) {
	t.Helper()
	if os.Getuid() == 0 {
		if err := errors.Join(syscall.Setgid(nobody), syscall.Setuid(nobody)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{name, "new.journal.db"} {
		_, err := journal.Open(t.Context(), filepath.Join(folder, name), sandbox)
		if disk, ok := errors.AsType[*journal.DiskError](err); !ok || disk.Hint() == "" {
			t.Errorf("got %v (%T)", err, err)
		}
		t.Log(err)
	}
}
