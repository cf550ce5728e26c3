package graph

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"guestlist/graph/sandbox"
	"guestlist/internal/assert"
)

// numbered is the n-th object id of many.
func numbered(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

func TestUsersByID(t *testing.T) {
	created := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var people []sandbox.Person
	var ids []string
	for i := range 45 {
		ids = append(ids, numbered(i))
		if i%10 != 0 {
			people = append(people, sandbox.Person{ID: numbered(i), Address: fmt.Sprintf("g%d@fabrikam.example", i), Created: created})
		}
	}
	d, out := readerOf(t, sandbox.New(sandbox.Config{People: people}), DirectoryConfig{})
	found, err := d.UsersByID(t.Context(), ids)
	assert.Equal(t, "error", err, nil)
	for i, f := range found {
		missing := i%10 == 0
		if f.ID != ids[i] || f.Missing() != missing || (f.Err == nil) == missing || !missing && (f.Value.ID != ids[i] || f.Value.State != StatePending || !f.Value.Created.Equal(created)) {
			t.Errorf("%d: %+v", i, f)
		}
	}
	assert.Equal(t, "requests", out.paths(), []string{"POST /$batch of 20", "POST /$batch of 20", "POST /$batch of 5"})

	one, err := d.UserByID(t.Context(), strings.ToUpper(ids[7]))
	assert.Equal(t, "one", fmt.Sprint(one.Mail, one.CreationType, one.Type, err), "g7@fabrikam.exampleInvitationGuest<nil>")
	_, err = d.UserByID(t.Context(), ids[10])
	assert.Equal(t, "missing", IsMissing(err), true)
	none, err := d.UsersByID(t.Context(), nil)
	assert.Equal(t, "nothing to read", fmt.Sprint(len(none), err), "0 <nil>")
}

// Only Graph's own word says that a user is not there.
func TestWhatIsNotMissing(t *testing.T) {
	for name, test := range map[string]struct {
		status  int
		body    string
		missing bool
	}{
		"missing":       {404, `{"error":{"code":"Request_ResourceNotFound","message":"Resource 'x' does not exist"}}`, true},
		"no company":    {404, `{"error":{"code":"Directory_ObjectNotFound","message":"Unable to read the company information from the directory."}}`, false},
		"wrong path":    {404, `{"error":{"code":"UnknownError","message":"404 - File or directory not found."}}`, false},
		"without words": {404, `null`, false},
		"another user":  {200, `{"id":"` + otherID + `","displayName":"x"}`, false},
		"no user":       {200, `{}`, false},
		"a list":        {200, `{"value":[{"id":"` + guestID + `"}]}`, false},
		"null":          {200, `null`, false},
		"no content":    {204, `null`, false},
		"refused":       {400, `{"error":{"code":"Request_ResourceNotFound"}}`, false},
		"denied":        {403, `{"error":{"code":"Authorization_RequestDenied"}}`, false},
		"redirected":    {302, `{}`, false},
	} {
		d, _ := readerOf(t, answering(http.StatusOK, fmt.Sprintf(`{"responses":[{"id":"0","status":%d,"body":%s}]}`, test.status, test.body)), DirectoryConfig{Basic: true})
		users, err := d.UsersByID(t.Context(), []string{guestID})
		assert.Equal(t, name+": error", err, nil)
		if users[0].Missing() != test.missing || users[0].Err == nil {
			t.Errorf("%s: %+v", name, users[0])
		}
	}
	u, err := func() (User, error) {
		d, _ := readerOf(t, answering(http.StatusOK, `<html></html>`), DirectoryConfig{})
		return d.UserByID(t.Context(), guestID)
	}()
	if u.ID != "" || !errors.As(err, new(*NotGraphError)) {
		t.Errorf("a web page: %v, %v", u, err)
	}
}

// An item that is throttled waits as long as it was told, alone; one that stays so says it.
func TestReadsByIDAreRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := map[string]int{}
		tenant := sandbox.New(sandbox.Config{
			People: []sandbox.Person{{ID: guestID, Address: "pat@fabrikam.example"}, {ID: otherID, Address: "bo@fabrikam.example"}},
			Trouble: func(r *http.Request) (int, int) {
				tries[r.URL.Path]++
				switch n := tries[r.URL.Path]; {
				case strings.HasSuffix(r.URL.Path, guestID) && n == 1:
					return http.StatusTooManyRequests, 7
				case strings.HasSuffix(r.URL.Path, nobodyID):
					return http.StatusInternalServerError, 0
				}
				return 0, 0
			},
		})
		d, out := readerOf(t, tenant, DirectoryConfig{})
		start := time.Now()
		users, err := d.UsersByID(t.Context(), []string{guestID, nobodyID, otherID})
		assert.Equal(t, "error", err, nil)
		assert.Equal(t, "read", []any{users[0].Value.Mail, users[2].Value.Mail}, []any{"pat@fabrikam.example", "bo@fabrikam.example"})
		refused, ok := errors.AsType[*Refusal](users[1].Err)
		assert.Equal(t, "a fault is no proof", ok && refused.Status == 500 && !users[1].Missing(), true)
		assert.Equal(t, "requests", out.paths(), []string{"POST /$batch of 3", "POST /$batch of 2", "POST /$batch", "POST /$batch", "POST /$batch", "POST /$batch"})
		if took := time.Since(start); took < 7*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

// A $batch that is never answered says so for everyone whom it would have shown.
func TestLostBatchOfReads(t *testing.T) {
	served := 0
	tenant := sandbox.New(sandbox.Config{People: []sandbox.Person{{ID: numbered(0), Address: "pat@fabrikam.example"}}})
	d, _ := readerOf(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if served++; served > 1 {
			answering(http.StatusBadRequest, `{"error":{"code":"BadRequest"}}`)(w, r)
			return
		}
		tenant.ServeHTTP(w, r)
	}), DirectoryConfig{})
	var ids []string
	for i := range 21 {
		ids = append(ids, numbered(i))
	}
	users, err := d.UsersByID(t.Context(), ids)
	if err == nil || users[0].Err != nil || !users[19].Missing() || users[20].Err == nil || users[20].Missing() {
		t.Errorf("%v: %+v", err, users)
	}
}

