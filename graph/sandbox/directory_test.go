package sandbox

import (
	"net/http"
	"testing"

	"guestlist/internal/assert"
)

func (r room) get(t *testing.T, path string) got {
	t.Helper()
	return r.do(request(t, http.MethodGet, r.url+path, ""))
}

func TestOrganization(t *testing.T) {
	r := serve(t, Config{Record: true})
	g := r.get(t, "/organization?$select=id,displayName")
	assert.Equal(t, "status", g.status, http.StatusOK)
	assert.Equal(t, "body", string(g.body), `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#organization(id,displayName)",`+
		`"value":[{"displayName":"Contoso (simulated)","id":"`+TenantID+`"}]}`)
	assert.Equal(t, "requests on record", len(r.Requests()), 1)
	assert.Equal(t, "recorded status", r.Requests()[0].Status, http.StatusOK)
	all := decode[struct{ Value []map[string]any }](t, r.get(t, "/organization").body)
	assert.Equal(t, "properties without $select", len(all.Value[0]), 3)
}

func TestAuthorizationPolicy(t *testing.T) {
	for set, want := range map[string]string{"": "everyone", "none": "none"} {
		r := serve(t, Config{AllowInvitesFrom: set})
		g := r.get(t, "/policies/authorizationPolicy?$select=allowInvitesFrom")
		assert.Equal(t, "body", string(g.body), `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#policies/authorizationPolicy(allowInvitesFrom)/$entity",`+
			`"allowInvitesFrom":"`+want+`"}`)
	}
}

func TestDirectoryRefuses(t *testing.T) {
	r := serve(t, Config{Forbidden: []string{"/policies/authorizationPolicy", "/users"}})
	for path, want := range map[string]int{
		"/organization?$select=name":            http.StatusBadRequest,
		"/organization?$top=1":                  http.StatusBadRequest,
		"/organizations":                        http.StatusNotFound,
		"/policies/authorizationPolicy":         http.StatusForbidden,
		"/users?$filter=mail+eq+'a@b.example'":  http.StatusForbidden,
		"/policies/authorizationPolicy/nothing": http.StatusNotFound,
	} {
		assert.Equal(t, path, r.get(t, path).status, want)
	}
	assert.Equal(t, "POST", r.do(request(t, http.MethodPost, r.url+"/organization", "{}")).status, http.StatusNotFound)
	assert.Equal(t, "invitations go on", r.post(t, ask("a@fabrikam.example")).status, http.StatusCreated)
}

func TestTokenIsTaken(t *testing.T) {
	r := serve(t, Config{Token: Token()})
	req := request(t, http.MethodGet, r.url+"/organization", "")
	req.Header.Set("Authorization", "Bearer "+Token())
	assert.Equal(t, "status", r.do(req).status, http.StatusOK)
}
