package cli_test

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"guestlist/graph/sandbox"
	"guestlist/internal/assert"
)

// Where Microsoft asks for a long wait, the next runs for the tenant send nothing before it
// is over, whatever list they have, and name the time.
func TestWaitThatMicrosoftAskedForOutlivesTheRun(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	var posts atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isInvitation(r) {
			p.tenant.ServeHTTP(w, r)
			return
		}
		posts.Add(1)
		w.Header().Set("Retry-After", "7200")
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("request-id", "r")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = w.Write([]byte(`{"error":{"code":"TooManyRequests","message":"Please retry again later."}}`))
	}))
	t.Cleanup(server.Close)
	p.env = append(p.env, "GUESTLIST_GRAPH_URL="+server.URL+"/v1.0")
	writeCSV(t, p.path("list.csv"), mailedList(0, 1))
	writeCSV(t, p.path("other.csv"), mailedList(1, 1))
	at := time.Now().Add(2 * time.Hour)
	p.run(t, 6, "invite", "list.csv")
	assert.Equal(t, "invitations", int(posts.Load()), 1)
	for _, args := range [][]string{{"invite", "list.csv"}, {"retry", "list.results.xlsx"}, {"invite", "other.csv"}} {
		said := p.complains(t, 6, args...)
		if !strings.Contains(said, "Microsoft asked an earlier run not to call this tenant before ") || !strings.Contains(said, at.Format("2006-01-02 ")) {
			t.Errorf("%v: %s", args, said)
		}
	}
	assert.Equal(t, "invitations later", int(posts.Load()), 1)
}

// A run that is killed while it waits leaves the wait to the next one, which sends nothing
// before and says until when it waits.
func TestWaitOutlivesARunThatIsKilled(t *testing.T) {
	t.Parallel()
	const wait = 6 * time.Second
	p := newProgram(t, sandbox.Config{})
	var early, posts atomic.Int32
	var over atomic.Pointer[time.Time]
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		end := over.Load()
		switch {
		case !isInvitation(r) || end != nil && !time.Now().Before(*end):
			p.tenant.ServeHTTP(w, r)
			return
		case end != nil:
			early.Add(1)
		}
		if posts.Add(1) < 5 {
			p.tenant.ServeHTTP(w, r)
			return
		}
		end = new(time.Now().Add(wait))
		over.CompareAndSwap(nil, end)
		w.Header().Set("Retry-After", "6")
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("request-id", "r")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = w.Write([]byte(`{"error":{"code":"TooManyRequests","message":"Please retry again later."}}`))
	}))
	t.Cleanup(server.Close)
	p.env = append(p.env, "GUESTLIST_GRAPH_URL="+server.URL+"/v1.0", "GUESTLIST_WORKERS=1")
	list := mailedList(0, 10)
	writeCSV(t, p.path("list.csv"), list)

	cmd := p.command(t.Context(), "invite", "list.csv")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, "a wait is kept", func() bool {
		notes, _ := filepath.Glob(filepath.Join(p.state, "tenants", "*.hold"))
		return len(notes) == 1
	})
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	left := time.Until(*over.Load())
	if left < wait/2 {
		t.Fatalf("killed only %v before the end of the wait", left)
	}
	again := p.complains(t, 0, "invite", "list.csv", "--lookup-for", "1s")
	if !strings.Contains(again, "Microsoft asked an earlier run to wait: no invitation is sent before ") {
		t.Errorf("said %q", again)
	}
	assert.Equal(t, "invitations during the wait", int(early.Load()), 0)
	p.allInvited(t, list)
	p.mailedOnce(t, list)
}