func TestByIDWithBasicPermission(t *testing.T) {
	people := []sandbox.Person{{ID: guestID, Address: "pat@fabrikam.example"}}
	d, _ := readerOf(t, sandbox.New(sandbox.Config{Basic: true, People: people}), DirectoryConfig{})
	users, err := d.UsersByID(t.Context(), []string{guestID, otherID})
	if err != nil || !users[0].Value.Basic || users[0].Value.State != "" || users[0].Value.Mail == "" || !users[1].Missing() {
		t.Errorf("%v: %+v", err, users)
	}
	// One user who may not be read says nothing about the others.
	tenant := sandbox.New(sandbox.Config{People: people, Forbidden: []string{"/users/" + otherID}})
	d, _ = readerOf(t, tenant, DirectoryConfig{})
	users, err = d.UsersByID(t.Context(), []string{otherID, guestID})
	permission, denied := errors.AsType[*PermissionError](users[0].Err)
	if err != nil || d.Basic() || users[1].Value.State != StatePending || !denied || permission.Capability != ReadStatus {
		t.Errorf("%v, basic %v: %+v", err, d.Basic(), users)
	}
	d, out := readerOf(t, sandbox.New(sandbox.Config{Forbidden: []string{"GET /users/{id}"}, People: people}), DirectoryConfig{})
	users, err = d.UsersByID(t.Context(), []string{guestID})
	assert.Equal(t, "nothing may be read", fmt.Sprint(errors.As(users[0].Err, new(*PermissionError)), err, len(out.all)), "true <nil> 2")
}

func TestDeletedByID(t *testing.T) {
	gone := time.Now().Add(-48 * time.Hour).UTC().Truncate(time.Second)
	tenant := sandbox.New(sandbox.Config{People: []sandbox.Person{
		{ID: numbered(1), Address: "a@fabrikam.example", Deleted: gone},
		{ID: numbered(2), Address: "b@fabrikam.example", Deleted: gone.Add(-30 * 24 * time.Hour)},
		{ID: numbered(3), Address: "c@fabrikam.example"},
	}})
	d, _ := readerOf(t, tenant, DirectoryConfig{})
	found, err := d.DeletedByID(t.Context(), []string{numbered(1), numbered(2), numbered(3), numbered(4)})
	assert.Equal(t, "error", err, nil)
	assert.Equal(t, "restorable", found[0].Value.RestorableUntil(), gone.Add(RestorableFor))
	for _, f := range found[1:] {
		assert.Equal(t, f.ID, f.Missing(), true)
	}
	assert.Equal(t, "not deleted", User{}.RestorableUntil(), time.Time{})
	users, _ := d.UsersByID(t.Context(), []string{numbered(1)})
	assert.Equal(t, "is no user", users[0].Missing(), true)
}

