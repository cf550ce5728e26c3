package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"guestlist/batch"
	"guestlist/batch/send"
	"guestlist/graph"
	"guestlist/internal/assert"
	"guestlist/internal/secret"
)

// eventsSchema reads the schema of events. Fields that it does not have are refused: users of
// it may meet some, tests may not.
func eventsSchema() (*jsonschema.Resolved, error) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "events.schema.json"))
	if err != nil {
		return nil, err
	}
	var schema jsonschema.Schema
	if err := json.Unmarshal(text, &schema); err != nil {
		return nil, err
	}
	schema.UnevaluatedProperties = &jsonschema.Schema{Not: &jsonschema.Schema{}}
	return schema.Resolve(nil)
}

// ReadEvents checks lines against the schema, and returns what they are.
func ReadEvents(lines []byte) (all []map[string]any, err error) {
	schema, err := eventsSchema()
	if err != nil {
		return nil, err
	}
	for line := range bytes.Lines(lines) {
		var one map[string]any
		err := json.Unmarshal(line, &one)
		if err == nil {
			err = schema.Validate(one)
		}
		if err == nil && (!bytes.HasPrefix(line, []byte(eventBegin)) || !bytes.HasSuffix(line, []byte("\n"))) {
			err = errors.New("not as a line begins, or ends")
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", line, err)
		}
		all = append(all, one)
	}
	return all, nil
}

