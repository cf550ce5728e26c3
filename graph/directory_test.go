package graph

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"guestlist/graph/sandbox"
	"guestlist/internal/assert"
	"guestlist/internal/secret"
)

// direct carries requests to a handler without a socket, so that time may be
// virtual.
type direct struct{ http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	served := r.Clone(r.Context())
	served.Host = r.URL.Host
	if served.Body == nil {
		served.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, served)
	return w.Result(), nil
}

// departures are the requests that passed a gate.
type departures struct {
	mu  sync.Mutex
	all []Departure
}

func (d *departures) gate(_ context.Context, leaving Departure) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.all = append(d.all, leaving)
	return nil
}

// paths are their methods and paths, with the number of items where it is not 1.
func (d *departures) paths() (paths []string) {
	for _, leaving := range d.all {
		path := leaving.Method + " " + leaving.Path
		if leaving.Items > 1 {
			path += fmt.Sprint(" of ", leaving.Items)
		}
		paths = append(paths, path)
	}
	return paths
}

// readerOf is a directory on a handler, and what left for it.
func readerOf(t *testing.T, handler http.Handler, cfg DirectoryConfig) (*Directory, *departures) {
	t.Helper()
	c, err := New(Config{
		URL: "http://127.0.0.1/v1.0", Timeout: time.Minute,
		Token: func(context.Context) (secret.Text, error) { return secret.New("t"), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	c.pool.transport = func() http.RoundTripper { return direct{handler} }
	out := &departures{}
	return c.With(out.gate).Directory(cfg), out
}

// answering answers every request alike.
func answering(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func members(n int) (people []sandbox.Person) {
	for i := range n {
		people = append(people, sandbox.Person{Address: fmt.Sprintf("m%d@contoso-mail.example", i), Type: "Member"})
	}
	return people
}

func readAll(t *testing.T, d *Directory) (users []User, err error) {
	t.Helper()
	for page, err := range d.Users(t.Context()) {
		if err != nil {
			return users, err
		}
		users = append(users, page...)
	}
	return users, nil
}

func TestUsersReadsAllPages(t *testing.T) {
	created := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	pat := sandbox.Person{
		Address: "pat@fabrikam.example", Name: "Pat Doe", State: StateAccepted, Created: created, StateChanged: created.Add(time.Hour),
		OtherMails: []string{"p@home.example"}, Aliases: []string{"doe@fabrikam.example"}, ID: "u1", Disabled: true,
	}
	d, out := readerOf(t, sandbox.New(sandbox.Config{People: append(members(2000), pat)}), DirectoryConfig{})
	users, err := readAll(t, d)
	assert.Equal(t, "error", err, nil)
	assert.Equal(t, "users", len(users), 2001)
	enabled := false
	assert.Equal(t, "last", users[2000], User{
		ID: "u1", Name: "Pat Doe", Mail: "pat@fabrikam.example", OtherMails: []string{"p@home.example"},
		ProxyAddresses: []string{"SMTP:pat@fabrikam.example", "smtp:doe@fabrikam.example"}, PrincipalName: "pat_fabrikam.example#EXT#@sandbox.onmicrosoft.example",
		Type: "Guest", CreationType: "Invitation", State: StateAccepted, Created: created, StateChanged: created.Add(time.Hour), AccountEnabled: &enabled,
	})
	assert.Equal(t, "addresses", users[2000].Addresses(), []string{"pat@fabrikam.example", "p@home.example", "doe@fabrikam.example"})
	assert.Equal(t, "blocked", []bool{users[2000].Blocked(), users[0].Blocked()}, []bool{true, false})
	assert.Equal(t, "addresses of a member", users[0].Addresses(), []string{"m0@contoso-mail.example"})
	assert.Equal(t, "requests", out.paths(), []string{"GET /users", "GET /users", "GET /users"})
	assert.Equal(t, "basic", d.Basic(), false)
	var states []User
	for page, err := range d.States(t.Context()) {
		assert.Equal(t, "error of the states", err, nil)
		states = append(states, page...)
	}
	assert.Equal(t, "states", len(states), 2001)
	assert.Equal(t, "state of the last", states[2000], User{ID: "u1", Type: "Guest", State: StateAccepted, Created: created, StateChanged: created.Add(time.Hour)})
	assert.Equal(t, "basic", d.Basic(), false)
}

func TestUsersCanBeLeftEarly(t *testing.T) {
	d, out := readerOf(t, sandbox.New(sandbox.Config{People: members(3000)}), DirectoryConfig{})
	for range d.Users(t.Context()) {
		break
	}
	assert.Equal(t, "requests", len(out.all), 1)
}

func TestCount(t *testing.T) {
	d, out := readerOf(t, sandbox.New(sandbox.Config{People: members(42)}), DirectoryConfig{})
	n, err := d.Count(t.Context())
	assert.Equal(t, "count", fmt.Sprint(n, err, out.paths()), "42 <nil> [GET /users/$count]")
	for body, want := range map[string]int{"\ufeff7\r\n": 7, "0": 0, "": -1, "-3": -1, `{"value":1}`: -1, "<html>9</html>": -1} {
		d, _ := readerOf(t, answering(http.StatusOK, body), DirectoryConfig{})
		n, err := d.Count(t.Context())
		if want < 0 && !isUnusable(err, body) || want >= 0 && (err != nil || n != want) {
			t.Errorf("%q: %d, %v", body, n, err)
		}
	}
}

func TestDeletedReadsGuestsAlone(t *testing.T) {
	gone := time.Now().Add(-time.Hour).UTC().Truncate(time.Second)
	d, _ := readerOf(t, sandbox.New(sandbox.Config{PageSize: 1, People: []sandbox.Person{
		{Address: "pat@fabrikam.example", Deleted: gone}, {Address: "boss@contoso-mail.example", Type: "Member", Deleted: gone}, {Address: "bo@fabrikam.example"},
	}}), DirectoryConfig{})
	var found []string
	for users, err := range d.Deleted(t.Context()) {
		assert.Equal(t, "error", err, nil)
		for _, u := range users {
			found = append(found, u.Mail+" "+u.Deleted.String())
		}
	}
	assert.Equal(t, "deleted", found, []string{"pat@fabrikam.example " + gone.String()})
}

// isUnusable reports whether an answer was said to be of no use, and a web page not
// to be Graph's.
func isUnusable(err error, body string) bool {
	if strings.HasPrefix(body, "<") {
		return errors.As(err, new(*NotGraphError))
	}
	return errors.As(err, new(*NoAnswerError))
}

// An answer counts as a page only with a list, and a list only to its end.
func TestOnlyWholeListsCount(t *testing.T) {
	const one = `{"value":[{"id":"u1","createdDateTime":"2026-01-02T03:04:05Z"}]`
	next := func(link string) string { return one + `,"@odata.nextLink":"` + link + `"}` }
	for name, test := range map[string]struct {
		bodies []string // of one answer after the other, the last one again and again
		users  int
		fails  bool
	}{
		"one page":            {[]string{one + "}"}, 1, false},
		"no users":            {[]string{`{"value":[]}`}, 0, false},
		"two pages":           {[]string{next("http://127.0.0.1/v1.0/users?$skiptoken=a"), one + "}"}, 2, false},
		"empty page, then":    {[]string{`{"value":[],"@odata.nextLink":"http://127.0.0.1/v1.0/users?$skiptoken=a"}`, one + "}"}, 1, false},
		"host in other case":  {[]string{next("http://127.0.0.1/v1.0/users?$skiptoken=%27a%27"), one + "}"}, 2, false},
		"no list":             {[]string{`{}`}, 0, true},
		"null":                {[]string{`{"value":null}`}, 0, true},
		"an object":           {[]string{`{"value":{"id":"u1"}}`}, 0, true},
		"a user without id":   {[]string{`{"value":[{"mail":"a@b"}]}`}, 0, true},
		"null in the list":    {[]string{`{"value":[null]}`}, 0, true},
		"a web page":          {[]string{`<html>Sign in to Corp WiFi</html>`}, 0, true},
		"nothing":             {[]string{``}, 0, true},
		"second page missing": {[]string{next("http://127.0.0.1/v1.0/users?$skiptoken=a"), "{}"}, 1, true},
		"another host":        {[]string{next("https://evil.example/v1.0/users?$skiptoken=a")}, 0, true},
		"another port":        {[]string{next("http://127.0.0.1:81/v1.0/users?$skiptoken=a")}, 0, true},
		"another scheme":      {[]string{next("https://127.0.0.1/v1.0/users?$skiptoken=a")}, 0, true},
		"a user in the host":  {[]string{next("http://127.0.0.1@evil.example/v1.0/users")}, 0, true},
		"another root":        {[]string{next("http://127.0.0.1/v1.0evil/users")}, 0, true},
		"above the root":      {[]string{next("http://127.0.0.1/v1.0/../evil")}, 0, true},
		"a path alone":        {[]string{next("/v1.0/users?$skiptoken=a")}, 0, true},
		"the same page again": {[]string{next("http://127.0.0.1/v1.0/users?$skiptoken=a")}, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			served := 0
			d, out := readerOf(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Host != "127.0.0.1" || !strings.HasPrefix(r.URL.Path, "/v1.0/users") {
					t.Errorf("the token went to %s%s", r.Host, r.URL)
				}
				_, _ = io.WriteString(w, test.bodies[min(served, len(test.bodies)-1)])
				served++
			}), DirectoryConfig{})
			users, err := readAll(t, d)
			assert.Equal(t, "users", len(users), test.users)
			assert.Equal(t, "failed", isUnusable(err, test.bodies[min(served, len(test.bodies))-1]), test.fails)
			if served > 2 || len(out.all) != served {
				t.Errorf("%d requests, %d departures", served, len(out.all))
			}
		})
	}
}

// Reads change nothing, so a fault of the service is no reason to give up at once.
func TestReadsAreRepeated(t *testing.T) {
	for name, test := range map[string]struct {
		trouble []int // the statuses of the first answers
		after   int   // their Retry-After in seconds
		took    time.Duration
		fails   bool
	}{
		"faults":          {[]int{500, 502, 503}, 0, 7 * time.Second, false}, // 1, 2, 4
		"too many faults": {[]int{500, 500, 500, 500, 500}, 0, 15 * time.Second, true},
		"throttled":       {[]int{429, 429}, 30, time.Minute, false},
		"busy":            {[]int{503}, 10, 10 * time.Second, false},
		"no Retry-After":  {[]int{429, 429}, 0, 6 * time.Second, false}, // 2, 4
		"refused":         {[]int{400}, 0, 0, true},
		"redirected":      {[]int{302}, 0, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var told []time.Duration
				start := time.Now()
				tenant := sandbox.New(sandbox.Config{People: members(3), Trouble: func(*http.Request) (int, int) {
					if len(test.trouble) == 0 {
						return 0, 0
					}
					status := test.trouble[0]
					test.trouble = test.trouble[1:]
					return status, test.after
				}})
				d, out := readerOf(t, tenant, DirectoryConfig{Throttled: func(until time.Time) { told = append(told, until.Sub(start)) }})
				tries := len(test.trouble) + 1
				users, err := readAll(t, d)
				assert.Equal(t, "time taken", time.Since(start), test.took)
				if test.fails {
					if !errors.As(err, new(*Refusal)) {
						t.Errorf("got %v", err)
					}
					return
				}
				assert.Equal(t, "read", fmt.Sprint(len(users), err), "3 <nil>")
				assert.Equal(t, "departures", len(out.all), tries)
				if name == "throttled" {
					assert.Equal(t, "told", told, []time.Duration{30 * time.Second, time.Minute})
				}
			})
		})
	}
}

func TestWaitingEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tenant := sandbox.New(sandbox.Config{Trouble: func(*http.Request) (int, int) { return 429, 3000 }})
		d, out := readerOf(t, tenant, DirectoryConfig{})
		stop := errors.New("Ctrl-C")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(stop) })
		_, err := d.Count(ctx)
		if !errors.Is(err, stop) || len(out.all) != 1 {
			t.Errorf("got %v after %d requests", err, len(out.all))
		}
	})
}

// With User.ReadBasic.All the state of a user is not known, and says so.
func TestBasicPermission(t *testing.T) {
	people := append(members(1), sandbox.Person{Address: "Pat@fabrikam.example", State: StateAccepted, OtherMails: []string{"p@home.example"}})
	for _, told := range []bool{false, true} {
		d, out := readerOf(t, sandbox.New(sandbox.Config{Basic: true, People: people}), DirectoryConfig{Basic: told})
		found, err := d.LookUp(t.Context(), []string{"pat@fabrikam.example", "p@home.example", "m0@contoso-mail.example"})
		assert.Equal(t, "error", err, nil)
		pat := found["pat@fabrikam.example"]
		if len(pat) != 1 || !pat[0].Basic || pat[0].State != "" || pat[0].Mail != "Pat@fabrikam.example" {
			t.Errorf("got %+v", pat)
		}
		assert.Equal(t, "by principal name", len(found["m0@contoso-mail.example"]), 1)
		assert.Equal(t, "by another address", len(found["p@home.example"]), 0)
		assert.Equal(t, "basic", d.Basic(), true)
		assert.Equal(t, "denied first", len(out.all), map[bool]int{false: 2, true: 1}[told])

		users, err := readAll(t, d)
		assert.Equal(t, "scan", fmt.Sprint(len(users), err), "2 <nil>")
		assert.Equal(t, "all basic", slices.ContainsFunc(users, func(u User) bool { return !u.Basic }), false)
	}
	d, _ := readerOf(t, sandbox.New(sandbox.Config{Basic: true, People: people}), DirectoryConfig{})
	users, err := readAll(t, d) // null for most properties, and no refusal
	assert.Equal(t, "scan first", fmt.Sprint(len(users), err, users[0].Basic, d.Basic()), "2 <nil> true true")
}

