package sandbox

import (
	"strings"
	"time"
)

// person is somebody in the directory: a guest, or one of the accounts that
// stand in the way of an invitation.
type person struct {
	guest
	created  time.Time
	internal bool
	disabled bool
}

// find returns who owns an address, in lower case. A new guest is not found
// until Config.Replication has passed. t.mu must be held.
func (t *Tenant) find(address string) (person, bool) {
	if p, known := t.internal(address); known {
		return p, true
	}
	g, known := t.guests[address]
	if !known || time.Since(t.start) < g.since+t.cfg.Replication {
		return person{}, false
	}
	return person{guest: *g, created: t.start.Add(t.cfg.ClockOffset + g.since)}, true
}

// internalAge is how long before the tenant's start its own accounts were made.
const internalAge = 365 * 24 * time.Hour

// internal returns the tenant's own account with an address, if there is one.
func (t *Tenant) internal(address string) (person, bool) {
	why := behaviourOf(address).refusal
	if !isAddress(address) || (why != &alreadyMember && why != &alreadyDisabled) {
		return person{}, false
	}
	local, _, _ := strings.Cut(address, "@")
	return person{
		guest:    guest{mail: address, name: local, kind: memberType},
		created:  t.start.Add(t.cfg.ClockOffset - internalAge),
		internal: true, disabled: why == &alreadyDisabled,
	}, true
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

// createdDateTime is in whole seconds of UTC, as Graph gives it.
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

// readSelect reads the names of properties, strictly.
func readSelect(text string) ([]string, *refusal) {
	if text == "" {
		return defaults, nil
	}
	names := strings.Split(text, ",")
	for _, name := range names {
		if properties[name] == nil {
			return nil, badRequest("Parsing OData Select and Expand failed: Could not find a property named '" + name + "' on type 'microsoft.graph.user'.")
		}
	}
	return names, nil
}

// selectFrom takes the named properties of everybody found, [] for nobody.
func selectFrom(found []person, names []string) []map[string]any {
	all := make([]map[string]any, len(found))
	for i, p := range found {
		all[i] = make(map[string]any, len(names))
		for _, name := range names {
			all[i][name] = properties[name](p)
		}
	}
	return all
}
