package sandbox

import (
	"slices"
	"strings"
	"time"
)

// directory holds the people of a tenant. It is not safe for concurrent use:
// the tenant locks it.
type directory struct {
	start       time.Time // of the tenant, by this machine's clock
	clockOffset time.Duration
	replication time.Duration
	aliases     map[string]string // as in Config, in lower case

	people  []*person            // in the order in which they came
	owners  map[string]*person   // who has an address, in lower case; deleted people have none
	others  map[string][]*person // who else has it: otherMails need not be unique
	homes   map[string]*person   // who has an address or an alias of it, by the address
	live    map[string]*person   // whose an invitation is, by its id, while its link works
	guests  int
	deleted map[string]int // how many people with an address were deleted
}

func newDirectory(cfg Config) *directory {
	d := &directory{
		start: time.Now(), clockOffset: cfg.ClockOffset, replication: cfg.Replication, aliases: map[string]string{},
		owners: map[string]*person{}, others: map[string][]*person{}, homes: map[string]*person{}, live: map[string]*person{}, deleted: map[string]int{},
	}
	for address, of := range cfg.Aliases {
		d.aliases[key(address)] = key(of)
	}
	for _, p := range cfg.People {
		d.add(seeded(p, d.now()))
	}
	return d
}

// now is the time by the tenant's clock.
func (d *directory) now() time.Time { return time.Now().Add(d.clockOffset) }

// add puts a person into the directory.
func (d *directory) add(p *person) {
	d.people = append(d.people, p)
	if !p.deleted.IsZero() {
		d.deleted[key(p.first)]++
		return
	}
	if p.kind == guestType || !p.isInternal() {
		d.guests++
	}
	for _, address := range p.addresses() {
		d.own(p, address)
	}
}

// own notes that a person has an address. Whoever had it first is invited by it.
func (d *directory) own(p *person, address string) {
	switch first := d.owners[address]; {
	case first == nil && address != "":
		d.owners[address] = p
		d.homes[d.home(address)] = p
	case first != nil && first != p:
		d.others[address] = append(d.others[address], p)
	}
}

// disown takes an address away from a person who is deleted.
func (d *directory) disown(p *person, address string) {
	others := slices.DeleteFunc(d.others[address], func(other *person) bool { return other == p })
	delete(d.others, address)
	if d.owners[address] == p {
		delete(d.owners, address)
		delete(d.homes, d.home(address))
	}
	for _, other := range others {
		d.own(other, address)
	}
}

// home is the address that an alias is one of.
func (d *directory) home(address string) string {
	if home, ok := d.aliases[address]; ok {
		return home
	}
	return address
}

// owner returns who has an address, in lower case, whether the directory knows it
// or it is an alias that only the guest's own tenant knows.
func (d *directory) owner(address string) (*person, bool) {
	p, known := d.known(address)
	if !known {
		p, known = d.homes[d.home(address)]
	}
	return p, known
}

// known returns who has an address, in lower case, as the directory knows it. The
// accounts that patterns speak of come into being when they are first asked for.
func (d *directory) known(address string) (*person, bool) {
	p, known := d.owners[address]
	if !known {
		if p = d.internal(address); p != nil {
			d.add(p)
		}
	}
	return p, p != nil
}

// internal makes the tenant's own account that a pattern says has an address, nil
// for none.
func (d *directory) internal(address string) *person {
	why := behaviourOf(address).refusal
	if !isAddress(address) || (why != &alreadyMember && why != &alreadyDisabled) {
		return nil
	}
	local, _, _ := strings.Cut(address, "@")
	return seeded(Person{
		Address: address, Type: memberType, PrincipalName: local + "@" + tenantDomain, Disabled: why == &alreadyDisabled,
	}, d.start.Add(d.clockOffset))
}

// invite makes the guest of an address, or invites an existing one again: the
// same guest with a new link, which ends the older one. An alias that is invited
// becomes the guest's address.
func (d *directory) invite(inv Invitation) *person {
	address := key(inv.InvitedUserEmailAddress)
	p, known := d.owner(address)
	if !known {
		p = d.draft(inv)
		d.add(p)
	} else if !slices.Contains(p.addresses(), address) {
		p.otherMails = append(slices.Clone(p.allOtherMails()), inv.InvitedUserEmailAddress)
		p.aliases = append(slices.Clone(p.aliases), p.mail)
		p.mail = inv.InvitedUserEmailAddress
		d.own(p, address)
	}
	delete(d.live, p.invitationID())
	p.invitations++
	d.live[p.invitationID()] = p
	if inv.SendInvitationMessage {
		p.mails++
	}
	return p
}

// draft is the guest that an invitation asks for, not yet in the directory.
func (d *directory) draft(inv Invitation) *person {
	address := key(inv.InvitedUserEmailAddress)
	p := &person{
		first: inv.InvitedUserEmailAddress, id: d.newID(address), mail: inv.InvitedUserEmailAddress, name: inv.displayName(), kind: inv.userType(),
		state: pending, visible: time.Since(d.start) + d.replication,
	}
	p.created = d.now()
	p.stateChanged = p.created
	return p
}

// newID is the id of the next person with an address.
func (d *directory) newID(address string) string {
	if n := d.deleted[address]; n > 0 {
		return userID(address + strings.Repeat(" again", n))
	}
	return userID(address)
}

// hasGuest reports whether the guest with an address, in lower case, has an id.
func (d *directory) hasGuest(address, id string) bool {
	p, known := d.owners[address]
	return known && !p.isInternal() && strings.EqualFold(id, p.id)
}

// delete moves a person to the deleted items.
func (d *directory) delete(p *person) {
	p.deleted = d.now()
	delete(d.live, p.invitationID())
	d.deleted[key(p.first)]++
	if p.kind == guestType || !p.isInternal() {
		d.guests--
	}
	for _, address := range p.addresses() {
		d.disown(p, address)
	}
}

// find returns the people who fit a query, from a place in the order of people on
// and at most so many. next is the place to go on from, 0 at the end. People who
// are not replicated yet are not found.
func (d *directory) find(q query) (found []*person, next int) {
	age := time.Since(d.start)
	candidates := d.people
	if addresses, ok := q.filter.addresses(); ok && !q.deleted {
		candidates = d.ownersOf(addresses)
	}
	for i := q.from; i < len(candidates); i++ {
		p := candidates[i]
		if p.visible > age || p.deleted.IsZero() == q.deleted || !q.filter.fits(p) {
			continue
		}
		if len(found) == q.top {
			return found, i
		}
		found = append(found, p)
	}
	return found, 0
}

// count returns how many people fit a query.
func (d *directory) count(q query) int {
	q.from, q.top = 0, len(d.people)
	found, _ := d.find(q)
	return len(found)
}

// ownersOf returns who has one of some addresses, each once.
func (d *directory) ownersOf(addresses []string) []*person {
	var all []*person
	for _, address := range addresses {
		p, known := d.known(address)
		if !known {
			continue
		}
		for _, one := range append([]*person{p}, d.others[address]...) {
			if !slices.Contains(all, one) {
				all = append(all, one)
			}
		}
	}
	return all
}
