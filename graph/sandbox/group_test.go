package sandbox

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"guestlist/internal/assert"
)

// bind is the body that adds members.
func (r room) bind(ids ...string) string {
	var links []string
	for _, id := range ids {
		links = append(links, `"`+r.url+`/directoryObjects/`+id+`"`)
	}
	return `{"members@odata.bind":[` + strings.Join(links, ",") + `]}`
}

// groups are the groups of a person.
func (r room) groups(t *testing.T, id string) []string {
	t.Helper()
	p, known := r.ByID(id)
	if !known {
		t.Fatalf("%s is no one", id)
	}
	return p.Groups
}

// One that is a member already, is unknown, or comes twice keeps all of them out.
func TestMembersAreAddedTogetherOrNotAtAll(t *testing.T) {
	r := furnished(t, Config{})
	nobody := bossID[:35] + "9"
	path := "/groups/" + teamID
	many := make([]string, 21)
	for i := range many {
		many[i] = fmt.Sprintf("00000000-0000-4000-8000-%012d", i)
	}
	added := answer{400, "Request_BadRequest", "already exist for the following modified properties: 'members'", ""}
	checkAnswer(t, r.send(t, http.MethodPatch, path, r.bind(patID, nobody)), answer{400, "Request_BadRequest", "being referenced don't exist", ""})
	checkAnswer(t, r.send(t, http.MethodPatch, path, r.bind(patID, patID)), added)
	checkAnswer(t, r.send(t, http.MethodPatch, path, r.bind(many...)), answer{400, "Request_BadRequest", "more than 20 link changes", ""})
	checkAnswer(t, r.send(t, http.MethodPatch, path, r.bind()), answer{400, "BadRequest", "members@odata.bind", ""})
	checkAnswer(t, r.send(t, http.MethodPatch, path, `{"displayName":"x"}`), answer{400, "BadRequest", "members@odata.bind", ""})
	checkAnswer(t, r.send(t, http.MethodPatch, path, `{"members@odata.bind":["https://graph.microsoft.com/v1.0/directoryObjects/`+patID+`"]}`), answer{400, "Request_BadRequest", "Invalid URL", ""})
	checkAnswer(t, r.send(t, http.MethodPatch, "/groups/"+nobody, r.bind(patID)), answer{404, "Request_ResourceNotFound", nobody, ""})
	assert.Equal(t, "no one is a member", len(r.groups(t, patID)), 0)
	assert.Equal(t, "added", r.send(t, http.MethodPatch, path, r.bind(patID)).status, 204)
	checkAnswer(t, r.send(t, http.MethodPatch, path, r.bind(bossID, patID)), added)
	assert.Equal(t, "all or none", len(r.groups(t, bossID)), 0)
	checkAnswer(t, r.send(t, http.MethodPost, path+"/members/$ref", r.ref("/directoryObjects/"+patID)), added)
	checkAnswer(t, r.send(t, http.MethodPost, path+"/members/$ref", r.ref("/directoryObjects/"+nobody)), answer{404, "Request_ResourceNotFound", nobody, ""})
	assert.Equal(t, "one more", r.send(t, http.MethodPost, path+"/members/$ref", r.ref("/directoryObjects/"+bossID)).status, 204)

	first := decode[found](t, r.get(t, path+"/members?$select=id&$top=1").body)
	assert.Equal(t, "members", first.Value[0]["id"], patID)
	r.Delete("pat@fabrikam.example")
	assert.Equal(t, "the deleted are none", decode[found](t, r.get(t, path+"/members?$select=id").body).Value[0]["id"], bossID)
	p, _ := r.ByID(patID)
	assert.Equal(t, "once", p.Changes.Added, map[string]int{teamID: 1})
}

