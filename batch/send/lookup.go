package send

import (
	"errors"
	"strings"
	"time"

	"guestlist/batch"
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

// noteMailed is the note on a row whose answer with the link was lost.
const noteMailed = "The invitation email was sent, but the answer with the link never came. The guest redeems from the email; a new invitation would give a link, and may kill the emailed one."

// lookUp looks up a guest whose mailed invitation got no answer: was the guest
// created since? Settled: invited, or unconfirmed where it cannot be proved.
// Again: proved that nothing happened, since nobody was there when a guest would
// have appeared; an earlier empty answer proves nothing. Leave: the run was
// stopped meanwhile.
func (e *sender) lookUp() verdict {
	for waited, wait := time.Duration(0), firstLook; ; waited, wait = waited+wait, min(2*wait, maxLook) {
		users, err := e.look()
		last := waited >= e.LookupFor
		switch {
		case err == nil && len(users) > 0:
			return e.found(users, e.Inviter.ServerTime(e.since).Add(-clockSlack))
		case err == nil && last:
			return retry
		case err != nil && e.admitCtx.Err() != nil:
			return unresolved
		case err != nil && forbidden(err):
			return e.unproved(batch.CodeLookUpForbidden)
		case last:
			return e.unproved(batch.CodeLookUpFailed)
		}
		if sleep(e.admitCtx, wait) != nil {
			return unresolved
		}
	}
}

// look asks once for each spelling of the address.
func (e *sender) look() ([]graph.User, error) {
	var found []graph.User
	for _, address := range spellings(e.step) {
		users, err := e.find(address)
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
func spellings(s batch.Step) []string {
	sent := strings.ToLower(s.Invitation.EmailAddress)
	if sent == s.Address {
		return []string{sent}
	}
	return []string{sent, s.Address}
}

// find asks for one address, within the pace.
func (e *sender) find(address string) ([]graph.User, error) {
	if err := e.limiter.admit(e.admitCtx); err != nil {
		return nil, err
	}
	if err := e.limiter.depart(e.admitCtx); err != nil {
		return nil, err
	}
	e.Meter.request()
	left := time.Now()
	users, err := e.Inviter.FindUsers(e.sendCtx, address)
	if refused, ok := errors.AsType[*graph.Refusal](err); ok && refused.Throttled() {
		e.throttled(refused, left)
	}
	return users, err
}

// found decides by when the guest was created, in Graph's clock.
func (e *sender) found(users []graph.User, since time.Time) verdict {
	for _, u := range users {
		if u.Created.After(since) {
			o := &e.outcome
			o.Status, o.UserID, o.InvitationStatus = batch.Invited, u.ID, u.State
			o.ErrorCode, o.Error, o.Advice = "", "", noteMailed
			return resolved
		}
	}
	e.outcome.UserID = users[0].ID
	return e.unproved(batch.CodeGuestWasThere)
}

func (e *sender) unproved(code string) verdict {
	o := &e.outcome
	o.Status, o.ErrorCode, o.Advice = batch.Unconfirmed, code, batch.Advice(code)
	if o.Error == "" {
		o.Error = "An invitation with a mail was asked for and no answer came."
	}
	return resolved
}

func forbidden(err error) bool {
	refused, ok := errors.AsType[*graph.Refusal](err)
	return ok && refused.Denied()
}
