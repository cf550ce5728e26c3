package journal_test

import (
	"context"
	"fmt"
	"time"

	"guestlist/batch"
	"guestlist/graph"
	"guestlist/internal/secret"
)

func (p *process) Invite(ctx context.Context, inv graph.Invitation) (receipt graph.Receipt, err error) {
	address := batch.Key(inv.EmailAddress)
	if !p.reaches(address, func() { receipt, err = p.posted(address, inv) }) {
		return graph.Receipt{}, &graph.NoAnswerError{Err: errDead}
	}
	select {
	case <-time.After(p.round.slow[whose(address)]):
	case <-ctx.Done():
		return graph.Receipt{}, &graph.NoAnswerError{Err: context.Cause(ctx)}
	}
	if !p.passes() {
		return graph.Receipt{}, &graph.NoAnswerError{Err: errDead}
	}
	return receipt, err
}

// posted checks that an invitation may leave, and lets the tenant act.
func (p *process) posted(address string, inv graph.Invitation) (graph.Receipt, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests++
	e, known := p.errands[address], p.known[address]
	switch {
	case e == nil || e.due == nothing:
		p.fault("%s: an invitation that is not due", address)
	case e.due == postAgain && e.acted > 0:
		p.fault("%s: a further invitation is repeated", address)
	case e.intent == 0 || e.settled != "" || e.mail != inv.SendMessage:
		p.fault("%s: an invitation without an intent", address)
	case e.due == lookFirst && e.looks == 0:
		p.fault("%s: an invitation without a look-up", address)
	}
	e.last = created201
	if answers := p.round.answers[whose(address)]; e.posts < len(answers) {
		e.last = answers[e.posts]
	}
	if p.blocked {
		e.last = blocked403
	}
	e.posts++
	e.posted = time.Now()
	p.blocked = e.last == blocked403
	p.tell("%s: invitation, mail %t: %s", address, inv.SendMessage, e.last)
	if e.last == created201 || e.last == lostDone {
		e.acted++
		e.link = p.tenant.invite(address, inv)
		e.account = p.tenant.of(address).account
		if inv.SendMessage {
			known.mailed++
		}
		if sent := p.tenant.mails[address]; sent > known.allowed {
			p.fault("%s: mail number %d", address, sent)
		}
	}
	return p.answer(e)
}

func (p *process) answer(e *errand) (graph.Receipt, error) {
	receipt := graph.Receipt{RedeemURL: secret.New(e.link), UserID: e.account, Status: "PendingAcceptance"}
	refused := func(status int, after time.Duration, entry graph.Entry) error {
		return &graph.Refusal{Status: status, Envelope: true, Code: "Code", Message: "text", RetryAfter: after, Entry: entry}
	}
	switch e.last {
	case created201:
		return receipt, nil
	case error201:
		receipt.Status = graph.StatusError
		return receipt, nil
	case refused400:
		return graph.Receipt{}, refused(400, 0, graph.Entry{Name: "AddressConflict", Retry: graph.RetryLater})
	case puzzling403:
		return graph.Receipt{}, refused(403, 0, graph.Entry{Scope: graph.ScopeUnsure})
	case throttled429:
		return graph.Receipt{}, refused(429, 7*time.Second, graph.Entry{})
	case busy503:
		return graph.Receipt{}, refused(503, 7*time.Second, graph.Entry{})
	case broken503:
		return graph.Receipt{}, &graph.Refusal{Status: 503, Message: "a page"}
	case blocked403:
		return graph.Receipt{}, refused(403, 0, graph.Entry{Name: "SuspiciousActivity", Scope: graph.ScopeTenant})
	case unreachable:
		return graph.Receipt{}, &graph.UnreachableError{Err: errLost}
	case noSignIn:
		return graph.Receipt{}, &graph.SignInError{Err: errLost}
	case lostDone, lostUndone:
	}
	return graph.Receipt{}, &graph.NoAnswerError{Err: errLost}
}

func (p *process) LookUp(_ context.Context, addresses []string) (map[string][]graph.User, error) {
	found := make(map[string][]graph.User)
	for _, address := range addresses {
		var users []graph.User
		var err error
		if !p.reaches(address, func() { users, err = p.looked(address) }) {
			return nil, &graph.NoAnswerError{Err: errDead}
		}
		if err != nil {
			p.lookUpFailed(addresses)
			return nil, err
		}
		found[address] = users
	}
	return found, nil
}