// The trap of the service: without /$ref the member is deleted.
func TestRemovalWithoutRefDeletesTheUser(t *testing.T) {
	r := furnished(t, Config{})
	path := "/groups/" + teamID
	r.send(t, http.MethodPatch, path, r.bind(patID, bossID))
	assert.Equal(t, "removed", r.send(t, http.MethodDelete, path+"/members/"+patID+"/$ref", "").status, 204)
	checkAnswer(t, r.send(t, http.MethodDelete, path+"/members/"+patID+"/$ref", ""), answer{404, "Request_ResourceNotFound", patID, ""})
	pat, _ := r.ByID(patID)
	assert.Equal(t, "removed from the group alone", []any{pat.Deleted.IsZero(), pat.Groups, pat.Changes.Removed}, []any{true, []string(nil), map[string]int{teamID: 1}})
	assert.Equal(t, "and the other way", r.send(t, http.MethodDelete, path+"/members/"+bossID, "").status, 204)
	boss, _ := r.ByID(bossID)
	assert.Equal(t, "deleted", []any{boss.Deleted.IsZero(), boss.Changes.Deleted}, []any{false, 1})
}

func TestGroupsThatLetNoOneIn(t *testing.T) {
	r := furnished(t, Config{Groups: append(ReadyGroups(), Group{Name: "List", MailEnabled: true}, Group{Name: "Admins", RoleAssignable: true})})
	for name, want := range map[string]string{
		PartnersGroup: "204", ProjectGroup: "204", DynamicGroup: "400 dynamic membership", SyncedGroup: "400 on-premises mastered", ClosedGroup: "403 not allowed to join this Unified Group",
		"List": "400 Cannot Update a mail-enabled", "Admins": "403 Insufficient privileges",
	} {
		g := r.send(t, http.MethodPatch, "/groups/"+stableID("group", name), r.bind(patID))
		status, text, _ := strings.Cut(want, " ")
		if fmt.Sprint(g.status) != status || !strings.Contains(string(g.body), text) {
			t.Errorf("%s: %d %s", name, g.status, g.body)
		}
	}
	closed := "/groups/" + stableID("group", ClosedGroup)
	assert.Equal(t, "a member may", r.send(t, http.MethodPatch, closed, r.bind(bossID)).status, 204)
	if !strings.Contains(string(r.get(t, closed+"/settings").body), `"AllowToAddGuests"`) || strings.Contains(string(r.get(t, "/groupSettings").body), "AllowToAddGuests") {
		t.Error("the setting is not the group's")
	}
	assert.Equal(t, "no such group", r.get(t, "/groups/"+patID+"/settings").status, 404)
}

func TestGroupsAreFiltered(t *testing.T) {
	r := furnished(t, Config{Groups: []Group{{Name: "Partners"}, {Name: "O'Brien"}}})
	count := func(query string) int {
		g := r.get(t, "/groups?"+query)
		if g.status != http.StatusOK {
			return -g.status
		}
		return len(decode[found](t, g.body).Value)
	}
	for query, want := range map[string]int{
		"": 3, "$select=id,displayName": 3, "$top=2": 2,
		"$filter=displayName%20eq%20'partners'": 2, "$filter=displayName%20eq%20'O''Brien'": 1, "$filter=id%20eq%20'" + teamID + "'": 1, "$filter=displayName%20eq%20'x'": 0,
		"$filter=mail%20eq%20'x'": -400, "$filter=nonsense": -400, "$select=mail": -400, "$expand=members": -400,
	} {
		assert.Equal(t, query, count(query), want)
	}
	assert.Equal(t, "one", decode[map[string]any](t, r.get(t, "/groups/"+teamID+"?$select=displayName,securityEnabled,groupTypes,onPremisesSyncEnabled").body), map[string]any{
		"@odata.context": metadata + "#groups/$entity", "displayName": "Partners", "securityEnabled": true, "groupTypes": []any{}, "onPremisesSyncEnabled": nil,
	})
	assert.Equal(t, "no one", r.get(t, "/groups/"+patID).status, 404)
	assert.Equal(t, "not filtered", r.get(t, "/groups/"+teamID+"/members?$filter=id%20eq%20'x'").status, 400)
}
