package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"guestlist/graph/sandbox"
)

// held is the program at work on a list of mailed rows, with a tenant that does
// what it is asked and keeps its answers back until release is called.
type held struct {
	*program

	cmd     *exec.Cmd
	out     bytes.Buffer
	err     watched
	release func()
}

const (
	heldRows    = 24
	heldWorkers = 8
)

// hold starts the program and returns when as many requests as it has workers
// have reached the tenant.
func hold(t *testing.T, args ...string) *held {
	t.Helper()
	return holdAs(t, func(*exec.Cmd) {}, args...)
}

// holdAs is hold with a change to how the program is started.
func holdAs(t *testing.T, change func(*exec.Cmd), args ...string) *held {
	t.Helper()
	gate := make(chan struct{})
	var requests atomic.Int32
	h := &held{release: sync.OnceFunc(func() { close(gate) })}
	h.program = newProgram(t, sandbox.Config{
		Replication: 50 * time.Millisecond,
		Latency: func() time.Duration {
			if requests.Add(1) > 1 { // the first one asks for the tenant's name
				<-gate
			}
			return 0
		},
	})
	t.Cleanup(h.release) // before the tenant's server waits for its connections
	rows := [][]string{{"Email", "Send message"}}
	for i := range heldRows {
		rows = append(rows, []string{fmt.Sprintf("guest%d@x.example", i), "true"})
	}
	writeCSV(t, h.path("list.csv"), rows)

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	h.cmd = h.command(ctx, append([]string{"invite", "list.csv", "--no-directory-check", "--workers", fmt.Sprint(heldWorkers)}, args...)...)
	alone(h.cmd)
	change(h.cmd)
	h.cmd.Stdout, h.cmd.Stderr = &h.out, &h.err
	if err := h.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, "requests in flight", func() bool { return h.posts() == heldWorkers })
	return h
}

// stop sends a signal and returns when the program has taken note.
func (h *held) stop(t *testing.T, s os.Signal) {
	t.Helper()
	if err := signalTo(h.cmd.Process, s); err != nil {
		t.Fatal(err)
	}
	until(t, "the word of stopping", func() bool { return strings.Contains(h.err.String(), "stopping: no further request leaves") })
	<-time.After(100 * time.Millisecond) // between the word and the deed
}

// finish runs the command again, with a tenant that answers, and wants everybody
// invited and mailed once.
func (h *held) finish(t *testing.T, posts int) {
	t.Helper()
	h.run(t, 0, "invite", "list.csv", "--lookup-for", "1s")
	got := results(t, h.path("list.results.xlsx"), "Results")
	if len(got) != heldRows {
		t.Errorf("%d rows", len(got))
	}
	for _, row := range got {
		if row["Status"] != "invited" || h.tenant.Mails(row["Email"]) != 1 {
			t.Errorf("mailed %d times: %v", h.tenant.Mails(row["Email"]), row)
		}
		agrees(t, h.tenant, []string{"Email", "Send message"}, []string{row["Email"], "true"}, row)
	}
	if h.posts() != posts {
		t.Errorf("%d invitations in all, want %d", h.posts(), posts)
	}
}

// statuses counts the rows of the workbook by status.
func (h *held) statuses(t *testing.T) map[string]int {
	t.Helper()
	counts := make(map[string]int)
	for _, row := range results(t, h.path("list.results.xlsx"), "Results") {
		counts[row["Status"]]++
		if row["Status"] == "invited" && row["Redeem URL"] != h.tenant.RedeemURL(row["Email"]) {
			t.Errorf("%s: link %q", row["Email"], row["Redeem URL"])
		}
	}
	return counts
}

// interrupted wants the end that a first signal leads to.
func (h *held) interrupted(t *testing.T, next string) {
	t.Helper()
	_ = h.cmd.Wait() // the code says it
	if code := h.cmd.ProcessState.ExitCode(); code != 130 {
		t.Errorf("exit code %d", code)
	}
	if !strings.Contains(h.out.String(), "next:    "+next) {
		t.Errorf("standard output:\n%s", &h.out)
	}
	if sent := h.posts(); sent != heldWorkers {
		t.Errorf("%d requests, %d were in flight when the signal came", sent, heldWorkers)
	}
}

