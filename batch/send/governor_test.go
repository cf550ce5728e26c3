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
	"guestlist/internal/need"
)

// quota is what a tenant admits: a sliding window that counts throttled requests, too,
// as Graph says that it may.
type quota struct {
	requests int // 0 admits all
	per      time.Duration
	// others is how many requests per second other apps send.
	others int
	// strays is the share of requests that is throttled for no visible reason, straysAt
	// one such request by its number, and strayWait the wait that those ask for.
	strays    float64
	straysAt  int
	strayWait time.Duration
	// tells makes answers say how much is used, of a limit a little below the quota: Graph
	// counts to 1.8 before it throttles.
	tells bool

	mu   sync.Mutex
	dice *rand.Rand
	seen []time.Time
	// othersNext is when the next request of other apps comes.
	othersNext time.Time
	// throttled and accepted are counts of answers, last is when the latest was accepted.
	throttled, accepted int
	last                time.Time
	// held is how long the tenant asked to wait, until the end of the latest hold.
	held      time.Duration
	heldUntil time.Time
}

// ask admits a request, or tells how long to wait, in whole seconds.
func (q *quota) ask() (retryAfter time.Duration, load float64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	for q.others > 0 && !q.othersNext.After(now) {
		q.arrive(q.othersNext)
		q.othersNext = q.othersNext.Add(time.Second / time.Duration(q.others))
	}
	if n := q.throttled + q.accepted + 1; n == q.straysAt || q.dice.Float64() < q.strays {
		q.throttled++
		return q.strayWait, 0
	}
	wait := q.arrive(now)
	if wait > 0 {
		q.throttled++
		return max(time.Second, (wait + time.Second - 1).Truncate(time.Second)), 0
	}
	q.accepted++
	q.last = now
	if load = float64(len(q.seen)) / (0.95 * float64(q.requests)); !q.tells || load <= 0.8 {
		load = 0
	}
	return 0, load
}

// arrive counts a request, and tells how long it would have to wait.
func (q *quota) arrive(now time.Time) (wait time.Duration) {
	for len(q.seen) > 0 && now.Sub(q.seen[0]) >= q.per {
		q.seen = q.seen[1:]
	}
	if full := len(q.seen) - q.requests; q.requests > 0 && full >= 0 {
		wait = q.seen[full].Add(q.per).Sub(now)
	}
	q.seen = append(q.seen, now)
	return wait
}

// answer is what a tenant with this quota answers, with the latency of a real one.
func (q *quota) answer(_ context.Context, _ int, inv graph.Invitation) (graph.Receipt, error) {
	time.Sleep(q.upTo(20*time.Millisecond, 50*time.Millisecond)) //nolint:forbidigo // virtual time
	wait, load := q.ask()
	time.Sleep(q.upTo(280*time.Millisecond, 1150*time.Millisecond)) //nolint:forbidigo // virtual time
	if wait > 0 {
		q.hold(wait)
		return graph.Receipt{}, refuse(429, wait, graph.Entry{})
	}
	r := receipt(inv)
	r.Load = load
	return r, nil
}

func (q *quota) upTo(least, most time.Duration) time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	return least + time.Duration(q.dice.Int64N(int64(most-least)))
}

// hold adds a wait that somebody was asked for; holds may overlap.
func (q *quota) hold(wait time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	from, until := now, now.Add(wait)
	if q.heldUntil.After(now) {
		from = q.heldUntil
	}
	if until.After(from) {
		q.held += until.Sub(from)
		q.heldUntil = until
	}
}

// against sends n rows at a rate against a quota. It returns the share of the quota,
// less what other apps use, that was used until the last row was accepted, the share of
// requests that was throttled, and how long it took.
func against(t *testing.T, q *quota, asked send.Rate, n, workers int) (used, throttled float64, took time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		q.dice = rand.New(rand.NewPCG(uint64(n), uint64(workers)))
		tr := newTrial()
		tr.Rate, tr.Workers, tr.MaxAttempts = asked, workers, 20
		tr.graph.answer = q.answer
		start := time.Now()
		q.othersNext = start
		if err := tr.do(t, guests(n)); err != nil {
			t.Fatal(err)
		}
		assert.Equal(t, "statuses", tr.journal.statuses(), map[batch.Status]int{batch.Invited: n})
		took = time.Since(start)
		given := float64(q.requests)/q.per.Seconds() - float64(q.others)
		used = float64(q.accepted) / (q.last.Sub(start).Seconds() * given)
		throttled = float64(q.throttled) / float64(q.throttled+q.accepted)
	})
	return used, throttled, took
}

func TestRateAtTheQuotaLosesNothing(t *testing.T) {
	used, throttled, _ := against(t, &quota{requests: 150, per: 5 * time.Second}, documented, 3000, 64)
	t.Logf("used %.3f of the quota, %.4f throttled", used, throttled)
	if used < 0.97 || throttled > 0.001 {
		t.Errorf("used %.3f of the quota, %.4f throttled", used, throttled)
	}
}

