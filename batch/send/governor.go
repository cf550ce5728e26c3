package send

import (
	"math"
	"time"

	"golang.org/x/time/rate"
)

// quotaWindow is the time over which Graph counts the requests of a tenant
// (learn.microsoft.com/graph/throttling-limits).
const quotaWindow = 5 * time.Second

// How the rate comes back after the tenant's quota was used up. It starts a little
// below what the tenant gave, is about that during plateau, and then climbs faster the
// longer nothing is throttled: the quota is shared with the tenant's other apps, so
// there may be more to have by then. Each attempt at more costs a second or two in
// which everybody is held back.
const (
	plateau = 90 * time.Second
	// margin is how much less than what the tenant gave the rate aims at, climb how
	// much more it is at the end of the plateau.
	margin = 0.015
	climb  = 0.015
	// A rate that was a little too high begins lower by smallDip. Where every request
	// was throttled, it begins lower by largeDip as well, so that the window empties.
	smallDip = 0.03
	largeDip = 0.22
	// slowest is the rate that is always kept, in requests per second.
	slowest = rate.Limit(0.1)
)

// What tells a quota that is used up from requests that were throttled for another
// reason, see [governor.judge].
const (
	// A quota is used up when more than usedUp of the requests that left after one that
	// was throttled are throttled, too, and usedUpLeast more.
	usedUp      = 0.2
	usedUpLeast = 2
	// fewInFlight is how many requests must have left for that share to count.
	fewInFlight = 8
	// edge is how much of its rate a run must have had in the window before for that
	// rate to be where the quota ends.
	edge = 0.8
	// maxOdd is how many requests may be throttled for no visible reason before the
	// rate is no longer lowered.
	maxOdd = 3
)

// How the rate heeds what answers say of the tenant's load, where 1 is its limit: it
// is lower by easeBelow for each unit above easeFrom, and by easeAbove for each unit
// above 1. What is below 1 comes to less than 1 %: a rate that was chosen to be the
// tenant's quota makes a load of 0.99, and is to be filled. Above nearlyFull the rate
// does not climb.
const (
	easeFrom   = 0.8
	easeBelow  = 0.04
	easeAbove  = 0.5
	nearlyFull = 0.95
	// mostEased is the share of the rate that is kept in any case.
	mostEased = 0.1
)

// governor decides how fast requests may be admitted: as fast as was asked until the
// tenant's quota is used up, then as fast as the tenant gives. Its decisions depend
// only on what it is told, times included. It is not safe for concurrent use; [limiter]
// guards it.
//
// The time in which everybody is held back says nothing about the quota. The rate does
// not climb meanwhile, and what the tenant gives is counted over the window before a
// request that was throttled.
type governor struct {
	asked rate.Limit
	// stepwise says that asked climbs by itself, and not while requests are throttled.
	stepwise bool
	// ceiling is the rate that the tenant gave when its quota was used up, 0 while that
	// is not known. The rate begins lower by the share dip, and climbs since climbs.
	ceiling rate.Limit
	dip     float64
	climbs  time.Time
	// heldUntil is the end of the latest hold.
	heldUntil time.Time

	// sent counts the requests that left, recent those of the latest window that are
	// not known to be throttled.
	sent   int
	recent window
	burst  burst
	// before is what the tenant had given before each of the three bursts before.
	before [3]int
	// odd counts bursts of a single request, below the ceiling.
	odd int

	// load is what the latest answer that tells it says of the tenant's load.
	load   float64
	loadAt time.Time
}

// departure is a request that leaves.
type departure struct {
	at time.Time
	// number counts the requests of the run. recent is how many left in the window
	// before and are not known to be throttled.
	number, recent int
}

// burst is the requests that leave after one that is throttled, until everybody is held
// back because of it.
type burst struct {
	// first and last are the numbers of its requests, after is the last one of the burst
	// before: answers to requests up to that one tell nothing new.
	after, first, last int
	throttled          int
	// recent is what the tenant had given in the window before the first one, limit the
	// rate at that time.
	recent int
	limit  rate.Limit
	// belowCeiling says that the rate was still coming back to its ceiling; longHold that
	// the tenant asks for a wait that is longer than the window of its quota.
	belowCeiling, longHold bool
}

func newGovernor(asked rate.Limit) *governor { return &governor{asked: asked} }

// departed counts a request that leaves.
func (g *governor) departed(now time.Time) departure {
	g.sent++
	d := departure{at: now, number: g.sent, recent: g.recent.count(now)}
	g.recent.add(now, 1)
	return d
}

// accepted notes an answer to a request that was not throttled. load is what it says
// of how much of the tenant's limit is used, 0 when it does not say.
func (g *governor) accepted(now time.Time, load float64) {
	if load == 0 {
		return
	}
	g.load, g.loadAt = load, now
	if load > nearlyFull && !now.Before(g.heldUntil) {
		g.ceiling, g.dip, g.climbs = g.base(now), 0, now.Add(-plateau/2)
	}
}

