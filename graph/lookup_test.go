package graph

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"guestlist/graph/sandbox"
	"guestlist/internal/assert"
)

func TestLookUpFindsEveryKindOfAddress(t *testing.T) {
	people := []sandbox.Person{
		{ID: "u1", Address: "Pat@Fabrikam.example", OtherMails: []string{"pat@home.example"}},
		{ID: "u2", Address: "boss@contoso-mail.example", Type: "Member", Aliases: []string{"b@contoso-mail.example"}, PrincipalName: "boss@contoso.example"},
		{ID: "u3", Address: "o'brien+x@fabrikam.example"},
		{ID: "u4", Address: "a&b#c%d@fabrikam.example"},
		{ID: "u5", Address: "anna@bücher.example"},
		{ID: "u6", Address: "bo@xn--bcher-kva.example"},
		{ID: "u7", Address: "gone@fabrikam.example", Deleted: time.Now()},
	}
	d, out := readerOf(t, sandbox.New(sandbox.Config{People: people}), DirectoryConfig{})
	want := map[string]string{
		"pat@fabrikam.example":            "u1",
		"PAT@FABRIKAM.EXAMPLE":            "u1",
		"pat@home.example":                "u1",
		"boss@contoso-mail.example":       "u2",
		"B@contoso-mail.example":          "u2",
		"boss@contoso.example":            "u2",
		"o'brien+x@fabrikam.example":      "u3",
		"a&b#c%d@fabrikam.example":        "u4",
		"anna@bücher.example":             "u5",
		"anna@xn--bcher-kva.example":      "u5",
		"anna@Bu\u0308cher.example":       "u5",
		"bo@bücher.example":               "u6",
		"bo@xn--bcher-kva.example":        "u6",
		"gone@fabrikam.example":           "",
		"nobody@fabrikam.example":         "",
		"' or mail ne 'x@y.example":       "",
		"no address":                      "",
		"":                                "",
		"odd@-.example":                   "",
		strings.Repeat("x", 300) + "@a.b": "",
	}
	var addresses []string
	for address := range want {
		addresses = append(addresses, address, address) // twice
	}
	found, err := d.LookUp(t.Context(), addresses)
	assert.Equal(t, "error", err, nil)
	assert.Equal(t, "addresses", len(found), len(want))
	for address, id := range want {
		users, asked := found[address]
		got := ""
		for _, u := range users {
			got += u.ID
		}
		if got != id || !asked {
			t.Errorf("%q: found %q, want %q", address, got, id)
		}
	}
	assert.Equal(t, "requests", len(out.all), d.LookUpRequests(addresses))
}

// A request has 20 queries, a query 3 addresses: 60 in all.
func TestLookUpSendsFewRequests(t *testing.T) {
	var addresses []string
	for i := range 300 {
		addresses = append(addresses, fmt.Sprintf("m%d@contoso-mail.example", i))
	}
	var queries []string
	tenant := sandbox.New(sandbox.Config{People: members(300), Trouble: func(r *http.Request) (int, int) {
		if filter := r.URL.Query().Get("$filter"); filter != "" {
			queries = append(queries, filter)
		}
		return 0, 0
	}})
	d, out := readerOf(t, tenant, DirectoryConfig{})
	found, err := d.LookUp(t.Context(), addresses)
	assert.Equal(t, "found", fmt.Sprint(len(found), err), "300 <nil>")
	for address, users := range found {
		if len(users) != 1 || users[0].Mail != address {
			t.Errorf("%s: %v", address, users)
		}
	}
	assert.Equal(t, "requests", out.paths(), slices.Repeat([]string{"POST /$batch of 20"}, 5))
	assert.Equal(t, "queries", len(queries), 100)
	for _, filter := range queries {
		if n := strings.Count(filter, " or ") + 1; n > 15 {
			t.Errorf("%d clauses: %s", n, filter)
		}
	}
	none, err := d.LookUp(t.Context(), nil)
	assert.Equal(t, "nothing to look up", fmt.Sprint(len(none), err, len(out.all)), "0 <nil> 5")
}

