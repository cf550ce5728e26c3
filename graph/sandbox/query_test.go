package sandbox

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"guestlist/internal/assert"
)

type found struct {
	Context string           `json:"@odata.context"`
	Value   []map[string]any `json:"value"`
}

// usualSelect is what a client asks for to judge an unanswered invitation.
const usualSelect = "id,userPrincipalName,mail,otherMails,userType,createdDateTime,creationType,externalUserState,externalUserStateChangeDateTime"

func TestUsersFindsGuests(t *testing.T) {
	r := serve(t, Config{})
	for _, address := range []string{"Pat@Fabrikam.example", "o'brien@fabrikam.example", "a+b&c#d@fabrikam.example"} {
		checkAnswer(t, r.post(t, ask(address)), created201)
	}
	tests := []struct {
		filter string
		mails  []string
	}{
		{"mail eq 'pat@fabrikam.example'", []string{"Pat@Fabrikam.example"}},
		{"mail eq 'PAT@FABRIKAM.EXAMPLE'", []string{"Pat@Fabrikam.example"}},
		{"mail eq 'o''brien@fabrikam.example'", []string{"o'brien@fabrikam.example"}},
		{"mail eq 'a+b&c#d@fabrikam.example'", []string{"a+b&c#d@fabrikam.example"}},
		{"otherMails/any(x:x eq 'pat@fabrikam.example')", []string{"Pat@Fabrikam.example"}},
		{"mail eq 'pat@fabrikam.example' or otherMails/any(x:x eq 'pat@fabrikam.example')", []string{"Pat@Fabrikam.example"}},
		{"mail eq 'pat@fabrikam.example' or mail eq 'o''brien@fabrikam.example'", []string{"Pat@Fabrikam.example", "o'brien@fabrikam.example"}},
		{"proxyAddresses/any(x:x eq 'SMTP:pat@fabrikam.example')", []string{"Pat@Fabrikam.example"}},
		{"proxyAddresses/any(x:x eq 'smtp:pat@fabrikam.example')", nil},
		{"mail eq 'nobody@fabrikam.example'", nil},
		{"mail eq ' pat@fabrikam.example'", nil},
		{"mail eq ''", nil},
	}
	for _, test := range tests {
		g := r.lookUp(t, url.Values{"$filter": {test.filter}, "$select": {"mail"}})
		assert.Equal(t, "status", g.status, http.StatusOK)
		body := decode[found](t, g.body)
		var mails []string
		for _, u := range body.Value {
			mails = append(mails, u["mail"].(string))
		}
		if diff := cmp.Diff(test.mails, mails); diff != "" || body.Value == nil {
			t.Errorf("%s: %s", test.filter, diff)
		}
	}
}

func TestUsersSelect(t *testing.T) {
	r := serve(t, Config{ClockOffset: time.Hour})
	before := time.Now().Add(time.Hour).Truncate(time.Second)
	checkAnswer(t, r.post(t, everything), created201)
	filter := "mail eq 'pat@fabrikam.example'"

	full := decode[found](t, r.lookUp(t, url.Values{"$filter": {filter}, "$select": {usualSelect}}).body).Value[0]
	created, err := time.Parse("2006-01-02T15:04:05Z", full["createdDateTime"].(string))
	if err != nil || created.Before(before) || created.After(before.Add(time.Minute)) {
		t.Errorf("created %v: %v", full["createdDateTime"], err)
	}
	want := map[string]any{
		"id": userID("pat@fabrikam.example"), "mail": "Pat@Fabrikam.example", "otherMails": []any{"Pat@Fabrikam.example"},
		"userPrincipalName": "Pat_Fabrikam.example#EXT#@sandbox.onmicrosoft.example", "userType": "Member",
		"creationType": "Invitation", "externalUserState": "PendingAcceptance",
		"createdDateTime": full["createdDateTime"], "externalUserStateChangeDateTime": full["createdDateTime"],
	}
	if diff := cmp.Diff(want, full); diff != "" {
		t.Error(diff)
	}

	few := decode[found](t, r.lookUp(t, url.Values{"$filter": {filter}}).body)
	want = map[string]any{
		"id": want["id"], "mail": want["mail"], "userPrincipalName": want["userPrincipalName"], "displayName": "Pat & Doe",
	}
	if diff := cmp.Diff([]map[string]any{want}, few.Value); diff != "" {
		t.Error(diff)
	}
	assert.Equal(t, "context", few.Context, "https://graph.microsoft.com/v1.0/$metadata#users(displayName,id,mail,userPrincipalName)")
}

func TestUsersRefuses(t *testing.T) {
	tests := map[string]struct {
		query url.Values
		code  string
	}{
		"empty filter":     {url.Values{"$filter": {""}}, "BadRequest"},
		"no comparison":    {url.Values{"$filter": {"mail"}}, "BadRequest"},
		"open apostrophe":  {url.Values{"$filter": {"mail eq 'o'brien@b'"}}, "BadRequest"},
		"other property":   {url.Values{"$filter": {"jobTitle eq 'Guest'"}}, "Request_UnsupportedQuery"},
		"other option":     {url.Values{"$filter": {"mail eq 'a'"}, "$search": {"a"}}, "Request_UnsupportedQuery"},
		"unknown property": {url.Values{"$filter": {"mail eq 'a'"}, "$select": {"id,signInNames"}}, "BadRequest"},
		"spaced select":    {url.Values{"$filter": {"mail eq 'a'"}, "$select": {"id, mail"}}, "BadRequest"},
	}
	r := serve(t, Config{})
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			checkAnswer(t, r.lookUp(t, test.query), answer{400, test.code, "", ""})
		})
	}
	g := r.do(request(t, http.MethodGet, r.url+"/users?$filter=%zz", ""))
	checkAnswer(t, g, answer{400, "BadRequest", "cannot be read", ""})
}

