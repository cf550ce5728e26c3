package journal_test

import (
	"context"
	"errors"
	"iter"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/batch/judge"
	"guestlist/batch/send"
	"guestlist/graph"
)

// errand is what a run did about one guest.
type errand struct {
	entrant

	due                 due
	reading             batch.Status // that is to be kept before anything is sent
	intent              int64
	mail                bool      // of the intent
	lateUntil           time.Time // see [person.lateUntil]
	doubted             bool      // it is on disk that the link may not work
	posts, acted, looks int
	last                answer // to the latest post
	link, account       string // of the latest 201
	posted              time.Time
	lookFailed          bool
	settled             batch.Status
}

// undecided reports whether the guest met a refusal that nobody has described, so that
// what others meet decides whether the row has failed.
func (e *errand) undecided() bool { return e.settled == batch.Pending && e.last == puzzling403 }

// process is one run of the program. It stands between the run and the world,
// and may die: then nothing more reaches the journal or the tenant.
type process struct {
	*history

	round   round
	journal *journal.Journal
	cancel  context.CancelCauseFunc
	moments atomic.Int64
	life    sync.RWMutex // read-held while something reaches the world
	dead    atomic.Bool
	image   string // path of the files as they were at death

	past      *batch.History
	presences *batch.Presences
	seen      map[string]reading

	mu       sync.Mutex // guards all below, and what the history knows
	errands  map[string]*errand
	requests int
	blocked  bool
}

var (
	errDead = errors.New("the process is dead")
	errLost = errors.New("connection reset")
	// errSettled ends the wait of a run for its look-ups.
	errSettled = errors.New("the wait is over")
)

func (h *history) start(r round, j *journal.Journal) *process {
	p := &process{
		history: h, round: r, journal: j,
		presences: &batch.Presences{}, seen: map[string]reading{}, errands: map[string]*errand{},
	}
	for _, e := range h.list {
		if address := e.address(); address != "" && p.errands[address] == nil {
			p.errands[address] = &errand{entrant: e}
		}
	}
	return p
}

// steps judges and plans rows.
func (p *process) steps(rows iter.Seq2[batch.Row, error]) iter.Seq2[batch.Step, error] {
	return func(yield func(batch.Step, error) bool) {
		r := p.round
		plan := batch.Plan{
			History: p.past, Retry: r.retry, Resend: r.resend,
			Presences: p.presences, Reinvite: r.reinvite, Now: p.ServerTime(time.Now()),
		}
		defaults := judge.Defaults{RedirectURL: "https://x.example", SendMessage: r.mailAll}
		for row, err := range rows {
			if !yield(plan.Add(judge.Row(modelHeader, defaults, row)), err) {
				return
			}
		}
	}
}

func (p *process) goThrough(ctx context.Context) (err error) {
	j, r := p.journal, p.round
	if p.past, err = j.History(ctx, 0); err != nil {
		return err
	}
	if err := j.Import(ctx, modelHeader, p.steps(p.rows())); err != nil {
		return err
	}
	p.imported = slices.Clone(p.list)
	for address, e := range p.errands {
		p.latest[address] = e.entrant
	}
	if !r.calm { // it writes 4 MiB, which is most of the time that a run takes
		if err := j.Begin(ctx, batch.RunFacts{Tool: "model", Workers: r.workers, Started: time.Now()}, nil); err != nil {
			return err
		}
	}
	ctx, p.cancel = context.WithCancelCause(ctx)
	defer p.cancel(nil)
	if err := p.readDirectory(ctx); err != nil {
		return err
	}
	meter := &send.Meter{}
	run := send.New(send.Config{
		Inviter: p, Journal: p, Workers: r.workers, MaxAttempts: r.attempts, Limit: r.limit,
		Grace: r.grace, LookupFor: 15 * time.Minute, MaxOutage: 15 * time.Minute, Meter: meter,
	})
	stop := run.Do(ctx, p.steps(j.Rows(context.WithoutCancel(ctx))))
	if stop == nil {
		settling, cancel := context.WithTimeoutCause(ctx, r.settle, errSettled)
		if err := run.Settle(settling); !errors.Is(err, errSettled) {
			stop = err
		}
		cancel()
	}
	p.tell("run ended: %v", stop)
	if !p.dead.Load() {
		seen := meter.Snapshot()
		if err := j.End(context.WithoutCancel(ctx), batch.RunTotals{Sent: seen.Done, Requests: seen.Requests}); err != nil {
			p.fault("end: %v", err)
		}
	}
	return stop
}

