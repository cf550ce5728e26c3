package send

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"guestlist/batch"
	"guestlist/graph"
)

const (
	// firstLook is when a row is looked up for the first time after its request,
	// and the shortest wait between two look-ups of one row. A new guest appears
	// within seconds to minutes; the waits double up to maxLook.
	firstLook = 5 * time.Second
	maxLook   = 2 * time.Minute
	// lookTogether is how much earlier than due a row is looked up when others are
	// due: one request looks up many.
	lookTogether = 2 * time.Second
	// LookUpSize is how many rows are looked up with one request: a $batch of Graph
	// holds 20 (learn.microsoft.com/graph/json-batching).
	LookUpSize = 20
)

// noteMailed is the note on a row whose answer with the link was lost.
const noteMailed = "The invitation email was sent, but the answer with the link never came. The guest accepts with the email. A new invitation gives a link, and may end the one in the email."

// noteSilent is the same for a row without an email.
const noteSilent = "The guest was invited, but the answer with the link never came: no one holds a link."

// noteNoLinkMailed and noteNoLinkSilent are those on rows whose answer had no link.
const (
	noteNoLinkMailed = "The invitation email was sent, but Microsoft's answer had no link. The guest accepts with the email."
	noteNoLinkSilent = "The guest was invited, but Microsoft's answer had no link: no one holds a link."
)

// lookUps is where rows wait for the directory: a request left and no answer came,
// so that only the tenant knows what happened. No worker waits for it. Rows are
// looked up together, each at growing intervals, until the guest is seen or their
// absence counts.
type lookUps struct {
	*Run

	mu     sync.Mutex
	parked []*parkedRow
	// wake says that a row was parked, or that a job ended.
	wake chan struct{}
}

// parkedRow is a row that waits.
type parkedRow struct {
	*sender

	// due is when it is looked up next, wait how long after that again.
	due  time.Time
	wait time.Duration
	// absences counts answered look-ups that did not show the guest.
	absences int
	// counts is when absence counts by our own clock: a Date of Graph's that jumps proves
	// nothing.
	counts time.Time
}

func newLookUps(r *Run) *lookUps { return &lookUps{Run: r, wake: make(chan struct{}, 1)} }

// park adds a row whose request left a moment ago, or in an earlier run.
func (l *lookUps) park(s *sender) {
	now, wait := time.Now(), l.firstLook()
	due := now.Add(wait)
	if s.fromEarlierRun {
		due = now
	}
	counts := now.Add(s.uncounted(now))
	if !s.latestHere.IsZero() {
		counts = s.latestHere.Add(s.LookupFor)
	}
	l.mu.Lock()
	l.parked = append(l.parked, &parkedRow{sender: s, due: due, wait: wait, counts: counts})
	l.count(0)
	l.mu.Unlock()
	l.signal()
}

// signal wakes the goroutine that looks up.
func (l *lookUps) signal() {
	select {
	case l.wake <- struct{}{}:
	default: // it is awake already
	}
}

// recount is count when no row is being looked up.
func (l *lookUps) recount() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count(0)
}

// open is how many rows wait.
func (l *lookUps) open() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.parked)
}

// take removes rows that are due, and tells how long until the next one is where
// none is.
func (l *lookUps) take(now time.Time) (due []*parkedRow, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	slices.SortStableFunc(l.parked, func(a, b *parkedRow) int { return a.due.Compare(b.due) })
	if len(l.parked) == 0 {
		return nil, time.Hour
	}
	if wait = l.parked[0].due.Sub(now); wait > 0 {
		return nil, wait
	}
	n := 1
	for n < min(len(l.parked), LookUpSize) && !l.parked[n].due.After(now.Add(lookTogether)) {
		n++
	}
	due = slices.Clone(l.parked[:n])
	l.parked = slices.Delete(l.parked, 0, n)
	l.count(n)
	return due, 0
}

// count tells the meter how many rows wait, those being looked up among them.
func (l *lookUps) count(now int) {
	var next time.Time
	for _, row := range l.parked {
		if next.IsZero() || row.due.Before(next) {
			next = row.due
		}
	}
	l.Meter.parked(len(l.parked)+now, next)
}

// put brings rows back that stay open.
func (l *lookUps) put(rows ...*parkedRow) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.parked = append(l.parked, rows...)
	l.count(0)
}

