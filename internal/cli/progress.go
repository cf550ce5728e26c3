package cli

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"guestlist/batch"
	"guestlist/batch/send"
	"guestlist/internal/session"
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
	// waiting is how long everybody is still held back.
	waiting time.Duration
}

// String is what both printers say of the run, the most telling first.
func (r reading) String() string {
	said := []string{fmt.Sprintf("%.1f/s", r.rate)}
	if limit := r.Climb.PerSecond; limit > 0 {
		said[0] += fmt.Sprintf(" of %d/s", limit)
	}
	switch {
	case !r.OutageSince.IsZero():
		said = append(said, fmt.Sprintf("Microsoft Graph has not answered since %s: trying again", r.OutageSince.Local().Format("15:04:05")))
	case r.waiting > 0:
		said = append(said, fmt.Sprintf("throttled: Microsoft asks to wait %s", r.waiting.Truncate(time.Second)+time.Second))
	}
	if left := r.left(); left > 0 {
		said = append(said, fmt.Sprintf("%s left", left.Round(time.Second)))
	}
	for _, outcome := range []session.Counted[batch.Status]{{Name: batch.Invited, Rows: r.Invited}, {Name: batch.Failed, Rows: r.Failed}, {Name: batch.Unconfirmed, Rows: r.Unconfirmed}} {
		if outcome.Rows > 0 {
			said = append(said, fmt.Sprintf("%d %s", outcome.Rows, outcome.Name))
		}
	}
	return strings.Join(said, ", ")
}

// left is how long the rest takes at the rate of the latest rows, or as the rate climbs,
// 0 where that is not known.
func (r reading) left() time.Duration {
	left := r.total - r.Done
	switch {
	case r.rate == 0 || left <= 0:
		return 0
	case r.Climb.PerSecond > 0 && !r.Climb.IsWhole():
		return r.Climb.Duration(left)
	}
	return time.Duration(float64(left) / r.rate * float64(time.Second))
}

// showProgress starts showing a run of total rows; the function it returns ends that.
func showProgress(p *process, mode string, meter *send.Meter, total int) (end func()) {
	if total == 0 {
		return func() {}
	}
	show := newPrinter(p, mode, total)
	if show == nil {
		return func() {}
	}
	quit := make(chan struct{})
	var shown sync.WaitGroup
	shown.Go(func() {
		pulse := newPulse(meter, total)
		tick := time.NewTicker(glance)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				show.update(pulse.read(time.Now()))
			case <-quit:
				show.finish(pulse.last(time.Now()))
				return
			}
		}
	})
	return func() { close(quit); shown.Wait() }
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
	start   time.Time
	samples []sample
}

type sample struct {
	at   time.Time
	done int
}

// rateOver is the time over which rows per second are measured.
const rateOver = 15 * time.Second

func newPulse(m *send.Meter, total int) *pulse {
	now := time.Now()
	return &pulse{meter: m, total: total, start: now, samples: []sample{{at: now}}}
}

func (p *pulse) read(now time.Time) reading {
	seen := p.meter.Snapshot()
	p.samples = append(p.samples, sample{now, seen.Done})
	for len(p.samples) > 2 && now.Sub(p.samples[1].at) > rateOver {
		p.samples = p.samples[1:]
	}
	first := p.samples[0]
	r := reading{Snapshot: seen, total: p.total, elapsed: now.Sub(p.start), waiting: seen.HeldUntil.Sub(now)}
	if span := now.Sub(first.at).Seconds(); span > 0 {
		r.rate = float64(seen.Done-first.done) / span
	}
	return r
}

// last is the reading of the whole run.
func (p *pulse) last(now time.Time) reading {
	r := p.read(now)
	r.waiting = 0
	if span := r.elapsed.Seconds(); span > 0 {
		r.rate = float64(r.Done) / span
	}
	return r
}
