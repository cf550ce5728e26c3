package send_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"guestlist/batch"
	"guestlist/batch/send"
	"guestlist/graph"
	"guestlist/internal/assert"
)

// Rows that wait for the directory do not slow the others down: 3,000 emailed rows at
// Microsoft's documented limit, with answers that take 0.3 to 1.2 s, some of them lost
// after the guest was created and some of them 503 with Graph's envelope, are sent
// within a few hundredths of the 100 s that the rate needs.
func TestLostAnswersDoNotSlowTheRun(t *testing.T) {
	const rows = 3000
	for _, test := range []struct {
		name                string
		lost, refused, lags int // of a hundred
		most                float64
	}{
		{"nothing goes wrong", 0, 0, 0, 1.03},
		{"1 % cut, 1 % 503", 1, 1, 0, 1.08},
		{"5 % cut", 5, 0, 0, 1.10},
		{"5 % cut, the directory lags", 5, 0, 14, 1.10},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := newTrial()
				tr.Rate, tr.Workers = send.Rate{Requests: 150, Per: 5 * time.Second}, 64
				created := make(map[string]time.Time)
				tr.graph.answer = func(_ context.Context, try int, inv graph.Invitation) (graph.Receipt, error) {
					time.Sleep(300*time.Millisecond + rand.N(900*time.Millisecond)) //nolint:forbidigo // virtual time
					tr.graph.mu.Lock()
					defer tr.graph.mu.Unlock()
					switch luck := luckOf(inv.EmailAddress); {
					case try == 1 && luck < test.lost:
						created[inv.EmailAddress] = time.Now()
						return graph.Receipt{}, errCut
					case try == 1 && luck < test.lost+test.refused:
						return graph.Receipt{}, &graph.Refusal{Status: 503, Code: "ServiceUnavailable", Envelope: true}
					}
					created[inv.EmailAddress] = time.Now()
					return receipt(inv), nil
				}
				tr.graph.users = func(address string) ([]graph.User, error) {
					tr.graph.mu.Lock()
					defer tr.graph.mu.Unlock()
					at, there := created[strings.ToLower(address)]
					if !there || time.Since(at) < time.Duration(test.lags)*time.Minute {
						return nil, nil
					}
					return []graph.User{{ID: "u7", Created: at}}, nil
				}
				floor := time.Duration(rows) * 5 * time.Second / 150
				start := time.Now()
				r := send.New(tr.Config)
				if err := r.Do(t.Context(), mailed(rows)); err != nil {
					t.Fatal(err)
				}
				took := time.Since(start)
				t.Logf("%v of %v: %.3f, %d rows open, %d look-ups", took, floor, took.Seconds()/floor.Seconds(), r.Open(), tr.graph.lookups)
				if took.Seconds() > test.most*floor.Seconds() {
					t.Errorf("took %v, %.3f of the floor", took, took.Seconds()/floor.Seconds())
				}
				if err := r.Settle(t.Context()); err != nil {
					t.Fatal(err)
				}
				assert.Equal(t, "statuses", tr.journal.statuses(), map[batch.Status]int{batch.Invited: rows})
				twice := make(map[string]int)
				for _, p := range tr.graph.posts {
					if _, there := created[p.inv.EmailAddress]; there {
						twice[p.inv.EmailAddress]++
					}
				}
				for address, posts := range twice {
					if luck := luckOf(address); luck < test.lost && posts != 1 {
						t.Errorf("%s was invited with %d emails", address, posts)
					}
				}
			})
		})
	}
}

// luckOf is a number from 0 to 99 that an address always has.
func luckOf(address string) int {
	h := fnv.New32a()
	_, _ = fmt.Fprint(h, address)
	return int(h.Sum32() % 100)
}
