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
	"guestlist/internal/need"
)

// What goes wrong with some rows does not slow the others down: 1,500 rows at Microsoft's
// documented limit, with answers that take 0.3 to 1.2 s, are sent within a few hundredths of
// the 50 s that the rate needs and of the time in which nothing answers.
func TestFaultsDoNotSlowTheRun(t *testing.T) {
	need.Time(t, "plays a long run")
	const rows = 1500
	for _, test := range []struct {
		name                      string
		mail                      kind
		lost, refused, slow, lags int // of a hundred, and minutes
		outage                    error
		most                      float64
	}{
		{name: "nothing goes wrong", mail: withMail, most: 1.05},
		{name: "1 % cut, 1 % 503", mail: withMail, lost: 1, refused: 1, most: 1.10},
		{name: "1 % cut, 1 % 503, without emails", mail: silent, lost: 1, refused: 1, most: 1.10},
		{name: "5 % cut", mail: withMail, lost: 5, most: 1.10},
		{name: "5 % cut, the directory lags", mail: withMail, lost: 5, lags: 14, most: 1.10},
		{name: "1 % take 20 s", mail: withMail, slow: 1, most: 1.10},
		{name: "a minute of refused connections", mail: withMail, outage: errRefused, most: 1.10},
		{name: "a minute of 503", mail: withMail, outage: refuse(503, 0, graph.Entry{}), most: 1.10},
		{name: "a minute without answers", mail: withMail, outage: errCut, most: 1.10},
		{name: "a minute without answers or emails", mail: silent, outage: errCut, most: 1.10},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := newTrial()
				tr.Rate, tr.Workers = documented, 64
				created := make(map[string]time.Time)
				floor := time.Duration(rows) * 5 * time.Second / 150
				start := time.Now()
				if test.slow > 0 {
					floor += 20 * time.Second // one of the last rows may be slow
				}
				isDown := func() bool { return false }
				if test.outage != nil {
					floor += time.Minute
					isDown = func() bool { at := time.Since(start); return at >= 20*time.Second && at < 80*time.Second }
				}
				tr.graph.answer = func(_ context.Context, try int, inv graph.Invitation) (graph.Receipt, error) {
					if isDown() {
						if test.outage == errCut { //nolint:errorlint // it is that one
							time.Sleep(time.Minute) //nolint:forbidigo // virtual time; --timeout
						}
						return graph.Receipt{}, test.outage
					}
					luck := luckOf(inv.EmailAddress)
					wait := 300*time.Millisecond + rand.N(900*time.Millisecond)
					if luck < test.slow {
						wait = 20 * time.Second
					}
					time.Sleep(wait) //nolint:forbidigo // virtual time
					tr.graph.mu.Lock()
					defer tr.graph.mu.Unlock()
					switch {
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
					if isDown() {
						return nil, test.outage
					}
					tr.graph.mu.Lock()
					defer tr.graph.mu.Unlock()
					at, there := created[strings.ToLower(address)]
					if !there || time.Since(at) < time.Duration(test.lags)*time.Minute {
						return nil, nil
					}
					return []graph.User{{ID: "u7", Created: at}}, nil
				}
				r := send.New(tr.Config)
				if err := r.Do(t.Context(), people(rows, test.mail)); err != nil {
					t.Fatal(err)
				}
				took := time.Since(start)
				t.Logf("%v of %v: %.3f, %d rows open, %d look-ups", took, floor, took.Seconds()/floor.Seconds(), r.Open(), tr.graph.lookups)
				t.Attr("seconds", fmt.Sprintf("%.1f", took.Seconds()))
				t.Attr("floor", fmt.Sprintf("%.1f", floor.Seconds()))
				if took.Seconds() > test.most*floor.Seconds() {
					t.Errorf("took %v, %.3f of the floor", took, took.Seconds()/floor.Seconds())
				}
				if err := r.Settle(t.Context()); err != nil {
					t.Fatal(err)
				}
				assert.Equal(t, "statuses", tr.journal.statuses(), map[batch.Status]int{batch.Invited: rows})
				if test.mail == silent {
					return
				}
				posts := make(map[string]int)
				for _, p := range tr.graph.posts {
					posts[p.inv.EmailAddress]++
				}
				for address, n := range posts {
					if luckOf(address) < test.lost && n != 1 {
						t.Errorf("%s was invited with %d emails", address, n)
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
