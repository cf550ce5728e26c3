package followup

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"guestlist/batch"
	"guestlist/batch/send"
	"guestlist/graph"
	"guestlist/internal/text"
)

// Rate is how fast guests and groups are changed: 15 in a second, of the 20 that Microsoft
// lets an app do in a tenant, in the window in which it counts them: 3,000 in 150 seconds
// (learn.microsoft.com/graph/throttling-limits).
var Rate = send.Rate{Requests: 2250, Per: 150 * time.Second} //nolint:gochecknoglobals // a constant

const (
	// FirstAfter is how long after its invitation a guest is changed first: before, most of
	// the directory does not know the account.
	FirstAfter = 30 * time.Second
	// maxTries is how often a change is tried that gets no clear answer.
	maxTries = 6
	// outageFaults is how many changes in a row must get no answer for it to be an outage:
	// they are no tries of their own then.
	outageFaults = 3
	// together is how many guests are changed with one request at most.
	together = graph.BatchSize
	// fillFor is how long a request waits to be full.
	fillFor = 2 * time.Second
	// inFlight is how many requests are on their way at most.
	inFlight = 16
	// maxQueued is how many follow-ups are held in memory before no further guest is taken.
	maxQueued = 4000
	// recordEvery is how often what was done is written down.
	recordEvery = 2 * time.Second
	// readEvery is how often the follow-ups of guests are read whose time has come: each
	// reading keeps the journal from the invitations for a moment.
	readEvery = 500 * time.Millisecond
)

// replicationWaits are how long a change waits that met an account which the directory does
// not know yet, one after the other.
var replicationWaits = []time.Duration{2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 30 * time.Second, 30 * time.Second} //nolint:gochecknoglobals // a constant

// Tenant is all that a run asks of Graph. The changes must pass [Run.Gate]; reads need not.
type Tenant interface {
	Write(ctx context.Context, w graph.Write) graph.Written
	WriteBatch(ctx context.Context, writes []graph.Write) []graph.Written
	Members(ctx context.Context, groupID string) iter.Seq2[[]string, error]
	ProfilesByID(ctx context.Context, ids []string) ([]graph.Read[graph.Profile], error)
}

// Journal is where follow-ups are kept. All calls return when it is on disk.
type Journal interface {
	// FollowUps returns those of some addresses.
	FollowUps(ctx context.Context, addresses []string) (map[string][]batch.FollowUp, error)
	// SettleFollowUps records how far some are.
	SettleFollowUps(ctx context.Context, all []batch.FollowUp) error
	// NoteFollowUps says why all pending ones of a kind wait.
	NoteFollowUps(ctx context.Context, kind batch.FollowUpKind, why string) error
}

// Guest is an account for which follow-ups are done.
type Guest struct {
	Address, UserID string
	// Existing says that the tenant had the guest before the batch: only groups are for them.
	Existing bool
	// Requests are when requests of the batch left that Graph answered with the account, in
	// Graph's clock: one that none of them created is not the batch's to change. Asked is
	// when the first one for the address was about to leave, whatever came of it.
	Requests []time.Time
	Asked    time.Time
	// AsMember says that the guest was invited as a member of the tenant.
	AsMember bool
	// Invited is when the invitation was answered, by this machine's clock, zero for one of
	// an earlier run.
	Invited time.Time
	// Sponsored says that the invitation named all sponsors.
	Sponsored bool
}

// Config is what a run is told.
type Config struct {
	Tenant  Tenant
	Journal Journal
	// FirstAfter is as the constant of that name, shorter for the simulated tenant.
	FirstAfter time.Duration
	// LookupFor is how long after its invitation "not found" says nothing about a guest.
	LookupFor time.Duration
	// Withheld are the kinds that this run does not do, with the reason.
	Withheld map[batch.FollowUpKind]string
	// Grace is how long requests in flight may still be answered after a stop, MaxOutage how
	// long the service may be down before the run ends.
	Grace, MaxOutage time.Duration
	// Settled, where it is given, is told of each follow-up that was tried, once it is on disk.
	// What it does keeps the run waiting.
	Settled func(batch.FollowUp)
	// Log may be nil.
	Log *slog.Logger
}

// Run does follow-ups. [Run.Work] may be called again after it has returned.
type Run struct {
	Config

	limiter *send.Limiter
	// closing ends with the run: no further change leaves.
	closing context.Context //nolint:containedctx // as long as one call of Work

	mu   sync.Mutex
	fed  []Guest
	wake chan struct{}
	// left is how many follow-ups wait or are on their way, done how many are settled.
	left, done int

	// Of the goroutine of Work alone. More says that guests may still be fed.
	more        bool
	early, late []Guest   // of earlier runs, and of this one in the order of their invitations
	unread      []*person // of whom it is not known whether they are members of the tenant
	groups      map[string]*groupQueue
	people      []*person
	later       []waiting // the next one first
	queued      int
	busy        int
	results     chan func()
	settled     []batch.FollowUp
	recordedAt  time.Time
	readAt      time.Time
	succeeded   map[batch.FollowUpKind]bool
	// faults counts requests in a row that got no answer, the first at faultSince; answers
	// counts all that ended, and faultAt is the latest that was a fault.
	faults           int
	faultSince       time.Time
	answers, faultAt int
	err              error
}

