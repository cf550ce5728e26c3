package journal_test

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"guestlist/batch/journal"
)

// childJournal, when set, makes this test binary a process that holds the
// journal of that path until its standard input closes.
const childJournal = "GUESTLIST_TEST_JOURNAL"

func TestMain(m *testing.M) {
	if path := os.Getenv(childJournal); path != "" {
		holdUntilKilled(path)
	}
	os.Exit(m.Run())
}

func holdUntilKilled(path string) {
	j, err := journal.Open(context.Background(), path, sandbox)
	if err != nil {
		os.Exit(1)
	}
	_, _ = os.Stdout.WriteString("held\n")
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	_ = j.Close()
	os.Exit(0)
}

func TestSecondProcessLearnsWhoHoldsTheJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "list.journal.db")
	child := exec.CommandContext(t.Context(), os.Args[0]) //nolint:gosec // this test binary
	child.Env = append(os.Environ(), childJournal+"="+path)
	stdin, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stdin.Close() }()
	stdout, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "held\n" {
		t.Fatalf("child: %q %v", line, err)
	}

	_, err = journal.Open(t.Context(), path, sandbox)
	var busy *journal.BusyError
	if !errors.As(err, &busy) {
		t.Fatalf("got %v", err)
	}
	equal(t, "pid", busy.Holder.PID, child.Process.Pid)
	if busy.Holder.Host == "" || busy.Holder.Since.IsZero() {
		t.Errorf("holder %+v", busy.Holder)
	}

	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	shut(t, open(t, path, sandbox)) // a dead process holds nothing
}
