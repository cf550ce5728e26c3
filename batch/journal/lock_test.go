package journal_test

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"testing"

	"guestlist/batch/journal"
	"guestlist/internal/assert"
)

// childJournal, when set, makes this test binary a process that holds the
// journal of that path until its standard input closes.
const childJournal = "GUESTLIST_TEST_JOURNAL"

func TestMain(m *testing.M) {
	if path := os.Getenv(childJournal); path != "" {
		if err := holdUntilKilled(path); err != nil {
			panic(err)
		}
		return
	}
	m.Run()
}

func holdUntilKilled(path string) error {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt) //nolint:forbidigo // a process of its own
	defer cancel()
	j, err := journal.Open(ctx, path, sandbox)
	if err != nil {
		return err
	}
	_, _ = os.Stdout.WriteString("held\n")
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	return j.Close()
}

// holder starts a process that holds a journal.
func holder(t *testing.T, path string) *exec.Cmd {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childJournal+"="+path)
	stdin, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stdin.Close() })
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
	return child
}

func TestSecondProcessLearnsWhoHoldsTheJournal(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "list.journal.db")
	child := holder(t, path)
	_, err := journal.Open(t.Context(), path, sandbox)
	var busy *journal.BusyError
	if !errors.As(err, &busy) {
		t.Fatalf("got %v", err)
	}
	assert.Equal(t, "pid", busy.Holder.PID, child.Process.Pid)
	if busy.Holder.Host == "" || busy.Holder.Since.IsZero() {
		t.Errorf("holder %+v", busy.Holder)
	}

	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	shut(t, open(t, path, sandbox)) // a dead process holds nothing
}