func TestProfilesByID(t *testing.T) {
	all := map[string]string{}
	for i, name := range sandbox.Attributes() {
		all[name] = fmt.Sprint("v", i)
	}
	d, _ := readerOf(t, sandbox.New(sandbox.Config{People: []sandbox.Person{
		{ID: guestID, Address: "pat@fabrikam.example", Attributes: all}, {ID: otherID, Address: "bo@fabrikam.example"},
	}}), DirectoryConfig{})
	profiles, err := d.ProfilesByID(t.Context(), []string{guestID, otherID, nobodyID})
	assert.Equal(t, "error", err, nil)
	for i := range 2 { // the tenant's own accounts are a year old
		if age := time.Since(profiles[i].Value.Created); age < 300*24*time.Hour {
			t.Errorf("an account that is %v old", age)
		}
		profiles[i].Value.Created = time.Time{}
	}
	want := Attributes{}
	for name, value := range all {
		want[Attribute(name)] = value
	}
	assert.Equal(t, "all", profiles[0].Value, Profile{ID: guestID, Attributes: want})
	assert.Equal(t, "known to both sides", len(all), len(AllAttributes()))
	assert.Equal(t, "none", profiles[1].Value, Profile{ID: otherID, Attributes: Attributes{}})
	assert.Equal(t, "nobody", profiles[2].Missing(), true)
}

func TestAccountsByID(t *testing.T) {
	people := []sandbox.Person{
		{ID: guestID, Address: "pat@fabrikam.example", Groups: []string{"Partners"}, Roles: []string{"Helpdesk Administrator"}},
		{ID: otherID, Address: "bo@fabrikam.example", Groups: []string{"Partners", "Readers"}},
	}
	ids := []string{guestID, otherID, nobodyID}
	for i := range 20 {
		people = append(people, sandbox.Person{ID: numbered(i), Address: fmt.Sprintf("g%d@fabrikam.example", i)})
		ids = append(ids, numbered(i))
	}
	groups := []sandbox.Group{{ID: groupID, Name: "Partners"}, {ID: numbered(99), Name: "Readers"}}
	d, out := readerOf(t, sandbox.New(sandbox.Config{Groups: groups, People: people}), DirectoryConfig{})
	found, err := d.AccountsByID(t.Context(), ids)
	assert.Equal(t, "error", err, nil)
	assert.Equal(t, "an administrator", fmt.Sprint(found[0].Value.HoldsRole(), len(found[0].Value.Roles), found[0].Value.User.ID == guestID, found[0].Err), "true 1 true <nil>")
	assert.Equal(t, "nobody", found[2].Missing(), true)
	for _, f := range slices.Concat(found[1:2], found[3:]) {
		assert.Equal(t, "a guest", fmt.Sprint(f.Value.HoldsRole(), f.Value.User.ID == f.ID, f.Value.User.State == StatePending, f.Err), "false true true <nil>")
	}
	assert.Equal(t, "requests", out.paths(), []string{"POST /$batch of 20", "POST /$batch of 20", "POST /$batch of 6"})
	assert.Equal(t, "together", AccountsTogether, 10)

	// A role can be on a later page. The user is read anew after it.
	d, out = readerOf(t, sandbox.New(sandbox.Config{PageSize: 1, Groups: groups, People: []sandbox.Person{
		{ID: guestID, Address: "pat@fabrikam.example", Groups: []string{"Partners", "Readers"}, Roles: []string{"x", "Owner"}},
	}}), DirectoryConfig{})
	found, err = d.AccountsByID(t.Context(), []string{guestID})
	assert.Equal(t, "pages", fmt.Sprint(len(found[0].Value.Roles), found[0].Err, err), "2 <nil> <nil>")
	of := "GET /users/" + guestID
	assert.Equal(t, "requests of pages", out.paths(), []string{"POST /$batch of 2", of + "/transitiveMemberOf", of + "/transitiveMemberOf", of + "/transitiveMemberOf", of})
}

