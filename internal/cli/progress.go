package cli

import (
	"fmt"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"guestlist/batch"
)

// How often progress is looked at, and how often a line is printed where there
// is no terminal.
const (
	glance    = 100 * time.Millisecond
	lineEvery = 30 * time.Second
	lineRows  = 1000
)

// printer shows a run to somebody. One goroutine calls it.
type printer interface {
	// update is called many times.
	update(now reading)
	// finish is called once, in the end, whatever the end is.
	finish(last reading)
}

// reading is a run at one moment, ready to be shown.
type reading struct {
	batch.Snapshot

	total   int
	elapsed time.Duration
	// rate is rows per second: over the latest quarter of a minute, and over
	// the whole run in the end.
	rate float64
	// waiting is how long everybody is still held back.
	waiting time.Duration
}

// String is what both printers say of the run.
func (r reading) String() string {
	text := fmt.Sprintf("%.1f/s", r.rate)
	if left := r.total - r.Done; r.rate > 0 && left > 0 {
		text += fmt.Sprintf(", %s left", time.Duration(float64(left)/r.rate*float64(time.Second)).Round(time.Second))
	}
	if r.Failed > 0 {
		text += fmt.Sprintf(", %d failed", r.Failed)
	}
	if r.waiting > 0 {
		text += fmt.Sprintf(", throttled, waiting %s", r.waiting.Truncate(time.Second)+time.Second)
	}
	return text
}

// showProgress starts showing a run of total rows; the function it returns ends that.
func (s *session) showProgress(meter *batch.Meter, total int) (end func()) {
	show := s.printer(total)
	if show == nil || total == 0 {
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

// printer picks what fits: a bar on a terminal, else a line now and then.
func (s *session) printer(total int) printer {
	mode := s.o.progress
	if mode == "auto" {
		mode = "plain"
		if term.IsTerminal(int(s.err.Fd())) && s.getenv("TERM") != "dumb" {
			mode = "bar"
		}
	}
	switch mode {
	case "bar":
		return &bar{s.process, progressbar.NewOptions(total,
			progressbar.OptionSetWriter(s.err),
			progressbar.OptionSetWidth(30),
			progressbar.OptionShowCount(),
			progressbar.OptionSetPredictTime(false),
			progressbar.OptionThrottle(glance-time.Millisecond),
			progressbar.OptionShowDescriptionAtLineEnd(),
			progressbar.OptionSetRenderBlankState(true),
		)}
	case "plain":
		return &lines{process: s.process}
	default:
		return nil
	}
}

// pulse turns counts into a pace.
type pulse struct {
	meter   *batch.Meter
	total   int
	start   time.Time
	samples []sample
}

type sample struct {
	at   time.Time
	done int
}

// paceOver is the time over which the pace is measured.
const paceOver = 15 * time.Second

func newPulse(m *batch.Meter, total int) *pulse {
	now := time.Now()
	return &pulse{meter: m, total: total, start: now, samples: []sample{{at: now}}}
}

func (p *pulse) read(now time.Time) reading {
	seen := p.meter.Snapshot()
	p.samples = append(p.samples, sample{now, seen.Done})
	for len(p.samples) > 2 && now.Sub(p.samples[1].at) > paceOver {
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

// bar is for people at a terminal.
type bar struct {
	*process
	*progressbar.ProgressBar
}

func (b *bar) update(now reading) {
	b.Describe(now.String())
	_ = b.Set(now.Done) // it can only fail to draw
}

func (b *bar) finish(last reading) {
	b.update(last)
	_, _ = fmt.Fprintln(b.err)
}

// lines is for logs and pipes.
type lines struct {
	*process

	at   time.Duration
	done int
}

func (l *lines) update(now reading) {
	if now.elapsed-l.at >= lineEvery || now.Done-l.done >= lineRows {
		l.print(now)
	}
}

func (l *lines) finish(last reading) { l.print(last) }

func (l *lines) print(now reading) {
	l.at, l.done = now.elapsed, now.Done
	_, _ = fmt.Fprintf(l.err, "%d of %s, %s\n", now.Done, rows(now.total), now)
}
