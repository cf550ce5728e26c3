package sandbox

import (
	"crypto/sha3"
	"encoding/base64"
	"maps"
	"net/url"
	"slices"
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

// Person is a user of a simulated tenant: one that the tenant starts with, as
// [Config.People] describes it, or one as [Tenant.People] finds it.
type Person struct {
	// Address is the primary email address. Ids follow from it.
	Address string
	// Name is the display name, "" for the part of Address before the @.
	Name string
	// Type is Guest or Member, "" is Guest.
	Type string
	// State is the externalUserState of a guest, "" is PendingAcceptance.
	// Members have none.
	State string
	// Created and StateChanged are by the tenant's clock. The zero Created is a
	// year before the tenant's start, the zero StateChanged is Created.
	Created, StateChanged time.Time
	// OtherMails are further addresses, and Aliases further ones of the mailbox:
	// in proxyAddresses they come after "smtp:".
	OtherMails, Aliases []string
	// PrincipalName is the user principal name; "" is Address for members, and a
	// name with #EXT# for guests.
	PrincipalName string
	// Disabled says that the account is blocked from signing in.
	Disabled bool
	// Deleted is when the user was deleted, by the tenant's clock; zero for users
	// that are there. Deleted users can be found among the deleted items alone.
	Deleted time.Time

	// ID is the object id. It follows from Address and need not be given.
	ID string
	// Invited is when the person was invited, whatever the address, by the tenant's
	// clock, the first time first. Where it is given and Created is not, the guest was
	// created by the first invitation.
	Invited []time.Time
	// Mails is how many of the invitations were sent as an email.
	Mails int
	// Invitations counts Invited. It is not read from Config.People.
	Invitations int
	// RedeemURL is the one link that works, that of the last invitation, and ""
	// without an invitation. It follows from ID and the number of invitations and need
	// not be given; one that is given stays the live link until the next invitation.
	RedeemURL string

	// Attributes are values by the names of [Attributes].
	Attributes map[string]string
	// Manager is an object id, Sponsors are some.
	Manager  string
	Sponsors []string
	// Groups are the groups that the person is a member of: ids, or names where
	// Config.People gives them. A group that the tenant does not have is left out.
	Groups []string
	// Roles are the names of the directory roles that the person holds. Such a user can
	// neither be changed nor be deleted.
	Roles []string
	// Changes counts what requests have changed. It is not read from Config.People.
	Changes Changes
}

// Changes counts the requests that changed a person, of those that succeeded.
type Changes struct {
	// Attributes, Manager, Sponsors and Deleted count the changes of each kind.
	Attributes, Manager, Sponsors, Deleted int
	// Added and Removed count by the group's id how often the person became a
	// member, and ceased to be one.
	Added, Removed map[string]int
}

// person is a user as the directory keeps it.
type person struct {
	first string // the address that came first: ids and links follow from it
	id    string
	mail  string
	name  string
	kind  string // userType
	// principal is the user principal name where it does not follow from key.
	principal string
	state     string // externalUserState, "" for none

	// otherMails are nil for the guest of one address, who has that one.
	otherMails []string
	aliases    []string // of the mailbox, without mail

	created, stateChanged, deleted time.Time // by the tenant's clock
	// visible is when the person can be found, due when the invitation is accepted, zero for
	// never.
	visible, due time.Time

	disabled bool
	invited  []time.Time // the last one's link is the live one
	link     string      // of the last invitation where it does not follow from the others
	mails    int

	attributes map[string]string
	manager    string
	sponsors   []string
	roles      []string
	changes    Changes
}

func (p *person) invitations() int { return len(p.invited) }

// isVisible reports whether the person is replicated.
func (p *person) isVisible(now time.Time) bool { return !p.visible.After(now) }

// restorable is how long a deleted user can be found among the deleted items
// (learn.microsoft.com/graph/api/directory-deleteditems-restore).
const restorable = 30 * 24 * time.Hour

// isPurged reports whether the person is gone for good.
func (p *person) isPurged(now time.Time) bool {
	return !p.deleted.IsZero() && now.Sub(p.deleted) > restorable
}

// expect notes when an invitation will be accepted, the n-th from 1 on.
func (p *person) expect(acceptance Acceptance, n int) {
	if acceptance == nil || p.state != pending {
		return
	}
	after, ever := acceptance(key(p.first), n)
	if at := p.invited[n-1].Add(after); ever && (p.due.IsZero() || at.Before(p.due)) {
		p.due = at
	}
}

// settle has the person accept the invitation once its time has come.
func (p *person) settle(now time.Time) {
	if p.state == pending && p.deleted.IsZero() && !p.due.IsZero() && !p.due.After(now) {
		p.state, p.stateChanged = accepted, p.due
	}
}

func (p *person) hasSponsor(id string) bool {
	return slices.ContainsFunc(p.sponsors, func(has string) bool { return strings.EqualFold(has, id) })
}

// addSponsor adds a sponsor who is not there yet.
func (p *person) addSponsor(id string) {
	if !p.hasSponsor(id) {
		p.sponsors = append(p.sponsors, id)
	}
}

// key is what an address is known by: letters' case makes no difference.
func key(address string) string { return strings.ToLower(address) }

func userID(address string) string { return stableID("user", key(address)) }

func stableID(kind, name string) string {
	return uuid.NewSHA1(ids, []byte(kind+" "+name)).String()
}

// internalAge is how long before the tenant's start its own accounts were made.
const internalAge = 365 * 24 * time.Hour

// seeded makes a person that a tenant starts with. start is by the tenant's clock.
func seeded(p Person, start time.Time) *person {
	made := &person{
		first: p.Address, id: p.ID, mail: p.Address, name: p.Name, kind: p.Type, principal: p.PrincipalName,
		state: p.State, otherMails: p.OtherMails, aliases: p.Aliases,
		created: p.Created, stateChanged: p.StateChanged, deleted: p.Deleted, disabled: p.Disabled,
		invited: slices.Clone(p.Invited), link: p.RedeemURL, mails: p.Mails,
		attributes: maps.Clone(p.Attributes), manager: p.Manager, sponsors: slices.Clone(p.Sponsors), roles: slices.Clone(p.Roles),
	}
	if made.created.IsZero() && len(p.Invited) > 0 {
		made.created = p.Invited[0]
	}
	if made.id == "" {
		made.id = userID(p.Address)
	}
	if made.name == "" {
		made.name, _, _ = strings.Cut(p.Address, "@")
	}
	if made.kind == "" {
		made.kind = guestType
	}
	if made.kind == guestType && made.state == "" {
		made.state = pending
	}
	if made.kind == memberType && made.principal == "" {
		made.principal = p.Address
	}
	if made.otherMails == nil && made.kind == memberType {
		made.otherMails = []string{}
	}
	if made.created.IsZero() {
		made.created = start.Add(-internalAge)
	}
	if made.stateChanged.IsZero() {
		made.stateChanged = made.created
	}
	return made
}

// shown is the person as [Tenant.People] shows it.
func (p *person) shown() Person {
	return Person{
		Address: p.mail, Name: p.name, Type: p.kind, State: p.state, Created: p.created, StateChanged: p.stateChanged,
		OtherMails: p.allOtherMails(), Aliases: p.aliases, PrincipalName: p.principalName(), Disabled: p.disabled, Deleted: p.deleted,
		ID: p.id, Invited: slices.Clone(p.invited), Invitations: p.invitations(), Mails: p.mails, RedeemURL: p.liveLink(),
		Attributes: maps.Clone(p.attributes), Manager: p.manager, Sponsors: slices.Clone(p.sponsors), Roles: slices.Clone(p.roles), Changes: p.changes,
	}
}

// addresses are all by which the person is known, in lower case.
func (p *person) addresses() []string {
	all := []string{key(p.mail)}
	for _, more := range [][]string{p.otherMails, p.aliases} {
		for _, address := range more {
			all = append(all, key(address))
		}
	}
	if p.kind == memberType {
		all = append(all, key(p.principalName()))
	}
	return all
}

// allOtherMails of an invited guest have the address that was invited.
func (p *person) allOtherMails() []string {
	if p.otherMails == nil {
		return []string{p.mail}
	}
	return p.otherMails
}

// primary marks the main address among the proxyAddresses of a user, and alias
// the others. Their case counts.
const (
	primary = "SMTP:"
	alias   = "smtp:"
)

func (p *person) proxyAddresses() []string {
	if p.mail == "" {
		return []string{}
	}
	all := []string{primary + p.mail}
	for _, address := range p.aliases {
		all = append(all, alias+address)
	}
	return all
}

// principalName of a guest is the first address with _ for its @.
func (p *person) principalName() string {
	if p.principal != "" {
		return p.principal
	}
	return strings.ReplaceAll(p.first, "@", "_") + "#EXT#@" + tenantDomain
}

// isInternal reports whether the person is no guest who was ever invited.
func (p *person) isInternal() bool { return p.state == "" }

// invitationID is the id of the person's last invitation.
func (p *person) invitationID() string {
	return stableID("invitation", strconv.Itoa(p.invitations())+" "+p.id)
}

// ticketLength in bytes makes a redeem URL of 350 to 400 characters, as long
// as those of the service.
const ticketLength = 108

// redeemURL is the link of the person's last invitation, in the shape of Graph's
// documentation (learn.microsoft.com/graph/api/invitation-post).
func (p *person) redeemURL() string {
	id := p.invitationID()
	ticket := base64.StdEncoding.EncodeToString(sha3.SumSHAKE128([]byte(id), ticketLength))
	inner := "https://invitations.microsoft.com/redeem/?tenant=" + TenantID +
		"&user=" + id + "&ticket=" + url.QueryEscape(ticket) + "&ver=2.0"
	return "https://login.microsoftonline.com/redeem?rd=" + url.QueryEscape(inner)
}

// liveLink is the link that works, "" for none.
func (p *person) liveLink() string {
	switch {
	case p.invitations() == 0:
		return ""
	case p.link != "":
		return p.link
	default:
		return p.redeemURL()
	}
}

// liveID is the id of the invitation whose link works.
func (p *person) liveID() string {
	if p.link != "" {
		return invitationOf(p.link)
	}
	return p.invitationID()
}

// invitationOf is the id of the invitation in a redeem URL, "" where there is none.
func invitationOf(link string) string {
	outer, err := url.Parse(link)
	if err != nil {
		return ""
	}
	inner, err := url.Parse(outer.Query().Get("rd"))
	if err != nil {
		return ""
	}
	return inner.Query().Get("user")
}

// properties are what can be selected of a user.
var properties = userProperties()

func userProperties() map[string]func(*person) any {
	all := map[string]func(*person) any{
		"accountEnabled":    func(p *person) any { return !p.disabled },
		"createdDateTime":   func(p *person) any { return dateTime(p.created) },
		"creationType":      func(p *person) any { return p.ifInvited("Invitation") },
		"deletedDateTime":   func(p *person) any { return dateTime(p.deleted) },
		"displayName":       func(p *person) any { return p.name },
		"externalUserState": func(p *person) any { return p.ifInvited(p.state) },
		"externalUserStateChangeDateTime": func(p *person) any {
			return p.ifInvited(dateTime(p.stateChanged))
		},
		"id":                    func(p *person) any { return p.id },
		"mail":                  func(p *person) any { return orNull(p.mail) },
		"onPremisesSyncEnabled": func(*person) any { return nil },
		"otherMails":            func(p *person) any { return p.allOtherMails() },
		"proxyAddresses":        func(p *person) any { return p.proxyAddresses() },
		"userPrincipalName":     func(p *person) any { return p.principalName() },
		"userType":              func(p *person) any { return p.kind },
	}
	for _, of := range complexAttributes {
		all[of.property] = func(p *person) any { return p.complexAttribute(of) }
	}
	for name := range plainAttributes {
		all[name] = func(p *person) any { return orNull(p.attributes[name]) }
	}
	return all
}

// defaults are the properties in an answer to a request that selects none. The
// service has some more, none of which a new guest has.
var defaults = []string{"displayName", "id", "mail", "userPrincipalName"}

// basics are the properties that User.ReadBasic.All covers, of those in properties.
var basics = map[string]bool{"displayName": true, "id": true, "mail": true, "userPrincipalName": true}

// dateTime is in whole seconds of UTC, as Graph's times are; null for none.
func dateTime(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Truncate(time.Second).Format(time.RFC3339)
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// ifInvited is null for an account that was never invited.
func (p *person) ifInvited(value any) any {
	if p.isInternal() {
		return nil
	}
	return value
}

// complexAttribute is what a property with attributes in it shows. Graph answers null for
// an employeeOrgData without any, and the extension attributes with null for each.
func (p *person) complexAttribute(of complexAttribute) any {
	parts, some := map[string]any{}, false
	for _, name := range of.parts {
		parts[name] = orNull(p.attributes[name])
		some = some || p.attributes[name] != ""
	}
	if of.whole && !some {
		return nil
	}
	return parts
}
