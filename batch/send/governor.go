package send

import (
	"time"

	"golang.org/x/time/rate"
)

// How the pace comes back after an answer that threw a request back: from a
// little below what the tenant was seen to give it climbs to that within
// recovery, hardly moves around it, and climbs faster the longer nothing is
// thrown back. The quota is shared with all the tenant's apps, so there may be
// more to have by then. Each overshoot costs a second or two in which everybody
// is held back; the figures keep overshoots rare.
const (
	drop     = 0.03
	recovery = 16 * time.Second
	// gross is how far the pace must be above what the tenant gave for that to
	// be the new ceiling. Below, the truth is taken to lie nearer to the pace:
	// what was given includes the time in which it was still climbing.
	gross = 1.6
	// What was given is known after enoughTime or enoughRows; before, the pace
	// comes down by the share mild.
	enoughTime = 5 * time.Second
	enoughRows = 30
	mild       = 0.2
	// documented is what Microsoft names: 150 requests in 5 seconds.
	documented = rate.Limit(30)
	// slowest is the pace that is always kept, in requests per second.
	slowest = rate.Limit(0.1)
)

// governor decides how fast requests may be admitted: as fast as was asked
// until the tenant throws some back, then as fast as the tenant takes. It is
// not safe for concurrent use; [pace] guards it.
type governor struct {
	asked, limit rate.Limit
	// ceiling is the pace at which the tenant had enough, 0 before it ever had.
	// The pace climbs to it since climbs.
	ceiling rate.Limit
	climbs  time.Time
	// back is the end of the latest hold.
	back time.Time
	// held says that the hold until back has not been accounted for.
	held bool
	// taken counts requests that the tenant took since.
	acceptedCount int
	since         time.Time
}

func newGovernor(asked rate.Limit, now time.Time) *governor {
	return &governor{asked: asked, limit: asked, since: now}
}

// took counts a request that the tenant took. load is what the answer says of
// how much of the tenant's limit is used, 0 when it does not say. Past 1 the
// pace comes down before anything is thrown back, once a second.
func (g *governor) accepted(now time.Time, load float64) {
	g.acceptedCount++
	if load > 1 && !g.held && now.Sub(g.climbs) > time.Second {
		g.ceiling, g.climbs = g.limitAt(now), now
	}
}

// threw notes that a request that left at left was thrown back and everybody is
// held back until until. What left before the latest hold tells nothing new.
func (g *governor) throttled(now, left, until time.Time) {
	g.limitAt(now)
	if !g.held && left.Before(g.back) {
		g.back, g.since, g.climbs = until, until, until
		return
	}
	g.held = true
	g.back = later(g.back, until)
}

// at gives the pace at a moment.
func (g *governor) limitAt(now time.Time) rate.Limit {
	if g.held && !now.Before(g.back) {
		g.closeHold()
	}
	if g.ceiling == 0 || now.Before(g.back) {
		return g.limit
	}
	t := now.Sub(g.climbs).Seconds()/recovery.Seconds() - 1
	climbed := g.ceiling * rate.Limit(1+drop*t*t*t)
	g.limit = min(g.asked, max(slowest, climbed))
	return g.limit
}

// account finds the new ceiling at the end of a hold. The hold counts: a quota
// of 150 in 5 s that was used up in the first second gives 30 a second.
func (g *governor) closeHold() {
	span := g.back.Sub(g.since)
	given := rate.Limit(float64(g.acceptedCount) / max(span.Seconds(), 1))
	switch {
	case g.limit == rate.Inf:
		g.ceiling = max(given, documented)
	case span < enoughTime && g.acceptedCount < enoughRows: // one answer tells little
		g.ceiling = g.limit * (1 - mild)
	case g.limit > gross*given:
		g.ceiling = given
	default:
		g.ceiling = (3*g.limit + given) / 4
	}
	g.ceiling = max(g.ceiling, slowest)
	g.held, g.acceptedCount, g.since, g.climbs = false, 0, g.back, g.back
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