// finished checks what a run promises that was not killed.
func (p *process) finished(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	sent := 0
	for address, e := range p.errands {
		if e.posts+e.looks > 0 {
			sent++
		}
		open := len(p.known[address].unanswered()) > 0 || e.due == lookFirst && (e.looks > 0 || p.round.settle == 0)
		if err == nil && e.due != nothing && (e.settled == "" || e.settled == batch.Pending) && !open {
			p.fault("the run left %s out", address)
		}
	}
	if p.round.limit > 0 && sent > p.round.limit {
		p.fault("%d rows sent, %d allowed", sent, p.round.limit)
	}
	_, tenant := errors.AsType[*send.TenantError](err)
	_, away := errors.AsType[*graph.UnreachableError](err)
	_, signIn := errors.AsType[*graph.SignInError](err)
	expected := err == nil || tenant || away || signIn ||
		errors.Is(err, send.ErrLimit) && p.round.limit > 0 ||
		errors.Is(err, send.ErrInterrupted) && p.round.end == stopped
	if !expected {
		p.fault("the run ended with %v", err)
	}
}

// posts is how many invitations left.
func (p *process) posts() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, e := range p.errands {
		n += e.posts
	}
	return n
}

// passes counts a moment of the process and reports whether it lives on.
func (p *process) passes() bool {
	if p.moments.Add(1) == int64(p.round.moment) {
		switch p.round.end {
		case dies:
			p.die()
		case stopped:
			p.tell("interrupted")
			p.cancel(send.ErrInterrupted)
		case runsOut:
		}
	}
	return !p.dead.Load()
}

// die keeps the files as they are. The log is copied before the database, so
// that a checkpoint in between takes nothing away.
func (p *process) die() {
	p.life.Lock()
	defer p.life.Unlock()
	p.tell("killed")
	if _, inDatabase := databaseOf(p.test); inDatabase { // it has what it has
		p.image = p.path
		p.dead.Store(true)
		p.cancel(errDead)
		return
	}
	p.image = p.path + "+"
	for _, suffix := range []string{"-wal", ""} {
		content, err := os.ReadFile(p.path + suffix)
		if err == nil {
			err = os.WriteFile(p.image+suffix, content, 0o600)
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			p.fault("copy: %v", err)
		}
	}
	p.dead.Store(true)
	p.cancel(errDead)
}

// reaches does something to the world for a guest, unless the process is dead
// before or at the moment after it.
func (p *process) reaches(address string, do func()) bool {
	if !p.crowd {
		<-time.After(time.Millisecond + time.Duration(whose(address))*137*time.Microsecond)
	}
	if !p.passes() {
		return false
	}
	p.life.RLock()
	alive := !p.dead.Load()
	if alive {
		do()
	}
	p.life.RUnlock()
	return alive && p.passes()
}