// all follows the pages of a list.
func (r room) all(t *testing.T, path string) (mails []string, pages int) {
	t.Helper()
	for link := r.url + path; link != ""; {
		g := r.do(request(t, http.MethodGet, link, ""))
		assert.Equal(t, "status", g.status, http.StatusOK)
		page := decode[struct {
			Value []struct{ Mail string }
			Next  string `json:"@odata.nextLink"`
		}](t, g.body)
		for _, u := range page.Value {
			mails = append(mails, u.Mail)
		}
		pages++
		if link = page.Next; link != "" && !strings.HasPrefix(link, r.url+"/") {
			t.Fatalf("next page at %s", link)
		}
	}
	return mails, pages
}

func crowd(n int) (people []Person, mails []string) {
	for i := range n {
		address := fmt.Sprintf("g%d@fabrikam.example", i)
		people, mails = append(people, Person{Address: address}), append(mails, address)
	}
	return people, mails
}

func TestUsersAreListedPageByPage(t *testing.T) {
	people, mails := crowd(250)
	people = append(people, Person{Address: "boss@contoso.example", Type: "Member"})
	r := serve(t, Config{People: people})
	for path, want := range map[string]struct {
		mails []string
		pages int
	}{
		"/users":                          {append(slices.Clone(mails), "boss@contoso.example"), 3},
		"/users?$top=999&$select=id,mail": {append(slices.Clone(mails), "boss@contoso.example"), 1},
		"/users?$top=125&$select=mail&$filter=userType%20eq%20'Guest'":                                     {mails, 2},
		"/users?$filter=userType%20eq%20'Member'":                                                          {[]string{"boss@contoso.example"}, 1},
		"/users?$filter=mail%20eq%20'g1@fabrikam.example'%20or%20mail%20eq%20'g9@fabrikam.example'&$top=1": {[]string{"g1@fabrikam.example", "g9@fabrikam.example"}, 2},
		"/users?$filter=externalUserState%20eq%20'Accepted'":                                               {nil, 1},
	} {
		got, pages := r.all(t, path)
		assert.Equal(t, path, got, want.mails)
		assert.Equal(t, path+": pages", pages, want.pages)
	}
	few := serve(t, Config{People: people, PageSize: 10})
	got, pages := few.all(t, "/users?$top=999")
	assert.Equal(t, "bounded pages", fmt.Sprint(len(got), " ", pages), "251 26")
}

func TestUsersCount(t *testing.T) {
	people, _ := crowd(7)
	r := serve(t, Config{People: append(people, Person{Address: "boss@contoso.example", Type: "Member"})})
	req := request(t, http.MethodGet, r.url+"/users/$count", "")
	assert.Equal(t, "without ConsistencyLevel", r.do(req).status, http.StatusBadRequest)
	req.Header.Set("ConsistencyLevel", "eventual")
	assert.Equal(t, "count", string(r.do(req).body), "8")
	req = request(t, http.MethodGet, r.url+"/users?$count=true&$top=1&$filter=userType%20eq%20'Guest'", "")
	assert.Equal(t, "without ConsistencyLevel", r.do(req).status, http.StatusBadRequest)
	req.Header.Set("ConsistencyLevel", "eventual")
	assert.Equal(t, "count of a list", decode[map[string]any](t, r.do(req).body)["@odata.count"], 7.0)
}

func TestUsersRefusesTooMuch(t *testing.T) {
	r := serve(t, Config{})
	terms := strings.TrimSuffix(strings.Repeat("mail eq 'a' or ", 16), " or ")
	checkAnswer(t, r.lookUp(t, url.Values{"$filter": {terms}}), answer{400, "Request_UnsupportedQuery", "Too many child clauses specified in search filter expression containing 'OR' operators: 16. Max allowed: 15.", ""})
	for _, top := range []string{"0", "1000", "x"} {
		checkAnswer(t, r.lookUp(t, url.Values{"$top": {top}}), answer{400, "BadRequest", "Invalid page size", ""})
	}
	checkAnswer(t, r.lookUp(t, url.Values{"$skiptoken": {"-1"}}), answer{400, "BadRequest", "Invalid skip token", ""})
}

func TestUsersWithBasicPermission(t *testing.T) {
	r := serve(t, Config{Basic: true, People: []Person{{Address: "pat@fabrikam.example", State: "Accepted"}}})
	query := func(filter string) url.Values {
		return url.Values{"$filter": {filter}, "$select": {"mail,externalUserState,otherMails,createdDateTime,userType,accountEnabled"}}
	}
	checkAnswer(t, r.lookUp(t, query("otherMails/any(x:x eq 'pat@fabrikam.example')")), answer{403, "Authorization_RequestDenied", "", ""})
	body := decode[found](t, r.lookUp(t, query("mail eq 'pat@fabrikam.example' or userPrincipalName eq 'x'")).body)
	assert.Equal(t, "user", body.Value, []map[string]any{{
		"mail": "pat@fabrikam.example", "externalUserState": nil, "otherMails": nil, "createdDateTime": nil, "userType": nil, "accountEnabled": nil,
	}})
}
