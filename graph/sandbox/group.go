package sandbox

import (
	"net/http"
	"slices"
	"strings"
)

// Group is a group of a simulated tenant.
type Group struct {
	// Name is the display name. Several groups may have one name.
	Name string
	// ID is the object id. It follows from Name and need not be given.
	ID string
	// Types has Unified for a Microsoft 365 group and DynamicMembership for one whose
	// members follow from Rule.
	Types []string
	Rule  string
	// Synced says that the group comes from on-premises, MailEnabled that it is a
	// distribution list or, with Unified, a Microsoft 365 group, RoleAssignable that roles
	// can be assigned to it, Team that it is a team, and NoGuests that its own setting lets
	// no guests in.
	Synced, MailEnabled, RoleAssignable, Team, NoGuests bool
}

// The groups of [ReadyGroups].
const (
	PartnersGroup = "Partners - Contoso Supply" // a security group
	ProjectGroup  = "Project Aurora"            // a team
	DynamicGroup  = "All guests"                // with dynamic membership
	SyncedGroup   = "Warehouse staff"           // synchronized from on-premises
	ClosedGroup   = "Board"                     // a Microsoft 365 group that lets no guests in
)

// ReadyGroups are groups to practise with: two that guests can be added to, and one each
// of three kinds that they cannot.
func ReadyGroups() []Group {
	return []Group{
		{Name: PartnersGroup},
		{Name: ProjectGroup, Types: []string{unified}, MailEnabled: true, Team: true},
		{Name: DynamicGroup, Types: []string{dynamic}, Rule: `(user.userType -eq "Guest")`},
		{Name: SyncedGroup, Synced: true},
		{Name: ClosedGroup, Types: []string{unified}, MailEnabled: true, NoGuests: true},
	}
}

// ReadyPeople are members of the tenant who are the account managers of the sample lists,
// so that they can be made managers and sponsors of guests.
func ReadyPeople() []Person {
	var all []Person
	for _, name := range []string{"Henrik Solberg", "Idris Kamara", "Maren Oud", "Paola Ricci"} {
		local := strings.ReplaceAll(strings.ToLower(name), " ", ".")
		all = append(all, Person{Address: local + "@" + ownDomainName, Name: name, Type: memberType})
	}
	return all
}

// The types of groups.
const (
	unified = "Unified"
	dynamic = "DynamicMembership"
)

// group is a group as the directory keeps it.
type group struct {
	Group

	members []*person // in the order in which they came
	isIn    map[*person]bool
}

func newGroup(g Group) *group {
	if g.ID == "" {
		g.ID = stableID("group", g.Name)
	}
	return &group{Group: g, isIn: map[*person]bool{}}
}

func (g *group) has(p *person) bool { return g.isIn[p] }

func (g *group) add(p *person) {
	g.members, g.isIn[p] = append(g.members, p), true
}

func (g *group) remove(p *person) {
	delete(g.isIn, p)
	g.members = slices.DeleteFunc(g.members, func(one *person) bool { return one == p })
}

// present are the members who are not deleted.
func (g *group) present() []*person {
	return slices.DeleteFunc(slices.Clone(g.members), func(p *person) bool { return !p.deleted.IsZero() })
}

// groupProperties are what can be selected of a group.
var groupProperties = map[string]func(*group) any{
	"id":                    func(g *group) any { return g.ID },
	"displayName":           func(g *group) any { return g.Name },
	"groupTypes":            func(g *group) any { return append([]string{}, g.Types...) },
	"membershipRule":        func(g *group) any { return orNull(g.Rule) },
	"onPremisesSyncEnabled": func(g *group) any { return trueOrNull[g.Synced] },
	"mailEnabled":           func(g *group) any { return g.MailEnabled },
	"securityEnabled":       func(g *group) any { return !slices.Contains(g.Types, unified) },
	"isAssignableToRole":    func(g *group) any { return trueOrNull[g.RoleAssignable] },
	"assignedLabels":        func(*group) any { return []any{} },
	"resourceProvisioningOptions": func(g *group) any {
		if g.Team {
			return []string{"Team"}
		}
		return []string{}
	},
}

// trueOrNull is how Graph shows what most groups are not.
var trueOrNull = map[bool]any{true: true}

var ofGroups = kind{"group", func(property string) bool { return groupProperties[property] != nil }, []string{"displayName", "groupTypes", "id", "mailEnabled", "securityEnabled"}}

