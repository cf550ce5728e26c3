package auth

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"guestlist/internal/secret"
	"guestlist/internal/text"
)

// Claims are what a token says about itself
// (learn.microsoft.com/entra/identity-platform/access-token-claims-reference).
// guestlist reads them to tell people what they are about to do, and bases no
// decision about access on them: Graph alone verifies tokens.
type Claims struct {
	// Tenant is the tenant's id.
	Tenant string `json:"tid"`
	// App is the application's id, AppName its display name where given.
	App     string `json:"appid"`
	AppName string `json:"app_displayname"`
	// User is the signed-in person, "" for an app alone.
	User string `json:"upn"`
	// Kind is "app" or "user", "" where the token does not say.
	Kind string `json:"idtyp"`
	// Scopes are the permissions of a delegated token, separated by spaces;
	// Roles those of an app.
	Scopes string   `json:"scp"`
	Roles  []string `json:"roles"`
	// Admins are the ids of the directory roles that the person holds.
	Admins []string `json:"wids"`
	// Audience is what the token is for, Expires when it ends; zero where it does not say.
	Audience string    `json:"-"`
	Expires  time.Time `json:"-"`
}

// ReadClaims reads the claims of a JSON Web Token without verifying it. An opaque
// token has none.
func ReadClaims(token secret.Text) Claims {
	var c Claims
	parts := strings.Split(token.Reveal(), ".")
	if len(parts) != 3 {
		return c
	}
	body, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil || json.Unmarshal(body, &c) != nil {
		return Claims{}
	}
	var lenient struct { // an odd one of these must not cost the others
		Audience any `json:"aud"`
		Expires  any `json:"exp"`
	}
	_ = json.Unmarshal(body, &lenient) // it could be read above
	c.Audience, _ = lenient.Audience.(string)
	if seconds, ok := lenient.Expires.(float64); ok && seconds > 0 && seconds < 1e11 {
		c.Expires = time.Unix(int64(seconds), 0)
	}
	for _, s := range []*string{&c.Tenant, &c.App, &c.AppName, &c.User, &c.Audience} {
		*s = text.Line(*s) // they are shown on terminals
	}
	return c
}

// Readable reports whether the token said anything.
func (c Claims) Readable() bool { return c.Tenant != "" || c.App != "" || len(c.Permissions()) > 0 }

// AppOnly reports whether an app signed in without a person. Tokens without the
// claim idtyp count as an app's when they have roles and no scopes.
func (c Claims) AppOnly() bool {
	return c.Kind == "app" || c.Kind == "" && c.Scopes == "" && c.User == "" && c.Roles != nil
}

// Delegated reports whether a person signed in.
func (c Claims) Delegated() bool {
	return !c.AppOnly() && (c.Kind == "user" || c.Scopes != "" || c.User != "")
}

// Permissions returns the names of the token's permissions: its roles for an app,
// else its scopes.
func (c Claims) Permissions() []string {
	if c.AppOnly() {
		return c.Roles
	}
	return strings.Fields(c.Scopes)
}

// globalAdministrator is the id of that role in every tenant
// (learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference).
const globalAdministrator = "62e90394-69f5-4237-9190-012177145e10"

// GlobalAdministrator reports whether the person administers the whole tenant.
func (c Claims) GlobalAdministrator() bool { return slices.Contains(c.Admins, globalAdministrator) }
