package journal_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// childFull, when set, is a folder on which this process may mount.
const childFull = "GUESTLIST_TEST_FULL"

// TestAnswersFitOnAFullFileSystem does what TestAnswersFitOnAFullDisk does on a
// real file system, in a name space of its own. Where the system does not let
// us mount it is skipped: the other one has tested the same by then.
func TestAnswersFitOnAFullFileSystem(t *testing.T) {
	t.Parallel()
	if folder := os.Getenv(childFull); folder != "" {
		fillFileSystem(t, folder)
		return
	}
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestAnswersFitOnAFullFileSystem$", "-test.v")
	child.Env = append(os.Environ(), childFull+"="+t.TempDir())
	child.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
	out, err := child.CombinedOutput()
	_, ended := errors.AsType[*exec.ExitError](err)
	switch {
	case err != nil && !ended, bytes.Contains(out, []byte("--- SKIP")):
		t.Skipf("this system does not let the test mount a small file system: %v %s", err, out)
	case err != nil:
		t.Errorf("%v\n%s", err, out)
	}
}

func fillFileSystem(t *testing.T, folder string) {
	t.Helper()
	if err := syscall.Mount("none", folder, "tmpfs", 0, "size=16m"); err != nil {
		t.Skip(err)
	}
	a := aloft{rows: guests("guest", 128), text: 4_000}
	a.intend(t, filepath.Join(folder, name))
	ballast := filepath.Join(folder, "somebody else's")
	f, err := os.Create(ballast)
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	a.land(t)
	if err := errors.Join(f.Close(), os.Remove(ballast)); err != nil {
		t.Fatal(err)
	}
	a.look(t)
}
