package sandbox

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"guestlist/internal/assert"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

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

func TestInviteHeaders(t *testing.T) {
	r := serve(t, Config{})
	req := post(t, r.url, ask("pat@fabrikam.example"))
	req.Header.Set("client-request-id", "7d7e9c3c-0000-4000-8000-000000000001")
	g := r.do(req)
	assert.Equal(t, "client-request-id", g.header.Get("client-request-id"), "7d7e9c3c-0000-4000-8000-000000000001")
	if err := uuid.Validate(g.header.Get("request-id")); err != nil {
		t.Errorf("request-id: %v", err)
	}
	if kind := g.header.Get("Content-Type"); !strings.HasPrefix(kind, "application/json; odata.metadata=minimal") {
		t.Errorf("content type %q", kind)
	}
	without := r.post(t, ask("pat@fabrikam.example"))
	assert.Equal(t, "own client-request-id", without.header.Get("client-request-id"), without.header.Get("request-id"))
}

func TestRedeemURLShape(t *testing.T) {
	r := serve(t, Config{})
	body := decode[created](t, r.post(t, ask("pat@fabrikam.example")).body)
	if n := len(body.InviteRedeemURL); n < 350 || n > 450 {
		t.Errorf("%d characters: %s", n, body.InviteRedeemURL)
	}
	outer, err := url.Parse(body.InviteRedeemURL)
	if err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "outer", outer.Host+outer.Path, "login.microsoftonline.com/redeem")
	inner, err := url.Parse(outer.Query().Get("rd"))
	if err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "inner", inner.Host+inner.Path, "invitations.microsoft.com/redeem/")
	assert.Equal(t, "tenant", inner.Query().Get("tenant"), TenantID)
	assert.Equal(t, "user", inner.Query().Get("user"), body.ID)
	assert.Equal(t, "version", inner.Query().Get("ver"), "2.0")
	assert.Equal(t, "ticket", len(inner.Query().Get("ticket")), 144)
}

func TestInviteAgain(t *testing.T) {
	r := serve(t, Config{Record: true})
	first := decode[created](t, r.post(t, ask("pat@fabrikam.example")).body)
	assert.Equal(t, "first link lives", r.RedeemURL("PAT@fabrikam.example"), first.InviteRedeemURL)

	second := decode[created](t, r.post(t, ask("Pat@FABRIKAM.example")).body)
	assert.Equal(t, "same guest", second.InvitedUser.ID, first.InvitedUser.ID)
	assert.Equal(t, "same link", second.InviteRedeemURL == first.InviteRedeemURL, false)
	assert.Equal(t, "same invitation", second.ID == first.ID, false)
	assert.Equal(t, "second link lives", r.RedeemURL("pat@fabrikam.example"), second.InviteRedeemURL)
	assert.Equal(t, "mails", r.Mails("pat@fabrikam.example"), 2)
	assert.Equal(t, "guests", r.Guests(), 1)
	assert.Equal(t, "nobody's link", r.RedeemURL("nobody@fabrikam.example"), "")
	assert.Equal(t, "nobody's mails", r.Mails("nobody@fabrikam.example"), 0)
}

func TestResetRedemption(t *testing.T) {
	r := serve(t, Config{})
	reset := func(id string) string {
		return `{"invitedUserEmailAddress":"pat@fabrikam.example","inviteRedirectUrl":"https://a.example","resetRedemption":true,"invitedUser":{"id":"` + id + `"}}`
	}
	checkAnswer(t, r.post(t, reset(userID("pat@fabrikam.example"))), answer{404, "Request_ResourceNotFound", userID("pat@fabrikam.example"), ""})
	checkAnswer(t, r.post(t, ask("pat@fabrikam.example")), plain)
	checkAnswer(t, r.post(t, reset(userID("pat@fabrikam.example"))), plain)
	checkAnswer(t, r.post(t, reset("00000000-0000-0000-0000-000000000001")), answer{404, "Request_ResourceNotFound", "", ""})
}

func TestRequestsRecord(t *testing.T) {
	r := serve(t, Config{Record: true})
	req := post(t, r.url, everything)
	req.Header.Set("client-request-id", "mine")
	g := r.do(req)
	r.look(t, url.Values{"$filter": {"mail eq 'x@y.example'"}})
	r.post(t, `{"invitedUserEmailAddress":"bad"`)
	all := r.Requests()
	if len(all) != 3 {
		t.Fatalf("%d requests", len(all))
	}
	first := all[0]
	assert.Equal(t, "address", first.Address, "pat@fabrikam.example")
	assert.Equal(t, "language", *first.Invitation.InvitedUserMessageInfo.MessageLanguage, "nl-NL")
	assert.Equal(t, "client-request-id", first.ClientRequestID, "mine")
	assert.Equal(t, "request-id", first.RequestID, g.header.Get("request-id"))
	assert.Equal(t, "invited", first.Invited && first.Mailed && !first.Cut, true)
	assert.Equal(t, "look-up", all[1].Method+" "+all[1].Path+" "+all[1].Address, "GET /v1.0/users x@y.example")
	assert.Equal(t, "refused", all[2].Status, http.StatusBadRequest)
	assert.Equal(t, "refused and invited", all[2].Invited, false)

	if quiet := serve(t, Config{}); len(quiet.Requests()) != 0 || quiet.post(t, everything).err != nil || len(quiet.Requests()) != 0 {
		t.Error("requests on record without Config.Record")
	}
}
