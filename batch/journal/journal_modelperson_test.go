package journal_test

import (
	"slices"
	"time"

	"guestlist/batch"
)

// person is what is on disk about an address.
type person struct {
	attempts []attempted
	// former are those that the absence of the guest has settled: they may have ended the
	// links of an account nevertheless.
	former []attempted
	// allowed is how many mails the person may get: one, and one for each time
	// that the operator said so.
	allowed int
	// mailed is how often the tenant mailed since the latest outcome.
	mailed int
	// shared is what the journal says that another address of the same person did to
	// the link.
	shared batch.LinkState
}

// attempted is an intent with its outcome, if there is one.
type attempted struct {
	id      int64
	mail    bool
	at      time.Time
	status  batch.Status // "" when no outcome is on disk
	asked   string       // what the row said
	link    string       // "" where a look-up showed the guest
	account string       // of the guest
	code    string       // why it is what it is
	// left is a moment before the request left, known one at which its outcome was on disk.
	left, known int64
}

// isRemade reports whether it is a further invitation that was never answered.
func (a attempted) isRemade() bool {
	return a.status == batch.Existing && !a.at.IsZero() && a.code == batch.CodeNoAnswer
}

// allow lets the person have as many mails.
func (p *person) allow(mails int) { p.allowed = max(p.allowed, mails) }

// outcome is the latest one that settles anything; "pending" does not.
func (p *person) outcome() (at int, o attempted) {
	for at, o := range slices.Backward(p.attempts) {
		if o.status != "" && o.status != batch.Pending {
			return at, o
		}
	}
	return -1, o
}

// latestOf is the latest invitation of an account by this address, or further one that was never
// answered, whatever became of the address since; without a status where there is none.
func (p *person) latestOf(account string) (latest attempted) {
	for _, a := range slices.Concat(p.former, p.attempts) {
		if a.account == account && (a.status == batch.Invited || a.isRemade()) {
			latest = a
		}
	}
	return latest
}

// unanswered are the requests since the latest outcome of which nothing is known.
func (p *person) unanswered() (open []attempted) {
	at, _ := p.outcome()
	for _, a := range p.attempts[at+1:] {
		if a.status == "" {
			open = append(open, a)
		}
	}
	return open
}

// mailUnanswered is the first request with an email of which it is not known what
// came of it, also where that could not be proved.
func (p *person) mailUnanswered() (since time.Time, open bool) {
	from := 0
	for at, o := range p.attempts {
		if o.status != "" && o.status != batch.Pending && o.status != batch.Unconfirmed {
			from = at + 1
		}
	}
	for _, a := range p.attempts[from:] {
		if a.mail && (a.status == "" || a.status == batch.Unconfirmed) {
			return a.at, true
		}
	}
	return time.Time{}, false
}

// firstOpen is when the first of those left, or of those without an email.
func (p *person) firstOpen() time.Time {
	if since, open := p.mailUnanswered(); open {
		return since
	}
	for _, a := range p.unanswered() {
		return a.at
	}
	return time.Time{}
}

// lateUntil is until when a request may still be carried out that left before this run:
// as long as a look-up does not prove that nothing came of it, and the tenant does not
// show what did. It is zero where there is none.
func (p *person) lateUntil(seen reading) time.Time {
	var open []attempted
	for _, a := range p.attempts {
		switch {
		case a.status == "", a.status == batch.Unconfirmed && !a.at.IsZero():
			open = append(open, a)
		case a.status == batch.Pending, a.status == batch.Unconfirmed:
		case a.status == batch.Existing && slices.ContainsFunc(open, func(a attempted) bool { return a.mail }):
		default:
			open = nil
		}
	}
	switch n := len(open); {
	case n == 0, n == 1 && open[0].status == "" && !seen.created.IsZero() && !seen.created.Before(open[0].at.Add(-2*time.Second)):
		return time.Time{}
	}
	latest := slices.MaxFunc(open, func(a, b attempted) int { return a.at.Compare(b.at) })
	return latest.at.Add(15 * time.Minute)
}