// show is what a query asks of the group.
func (g *group) show(names []string) map[string]any {
	shown := make(map[string]any, len(names))
	for _, name := range names {
		shown[name] = groupProperties[name](g)
	}
	return shown
}

// groupList answers GET /groups (learn.microsoft.com/graph/api/group-list), filtered by the
// display name or the id.
func (t *Tenant) groupList(req Request, r *http.Request) response {
	q, fault := readQuery(r, ofGroups)
	if fault == nil && (q.count || slices.ContainsFunc(q.filter, func(all []term) bool {
		return slices.ContainsFunc(all, func(t term) bool { return t.property != "displayName" && t.property != "id" })
	})) {
		fault = unsupportedQuery("Unsupported or invalid query filter clause specified for a property of resource 'Group'.")
	}
	if fault != nil {
		return t.refuse(req, fault)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	var fitting []map[string]any
	for _, g := range t.directory.groups {
		if q.filter.isEmpty() || slices.ContainsFunc(q.filter, g.fits) {
			fitting = append(fitting, g.show(q.names))
		}
	}
	return t.list(req, r, q, "groups", fitting)
}

// fits reports whether all terms are true of the group. Texts compare without case.
func (g *group) fits(all []term) bool {
	return !slices.ContainsFunc(all, func(t term) bool {
		has, _ := groupProperties[t.property](g).(string)
		return !strings.EqualFold(has, t.value)
	})
}

// sized is a query for pages of the tenant's size.
func (t *Tenant) sized(q query) query {
	if t.cfg.PageSize > 0 {
		q.top = min(q.top, t.cfg.PageSize)
	}
	return q
}

// list answers with a page of objects. t.mu must be held.
func (t *Tenant) list(req Request, r *http.Request, q query, of string, all []map[string]any) response {
	some, next := page(t.sized(q), all)
	return t.answerList(req, q.nextLinkOf(r, next), of, some)
}

// answerList answers with a page, and where the next one is. t.mu must be held.
func (t *Tenant) answerList(req Request, nextLink, of string, some []map[string]any) response {
	body := map[string]any{"@odata.context": metadata + "#" + of, "value": append([]map[string]any{}, some...)}
	if nextLink != "" {
		body["@odata.nextLink"] = nextLink
	}
	req.Status = http.StatusOK
	t.record(req)
	return jsonResponse(req, http.StatusOK, body)
}

// getGroup answers GET /groups/{id}.
func (t *Tenant) getGroup(req Request, r *http.Request, id string) response {
	selected, fault := selectAlone(r, ofGroups)
	if fault != nil {
		return t.refuse(req, fault)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	g := t.directory.groupByID(id)
	if g == nil {
		return t.refuseLocked(req, noSuchUser.about(id))
	}
	shown := g.show(selected)
	shown["@odata.context"] = metadata + "#groups/$entity"
	req.Status = http.StatusOK
	t.record(req)
	return jsonResponse(req, http.StatusOK, shown)
}

// members answers GET /groups/{id}/members (learn.microsoft.com/graph/api/group-list-members).
func (t *Tenant) members(req Request, r *http.Request, id string) response {
	q, fault := readQuery(r, ofUsers)
	if fault == nil && (q.count || !q.filter.isEmpty()) {
		fault = unsupportedQuery("The members of a group can be listed, but not filtered here.")
	}
	if fault != nil {
		return t.refuse(req, fault)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	g := t.directory.groupByID(id)
	if g == nil {
		return t.refuseLocked(req, noSuchUser.about(id))
	}
	some, next := page(t.sized(q), g.present())
	all := q.selectFrom(some, t.isReadable)
	for _, m := range all {
		m["@odata.type"] = "#microsoft.graph.user"
	}
	return t.answerList(req, q.nextLinkOf(r, next), "directoryObjects", all)
}

// The templates of the settings of groups (learn.microsoft.com/graph/group-directory-settings).
const (
	unifiedTemplate = "62375ab9-6b52-47ed-826b-58e47e0e304b"
	guestTemplate   = "08d542b9-071f-4e16-94b0-74abb372e3d9"
)

// groupSettings answers GET /groupSettings.
func (t *Tenant) groupSettings(req Request, _ *http.Request) response {
	if t.cfg.NoGuestsInGroups {
		return t.settings(req, unifiedTemplate)
	}
	return t.settings(req)
}

// settings answers with the one setting that the sandbox has, which forbids guests, from some
// templates.
func (t *Tenant) settings(req Request, templates ...string) response {
	all := []any{}
	for _, template := range templates {
		all = append(all, map[string]any{
			"id": stableID("setting", template), "templateId": template,
			"values": []any{map[string]any{"name": "AllowToAddGuests", "value": "False"}},
		})
	}
	return t.found(req, map[string]any{"@odata.context": metadata + "#groupSettings", "value": all})
}

// settingsOf answers GET /groups/{id}/settings.
func (t *Tenant) settingsOf(req Request, id string) response {
	t.mu.Lock()
	g := t.directory.groupByID(id)
	t.mu.Unlock()
	switch {
	case g == nil:
		return t.refuse(req, noSuchUser.about(id))
	case g.NoGuests:
		return t.settings(req, guestTemplate)
	default:
		return t.settings(req)
	}
}

// addMember carries out POST /groups/{id}/members/$ref.
func (t *Tenant) addMember(req Request, r *http.Request, id string) response {
	refs, fault := readReference(r, "directoryObjects", "users")
	return t.change(req, fault, func(req *Request) *refusal {
		g := t.directory.groupByID(id)
		if g == nil {
			return noSuchUser.about(id)
		}
		p := t.directory.byID(refs[0])
		if p == nil {
			return noSuchUser.about(refs[0])
		}
		return t.join(req, g, []*person{p})
	})
}

// addMembers carries out PATCH /groups/{id}, which sets members@odata.bind alone: all of
// them become members or none does.
func (t *Tenant) addMembers(req Request, r *http.Request, id string) response {
	body, fault := readBody(r)
	var refs []string
	if fault == nil {
		refs, fault = references(r, body, "members@odata.bind", "directoryObjects", "users")
	}
	if fault == nil && len(refs) > maxBind {
		fault = &tooManyLinks
	}
	return t.change(req, fault, func(req *Request) *refusal {
		g := t.directory.groupByID(id)
		if g == nil {
			return noSuchUser.about(id)
		}
		var people []*person
		for _, ref := range refs {
			p := t.directory.byID(ref)
			if p == nil {
				return &notReferable
			}
			people = append(people, p)
		}
		return t.join(req, g, people)
	})
}

// maxBind is how many members one change may add
// (learn.microsoft.com/graph/api/group-post-members).
const maxBind = 20

// join makes people members of a group, or says why none of them is. t.mu must be held.
func (t *Tenant) join(req *Request, g *group, people []*person) *refusal {
	if fault := g.locked(); fault != nil {
		return fault
	}
	seen := map[*person]bool{}
	for _, p := range people {
		switch {
		case g.has(p), seen[p]:
			return addedBefore.about("members")
		case slices.Contains(g.Types, unified) && p.kind == guestType && (g.NoGuests || t.cfg.NoGuestsInGroups):
			return &noGuests
		}
		seen[p] = true
	}
	for _, p := range people {
		g.add(p)
		p.changes.Added = increment(p.changes.Added, g.ID)
		req.Users = append(req.Users, p.id)
	}
	return nil
}

func increment(counts map[string]int, of string) map[string]int {
	if counts == nil {
		counts = map[string]int{}
	}
	counts[of]++
	return counts
}

// locked says why the members of a group cannot be changed, nil where they can.
func (g *group) locked() *refusal {
	switch {
	case slices.Contains(g.Types, dynamic):
		return &keptByRule
	case g.Synced:
		return &keptOnPremises
	case g.MailEnabled && !slices.Contains(g.Types, unified):
		return &keptInExchange
	case g.RoleAssignable:
		return &denied
	default:
		return nil
	}
}

// removeMember carries out DELETE /groups/{id}/members/{id}/$ref.
func (t *Tenant) removeMember(req Request, groupID, userID string) response {
	return t.change(req, nil, func(req *Request) *refusal {
		g, p := t.directory.groupByID(groupID), t.directory.byID(userID)
		switch {
		case g == nil:
			return noSuchUser.about(groupID)
		case p == nil || !g.has(p):
			return noSuchUser.about(userID)
		}
		if fault := g.locked(); fault != nil {
			return fault
		}
		g.remove(p)
		p.changes.Removed = increment(p.changes.Removed, g.ID)
		req.Users = append(req.Users, p.id)
		return nil
	})
}