// A query that is throttled waits as long as it was told, and alone.
func TestLookUpRepeatsThrottledQueries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seen := map[string]int{}
		tenant := sandbox.New(sandbox.Config{People: members(60), Trouble: func(r *http.Request) (int, int) {
			filter := r.URL.Query().Get("$filter")
			seen[filter]++
			switch {
			case strings.Contains(filter, "'m3@") && seen[filter] <= 2:
				return http.StatusTooManyRequests, 7
			case strings.Contains(filter, "'m9@") && seen[filter] == 1:
				return http.StatusTooManyRequests, 30
			case strings.Contains(filter, "'m12@") && seen[filter] == 1:
				return http.StatusServiceUnavailable, 0
			}
			return 0, 0
		}})
		var told []time.Duration
		start := time.Now()
		d, out := readerOf(t, tenant, DirectoryConfig{Throttled: func(until time.Time) { told = append(told, until.Sub(start)) }})
		var addresses []string
		for i := range 60 {
			addresses = append(addresses, fmt.Sprintf("m%d@contoso-mail.example", i))
		}
		found, err := d.LookUp(t.Context(), addresses)
		assert.Equal(t, "error", err, nil)
		for address, users := range found {
			if len(users) != 1 {
				t.Errorf("%s: %v", address, users)
			}
		}
		assert.Equal(t, "requests", out.paths(), []string{"POST /$batch of 20", "POST /$batch of 3", "POST /$batch"})
		assert.Equal(t, "time taken", time.Since(start), 37*time.Second)
		assert.Equal(t, "told", told, []time.Duration{30 * time.Second, 37 * time.Second})
	})
}

func TestLookUpGivesUp(t *testing.T) {
	for name, test := range map[string]struct {
		status, after int
		requests      int
		took          time.Duration
	}{
		"faults":    {500, 0, 5, 15 * time.Second},
		"throttled": {429, 10, 20, 190 * time.Second},
		"refused":   {400, 0, 1, 0},
		"denied":    {403, 0, 2, 0}, // and once more with basic properties
		"token":     {401, 0, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tenant := sandbox.New(sandbox.Config{Trouble: func(r *http.Request) (int, int) {
					if r.Method == http.MethodPost {
						return 0, 0
					}
					return test.status, test.after
				}})
				d, out := readerOf(t, tenant, DirectoryConfig{})
				start := time.Now()
				found, err := d.LookUp(t.Context(), []string{"a@b.example", "c@d.example"})
				refused, ok := errors.AsType[*Refusal](err)
				if !ok || refused.Status != test.status || found != nil {
					t.Errorf("got %v, %v", found, err)
				}
				assert.Equal(t, "requests", len(out.all), test.requests)
				assert.Equal(t, "time taken", time.Since(start), test.took)
			})
		})
	}
}

// A caller that waits by itself gets the first trouble at once.
func TestClientLooksUpOnce(t *testing.T) {
	for _, at := range []string{"/v1.0/$batch", "/v1.0/users"} {
		trouble := true
		tenant := sandbox.New(sandbox.Config{People: members(3), Trouble: func(r *http.Request) (int, int) {
			if trouble && r.URL.Path == at {
				return http.StatusTooManyRequests, 30
			}
			return 0, 0
		}})
		d, out := readerOf(t, tenant, DirectoryConfig{})
		start := time.Now()
		found, err := d.client.LookUp(t.Context(), []string{"m1@contoso-mail.example"})
		refused, ok := errors.AsType[*Refusal](err)
		if !ok || !refused.Throttled() || refused.RetryAfter != 30*time.Second || found != nil {
			t.Errorf("%s: got %v, %v", at, found, err)
		}
		if time.Since(start) > 10*time.Second || len(out.all) != 1 {
			t.Errorf("%s: %d requests in %v", at, len(out.all), time.Since(start))
		}
		trouble = false
		found, err = d.client.LookUp(t.Context(), []string{"m1@contoso-mail.example"})
		assert.Equal(t, "later", fmt.Sprint(len(found["m1@contoso-mail.example"]), err, len(out.all)), "1 <nil> 2")
	}
}

// What the sign-in may read is found out once for a client.
func TestClientRemembersBasicPermission(t *testing.T) {
	d, out := readerOf(t, sandbox.New(sandbox.Config{Basic: true, People: members(3)}), DirectoryConfig{})
	for range 3 {
		found, err := d.client.LookUp(t.Context(), []string{"m1@contoso-mail.example"})
		users := found["m1@contoso-mail.example"]
		if err != nil || len(users) != 1 || !users[0].Basic {
			t.Errorf("got %v, %v", found, err)
		}
	}
	assert.Equal(t, "requests", len(out.all), 4)
}

