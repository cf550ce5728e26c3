package sandbox

import (
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// generalize puts {id} in the place of the ids in a path below the root: the second part of
// paths of users, groups and deleted items, and what follows "members".
func generalize(path string) string {
	parts := strings.Split(path, "/") // the first one is ""
	for i := 2; i < len(parts); i++ {
		before := parts[i-1]
		if i == 2 && (before == "users" || before == "groups") && parts[i] != "$count" ||
			i == 3 && before == "deletedItems" && parts[i] != "microsoft.graph.user" ||
			i == 4 && before == "members" && parts[i] != "$ref" {
			parts[i] = "{id}"
		}
	}
	return strings.Join(parts, "/")
}

// handleObject answers what is asked of one user or one group.
func (t *Tenant) handleObject(req Request, r *http.Request) response {
	path := strings.TrimPrefix(r.URL.Path, root)
	parts := strings.Split(path, "/")
	id := parts[min(2, len(parts)-1)]
	switch r.Method + " " + generalize(path) {
	case "GET /users/{id}":
		return t.getUser(req, r, id)
	case "PATCH /users/{id}":
		return t.patchUser(req, r, id)
	case "DELETE /users/{id}":
		return t.deleteUser(req, id)
	case "PUT /users/{id}/manager/$ref":
		return t.setManager(req, r, id)
	case "POST /users/{id}/sponsors/$ref":
		return t.addSponsor(req, r, id)
	case "GET /users/{id}/memberOf", "GET /users/{id}/transitiveMemberOf":
		return t.memberOf(req, r, id, "")
	case "GET /users/{id}/memberOf/microsoft.graph.directoryRole", "GET /users/{id}/transitiveMemberOf/microsoft.graph.directoryRole":
		return t.memberOf(req, r, id, directoryRole)
	case "GET /directory/deletedItems/{id}":
		return t.getDeleted(req, r, parts[3])
	case "GET /groups/{id}":
		return t.getGroup(req, r, id)
	case "GET /groups/{id}/members":
		return t.members(req, r, id)
	case "GET /groups/{id}/settings":
		return t.settingsOf(req, id)
	case "PATCH /groups/{id}":
		return t.addMembers(req, r, id)
	case "POST /groups/{id}/members/$ref":
		return t.addMember(req, r, id)
	case "DELETE /groups/{id}/members/{id}/$ref":
		return t.removeMember(req, id, parts[4])
	case "DELETE /groups/{id}/members/{id}":
		// As in the service: without /$ref this is the member itself.
		return t.deleteUser(req, parts[4])
	default:
		return t.refuse(req, &notFound)
	}
}

// change carries out a change of users and groups, or refuses it. The quota comes first:
// changes that are wrong use it up as well. fault is what is wrong with the request by itself,
// act makes the change under t.mu, and notes whom it changed.
func (t *Tenant) change(req Request, fault *refusal, act func(*Request) *refusal) response {
	v := t.writes.admit(time.Since(t.start))
	if v.wait > 0 {
		fault = throttled(int(math.Ceil(v.wait.Seconds())))
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if fault == nil {
		fault = act(&req)
	}
	if fault != nil {
		req.Users = nil
		return t.refuseLocked(req, fault).withLoad(v.share)
	}
	req.Status = http.StatusNoContent
	t.record(req)
	return noContent(req).withLoad(v.share)
}

// refuseLocked is refuse where t.mu is held.
func (t *Tenant) refuseLocked(req Request, why *refusal) response {
	req.Status = why.status
	t.record(req)
	return refusalResponse(req, why, t.Now())
}

// references reads the ids of objects that a body names by their URLs, in one property and
// no other. The URLs must be at this tenant's own root, and in one of some collections.
func references(r *http.Request, body map[string]any, property string, collections ...string) ([]string, *refusal) {
	var links []any
	switch value := body[property].(type) {
	case string:
		if property == "@odata.id" {
			links = []any{value}
		}
	case []any:
		if property != "@odata.id" {
			links = value
		}
	}
	if len(links) == 0 || len(body) != 1 {
		return nil, badRequest("The request must have '" + property + "', and nothing else.")
	}
	ids := make([]string, len(links))
	for i, link := range links {
		text, _ := link.(string)
		path, ours := strings.CutPrefix(text, baseURL(r)+root+"/")
		collection, id, _ := strings.Cut(path, "/")
		if !ours || !slices.Contains(collections, collection) || !areObjects([]Reference{{ID: id}}) {
			return nil, foreignReference.about(text)
		}
		ids[i] = id
	}
	return ids, nil
}

// selectAlone reads the query of a request for one object, which may have $select alone.
func selectAlone(r *http.Request, of kind) ([]string, *refusal) {
	options, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, badRequest("The query cannot be read: " + err.Error())
	}
	for option := range options {
		if option != "$select" {
			return nil, unsupportedQuery("The query option '" + option + "' is not supported.")
		}
	}
	return of.readSelect(options.Get("$select"))
}

// getUser answers GET /users/{id} (learn.microsoft.com/graph/api/user-get).
func (t *Tenant) getUser(req Request, r *http.Request, id string) response {
	names, fault := selectAlone(r, ofUsers)
	if fault != nil {
		return t.refuse(req, fault)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.directory.byID(id)
	if p == nil {
		return t.refuseLocked(req, noSuchUser.about(id))
	}
	req.Address = key(p.mail)
	return t.show(req, p, names, "users")
}

// ofObjects are the properties that objects of every kind have. Which kind it is, Graph does not
// know before it has found the object.
var ofObjects = kind{"directoryObject", func(property string) bool { return property == "id" || property == "deletedDateTime" }, append([]string{"deletedDateTime"}, defaults...)}

// getDeleted answers GET /directory/deletedItems/{id}
// (learn.microsoft.com/graph/api/directory-deleteditems-get).
func (t *Tenant) getDeleted(req Request, r *http.Request, id string) response {
	names, fault := selectAlone(r, ofObjects)
	if fault != nil {
		return t.refuse(req, fault)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.directory.deletedByID(id)
	if p == nil {
		return t.refuseLocked(req, noSuchUser.about(id))
	}
	return t.show(req, p, names, "directoryObjects")
}

// show answers with one user. t.mu must be held.
func (t *Tenant) show(req Request, p *person, names []string, of string) response {
	body := query{names: names}.selectFrom([]*person{p}, t.isReadable)[0]
	body["@odata.context"] = metadata + "#" + of + "/$entity"
	req.Status = http.StatusOK
	t.record(req)
	return jsonResponse(req, http.StatusOK, body)
}

const directoryRole = "#microsoft.graph.directoryRole"

// memberOf answers with what a user is a member of, or of one type alone. A cast asks the
// index, which needs ConsistencyLevel: eventual
// (learn.microsoft.com/graph/api/user-list-transitivememberof).
func (t *Tenant) memberOf(req Request, r *http.Request, id, kind string) response {
	q, fault := readQuery(r, ofGroups)
	if fault == nil && kind != "" && !isEventual(r) {
		fault = unsupportedQuery("The request uses a cast, which needs ConsistencyLevel: eventual.")
	}
	if fault != nil {
		return t.refuse(req, fault)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.directory.byID(id)
	if p == nil {
		return t.refuseLocked(req, noSuchUser.about(id))
	}
	all := []map[string]any{}
	for _, role := range p.roles {
		all = append(all, map[string]any{"@odata.type": directoryRole, "id": stableID("role", role)})
	}
	for _, g := range t.directory.groups {
		if kind == "" && g.has(p) {
			shown := g.show(q.names)
			shown["@odata.type"] = "#microsoft.graph.group"
			all = append(all, shown)
		}
	}
	return t.list(req, r, q, "directoryObjects", all)
}

// changeUser changes the user with an id, as far as Graph lets anyone.
func (t *Tenant) changeUser(req Request, fault *refusal, id string, act func(*person) *refusal) response {
	return t.change(req, fault, func(req *Request) *refusal {
		p := t.directory.byID(id)
		if p == nil {
			return noSuchUser.about(id)
		}
		req.Address, req.Users = key(p.mail), []string{p.id}
		if len(p.roles) > 0 {
			return &denied
		}
		return act(p)
	})
}

// patchUser carries out PATCH /users/{id} (learn.microsoft.com/graph/api/user-update).
func (t *Tenant) patchUser(req Request, r *http.Request, id string) response {
	body, fault := readBody(r)
	var change map[string]string
	if fault == nil {
		change, fault = readChange(body)
	}
	return t.changeUser(req, fault, id, func(p *person) *refusal {
		if p.attributes == nil {
			p.attributes = map[string]string{}
		}
		for name, value := range change {
			p.attributes[name] = value
			if value == "" {
				delete(p.attributes, name)
			}
		}
		p.changes.Attributes++
		return nil
	})
}

// deleteUser carries out DELETE /users/{id} (learn.microsoft.com/graph/api/user-delete).
func (t *Tenant) deleteUser(req Request, id string) response {
	return t.changeUser(req, nil, id, func(p *person) *refusal {
		t.directory.delete(p)
		p.changes.Deleted++
		return nil
	})
}

// setManager carries out PUT /users/{id}/manager/$ref
// (learn.microsoft.com/graph/api/user-post-manager).
func (t *Tenant) setManager(req Request, r *http.Request, id string) response {
	refs, fault := readReference(r, "users", "directoryObjects")
	return t.changeUser(req, fault, id, func(p *person) *refusal {
		manager := t.directory.byID(refs[0])
		if manager == nil {
			return noSuchUser.about(refs[0])
		}
		p.manager = manager.id
		p.changes.Manager++
		return nil
	})
}

// addSponsor carries out POST /users/{id}/sponsors/$ref
// (learn.microsoft.com/graph/api/user-post-sponsors).
func (t *Tenant) addSponsor(req Request, r *http.Request, id string) response {
	refs, fault := readReference(r, "users", "groups", "directoryObjects")
	return t.changeUser(req, fault, id, func(p *person) *refusal {
		switch sponsor := refs[0]; {
		case t.directory.byID(sponsor) == nil && t.directory.groupByID(sponsor) == nil:
			return noSuchUser.about(sponsor)
		case p.hasSponsor(sponsor):
			return addedBefore.about("sponsors")
		case len(p.sponsors) >= maxSponsors:
			return &tooManySponsors
		default:
			p.addSponsor(sponsor)
			p.changes.Sponsors++
			return nil
		}
	})
}

// readReference reads a body that names one object.
func readReference(r *http.Request, collections ...string) ([]string, *refusal) {
	body, fault := readBody(r)
	if fault != nil {
		return nil, fault
	}
	return references(r, body, "@odata.id", collections...)
}
