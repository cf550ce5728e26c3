package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"guestlist/graph/sandbox"
	"guestlist/internal/need"
)

// refusing is a server before a tenant that refuses invitations.
type refusing struct {
	refusalRule

	tenant *sandbox.Tenant
	posts  atomic.Int32
}

// refusalRule is what it refuses, and how.
type refusalRule struct {
	// skip is how many invitations are let through first; then those are refused whose
	// address ends in match.
	skip          int32
	match         string
	status        int
	code, message string
}

func (s *refusing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var inv sandbox.Invitation
	if strings.HasSuffix(r.URL.Path, "/invitations") && json.Unmarshal(body, &inv) == nil &&
		s.posts.Add(1) > s.skip && strings.HasSuffix(inv.InvitedUserEmailAddress, s.match) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Request-Id", "request")
		w.WriteHeader(s.status)
		_, _ = fmt.Fprintf(w, `{"error":{"code":%q,"message":%q}}`, s.code, s.message)
		return
	}
	again := r.Clone(r.Context())
	again.Body = io.NopCloser(bytes.NewReader(body))
	s.tenant.ServeHTTP(w, again)
}

// What all rows meet alike stops the run after a few, on its first run and on later ones,
// with one worker and with many, and says what to look at. What one domain meets keeps no
// other from being invited.
func TestRefusalsInARow(t *testing.T) {
	t.Parallel()
	need.NoRace(t, manyStarts)
	people := func(n int, domain string) (list []string) {
		for i := range n {
			list = append(list, fmt.Sprintf("guest%d@%s", i, domain))
		}
		return list
	}
	const blocked = "The domain of this email address is currently blocked by your invitation policy."
	for _, test := range []struct {
		name   string
		list   []string
		with   refusalRule
		code   int // of the first run
		posts  int // of the first run with one worker
		counts map[string]int
		says   string
	}{
		{
			"suspicious, in other words", people(300, "fabrikam.example"),
			refusalRule{skip: 5, status: 403, code: "Forbidden", message: "Invitations are blocked for this directory due to suspicious behaviour."},
			4, 8,
			map[string]int{"invited": 5, "pending": 295},
			"external collaboration settings",
		},
		{
			"the same for all", people(300, "fabrikam.example"),
			refusalRule{status: 400, code: "BadRequest", message: blocked},
			6, 10,
			map[string]int{"failed": 10, "pending": 290},
			"Collaboration restrictions",
		},
		{
			"a redirect URL", people(300, "fabrikam.example"),
			refusalRule{status: 400, code: "BadRequest", message: "inviteRedirectUrl is not accepted."},
			6, 3,
			map[string]int{"pending": 300},
			"--redirect-url",
		},
		{
			"not found", people(300, "fabrikam.example"),
			refusalRule{status: 404, code: "Request_ResourceNotFound", message: "Resource '7' does not exist or one of its queried reference-property objects are not present."},
			6, 10,
			map[string]int{"pending": 300},
			"Microsoft refused",
		},
		{
			"one domain", slices.Concat(people(3, "other.example"), people(5, "fabrikam.example")),
			refusalRule{match: "@other.example", status: 400, code: "BadRequest", message: blocked},
			3, 8,
			map[string]int{"failed": 3, "invited": 5},
			"DomainNotAllowed",
		},
	} {
		for _, workers := range []int{1, 32} {
			t.Run(fmt.Sprintf("%s, %d workers", test.name, workers), func(t *testing.T) {
				t.Parallel()
				p := newProgram(t, sandbox.Config{})
				server := &refusing{tenant: p.tenant, refusalRule: test.with}
				listener := httptest.NewServer(server)
				t.Cleanup(listener.Close)
				p.env = append(p.env, "GUESTLIST_GRAPH_URL="+listener.URL+"/v1.0")
				list := [][]string{{"Email"}}
				for _, address := range test.list {
					list = append(list, []string{address})
				}
				writeCSV(t, p.path("list.csv"), list)
				run := func() (*exec.Cmd, string) {
					cmd := p.command(t.Context(), "invite", "list.csv", "--workers", fmt.Sprint(workers), "--rate", "100/1s")
					said, _ := cmd.CombinedOutput() // the code says it
					return cmd, string(said)
				}
				begun := time.Now()
				cmd, said := run()
				most := 10 + workers - 1
				if time.Since(begun) > time.Second { // rows that are refused for a moment are tried again by then
					most += 10
				}
				if code := cmd.ProcessState.ExitCode(); code != test.code || !strings.Contains(said, test.says) {
					t.Errorf("exit code %d\n%s", code, said)
				}
				first := int(server.posts.Load())
				if first < test.posts || first > test.posts+most-10 {
					t.Errorf("%d requests", first)
				}
				counts := make(map[string]int)
				for _, row := range results(t, p.path("list.results.xlsx"), "Results") {
					counts[row["Status"]]++
				}
				for status, n := range test.counts {
					if diff := counts[status] - n; diff > workers-1 || -diff > workers-1 {
						t.Errorf("%d rows are %s, want %d", counts[status], status, n)
					}
				}
				_, said = run()
				if again := int(server.posts.Load()) - first; again > most {
					t.Errorf("%d requests in the second run\n%s", again, said)
				}
			})
		}
	}
}
