package sandbox

import (
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// clock is the tenant's. All of its times are from here, but for the quotas and the record,
// which go by this machine's.
type clock struct{ ahead atomic.Int64 } // of this machine's, in nanoseconds

func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

// directory holds the people and the groups of a tenant. It is not safe for concurrent
// use: the tenant locks it.
type directory struct {
	clock       *clock
	start       time.Time // of the tenant, by its clock
	replication time.Duration
	acceptance  Acceptance        // nil where no one accepts by themselves
	aliases     map[string]string // as in Config, in lower case

	groups  []*group             // in the order in which they came
	people  []*person            // in the order in which they came
	ids     map[string]*person   // everyone, by the object id in lower case
	owners  map[string]*person   // who has an address, in lower case; deleted people have none
	others  map[string][]*person // who else has it: otherMails need not be unique
	homes   map[string]*person   // who has an address or an alias of it, by the address
	live    map[string]*person   // whose an invitation is, by its id, while its link works
	guests  int
	deleted map[string]int // how many people with an address were deleted
}

func newDirectory(cfg Config) *directory {
	c := new(clock)
	c.ahead.Store(int64(cfg.ClockOffset))
	d := &directory{
		clock: c, start: c.now(), replication: cfg.Replication, acceptance: cfg.Acceptance,
		aliases: map[string]string{}, ids: map[string]*person{},
		owners: map[string]*person{}, others: map[string][]*person{}, homes: map[string]*person{}, live: map[string]*person{}, deleted: map[string]int{},
	}
	for address, of := range cfg.Aliases {
		d.aliases[key(address)] = key(of)
	}
	for _, g := range cfg.Groups {
		d.groups = append(d.groups, newGroup(g))
	}
	for _, p := range cfg.People {
		d.restore(p)
	}
	return d
}

// restore puts someone into the directory whom the tenant starts with. Whoever has the
// object id already makes room.
func (d *directory) restore(given Person) {
	p := seeded(given, d.start)
	if before := d.ids[key(p.id)]; before != nil {
		d.drop(before)
		p.changes = before.changes
	}
	d.add(p)
	if !p.deleted.IsZero() {
		return
	}
	if p.invitations() > 0 {
		d.live[p.liveID()] = p
	}
	for i := range p.invited {
		p.expect(d.acceptance, i+1)
	}
	for _, named := range given.Groups {
		if g := d.group(named); g != nil {
			g.add(p)
		}
	}
}

// now is the time by the tenant's clock.
func (d *directory) now() time.Time { return d.clock.now() }

// add puts a person into the directory.
func (d *directory) add(p *person) {
	d.people = append(d.people, p)
	d.ids[key(p.id)] = p
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

// drop takes a person out of the directory, as if they had never been there.
func (d *directory) drop(p *person) {
	for _, g := range d.groups {
		g.remove(p)
	}
	if p.deleted.IsZero() {
		d.leave(p)
	}
	d.deleted[key(p.first)]--
	d.people = slices.DeleteFunc(d.people, func(other *person) bool { return other == p })
	delete(d.ids, key(p.id))
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
	}, d.start)
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
	p.settle(d.now())
	delete(d.live, p.liveID())
	p.invited, p.link = append(p.invited, d.now()), ""
	d.live[p.liveID()] = p
	p.expect(d.acceptance, p.invitations())
	if inv.SendInvitationMessage {
		p.mails++
	}
	for _, sponsor := range inv.InvitedUserSponsors {
		p.addSponsor(sponsor.ID)
	}
	return p
}

// draft is the guest that an invitation asks for, not yet in the directory.
func (d *directory) draft(inv Invitation) *person {
	address := key(inv.InvitedUserEmailAddress)
	p := &person{
		first: inv.InvitedUserEmailAddress, id: d.newID(address), mail: inv.InvitedUserEmailAddress, name: inv.displayName(), kind: inv.userType(),
		state: pending, created: d.now(),
	}
	p.stateChanged, p.visible = p.created, p.created.Add(d.replication)
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
	p.settle(d.now())
	p.deleted, p.due = d.now(), time.Time{}
	d.leave(p)
}

// leave takes a person from among those who are there.
func (d *directory) leave(p *person) {
	delete(d.live, p.liveID())
	d.deleted[key(p.first)]++
	if p.kind == guestType || !p.isInternal() {
		d.guests--
	}
	for _, address := range p.addresses() {
		d.disown(p, address)
	}
}

// find returns the people who fit a query, from a place in the order of people on
// and at most a page of them. next is the place to go on from, 0 at the end. People who
// are not replicated yet are not found.
func (d *directory) find(q query) (found []*person, next int) {
	now := d.now()
	candidates := d.people
	if addresses, ok := q.filter.addresses(); ok && !q.deleted {
		candidates = d.ownersOf(addresses)
	}
	for i := q.from; i < len(candidates); i++ {
		p := candidates[i]
		p.settle(now)
		if !p.isVisible(now) || p.deleted.IsZero() == q.deleted || p.isPurged(now) || !q.filter.fits(p) {
			continue
		}
		if len(found) == q.top {
			return found, i
		}
		found = append(found, p)
	}
	return found, 0
}

// byID returns who has an object id, as requests find them: replicated, and not deleted. nil
// is no one.
func (d *directory) byID(id string) *person {
	p := d.ids[key(id)]
	if p == nil || !p.isVisible(d.now()) || !p.deleted.IsZero() {
		return nil
	}
	p.settle(d.now())
	return p
}

// deletedByID returns the deleted person with an object id who can be restored, nil for no
// one.
func (d *directory) deletedByID(id string) *person {
	p := d.ids[key(id)]
	if p == nil || p.deleted.IsZero() || p.isPurged(d.now()) {
		return nil
	}
	return p
}

// group returns the group with an object id or a name, nil for none.
func (d *directory) group(idOrName string) *group {
	for _, g := range d.groups {
		if strings.EqualFold(g.ID, idOrName) || g.Name == idOrName {
			return g
		}
	}
	return nil
}

// shown is a person as [Tenant.People] shows it.
func (d *directory) shown(p *person) Person {
	p.settle(d.now())
	shown := p.shown()
	for _, g := range d.groups {
		if g.has(p) {
			shown.Groups = append(shown.Groups, g.ID)
		}
	}
	shown.Changes.Added, shown.Changes.Removed = maps.Clone(shown.Changes.Added), maps.Clone(shown.Changes.Removed)
	return shown
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

// groupByID returns the group with an object id, nil for none.
func (d *directory) groupByID(id string) *group {
	at := slices.IndexFunc(d.groups, func(g *group) bool { return strings.EqualFold(g.ID, id) })
	if at < 0 {
		return nil
	}
	return d.groups[at]
}
