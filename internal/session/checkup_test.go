package session

import (
	"strings"
	"testing"

	"guestlist/graph"
	"guestlist/graph/auth"
)

// A managed identity has no app registration, and what a token says is no command.
func TestGrantToAManagedIdentity(t *testing.T) {
	for app, want := range map[string]string{
		"8f6f0a44-6a43-4d43-9b1f-0f3f5a8e2c11": "appId eq '8f6f0a44-6a43-4d43-9b1f-0f3f5a8e2c11'",
		`x'"; Remove-Item *`:                   "appId eq 'CLIENT-ID-OF-THE-IDENTITY'",
	} {
		e := examination{Tenant: &Tenant{Method: string(auth.ModeManagedIdentity), Claims: auth.Claims{App: app, Kind: "app"}}}
		got := e.grant("User.Read.All")
		if !strings.Contains(got, want) || !strings.Contains(got, "Where-Object Value -eq 'User.Read.All'") || strings.Contains(got, "Remove-Item") {
			t.Error(got)
		}
	}
}

func TestEveryCapabilityIsUsedBySomething(t *testing.T) {
	for _, c := range graph.Capabilities() {
		if len(usedBy[c]) == 0 {
			t.Errorf("%v", c)
		}
	}
}
