package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"guestlist/internal/assert"
)

const (
	patID  = "22222222-2222-4222-8222-222222222222"
	bossID = "33333333-3333-4333-8333-333333333333"
	teamID = "11111111-1111-4111-8111-111111111111"
)

func (r room) send(t *testing.T, method, path, body string) got {
	t.Helper()
	req := request(t, method, r.url+path, body)
	req.Header.Set("Content-Type", "application/json")
	return r.do(req)
}

// ref is a body that names an object of the tenant.
func (r room) ref(path string) string { return `{"@odata.id":"` + r.url + path + `"}` }

// furnished is a tenant with a guest, a member and a security group.
func furnished(t *testing.T, cfg Config) room {
	t.Helper()
	cfg.Record = true
	cfg.People = append(cfg.People, Person{ID: patID, Address: "pat@fabrikam.example"}, Person{ID: bossID, Address: "boss@contoso-mail.example", Type: "Member"})
	cfg.Groups = append(cfg.Groups, Group{ID: teamID, Name: "Partners"})
	return serve(t, cfg)
}

func TestOneUser(t *testing.T) {
	r := furnished(t, Config{})
	g := r.get(t, "/users/"+strings.ToUpper(patID)+"?$select=id,companyName,employeeOrgData,onPremisesExtensionAttributes,externalUserState")
	body := decode[map[string]any](t, g.body)
	assert.Equal(t, "nothing is set", []any{body["id"], body["companyName"], body["employeeOrgData"], body["externalUserState"]}, []any{patID, nil, nil, "PendingAcceptance"})
	extensions, _ := body["onPremisesExtensionAttributes"].(map[string]any)
	assert.Equal(t, "extension attributes", len(extensions), 15)

	change := `{"companyName":"Fabrikam","usageLocation":"NL","employeeOrgData":{"division":"Sales","costCenter":"7"},"onPremisesExtensionAttributes":{"extensionAttribute2":"x"}}`
	done := r.send(t, http.MethodPatch, "/users/"+patID, change)
	assert.Equal(t, "changed", fmt.Sprint(done.status, len(done.body), done.header.Get("Request-Id") != ""), "204 0 true")
	// employeeOrgData is replaced, the extension attributes are added to.
	r.send(t, http.MethodPatch, "/users/"+patID, `{"employeeOrgData":{"division":"Legal"},"onPremisesExtensionAttributes":{"extensionAttribute3":"y"},"companyName":null}`)
	p, _ := r.ByID(patID)
	assert.Equal(t, "attributes", p.Attributes, map[string]string{"usageLocation": "NL", "division": "Legal", "extensionAttribute2": "x", "extensionAttribute3": "y"})
	assert.Equal(t, "changes", p.Changes.Attributes, 2)

	assert.Equal(t, "manager", r.send(t, http.MethodPut, "/users/"+patID+"/manager/$ref", r.ref("/users/"+bossID)).status, http.StatusNoContent)
	assert.Equal(t, "sponsor", r.send(t, http.MethodPost, "/users/"+patID+"/sponsors/$ref", r.ref("/users/"+bossID)).status, http.StatusNoContent)
	assert.Equal(t, "a group", r.send(t, http.MethodPost, "/users/"+patID+"/sponsors/$ref", r.ref("/groups/"+teamID)).status, http.StatusNoContent)
	checkAnswer(t, r.send(t, http.MethodPost, "/users/"+patID+"/sponsors/$ref", r.ref("/users/"+bossID)), answer{400, "Request_BadRequest", "references already exist for the following modified properties: 'sponsors'", ""})

	assert.Equal(t, "deleted", r.send(t, http.MethodDelete, "/users/"+patID, "").status, http.StatusNoContent)
	checkAnswer(t, r.get(t, "/users/"+patID), answer{404, "Request_ResourceNotFound", "Resource '" + patID + "' does not exist", ""})
	gone := decode[map[string]any](t, r.get(t, "/directory/deletedItems/"+patID).body)
	assert.Equal(t, "deleted item", gone["id"], patID)
	if _, err := time.Parse(time.RFC3339, fmt.Sprint(gone["deletedDateTime"])); err != nil {
		t.Error(err)
	}
	checkAnswer(t, r.get(t, "/directory/deletedItems/"+patID+"?$select=id,mail"), answer{400, "BadRequest", "named 'mail' on type 'microsoft.graph.directoryObject'", ""})
	checkAnswer(t, r.get(t, "/directory/deletedItems/"+bossID), answer{404, "Request_ResourceNotFound", bossID, ""})
	r.Advance(restorable + time.Hour)
	checkAnswer(t, r.get(t, "/directory/deletedItems/"+patID), answer{404, "Request_ResourceNotFound", patID, ""})

	last := r.Requests()[len(r.Requests())-6]
	assert.Equal(t, "on record", []any{last.Method, last.Status, last.Users, last.Address}, []any{"DELETE", 204, []string{patID}, "pat@fabrikam.example"})
}