func TestReadsThatAreForbidden(t *testing.T) {
	tenant := sandbox.New(sandbox.Config{Forbidden: []string{"/users", "/users/$count", "/directory/deletedItems/microsoft.graph.user"}})
	d, out := readerOf(t, tenant, DirectoryConfig{})
	_, lookUp := d.LookUp(t.Context(), []string{"a@b.example"})
	_, scan := readAll(t, d)
	_, count := d.Count(t.Context())
	var deleted error
	for _, err := range d.Deleted(t.Context()) {
		deleted = err
	}
	for _, err := range []error{lookUp, scan, count, deleted} {
		refused, ok := errors.AsType[*Refusal](err)
		if !ok || !refused.Denied() || refused.ClientRequestID == "" {
			t.Errorf("got %v", err)
		}
	}
	assert.Equal(t, "requests", out.paths(), []string{"POST /$batch", "POST /$batch", "GET /users", "GET /users/$count", "GET /directory/deletedItems/microsoft.graph.user"})
}

// A gate that is closed keeps every request back, and its error comes back.
func TestClosedGate(t *testing.T) {
	closed := errors.New("the run has been stopped")
	handler := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request left") })
	d, _ := readerOf(t, handler, DirectoryConfig{})
	c := d.client.With(func(context.Context, Departure) error { return closed })
	d = c.Directory(DirectoryConfig{})
	_, invite := c.Invite(t.Context(), Invitation{})
	_, organization := c.Organization(t.Context())
	_, find := c.LookUp(t.Context(), []string{"a@b.example"})
	_, lookUp := d.LookUp(t.Context(), []string{"a@b.example"})
	_, count := d.Count(t.Context())
	_, scan := readAll(t, d)
	for _, err := range []error{invite, organization, find, lookUp, count, scan} {
		assert.Equal(t, "error is the gate's", err == closed, true) //nolint:errorlint // as it is
	}
}

