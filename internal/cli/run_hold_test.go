package cli_test

import (
	"net/http"
	"net/http/httptest"
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
