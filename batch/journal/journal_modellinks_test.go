package journal_test

import (
	"slices"
	"time"

	"guestlist/batch"
)

// Two addresses of one person have one link that works: that of the newest invitation.
// Which one that is, the journal knows by what left after what was known. The model does
// not foretell its word, but holds it against the truth.

// heedLink takes what a row of the results says of its link.
func (h *history) heedLink(o batch.Outcome) {
	if o.Status != batch.Invited && !o.SameGuest() {
		return
	}
	known, guest := h.known[o.Address], h.tenant.of(o.Address)
	switch {
	case o.SameGuest():
		known.shared = batch.LinkReplaced
	case o.Superseded != "":
		known.shared = o.Superseded
	}
	works := guest.account == o.UserID && guest.link == o.RedeemURL.Reveal()
	twin := h.known[h.twin(o.Address)]
	switch state := o.LinkState(); {
	case known.shared != "" && twin == nil && (known.shared != batch.LinkUncertain || !known.isInDoubt()):
		h.fault("%s is %s %s, and there is nobody else", o.Address, o.Status, state)
	case o.SameGuest() && twin.stands(entrant{}) == batch.Duplicate:
		h.fault("%s and the other address of the guest are both struck out", o.Address)
	case state == batch.LinkReplaced && works:
		h.fault("the link of %s works, and is struck out", o.Address)
	case state == batch.LinkUncertain && !known.isInDoubt() && !known.overlaps(twin) && !twin.remadeAfter(known):
		h.fault("the link of %s is called uncertain, and nothing can have ended it", o.Address)
	case state == batch.LinkLive && (known.isInDoubt() || twin.remadeAfter(known)):
		h.fault("the link of %s is called live, and may have ended", o.Address)
	case state == batch.LinkLive && !works && guest.account == o.UserID && (twin == nil || h.isKnown(guest.link)):
		h.fault("the link of %s is called live, and is dead", o.Address)
	}
}

// isInDoubt reports whether an earlier request may have been carried out after the one
// that gave the link.
func (p *person) isInDoubt() bool {
	_, o := p.outcome()
	return o.status == batch.Invited && len(p.unanswered()) > 0
}

// remadeAfter reports whether a further invitation of a person, by another address, left
// after the one that was answered for this address, and was never answered itself.
func (p *person) remadeAfter(other *person) bool {
	if p == nil {
		return false
	}
	_, theirs := other.outcome()
	mine := p.latestOf(theirs.account)
	return mine.isRemade() && mine.left > theirs.left
}

// isKnown reports whether a link is on disk.
func (h *history) isKnown(link string) bool {
	for _, p := range h.known {
		if slices.ContainsFunc(p.attempts, func(a attempted) bool { return a.link == link }) {
			return true
		}
	}
	return false
}

// overlaps reports whether it cannot be known which of two invitations of an account is
// newer: both were on their way at the same time, or one was never answered. That the twin was
// invited to another account since tells nothing of it.
func (p *person) overlaps(twin *person) bool {
	_, a := p.outcome()
	b := twin.latestOf(a.account)
	return b.status == batch.Invited && (a.link == "" || b.link == "" || a.left < b.known && b.left < a.known)
}

// oneIsLive looks that one of two links is live where one invitation followed the other.
func (h *history) oneIsLive() {
	first, second := h.known[mailbox(0)], h.known[mailbox(1)]
	_, a := first.outcome()
	_, b := second.outcome()
	if !h.twins || a.status != batch.Invited || b.status != batch.Invited || a.account != b.account || first.overlaps(second) {
		return
	}
	older, newer := first, second
	if second.shared == batch.LinkReplaced {
		older, newer = second, first
	}
	isDoubted := newer.shared == batch.LinkUncertain && newer.isInDoubt()
	if older.shared != batch.LinkReplaced || newer.shared != "" && !isDoubted {
		h.fault("both links of a person are %q and %q, and one is newer", first.shared, second.shared)
	}
}

// wasThere reports whether a guest may have been there before a request left: before its
// intent, or by the other address.
func (h *history) wasThere(address string, intended time.Time) bool {
	return h.tenant.had(address, intended) || slices.Contains(h.tenant.of(address).invited, h.twin(address))
}
