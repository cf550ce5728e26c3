package sandbox

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"guestlist/internal/assert"
)

func TestToken(t *testing.T) {
	tests := []struct {
		demanded, header string
		status           int
		message          string
	}{
		{"", "", 401, "Access token is empty."},
		{"", "Bearer", 401, "Access token is empty."},
		{"", "Basic abc", 401, "Access token is empty."},
		{"", "Bearer anything", 201, ""},
		{"secret", "Bearer secret", 201, ""},
		{"secret", "bearer secret", 201, ""},
		{"secret", "Bearer other", 401, "the token is expired"},
	}
	for _, test := range tests {
		r := serve(t, Config{Token: test.demanded})
		req := post(t, r.url, ask("pat@fabrikam.example"))
		req.Header.Set("Authorization", test.header)
		g := r.do(req)
		if test.status == http.StatusCreated {
			checkAnswer(t, g, created201)
			continue
		}
		checkAnswer(t, g, answer{401, "InvalidAuthenticationToken", test.message, ""})
		assert.Equal(t, "guests", r.Guests(), 0)
	}
}

func TestWrongPlace(t *testing.T) {
	r := serve(t, Config{})
	tests := []struct{ method, path string }{
		{http.MethodGet, "/invitations"},
		{http.MethodDelete, "/invitations"},
		{http.MethodPost, "/invitations/"},
		{http.MethodPost, "/users"},
		{http.MethodPost, "/users/x"},
		{http.MethodGet, "/"},
	}
	for _, test := range tests {
		g := r.do(request(t, test.method, r.url+test.path, ask("pat@fabrikam.example")))
		checkAnswer(t, g, answer{404, "UnknownError", "<title>404 - File or directory not found.</title>", ""})
	}
	beta := r.do(post(t, strings.Replace(r.url, "v1.0", "beta", 1), ask("pat@fabrikam.example")))
	assert.Equal(t, "beta", beta.status, http.StatusNotFound)
	assert.Equal(t, "guests", r.Guests(), 0)
}

func TestEnvelope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tenant := New(Config{ClockOffset: -90 * time.Minute})
		pass(time.Hour)
		req := post(t, root, ask("group.a@fabrikam.example"))
		req.Header.Set("client-request-id", "mine")
		w := httptest.NewRecorder()
		tenant.ServeHTTP(w, req)
		resp := w.Result()
		defer resp.Body.Close()

		// A bubble starts on 1 January 2000, at midnight.
		assert.Equal(t, "Date", resp.Header.Get("Date"), "Fri, 31 Dec 1999 23:30:00 GMT")
		id := resp.Header.Get("request-id")
		if err := uuid.Validate(id); err != nil {
			t.Error(err)
		}
		assert.Equal(t, "body", w.Body.String(), `{"error":{"code":"BadRequest","message":"Group email address is not supported.",`+
			`"innerError":{"date":"1999-12-31T23:30:00","request-id":"`+id+`","client-request-id":"mine"}}}`)
		assert.Equal(t, "content type", resp.Header.Get("Content-Type"), "application/json")
	})
}

func TestClockOffsetOnTheWire(t *testing.T) {
	r := serve(t, Config{ClockOffset: 48 * time.Hour})
	g := r.post(t, ask("pat@fabrikam.example"))
	date, err := http.ParseTime(g.header.Get("Date"))
	if ahead := time.Until(date); err != nil || ahead < 47*time.Hour || ahead > 49*time.Hour {
		t.Errorf("Date is %v ahead: %v", ahead, err)
	}
	assert.Equal(t, "one Date", len(g.header.Values("Date")), 1)
}

// A client that leaves during the wait gets no answer, but its guest.
func TestClientLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tenant := New(Config{Latency: func() time.Duration { return time.Minute }})
		req := post(t, root, ask("pat@fabrikam.example"))
		ctx, cancel := withTimeout(t, time.Second)
		defer cancel()
		w := httptest.NewRecorder()
		cut := recovered(func() { tenant.ServeHTTP(w, req.WithContext(ctx)) })
		if err, _ := cut.(error); !errors.Is(err, http.ErrAbortHandler) {
			t.Errorf("ended with %v", cut)
		}
		assert.Equal(t, "body", w.Body.Len(), 0)
		assert.Equal(t, "mails", tenant.Mails("pat@fabrikam.example"), 1)
	})
}

func recovered(f func()) (cut any) {
	defer func() { cut = recover() }()
	f()
	return nil
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
