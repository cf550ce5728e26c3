package cli_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"guestlist/graph/sandbox"
	"guestlist/internal/need"
	"guestlist/internal/pgtest"
)

// TestTenantsShareADatabase runs a batch of the same name for each of some tenants at once,
// with their journals in one database. None waits for another, and with as many rows as
// tell it, each fills its rate.
//
//	GUESTLIST_TENANTS=20 GUESTLIST_TENANT_ROWS=1000 go test -v -parallel 24 -run TestTenantsShareADatabase ./internal/cli
func TestTenantsShareADatabase(t *testing.T) {
	need.Time(t, "starts a server")
	t.Parallel()
	tenants, rows := int(number(t, "GUESTLIST_TENANTS", 3)), int(number(t, "GUESTLIST_TENANT_ROWS", 45))
	const perSecond, enough, filled = 30, 1000, 0.98
	address := pgtest.Start(t).Database(t)
	list := [][]string{{"Email"}}
	for n := range rows {
		list = append(list, []string{fmt.Sprintf("guest%d@x.example", n)})
	}
	for n := range tenants {
		t.Run(fmt.Sprintf("tenant %d", n), func(t *testing.T) {
			t.Parallel()
			p := newProgram(t, sandbox.Config{})
			p.env = append(p.env, "GUESTLIST_JOURNAL="+address,
				"GUESTLIST_ACCESS_TOKEN="+signed(t, map[string]any{"tid": fmt.Sprintf("%08d-2222-4333-8444-555555555555", n)}))
			writeCSV(t, p.path("list.csv"), list)
			p.runWithin(t, time.Duration(rows/perSecond+60)*time.Second, 0, "invite", "list.csv", "--rate", "150/5s", "--no-directory-check")
			var first, last time.Time
			posts := 0
			for _, r := range p.tenant.Requests() {
				if r.Method != http.MethodPost || !strings.HasSuffix(r.Path, "/invitations") {
					continue
				}
				if last = r.At; posts == 0 {
					first = last
				}
				posts++
			}
			rate := float64(posts-1) / last.Sub(first).Seconds() / perSecond
			t.Logf("%d invitations, %.2f %% of the rate", posts, 100*rate)
			if posts != rows || rows >= enough && rate < filled {
				t.Errorf("%d invitations of %d, %.2f %% of the rate", posts, rows, 100*rate)
			}
		})
	}
}