// What is no complete answer proves nothing about anyone.
func TestLookUpNeedsACompleteAnswer(t *testing.T) {
	const none = `{"value":[]}`
	item := func(id, body string) string { return `{"id":"` + id + `","status":200,"body":` + body + `}` }
	for name, responses := range map[string][]string{
		"nothing":          {},
		"one missing":      {item("0", none)},
		"one twice":        {item("0", none), item("0", none)},
		"an unknown one":   {item("0", none), item("7", none)},
		"no number":        {item("0", none), item("x", none)},
		"no list":          {item("0", none), item("1", "{}")},
		"null":             {item("0", none), item("1", `{"value":null}`)},
		"no body":          {item("0", none), `{"id":"1","status":200}`},
		"no status":        {item("0", none), `{"id":"1","body":` + none + `}`},
		"a page too few":   {item("0", none), item("1", `{"value":[],"@odata.nextLink":"http://127.0.0.1/v1.0/users?$skiptoken=a"}`)},
		"a page elsewhere": {item("0", none), item("1", `{"value":[],"@odata.nextLink":"http://evil.example/v1.0/users?$skiptoken=a"}`)},
	} {
		t.Run(name, func(t *testing.T) {
			d, _ := readerOf(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodGet {
					_, _ = io.WriteString(w, "{}")
					return
				}
				_, _ = io.WriteString(w, `{"responses":[`+strings.Join(responses, ",")+`]}`)
			}), DirectoryConfig{})
			found, err := d.LookUp(t.Context(), []string{"a@b.example", "c@d.example", "e@f.example", "g@h.example"})
			if !errors.As(err, new(*NoAnswerError)) || found != nil {
				t.Errorf("got %v, %v", found, err)
			}
		})
	}
	for name, body := range map[string]string{"no JSON": "<html>", "no responses": "{}", "null": "null"} {
		d, _ := readerOf(t, answering(http.StatusOK, body), DirectoryConfig{})
		if _, err := d.LookUp(t.Context(), []string{"a@b.example"}); !isUnusable(err, body) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestLookUpFollowsPages(t *testing.T) {
	people := []sandbox.Person{
		{ID: "u1", Address: "a@fabrikam.example"},
		{ID: "u2", Address: "b@fabrikam.example"},
		{ID: "u3", Address: "c@fabrikam.example"},
	}
	d, out := readerOf(t, sandbox.New(sandbox.Config{PageSize: 1, People: people}), DirectoryConfig{})
	found, err := d.LookUp(t.Context(), []string{"a@fabrikam.example", "b@fabrikam.example", "c@fabrikam.example"})
	assert.Equal(t, "error", err, nil)
	for address, users := range found {
		if len(users) != 1 || users[0].Mail != address {
			t.Errorf("%s: %v", address, users)
		}
	}
	assert.Equal(t, "requests", out.paths(), []string{"POST /$batch", "GET /users", "GET /users"})
}

// Graph decides which letters are alike. A user whose address is none of those
// that we asked for is asked for again, one address at a time.
func TestLookUpTakesGraphsWord(t *testing.T) {
	const strasse = `{"id":"u1","mail":"strasse@fabrikam.example","userType":"Guest"}`
	var filters []string
	d, out := readerOf(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var responses []string
		for i, part := range strings.Split(string(body), `"url":"`)[1:] {
			link, _, _ := strings.Cut(part, `"`)
			u, err := url.Parse(strings.ReplaceAll(link, `\u0026`, "&"))
			if err != nil {
				t.Error(err)
			}
			filter := u.Query().Get("$filter")
			filters = append(filters, filter)
			value := ""
			if strings.Contains(filter, "straße@") {
				value = strasse
			}
			responses = append(responses, fmt.Sprintf(`{"id":"%d","status":200,"body":{"value":[%s]}}`, i, value))
		}
		_, _ = io.WriteString(w, `{"responses":[`+strings.Join(responses, ",")+`]}`)
	}), DirectoryConfig{})
	found, err := d.LookUp(t.Context(), []string{"a@fabrikam.example", "straße@fabrikam.example", "b@fabrikam.example"})
	assert.Equal(t, "error", err, nil)
	assert.Equal(t, "found", fmt.Sprint(len(found["a@fabrikam.example"]), len(found["straße@fabrikam.example"]), len(found["b@fabrikam.example"])), "0 1 0")
	assert.Equal(t, "requests", out.paths(), []string{"POST /$batch", "POST /$batch of 3"})
	assert.Equal(t, "queries", len(filters), 4)
}

func TestAliasesAreOneUser(t *testing.T) {
	tenant := sandbox.New(sandbox.Config{Aliases: map[string]string{"p@fabrikam.example": "pat@fabrikam.example"}})
	d, _ := readerOf(t, tenant, DirectoryConfig{})
	for _, address := range []string{"pat@fabrikam.example", "p@fabrikam.example"} {
		if _, err := d.client.Invite(t.Context(), Invitation{EmailAddress: address, RedirectURL: "https://a.example"}); err != nil {
			t.Fatal(err)
		}
	}
	found, err := d.LookUp(t.Context(), []string{"pat@fabrikam.example", "p@fabrikam.example"})
	assert.Equal(t, "error", err, nil)
	one, other := found["pat@fabrikam.example"], found["p@fabrikam.example"]
	if len(one) != 1 || len(other) != 1 || one[0].ID != other[0].ID || one[0].State != StatePending {
		t.Errorf("got %v and %v", one, other)
	}
}
