package send

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"guestlist/batch"
	"guestlist/graph"
	"guestlist/internal/pause"
)

// Inviter is all that a run asks of Graph; [*graph.Client] is one.
type Inviter interface {
	Invite(ctx context.Context, inv graph.Invitation) (graph.Receipt, error)
	// LookUp finds the users of up to [LookUpSize] addresses, by the address as it was
	// asked for. It is an error unless each of them was answered to the end.
	LookUp(ctx context.Context, addresses []string) (map[string][]graph.User, error)
	// ServerTime tells what Graph's clock showed when ours showed local.
	ServerTime(local time.Time) time.Time
}

var _ Inviter = (*graph.Client)(nil)

// Journal is where a run writes down what it does. Both calls return when it
// is on disk.
type Journal interface {
	// Intend records that a request is about to leave and returns its number.
	Intend(ctx context.Context, in batch.Intent) (int64, error)
	// Settle records what became of an intent.
	Settle(ctx context.Context, intent int64, o batch.Outcome) error
}

// Config is what a run is told.
type Config struct {
	Inviter Inviter
	Journal Journal
	// Rate bounds requests, look-ups included; Workers (at least 1) is how many are in
	// flight at most.
	Rate    Rate
	Workers int
	// MaxAttempts is how often one row is tried, at least 1.
	MaxAttempts int
	// MaxOutage is how long the service may be down, or out of reach, before the run ends.
	// 0 does not wait at all.
	MaxOutage time.Duration
	// NotBefore is before when nothing leaves, since Graph asked for that; zero for at once.
	NotBefore time.Time
	// Held, where it is given, is told before when nothing leaves, each time that Graph asks
	// for a wait: a run that is killed cannot tell it later. Several workers call it at the
	// same time, each before its own row waits.
	Held func(until time.Time)
	// Holds, where it is given, makes sure right before a request leaves that no other run
	// works on the tenant. Several workers call it at the same time.
	Holds func(ctx context.Context) error
	// Waits, where it is given, reads the guest of a reminder right before it leaves, and
	// reports whether they have still not accepted. Several workers call it at the same time.
	Waits func(ctx context.Context, step batch.Step) (bool, error)
	// MaxFailures and Limit end the run after that many failed or sent rows; 0 is off.
	MaxFailures, Limit int
	// Grace is how long requests in flight may still be answered after a stop.
	Grace time.Duration
	// LookupFor is how long after the latest request a guest who is not seen counts as
	// not invited: the directory is eventually consistent.
	LookupFor time.Duration
	// Cloud and Tenant are those whose links are expected: a row with another kind of
	// link gets a warning. Without a Cloud there are none.
	Cloud  graph.Cloud
	Tenant string
	// Now is the clock by which outcomes are dated, that of this machine where it is nil: a
	// simulated tenant's is set forward on purpose.
	Now func() time.Time
	// Meter may be nil; so may Log, which never gets a redeem URL.
	Meter *Meter
	Log   *slog.Logger
	// Settled, where it is given, is told of each outcome that is on disk, with the status
	// as which the run counts it: that of a reminder says what came of the reminder. Whole
	// says that it is of a request of this run, which asked for all that the row asks for. A
	// row may have several, of which the last one counts. Several workers call it at the same
	// time.
	Settled func(step batch.Step, o batch.Outcome, whole bool)
}

// Run sends what a plan asks for. It is used once.
type Run struct {
	Config

	limiter *limiter
	outage  *outage
	looks   *lookUps
	refused refusals
	// unsent are the reminders that were refused, or whose answer never came.
	unsent   *batch.Tally
	unsentMu sync.Mutex
	// rest says that rows of the list were not sent.
	rest bool
	// stop ends admitCtx: no further request leaves.
	stop context.CancelCauseFunc
}