// absent is what a look-up or a reading proves that shows nobody: nothing came of
// what is open, and who was there is not any more.
func (p *person) absent() {
	at, o := p.outcome()
	if o.status == batch.Unconfirmed || o.status == batch.Existing {
		at = -1
	}
	p.former = append(p.former, p.attempts[at+1:]...)
	p.attempts, p.mailed = p.attempts[:at+1], 0
}

// stands is the table of states, for a row whose address no earlier row has.
func (p *person) stands(e entrant) batch.Status {
	_, o := p.outcome()
	switch {
	case o.status == batch.Invited && p.shared == batch.LinkReplaced:
		return batch.Duplicate
	case o.status == batch.Invited:
		return batch.Invited
	case len(p.unanswered()) > 0, o.status == batch.Unconfirmed:
		return batch.Unconfirmed
	case o.status == batch.Removed, o.status == batch.Existing:
		return o.status
	case !e.sendable():
		return batch.Invalid
	case o.status == batch.Failed && o.asked == e.asks():
		return batch.Failed
	default:
		return batch.Pending
	}
}

// link is the one that was captured last.
func (p *person) link() string {
	_, o := p.outcome()
	if o.status != batch.Invited {
		return ""
	}
	return o.link
}

// due is what a run may do about a row.
type due uint8

const (
	nothing due = iota
	post
	lookFirst
	postAgain // to a guest who is there, and once
	postAnew  // to one who was there and is not any more
)

// remade is when the latest further invitation left that was never answered.
func (p *person) remade() (at time.Time) {
	for _, a := range p.attempts {
		switch {
		case a.isRemade():
			at = a.at
		case a.status == batch.Invited, a.status == batch.Failed, a.status == batch.Removed:
			at = time.Time{}
		}
	}
	return at
}

// made reports whether the row failed although Graph took the invitation: its answer had
// the status Error.
func (p *person) made() bool {
	_, o := p.outcome()
	return o.status == batch.Failed && o.code == batch.CodeInvitationError
}

// plan is what a run may do about a row that has read the directory, and the reading
// that it keeps, "" for none.
func (p *person) plan(e entrant, r round, seen reading, now time.Time) (due due, kept batch.Status) {
	status := p.stands(e)
	switch {
	case status == batch.Invited && seen.gone:
		status, kept = batch.Removed, batch.Removed
	case status == batch.Existing && seen.asked && seen.kind == noOne:
		status, kept = batch.Pending, batch.Pending
	}
	due = p.dueAs(status, e, r)
	silent := len(p.unanswered()) > 0 && seen.kind == batch.ExistingPending // it may be our own request whose link is lost
	if seen.kind == noOne || due != post && due != postAnew && status != batch.Existing || silent {
		return due, kept
	}
	if p.made() && seen.kind == batch.ExistingPending { // the guest is there by our own request
		if status == batch.Failed && r.reinvite != batch.ReinvitePending {
			due = nothing
		}
		return due, kept
	}
	if at := p.remade(); seen.kind == batch.ExistingPending && !at.IsZero() && now.Sub(at) < 24*time.Hour {
		return nothing, ""
	}
	if seen.kind == batch.ExistingPending && r.reinvite == batch.ReinvitePending && e.sendable() {
		return postAgain, batch.Existing
	}
	return nothing, batch.Existing
}

// dueAs is what a run may do about a row that stands like this, as far as is on disk.
func (p *person) dueAs(status batch.Status, e entrant, r round) due {
	_, mail := p.mailUnanswered()
	switch {
	case status == batch.Invited, status == batch.Duplicate, status == batch.Existing:
		return nothing
	case status == batch.Unconfirmed && mail:
		return lookFirst
	case !e.sendable(), status == batch.Failed && !r.retry:
		return nothing
	case status == batch.Removed && r.reinvite == batch.ReinviteRemoved:
		return postAnew
	case status == batch.Removed:
		return nothing
	case status == batch.Unconfirmed && len(p.unanswered()) == 0 && !r.resend:
		return nothing
	default:
		return post
	}
}