// run looks rows up until ctx ends, or until ended says that no row can come any
// more and none waits. Nothing is looked up while held says so: during an outage, as
// long as others find out when it is over. Rows whose absence counts go to again, which
// reports false where the run has stopped.
func (l *lookUps) run(ctx context.Context, again func(*sender) bool, ended, held func() bool) {
	for ctx.Err() == nil {
		wait := time.Hour
		if !held() {
			var due []*parkedRow
			if due, wait = l.take(time.Now()); len(due) > 0 {
				l.lookUp(ctx, due, again)
				continue
			}
		}
		if ended() && l.open() == 0 {
			return
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-l.wake:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// lookUp asks for some rows with one request and decides about each.
func (l *lookUps) lookUp(ctx context.Context, rows []*parkedRow, again func(*sender) bool) {
	now := time.Now()
	found, err := l.ask(ctx, rows)
	if ctx.Err() != nil && err != nil || l.standsBetween(err) { // what ended the run says nothing about these rows
		l.put(rows...)
		return
	}
	if answered(err) && l.outage.isDoubtful(nil) {
		l.outage.dismiss()
	}
	l.recount()
	for i, row := range rows {
		switch verdict := row.decide(now, found, err); {
		case verdict == resolved:
			row.record()
		case verdict == retry && row.tries >= row.max: // it was not invited, and was tried as often as allowed
			row.outcome.Status = batch.Failed
			row.record()
		case verdict == retry && row.recordAbsent() && row.sendable():
			if !again(row.sender) { // the journal knows that nothing came of it
				l.put(rows[i+1:]...)
				return
			}
		case verdict == resend:
			if !again(row.sender) {
				l.put(rows[i+1:]...)
				return
			}
		case verdict == unresolved:
			row.postpone(now)
			l.put(row)
		}
	}
}

// ask looks rows up, within the rate. Both spellings of an address count: it is
// not documented whether Graph keeps a domain as it was sent or as the DNS knows it.
func (l *lookUps) ask(ctx context.Context, rows []*parkedRow) (map[string][]graph.User, error) {
	if err := l.limiter.admit(ctx, nil); err != nil {
		return nil, err
	}
	sent, err := l.limiter.depart(ctx, nil)
	if err != nil {
		return nil, err
	}
	l.Meter.request()
	addresses := make([]string, len(rows))
	for i, row := range rows {
		addresses[i] = strings.ToLower(row.step.Invitation.EmailAddress)
	}
	found, err := l.Inviter.LookUp(admitted(ctx), addresses)
	if refused, ok := errors.AsType[*graph.Refusal](err); ok && refused.Throttled() {
		rows[0].throttled(refused, sent)
	}
	return found, err
}

// postpone decides when a row is looked up again: also at the moment from which absence
// counts. Only waits that came to their end grow.
func (p *parkedRow) postpone(now time.Time) {
	if left := p.uncounted(now); 0 < left && left < p.wait {
		p.due = now.Add(max(left, p.firstLook()))
		return
	}
	p.due, p.wait = now.Add(p.wait), min(2*p.wait, maxLook)
}

// uncounted is how long absence does not count yet, by Graph's clock and by ours.
func (p *parkedRow) uncounted(now time.Time) time.Duration {
	return max(p.sender.uncounted(now), p.counts.Sub(now))
}

// uncounted is that by Graph's clock alone, in which the times of requests are kept.
func (e *sender) uncounted(now time.Time) time.Duration {
	return e.latest.Add(e.LookupFor).Sub(e.Inviter.ServerTime(now))
}

// decide says what a look-up at a moment means for a row. Absence counts when two
// look-ups did not show the guest, the last one LookupFor or more after the latest
// intent; an earlier empty answer proves nothing, nor does one that is an error.
func (p *parkedRow) decide(now time.Time, found map[string][]graph.User, err error) verdict {
	users := found[strings.ToLower(p.step.Invitation.EmailAddress)]
	switch {
	case err != nil && forbidden(err):
		return p.unproved(batch.CodeLookUpForbidden)
	case err != nil:
		return unresolved
	case len(users) > 0:
		return p.seen(users)
	}
	p.absences++
	if p.absences >= 2 && p.uncounted(now) <= 0 {
		p.since, p.latest, p.latestHere = time.Time{}, time.Time{}, time.Time{}
		p.late, p.fromEarlierRun = time.Time{}, false
		p.step.Resend = false // that was said of the requests of which nothing came
		return retry
	}
	return unresolved
}

// seen decides by when the guest was created, in Graph's clock.
func (p *parkedRow) seen(users []graph.User) verdict {
	for _, u := range users {
		if batch.CreatedSince(u.Created, p.since) {
			o := &p.outcome
			o.Status, o.UserID, o.InvitationStatus = batch.Invited, u.ID, u.State
			o.ErrorCode, o.Error, o.Advice = "", "", noteMailed
			if !p.step.Invitation.SendMessage {
				o.Advice = noteSilent
			}
			return resolved
		}
	}
	p.outcome.UserID = users[0].ID
	return p.unproved(batch.CodeGuestWasThere)
}

// unproved ends a row of which a look-up cannot tell what happened. It is sent again
// where the operator said so; one without an email is left to the next run, which
// sends it again.
func (p *parkedRow) unproved(code string) verdict {
	if !p.step.Invitation.SendMessage && !p.fromEarlierRun {
		return left
	}
	if p.step.Resend && p.sendable() {
		p.step.Resend = false // once a run
		return resend         // what is open stays so, whatever this one meets
	}
	o := &p.outcome
	o.Status, o.ErrorCode, o.Advice = batch.Unconfirmed, code, batch.Advice(code)
	if o.Error == "" {
		o.Error = "An invitation with an email was asked for and no answer came."
	}
	return resolved
}

// answered reports whether the directory answered a look-up, be it that it may not be
// asked.
func answered(err error) bool {
	if _, unanswered := errors.AsType[*graph.NoAnswerError](err); unanswered {
		return false // what it wraps is not about this request
	}
	refused, ok := errors.AsType[*graph.Refusal](err)
	return err == nil || ok && !refused.Fault() && !refused.Throttled()
}

func forbidden(err error) bool {
	refused, ok := errors.AsType[*graph.Refusal](err)
	return ok && refused.Denied()
}
