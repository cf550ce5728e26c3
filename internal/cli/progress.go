package cli

import (
	"fmt"
	"strings"
	"time"

	"guestlist/batch"
	"guestlist/batch/send"
	"guestlist/internal/pause"
	"guestlist/internal/session"
	"guestlist/internal/text"
)

// glance is how often progress is looked at.
const glance = 100 * time.Millisecond

// printer shows a run to somebody. One goroutine calls it.
type printer interface {
	// update is called many times.
	update(now reading)
	// finish is called once, in the end, whatever the end is.
	finish(last reading)
}

// reading is a run at one moment, ready to be shown.
type reading struct {
	send.Snapshot

	total   int
	elapsed time.Duration
	// rate is rows per second: over the latest quarter of a minute, and over
	// the whole run in the end.
	rate float64
	// at is when that was, until is when the run stops waiting for look-ups, zero where it
	// does not wait for them alone.
	at, until time.Time
}

// String is what both printers say of the run, the most telling first.
func (r reading) String() string {
	var said []string
	if limit := r.Climb.PerSecond; r.rate > 0 && limit > 0 {
		said = append(said, fmt.Sprintf("%.1f/s of %d/s", r.rate, limit))
	} else if r.rate > 0 {
		said = append(said, fmt.Sprintf("%.1f/s", r.rate))
	}
	if waits := r.waits(); waits != "" && (r.unsent() <= 0 || r.waiting() > 0 || !r.OutageSince.IsZero()) {
		said = []string{waits} // nothing else goes on
	} else if waits != "" {
		said = append(said, waits)
	}
	if left := r.left(); left >= time.Second {
		said = append(said, fmt.Sprintf("about %s left", left.Round(time.Second)))
	}
	for _, outcome := range []session.Counted[batch.Status]{{Name: batch.Invited, Rows: r.Invited}, {Name: batch.Failed, Rows: r.Failed}, {Name: batch.Unconfirmed, Rows: r.Unconfirmed}} {
		if outcome.Rows > 0 {
			said = append(said, fmt.Sprintf("%d %s", outcome.Rows, outcome.Name))
		}
	}
	return strings.Join(said, ", ")
}

// waits says what the run waits for, and until when; "" where it does not.
func (r reading) waits() string {
	clock := func(t time.Time) string { return t.Local().Format("15:04:05") }
	var said []string
	switch {
	case !r.OutageSince.IsZero():
		said = append(said, fmt.Sprintf("Microsoft Graph has not answered since %s: trying again", clock(r.OutageSince)))
	case r.waiting() > 0:
		said = append(said, "throttled by Microsoft until "+clock(r.HeldUntil.Add(time.Second)))
	}
	if r.Retrying > 0 && r.RetryAt.After(r.at) {
		said = append(said, fmt.Sprintf("%s tried again by %s", areIs(r.Retrying, "row", "rows"), clock(r.RetryAt.Add(time.Second))))
	}
	if r.Parked > 0 {
		open := text.Plural(r.Parked, "row") + " without an answer"
		if r.LookUpAt.After(r.at) {
			open += ", looked up at " + clock(r.LookUpAt)
		}
		if !r.until.IsZero() {
			open += ", until " + clock(r.until) + " at the most"
		}
		said = append(said, open)
	}
	return strings.Join(said, "; ")
}

// waiting is how long everybody is still held back.
func (r reading) waiting() time.Duration { return max(r.HeldUntil.Sub(r.at), 0) }

// unsent is how many rows wait for nothing but their turn.
func (r reading) unsent() int { return r.total - r.Done - r.Parked - r.Retrying }

// left is how long the rest takes at the rate of the latest rows, or as the rate climbs,
// 0 where that is not known: while there is an outage, or while only rows are left whose
// answer the tenant knows.
func (r reading) left() time.Duration {
	unsent, waiting := max(r.unsent(), 0), r.waiting()
	if r.Retrying > 0 {
		waiting = max(waiting, r.RetryAt.Sub(r.at))
		unsent += r.Retrying
	}
	switch {
	case r.rate == 0 || unsent == 0 || !r.OutageSince.IsZero():
		return 0
	case r.Climb.PerSecond > 0 && !r.Climb.IsWhole():
		return waiting + r.Climb.Duration(unsent)
	}
	return waiting + time.Duration(float64(unsent)/r.rate*float64(time.Second))
}

// showProgress starts showing a run of total rows; the function it returns ends that.
// Until is as in [reading].
func showProgress(p *process, mode string, meter *send.Meter, total int, until time.Time) (end func()) {
	if total == 0 {
		return func() {}
	}
	show := newPrinter(p, mode, total)
	if show == nil {
		return func() {}
	}
	pulse := newPulse(meter, total, until)
	quit := pause.Every(glance, func() { show.update(pulse.read(time.Now())) })
	return func() {
		quit()
		show.finish(pulse.last(time.Now()))
	}
}

// newPrinter picks what fits: a bar on a terminal, else a line now and then.
func newPrinter(p *process, mode string, total int) printer {
	if mode == "auto" && p.getenv("TERM") != "dumb" {
		mode = "bar"
	}
	if mode == "auto" || mode == "bar" && !drawable(p.err) {
		mode = "plain"
	}
	switch mode {
	case "bar":
		return newBar(p.screen, total)
	case "plain":
		return &lines{screen: p.screen}
	default:
		return nil
	}
}

// pulse turns counts into rows per second.
type pulse struct {
	meter   *send.Meter
	total   int
	until   time.Time
	start   sample
	samples []sample
}

type sample struct {
	at   time.Time
	done int
}

// rateOver is the time over which rows per second are measured.
const rateOver = 15 * time.Second

func newPulse(m *send.Meter, total int, until time.Time) *pulse {
	start := sample{time.Now(), m.Snapshot().Done}
	return &pulse{meter: m, total: total, until: until, start: start, samples: []sample{start}}
}

func (p *pulse) read(now time.Time) reading {
	seen := p.meter.Snapshot()
	p.samples = append(p.samples, sample{now, seen.Done})
	for len(p.samples) > 2 && now.Sub(p.samples[1].at) > rateOver {
		p.samples = p.samples[1:]
	}
	first := p.samples[0]
	r := reading{Snapshot: seen, total: p.total, elapsed: now.Sub(p.start.at), at: now, until: p.until}
	if span := now.Sub(first.at).Seconds(); span > 0 {
		r.rate = float64(seen.Done-first.done) / span
	}
	return r
}

// last is the reading of the whole run.
func (p *pulse) last(now time.Time) reading {
	r := p.read(now)
	r.HeldUntil, r.OutageSince, r.Parked, r.Retrying = time.Time{}, time.Time{}, 0, 0
	r.rate = 0
	if span := r.elapsed.Seconds(); span > 0 && r.until.IsZero() {
		r.rate = float64(r.Done-p.start.done) / span
	}
	return r
}