func TestChangesOfUsersThatAreRefused(t *testing.T) {
	r := furnished(t, Config{People: []Person{{ID: teamID[:35] + "2", Address: "admin@fabrikam.example", Roles: []string{"Helpdesk Administrator"}}}})
	invalid := func(property string) answer {
		return answer{400, "Request_BadRequest", "Invalid value specified for property '" + property + "'", ""}
	}
	unknown := answer{400, "BadRequest", "does not exist on type", ""}
	for body, want := range map[string]answer{
		`{"companyName":"` + strings.Repeat("x", 65) + `"}`: invalid("companyName"),
		`{"employeeId":"12345678901234567"}`:                invalid("employeeId"),
		`{"usageLocation":"nl"}`:                            invalid("usageLocation"),
		`{"usageLocation":null}`:                            invalid("usageLocation"),
		`{"companyName":""}`:                                invalid("companyName"),
		`{"companyName":7}`:                                 invalid("companyName"),
		`{"onPremisesExtensionAttributes":{"extensionAttribute1":"` + strings.Repeat("x", 1025) + `"}}`: invalid("extensionAttribute1"),
		`{"onPremisesExtensionAttributes":{"extensionAttribute16":"x"}}`:                                unknown,
		`{"employeeOrgData":null}`:      unknown,
		`{"CompanyName":"x"}`:           unknown,
		`{"displayName":"x"}`:           unknown,
		`{"jobTitle":"x","nonsense":1}`: unknown,
		`{}`:                            {400, "BadRequest", "Unable to read JSON", ""},
		`[]`:                            {400, "BadRequest", "Unable to read JSON", ""},
	} {
		checkAnswer(t, r.send(t, http.MethodPatch, "/users/"+patID, body), want)
	}
	const set = `{"companyName":"x"}`
	checkAnswer(t, r.send(t, http.MethodPatch, "/users/"+bossID[:35]+"9", set), answer{404, "Request_ResourceNotFound", "", ""})
	admin := "/users/" + teamID[:35] + "2"
	checkAnswer(t, r.send(t, http.MethodPatch, admin, set), answer{403, "Authorization_RequestDenied", "", ""})
	checkAnswer(t, r.send(t, http.MethodDelete, admin, ""), answer{403, "Authorization_RequestDenied", "", ""})
	checkAnswer(t, r.do(request(t, http.MethodPatch, r.url+"/users/"+patID, set)), answer{400, "BadRequest", "Content-Type", ""})
	for body, want := range map[string]answer{
		`{"@odata.id":"https://graph.microsoft.com/v1.0/users/` + bossID + `"}`: {400, "Request_BadRequest", "Invalid URL", ""}, // another cloud's
		r.ref("/users/" + bossID + "/manager"):                                  {400, "Request_BadRequest", "Invalid URL", ""},
		r.ref("/users/boss@contoso-mail.example"):                               {400, "Request_BadRequest", "Invalid URL", ""},
		r.ref("/applications/" + bossID):                                        {400, "Request_BadRequest", "Invalid URL", ""},
		r.ref("/users/" + bossID[:35] + "9"):                                    {404, "Request_ResourceNotFound", bossID[:35] + "9", ""},
		`{"@odata.id":["x"]}`:                                                   {400, "BadRequest", "@odata.id", ""},
		`{"@odata.id":"x","y":1}`:                                               {400, "BadRequest", "@odata.id", ""},
	} {
		checkAnswer(t, r.send(t, http.MethodPut, "/users/"+patID+"/manager/$ref", body), want)
	}
	for i := range 5 {
		r.directory.ids[patID].addSponsor(fmt.Sprint(i))
	}
	checkAnswer(t, r.send(t, http.MethodPost, "/users/"+patID+"/sponsors/$ref", r.ref("/users/"+bossID)), answer{400, "Request_BadRequest", "5 sponsors", ""})
	for _, path := range []string{"/users/" + patID + "/manager", "/users/" + patID + "/photo", "/users/" + patID + "/"} {
		checkAnswer(t, r.send(t, http.MethodPut, path, set), answer{404, "UnknownError", "404", ""})
	}
	pat, _ := r.ByID(patID)
	assert.Equal(t, "nothing was changed", []any{pat.Attributes, pat.Manager, pat.Changes}, []any{map[string]string(nil), "", Changes{}})
	for _, req := range r.Requests() {
		assert.Equal(t, req.Method+" "+req.Path, req.Users, []string(nil))
	}
}

