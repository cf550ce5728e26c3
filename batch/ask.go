package batch

import (
	"context"
	"errors"
	"strings"
	"time"

	"guestlist/graph"
)

// The waits between look-ups: a new guest appears within seconds to minutes.
const (
	firstLook = time.Second
	maxLook   = 20 * time.Second
)

// clockSlack is how much earlier than the intent a guest may seem to have been
// created by it: Graph's Date and createdDateTime have whole seconds.
const clockSlack = 2 * time.Second

// Notes of rows whose invitation got no answer.
const (
	noteMailed    = "The mail went out, but the answer with the link never came. The guest redeems from the mail; a new invitation would give a link, and may kill the mailed one."
	noteBefore    = "The guest was in the tenant before, so it cannot be proved whether this mail went out. Ask the guest; if no mail came, run again with --unconfirmed=resend."
	noteForbidden = "The guest cannot be looked up: grant User.Read.All and run again with --unconfirmed=resend only for guests who got no mail. Ask them or look into the Entra admin center."
	noteUnasked   = "Graph did not answer the look-up either. Look the guest up in the Entra admin center; if they are not there, run again with --unconfirmed=resend."
)

// ask looks up a guest whose mailed invitation got no answer: was the guest
// created since? Settled: invited, or unconfirmed where it cannot be proved.
// Again: proved that nothing happened, since nobody was there when a guest would
// have appeared; an earlier empty answer proves nothing. Leave: the run was
// stopped meanwhile.
func (e *errand) ask(intake, flight context.Context) next {
	for waited, wait := time.Duration(0), firstLook; ; waited, wait = waited+wait, min(2*wait, maxLook) {
		users, err := e.look(intake, flight)
		last := waited >= e.LookupFor
		switch {
		case err == nil && len(users) > 0:
			return e.found(users, e.Inviter.ServerTime(e.since).Add(-clockSlack))
		case err == nil && last:
			return again
		case err != nil && intake.Err() != nil:
			return leave
		case err != nil && forbidden(err):
			return e.unproved("LookupForbidden", noteForbidden)
		case last:
			return e.unproved("LookupFailed", noteUnasked)
		}
		if sleep(intake, wait) != nil {
			return leave
		}
	}
}

// look asks once for each spelling of the address.
func (e *errand) look(intake, flight context.Context) ([]graph.User, error) {
	var found []graph.User
	for _, address := range e.step.spellings() {
		users, err := e.find(intake, flight, address)
		if err != nil {
			return nil, err
		}
		found = append(found, users...)
	}
	return found, nil
}

// spellings are how the tenant may know the guest: Graph compares without case,
// but it is not documented whether it keeps a domain as it was sent or as the
// DNS knows it.
func (s Step) spellings() []string {
	sent := strings.ToLower(s.Invitation.EmailAddress)
	if sent == s.Address {
		return []string{sent}
	}
	return []string{sent, s.Address}
}

// find asks for one address, within the pace.
func (e *errand) find(intake, flight context.Context, address string) ([]graph.User, error) {
	if err := e.pace.admit(intake); err != nil {
		return nil, err
	}
	if err := e.pace.depart(intake); err != nil {
		return nil, err
	}
	e.Meter.request()
	left := time.Now()
	users, err := e.Inviter.FindUsers(flight, address)
	if refused, ok := errors.AsType[*graph.Refusal](err); ok && refused.Throttled() {
		e.throttled(refused, left)
	}
	return users, err
}

// found decides by when the guest was created, in Graph's clock.
func (e *errand) found(users []graph.User, since time.Time) next {
	for _, u := range users {
		if u.Created.After(since) {
			o := &e.outcome
			o.Status, o.UserID, o.InvitationStatus = Invited, u.ID, u.State
			o.ErrorCode, o.Error, o.Advice = "", "", noteMailed
			return settle
		}
	}
	e.outcome.UserID = users[0].ID
	return e.unproved("GuestWasThere", noteBefore)
}

func (e *errand) unproved(code, advice string) next {
	o := &e.outcome
	o.Status, o.ErrorCode, o.Advice = Unconfirmed, code, advice
	if o.Error == "" {
		o.Error = "An invitation with a mail was asked for and no answer came."
	}
	return settle
}

func forbidden(err error) bool {
	refused, ok := errors.AsType[*graph.Refusal](err)
	return ok && refused.Denied()
}
