package batch

import (
	"strings"
	"time"
)

// GuestState is what a tenant says of a guest after the invitation. The texts are those
// of the results and of the journal; "" is a guest who was not read yet.
type GuestState string

// The states of a guest.
const (
	// GuestAccepted has accepted the invitation.
	GuestAccepted GuestState = "accepted"
	// GuestNotAccepted is in the tenant and has not accepted yet.
	GuestNotAccepted GuestState = "not accepted"
	// GuestDeleted was in the tenant, and is not any more.
	GuestDeleted GuestState = "deleted"
	// GuestNotShown was invited, and the directory does not show the account: it lags, or
	// the guest never came.
	GuestNotShown GuestState = "not shown yet"
	// GuestNeverCame was invited, and [MaxLooks] looks did not show the account. Microsoft's
	// invitations do so now and then (github.com/microsoftgraph/msgraph-sdk-powershell/issues/3399).
	GuestNeverCame GuestState = "never came"
	// GuestNotKnown is in the tenant, and whether they accepted is not known: the sign-in may
	// not read it, or the account was not made by an invitation.
	GuestNotKnown GuestState = "not known"
)

// GuestStates returns the states in the order in which reports list them.
func GuestStates() []GuestState {
	return []GuestState{GuestAccepted, GuestNotAccepted, GuestNotShown, GuestNeverCame, GuestDeleted, GuestNotKnown}
}

// Meaning explains the state as the rest of a sentence about the guest. The workbook and
// the page show the same text.
func (s GuestState) Meaning() string {
	switch s {
	case GuestAccepted:
		return "has accepted the invitation and can sign in"
	case GuestNotAccepted:
		return "has not accepted the invitation yet: guestlist remind sends a new one"
	case GuestNotShown:
		return "is not shown by the directory yet: look again later"
	case GuestNeverCame:
		return "was invited, and Microsoft never created the account: invite them again with --reinvite removed"
	case GuestDeleted:
		return "was deleted from the tenant; you can restore them within 30 days in the Entra admin center (Users, Deleted users)"
	case GuestNotKnown:
		return "is in the tenant, and whether they accepted may not be read or does not apply"
	}
	return ""
}

// GuestReading is what the directory said of the guest of a row, and when.
type GuestReading struct {
	State GuestState
	// UserID is the object id of the account that was read, or looked for.
	UserID string
	// Since is when the guest accepted or was deleted, in Graph's time, or by this machine's
	// clock when they were not shown for the first time; zero where that is not known.
	Since time.Time
	// At is when the directory was read, in Graph's time; zero for never.
	At time.Time
	// Looks is how many looks in a row that count did not show the account.
	Looks int
}

// MaxLooks is how many looks have to miss a guest who was never seen before it counts
// that they never came.
const MaxLooks = 3

// lookAges are how long after the invitation each of these looks counts: a successful
// invitation does not promise that the next read shows the guest, and Microsoft names no
// bound.
var lookAges = [MaxLooks]time.Duration{15 * time.Minute, time.Hour, 24 * time.Hour}

// Seen reports whether the directory has ever shown the account.
func (r GuestReading) Seen() bool {
	switch r.State {
	case GuestAccepted, GuestNotAccepted, GuestNotKnown, GuestDeleted:
		return true
	case GuestNotShown, GuestNeverCame, "":
	}
	return false
}

// Missed is the reading after one more look that did not find the account of an
// invitation, at a time in Graph's clock and in that of this machine. What was seen before
// is deleted by then. Looks have the distances from each other that they have from the
// invitation, however late the first one is, and whatever Graph's clock shows.
func (r GuestReading) Missed(userID string, invited, at, local time.Time) GuestReading {
	if r.UserID != userID {
		r = GuestReading{UserID: userID} // what is known is of another account
	}
	if r.Seen() {
		if r.State != GuestDeleted {
			r.Since = time.Time{}
		}
		r.State, r.At = GuestDeleted, at
		return r
	}
	r.At = at
	if r.State == "" {
		r.State = GuestNotShown
	}
	if r.Looks == MaxLooks {
		return r
	}
	age, first := lookAges[r.Looks], lookAges[0]
	if at.Sub(invited) >= age && (r.Looks == 0 || local.Sub(r.Since) >= age-first) {
		if r.Looks == 0 {
			r.Since = local
		}
		r.Looks++
	}
	if r.Looks == MaxLooks {
		r.State = GuestNeverCame
	}
	return r
}

// IsGone reports whether the tenant does not have the account any more, or never had it.
func (r GuestReading) IsGone() bool { return r.State == GuestDeleted || r.State == GuestNeverCame }

// AcceptedAt is when the guest accepted, UTC; zero for one who has not, or where that is not
// known.
func (r GuestReading) AcceptedAt() time.Time {
	if r.State != GuestAccepted {
		return time.Time{}
	}
	return r.Since.UTC()
}

// DoubtLink says of the link of an invited guest that it may not work, where the directory
// does not have the account any more, may not have it, or has another one with the address.
func (r *Record) DoubtLink() {
	o := &r.Outcome
	if o.Status != Invited || o.Superseded != "" {
		return
	}
	switch {
	case r.Deleting:
		o.Superseded, o.Advice = LinkUncertain, "This guest was to be deleted, and what came of it is not known: the next guestlist undo finds out."
	case r.Guest.IsGone():
		o.Superseded, o.Advice = LinkUncertain, "The tenant does not show this guest any more: the link works only if they are restored."
	case r.Guest.UserID != "" && !strings.EqualFold(r.Guest.UserID, o.UserID):
		o.Superseded, o.Advice = LinkUncertain, "The tenant has another account with this address by now: this link may not work any more."
	}
}
