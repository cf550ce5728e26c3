package graph_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"guestlist/graph"
	"guestlist/internal/assert"
)

func TestInviteSendsEveryProperty(t *testing.T) {
	var got map[string]any
	var header http.Header
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		header = r.Header
		assert.Equal(t, "request", r.Method+" "+r.URL.Path, "POST /v1.0/invitations")
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Error(err)
		}
		created(w, receiptBody)
	})
	receipt, err := c.Invite(t.Context(), graph.Invitation{
		EmailAddress: "pat@fabrikam.example", DisplayName: "Pat Doe", RedirectURL: "https://myapps.microsoft.com",
		SendMessage: true, UserType: "Guest", ResetRedemption: true, InvitedUser: &graph.Object{ID: "u9"},
		MessageInfo: &graph.MessageInfo{Body: "Hello", Language: "en-US", CC: graph.CC("boss@contoso.example")},
		Sponsors:    []graph.Object{{ID: "s1"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "body", got, map[string]any{
		"invitedUserEmailAddress": "pat@fabrikam.example", "invitedUserDisplayName": "Pat Doe",
		"inviteRedirectUrl": "https://myapps.microsoft.com", "sendInvitationMessage": true, "invitedUserType": "Guest",
		"resetRedemption": true, "invitedUser": map[string]any{"id": "u9"},
		"invitedUserMessageInfo": map[string]any{
			"customizedMessageBody": "Hello", "messageLanguage": "en-US",
			"ccRecipients": []any{map[string]any{"emailAddress": map[string]any{"address": "boss@contoso.example"}}},
		},
		"invitedUserSponsors": []any{map[string]any{"id": "s1"}},
	})
	assert.Equal(t, "authorization", header.Get("Authorization"), "Bearer "+secretToken)
	if len(header.Get("Client-Request-Id")) != 36 {
		t.Errorf("client-request-id %q", header.Get("Client-Request-Id"))
	}
	assert.Equal(t, "link", receipt.RedeemURL.Reveal(), redeemURL)
	assert.Equal(t, "rest", []string{receipt.UserID, receipt.Status, receipt.RequestID}, []string{"u1", "PendingAcceptance", "req-1"})
}

// TestA201WithoutALinkIsAnAnswer: the guest is invited all the same.
func TestA201WithoutALinkIsAnAnswer(t *testing.T) {
	c := client(t, func(w http.ResponseWriter, _ *http.Request) {
		created(w, `{"invitedUserEmailAddress":"Pat@Fabrikam.example","inviteRedeemUrl":null,"status":"PendingAcceptance","invitedUser":{"id":"u1"}}`)
	})
	r, err := c.Invite(t.Context(), graph.Invitation{EmailAddress: "pat@fabrikam.example"})
	if err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "receipt", []any{r.Address, r.UserID, r.Status, r.RedeemURL.IsZero()}, []any{"Pat@Fabrikam.example", "u1", "PendingAcceptance", true})
}

func TestMinimalInvitationLeavesTheRestToGraph(t *testing.T) {
	body, err := json.Marshal(graph.Invitation{EmailAddress: "a@b.example", RedirectURL: "https://x.example"})
	if err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "body", string(body),
		`{"invitedUserEmailAddress":"a@b.example","inviteRedirectUrl":"https://x.example","sendInvitationMessage":false}`)
}
