package graph_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
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

func TestInviteSendsEveryProperty(t *testing.T) {
	var got map[string]any
	var header http.Header
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		header = r.Header
		assert.Equal(t, "request", r.Method+" "+r.URL.Path, "POST /v1.0/invitations")
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Error(err)
		}
		created(w, receiptBody)
	})
	receipt, err := c.Invite(t.Context(), graph.Invitation{
		EmailAddress: "pat@fabrikam.example", DisplayName: "Pat Doe", RedirectURL: "https://myapps.microsoft.com",
		SendMessage: true, UserType: "Guest", ResetRedemption: true, InvitedUser: &graph.Object{ID: "u9"},
		MessageInfo: &graph.MessageInfo{Body: "Hello", Language: "en-US", CC: graph.CC("boss@contoso.example")},
		Sponsors:    []graph.Object{{ID: "s1"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "body", got, map[string]any{
		"invitedUserEmailAddress": "pat@fabrikam.example", "invitedUserDisplayName": "Pat Doe",
		"inviteRedirectUrl": "https://myapps.microsoft.com", "sendInvitationMessage": true, "invitedUserType": "Guest",
		"resetRedemption": true, "invitedUser": map[string]any{"id": "u9"},
		"invitedUserMessageInfo": map[string]any{
			"customizedMessageBody": "Hello", "messageLanguage": "en-US",
			"ccRecipients": []any{map[string]any{"emailAddress": map[string]any{"address": "boss@contoso.example"}}},
		},
		"invitedUserSponsors": []any{map[string]any{"id": "s1"}},
	})
	assert.Equal(t, "authorization", header.Get("Authorization"), "Bearer "+secretToken)
	if len(header.Get("Client-Request-Id")) != 36 {
		t.Errorf("client-request-id %q", header.Get("Client-Request-Id"))
	}
	assert.Equal(t, "link", receipt.RedeemURL.Reveal(), redeemURL)
	assert.Equal(t, "rest", []string{receipt.UserID, receipt.Status, receipt.RequestID}, []string{"u1", "PendingAcceptance", "req-1"})
}

func TestMinimalInvitationLeavesTheRestToGraph(t *testing.T) {
	body, err := json.Marshal(graph.Invitation{EmailAddress: "a@b.example", RedirectURL: "https://x.example"})
	if err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "body", string(body),
		`{"invitedUserEmailAddress":"a@b.example","inviteRedirectUrl":"https://x.example","sendInvitationMessage":false}`)
}

func TestRefusalsSurviveAnyBody(t *testing.T) {
	const envelope = `{"error":{"code":%q,"message":%q,"innerError":{"date":"2026-04-16T00:00:00","request-id":"inner-1"}}}`
	page := "<!DOCTYPE html><html><style>x{}</style><body>404 - File or directory not found.</body></html>"
	for _, test := range []struct {
		name, body    string
		status        int
		code, message string
	}{
		{"envelope", fmt.Sprintf(envelope, "BadRequest", "Group email address is not supported."), 400, "BadRequest", "Group email address is not supported."},
		{"page in envelope", fmt.Sprintf(envelope, "UnknownError", page), 404, "UnknownError", "404 - File or directory not found."},
		{"page", page, 502, "BadGateway", "404 - File or directory not found."},
		{"nothing", "", 500, "InternalServerError", "Internal Server Error"},
		{"other JSON", `{"oops":1}`, 403, "Forbidden", "Forbidden"},
		{"long", strings.Repeat("ä", 5000), 400, "BadRequest", strings.Repeat("ä", 500) + "…"},
		{"secrets", `see ` + redeemURL + ` and eyJhbGciOi.eyJ0aWQi.c2ln, Authorization: Bearer abc`, 400, "BadRequest", "see [secret] and [secret], Authorization: [secret]"},
		{"controls", "a\x00\x1b[31mb\xff", 400, "BadRequest", "a\ufffd\ufffd[31mb\ufffd"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := client(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			})
			_, err := c.Invite(t.Context(), graph.Invitation{})
			var refused *graph.Refusal
			if !errors.As(err, &refused) {
				t.Fatalf("got %v", err)
			}
			assert.Equal(t, "status", refused.Status, test.status)
			assert.Equal(t, "code", refused.Code, test.code)
			assert.Equal(t, "message", refused.Message, test.message)
		})
	}
}

func TestNoAnswerIsToldFromNeverSent(t *testing.T) {
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + listener.Addr().String()
	_ = listener.Close()
	_, err = clientOf(t, closed).Invite(t.Context(), graph.Invitation{})
	if !errors.As(err, new(*graph.UnreachableError)) {
		t.Errorf("nobody listens: got %v", err)
	}
	for name, handler := range map[string]http.HandlerFunc{
		"cut before the answer": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"half a body": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "5000")
			created(w, receiptBody[:40])
			panic(http.ErrAbortHandler)
		},
		"not JSON": func(w http.ResponseWriter, _ *http.Request) { created(w, "<html>") },
		"no link":  func(w http.ResponseWriter, _ *http.Request) { created(w, "{}") },
		"cut JSON": func(w http.ResponseWriter, _ *http.Request) { created(w, receiptBody[:150]) },
		"time-out": func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // else the server does not see the client leave
			<-r.Context().Done()
		},
		"no string": func(w http.ResponseWriter, _ *http.Request) { created(w, `{"inviteRedeemUrl":7}`) },
	} {
		t.Run(name, func(t *testing.T) {
			_, err := client(t, handler).Invite(t.Context(), graph.Invitation{EmailAddress: "a@b.example"})
			if !errors.As(err, new(*graph.NoAnswerError)) {
				t.Errorf("got %v", err)
			}
			if strings.Contains(fmt.Sprintf("%+v", err), "nobody-may-see") {
				t.Errorf("the error tells a secret: %v", err)
			}
		})
	}
}

func TestFindUsersQuotesTheAddress(t *testing.T) {
	var filter string
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		filter = r.URL.Query().Get("$filter")
		_, _ = io.WriteString(w, `{"value":[{"id":"u1","mail":"o'brien+x@b.example","createdDateTime":"2026-01-02T03:04:05Z","externalUserState":"PendingAcceptance","userType":"Guest"}]}`)
	})
	users, err := c.FindUsers(t.Context(), "o'brien+x@b.example")
	if err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "filter", filter, "mail eq 'o''brien+x@b.example' or otherMails/any(x:x eq 'o''brien+x@b.example')")
	assert.Equal(t, "users", users, []graph.User{{
		ID: "u1", Mail: "o'brien+x@b.example", Type: "Guest",
		State: "PendingAcceptance", Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	}})
}

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
	var refused *graph.Refusal
	if !errors.As(err, &refused) || refused.Entry.Scope != graph.ScopeTenant {
		t.Errorf("got %v", err)
	}
}
