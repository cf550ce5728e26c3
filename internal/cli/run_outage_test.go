package cli_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"guestlist/graph/sandbox"
)

// The service goes down while a list is sent. Where it comes back in time, the run goes
// on by itself; otherwise it ends with exit code 6 and says since when it was down. The
// rows are still pending, and the same command sends them.
func TestOutage(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		flags []string
		code  int
	}{
		"it comes back":     {nil, 0},
		"it lasts too long": {[]string{"--max-outage", "1s"}, 6},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var down atomic.Bool
			var posts atomic.Int32
			p := newProgram(t, sandbox.Config{Trouble: func(r *http.Request) (status, retryAfter int) {
				if !strings.HasSuffix(r.URL.Path, "/invitations") {
					return 0, 0
				}
				if n := posts.Add(1); n == 6 {
					down.Store(true)
					time.AfterFunc(2*time.Second, func() { down.Store(false) })
				}
				if down.Load() {
					return http.StatusServiceUnavailable, 0
				}
				return 0, 0
			}})
			list := [][]string{{"Email"}}
			for _, guest := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"} {
				list = append(list, []string{guest + "@fabrikam.example"})
			}
			writeCSV(t, p.path("list.csv"), list)
			args := append([]string{"invite", "list.csv", "--workers", "1"}, test.flags...)
			cmd := p.command(t.Context(), args...)
			said, _ := cmd.CombinedOutput() // the code says it
			if code := cmd.ProcessState.ExitCode(); code != test.code {
				t.Fatalf("exit code %d\n%s", code, said)
			}
			if test.code == 6 {
				for _, want := range []string{"guestlist: Microsoft Graph has not answered since ", "5  invited", "7  pending"} {
					if !strings.Contains(string(said), want) {
						t.Errorf("without %q:\n%s", want, said)
					}
				}
				time.Sleep(time.Second) //nolint:forbidigo // until the service is back
				p.run(t, 0, args...)
			}
			for _, row := range results(t, p.path("list.results.xlsx"), "Results") {
				if row["Status"] != "invited" {
					t.Errorf("%v", row)
				}
			}
		})
	}
}
