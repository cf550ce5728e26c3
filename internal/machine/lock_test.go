package machine_test

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"guestlist/internal/assert"
	"guestlist/internal/machine"
)

// childState, when set, makes this test binary a process that holds the lock of the
// tenant in that state folder until it is killed.
const childState = "GUESTLIST_TEST_STATE"

func TestMain(m *testing.M) {
	if folder := os.Getenv(childState); folder != "" {
		holder := machine.Holder{Command: "guestlist invite a.csv", Results: "a.results.xlsx"}
		lock, err := machine.State{Folder: folder}.LockTenant(context.Background(), tenant, holder, nil) //nolint:forbidigo // a process of its own
		if err != nil {
			panic(err)
		}
		_, _ = os.Stdout.WriteString("held\n")
		_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
		_ = lock.Unlock()
		return
	}
	m.Run()
}

// hold starts a process that holds the lock.
func hold(t *testing.T, folder string) *exec.Cmd {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childState+"="+folder)
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

func TestSecondProcessLearnsWhoHoldsTheTenant(t *testing.T) {
	state := machine.State{Folder: t.TempDir()}
	child := hold(t, state.Folder)
	_, err := state.LockTenant(t.Context(), tenant, machine.Holder{}, nil)
	busy, ok := errors.AsType[*machine.TenantBusyError](err)
	if !ok {
		t.Fatalf("got %v (%T)", err, err)
	}
	assert.Equal(t, "holder", busy.Holder, machine.Holder{
		PID: child.Process.Pid, Command: "guestlist invite a.csv", Results: "a.results.xlsx", Since: busy.Holder.Since,
	})
	for _, part := range []string{tenant, "guestlist invite a.csv", "a.results.xlsx"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in %q", part, err)
		}
	}
	if time.Since(busy.Holder.Since) > time.Minute || !strings.Contains(busy.Hint(), "--wait") {
		t.Errorf("since %v, hint %q", busy.Holder.Since, busy.Hint())
	}
	other, err := state.LockTenant(t.Context(), "another-tenant", machine.Holder{}, nil)
	if err != nil {
		t.Fatalf("another tenant: %v", err)
	}
	if err := other.Unlock(); err != nil {
		t.Error(err)
	}

	waited := 0
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	lock, err := state.LockTenant(t.Context(), tenant, machine.Holder{}, func(*machine.TenantBusyError) { waited++ })
	if err != nil || waited > 1 { // the kill may take a moment
		t.Fatalf("after the holder died: waited %d times, %v", waited, err)
	}
	_ = child.Wait()
	if err := lock.Unlock(); err != nil {
		t.Error(err)
	}
}

func TestWaitingForTheTenant(t *testing.T) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		state := machine.State{Folder: folder}
		first, err := state.LockTenant(t.Context(), tenant, machine.Holder{Command: "first"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		time.AfterFunc(time.Hour, func() {
			if err := first.Unlock(); err != nil {
				t.Error(err)
			}
		})
		var told []string
		wait := func(e *machine.TenantBusyError) { told = append(told, e.Holder.Command) }
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errors.New("enough"))
		defer cancel()
		if _, err := state.LockTenant(ctx, tenant, machine.Holder{Command: "second"}, wait); err == nil || err.Error() != "enough" {
			t.Errorf("after a minute: got %v", err)
		}
		second, err := state.LockTenant(t.Context(), tenant, machine.Holder{Command: "second"}, wait)
		if err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(start); waited < time.Hour || waited > time.Hour+time.Second {
			t.Errorf("waited %v", waited)
		}
		assert.Equal(t, "told", told, []string{"first", "first"})
		_, err = state.LockTenant(t.Context(), tenant, machine.Holder{}, nil)
		busy, _ := errors.AsType[*machine.TenantBusyError](err)
		if busy == nil || busy.Holder.Command != "second" {
			t.Errorf("got %v", err)
		}
		if err := second.Unlock(); err != nil {
			t.Error(err)
		}
		third, err := state.LockTenant(t.Context(), tenant, machine.Holder{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := third.Unlock(); err != nil {
			t.Error(err)
		}
	})
}
