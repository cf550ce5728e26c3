package batch

import (
	"time"

	"guestlist/internal/secret"
)

// Intent is a request that is about to leave.
type Intent struct {
	Address string
	// Mail says that the request asks Microsoft to email the guest.
	Mail bool
	// Reminder says that the guest was invited before, and is sent a further invitation
	// because they have not accepted.
	Reminder bool
	// At is Graph's clock as far as this run knows it, UTC: what a look-up proves must
	// not hang on a clock of this machine that is wrong.
	At time.Time
	// ClientRequestID is the client-request-id that the request has, "" where it has none.
	ClientRequestID string
}

// ExistingKind is what the tenant has a person as who was there before.
type ExistingKind string

// The kinds of existing persons. The texts are those of the journal.
const (
	ExistingAccepted ExistingKind = "accepted guest"
	ExistingPending  ExistingKind = "guest who has not accepted"
	// ExistingUnknown is a guest of whom the sign-in may not read whether they accepted.
	ExistingUnknown  ExistingKind = "guest, state not known"
	ExistingMember   ExistingKind = "member"
	ExistingDisabled ExistingKind = "disabled account"
)

// ExistingKinds returns all of them.
func ExistingKinds() []ExistingKind {
	return []ExistingKind{ExistingAccepted, ExistingPending, ExistingUnknown, ExistingMember, ExistingDisabled}
}

// Meaning explains the kind as the rest of a sentence about the person.
func (k ExistingKind) Meaning() string {
	switch k {
	case ExistingAccepted:
		return "is a guest already, and has accepted"
	case ExistingPending:
		return "is a guest already, and has not accepted yet: --reinvite pending sends a new invitation"
	case ExistingUnknown:
		return "is a guest already, and the sign-in may not read whether they have accepted"
	case ExistingMember:
		return "has an account of the tenant and needs no invitation"
	case ExistingDisabled:
		return "has an account of the tenant that is disabled: enable it instead of inviting them"
	}
	return ""
}

// Outcome is what came of one address.
type Outcome struct {
	// Address is the guest's address, trimmed and lower case: what a row is known by.
	Address string
	Status  Status
	// RedeemURL is set when Graph answered 201 and the answer could be read. Whether it
	// still works is what [Outcome.LinkState] says.
	RedeemURL secret.Text
	// Superseded is what another invitation of the same guest did to the link of an
	// invited row: [LinkReplaced], or [LinkUncertain] where it may have, "" where none
	// is known.
	Superseded LinkState
	// UserID is the object id of the guest, or of the account that already
	// owns the address.
	UserID string
	// Existing says what the tenant has the person as, for an existing row only. UserID
	// is theirs then, and At is when the directory was read.
	Existing ExistingKind
	// InvitationStatus is Graph's word: PendingAcceptance, Completed, InProgress or Error.
	InvitationStatus string
	// ErrorCode, Error and Advice say why a row is not invited and what to do;
	// Advice alone is a note on an invited row, whose code can be [CodeLinkElsewhere].
	ErrorCode, Error, Advice string
	// Attempts counts the invitation requests that left, 0 for a row never sent.
	Attempts int
	// At is when the outcome was known, UTC. Zero for a row never sent.
	At time.Time
	// SentAt is when the request left that Graph answered with 201, in Graph's clock, UTC: an
	// account that is older was not made by it. Zero where no answer of ours says so.
	SentAt time.Time
	// RequestID is Graph's request-id of the last answer: what support asks for.
	RequestID string
	// ClientRequestID is our own id of that request.
	ClientRequestID string
	// Fingerprint tells whether the row asks for something else than it did, see [Judged].
	Fingerprint uint64
}

// Sent reports whether an outcome says that a request left.
func (o Outcome) Sent() bool {
	switch o.Status {
	case Invited, Failed, Unconfirmed, Removed:
		return o.Address != ""
	case Duplicate:
		return o.SameGuest() && o.Address != ""
	case Pending, Invalid, Existing:
	}
	return false
}

// HasGuest reports whether the tenant has, or had, a person of whom the outcome tells:
// only of those the directory is read after the invitation.
func (o Outcome) HasGuest() bool {
	return o.Status == Invited || o.Status == Existing || o.Status == Removed
}

// IsFollowed reports whether it is worth asking the tenant what became of the guest:
// members, and accounts that are disabled, have nothing to accept.
func (o Outcome) IsFollowed() bool {
	return o.HasGuest() && o.UserID != "" && o.Existing != ExistingMember && o.Existing != ExistingDisabled
}

// SameGuest reports whether the row was invited and turned out to be the same guest
// as another row, by another address.
func (o Outcome) SameGuest() bool { return o.Status == Duplicate && o.ErrorCode == CodeSameGuest }

// LinkState says whether the row's link can be handed out, "" where it never had an
// invitation, or has no link to strike out.
func (o Outcome) LinkState() LinkState {
	switch {
	case o.Status == Invited && o.RedeemURL.IsZero():
		return LinkMissing
	case o.Status == Invited && o.Superseded != "":
		return o.Superseded
	case o.Status == Invited && o.ErrorCode == CodeLinkElsewhere:
		return LinkUncertain
	case o.Status == Invited:
		return LinkLive
	case o.RedeemURL.IsZero():
		return ""
	case o.Status == Removed, o.SameGuest():
		return LinkReplaced
	}
	return ""
}

// TakesFollowUps reports whether follow-ups are done for the person of a row: guests, not
// members, and no one who is gone.
func (o Outcome) TakesFollowUps() bool { return o.IsFollowed() && o.Status != Removed }

// Record is one line of the results: a row of the list and where it stands.
type Record struct {
	// Line is the row's line in the list, from 1; 0 for an invited row that
	// has left the list.
	Line int
	// NotInList says of a row that has left the list that the list itself has it no more, as it
	// was read last, or that it has another address now. It is false for one that people
	// deleted in the results alone.
	NotInList bool
	Cells     []string
	Outcome   Outcome
	// Guest is what the directory said of the guest when it was read last, the zero
	// reading where it was not read since the invitation.
	Guest GuestReading
	// Deleting says that a request to delete the guest's account left, and that it is not
	// known what came of it.
	Deleting bool
	// FollowUps says how far what the guest gets after the invitation is.
	FollowUps FollowUps
}