// lookUpFailed notes for all guests of a look-up that it was denied.
func (p *process) lookUpFailed(addresses []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, address := range addresses {
		if e := p.errands[address]; e != nil {
			e.lookFailed = e.lookFailed || p.round.fault == looksDenied
			e.looks = max(e.looks, 1)
		}
	}
}

func (p *process) looked(address string) ([]graph.User, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests++
	e := p.errands[address]
	if e == nil || e.due == nothing {
		p.fault("%s: a look-up that is not due", address)
		return nil, nil
	}
	e.looks++
	if p.round.fault == looksWork || e.looks <= p.round.looks {
		users := p.tenant.find(address)
		p.tell("%s: look-up %d: %v", address, e.looks, users)
		return users, nil
	}
	e.lookFailed = e.lookFailed || p.round.fault == looksDenied
	p.tell("%s: look-up %d: %s", address, e.looks, p.round.fault)
	switch p.round.fault {
	case looks429:
		return nil, &graph.Refusal{Status: 429, RetryAfter: 7 * time.Second}
	case looksDenied:
		return nil, &graph.Refusal{Status: 403}
	case looksLost, looksWork:
	}
	return nil, &graph.NoAnswerError{Err: errLost}
}

// ServerTime is known, since a run reads the directory before it sends anything.
func (p *process) ServerTime(local time.Time) time.Time { return local.Add(p.skew + p.misread) }

// tenant is what really happened.
type tenant struct {
	script

	guests   map[string]*invitee // by the first address of each person
	mails    map[string]int      // by address
	accounts int                 // that there ever were
	links    int
}

// invitee is a guest, or nobody while created is zero.
type invitee struct {
	account string
	kind    batch.ExistingKind
	created time.Time // by our clock
	found   time.Time // by look-ups, from then on
	invited []string  // the addresses to which invitations went
	link    string    // the one that works
}

func newTenant(s script) *tenant {
	t := &tenant{script: s, guests: map[string]*invitee{}, mails: map[string]int{}}
	for who := range people {
		address := t.guest(mailbox(who))
		t.guests[address] = &invitee{}
		if kind := s.there[whose(address)]; kind != noOne {
			t.create(address, kind, time.Now().Add(-time.Hour))
		}
	}
	return t
}

// of is the guest with an address.
func (t *tenant) of(address string) *invitee { return t.guests[t.guest(address)] }

func (t *tenant) create(address string, kind batch.ExistingKind, at time.Time) {
	t.accounts++
	*t.of(address) = invitee{account: fmt.Sprint("user ", t.accounts), kind: kind, created: at, found: at}
}

func (t *tenant) invite(address string, inv graph.Invitation) (link string) {
	g := t.of(address)
	if g.created.IsZero() {
		t.create(address, batch.ExistingPending, time.Now())
		g.found = time.Now().Add(t.appear)
	}
	if inv.SendMessage {
		t.mails[address]++
	}
	t.links++
	g.invited = append(g.invited, address)
	g.link = fmt.Sprintf("https://redeem.example/%s/%d", address, t.links)
	return g.link
}

// meets lets something become of a guest, and reports whether there is one.
func (t *tenant) meets(address string, f fate) bool {
	g := t.of(address)
	switch {
	case g.created.IsZero() || f == stays:
		return false
	case f == accepts:
		g.kind = batch.ExistingAccepted
	case f == leaves:
		*g = invitee{}
	}
	return true
}

func (t *tenant) find(address string) []graph.User {
	g := t.of(address)
	if g.created.IsZero() || time.Now().Before(g.found) {
		return nil
	}
	return []graph.User{{ID: g.account, Mail: address, State: "PendingAcceptance", Created: g.created.Add(t.skew).Truncate(time.Second)}}
}

// had reports whether the guest was there before.
func (t *tenant) had(address string, before time.Time) bool {
	g := t.of(address)
	return !g.created.IsZero() && g.created.Before(before)
}

// knows reports whether look-ups find an account.
func (t *tenant) knows(account string) bool {
	for _, g := range t.guests {
		if g.account == account && !g.created.IsZero() {
			return !time.Now().Before(g.found)
		}
	}
	return false
}