// readEvents is [ReadEvents] for a test that wants all of them right.
func readEvents(t *testing.T, lines []byte) []map[string]any {
	t.Helper()
	all, err := ReadEvents(lines)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// namesOf are what events are called, in their order.
func namesOf(all []map[string]any) (names []string) {
	for _, one := range all {
		name, _ := one["event"].(string)
		names = append(names, name)
	}
	return names
}

// reader is somebody who reads events.
type reader struct {
	mu   sync.Mutex
	got  bytes.Buffer
	err  error
	wait chan struct{} // nil to take everything at once
}

func (r *reader) Write(line []byte) (int, error) {
	if r.wait != nil {
		<-r.wait
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return 0, r.err
	}
	return r.got.Write(line)
}

func (r *reader) Close() error { return nil }

func newEvents(out io.WriteCloser, notice func(string)) *events {
	e := &events{run: "0b8f9d0e-8f0c-4f6b-9d3e-2f6f3a1c7c11", begun: time.Now(), quit: func() {}}
	e.writer = newEventWriter("run.jsonl", out, notice, func(n int) []byte { return e.line("lost", &lostEvent{Events: n}) })
	return e
}

// Each event is as the schema has it, and the schema has no other.
func TestEventsAreAsTheirSchemaSays(t *testing.T) {
	schema, err := eventsSchema()
	if err != nil {
		t.Fatal(err)
	}
	var out reader
	synctest.Test(t, func(t *testing.T) {
		e := newEvents(&out, func(s string) { t.Error(s) })
		e.progressAt = time.Now()
		e.tell("waiting", &waitingEvent{For: waitsForRun})
		e.tell("started", &startedEvent{Command: "invite", Version: "1.0.0", List: "l.csv", Send: 3, Rate: "auto"})
		now := reading{Snapshot: send.Snapshot{HeldUntil: time.Now().Add(time.Minute), Throttled: 1, OutageSince: time.Now(), Climb: send.Climb{PerSecond: 5}, Parked: 2, LookUpAt: time.Now(), Retrying: 1, RetryAt: time.Now()}, total: 3, at: time.Now()}
		e.look(now)
		now.OutageSince, now.Done, now.Invited, now.rate, now.at = time.Time{}, 1, 1, 0.5, now.at.Add(progressEvery)
		e.look(now)
		e.look(now)
		step := batch.Step{}
		step.Row.Line, step.Invitation.SendMessage = 2, true
		link := secret.New("https://login.microsoftonline.com/redeem?rd=ticket")
		e.row(step, batch.Outcome{Address: "anna@fabrikam.example", Status: batch.Invited, UserID: "u", RedeemURL: link, InvitationStatus: "PendingAcceptance", Attempts: 1, RequestID: "r", ClientRequestID: "c"})
		e.row(step, batch.Outcome{Address: "ben@fabrikam.example", Status: batch.Existing, Existing: batch.ExistingMember, ErrorCode: "X", Error: "x", Advice: "y"})
		e.step(batch.FollowUp{Address: "anna@fabrikam.example", Kind: batch.FollowUpGroup, Target: "g", Name: "Aurora", State: batch.FollowUpFailed, UserID: "u", Error: "x", RequestID: "r"})
		e.stopped(&send.TenantError{Refusal: &graph.Refusal{Code: "Blocked", Message: "m", RequestID: "r"}})
		e.writer.add(e.line("lost", &lostEvent{Events: 7}))
		e.counted("r.xlsx", batch.RunFacts{Counts: batch.Counts{batch.Invited: 2, batch.Pending: 1}, Totals: batch.RunTotals{Sent: 2, Requests: 3}}, batch.NewTally())
		e.next("hand them out:\nguestlist handoff r.xlsx\nor run it again:\nguestlist invite l.csv")
		e.end(&settledError{send.ErrLimit, exitStopped, "stopped early"})
	})
	all := readEvents(t, out.got.Bytes())
	assert.Equal(t, "events", namesOf(all), []string{
		"waiting", "started", "throttled", "outage", "rate", "waiting", "waiting", "outage", "progress", "row", "row", "step", "stopped", "lost", "ended",
	})
	for _, one := range schema.Schema().OneOf {
		name := one.Ref[strings.LastIndexByte(one.Ref, '/')+1:]
		if !slices.Contains(namesOf(all), name) {
			t.Errorf("no test has the event %q of the schema", name)
		}
	}
	last := all[len(all)-1]
	assert.Equal(t, "next", last["next"], any([]any{"guestlist handoff r.xlsx", "guestlist invite l.csv"}))
	assert.Equal(t, "exit code", last["exit_code"], any(6.0))
	if strings.Contains(out.got.String(), "redeem") || strings.Contains(out.got.String(), "secret") {
		t.Errorf("a link is told: %s", &out.got)
	}
}

// No one waits for a reader who takes nothing. What has no room is counted, and the end comes
// after a while.
func TestNoOneWaitsForAReaderOfEvents(t *testing.T) {
	for _, test := range []struct {
		name  string
		takes bool // in the end
	}{{"comes back", true}, {"never comes back", false}} {
		t.Run(test.name, func(t *testing.T) {
			var out reader
			var told []string
			const many = 50
			synctest.Test(t, func(t *testing.T) {
				out.wait = make(chan struct{})
				e := newEvents(&out, func(s string) { told = append(told, s) })
				e.writer.room = 16 << 10
				begun := time.Now()
				large := strings.Repeat("x", 1<<10)
				for range many {
					e.row(batch.Step{Judged: batch.Judged{Row: batch.Row{Line: 2}}}, batch.Outcome{Address: large, Status: batch.Pending})
				}
				assert.Equal(t, "waited", time.Since(begun), time.Duration(0))
				if test.takes {
					close(out.wait)
				}
				e.end(nil)
				if !test.takes {
					assert.Equal(t, "waited at the end", time.Since(begun), eventPatience)
					close(out.wait) // or the test would not end
				}
			})
			all := readEvents(t, out.got.Bytes())
			if !test.takes {
				assert.Equal(t, "told", len(told), 1)
				return
			}
			assert.Equal(t, "told", told, []string(nil))
			names := namesOf(all)
			rows := len(names) - 2
			assert.Equal(t, "the last ones", names[rows:], []string{"lost", "ended"})
			if lost, _ := all[rows]["events"].(float64); rows+int(lost) != many || rows < 12 {
				t.Errorf("%d rows and %v lost, of %d", rows, lost, many)
			}
		})
	}
}

// A reader who leaves is told of once, and the run goes on.
func TestReaderOfEventsLeaves(t *testing.T) {
	out := reader{err: syscall.EPIPE}
	var told []string
	synctest.Test(t, func(*testing.T) {
		e := newEvents(&out, func(s string) { told = append(told, s) })
		for range 3 {
			e.tell("rate", &rateEvent{PerSecond: 5})
			synctest.Wait()
		}
		e.end(nil)
	})
	assert.Equal(t, "told", told, []string{"--events: run.jsonl ends here: whoever read them has gone. The run goes on without; the journal has every answer."})
}

// Events that go to a closed standard output, in whose place there is the null device, are
// told to be lost.
func TestEventsThatGoNowhere(t *testing.T) {
	for path, nowhere := range map[string]bool{os.DevNull: true, filepath.Join(t.TempDir(), "events"): false} {
		out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		said, err := os.Create(filepath.Join(t.TempDir(), "said"))
		if err != nil {
			t.Fatal(err)
		}
		r := run{process: &process{out: out, err: said, screen: &screen{file: said}}, o: &inviteOptions{}}
		r.o.events = standardOutput
		if err := r.startEvents(t.Context(), "list.csv"); err != nil {
			t.Fatal(err)
		}
		r.events.end(nil)
		note, err := os.ReadFile(said.Name())
		if err != nil || strings.Contains(string(note), "no one gets the events") != nowhere {
			t.Errorf("%s: %q, %v", path, note, err)
		}
		_ = said.Close()
	}
}

// A file of events is gone on with, without what a killed run left at its end; another file
// stays as it is.
func TestEventsGoOnInTheirFile(t *testing.T) {
	const whole = eventBegin + `rate","per_second":5}` + "\n"
	for _, test := range []struct{ name, before, after string }{
		{"new", "", "+"},
		{"whole", whole, whole + "+"},
		{"cut off", whole + eventBegin + `ro`, whole + "+"},
		{"cut off at once", `{"sch`, "+"},
		{"another file", "Email\nanna@fabrikam.example", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "run.jsonl")
			if test.before != "" {
				if err := os.WriteFile(path, []byte(test.before), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			f, err := openEvents(t.Context(), path)
			if test.after == "" {
				if err == nil || !strings.Contains(err.Error(), "is a file of another kind") {
					t.Error(err)
				}
				test.after = test.before
			} else if err != nil {
				t.Fatal(err)
			} else if _, err := f.WriteString("+"); err != nil || f.Close() != nil {
				t.Error(err)
			}
			got, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			assert.Equal(t, "file", string(got), test.after)
		})
	}
}
