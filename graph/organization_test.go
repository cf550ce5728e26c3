package graph_test

import (
	"errors"
	"io"
	"net/http"
	"testing"

	"guestlist/graph"
	"guestlist/graph/sandbox"
	"guestlist/internal/assert"
)

func simulated(t *testing.T, cfg sandbox.Config) *graph.Client {
	t.Helper()
	server, err := sandbox.New(cfg).Serve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return clientOf(t, server.URL)
}

func TestDirectoryReads(t *testing.T) {
	c := simulated(t, sandbox.Config{AllowInvitesFrom: "adminsAndGuestInviters"})
	org, err := c.Organization(t.Context())
	assert.Equal(t, "error", err, nil)
	assert.Equal(t, "organization", org, graph.Organization{
		ID: sandbox.TenantID, Name: "Contoso (simulated)", Domains: []graph.Domain{{Name: "contoso.example", Default: true}},
	})
	policy, err := c.InvitePolicy(t.Context())
	assert.Equal(t, "error", err, nil)
	assert.Equal(t, "policy", policy, graph.InvitesFromAdmins)
}

func TestDirectoryReadsThatAreNotAllowed(t *testing.T) {
	c := simulated(t, sandbox.Config{Forbidden: []string{"/organization", "/policies/authorizationPolicy"}})
	_, first := c.Organization(t.Context())
	_, second := c.InvitePolicy(t.Context())
	for _, err := range []error{first, second} {
		var refused *graph.Refusal
		if !errors.As(err, &refused) || !refused.Denied() {
			t.Errorf("got %v", err)
		}
	}
}

func TestDirectoryAnswersThatSayNothing(t *testing.T) {
	for body, unreadable := range map[string]bool{`{"value":[]}`: false, `{}`: false, `null null`: true} {
		c := client(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })
		org, err := c.Organization(t.Context())
		assert.Equal(t, body, org, graph.Organization{})
		assert.Equal(t, body, errors.As(err, new(*graph.NoAnswerError)), unreadable)
	}
}
