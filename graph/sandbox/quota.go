package sandbox

import (
	"sync"
	"time"
)

// quota admits a number of requests in any window of time. Documented for
// /invitations: 150 per 5 seconds, for all apps of a tenant together
// (learn.microsoft.com/graph/throttling-limits).
type quota struct {
	window         time.Duration
	limit          int
	countThrottled bool // requests answered 429 count as well

	mu     sync.Mutex
	counts []time.Duration // ring of the arrivals that count, as times since start
	first  int             // the oldest of them
	n      int
}

// verdict is what the quota says about one request.
type verdict struct {
	wait  time.Duration // until a place is free, 0 for a request that is admitted
	share float64       // of the quota that is used, this request included if it counts
}

// newQuota remembers twice the limit, so that the share of a flood shows.
func newQuota(limit int, window time.Duration, countThrottled bool) *quota {
	return &quota{window: window, limit: limit, countThrottled: countThrottled, counts: make([]time.Duration, 2*limit)}
}

// admit judges a request that arrives now, a time since start. A nil quota
// admits everything.
func (q *quota) admit(now time.Duration) verdict {
	if q == nil {
		return verdict{}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.forget(now - q.window)
	full := q.n >= q.limit
	if !full || q.countThrottled {
		q.count(now)
	}
	v := verdict{share: float64(q.n) / float64(q.limit)}
	if full {
		v.wait = q.at(q.n-q.limit) + q.window - now
	}
	return v
}

// forget drops arrivals up to and including t.
func (q *quota) forget(t time.Duration) {
	for q.n > 0 && q.at(0) <= t {
		q.drop()
	}
}

func (q *quota) count(now time.Duration) {
	if q.n == len(q.counts) {
		q.drop()
	}
	q.counts[(q.first+q.n)%len(q.counts)] = now
	q.n++
}

func (q *quota) drop() {
	q.first = (q.first + 1) % len(q.counts)
	q.n--
}

// at returns the i-th oldest arrival.
func (q *quota) at(i int) time.Duration { return q.counts[(q.first+i)%len(q.counts)] }