// A new guest can be neither read nor changed by id before the directory has them everywhere.
func TestReplicationHoldsForIDs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tenant := New(Config{Replication: time.Minute, Groups: []Group{{ID: teamID, Name: "Partners"}}})
		invited(t, tenant, "pat@fabrikam.example")
		id := userID("pat@fabrikam.example")
		statuses := func() (all []string) {
			for _, one := range [][3]string{
				{http.MethodGet, "/users/" + id, ""},
				{http.MethodPatch, "/users/" + id, `{"companyName":"x"}`},
				{http.MethodPost, "/groups/" + teamID + "/members/$ref", `{"@odata.id":"http://example.com/v1.0/directoryObjects/` + id + `"}`},
				{http.MethodPatch, "/groups/" + teamID, `{"members@odata.bind":["http://example.com/v1.0/directoryObjects/` + id + `"]}`},
				{http.MethodDelete, "/users/" + id, ""},
			} {
				req := request(t, one[0], "http://example.com"+root+one[1], one[2])
				req.Header.Set("Content-Type", "application/json")
				resp := direct(tenant, req)
				var e envelope
				_ = json.NewDecoder(resp.Body).Decode(&e)
				_ = resp.Body.Close()
				all = append(all, strings.TrimSpace(fmt.Sprint(resp.StatusCode, " ", e.Error.Code)))
			}
			return all
		}
		pass(time.Minute - 1)
		const missing = "404 Request_ResourceNotFound"
		assert.Equal(t, "just before", statuses(), []string{missing, missing, missing, "400 Request_BadRequest", missing})
		pass(time.Nanosecond)
		assert.Equal(t, "then", statuses(), []string{"200", "204", "204", "400 Request_BadRequest", "204"})
	})
}

// As documented: the quota is one of changes, and each item of a $batch counts.
func TestQuotaOfWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tenant := New(Config{WriteQuota: 3, WriteWindow: 10 * time.Second, People: []Person{{ID: patID, Address: "pat@fabrikam.example"}}})
		batch := func(method, body string) (statuses []string) {
			var items []string
			for i := range 5 {
				items = append(items, fmt.Sprintf(`{"id":"%d","method":%q,"url":"/users/%s","headers":{"Content-Type":"application/json"}%s}`, i, method, patID, body))
			}
			req := request(t, http.MethodPost, root+"/$batch", `{"requests":[`+strings.Join(items, ",")+`]}`)
			resp := direct(tenant, req)
			defer func() { _ = resp.Body.Close() }()
			var answers batchAnswers
			if err := json.NewDecoder(resp.Body).Decode(&answers); err != nil {
				t.Fatal(err)
			}
			for _, a := range answers.Responses {
				statuses = append(statuses, strings.TrimSpace(fmt.Sprint(a.Status, " ", a.Headers["Retry-After"])))
			}
			return statuses
		}
		assert.Equal(t, "reads are free", batch(http.MethodGet, ""), []string{"200", "200", "200", "200", "200"})
		const change = `,"body":{"companyName":"x"}`
		assert.Equal(t, "changes", batch(http.MethodPatch, change), []string{"204", "204", "204", "429 10", "429 10"})
		invited(t, tenant, "bo@fabrikam.example") // has a quota of its own
		pass(10 * time.Second)
		assert.Equal(t, "later", batch(http.MethodPatch, change)[:2], []string{"204", "204"})
		p, _ := tenant.ByID(patID)
		assert.Equal(t, "done", p.Changes.Attributes, 6)
	})
}

