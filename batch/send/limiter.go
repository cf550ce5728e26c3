package send

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// pace admits requests for all workers together. A request passes twice: admit
// spaces requests evenly, before the journal is told of it; depart lets it go,
// at the very moment that it leaves.
//
// The limiter alone does not keep the promise "never over the rate": a process
// that was suspended, or an fsync that took long, lets several go at once. So
// depart remembers the last departures and holds back what would be one too
// many in the window.
type limiter struct {
	bucket *rate.Limiter
	per    time.Duration

	turn  chan struct{} // of one: held by the worker that waits for the limiter
	meter *Meter        // told how long that took

	mu         sync.Mutex
	gov        *governor
	held       time.Time   // nobody leaves before: a 429 for one is a 429 for all
	departures []time.Time // ring of the latest departures, as many as a window admits
	oldest     int
}

func newLimiter(r Rate, m *Meter) *limiter {
	asked := rate.Inf
	if r.Requests > 0 {
		asked = rate.Every(r.interval())
	}
	return &limiter{
		turn:       make(chan struct{}, 1),
		meter:      m,
		bucket:     rate.NewLimiter(asked, 1),
		gov:        newGovernor(asked, time.Now()),
		per:        r.Per,
		departures: make([]time.Time, r.Requests),
	}
}

// hold keeps everybody back until t. A shorter hold never undoes a longer one.
func (p *limiter) hold(t time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = later(p.held, t)
}

// threw comes down with the pace, because a request that left at left was too
// many and everybody is held back until t.
func (p *limiter) throttled(left, t time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gov.throttled(time.Now(), left, t)
}

// took counts a request that was not thrown back; see [graph.Receipt] for load.
func (p *limiter) accepted(load float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gov.accepted(time.Now(), load)
}

// limit is how fast requests may be admitted now.
func (p *limiter) limit() rate.Limit {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.gov.limitAt(time.Now())
}

// heldUntil tells until when everybody is held back, a time past when nobody is.
func (p *limiter) heldUntil() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.held
}

// admit waits for the next place. One worker at a time waits for the limiter:
// places that many had reserved would outlive a hold and fall due together.
func (p *limiter) admit(ctx context.Context) error {
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	for {
		p.bucket.SetLimit(p.limit())
		begun := time.Now()
		if err := p.bucket.Wait(ctx); err != nil {
			return cause(ctx, err)
		}
		now := time.Now()
		p.meter.waited(now.Sub(begun))
		wait := p.heldUntil().Sub(now)
		if wait <= 0 {
			return cause(ctx, nil)
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
		p.meter.held(wait)
	}
}

// depart waits until the request may leave now and counts it.
func (p *limiter) depart(ctx context.Context) error {
	for {
		if err := cause(ctx, ctx.Err()); err != nil {
			return err
		}
		wait := p.reserve(time.Now())
		if wait <= 0 {
			return nil
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// leave counts a departure and returns 0, or tells how long it has to wait.
func (p *limiter) reserve(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if wait := p.held.Sub(now); wait > 0 {
		return wait
	}
	if len(p.departures) == 0 {
		return 0
	}
	if wait := p.departures[p.oldest].Add(p.per).Sub(now); !p.departures[p.oldest].IsZero() && wait > 0 {
		return wait
	}
	p.departures[p.oldest] = now
	p.oldest = (p.oldest + 1) % len(p.departures)
	return 0
}

// sleep waits for d, or for the context's end, whose cause it returns.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// cause prefers why a context ended to the error that its end led to.
func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