func TestDeparturesTellOfRepetitions(t *testing.T) {
	refuse := true
	d, out := readerOf(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Client-Request-Id"); got == "" {
			t.Error("no client-request-id")
		}
		if refuse {
			refuse = false
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, linkBody)
	}), DirectoryConfig{})
	next := 0
	token := func(ctx context.Context) (secret.Text, error) { return secret.New(fmt.Sprint("t", next)), ctx.Err() }
	cfg := Config{Token: token, Fresh: func(ctx context.Context) (secret.Text, error) { next++; return token(ctx) }}
	d.client.cfg.Token, d.client.renewal = token, newRenewal(&cfg)
	receipt, err := d.client.Invite(t.Context(), Invitation{EmailAddress: "a@b.example"})
	assert.Equal(t, "error", err, nil)
	assert.Equal(t, "departures", len(out.all), 2)
	assert.Equal(t, "repeated", []bool{out.all[0].Repeated, out.all[1].Repeated}, []bool{false, true})
	assert.Equal(t, "id of the receipt", receipt.ClientRequestID, out.all[1].ClientRequestID)
	if out.all[0].ClientRequestID == out.all[1].ClientRequestID {
		t.Error("two requests with one id")
	}
}

func FuzzPathOf(f *testing.F) {
	f.Add("https://graph.microsoft.com/v1.0/users?$skiptoken=a")
	f.Add("https://graph.microsoft.com@evil.example/v1.0/users")
	c, err := New(Config{URL: PublicURL})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, link string) {
		path, err := c.pathOf(link)
		if err != nil {
			return
		}
		u, err := url.Parse(c.cfg.URL + path)
		if err != nil || u.Host != "graph.microsoft.com" || u.User != nil || !strings.HasPrefix(u.Path, "/v1.0/") {
			t.Errorf("%q leads to %s", link, c.cfg.URL+path)
		}
	})
}

