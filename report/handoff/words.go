package handoff

import (
	"cmp"
	"regexp"

	"guestlist/batch"
	"guestlist/internal/text"
)

// completed is Graph's word for an invitation that was accepted already.
// Source: learn.microsoft.com/graph/api/resources/invitation.
const completed = "Completed"

// maxReason is the longest reason in bytes: Graph's own texts may be whole pages.
const maxReason = 400

// standing is where a row stands, for somebody who only hands out links.
type standing int

const (
	// linked: invited, and the link is to be handed out.
	linked standing = iota
	// ready: nothing is left to accept.
	ready
	// waiting: there is nothing to hand out yet.
	waiting
)

// stands tells where an outcome stands.
func stands(o batch.Outcome) standing {
	switch {
	case o.Status != batch.Invited:
		return waiting
	case o.InvitationStatus == completed:
		return ready
	case o.RedeemURL.IsZero():
		return waiting
	default:
		return linked
	}
}

// objectID is what Graph says of an account that exists: nothing that somebody
// who hands out links could use.
var objectID = regexp.MustCompile(`(?i) as object ?ID:? [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// words says where a row stands and, where there is no link, why.
func words(o batch.Outcome) (status, reason string) {
	reason = objectID.ReplaceAllString(text.Line(o.Error), "")
	if len(reason) > maxReason {
		reason = cut(reason, maxReason) + " ..."
	}
	switch o.Status {
	case batch.Invited:
		return wordsInvited(o)
	case batch.Failed:
		return "Not invited", cmp.Or(reason, "The invitation was refused.")
	case batch.Invalid:
		return "Not invited", "The list has to be corrected first: " + cmp.Or(reason, "the row cannot be sent")
	case batch.Duplicate:
		return "Listed twice", "The same address stands in an earlier row of the list and is invited once, with that row."
	case batch.Unconfirmed:
		return "Not certain", "It is not known yet whether the invitation went out."
	case batch.Pending:
	}
	return "Not invited yet", "The invitation has not been tried yet."
}

func wordsInvited(o batch.Outcome) (status, reason string) {
	switch {
	case o.InvitationStatus == completed:
		return "Has access", "The invitation is accepted already; no link is needed."
	case o.RedeemURL.IsZero():
		return "Invited, no link", "The link was not recorded. If the guest got a mail from Microsoft, the link in it works; otherwise they have to be invited again."
	default:
		return "Invited", ""
	}
}