func (p *process) Intend(ctx context.Context, in batch.Intent) (id int64, err error) {
	if !p.reaches(in.Address, func() {
		left := p.events.Add(1)
		if id, err = p.journal.Intend(ctx, in); err != nil {
			p.fault("intend: %v", err)
			return
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.tell("%s: intent %d on disk, mail %t", in.Address, id, in.Mail)
		p.intended(id, in, left)
	}) {
		return 0, errDead
	}
	return id, err
}

func (p *process) intended(id int64, in batch.Intent, left int64) {
	e, known := p.errands[in.Address], p.known[in.Address]
	if e != nil && e.last == created201 && e.settled == "" && e.isLate() && !e.doubted {
		e.doubted = true
		known.attempts = append(known.attempts, attempted{id: id, mail: in.Mail, at: in.At.Add(-p.skew - p.misread), left: left})
		return
	}
	if e == nil || e.due == nothing || e.intent != 0 || in.At.After(p.ServerTime(time.Now())) {
		p.fault("%s: intent %d is not due", in.Address, id)
		return
	}
	if e.due == lookFirst && p.round.resend && e.looks > 0 && (e.lookFailed || p.wasThere(in.Address, known.firstOpen())) {
		known.allowed++ // the operator said so, and a look-up could not tell
	}
	if e.due == postAgain || e.due == postAnew && !slices.Contains(p.tenant.of(in.Address).invited, in.Address) {
		known.allow(p.tenant.mails[in.Address] + 1) // the operator said so
	}
	e.intent, e.mail = id, in.Mail
	known.attempts = append(known.attempts, attempted{id: id, mail: in.Mail, at: in.At.Add(-p.skew - p.misread), left: left})
}

// isLate reports whether a request of an earlier run may be carried out after the one that
// gave the link.
func (e *errand) isLate() bool { return e.link != "" && e.posted.Before(e.lateUntil) }

func (p *process) Settle(ctx context.Context, intent int64, o batch.Outcome) (err error) {
	if !p.reaches(o.Address, func() {
		if err = p.journal.Settle(ctx, intent, o); err != nil {
			p.fault("settle: %v", err)
			return
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.tell("%s: intent %d on disk as %s %s", o.Address, intent, o.Status, o.ErrorCode)
		p.settled(intent, o)
	}) {
		return errDead
	}
	return err
}

func (p *process) settled(intent int64, o batch.Outcome) {
	e, known := p.errands[o.Address], p.known[o.Address]
	if intent == 0 && o.Status == batch.Pending && e.looks > 0 && e.settled == "" {
		switch {
		case known.mailed > 0:
			p.fault("%s: the guest was mailed, and absence was proved", o.Address)
		case e.looks < 2:
			p.fault("%s: absence was proved with one look-up", o.Address)
		}
		known.absent()
		e.intent, e.lateUntil = 0, time.Time{}
		return
	}
	if e != nil && e.undecided() && intent == 0 && o.Status == batch.Failed {
		e.settled, e.intent = "", 0 // what other rows met has decided about it
	}
	if e == nil || e.settled != "" || intent != e.intent {
		p.fault("%s: nobody asked for this outcome", o.Address)
		return
	}
	since, _ := known.mailUnanswered()
	if why := p.untrue(e, known, o); why != "" {
		p.fault("%s is not %s: %s", o.Address, o.Status, why)
	}
	if intent == 0 {
		known.attempts = append(known.attempts, attempted{at: since})
	}
	e.settled = o.Status
	for i := range known.attempts {
		if a := &known.attempts[i]; a.id == intent {
			a.id, a.status, a.asked, a.link = -1, o.Status, e.asks(), o.RedeemURL.Reveal()
			a.account, a.code, a.known = o.UserID, o.ErrorCode, p.events.Add(1)
		}
	}
	if o.Status != batch.Pending && o.Status != batch.Unconfirmed {
		known.mailed = 0
	}
}

// untrue tells why an outcome is not what happened, "" if it is.
func (p *process) untrue(e *errand, known *person, o batch.Outcome) string {
	since, mailOpen := known.mailUnanswered()
	link := o.RedeemURL.Reveal()
	switch {
	case o.Status == batch.Invited && link != "" && (e.last != created201 || link != e.link):
		return "that link is not the answer's"
	case o.Status == batch.Invited && link != "" && e.isLate() != e.doubted:
		return "an earlier request may be carried out later"
	case o.Status == batch.Invited && link == "" && len(p.tenant.of(o.Address).invited) == 0:
		return "there is no link, and the tenant invited no one"
	case o.Status == batch.Failed && !slices.Contains([]answer{refused400, error201, puzzling403}, e.last) && e.posts < p.round.attempts:
		return "it was neither refused nor tried often enough"
	case o.Status == batch.Failed && known.mailed > 0:
		return "the mail went out"
	case o.Status == batch.Pending && e.acted > 0:
		return "the tenant invited the guest"
	case o.Status == batch.Existing && e.due != postAgain, o.Status == batch.Removed && e.due != postAnew:
		return "that person was not invited again"
	case o.Status == batch.Removed && known.mailed > 0:
		return "the mail went out"
	case o.Status == batch.Unconfirmed && !mailOpen:
		return "no mail was asked for"
	case o.Status == batch.Unconfirmed && !e.lookFailed && !p.wasThere(o.Address, since):
		return "it can be proved what happened"
	default:
		return ""
	}
}
