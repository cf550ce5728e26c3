package sandbox

import (
	"crypto/sha3"
	"encoding/base64"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// TenantID is the tenant id of every simulated tenant.
const TenantID = "5f0a3c52-8d0e-4b7c-9a51-6c1f2e7d4b90"

// tenantDomain is the part of a guest's user principal name after the @.
const tenantDomain = "sandbox.onmicrosoft.example"

// ids is the name space from which all ids of the directory follow.
var ids = uuid.MustParse(TenantID)

// guest is somebody who was invited. Ids and links follow from the address and
// the count, so that a big rehearsal stays small.
type guest struct {
	mail, name, kind string
	since            time.Duration // when the guest was created, after the tenant's start
	invitations      int           // the last one's link is the live one
	mails            int
}

// key is what an address is known by: letters' case makes no difference.
func key(address string) string { return strings.ToLower(address) }

func userID(address string) string { return stableID("user", key(address)) }

func stableID(kind, name string) string {
	return uuid.NewSHA1(ids, []byte(kind+" "+name)).String()
}

// invitationID is the id of the guest's last invitation.
func (g guest) invitationID() string {
	return stableID("invitation", strconv.Itoa(g.invitations)+" "+key(g.mail))
}

// ticketLength in bytes makes a redeem URL of 350 to 400 characters, as long
// as those of the service.
const ticketLength = 108

// redeemURL is the link of the guest's last invitation, in the shape of
// Graph's documentation.
func (g guest) redeemURL() string {
	id := g.invitationID()
	ticket := base64.StdEncoding.EncodeToString(sha3.SumSHAKE128([]byte(id), ticketLength))
	inner := "https://invitations.microsoft.com/redeem/?tenant=" + TenantID +
		"&user=" + id + "&ticket=" + url.QueryEscape(ticket) + "&ver=2.0"
	return "https://login.microsoftonline.com/redeem?rd=" + url.QueryEscape(inner)
}

// principalName is the address with _ for its @, as Graph writes it for guests.
func (g guest) principalName() string {
	return strings.ReplaceAll(g.mail, "@", "_") + "#EXT#@" + tenantDomain
}

// invite makes the guest of an address, or invites an existing one again: the
// same guest, with a new link. t.mu must be held.
func (t *Tenant) invite(inv Invitation) guest {
	at := key(inv.InvitedUserEmailAddress)
	g, known := t.guests[at]
	if !known {
		g = t.newGuest(inv)
		t.guests[at] = g
	}
	g.invitations++
	if inv.SendInvitationMessage {
		g.mails++
	}
	return *g
}

// newGuest is the guest that an invitation asks for, not yet in the directory.
func (t *Tenant) newGuest(inv Invitation) *guest {
	return &guest{
		mail: inv.InvitedUserEmailAddress, name: inv.displayName(), kind: inv.userType(),
		since: time.Since(t.start),
	}
}

// Mails returns how many invitations were mailed to an address. Copies to a cc
// recipient are not counted.
func (t *Tenant) Mails(address string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if g, known := t.guests[key(address)]; known {
		return g.mails
	}
	return 0
}

// RedeemURL returns the one link of a guest that works, that of the last
// invitation, and "" for somebody who was not invited.
func (t *Tenant) RedeemURL(address string) string {
	t.mu.Lock()
	g, known := t.guests[key(address)]
	if !known {
		t.mu.Unlock()
		return ""
	}
	last := *g
	t.mu.Unlock()
	return last.redeemURL()
}

// Guests returns how many guests the directory holds.
func (t *Tenant) Guests() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.guests)
}
