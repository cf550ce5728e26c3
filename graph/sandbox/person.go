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

// guest is a person who was invited. Ids and links follow from the address and
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

// person is a user of the directory: a guest, or an account that prevents an
// invitation.
type person struct {
	guest
	created  time.Time
	internal bool
	disabled bool
}

// properties are what can be selected of a user.
var properties = map[string]func(person) any{
	"accountEnabled":    func(p person) any { return !p.disabled },
	"createdDateTime":   func(p person) any { return p.createdDateTime() },
	"creationType":      func(p person) any { return p.ifGuest("Invitation") },
	"displayName":       func(p person) any { return p.name },
	"externalUserState": func(p person) any { return p.ifGuest(pending) },
	"externalUserStateChangeDateTime": func(p person) any {
		return p.ifGuest(p.createdDateTime())
	},
	"id":                func(p person) any { return userID(p.mail) },
	"mail":              func(p person) any { return p.mail },
	"otherMails":        func(p person) any { return p.otherMails() },
	"proxyAddresses":    func(p person) any { return []string{primary + p.mail} },
	"userPrincipalName": func(p person) any { return p.principalName() },
	"userType":          func(p person) any { return p.kind },
}

// defaults are the properties in an answer to a request that selects none. The
// service has some more, none of which a new guest has.
var defaults = []string{"displayName", "id", "mail", "userPrincipalName"}

// createdDateTime is in whole seconds of UTC, as Graph's is.
func (p person) createdDateTime() string {
	return p.created.UTC().Truncate(time.Second).Format(time.RFC3339)
}

// ifGuest is null for an account of the tenant's own.
func (p person) ifGuest(value string) any {
	if p.internal {
		return nil
	}
	return value
}

// otherMails of a guest has the address that was invited.
func (p person) otherMails() []string {
	if p.internal {
		return []string{}
	}
	return []string{p.mail}
}

// principalName of an internal account has the tenant's own domain.
func (p person) principalName() string {
	if p.internal {
		return p.name + "@" + tenantDomain
	}
	return p.guest.principalName()
}
