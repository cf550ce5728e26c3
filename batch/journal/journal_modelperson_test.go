package journal_test

import (
	"slices"
	"time"

	"guestlist/batch"
)

// person is what is on disk about an address.
type person struct {
	attempts []attempted
	// allowed is how many mails the person may get: one, and one for each time
	// that the operator said so.
	allowed int
	// mailed is how often the tenant mailed since the latest outcome.
	mailed int
}

// attempted is an intent with its outcome, if there is one.
type attempted struct {
	id     int64
	mail   bool
	at     time.Time
	status batch.Status // "" when no outcome is on disk
	asked  string       // what the row said
	link   string
}

// outcome is the latest one that settles anything; "pending" does not.
func (p *person) outcome() (at int, o attempted) {
	for at, o := range slices.Backward(p.attempts) {
		if o.status != "" && o.status != batch.Pending {
			return at, o
		}
	}
	return -1, o
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

// stands is the table of states, for a row that is no duplicate.
func (p *person) stands(e entrant) batch.Status {
	_, o := p.outcome()
	switch {
	case o.status == batch.Invited:
		return batch.Invited
	case len(p.unanswered()) > 0, o.status == batch.Unconfirmed:
		return batch.Unconfirmed
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
)

func (p *person) due(e entrant, r round) due {
	_, mail := p.mailUnanswered()
	switch status := p.stands(e); {
	case status == batch.Invited:
		return nothing
	case status == batch.Unconfirmed && mail:
		return lookFirst
	case !e.sendable(), status == batch.Failed && !r.retry:
		return nothing
	case status == batch.Unconfirmed && len(p.unanswered()) == 0 && !r.resend:
		return nothing
	default:
		return post
	}
}