func TestFirstSignalLetsRequestsInFlightBeAnswered(t *testing.T) {
	t.Parallel()
	for _, s := range stopSignals() {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			h := hold(t)
			h.stop(t, s)
			h.release()
			h.interrupted(t, "run the same command again: it sends the 16 rows still pending")
			if got := h.statuses(t); got["invited"] != heldWorkers || got["pending"] != heldRows-heldWorkers {
				t.Errorf("got %v", got)
			}
			h.finish(t, heldRows)
		})
	}
}

func TestRequestsInFlightGetNoLongerThanGrace(t *testing.T) {
	t.Parallel()
	h := hold(t, "--grace", "300ms")
	h.stop(t, os.Interrupt)
	h.interrupted(t, "run the same command again")
	if got := h.statuses(t); got["unconfirmed"] != heldWorkers || got["pending"] != heldRows-heldWorkers {
		t.Errorf("got %v", got)
	}
	if open := results(t, h.path("list.results.xlsx"), "Failed"); len(open) != heldWorkers {
		t.Errorf("%d rows on the sheet Failed", len(open))
	}
	h.release()
	h.finish(t, heldRows)
}

func TestSecondSignalEndsAtOnceAndLosesNothing(t *testing.T) {
	for _, s := range stopSignals() {
		t.Run(s.String(), func(t *testing.T) {
			h := hold(t)
			h.stop(t, s)
			second := time.Now()
			if err := signalTo(h.cmd.Process, s); err != nil {
				t.Fatal(err)
			}
			_ = h.cmd.Wait() // the state says it
			if took := time.Since(second); took > 2*time.Second {
				t.Errorf("took %v", took)
			}
			if h.cmd.ProcessState.ExitCode() != 130 {
				t.Errorf("ended with %v", h.cmd.ProcessState)
			}
			h.release()
			h.finish(t, heldRows)
		})
	}
}

// What was started with nohup goes on when the terminal goes away.
func TestIgnoredHangUpEndsNothing(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no SIGHUP")
	}
	h := holdAs(t, func(cmd *exec.Cmd) {
		cmd.Path, cmd.Args = "/bin/sh", append([]string{"sh", "-c", `trap "" HUP; exec "$0" "$@"`}, cmd.Args...)
	})
	if err := h.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	<-time.After(200 * time.Millisecond) // the time in which it would have taken note
	h.release()
	if err := h.cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, h.err.String())
	}
	if got := h.statuses(t); got["invited"] != heldRows {
		t.Errorf("got %v", got)
	}
}

// Nothing has been sent while a list is read from a pipe: the first signal is enough,
// and the copy of the list does not stay behind.
func TestSignalWhileStandardInputIsRead(t *testing.T) {
	t.Parallel()
	for _, s := range stopSignals() {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			p, temporary := newProgram(t, sandbox.Config{}), t.TempDir()
			p.env = append(p.env, "TMPDIR="+temporary, "TMP="+temporary)
			cmd := p.command(t.Context(), "invite", "-", "--out", "list.results.xlsx")
			alone(cmd)
			pipe, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			// A pipe keeps some 64 KiB: once more is written, the program reads.
			if _, err := io.WriteString(pipe, "Email\n"+strings.Repeat("anna@fabrikam.example\n", 20_000)); err != nil {
				t.Fatal(err)
			}
			for path := range filesLeft(t, temporary) {
				if runtime.GOOS != "windows" { // which takes the name of no open file
					t.Errorf("%s is there while the list is read", path)
				}
			}
			begun := time.Now()
			if err := signalTo(cmd.Process, s); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait() // the code says it
			if code, took := cmd.ProcessState.ExitCode(), time.Since(begun); code != 130 || took > 2*time.Second {
				t.Errorf("exit code %d after %v", code, took)
			}
			for path := range filesLeft(t, temporary, p.folder) {
				t.Errorf("%s is left", path)
			}
		})
	}
}

// until waits for something that another process does.
func until(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for begun := time.Now(); !happened(); <-time.After(5 * time.Millisecond) {
		if time.Since(begun) > 30*time.Second {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// watched is a buffer that is read while it is written.
type watched struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}
