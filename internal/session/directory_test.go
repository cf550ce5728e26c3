package session

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/batch/send"
	"guestlist/graph"
	"guestlist/graph/sandbox"
	"guestlist/internal/assert"
	"guestlist/internal/machine"
	"guestlist/internal/secret"
)

// machineRun is a run of one machine on a tenant, up to its plan.
func machineRun(t *testing.T, url, list string) *Session {
	t.Helper()
	folder := t.TempDir()
	path := filepath.Join(folder, "list.csv")
	if err := os.WriteFile(path, []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), Options{List: path, Ending: RealEnding, State: machine.State{Folder: t.TempDir()}, Reinvite: batch.ReinvitePending})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	connect := func(context.Context) (*Tenant, error) {
		client, err := graph.New(graph.Config{URL: url, Token: func(context.Context) (secret.Text, error) { return secret.New("token"), nil }, Connections: 4, Timeout: time.Minute})
		if err != nil {
			return nil, err
		}
		return &Tenant{Client: client, ID: journal.Identity{Tenant: sandbox.TenantID}, LookupFor: lookupFor, Root: url, Cloud: graph.Clouds()[0], close: client.Close}, nil
	}
	progress := func(int, int) {}
	if err := errors.Join(s.Join(t.Context(), connect), s.Import(t.Context()), s.ReadDirectory(t.Context(), progress), s.Replan(t.Context())); err != nil {
		t.Fatal(err)
	}
	return s
}

// carryOut sends the plan and writes the results.
func (s *Session) carryOut(t *testing.T) batch.Counts {
	t.Helper()
	_, err := s.Send(t.Context(), Sending{Workers: 4, MaxAttempts: 3, Log: slog.New(slog.DiscardHandler), Meter: &send.Meter{}})
	if err != nil {
		t.Fatal(err)
	}
	facts, _, err := s.Finish(t.Context(), batch.RunTotals{})
	if err != nil {
		t.Fatal(err)
	}
	return facts.Counts
}

// Two machines invite the same people, the second one while the first one is at it: those
// whom the directory shows by the time that the first comes to them are emailed once.
func TestALongRunLooksUpAgain(t *testing.T) {
	var list strings.Builder
	const people = 130 // more than are looked up together
	list.WriteString("Email,Send message\n")
	for n := range people {
		_, _ = fmt.Fprintf(&list, "guest%d@fabrikam.example,yes\n", n)
	}
	for name, test := range map[string]struct {
		age   time.Duration // of the reading, when the run begins to send
		mails int
	}{
		"a reading of now": {0, 2},
		"an old reading":   {rereadAfter, 1},
	} {
		t.Run(name, func(t *testing.T) {
			tenant := sandbox.New(sandbox.Config{Record: true})
			server, err := tenant.Serve(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = server.Close() }()
			first := machineRun(t, server.URL, list.String())
			second := machineRun(t, server.URL, "Email,Send message\nguest3@fabrikam.example,yes\nguest99@fabrikam.example,yes\n")
			second.carryOut(t)
			first.directoryRead = first.directoryRead.Add(-test.age)
			counts := first.carryOut(t)
			assert.Equal(t, "existing", counts[batch.Existing] == 2, test.mails == 1)
			for n := range people {
				want := 1
				if n == 3 || n == 99 {
					want = test.mails
				}
				assert.Equal(t, fmt.Sprintf("mails to guest %d", n), tenant.Mails(fmt.Sprintf("guest%d@fabrikam.example", n)), want)
			}
		})
	}
}

// Rows are looked up ahead of their turn, and once; a look-up that fails, or that no one
// answers, holds nothing up for long.
func TestRereadKeepsNoOneWaiting(t *testing.T) {
	for name, test := range map[string]struct {
		pace   time.Duration // of each row
		answer time.Duration
		err    error
		most   time.Duration // that it takes
		known  int           // who is known to be there in the end
	}{
		"in time":   {50 * time.Millisecond, time.Second, nil, 300*50*time.Millisecond + time.Second, 300},
		"fails":     {50 * time.Millisecond, time.Second, errors.New("503"), 300*50*time.Millisecond + time.Second, 0},
		"no answer": {50 * time.Millisecond, time.Hour, nil, 300*50*time.Millisecond + 6*rereadWait, 0},
		"slowly":    {time.Minute, time.Second, nil, 300*time.Minute + 300*time.Second, 300},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "list.csv")
				var list strings.Builder
				list.WriteString("Email\n")
				for n := range 300 {
					_, _ = fmt.Fprintf(&list, "Guest%d@x.example\n", n)
				}
				if err := os.WriteFile(path, []byte(list.String()), 0o600); err != nil {
					t.Fatal(err)
				}
				s, err := Open(t.Context(), Options{List: path, Ending: RealEnding})
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = s.Close() }()
				s.presences.DirectoryRead, s.directoryRead = true, time.Now().Add(-rereadAfter)
				for n := range 300 {
					address := fmt.Sprintf("guest%d@x.example", n)
					s.candidates.add(address, address)
				}
				var asked atomic.Int32
				s.reread.log = slog.New(slog.DiscardHandler)
				s.reread.lookUp = func(ctx context.Context, addresses []string) (map[string][]graph.User, error) {
					asked.Add(int32(len(addresses)))
					select {
					case <-time.After(test.answer):
					case <-ctx.Done():
						return nil, ctx.Err()
					}
					found := make(map[string][]graph.User)
					for _, address := range addresses {
						found[address] = []graph.User{{ID: address, State: graph.StatePending, Type: "Guest"}}
					}
					return found, test.err
				}
				begun, passed := time.Now(), 0
				for _, err := range s.reread.rows(t.Context(), s, s.source.rows()) {
					if err != nil {
						t.Fatal(err)
					}
					passed++
					time.Sleep(test.pace) //nolint:forbidigo // virtual time
				}
				if took := time.Since(begun); passed != 300 || took > test.most {
					t.Errorf("%d rows, %v", passed, took)
				}
				assert.Equal(t, "known", len(s.reread.found), test.known)
				if known := asked.Load(); known > 2*300 {
					t.Errorf("%d addresses were asked for", known)
				}
			})
		})
	}
}
