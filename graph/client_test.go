package graph_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"guestlist/graph"
	"guestlist/internal/assert"
	"guestlist/internal/secret"
)

const (
	secretToken = "token-that-nobody-may-see"
	redeemURL   = "https://login.microsoftonline.com/redeem?rd=ticket-that-nobody-may-see"
)

// client talks to a server that answers every request with handler.
func client(t *testing.T, handler http.HandlerFunc) *graph.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return clientOf(t, server.URL+"/v1.0")
}

func clientOf(t *testing.T, url string) *graph.Client {
	t.Helper()
	c, err := graph.New(graph.Config{
		URL: url, Connections: 4, Timeout: 2 * time.Second, UserAgent: "guestlist test",
		Token: func(context.Context) (secret.Text, error) { return secret.New(secretToken), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func created(w http.ResponseWriter, body string) {
	w.Header().Set("Request-Id", "req-1")
	w.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(w, body)
}

const receiptBody = `{"id":"i1","inviteRedeemUrl":"` + redeemURL + `","status":"PendingAcceptance","invitedUser":{"id":"u1"}}`

func TestServerTimeFollowsTheDateHeader(t *testing.T) {
	const ahead = 3 * time.Hour
	c := client(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", time.Now().Add(ahead).UTC().Format(http.TimeFormat))
		created(w, receiptBody)
	})
	now := time.Now()
	assert.Equal(t, "before any answer", c.ServerTime(now), now)
	if _, err := c.Invite(t.Context(), graph.Invitation{}); err != nil {
		t.Fatal(err)
	}
	if off := c.ServerTime(now).Sub(now.Add(ahead)).Abs(); off > 2*time.Second {
		t.Errorf("off by %v", off)
	}
}

func TestTokenIsSentToSafePlacesOnly(t *testing.T) {
	for url, ok := range map[string]bool{
		"https://graph.microsoft.com/v1.0":     true,
		"http://127.0.0.1:8080/v1.0":           true,
		"http://[::1]:8080/v1.0":               true,
		"http://localhost/v1.0":                true,
		"http://graph.microsoft.com/v1.0":      false,
		"http://127.0.0.1.evil.example/v1.0":   false,
		"https://user:pw@graph.microsoft.com/": false,
		"graph.microsoft.com/v1.0":             false,
		"":                                     false,
		"ftp://graph.microsoft.com":            false,
	} {
		if _, err := graph.New(graph.Config{URL: url}); (err == nil) != ok {
			t.Errorf("%q: %v", url, err)
		}
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the token went elsewhere") }))
	t.Cleanup(other.Close)
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	})
	_, err := c.Invite(t.Context(), graph.Invitation{})
	var between *graph.NotGraphError
	if !errors.As(err, &between) || between.Status != http.StatusTemporaryRedirect || between.To != strings.TrimPrefix(other.URL, "http://") {
		t.Errorf("got %v", err)
	}
}
