package batch

import (
	"slices"
	"time"

	"guestlist/graph"
)

// Kept is why undo leaves a guest of the batch in the tenant, "" for one who is removed.
type Kept string

// The reasons, in the words that people see beside an address or a number of guests.
const (
	KeptAccepted   Kept = "accepted the invitation"
	KeptExisting   Kept = "in the tenant before this batch"
	KeptNotCreated Kept = "not known to be created by an invitation of this batch"
	KeptUnproved   Kept = "found by a look-up, since the answer to the invitation was lost: someone else may have invited them"
	KeptMember     Kept = "a member of the tenant, not a guest"
	KeptNotInvited Kept = "not created by an invitation"
	KeptRole       Kept = "holds a directory role"
	KeptElsewhere  Kept = "on the list of another batch"
	KeptListed     Kept = "still in the list, by another address"
	KeptNamed      Kept = "named in a row of the list that cannot be sent"
	KeptNotShown   Kept = "not shown by the directory now"
	KeptUnreadable Kept = "could not be read now"
	KeptUnanswered Kept = "the invitation is still open: it is not known yet whether it was carried out"
	KeptOpen       Kept = "asked to be deleted before, and what came of it is not known yet"
)

// KeptReasons returns the reasons in the order in which people are told them.
func KeptReasons() []Kept {
	return []Kept{
		KeptAccepted, KeptExisting, KeptNotCreated, KeptUnproved, KeptMember, KeptNotInvited, KeptRole, KeptElsewhere, KeptListed, KeptNamed, KeptNotShown, KeptUnreadable, KeptUnanswered, KeptOpen,
	}
}

// Removable is what decides whether a guest may be removed who has an invitation of the
// batch.
type Removable struct {
	// User is the account as it was just read.
	User graph.User
	// HoldsRole says that it holds a directory role.
	HoldsRole bool
	// Requests are when requests of this batch left that Graph answered with the account, in
	// Graph's clock; Unproved when others for the address were about to leave.
	Requests, Unproved []time.Time
	// Elsewhere is the results file of another batch whose list has the guest, too, "" for
	// none that is known.
	Elsewhere string
}

// createdWithin is how long after a request left the account that it makes is created at
// the latest. A guest whom the directory does not show by then counts as not invited, so
// that one who was created later is somebody else's.
const createdWithin = 15 * time.Minute

// Kept says why the guest stays, "" where nothing is in the way. [KeptAccepted] comes last:
// it alone can be overruled.
func (r Removable) Kept() Kept {
	u := r.User
	switch {
	case u.Type != "Guest":
		return KeptMember
	case u.CreationType != "Invitation", u.State != graph.StatePending && u.State != graph.StateAccepted:
		return KeptNotInvited
	case !CreatedBy(u.Created, r.Requests) && CreatedBy(u.Created, r.Unproved):
		return KeptUnproved
	case !CreatedBy(u.Created, r.Requests):
		return KeptNotCreated
	case r.HoldsRole:
		return KeptRole
	case r.Elsewhere != "":
		return KeptElsewhere
	case u.State == graph.StateAccepted:
		return KeptAccepted
	}
	return ""
}

// CreatedBy reports whether one of some requests created an account; all times are in
// Graph's clock. An answer that the guest is invited does not say it: Graph answers the same
// for a guest who was there.
func CreatedBy(created time.Time, requests []time.Time) bool {
	return !created.IsZero() && slices.ContainsFunc(requests, func(left time.Time) bool {
		return CreatedSince(created, left) && !created.After(left.Add(createdWithin))
	})
}

// Deletion is a request to delete the account of a guest, as it is kept before it leaves.
type Deletion struct {
	// Number is what the journal knows it by, 0 before it is kept.
	Number int64
	// Address is that of the row, UserID the object id of the account.
	Address, UserID string
	// At is when the request leaves, in Graph's clock, UTC, and ClientRequestID the
	// client-request-id that it has.
	At              time.Time
	ClientRequestID string
	// Operator is account and machine, SignedInAs the identity that Microsoft knows.
	Operator, SignedInAs string
}

// DeletionResult is what came of a deletion.
type DeletionResult struct {
	// Deleted says that the tenant does not have the account any more; else it is as it was.
	Deleted bool
	// Gone is when the account was deleted, in Graph's clock.
	Gone time.Time
	// At is when that was known, UTC.
	At time.Time
	// Error is why the account was not deleted, or how it is known that it was, "" after a
	// plain answer. It is safe to show.
	Error string
	// RequestID is what Microsoft support asks for, "" without an answer.
	RequestID string
}