// New makes a run.
func New(c Config) *Run {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Settled == nil {
		c.Settled = func(batch.FollowUp) {}
	}
	c.Withheld = maps.Clone(c.Withheld)
	if c.Withheld == nil {
		c.Withheld = make(map[batch.FollowUpKind]string)
	}
	return &Run{
		Config: c, limiter: send.NewLimiter(Rate), wake: make(chan struct{}, 1),
		groups: make(map[string]*groupQueue), results: make(chan func(), inFlight), succeeded: make(map[batch.FollowUpKind]bool),
	}
}

// Gate is for the client that makes the changes: each waits for its turn, those in a $batch
// singly.
func (r *Run) Gate(_ context.Context, d graph.Departure) error {
	return r.limiter.Admit(r.closing, d.Items) //nolint:contextcheck // a change that waits for its turn ends with the run, one that left may be answered
}

// Add takes a guest whose follow-ups are due, or will be. It may be called at any time.
func (r *Run) Add(g Guest) {
	r.mu.Lock()
	r.fed = append(r.fed, g)
	r.mu.Unlock()
	r.signal()
}

func (r *Run) signal() {
	select {
	case r.wake <- struct{}{}:
	default: // it is awake already
	}
}

// Progress tells how many follow-ups are settled, and how many of all that are known wait.
func (r *Run) Progress() (done, left int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.done, r.left
}

// Left is how many guests and follow-ups of theirs the latest [Run.Work] did not come to.
func (r *Run) Left() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.fed) + len(r.early) + len(r.late) + r.queued
}

// OutageError says that changes got no answer for longer than a run may wait.
type OutageError struct {
	For time.Duration
	Err error
}

func (e *OutageError) Error() string {
	return fmt.Sprintf("Microsoft Graph has not answered changes of guests and groups for %s: %v", text.Duration(e.For), e.Err)
}

// Unwrap gives what the last change met.
func (e *OutageError) Unwrap() error { return e.Err }

// Work does what is due until all of it is done and no more is coming: until ended is
// closed. What it does not come to because ctx ends stays pending for the next run. The error is why it
// ended early: the cause of ctx, a [*graph.SignInError], a [*graph.NotGraphError], an
// [*OutageError], a [*send.LongWaitError], or that of the journal.
func (r *Run) Work(ctx context.Context, ended <-chan struct{}) error {
	closing, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	r.closing, r.err, r.recordedAt, r.more = closing, nil, time.Now(), true
	sendCtx, cancelSend := send.WithGrace(closing, r.Grace)
	defer cancelSend()
	for {
		r.take()
		if r.err == nil {
			r.err = r.admit(sendCtx, time.Now())
		}
		if r.err != nil {
			stop(r.err)
		}
		open := closing.Err() == nil
		if open {
			r.start(sendCtx, time.Now())
		}
		if r.busy == 0 && (!open || !r.more && r.isIdle()) {
			break
		}
		r.wait(closing, &ended)
		if time.Since(r.recordedAt) >= recordEvery {
			r.record(sendCtx)
		}
	}
	r.record(ctx)
	if r.err != nil {
		return r.err
	}
	return context.Cause(ctx)
}

// take takes the guests that were fed.
func (r *Run) take() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, g := range r.fed {
		if g.Invited.IsZero() {
			r.early = append(r.early, g)
		} else {
			r.late = append(r.late, g)
		}
	}
	r.fed = nil
	r.left = len(r.early) + len(r.late) + r.queued
}

// isIdle reports whether nothing waits.
func (r *Run) isIdle() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.fed)+len(r.early)+len(r.late)+r.queued == 0
}

// admit reads the follow-ups of guests whose time has come.
func (r *Run) admit(ctx context.Context, now time.Time) error {
	const readTogether = 200
	if r.busy > 0 && now.Sub(r.readAt) < readEvery {
		return nil
	}
	for r.queued < maxQueued {
		some := r.due(now, readTogether)
		if len(some) == 0 {
			return nil
		}
		r.readAt = now
		addresses := make([]string, len(some))
		for i, g := range some {
			addresses[i] = g.Address
		}
		all, err := r.Journal.FollowUps(context.WithoutCancel(ctx), addresses)
		if err != nil {
			return &send.JournalError{Err: err}
		}
		for _, g := range some {
			r.queue(g, all[g.Address], now)
		}
	}
	return nil
}

