package send

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"guestlist/graph"
	"guestlist/internal/text"
)

const (
	// outageFaults is how many rows, or how many requests that could not leave, must meet
	// a fault of the service, with none answered between, for it to be an outage.
	outageFaults = 3
	// firstProbe is how long everybody is held back at first, lastProbe at the most.
	firstProbe = time.Second
	lastProbe  = time.Minute
	// doubtful is the part of the time that an outage may last after which the directory
	// is asked whether there is one, where all rows that are left have met it.
	doubtful = 3
)

// OutageError says that the service was down, or could not be reached, for longer than
// the run may wait.
type OutageError struct {
	// Since is when the first of the requests left that met it.
	Since time.Time
	// For is how long the run waited.
	For time.Duration
	// Err is what the last request met.
	Err error
}

func (e *OutageError) Error() string {
	return fmt.Sprintf("Microsoft Graph has not answered since %s (%s): %v", e.Since.Local().Format("15:04:05"), text.Duration(e.For), e.Err)
}

// Unwrap gives what the last request met.
func (e *OutageError) Unwrap() error { return e.Err }

// Hint says where to look.
func (e *OutageError) Hint() string {
	if unreachable, ok := errors.AsType[*graph.UnreachableError](e.Err); ok {
		return unreachable.Hint()
	}
	return "see https://status.cloud.microsoft, and run the same command again when the service is back: the rows are still pending, and none has used up its attempts"
}

// outage notices when the service is down for everybody. It then holds all requests
// back, longer each time, but for one that finds out whether the service is back.
type outage struct {
	// limit is how long an outage may last.
	limit time.Duration
	meter *Meter

	mu sync.Mutex
	// answers counts requests that were answered. rows are those that met a fault since
	// the latest, unreached is how many requests could not leave since, and since is when
	// the first of both did or was to.
	answers   int
	rows      map[string]bool
	unreached int
	since     time.Time
	// down says that there is an outage. The next probe leaves at next or later, wait
	// after the one before; probing says that it is on its way.
	down    bool
	next    time.Time
	wait    time.Duration
	probing bool
	// waiting are those who wait to be the probe or for the end of the outage.
	waiting map[*pass]bool
	// changed is closed when a probe has ended.
	changed chan struct{}
}

func newOutage(limit time.Duration, m *Meter) *outage {
	return &outage{limit: limit, meter: m, rows: make(map[string]bool), waiting: make(map[*pass]bool), changed: make(chan struct{})}
}

// pass is how a request passes an outage. The zero pass is that of an ordinary request.
type pass struct {
	// probe says that this request finds out whether the service is back.
	probe bool
	// faulty says that the row has met a fault; answers is how many requests had been
	// answered the first time.
	faulty  bool
	answers int
	// probes counts the probes of the row that met the outage.
	probes int
}

// await waits until a request may leave: until there is no outage, or until it is the
// next probe.
func (o *outage) await(ctx context.Context, p *pass) error {
	defer o.leave(p)
	for {
		wait, changed := o.claim(p)
		if wait <= 0 {
			return cause(ctx, ctx.Err())
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-changed:
		case <-ctx.Done():
		}
		timer.Stop()
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
}

// claim makes a request the next probe if one is due and no row that waits has been the
// probe less often: it may be this row alone that meets no answer. It tells how long to
// wait, or to wait for a change.
func (o *outage) claim(p *pass) (wait time.Duration, changed <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.down || p.probe {
		return 0, nil
	}
	o.waiting[p] = true
	if o.probing || !o.isFirst(p) {
		return lastProbe, o.changed
	}
	if wait = time.Until(o.next); wait <= 0 {
		o.probing, p.probe = true, true
	}
	return wait, o.changed
}

// isFirst reports whether no other row that waits has been the probe less often.
func (o *outage) isFirst(p *pass) bool {
	for other := range o.waiting {
		if other.probes < p.probes {
			return false
		}
	}
	return true
}

// leave notes that a request waits no longer.
func (o *outage) leave(p *pass) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.waiting[p] {
		delete(o.waiting, p)
		o.notify() // another may be the first now
	}
}

// closed reports whether a request may not leave now.
func (o *outage) closed(p *pass) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.down && !p.probe
}

// isDown reports whether there is an outage.
func (o *outage) isDown() bool { return o.closed(new(pass)) }

// over waits for the end of an outage, or until something else has ended.
func (o *outage) over(ctx context.Context, ended <-chan struct{}) error {
	for {
		o.mu.Lock()
		down, changed := o.down, o.changed
		o.mu.Unlock()
		if !down {
			return nil
		}
		select {
		case <-changed:
		case <-ended:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// giveBack lets another request be the probe, where this one was and told nothing.
func (o *outage) giveBack(p *pass) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if p.probe {
		p.probe, o.probing = false, false
		o.notify()
	}
}

func (o *outage) notify() {
	close(o.changed)
	o.changed = make(chan struct{})
}

// answered notes that a request which left at a time was answered by the service. Where
// there is an outage, an answer to one that left before tells nothing.
func (o *outage) answered(p *pass, left time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.down && !p.probe && left.Before(o.since) {
		return
	}
	o.end()
	p.probe = false
}

// end notes that the service answers.
func (o *outage) end() {
	o.answers++
	clear(o.rows)
	o.unreached = 0
	if o.down {
		o.down, o.probing = false, false
		o.meter.outage(time.Time{})
		o.notify()
	}
}

// isDoubtful reports whether the rows that are left may meet faults of their own: the
// outage has lasted for a part of the time that it may, and no row is there that has not
// been the probe. p is that of the latest probe, nil where all rows wait for a look-up.
func (o *outage) isDoubtful(p *pass) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.down && (p == nil || p.probes > 1) && time.Since(o.since) >= o.limit/doubtful
}

// dismiss ends an outage that is none: the service answers, and the rows that are left
// meet faults of their own.
func (o *outage) dismiss() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.end()
}

// fault notes a fault that the request of a row met. It reports whether there is an
// outage, and gives an [*OutageError] when that has lasted too long. No probe leaves
// before notBefore. A row that meets a fault once more, when others were answered in
// between, is no sign of an outage, nor is a request that got no answer: that may be the
// connection.
func (o *outage) fault(p *pass, row string, left, notBefore time.Time, err error) (down bool, over error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := time.Now()
	if len(o.rows)+o.unreached == 0 {
		o.since = left
	}
	_, unanswered := errors.AsType[*graph.NoAnswerError](err)
	switch alone := p.faulty && p.answers != o.answers; {
	case unanswered:
	case errors.As(err, new(*graph.UnreachableError)):
		o.unreached++
	case !alone && len(o.rows) < outageFaults:
		o.rows[row] = true
	}
	if !p.faulty {
		p.faulty, p.answers = true, o.answers
	}
	switch {
	case !o.down && (len(o.rows) == outageFaults || o.unreached >= outageFaults):
		o.down, o.wait = true, firstProbe
		o.meter.outage(o.since)
	case o.down && p.probe:
		o.wait = min(2*o.wait, lastProbe)
		p.probes++
	default: // it may have left before the outage was noticed
		return o.down, nil
	}
	p.probe, o.probing = false, false
	end := o.since.Add(o.limit)
	o.next = now.Add(o.wait)
	if o.next.After(end) && now.Before(end) {
		o.next = end // the last probe
	}
	o.next = lastOf(o.next, notBefore)
	o.notify()
	if !now.Before(end) || o.next.After(end) {
		return true, &OutageError{Since: o.since, For: now.Sub(o.since), Err: err}
	}
	return true, nil
}
