package graph_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"guestlist/graph"
	"guestlist/internal/assert"
	"guestlist/internal/secret"
)

// An answer to an invitation that is none, and that Graph did not sign with a request-id, is
// somebody else's, also where it is JSON. One that is an invitation counts without.
func TestJSONThatIsNoInvitation(t *testing.T) {
	for name, test := range map[string]struct {
		status    int
		requestID string
		body      string
		graphs    bool
	}{
		"a portal's JSON":           {200, "", `{"login":"required"}`, false},
		"the same as if created":    {201, "", `{"ok":true}`, false},
		"nothing":                   {200, "", "", false},
		"the same of Graph's":       {201, "req-1", `{"ok":true}`, true},
		"invitation without the id": {201, "", receiptBody, true},
	} {
		t.Run(name, func(t *testing.T) {
			c := client(t, func(w http.ResponseWriter, _ *http.Request) {
				if test.requestID != "" {
					w.Header().Set("Request-Id", test.requestID)
				}
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			})
			_, err := c.Invite(t.Context(), graph.Invitation{EmailAddress: "a@b.example"})
			assert.Equal(t, "is Graph's", !errors.As(err, new(*graph.NotGraphError)), test.graphs)
		})
	}
}

// What Graph says of itself, odd as it may be, is told from what answers in its place.
func TestAnswersThatAreNotGraphs(t *testing.T) {
	const (
		page     = "<!DOCTYPE html>\n<html><head><title>\n Sign in to\u202e Corp &amp; WiFi </title></head></html>"
		envelope = `{"error":{"code":"UnknownError","message":"<html><title>404 - File or directory not found.</title></html>"}}`
	)
	for name, test := range map[string]struct {
		status    int
		requestID string
		kind      string // of the content
		body      string
		title     string // of the page that is told of
		graphs    bool
	}{
		"login page":               {200, "", "text/html", page, "Sign in to Corp & WiFi", false},
		"page of no declared kind": {201, "", "", "\ufeff\n " + page, "Sign in to Corp & WiFi", false},
		"title without an end":     {200, "", "text/html", "<title>Sign in", "", false},
		"block page":               {403, "", "text/html", "<TITLE>Blocked by policy</TITLE>", "Blocked by policy", false},
		"refusal in foreign JSON":  {403, "", "application/json", `{"blocked":true}`, "", false},
		"proxy wants a password":   {407, "", "text/html", "", "", false},
		"too large for the proxy":  {413, "", "text/html", "<title>413</title>", "413", false},
		"another web site":         {404, "", "text/plain", "404 page not found", "", false},
		"portal by its own status": {511, "", "text/html", page, "Sign in to Corp & WiFi", false},
		"a secret in the title":    {403, "", "text/html", "<title>" + redeemURL + "</title>", "[secret]", false},

		"a page inside of JSON":     {404, "", "application/json", envelope, "", true},
		"page with a request-id":    {403, "req-1", "text/html", page, "", true},
		"refusal without an id":     {403, "", "application/json", `{"error":{"code":"Forbidden","message":"no"}}`, "", true},
		"bare 502 of a gateway":     {502, "", "text/html", "<html><title>502 Bad Gateway</title></html>", "", true},
		"503 with a page":           {503, "", "text/html", page, "", true},
		"429 with a page":           {429, "", "text/html", page, "", true},
		"unreadable 201 of Graph's": {201, "req-1", "text/html", page, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			c := client(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Date", time.Now().Add(5*time.Hour).UTC().Format(http.TimeFormat))
				if test.requestID != "" {
					w.Header().Set("Request-Id", test.requestID)
				}
				if test.kind != "" {
					w.Header().Set("Content-Type", test.kind)
				}
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			})
			_, posted := c.Invite(t.Context(), graph.Invitation{EmailAddress: "a@b.example"})
			_, read := c.Directory(graph.DirectoryConfig{Once: true}).LookUp(t.Context(), []string{"a@b.example"})
			for _, err := range []error{posted, read} {
				var between *graph.NotGraphError
				is := errors.As(err, &between)
				assert.Equal(t, "Graph's own", !is, test.graphs)
				if !is {
					continue
				}
				assert.Equal(t, "status", between.Status, test.status)
				assert.Equal(t, "title", between.Title, test.title)
				if between.Hint() == "" || between.NotSent || !strings.Contains(err.Error(), "proxy in use: none") {
					t.Errorf("%+v, next: %s", between, between.Hint())
				}
			}
			if now := time.Now(); !test.graphs && c.ServerTime(now) != now {
				t.Error("the clock was learned from a stranger")
			}
		})
	}
}

