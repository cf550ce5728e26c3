package send

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"guestlist/internal/pause"
)

// limiter admits requests for all workers together. A request passes it twice: admit
// spaces requests evenly, before the journal is told of them; depart lets a request
// go, at the very moment that it leaves.
//
// The bucket alone does not keep the promise that the rate is never exceeded: after
// the process was suspended, or after a slow fsync, several requests would leave at
// once. So depart remembers the latest departures, and holds back a request that would
// be one too many in the window.
type limiter struct {
	bucket *rate.Limiter

	turn   chan struct{} // of one: held by the worker that waits for the bucket
	meter  *Meter        // told how long that took
	outage *outage

	mu         sync.Mutex
	gov        *governor
	window     Rate        // what any window admits now
	climb      Climb       // zero where the rate does not climb
	held       time.Time   // nothing leaves before: a 429 for one is a 429 for all
	departures []time.Time // ring of the latest departures, as many as a window ever admits
	oldest     int
}

func newLimiter(r Rate, m *Meter, o *outage) *limiter {
	asked := rate.Inf
	if r.Requests > 0 {
		asked = rate.Every(r.interval())
	}
	l := &limiter{
		turn:       make(chan struct{}, 1),
		meter:      m,
		outage:     o,
		bucket:     rate.NewLimiter(asked, 1),
		gov:        newGovernor(asked),
		window:     r,
		departures: make([]time.Time, r.Requests),
	}
	if l.gov.stepwise = r.Auto; r.Auto {
		l.climbTo(firstClimb())
	}
	return l
}

// climbTo changes the rate that is asked for.
func (l *limiter) climbTo(c Climb) {
	if c.PerSecond != l.climb.PerSecond {
		l.window = c.rate()
		l.gov.asked = rate.Every(l.window.interval())
	}
	l.climb = c
	l.meter.climb(c)
}

// invited notes that a guest was invited, which may let the rate climb.
func (l *limiter) invited() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.climb.PerSecond > 0 {
		l.climbTo(l.climb.add())
	}
}

// doubt notes an answer after which the rate does not climb until enough others were good:
// it may be the tenant that says so, and not the row.
func (l *limiter) doubt() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stay()
}

// stay lets the climb's count begin anew.
func (l *limiter) stay() {
	if l.climb.PerSecond > 0 {
		l.climbTo(Climb{PerSecond: l.climb.PerSecond})
	}
}

// hold keeps everybody back until a time. A shorter hold never undoes a longer one.
func (l *limiter) hold(until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held = lastOf(l.held, until)
	l.gov.hold(time.Now(), until)
	l.stay()
}

// throttled notes that a request met a 429, which keeps everybody back until a time.
func (l *limiter) throttled(d departure, until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held = lastOf(l.held, until)
	l.gov.throttled(time.Now(), d, until)
	l.stay()
}

// accepted notes an answer to a request that was not throttled; see [graph.Receipt] for
// load.
func (l *limiter) accepted(load float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.gov.accepted(time.Now(), load)
	if load > nearlyFull {
		l.stay()
	}
}

// limit is how fast requests may be admitted now.
func (l *limiter) limit() rate.Limit {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.gov.limitAt(time.Now())
}

// heldUntil tells until when everybody is held back, a time past when nobody is.
func (l *limiter) heldUntil() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.held
}

// admit waits for the next place, and for the end of an outage. Nobody waits for that
// but those that have a pass.
func (l *limiter) admit(ctx context.Context, p *pass) error {
	for {
		if p != nil {
			if err := l.outage.await(ctx, p); err != nil {
				return err
			}
		}
		if err := l.place(ctx); err != nil {
			return err
		}
		if p == nil || !l.outage.closed(p) {
			return nil
		}
	}
}

// place waits for the next place. One worker at a time waits for the bucket: places
// that many had reserved would outlive a hold and fall due together.
func (l *limiter) place(ctx context.Context) error {
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	for {
		l.bucket.SetLimit(l.limit())
		begun := time.Now()
		if err := l.bucket.Wait(ctx); err != nil {
			return cause(ctx, err)
		}
		now := time.Now()
		l.meter.waited(now.Sub(begun))
		wait := l.heldUntil().Sub(now)
		if wait <= 0 {
			return cause(ctx, nil)
		}
		if err := pause.For(ctx, wait); err != nil {
			return err
		}
		l.meter.held(wait)
	}
}

// depart waits until the request may leave now, and counts it. As with admit, those
// that have a pass wait for the end of an outage, too.
func (l *limiter) depart(ctx context.Context, p *pass) (departure, error) {
	for {
		if err := cause(ctx, ctx.Err()); err != nil {
			return departure{}, err
		}
		if p != nil {
			if err := l.outage.await(ctx, p); err != nil {
				return departure{}, err
			}
		}
		d, wait, left := l.reserve(time.Now(), p)
		if left {
			return d, nil
		}
		if err := pause.For(ctx, wait); err != nil {
			return departure{}, err
		}
	}
}

// reserve counts a departure, or tells how long it has to wait.
func (l *limiter) reserve(now time.Time, p *pass) (d departure, wait time.Duration, left bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if wait := l.held.Sub(now); wait > 0 {
		return d, wait, false
	}
	if p != nil && l.outage.closed(p) {
		return d, 0, false
	}
	if len(l.departures) > 0 {
		oldest := l.departures[(l.oldest+len(l.departures)-l.window.Requests)%len(l.departures)]
		if wait := oldest.Add(l.window.Per).Sub(now); !oldest.IsZero() && wait > 0 {
			return d, wait, false
		}
		l.departures[l.oldest] = now
		l.oldest = (l.oldest + 1) % len(l.departures)
	}
	return l.gov.departed(now), 0, true
}

// Limiter is a limiter for requests that are not invitations, and have a limit of their
// own at Microsoft: those of follow-ups. It is safe for concurrent use.
type Limiter struct {
	limiter *limiter
	// turn is held by the one who collects places: requests that leave together would else
	// wait for each other, and then all leave at once.
	turn chan struct{}
}

// NewLimiter makes one that admits requests at a rate.
func NewLimiter(r Rate) *Limiter {
	return &Limiter{limiter: newLimiter(r, new(Meter), nil), turn: make(chan struct{}, 1)}
}

// Admit waits until n requests may leave together, and counts them. The rate must admit as
// many in its window. The error is why ctx ended.
func (l *Limiter) Admit(ctx context.Context, n int) error {
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	for range n {
		if err := l.limiter.admit(ctx, nil); err != nil {
			return err
		}
	}
	for {
		if err := cause(ctx, ctx.Err()); err != nil {
			return err
		}
		wait := l.limiter.reserveAll(time.Now(), n)
		if wait <= 0 {
			return nil
		}
		if err := pause.For(ctx, wait); err != nil {
			return err
		}
	}
}

// reserveAll counts n departures at once, or tells how long they have to wait.
func (l *limiter) reserveAll(now time.Time, n int) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if wait := l.held.Sub(now); wait > 0 {
		return wait
	}
	last := l.departures[(l.oldest+n-1)%len(l.departures)]
	if wait := last.Add(l.window.Per).Sub(now); !last.IsZero() && wait > 0 {
		return wait
	}
	for range n {
		l.departures[l.oldest] = now
		l.oldest = (l.oldest + 1) % len(l.departures)
	}
	return 0
}

// Hold keeps everything back until a time. A shorter hold never undoes a longer one.
func (l *Limiter) Hold(until time.Time) { l.limiter.hold(until) }

// cause prefers why a context ended to the error that its end led to.
func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
