package handoff

import "guestlist/batch"

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

// Onlys returns those that leave guests out.
func Onlys() []Only { return []Only{OnlyPending, OnlyAccepted, OnlyMissing} }

// Meaning says which guests they are, as the rest of a sentence.
func (o Only) Meaning() string {
	switch o {
	case OnlyPending:
		return "have not accepted yet, as guestlist status has read it"
	case OnlyAccepted:
		return "have accepted, or are members"
	case OnlyMissing:
		return "have not accepted, and have no link that surely works"
	default:
		return "are in the results"
	}
}

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

// None says that there are no such guests, in a sentence without its end.
func (o Only) None() string {
	switch o {
	case OnlyPending:
		return "no guest is waiting to accept"
	case OnlyAccepted:
		return "no guest has accepted yet"
	case OnlyMissing:
		return "no guest lacks a link that works"
	default:
		return "the results have no rows"
	}
}

// UnreadError says that the results do not tell yet who has accepted, so that it is not known
// which guests Only means. Nothing was written.
type UnreadError struct{}

func (*UnreadError) Error() string { return "the results do not say yet who has accepted" }
