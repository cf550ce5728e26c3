package sandbox

import (
	"net/http"
	"net/url"
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
		checkAnswer(t, r.post(t, ask(address)), accepted)
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
	checkAnswer(t, r.post(t, everything), accepted)
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
		"no filter":        {url.Values{}, "Request_UnsupportedQuery"},
		"empty filter":     {url.Values{"$filter": {""}}, "BadRequest"},
		"no comparison":    {url.Values{"$filter": {"mail"}}, "BadRequest"},
		"open apostrophe":  {url.Values{"$filter": {"mail eq 'o'brien@b'"}}, "BadRequest"},
		"other property":   {url.Values{"$filter": {"userType eq 'Guest'"}}, "Request_UnsupportedQuery"},
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
