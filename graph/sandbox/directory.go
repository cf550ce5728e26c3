package sandbox

import (
	"strings"
	"time"
)

// directory holds the people of a tenant. It is not safe for concurrent use:
// the tenant locks it.
type directory struct {
	start       time.Time     // of the tenant, by this machine's clock
	clockOffset time.Duration // as in Config
	replication time.Duration // as in Config

	guests map[string]*guest // by address in lower case
}

func newDirectory(cfg Config) *directory {
	return &directory{
		start: time.Now(), clockOffset: cfg.ClockOffset, replication: cfg.Replication,
		guests: map[string]*guest{},
	}
}

// invite makes the guest of an address, or invites an existing one again: the
// same guest with a new link.
func (d *directory) invite(inv Invitation) guest {
	address := key(inv.InvitedUserEmailAddress)
	g, known := d.guests[address]
	if !known {
		g = d.newGuest(inv)
		d.guests[address] = g
	}
	g.invitations++
	if inv.SendInvitationMessage {
		g.mails++
	}
	return *g
}

// newGuest is the guest that an invitation asks for, not yet in the directory.
func (d *directory) newGuest(inv Invitation) *guest {
	return &guest{
		mail: inv.InvitedUserEmailAddress, name: inv.displayName(), kind: inv.userType(),
		since: time.Since(d.start),
	}
}

// hasGuest reports whether the guest with an address, in lower case, has an id.
func (d *directory) hasGuest(address, id string) bool {
	_, known := d.guests[address]
	return known && strings.EqualFold(id, userID(address))
}

// find returns who owns an address, in lower case. A new guest is not found
// until the replication delay has passed.
func (d *directory) find(address string) (person, bool) {
	if p, known := d.internal(address); known {
		return p, true
	}
	g, known := d.guests[address]
	if !known || time.Since(d.start) < g.since+d.replication {
		return person{}, false
	}
	return person{guest: *g, created: d.start.Add(d.clockOffset + g.since)}, true
}

// lookUp returns everybody who fits one of the terms.
func (d *directory) lookUp(terms []term) []person {
	var found []person
	seen := map[string]bool{}
	for _, want := range terms {
		address := want.address()
		if p, known := d.find(address); known && !seen[address] {
			found, seen[address] = append(found, p), true
		}
	}
	return found
}

// internalAge is how long before the tenant's start its own accounts were made.
const internalAge = 365 * 24 * time.Hour

// internal returns the tenant's own account with an address, if there is one.
func (d *directory) internal(address string) (person, bool) {
	why := behaviourOf(address).refusal
	if !isAddress(address) || (why != &alreadyMember && why != &alreadyDisabled) {
		return person{}, false
	}
	local, _, _ := strings.Cut(address, "@")
	return person{
		guest:    guest{mail: address, name: local, kind: memberType},
		created:  d.start.Add(d.clockOffset - internalAge),
		internal: true, disabled: why == &alreadyDisabled,
	}, true
}
