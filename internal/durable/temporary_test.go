package durable_test

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"guestlist/internal/durable"
	"guestlist/internal/need"
)

// TestMain makes this test a process that makes files and folders until it is killed.
func TestMain(m *testing.M) {
	folder := os.Getenv("TEST_MAKES_IN")
	if folder == "" {
		os.Exit(m.Run())
	}
	made, err := durable.NewTempFolder(folder, ".guestlist-folder-*")
	if err == nil {
		err = os.WriteFile(filepath.Join(made.Path, "links"), nil, 0o600)
	}
	if err == nil {
		err = durable.Replace(filepath.Join(folder, "results"), func(io.Writer) error {
			_, _ = os.Stdout.WriteString("made\n")
			_, _ = io.ReadAll(os.Stdin) // it never ends
			return nil
		})
	}
	if err != nil {
		_, _ = os.Stderr.WriteString(err.Error())
	}
}

// left are the names of what is in a folder.
func left(t *testing.T, folder string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// What a process that lives has in the making is left alone, and what one left that was
// killed is removed by the next, without a wait.
func TestSweepTellsTheLivingFromTheDead(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "TEST_MAKES_IN="+folder)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-48 * time.Hour)
	for _, name := range left(t, folder) {
		if err := os.Chtimes(filepath.Join(folder, name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	durable.Sweep(folder, durable.Leftovers)
	if names := left(t, folder); len(names) != 2 {
		t.Errorf("while it lives: %q", names)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if runtime.GOOS != "windows" { // there a minute counts
		now := time.Now()
		for _, name := range left(t, folder) {
			if err := os.Chtimes(filepath.Join(folder, name), now, now); err != nil {
				t.Fatal(err)
			}
		}
	}
	durable.Sweep(folder, durable.Leftovers)
	if names := left(t, folder); len(names) != 0 {
		t.Errorf("after its death: %q", names)
	}
}

// What was not locked stays until it is a day old, but for an empty folder, which was
// killed before it had a lock.
func TestSweepOfWhatNobodyLocked(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for _, name := range []string{".guestlist-young", ".guestlist-old", ".guestlist-empty", "other"} {
		err := os.Mkdir(filepath.Join(folder, name), 0o700)
		if name != ".guestlist-empty" {
			err = errors.Join(err, os.WriteFile(filepath.Join(folder, name, "links"), nil, 0o600))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	old := time.Now().Add(-25 * time.Hour)
	for _, name := range []string{".guestlist-old", "other"} {
		if err := os.Chtimes(filepath.Join(folder, name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	durable.Sweep(folder, durable.Leftovers)
	if names := left(t, folder); len(names) != 2 || names[0] != ".guestlist-young" || names[1] != "other" {
		t.Errorf("left: %q", names)
	}
}

// Files that are made while another process sweeps are there when they are done.
func TestNothingIsSweptInTheMaking(t *testing.T) {
	t.Parallel()
	need.Time(t, "hundreds of files made beside one another")
	folder := t.TempDir()
	stop, swept := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(swept)
		for {
			select {
			case <-stop:
				return
			default:
				durable.Sweep(folder, durable.Leftovers)
			}
		}
	}()
	for range 300 {
		err := durable.Replace(filepath.Join(folder, "results"), func(w io.Writer) error {
			_, err := io.WriteString(w, "row\n")
			return err
		})
		made, errFolder := durable.NewTempFolder(folder, ".guestlist-folder-*")
		if err := errors.Join(err, errFolder); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(made.Path, "links"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := made.Remove(); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
	close(stop)
	<-swept
}
