package sandbox

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"guestlist/internal/assert"
)

// withProperty is a good invitation with one more property, as JSON.
func withProperty(property string) string {
	return `{"invitedUserEmailAddress":"pat@fabrikam.example","inviteRedirectUrl":"https://a.example",` + property + `}`
}

const someID = `{"id":"00000000-0000-0000-0000-000000000001"}`

func TestReadInvitationRefuses(t *testing.T) {
	tests := map[string]struct{ body, message string }{
		"no JSON":            {`hello`, "Unable to read JSON"},
		"nothing":            {``, "Unable to read JSON"},
		"null":               {`null`, "Unable to read JSON"},
		"a list":             {`[]`, "Unable to read JSON"},
		"text after":         {ask("pat@fabrikam.example") + "x", "Unable to read JSON"},
		"unknown property":   {withProperty(`"invitedToGroups":[]`), "'invitedToGroups'"},
		"read-only property": {withProperty(`"status":"Completed"`), "'status'"},
		"wrong case":         {withProperty(`"SendInvitationMessage":true`), "'SendInvitationMessage'"},
		"unknown deeper":     {withProperty(`"invitedUserMessageInfo":{"ccRecipients":[{"emailAddress":{"address":"a@b","mail":1}}]}`), "'mail'"},
		"user properties":    {withProperty(`"invitedUser":{"id":"x","givenName":"Pat"}`), "'givenName'"},
		"sponsor annotation": {withProperty(`"invitedUserSponsors":[{"@odata.type":"#microsoft.graph.user"}]`), "'@odata.type'"},
		"object for a text":  {withProperty(`"invitedUserDisplayName":{"a":1}`), "'a'"},
		"text for a boolean": {withProperty(`"sendInvitationMessage":"true"`), "Cannot convert"},
		"object for a list":  {withProperty(`"invitedUserSponsors":` + someID), "Cannot convert"},
		"no address":         {`{"inviteRedirectUrl":"https://a.example"}`, "invitedUserEmailAddress"},
		"null address":       {`{"invitedUserEmailAddress":null,"inviteRedirectUrl":"https://a.example"}`, "invitedUserEmailAddress"},
		"no redirect URL":    {`{"invitedUserEmailAddress":"pat@fabrikam.example"}`, "inviteRedirectUrl"},
		"relative URL":       {`{"invitedUserEmailAddress":"pat@fabrikam.example","inviteRedirectUrl":"/home"}`, "not an absolute URL"},
		"URL without scheme": {`{"invitedUserEmailAddress":"pat@fabrikam.example","inviteRedirectUrl":"myapps.microsoft.com"}`, "not an absolute URL"},
		"no @":               {ask("pat"), "not an email address"},
		"two @":              {ask("pat@doe@fabrikam.example"), "not an email address"},
		"space":              {ask("pat doe@fabrikam.example"), "not an email address"},
		"no-break space":     {ask("pat@fabrikam.example\u00a0"), "not an email address"},
		"name and address":   {ask("Pat <pat@fabrikam.example>"), "not an email address"},
		"no local part":      {ask("@fabrikam.example"), "not an email address"},
		"no domain":          {ask("pat@"), "not an email address"},
		"user type":          {withProperty(`"invitedUserType":"guest"`), "neither Guest nor Member"},
		"six sponsors":       {withProperty(`"invitedUserSponsors":[` + strings.Repeat(someID+",", 5) + someID + `]`), "more than 5"},
		"sponsor's name":     {withProperty(`"invitedUserSponsors":[{"id":"boss"}]`), "not an object id"},
		"sponsor in braces":  {withProperty(`"invitedUserSponsors":[{"id":"{00000000-0000-0000-0000-000000000001}"}]`), "not an object id"},
		"reset without user": {withProperty(`"resetRedemption":true`), "requires the id"},
		"reset without id":   {withProperty(`"resetRedemption":true,"invitedUser":{}`), "not an object id"},
	}
	r := serve(t, Config{Record: true})
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			checkAnswer(t, r.post(t, test.body), answer{400, "BadRequest", test.message, ""})
		})
	}
	assert.Equal(t, "guests", r.Guests(), 0)
	assert.Equal(t, "requests on record", len(r.Requests()), len(tests))
}

func TestReadInvitationAccepts(t *testing.T) {
	tests := map[string]string{
		"only what is needed": `{"invitedUserEmailAddress":"pat@fabrikam.example","inviteRedirectUrl":"http://localhost:8080"}`,
		"nulls":               withProperty(`"invitedUserDisplayName":null,"sendInvitationMessage":null,"invitedUserMessageInfo":null,"invitedUserType":null,"invitedUserSponsors":null`),
		"five sponsors":       withProperty(`"invitedUserSponsors":[` + strings.Repeat(someID+",", 4) + someID + `]`),
		"apostrophe and plus": ask("o'brien+test@fabrikam.example"),
		"letters":             ask("jürgen@fabrikam.example"),
		"long message":        withProperty(`"invitedUserMessageInfo":{"customizedMessageBody":"` + strings.Repeat("x", 40_000) + `"}`),
	}
	r := serve(t, Config{})
	for name, body := range tests {
		t.Run(name, func(t *testing.T) { checkAnswer(t, r.post(t, body), created201) })
	}
}

