package sandbox

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"guestlist/internal/assert"
)

// room is a tenant that is served, with a client for it.
type room struct {
	*Tenant

	url    string
	client *http.Client
}

func serve(t *testing.T, cfg Config) room {
	t.Helper()
	tenant := New(cfg)
	server, err := tenant.Serve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := server.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return room{tenant, server.URL, &http.Client{Transport: transport}}
}

// got is an answer as far as it arrived.
type got struct {
	status int
	header http.Header
	body   []byte
	err    error
}

func (r room) do(req *http.Request) got {
	resp, err := r.client.Do(req)
	if err != nil {
		return got{err: err}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return got{resp.StatusCode, resp.Header, body, err}
}

func (r room) post(t *testing.T, body string) got {
	t.Helper()
	return r.do(post(t, r.url, body))
}

func (r room) lookUp(t *testing.T, query url.Values) got {
	t.Helper()
	return r.do(request(t, http.MethodGet, r.url+"/users?"+query.Encode(), ""))
}

func post(t *testing.T, base, body string) *http.Request {
	t.Helper()
	req := request(t, http.MethodPost, base+"/invitations", body)
	req.Header.Set("Content-Type", "application/json")
	return req
}

func request(t *testing.T, method, address, body string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer abc")
	return req
}

// direct asks a tenant without a socket, for tests in virtual time.
func direct(tenant *Tenant, req *http.Request) *http.Response {
	w := httptest.NewRecorder()
	tenant.ServeHTTP(w, req)
	return w.Result()
}

// ask is the body of an invitation that is mailed.
func ask(address string) string {
	return `{"invitedUserEmailAddress":"` + address + `","inviteRedirectUrl":"https://myapps.microsoft.com","sendInvitationMessage":true}`
}

func decode[T any](t *testing.T, body []byte) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return v
}

// pass lets virtual time pass.
func pass(d time.Duration) { <-time.After(d) }

func (r room) get(t *testing.T, path string) got {
	t.Helper()
	return r.do(request(t, http.MethodGet, r.url+path, ""))
}

// answer is what a client sees of one answer.
type answer struct {
	status     int
	code       string // of the envelope, or the status of a 201
	message    string // a part of it
	retryAfter string
}

var created201 = answer{status: http.StatusCreated, code: "PendingAcceptance"}

func checkAnswer(t *testing.T, g got, want answer) {
	t.Helper()
	if g.err != nil {
		t.Fatal(g.err)
	}
	assert.Equal(t, "HTTP status", g.status, want.status)
	assert.Equal(t, "Retry-After", g.header.Get("Retry-After"), want.retryAfter)
	if g.status == http.StatusCreated {
		assert.Equal(t, "status", decode[created](t, g.body).Status, want.code)
		return
	}
	e := decode[envelope](t, g.body)
	assert.Equal(t, "code", e.Error.Code, want.code)
	if !strings.Contains(e.Error.Message, want.message) || e.Error.Message == "" {
		t.Errorf("message %q lacks %q", e.Error.Message, want.message)
	}
}