// due takes up to n guests whose time has come, those of this run first.
func (r *Run) due(now time.Time, n int) []Guest {
	ready := 0
	for ready < len(r.late) && ready < n && !r.late[ready].Invited.Add(r.FirstAfter).After(now) {
		ready++
	}
	some := slices.Clone(r.late[:ready])
	r.late = r.late[ready:]
	early := min(n-ready, len(r.early))
	some, r.early = append(some, r.early[:early]...), r.early[early:]
	return some
}

// queue puts what is to be done for a guest where it belongs.
func (r *Run) queue(g Guest, all []batch.FollowUp, now time.Time) {
	p := &person{guest: g, since: now}
	for _, f := range all {
		f = f.For(g.UserID)
		if !f.State.IsUnfinished() || g.Existing && f.Kind != batch.FollowUpGroup || isWrong(f) {
			continue
		}
		it := &item{FollowUp: f, guest: g}
		it.UserID = g.UserID
		switch {
		case f.Kind == batch.FollowUpSponsor && g.Sponsored:
			r.queued++
			r.finish(it, batch.FollowUpDone, "")
		case r.Withheld[f.Kind] != "":
		case f.Kind == batch.FollowUpGroup:
			r.queued++
			p.joins = append(p.joins, it)
		default:
			r.queued++
			p.items = append(p.items, it)
		}
	}
	slices.SortStableFunc(p.items, func(a, b *item) int {
		return slices.Index(batch.FollowUpKinds(), a.Kind) - slices.Index(batch.FollowUpKinds(), b.Kind)
	})
	if len(p.joins) > 0 && !g.AsMember {
		r.unread = append(r.unread, p)
		return
	}
	r.place(p, now)
}

// place puts what is to be done for a guest into its queues.
func (r *Run) place(p *person, now time.Time) {
	for _, it := range p.joins {
		r.groupOf(it.FollowUp).add(it, now)
	}
	if p.joins = nil; len(p.items) > 0 {
		p.since = now
		r.people = append(r.people, p)
	}
}

// isWrong finds what cannot be done as it was planned: a cell that cannot be used, as long as
// it is as it is, or a name that was not looked up.
func isWrong(f batch.FollowUp) bool {
	if f.Kind == batch.FollowUpProfile {
		return len(f.Attributes) == 0
	}
	return f.IsNamed() || f.State == batch.FollowUpFailed && f.Target == f.Name
}

// wait waits until something is to be done: an answer came, a guest was fed or is due, or
// the run ends.
func (r *Run) wait(closing context.Context, ended *<-chan struct{}) {
	if closing.Err() != nil { // nothing else is begun any more
		if r.busy == 0 {
			return
		}
		apply := <-r.results
		r.busy--
		r.answers++
		apply()
		return
	}
	now := time.Now()
	until := now.Add(time.Hour)
	sooner := func(at time.Time) {
		if at.Before(until) {
			until = at
		}
	}
	if len(r.settled) > 0 {
		sooner(r.recordedAt.Add(recordEvery))
	}
	if len(r.late) > 0 && r.queued < maxQueued {
		at := r.late[0].Invited.Add(r.FirstAfter)
		if earliest := r.readAt.Add(readEvery); r.busy > 0 && at.Before(earliest) {
			at = earliest
		}
		sooner(at)
	}
	if r.busy < inFlight {
		if at := r.fillsAt(); !at.IsZero() {
			sooner(at)
		}
	}
	if len(r.early) > 0 && r.queued < maxQueued {
		sooner(r.readAt.Add(readEvery))
	}
	if len(r.later) > 0 {
		sooner(r.later[0].due)
	}
	timer := time.NewTimer(max(until.Sub(now), 0))
	defer timer.Stop()
	select {
	case apply := <-r.results:
		r.busy--
		r.answers++
		apply()
	case <-r.wake:
	case <-timer.C:
	case <-*ended:
		*ended, r.more = nil, false
	case <-closing.Done():
	}
}

// record writes down what was settled.
func (r *Run) record(ctx context.Context) {
	r.recordedAt = time.Now()
	if len(r.settled) == 0 {
		return
	}
	if err := r.Journal.SettleFollowUps(context.WithoutCancel(ctx), r.settled); err != nil {
		r.err = errors.Join(r.err, &send.JournalError{Err: err})
		return
	}
	for _, f := range r.settled {
		r.Settled(f)
	}
	r.settled = r.settled[:0]
}

// finish settles a follow-up; with [batch.FollowUpPending] it is left to the next run.
func (r *Run) finish(it *item, state batch.FollowUpState, why string) {
	it.State, it.Error, it.At = state, why, time.Now().UTC()
	r.settled = append(r.settled, it.FollowUp)
	r.queued--
	r.mu.Lock()
	r.done++
	r.mu.Unlock()
}
