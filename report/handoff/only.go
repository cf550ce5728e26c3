package handoff

import (
	"fmt"

	"guestlist/batch"
)

// Only says which guests the packs have.
type Only string

// The values of Only.
const (
	// OnlyPending: they had not accepted when the directory was read last.
	OnlyPending Only = "pending"
	// OnlyAccepted: they have accepted, or are members.
	OnlyAccepted Only = "accepted"
	// OnlyMissing: they are invited and have not accepted, and there is no link that surely
	// works.
	OnlyMissing Only = "missing"
)

// takes reports whether a row belongs into the packs.
func (o Only) takes(rec batch.Record) bool {
	switch o {
	case OnlyPending:
		return rec.Guest.State == batch.GuestNotAccepted
	case OnlyAccepted:
		return hasAccess(rec)
	case OnlyMissing:
		return rec.Outcome.Status == batch.Invited && !hasAccess(rec) && !rec.Guest.IsGone() && rec.Outcome.LinkState() != batch.LinkLive
	default:
		return true
	}
}

// NoneError says that no guest is in the state that was asked for. Nothing was written.
type NoneError struct {
	Only Only
	// Unread says that the results do not tell who has accepted.
	Unread bool
}

func (e *NoneError) Error() string {
	switch {
	case e.Unread && e.Only != OnlyMissing:
		return "the results do not say yet who has accepted"
	case e.Only == OnlyMissing:
		return "no guest lacks a link that works"
	default:
		return fmt.Sprintf("no guest is %s", e.words())
	}
}

// words are what the guests are.
func (e *NoneError) words() string {
	if e.Only == OnlyPending {
		return string(batch.GuestNotAccepted)
	}
	return string(e.Only)
}
