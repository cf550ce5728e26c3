package batch

import (
	"time"
)

// Presence is what is known of an address outside of this batch: what the tenant has
// the person as, and what other journals at hand say.
type Presence struct {
	// Kind is what the tenant has the person as, "" where it does not have them.
	Kind ExistingKind
	// UserID is the object id of the account, Read when the tenant was asked (UTC).
	UserID string
	Read   time.Time
	// Created is when the account was made, in Graph's clock, zero where that may not be
	// read.
	Created time.Time
	// Batch is the results file of another batch that invited the person, "" where
	// none is known.
	Batch string
	// InvitedAt is when that batch did, in Graph's clock.
	InvitedAt time.Time
	// Open and OpenLatest are when the first and the last request of another batch
	// left whose outcome is not known, zero where none is open; Emailed says that one
	// of them asked for an email.
	Open, OpenLatest time.Time
	Emailed          bool
	// Forgotten is the results file of another batch that was told to forget the person, ""
	// for none.
	Forgotten string
	// Gone says of a guest of this batch that the tenant has neither the account any
	// more nor another one with the address, ThereAgain of one who was removed that the tenant
	// has that account again.
	Gone, ThereAgain bool
}

// FreshInvitation is how long an invitation beats a directory that does not show the
// guest: the directory lags.
const FreshInvitation = 24 * time.Hour

// ClockSlack is how much earlier than the request a guest may seem to have been created by
// it, and a reading to be than the answer before it: Graph's Date and createdDateTime have
// whole seconds.
const ClockSlack = 2 * time.Second

// CreatedSince reports whether an account may have been made by a request that left at a
// time, or later; both are in Graph's clock.
func CreatedSince(created, left time.Time) bool { return !created.Before(left.Add(-ClockSlack)) }

// Presences is what is known outside of a batch of the addresses of its list. It is
// kept small: nearly all addresses of a list are not known anywhere. The zero
// Presences knows nothing.
type Presences struct {
	// DirectoryRead says that the tenant was asked, so that an address without a Kind
	// is not there.
	DirectoryRead bool

	known map[digest]Presence
}

// Get returns what is known of an address.
func (p *Presences) Get(address string) Presence { return p.get(digestOf(address)) }

func (p *Presences) get(key digest) Presence {
	if p == nil {
		return Presence{}
	}
	return p.known[key]
}

// Update changes what is known of an address by what change does to it.
func (p *Presences) Update(address string, change func(*Presence)) {
	if p.known == nil {
		p.known = make(map[digest]Presence)
	}
	key := digestOf(address)
	known := p.known[key]
	change(&known)
	p.known[key] = known
}

// directoryRead reports whether the tenant was asked.
func (p *Presences) directoryRead() bool { return p != nil && p.DirectoryRead }

// exists reports whether the person is in the tenant as far as is known at a moment:
// the tenant says so; or another journal invited them less than a day ago, or the
// tenant was not asked and another journal invited them at any time.
func (w Presence) exists(now time.Time, directoryRead bool) bool {
	switch {
	case w.Kind != "":
		return true
	case w.InvitedAt.IsZero():
		return false
	default:
		return !directoryRead || w.isFresh(now)
	}
}

// isFresh reports whether another journal invited the person so lately that a directory
// that does not show them proves nothing.
func (w Presence) isFresh(now time.Time) bool {
	return !w.InvitedAt.IsZero() && now.Sub(w.InvitedAt) < FreshInvitation
}

// Existing is the outcome of a row whose person the tenant has already.
func (w Presence) Existing(address string, now time.Time) Outcome {
	o := Outcome{Address: address, Status: Existing, Existing: w.Kind, UserID: w.UserID, At: w.Read}
	if o.Existing == "" { // another journal alone knows
		o.Existing = ExistingPending
	}
	if o.At.IsZero() {
		o.At = now
	}
	switch o.Existing {
	case ExistingAccepted:
		o.Advice = "Nothing to do: this guest has accepted an invitation before."
	case ExistingPending:
		o.Advice = "This guest was invited before and has not accepted yet. --reinvite pending sends a new invitation, which ends the earlier link."
	case ExistingUnknown:
		o.Advice = "This guest was invited before; the sign-in may not read whether they accepted."
	case ExistingMember:
		o.Advice = "Nothing to do: this person has an account of the tenant."
	case ExistingDisabled:
		o.Advice = "The account of this person is disabled: enable it in the Entra admin center instead of inviting them."
	}
	if w.Batch != "" {
		o.Advice += " Invited with " + w.Batch + "."
	}
	return o
}

// Removed is the outcome of a row whose guest the tenant does not have any more.
func (w Presence) Removed(address string, fingerprint uint64) Outcome {
	return Outcome{
		Address: address, Status: Removed, Fingerprint: fingerprint, UserID: w.UserID, At: w.Read,
		Advice: "The tenant does not have this guest any more. --reinvite removed invites them again.",
	}
}

// Restored is the outcome of a removed guest whose account is there again: their invitation
// counts again, and so does its link, which the journal has.
func (w Presence) Restored(address string, fingerprint uint64) Outcome {
	return Outcome{
		Address: address, Status: Invited, UserID: w.UserID, Fingerprint: fingerprint, At: w.Read,
		Advice: "The guest was deleted and is in the tenant again.",
	}
}

// forgotten is the outcome of a row whose person another batch was told to forget.
func (w Presence) forgotten(address string, fingerprint uint64) Outcome {
	return Outcome{
		Address: address, Status: Failed, Fingerprint: fingerprint, ErrorCode: CodeForgotten,
		Error: "This person was erased from " + w.Forgotten + " with guestlist forget, and is not invited again.", Advice: Advice(CodeForgotten),
	}
}

// Reinvite says which people are invited again who were invited before.
type Reinvite string

// The values of --reinvite.
const (
	ReinviteNone    Reinvite = "none"
	ReinvitePending Reinvite = "pending" // guests who have not accepted
	ReinviteRemoved Reinvite = "removed" // guests of this batch whom the tenant does not have any more
)

// reinvites reports whether an existing person is invited again.
func (r Reinvite) reinvites(w Presence) bool {
	return r == ReinvitePending && w.notAccepted()
}

// notAccepted reports whether an existing person is a guest who has not accepted, as far
// as is known.
func (w Presence) notAccepted() bool {
	return w.Kind == ExistingPending || w.Kind == ExistingUnknown || w.Kind == ""
}
