package sandbox

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"guestlist/internal/assert"

	"github.com/google/uuid"
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
			checkAnswer(t, g, plain)
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
		{http.MethodGet, "/users/x"},
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