// New makes a run.
func New(c Config) *Run {
	if c.Meter == nil {
		c.Meter = &Meter{}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Held == nil {
		c.Held = func(time.Time) {}
	}
	if c.Settled == nil {
		c.Settled = func(batch.Step, batch.Outcome, bool) {}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	r := &Run{Config: c, outage: newOutage(c.MaxOutage, c.Meter), unsent: batch.NewTally()}
	r.limiter = newLimiter(c.Rate, c.Meter, r.outage)
	if !c.NotBefore.IsZero() {
		r.limiter.hold(c.NotBefore)
		r.Meter.hold(c.NotBefore)
	}
	r.looks = newLookUps(r)
	return r
}

// noteUnsent keeps why a reminder was not sent, or that it is not known whether it was.
func (r *Run) noteUnsent(o batch.Outcome) {
	r.unsentMu.Lock()
	defer r.unsentMu.Unlock()
	r.unsent.Add(batch.Record{Line: 1, Outcome: o})
}

// Unsent counts the reminders that were refused, or whose answer never came, by their
// errors; it is to be read when [Run.Do] has returned.
func (r *Run) Unsent() *batch.Tally { return r.unsent }

// Do sends every step whose action is not [batch.Skip], and returns when nothing is in
// flight any more. It may go through steps a second time, for rows that are put last. Rows whose outcome only the tenant knows may still be open then:
// see [Run.Open] and [Run.Settle]. When it stopped with rows pending the error says
// why: [ErrLimit], [ErrFailures], [ErrInterrupted] (or whatever cause ctx was
// cancelled with), [*TenantError], [*OutageError], [*LongWaitError], [*JournalError],
// [*graph.UnreachableError] where nothing vouches for the server, [*graph.SignInError],
// or an error of steps.
func (r *Run) Do(ctx context.Context, steps iter.Seq2[batch.Step, error]) error {
	return r.work(ctx, func(p *pool) error { return r.feed(p, steps) }, nil)
}

// admission goes with a request that the limiter has admitted: the first request that
// leaves under it needs no further one.
type admission struct{ used atomic.Bool }

type admissionKey struct{}

// admitted marks the context of a request that was admitted.
func admitted(ctx context.Context) context.Context {
	return context.WithValue(ctx, admissionKey{}, new(admission))
}

// Gate is for the client that the run uses: a request that the run has not admitted
// itself - a repeat with a new token, a further page - waits for its turn and is
// counted, too.
func (r *Run) Gate(ctx context.Context, _ graph.Departure) error {
	if a, ok := ctx.Value(admissionKey{}).(*admission); ok && a.used.CompareAndSwap(false, true) {
		return nil
	}
	if err := r.limiter.admit(ctx, nil); err != nil {
		return err
	}
	if _, err := r.limiter.depart(ctx, nil); err != nil {
		return err
	}
	r.Meter.request()
	return nil
}

// Open is how many rows wait for a look-up.
func (r *Run) Open() int { return r.looks.open() }

// Settle goes on looking up the rows that are open, and sends those again whose
// absence counts, until none is left or ctx ends. Rows that are open then stay so:
// the next run looks them up first.
func (r *Run) Settle(ctx context.Context) error {
	return r.work(ctx, func(*pool) error { return nil }, func(p *pool) bool { return p.active.Load() == 0 })
}

// pool is the workers at work.
type pool struct {
	*Run

	admitCtx, sendCtx context.Context //nolint:containedctx // a pool lives as long as one call of work
	jobs              chan *sender
	// active counts the jobs that were handed over and are not done; done wakes who
	// waits for none to be.
	active atomic.Int64
	done   chan struct{}
	// back are rows that a worker had and that are put last.
	mu   sync.Mutex
	back []*sender
	// noneNew is closed when no new rows come any more, or not until others are done.
	noneNew chan struct{}
	fed     sync.Once
	// waiting are the jobs that wait before their next attempt. They hold no worker.
	waiting sync.WaitGroup
}

// hand gives a row to a worker. It reports false where the run was stopped.
func (p *pool) hand(s *sender) bool {
	p.active.Add(1)
	select {
	case p.jobs <- s:
		return true
	case <-p.admitCtx.Done():
		p.end()
		return false
	}
}

// serve is a worker.
func (p *pool) serve() {
	for s := range p.jobs {
		s.admitCtx, s.sendCtx = p.admitCtx, p.sendCtx //nolint:fatcontext // those of this call: a parked row may outlive the one that parked it
		switch s.run() {
		case tryAgain:
			p.waiting.Go(func() { p.handLater(s) })
			continue
		case letOthersGo:
			p.putBack(s)
		case done:
		}
		p.end()
	}
}

// putBack keeps a row until others are sent.
func (p *pool) putBack(s *sender) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.back = append(p.back, s)
}

// handLater hands a row over for its next attempt when its wait is over, and during an
// outage when no new rows are left. Others go first meanwhile: it may be that row alone
// that meets no answer.
func (p *pool) handLater(s *sender) {
	waited := p.Meter.retrying(time.Now().Add(s.wait))
	defer waited()
	if pause.For(p.admitCtx, s.wait) == nil && p.outage.over(p.admitCtx, p.noneNew) == nil {
		select {
		case p.jobs <- s:
			return
		case <-p.admitCtx.Done():
		}
	}
	s.abandon()
	p.end()
}

// end is called for each job when it is done.
func (p *pool) end() {
	p.active.Add(-1)
	select {
	case p.done <- struct{}{}:
	default:
	}
	p.looks.signal()
}

// drain waits until no job is active.
func (p *pool) drain() {
	p.fed.Do(func() { close(p.noneNew) })
	for p.active.Load() > 0 {
		<-p.done
	}
}

// work runs the pool: feed hands rows over, and the look-ups may do so, too, until
// feed has returned and nothing is in flight, or, where settled is given, until it
// says that no job can come and no row is open.
func (r *Run) work(ctx context.Context, feed func(*pool) error, settled func(*pool) bool) error {
	admitCtx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	r.stop = stop
	sendCtx, cancelSend := WithGrace(admitCtx, r.Grace)
	defer cancelSend()
	p := &pool{Run: r, admitCtx: admitCtx, sendCtx: sendCtx, jobs: make(chan *sender), done: make(chan struct{}, 1), noneNew: make(chan struct{})}
	var group errgroup.Group
	for range max(1, r.Workers) {
		group.Go(func() error { p.serve(); return nil })
	}
	lookCtx, endLooks := context.WithCancel(admitCtx)
	var looking sync.WaitGroup
	looking.Go(func() {
		r.looks.run(lookCtx, p.hand,
			func() bool { return settled != nil && settled(p) },
			func() bool { return p.active.Load() > 0 && r.outage.isDown() })
	})
	fed := feed(p)
	p.fed.Do(func() { close(p.noneNew) })
	if settled != nil {
		looking.Wait()
	}
	p.drain()
	endLooks()
	looking.Wait()
	p.drain() // what the look-ups handed over last
	p.waiting.Wait()
	close(p.jobs)
	_ = group.Wait() // workers report through stop, so that the first reason counts
	if err := context.Cause(admitCtx); err != nil {
		return err
	}
	if r.rest = r.rest || fed != nil; !r.rest {
		fail(r.refused.decided(time.Now())) // no row is left that could show more
	}
	return fed
}

// feed hands steps to the workers until the list or the limit ends. Rows that it has
// handed over when the limit is reached are still sent. What is put last is sent when
// all others are done.
func (r *Run) feed(p *pool, steps iter.Seq2[batch.Step, error]) error {
	f := feeder{pool: p, from: make(map[string]int)}
	for turn := range turns {
		if turn > inOrder && !f.has[turn] {
			continue
		}
		f.turn = turn
		err := f.feed(steps)
		p.drain() // what these rows meet counts for the others
		if turn == inOrder {
			err = cmp.Or(f.handBack(), err)
		}
		if err != nil || p.admitCtx.Err() != nil {
			return err
		}
	}
	return nil
}

// turn is when a row is sent.
type turn int

const (
	inOrder turn = iota
	// domainsLast is for rows of a domain that met a refusal that may be the domain's.
	domainsLast
	// refusedLast is for rows that met a refusal in an earlier run.
	refusedLast
	turns
)

// feeder goes through the steps, once for each turn that has any.
type feeder struct {
	*pool

	turn turn
	has  [turns]bool
	// from is the position from which on the rows of a domain are put last.
	from map[string]int
	sent int
}

// feed hands over the steps whose turn it is.
func (f *feeder) feed(steps iter.Seq2[batch.Step, error]) error {
	position := -1
	for step, err := range steps {
		position++
		switch {
		case err != nil:
			return err
		case step.Action == batch.Skip, f.turnOf(position, step) != f.turn:
			continue
		case f.Limit > 0 && f.sent == f.Limit:
			return ErrLimit
		}
		f.sent++
		s := f.newSender(f.admitCtx, f.sendCtx, step)
		if step.Action == batch.LookUp {
			f.looks.park(s)
			continue
		}
		if s.mayWait = f.turn == inOrder; !f.hand(s) {
			return nil
		}
	}
	return nil
}

// handBack hands over what workers put back, when all others have been sent. It
// returns a [*TenantError] where those have shown that the rows that are left would be
// refused as well.
func (f *feeder) handBack() error {
	f.mu.Lock()
	back := f.back
	f.mu.Unlock()
	if !f.has[domainsLast] && !f.has[refusedLast] && len(back) == 0 {
		return nil
	}
	if err := f.refused.othersSent(); err != nil {
		f.stop(err)
		return err
	}
	for _, s := range back {
		if s.mayWait = false; !f.hand(s) {
			break
		}
	}
	return nil
}

// turnOf is when a row is sent. That of a domain's rows is decided while the others are
// sent.
func (f *feeder) turnOf(position int, step batch.Step) turn {
	switch {
	case step.Action != batch.Send:
		return inOrder
	case step.Last:
		f.has[refusedLast] = true
		return refusedLast
	}
	domain := batch.Domain(step.Address)
	from, known := f.from[domain]
	if !known && f.turn == inOrder && f.refused.isLast(step.Address) {
		from, known = position, true
		f.from[domain], f.has[domainsLast] = from, true
	}
	if known && position >= from {
		return domainsLast
	}
	return inOrder
}

// WithGrace returns a context that outlives admitCtx by grace, so that a request in sendCtx may
// still be answered. Both of its goroutines end with cancelSend.
func WithGrace(admitCtx context.Context, grace time.Duration) (sendCtx context.Context, cancelSend context.CancelFunc) {
	sendCtx, cut := context.WithCancelCause(context.WithoutCancel(admitCtx))
	ended := context.AfterFunc(admitCtx, func() {
		timer := time.NewTimer(GraceAfter(context.Cause(admitCtx), grace))
		defer timer.Stop()
		select {
		case <-timer.C:
			cut(context.Cause(admitCtx))
		case <-sendCtx.Done():
		}
	})
	return sendCtx, func() { ended(); cut(nil) }
}

// closingGrace is the grace behind [ErrClosing]: Windows ends the process five seconds
// after its console was closed, and the results are still to be written
// (learn.microsoft.com/windows/console/handlerroutine).
const closingGrace = 3 * time.Second

// GraceAfter is how long requests in flight may still be answered after what ended a run,
// where grace was asked for.
func GraceAfter(ended error, grace time.Duration) time.Duration {
	if errors.Is(ended, ErrClosing) {
		return min(grace, closingGrace)
	}
	return grace
}

// newSender makes the sender of a row.
func (r *Run) newSender(admitCtx, sendCtx context.Context, step batch.Step) *sender {
	return &sender{
		Run: r, admitCtx: admitCtx, sendCtx: sendCtx, step: step, max: r.MaxAttempts,
		since: step.Open, latest: step.OpenLatest, late: step.Late, fromEarlierRun: !step.Open.IsZero(),
		outcome: batch.Outcome{Address: step.Address, Fingerprint: step.Fingerprint},
	}
}

// standsBetween reports whether something between this machine and Graph keeps all
// requests from it, and ends admitCtx if so.
func (r *Run) standsBetween(err error) bool {
	unreachable, ok := errors.AsType[*graph.UnreachableError](err)
	if !errors.As(err, new(*graph.NotGraphError)) && (!ok || !unreachable.Untrusted()) {
		return false
	}
	r.stop(err)
	return true
}

// halts reports whether an error concerns every row by itself, and ends admitCtx if so.
func (r *Run) halts(err error) bool {
	if _, ok := errors.AsType[*graph.SignInError](err); ok {
		r.stop(err)
		return true
	}
	refused, ok := errors.AsType[*graph.Refusal](err)
	if !ok || refused.Entry.Scope != graph.ScopeTenant {
		return false
	}
	r.stop(&TenantError{Refusal: refused})
	return true
}

// firstLook is shorter where absence counts sooner, as in the simulated tenant.
func (r *Run) firstLook() time.Duration { return min(firstLook, r.LookupFor/3) }