// Of whom it is not known whether they hold a role, nothing is.
func TestAccountsOfUnknownRoles(t *testing.T) {
	const user = `{"id":"` + guestID + `","userType":"Guest"}`
	for name, memberships := range map[string]string{
		"no list": `"status":200,"body":{}`, "a fault": `"status":400,"body":{"error":{"code":"BadRequest"}}`, "no content": `"status":204`,
		"no objects": `"status":200,"body":{"value":[{}]}`, "of no kind": `"status":200,"body":{"value":[{"id":"` + otherID + `"}]}`, "a page elsewhere": `"status":200,"body":{"value":[],"@odata.nextLink":"https://fabrikam.example/v1.0/x"}`,
	} {
		d, _ := readerOf(t, answering(http.StatusOK, `{"responses":[{"id":"1",`+memberships+`},{"id":"0","status":200,"body":`+user+`}]}`), DirectoryConfig{})
		accounts, err := d.AccountsByID(t.Context(), []string{guestID})
		if err != nil || accounts[0].Err == nil || accounts[0].Missing() || accounts[0].Value.User.ID != "" {
			t.Errorf("%s: %v, %+v", name, err, accounts)
		}
	}
	d, _ := readerOf(t, answering(http.StatusOK, `{"responses":[{"id":"0","status":200,"body":`+user+`}]}`), DirectoryConfig{Once: true})
	accounts, err := d.AccountsByID(t.Context(), []string{guestID})
	assert.Equal(t, "an item is left out", err != nil && accounts[0].Err != nil, true)
	people := []sandbox.Person{{ID: guestID, Address: "pat@fabrikam.example"}}
	d, _ = readerOf(t, sandbox.New(sandbox.Config{People: people, Forbidden: []string{"/users/" + guestID + "/transitiveMemberOf"}}), DirectoryConfig{})
	accounts, err = d.AccountsByID(t.Context(), []string{guestID})
	assert.Equal(t, "denied", errors.As(accounts[0].Err, new(*PermissionError)) && err == nil, true)
	d, _ = readerOf(t, sandbox.New(sandbox.Config{People: people, Basic: true}), DirectoryConfig{})
	accounts, err = d.AccountsByID(t.Context(), []string{guestID})
	assert.Equal(t, "basic", fmt.Sprint(accounts[0].Value.User.Basic, accounts[0].Err, err), "true <nil> <nil>")
}

// Where the roles had to wait, the user is read anew with them: what was read before is old.
func TestAccountsAreOfOneMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		met := false
		var tenant *sandbox.Tenant
		tenant = sandbox.New(sandbox.Config{
			People: []sandbox.Person{{ID: guestID, Address: "pat@fabrikam.example"}, {ID: otherID, Address: "bo@fabrikam.example"}},
			Trouble: func(r *http.Request) (int, int) {
				if met || !strings.HasPrefix(r.URL.Path, "/v1.0/users/"+otherID+"/") {
					return 0, 0
				}
				met = true
				tenant.Accept("bo@fabrikam.example")
				return http.StatusTooManyRequests, 7
			},
		})
		d, out := readerOf(t, tenant, DirectoryConfig{})
		start := time.Now()
		accounts, err := d.AccountsByID(t.Context(), []string{guestID, otherID})
		assert.Equal(t, "error", err, nil)
		assert.Equal(t, "read", []string{accounts[0].Value.User.State, accounts[1].Value.User.State}, []string{StatePending, StateAccepted})
		assert.Equal(t, "requests", out.paths(), []string{"POST /$batch of 4", "POST /$batch of 2"})
		assert.Equal(t, "waited", time.Since(start) >= 7*time.Second, true)
	})
}

// Whatever is answered, a user is read only from an answer that names the user.
func FuzzReadUser(f *testing.F) {
	f.Add(200, `{"id":"`+guestID+`","mail":"pat@fabrikam.example"}`)
	f.Add(404, `{"error":{"code":"Request_ResourceNotFound"}}`)
	f.Add(200, `{"employeeOrgData":{"division":1},"id":"`+guestID+`"}`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		a := answer{status: status, header: http.Header{}, body: []byte(body)}
		u, err := readUser(a, guestID)
		p, profileErr := readProfile(a, guestID)
		if err == nil && (status != http.StatusOK || !strings.EqualFold(u.ID, guestID)) || profileErr == nil && !strings.EqualFold(p.ID, guestID) {
			t.Errorf("%d %q: %v, %v", status, body, u, p)
		}
		for attribute, value := range p.Attributes {
			if value == "" || !slices.Contains(AllAttributes(), attribute) {
				t.Errorf("%q: %s is %q", body, attribute, value)
			}
		}
	})
}

// Content-Type says that there is a body, and comes with every method that has one.
func TestBodiesAreJSON(t *testing.T) {
	var kinds []string
	c, _ := writerOf(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kinds = append(kinds, r.Method+" "+r.Header.Get("Content-Type"))
		w.Header().Set("Request-Id", "r")
		w.WriteHeader(http.StatusNoContent)
	}))
	for _, w := range []Write{SetManager(guestID, otherID), AddMember(groupID, guestID), AddMembers(groupID, []string{guestID}), DeleteUser(guestID)} {
		assert.Equal(t, "outcome", c.Write(t.Context(), w).Outcome, Done)
	}
	assert.Equal(t, "kinds", kinds, []string{"PUT application/json", "POST application/json", "PATCH application/json", "DELETE "})
}
