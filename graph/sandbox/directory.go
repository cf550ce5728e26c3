package sandbox

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
)

// ownDomainName is the verified domain of every simulated tenant.
const ownDomainName = "contoso.example"

// organization answers GET /organization
// (learn.microsoft.com/graph/api/organization-list).
func (t *Tenant) organization(seen Request, query url.Values) exchange {
	selected, names, fault := selectOf("organization", query, map[string]any{
		"id":              TenantID,
		"displayName":     "Contoso (simulated)",
		"verifiedDomains": []any{map[string]any{"name": ownDomainName, "isDefault": true, "isInitial": false}},
	})
	if fault != nil {
		return t.refuse(seen, fault)
	}
	return t.found(seen, map[string]any{
		"@odata.context": metadata + "#organization" + names, "value": []any{selected},
	})
}

// authorizationPolicy answers GET /policies/authorizationPolicy
// (learn.microsoft.com/graph/api/authorizationpolicy-get).
func (t *Tenant) authorizationPolicy(seen Request, query url.Values) exchange {
	allowed := t.cfg.AllowInvitesFrom
	if allowed == "" {
		allowed = "everyone"
	}
	selected, names, fault := selectOf("authorizationPolicy", query, map[string]any{
		"id": "authorizationPolicy", "displayName": "Authorization Policy", "allowInvitesFrom": allowed,
	})
	if fault != nil {
		return t.refuse(seen, fault)
	}
	selected["@odata.context"] = metadata + "#policies/authorizationPolicy" + names + "/$entity"
	return t.found(seen, selected)
}

// selectOf takes the properties that $select names, or all of them. names is
// their list the way an answer's context shows it.
func selectOf(kind string, query url.Values, object map[string]any) (selected map[string]any, names string, fault *refusal) {
	for option := range query {
		if option != "$select" {
			return nil, "", unsupportedQuery("The query option '" + option + "' is not supported.")
		}
	}
	if !query.Has("$select") {
		return object, "", nil
	}
	selected = make(map[string]any)
	for name := range strings.SplitSeq(query.Get("$select"), ",") {
		value, known := object[name]
		if !known {
			return nil, "", badRequest("Parsing OData Select and Expand failed: Could not find a property named '" + name + "' on type 'microsoft.graph." + kind + "'.")
		}
		selected[name] = value
	}
	return selected, "(" + query.Get("$select") + ")", nil
}

// found records a request that changed nothing, and answers it.
func (t *Tenant) found(seen Request, body any) exchange {
	seen.Status = http.StatusOK
	t.mu.Lock()
	t.record(seen)
	t.mu.Unlock()
	return t.reply(seen, http.StatusOK, body)
}

// Token returns a bearer token of the shape that Entra gives to an app with the
// permissions that guestlist uses. It is signed by nobody and worth nothing
// outside of a simulated tenant.
func Token() string {
	const claims = `{"aud":"https://graph.microsoft.com","tid":"` + TenantID + `","appid":"00000000-0000-0000-0000-000000000000",` +
		`"app_displayname":"guestlist sandbox","idtyp":"app",` +
		`"roles":["Organization.Read.All","Policy.Read.All","User.Invite.All","User.Read.All"]}`
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + encode([]byte(claims)) + "."
}