// The figures of a large tenant: 300,000 users in pages of 999.
func BenchmarkUsers(b *testing.B) {
	page := make([]string, PageSize)
	for i := range page {
		page[i] = fmt.Sprintf(`{"id":"00000000-0000-0000-0000-%012d","displayName":"Pat Doe %d","mail":"pat.doe%d@fabrikam.example","otherMails":["pat.doe%d@fabrikam.example"],`+
			`"proxyAddresses":["SMTP:pat.doe%d@fabrikam.example"],"userPrincipalName":"pat.doe%d_fabrikam.example#EXT#@contoso.onmicrosoft.com","userType":"Guest","creationType":"Invitation",`+
			`"externalUserState":"PendingAcceptance","externalUserStateChangeDateTime":"2026-01-02T03:04:05Z","accountEnabled":true,"createdDateTime":"2026-01-02T03:04:05Z"}`, i, i, i, i, i, i)
	}
	body := `{"value":[` + strings.Join(page, ",") + `]`
	const pages = 300_000 / PageSize
	served := 0
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		served++
		_, _ = io.WriteString(w, body)
		if served%pages != 0 {
			_, _ = fmt.Fprintf(w, `,"@odata.nextLink":"http://127.0.0.1/v1.0/users?$skiptoken=%d"`, served)
		}
		_, _ = io.WriteString(w, "}")
	})
	c, err := New(Config{URL: "http://127.0.0.1/v1.0", Timeout: time.Minute, Token: func(context.Context) (secret.Text, error) { return secret.New("t"), nil }})
	if err != nil {
		b.Fatal(err)
	}
	c.pool.transport = func() http.RoundTripper { return direct{handler} }
	for b.Loop() {
		n := 0
		for users, err := range c.Directory(DirectoryConfig{}).Users(b.Context()) {
			if err != nil {
				b.Fatal(err)
			}
			n += len(users)
		}
		b.ReportMetric(float64(n), "users")
	}
}