// hold notes that nothing leaves before until.
func (g *governor) hold(now, until time.Time) {
	if from := lastOf(now, g.heldUntil); until.After(from) {
		g.climbs = g.climbs.Add(until.Sub(from))
		g.heldUntil = until
	}
}

// throttled notes that a request was throttled, and that nothing leaves before until.
func (g *governor) throttled(now time.Time, d departure, until time.Time) {
	if d.number > g.burst.last {
		g.begin(now, d)
	}
	g.hold(now, until)
	b := &g.burst
	if d.number <= b.after {
		return
	}
	b.throttled++
	b.first, b.recent = min(b.first, d.number), min(b.recent, d.recent)
	b.longHold = b.longHold || until.Sub(now) > quotaWindow+time.Second
	g.recent.add(d.at, -1)
	g.judge()
}

// begin begins a burst.
func (g *governor) begin(now time.Time, d departure) {
	if g.burst.belowCeiling && g.burst.throttled == 1 {
		g.odd++
	}
	if g.odd == maxOdd { // a lower rate did not help
		g.ceiling, g.odd = 0, 0
	}
	g.before = [3]int{g.burst.recent, g.before[0], g.before[1]}
	g.burst = burst{
		after: g.burst.last, first: d.number, last: g.sent, recent: d.recent,
		limit: g.base(now), belowCeiling: g.ceiling > 0 && now.Sub(g.climbs) < plateau/2,
	}
}

// judge lowers the rate if the quota is used up. It is when many requests of a burst
// are throttled; where few are in flight, when that happens time and again after as
// many requests, and for no longer than the quota's window. Then the window before the
// burst shows what the tenant gives. Where the run had its rate nearly whole in that
// window, the quota may end there, and the rate is lowered a little. Otherwise it
// stays as it is: the service had another reason.
func (g *governor) judge() {
	b := &g.burst
	given := rate.Limit(float64(b.recent) / quotaWindow.Seconds())
	others, throttled := float64(b.last-b.first), float64(b.throttled-1)
	switch {
	case throttled > usedUpLeast+usedUp*others, others < fewInFlight && !b.longHold && g.repeats():
		g.odd = 0
	case given < edge*b.limit, (b.belowCeiling || g.stepwise) && throttled == 0:
		return
	}
	g.ceiling, g.climbs = max(slowest, min(given, b.limit)*(1-margin)), g.heldUntil
	g.dip = smallDip + largeDip*throttled/max(1, others)
}

// repeats reports whether the latest bursts came after about as many requests each.
func (g *governor) repeats() bool {
	for _, n := range g.before {
		if diff := n - g.burst.recent; n == 0 || max(diff, -diff) > n/8 {
			return false
		}
	}
	return true
}

// limitAt is the rate at a moment.
func (g *governor) limitAt(now time.Time) rate.Limit {
	limit := g.base(now)
	if g.load <= easeFrom || now.Sub(g.loadAt) > quotaWindow {
		return limit
	}
	eased := easeBelow*(min(g.load, 1)-easeFrom) + easeAbove*max(0, g.load-1)
	return limit * rate.Limit(max(mostEased, 1-eased))
}

// base is the rate without regard to the tenant's load.
func (g *governor) base(now time.Time) rate.Limit {
	if g.ceiling == 0 {
		return g.asked
	}
	t := lastOf(now, g.heldUntil).Sub(g.climbs).Seconds()/(plateau.Seconds()/2) - 1 // from -1 to 1 on the plateau
	change := climb
	if t < 0 {
		change = g.dip
	}
	return min(g.asked, max(slowest, g.ceiling*rate.Limit(1+change*math.Pow(t, 7))))
}

// window counts what happened in the latest quotaWindow.
type window struct {
	slots [50]int
	// latest is the number of the latest slot, counted from the year 1970.
	latest int64
	total  int
}

// slot is the number of the slot of a time.
func (w *window) slot(at time.Time) int64 {
	return at.UnixNano() / (int64(quotaWindow) / int64(len(w.slots)))
}

// add adds n at a time, unless that is longer ago than the window.
func (w *window) add(at time.Time, n int) {
	w.advance(w.slot(at))
	if slot := w.slot(at); slot > w.latest-int64(len(w.slots)) {
		w.slots[slot%int64(len(w.slots))] += n
		w.total += n
	}
}

// count is the sum over the window that ends now.
func (w *window) count(now time.Time) int {
	w.advance(w.slot(now))
	return w.total
}

// advance forgets what is older than the window that ends with a slot.
func (w *window) advance(to int64) {
	for n := max(w.latest, to-int64(len(w.slots))) + 1; n <= to; n++ {
		at := n % int64(len(w.slots))
		w.total -= w.slots[at]
		w.slots[at] = 0
	}
	w.latest = max(w.latest, to)
}

func lastOf(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