func TestForbiddenPaths(t *testing.T) {
	r := furnished(t, Config{Forbidden: []string{"DELETE /users/{id}", "/groups/{id}/members", "PATCH /groups/" + teamID}})
	for _, test := range []struct {
		method, path string
		status       int
	}{
		{http.MethodDelete, "/users/" + patID, 403},
		{http.MethodGet, "/users/" + patID, 200},
		{http.MethodGet, "/groups/" + teamID + "/members", 403},
		{http.MethodGet, "/groups/" + teamID, 200},
		{http.MethodPatch, "/groups/" + teamID, 403},
		{http.MethodDelete, "/groups/" + teamID + "/members/" + patID + "/$ref", 404},
		{http.MethodGet, "/users", 200},
		{http.MethodGet, "/directory/deletedItems/microsoft.graph.user", 200},
	} {
		assert.Equal(t, test.method+" "+test.path, r.send(t, test.method, test.path, "").status, test.status)
	}
}

func TestMemberOf(t *testing.T) {
	r := furnished(t, Config{PageSize: 1, People: []Person{{ID: teamID[:35] + "2", Address: "admin@fabrikam.example", Roles: []string{"A", "B"}, Groups: []string{teamID}}}})
	of := "/users/" + teamID[:35] + "2/"
	var kinds []any
	for path := of + "transitiveMemberOf?$select=id"; path != ""; {
		body := decode[struct {
			Value []map[string]any `json:"value"`
			Next  string           `json:"@odata.nextLink"`
		}](t, r.get(t, path).body)
		for _, o := range body.Value {
			kinds = append(kinds, o["@odata.type"])
		}
		path = strings.TrimPrefix(body.Next, r.url)
	}
	assert.Equal(t, "all", kinds, []any{directoryRole, directoryRole, "#microsoft.graph.group"})
	cast := of + "memberOf/microsoft.graph.directoryRole"
	checkAnswer(t, r.get(t, cast), answer{400, "Request_UnsupportedQuery", "ConsistencyLevel", ""})
	req := request(t, http.MethodGet, r.url+cast, "")
	req.Header.Set("ConsistencyLevel", "eventual")
	assert.Equal(t, "a cast", r.do(req).status, 200)
}

func TestCutConnections(t *testing.T) {
	r := furnished(t, Config{Cut: func(r *http.Request) bool { return r.Method == http.MethodDelete }})
	if g := r.send(t, http.MethodDelete, "/users/"+patID, ""); g.err == nil {
		t.Errorf("answered %d", g.status)
	}
	p, _ := r.ByID(patID)
	assert.Equal(t, "deleted all the same", p.Changes.Deleted, 1)
}

// Whatever the body is, it changes what it names or nothing.
func FuzzReadChange(f *testing.F) {
	f.Add(`{"companyName":"Fabrikam","employeeOrgData":{"division":"Sales"}}`)
	f.Add(`{"onPremisesExtensionAttributes":{"extensionAttribute1":null}}`)
	f.Add(`{"companyName":{"x":[]}}`)
	f.Fuzz(func(t *testing.T, text string) {
		var body map[string]any
		if json.Unmarshal([]byte(text), &body) != nil {
			return
		}
		change, fault := readChange(body)
		if fault != nil && change != nil {
			t.Errorf("%s: refused, and changes %v", text, change)
		}
		known := map[string]bool{}
		for _, name := range Attributes() {
			known[name] = true
		}
		for name := range change {
			if !known[name] {
				t.Errorf("%s: changes %q", text, name)
			}
		}
	})
}
