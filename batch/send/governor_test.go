package send_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"guestlist/batch"
	"guestlist/batch/send"
	"guestlist/graph"
	"guestlist/internal/assert"
)

// quota is a sliding window that counts thrown-back requests, too, as Graph
// says that it may.
type quota struct {
	requests int
	per      time.Duration

	mu   sync.Mutex
	seen []time.Time
	// tells makes answers say how much is used of a limit a little below the
	// quota, the way Graph counts to 1.8 before it throws back.
	tells bool
	// thrown and taken are counts of answers.
	thrown, taken int
	last          time.Time
}

// ask admits a request or tells how long to wait, in whole seconds.
func (q *quota) ask() (retryAfter time.Duration, load float64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	for len(q.seen) > 0 && now.Sub(q.seen[0]) >= q.per {
		q.seen = q.seen[1:]
	}
	full := len(q.seen) >= q.requests
	q.seen = append(q.seen, now)
	if !full {
		q.taken++
		q.last = now
		if load = float64(len(q.seen)) / (0.95 * float64(q.requests)); !q.tells || load <= 0.8 {
			load = 0
		}
		return 0, load
	}
	q.thrown++
	wait := q.seen[len(q.seen)-q.requests].Add(q.per).Sub(now)
	return max(time.Second, (wait + time.Second - 1).Truncate(time.Second)), 0
}

// against runs n rows at a pace against a quota with the latency of a real
// tenant, and returns the share of the quota that was used and the share of
// requests thrown back.
func against(t *testing.T, q *quota, asked send.Rate, n, workers int) (used, thrown float64) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial()
		tr.Rate, tr.Workers, tr.MaxAttempts = asked, workers, 20
		tr.graph.answer = func(_ context.Context, _ int, inv graph.Invitation) (graph.Receipt, error) {
			time.Sleep(20*time.Millisecond + rand.N(30*time.Millisecond)) //nolint:forbidigo // virtual time
			wait, load := q.ask()
			time.Sleep(280*time.Millisecond + rand.N(870*time.Millisecond)) //nolint:forbidigo // virtual time
			if wait > 0 {
				return graph.Receipt{}, refuse(429, wait, graph.Entry{})
			}
			r := receipt(inv)
			r.Load = load
			return r, nil
		}
		start := time.Now()
		if err := tr.do(t, guests(n)); err != nil {
			t.Fatal(err)
		}
		assert.Equal(t, "statuses", tr.journal.statuses(), map[batch.Status]int{batch.Invited: n})
		took := q.last.Sub(start).Seconds()
		used = float64(q.taken) / (took * float64(q.requests) / q.per.Seconds())
		thrown = float64(q.thrown) / float64(q.thrown+q.taken)
	})
	return used, thrown
}

func TestPaceAtTheQuotaLosesNothing(t *testing.T) {
	used, thrown := against(t, &quota{requests: 150, per: 5 * time.Second}, send.Rate{Requests: 150, Per: 5 * time.Second}, 3000, 64)
	t.Logf("used %.3f of the quota, %.4f thrown back", used, thrown)
	if used < 0.97 || thrown > 0.001 {
		t.Errorf("used %.3f of the quota, %.4f thrown back", used, thrown)
	}
}

// A tenant that tells how much of its quota is used is hardly ever overrun.
func TestPaceHeedsTheTenantsLoad(t *testing.T) {
	silent, told := &quota{requests: 150, per: 5 * time.Second}, &quota{requests: 150, per: 5 * time.Second, tells: true}
	asked := send.Rate{Requests: 200, Per: time.Second}
	_, without := against(t, silent, asked, 6000, 32)
	used, with := against(t, told, asked, 6000, 32)
	t.Logf("used %.3f of the quota; thrown back %.4f, and %.4f when the tenant does not tell", used, with, without)
	if used < 0.85 || with > without {
		t.Errorf("used %.3f of the quota; thrown back %.4f, and %.4f when the tenant does not tell", used, with, without)
	}
}

// One request thrown back early, for whatever reason, must not slow a run down
// for long.
func TestPaceForgivesASingleThrottling(t *testing.T) {
	for _, asked := range []send.Rate{{}, {Requests: 5, Per: time.Second}} {
		synctest.Test(t, func(t *testing.T) {
			tr := newTrial()
			tr.Rate = asked
			tr.graph.answer = func(_ context.Context, try int, inv graph.Invitation) (graph.Receipt, error) {
				if inv.EmailAddress == "guest0@x.example" && try == 1 {
					return graph.Receipt{}, refuse(429, 2*time.Second, graph.Entry{})
				}
				return receipt(inv), nil
			}
			start := time.Now()
			if err := tr.do(t, guests(100)); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(start); took > 30*time.Second {
				t.Errorf("at %v: took %v", asked, took)
			}
		})
	}
}

// A run that asks for far more than the tenant gives finds out what it gives.
func TestPaceFindsWhatTheTenantGives(t *testing.T) {
	for _, test := range []struct {
		asked   send.Rate
		workers int
	}{{send.Rate{Requests: 200, Per: time.Second}, 32}, {send.Rate{}, 128}} {
		t.Run(fmt.Sprintf("%v %d", test.asked, test.workers), func(t *testing.T) {
			used, thrown := against(t, &quota{requests: 150, per: 5 * time.Second}, test.asked, 6000, test.workers)
			t.Logf("used %.3f of the quota, %.3f thrown back", used, thrown)
			if used < 0.85 || thrown > 0.15 {
				t.Errorf("used %.3f of the quota, %.3f thrown back", used, thrown)
			}
		})
	}
}