// A request that is throttled while the quota is not used up costs the wait that it asks
// for, and hardly anything else. The floor is what no sender can be faster than: the
// time of all requests at the rate, and the time in which nothing may be sent.
//
// internal/bench reads the attributes of this test and of the next one.
func TestAHoldIsNotAQuota(t *testing.T) {
	for _, test := range []struct {
		name  string
		quota *quota
		most  float64
	}{
		{"429 at request 20, Retry-After 10", &quota{straysAt: 20, strayWait: 10 * time.Second}, 1.1},
		{"429 at request 20, Retry-After 30", &quota{straysAt: 20, strayWait: 30 * time.Second}, 1.1},
		{"429 at request 20, Retry-After 60", &quota{straysAt: 20, strayWait: 60 * time.Second}, 1.1},
		{"429 at request 20, Retry-After 120", &quota{straysAt: 20, strayWait: 120 * time.Second}, 1.1},
		{"1 % of 429, Retry-After 10", &quota{strays: 0.01, strayWait: 10 * time.Second}, 1.15},
		{"5 % of 429, Retry-After 10", &quota{strays: 0.05, strayWait: 10 * time.Second}, 1.25},
	} {
		t.Run(test.name, func(t *testing.T) {
			q := test.quota
			_, _, took := against(t, q, documented, 1500, 64)
			floor := documented.Duration(q.accepted+q.throttled) + q.held
			times := took.Seconds() / floor.Seconds()
			t.Attr("seconds", fmt.Sprintf("%.1f", took.Seconds()))
			t.Attr("floor", fmt.Sprintf("%.1f", floor.Seconds()))
			if times > test.most {
				t.Errorf("%v, %.2f of the floor, which is %v", took, times, floor)
			}
		})
	}
}

// Some ten thousand timers in one bubble of virtual time crash the race detector of Go
// 1.26 now and then, "CHECK failed: tsan_rtl.cpp:346": https://go.dev/issue/78156.
const manyTimers = "thousands of timers in virtual time crash the detector (Go issue 78156)"

// A tenant that gives less than was asked is used for what it gives.
func TestRateFindsWhatTheTenantGives(t *testing.T) {
	need.Time(t, "tens of thousands of rows")
	need.NoRace(t, manyTimers)
	for _, test := range []struct {
		name            string
		quota           *quota
		asked           send.Rate
		rows, workers   int
		used, throttled float64
	}{
		{"half", &quota{requests: 75}, documented, 1500, 32, 0.85, 0.02},
		{"half, a long list", &quota{requests: 75}, documented, 6000, 32, 0.85, 0.02},
		{"shared with another app", &quota{requests: 150, others: 15}, documented, 3000, 32, 0.85, 0.02},
		{"shared, a short list", &quota{requests: 150, others: 15}, documented, 1500, 32, 0.85, 0.02},
		{"shared, a long list", &quota{requests: 150, others: 15}, documented, 6000, 64, 0.85, 0.02},
		{"a seventh", &quota{requests: 150}, send.Rate{Requests: 200, Per: time.Second}, 6000, 32, 0.85, 0.02},
		{"no rate", &quota{requests: 150}, send.Rate{}, 6000, 128, 0.85, 0.03},
		{"half, climbing", &quota{requests: 75}, send.AutoRate(), 6000, 32, 0.85, 0.02},
		{"a tenth, climbing", &quota{requests: 15}, send.AutoRate(), 1500, 32, 0.85, 0.05},
	} {
		t.Run(test.name, func(t *testing.T) {
			q := test.quota
			q.per = 5 * time.Second
			used, throttled, _ := against(t, q, test.asked, test.rows, test.workers)
			t.Attr("used", fmt.Sprintf("%.3f", used))
			t.Attr("throttled", fmt.Sprintf("%.4f", throttled))
			if used < test.used || throttled > test.throttled {
				t.Errorf("used %.3f of the quota, %.4f throttled", used, throttled)
			}
		})
	}
}

// A tenant that tells how much of its quota is used is hardly ever overrun.
func TestRateHeedsTheTenantsLoad(t *testing.T) {
	need.Time(t, "sends forty thousand rows")
	need.NoRace(t, manyTimers)
	silent, told := &quota{requests: 150, per: 5 * time.Second}, &quota{requests: 150, per: 5 * time.Second, tells: true}
	asked := send.Rate{Requests: 200, Per: time.Second}
	// Long enough for several attempts at more than the tenant gives: at the first wall
	// both meet the same.
	const rows = 20_000
	_, without, _ := against(t, silent, asked, rows, 32)
	used, with, _ := against(t, told, asked, rows, 32)
	t.Logf("used %.3f of the quota; throttled %.4f, and %.4f when the tenant does not tell", used, with, without)
	if used < 0.85 || with > without/2 {
		t.Errorf("used %.3f of the quota; throttled %.4f, and %.4f when the tenant does not tell", used, with, without)
	}
}

// The rate is eased before the tenant's limit is reached: the more, the nearer it is.
func TestRateIsEasedBeforeTheWall(t *testing.T) {
	took := func(load float64) (d time.Duration) {
		synctest.Test(t, func(t *testing.T) {
			tr := newTrial()
			tr.Rate = send.Rate{Requests: 10, Per: time.Second}
			tr.graph.answer = func(_ context.Context, _ int, inv graph.Invitation) (graph.Receipt, error) {
				r := receipt(inv)
				r.Load = load
				return r, nil
			}
			start := time.Now()
			if err := tr.do(t, guests(2000)); err != nil {
				t.Fatal(err)
			}
			d = time.Since(start)
		})
		return d
	}
	full := took(0)
	for _, test := range []struct{ load, least, most float64 }{
		{0.8, 1, 1}, {0.9, 1.002, 1.006}, {1, 1.006, 1.012}, {1.2, 1.1, 1.2}, {1.8, 1.5, 2},
	} {
		if times := took(test.load).Seconds() / full.Seconds(); times < test.least || times > test.most {
			t.Errorf("at a load of %v: %.3f of the time", test.load, times)
		}
	}
}

// One request that is throttled early, for whatever reason, does not slow a run down for
// long.
func TestRateForgivesASingleThrottling(t *testing.T) {
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
