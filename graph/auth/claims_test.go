package auth

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"guestlist/internal/secret"
)

func TestReadClaims(t *testing.T) {
	token := jwt(map[string]any{
		"tid": tenantID, "appid": clientID, "app_displayname": "Inviter\x1b[2J", "upn": "pat@contoso.example",
		"aud": "https://graph.microsoft.com", "exp": 1760000000,
		"idtyp": "user", "scp": "User.Invite.All User.Read.All", "wids": []string{globalAdministrator},
	})
	want := Claims{
		Tenant: tenantID, App: clientID, AppName: "Inviter\ufffd[2J", User: "pat@contoso.example",
		Kind: "user", Scopes: "User.Invite.All User.Read.All", Admins: []string{globalAdministrator},
		Audience: "https://graph.microsoft.com", Expires: time.Unix(1760000000, 0),
	}
	got := ReadClaims(secret.New(token))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !got.Readable() || !got.Delegated() || got.AppOnly() || !got.GlobalAdministrator() {
		t.Errorf("%+v", got)
	}
	for _, opaque := range []string{"", "a.b", "a.!.c", "a.bm90IGpzb24.c", jwt(map[string]any{"roles": "User.Invite.All"})} {
		got := ReadClaims(secret.New(opaque))
		if diff := cmp.Diff(Claims{}, got); diff != "" || got.Readable() || got.AppOnly() || got.Delegated() {
			t.Errorf("%q: got %+v", opaque, got)
		}
	}
}

func TestAppOrPerson(t *testing.T) {
	for name, test := range map[string]struct {
		claims      Claims
		app, person bool
		permissions string
	}{
		"app that says so":        {Claims{Kind: "app", Roles: []string{"User.Invite.All"}}, true, false, "User.Invite.All"},
		"app without permissions": {Claims{Tenant: "t", Kind: "app"}, true, false, ""},
		"older app":               {Claims{Roles: []string{"A", "B"}}, true, false, "A B"},
		"person that says so":     {Claims{Kind: "user", Scopes: "A  B", Roles: []string{"C"}}, false, true, "A B"},
		"older person":            {Claims{User: "pat@contoso.example"}, false, true, ""},
		"who knows":               {Claims{Tenant: "t"}, false, false, ""},
	} {
		c := test.claims
		if c.AppOnly() != test.app || c.Delegated() != test.person || strings.Join(c.Permissions(), " ") != test.permissions {
			t.Errorf("%s: app %t, person %t, %q", name, c.AppOnly(), c.Delegated(), c.Permissions())
		}
	}
}

func FuzzReadClaims(f *testing.F) {
	f.Add(jwt(map[string]any{"tid": "t", "roles": []string{"a"}}))
	f.Add("..")
	f.Fuzz(func(t *testing.T, token string) {
		c := ReadClaims(secret.New(token))
		if c.AppOnly() && c.Delegated() {
			t.Errorf("%q: both an app and a person: %+v", token, c)
		}
	})
}