// A token that something else refuses is not traded for another one.
func TestAStrangersRefusalCostsNoToken(t *testing.T) {
	s := &tokens{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, "<html><title>Who are you?</title>")
	}))
	t.Cleanup(server.Close)
	c, err := graph.New(graph.Config{URL: server.URL, Connections: 1, Timeout: 5 * time.Second, Token: s.Token, Fresh: s.Fresh})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if err := invite(t, c); !errors.As(err, new(*graph.NotGraphError)) || s.fresh.Load() != 0 {
		t.Errorf("%d fresh tokens, %v", s.fresh.Load(), err)
	}
}

// throughProxy says that this test binary is the child of a test, see there: the
// proxy of the environment is read once in a process.
const throughProxy = "GUESTLIST_TEST_THROUGH_PROXY"

func TestProxyThatLetsNothingThrough(t *testing.T) {
	if os.Getenv(throughProxy) != "" {
		_, err := clientOf(t, "https://graph.example/v1.0").Invite(t.Context(), graph.Invitation{})
		var between *graph.NotGraphError
		var unreachable *graph.UnreachableError
		switch {
		case errors.As(err, &between):
			t.Logf("between: %v; next: %s; sent: %t", between, between.Hint(), !between.NotSent)
		case errors.As(err, &unreachable):
			t.Logf("unreachable: %v", unreachable)
		default:
			t.Errorf("got %v", err)
		}
		return
	}
	for status, want := range map[int]string{
		http.StatusForbidden:                     "between: the proxy answered in its place: status 403 Forbidden, proxy in use: http://me:xxxxx@",
		http.StatusProxyAuthRequired:             "next: the proxy asks for a password",
		http.StatusRequestEntityTooLarge:         "sent: false",
		http.StatusBadGateway:                    "unreachable: Graph cannot be reached: the proxy http://me:xxxxx@",
		http.StatusNetworkAuthenticationRequired: "between: the proxy answered",
	} {
		var asked atomic.Int32
		proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			asked.Add(1)
			w.WriteHeader(status)
		}))
		t.Cleanup(proxy.Close)
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestProxyThatLetsNothingThrough$", "-test.v")
		child.Env = append(os.Environ(), throughProxy+"=1", "NO_PROXY=", "HTTPS_PROXY=http://me:hush@"+strings.TrimPrefix(proxy.URL, "http://"))
		out, err := child.CombinedOutput()
		if err != nil || !strings.Contains(string(out), want) || strings.Contains(string(out), "hush") || asked.Load() != 1 {
			t.Errorf("%d: %v, asked %d times\n%s", status, err, asked.Load(), out)
		}
	}
}

func TestUntrustedCertificateTellsHowToTrustIt(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	c, err := graph.New(graph.Config{
		URL: server.URL, Connections: 1, Timeout: 5 * time.Second,
		Token: func(context.Context) (secret.Text, error) { return secret.New(secretToken), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	begun := time.Now()
	_, read := c.Directory(graph.DirectoryConfig{}).LookUp(t.Context(), []string{"a@b.example"})
	for _, err := range []error{invite(t, c), read} {
		var unreachable *graph.UnreachableError
		if !errors.As(err, &unreachable) || !unreachable.Untrusted() {
			t.Fatalf("got %v", err)
		}
		for _, word := range []string{"Windows", "macOS", "Linux", "SSL_CERT_FILE"} {
			if !strings.Contains(unreachable.Hint(), word) {
				t.Errorf("the hint lacks %s", word)
			}
		}
	}
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("took %v: it was tried again", took)
	}
}