func TestReadInvitationDemandsContentType(t *testing.T) {
	r := serve(t, Config{})
	for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded"} {
		req := post(t, r.url, ask("pat@fabrikam.example"))
		req.Header.Set("Content-Type", kind)
		checkAnswer(t, r.do(req), answer{400, "BadRequest", "Content-Type header", ""})
	}
	req := post(t, r.url, ask("pat@fabrikam.example"))
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	checkAnswer(t, r.do(req), created201)
}

func TestReadInvitationBoundsTheBody(t *testing.T) {
	r := serve(t, Config{})
	huge := withProperty(`"invitedUserDisplayName":"` + strings.Repeat("x", maxBody) + `"`)
	checkAnswer(t, r.post(t, huge), answer{400, "BadRequest", "Unable to read JSON", ""})
}

// Whatever the body is, it is either invited or refused with 400.
func FuzzReadInvitation(f *testing.F) {
	f.Add(everything)
	f.Add(ask("pat@fabrikam.example"))
	f.Add(`{"invitedUserEmailAddress":1}`)
	f.Add(`[{}]`)
	f.Fuzz(func(t *testing.T, body string) {
		req := httptest.NewRequest(http.MethodPost, root+"/invitations", strings.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		inv, fault := readInvitation(req)
		switch {
		case fault != nil && fault.status != http.StatusBadRequest:
			t.Errorf("refused with %d", fault.status)
		case fault == nil && (inv.InviteRedirectURL == "" || !strings.Contains(inv.InvitedUserEmailAddress, "@")):
			t.Errorf("created201 %q", body)
		}
	})
}

// everything is an invitation with all that a request may say.
const everything = `{
	"invitedUserEmailAddress": "Pat@Fabrikam.example",
	"invitedUserDisplayName": "Pat & Doe",
	"invitedUserType": "Member",
	"inviteRedirectUrl": "https://myapps.microsoft.com/?tenantid=1&a=b",
	"sendInvitationMessage": true,
	"invitedUserMessageInfo": {
		"messageLanguage": "nl-NL",
		"customizedMessageBody": "Welkom",
		"ccRecipients": [{"emailAddress": {"address": "boss@wingtip.example"}}]
	},
	"invitedUserSponsors": [{"id": "00000000-0000-0000-0000-000000000001"}]
}`

func TestInviteAnswersAllProperties(t *testing.T) {
	r := serve(t, Config{})
	g := r.post(t, everything)
	assert.Equal(t, "status", g.status, http.StatusCreated)
	body := decode[map[string]any](t, g.body)
	want := map[string]any{
		"@odata.context":          "https://graph.microsoft.com/v1.0/$metadata#invitations/$entity",
		"id":                      body["id"],
		"inviteRedeemUrl":         r.RedeemURL("pat@fabrikam.example"),
		"invitedUserDisplayName":  "Pat & Doe",
		"invitedUserType":         "Member",
		"invitedUserEmailAddress": "Pat@Fabrikam.example",
		"sendInvitationMessage":   true,
		"resetRedemption":         false,
		"inviteRedirectUrl":       "https://myapps.microsoft.com/?tenantid=1&a=b",
		"status":                  "PendingAcceptance",
		"invitedUserMessageInfo": map[string]any{
			"messageLanguage": "nl-NL", "customizedMessageBody": "Welkom",
			"ccRecipients": []any{map[string]any{"emailAddress": map[string]any{"name": nil, "address": "boss@wingtip.example"}}},
		},
		"invitedUser": map[string]any{
			"id":                userID("pat@fabrikam.example"),
			"userPrincipalName": "Pat_Fabrikam.example#EXT#@sandbox.onmicrosoft.example",
		},
	}
	if diff := cmp.Diff(want, body); diff != "" {
		t.Error(diff)
	}
	if strings.Contains(string(g.body), `\u0026`) {
		t.Error("& is escaped, which Graph does not do")
	}
}

func TestInviteAnswersDefaults(t *testing.T) {
	r := serve(t, Config{})
	g := r.post(t, `{"invitedUserEmailAddress":"pat@fabrikam.example","inviteRedirectUrl":"https://myapps.microsoft.com"}`)
	body := decode[map[string]any](t, g.body)
	nobody := []any{map[string]any{"emailAddress": map[string]any{"name": nil, "address": nil}}}
	want := map[string]any{"messageLanguage": nil, "customizedMessageBody": nil, "ccRecipients": nobody}
	if diff := cmp.Diff(want, body["invitedUserMessageInfo"]); diff != "" {
		t.Error(diff)
	}
	assert.Equal(t, "type", body["invitedUserType"], "Guest")
	assert.Equal(t, "name", body["invitedUserDisplayName"], nil)
	assert.Equal(t, "mail", body["sendInvitationMessage"], false)
	assert.Equal(t, "mails", r.Mails("pat@fabrikam.example"), 0)
}
