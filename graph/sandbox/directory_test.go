package sandbox

import (
	"io"
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"guestlist/internal/assert"
)

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
	checkAnswer(t, r.post(t, ask("pat@fabrikam.example")), accepted)
	checkAnswer(t, r.post(t, reset(userID("pat@fabrikam.example"))), accepted)
	checkAnswer(t, r.post(t, reset("00000000-0000-0000-0000-000000000001")), answer{404, "Request_ResourceNotFound", "", ""})
}

func TestUsersReplication(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tenant := New(Config{Replication: 30 * time.Second})
		count := func() int {
			query := url.Values{"$filter": {"mail eq 'pat@fabrikam.example'"}}
			resp := direct(tenant, request(t, http.MethodGet, root+"/users?"+query.Encode(), ""))
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			return len(decode[found](t, body).Value)
		}
		pass(time.Hour)
		invited(t, tenant, "pat@fabrikam.example")
		pass(30*time.Second - 1)
		assert.Equal(t, "just before", count(), 0)
		invited(t, tenant, "pat@fabrikam.example") // again does not start it over
		pass(time.Nanosecond)
		assert.Equal(t, "then", count(), 1)
	})
}

func TestUsersFindsAccountsInTheWay(t *testing.T) {
	r := serve(t, Config{})
	query := func(address string) url.Values {
		return url.Values{"$filter": {"mail eq '" + address + "'"}, "$select": {"id,userType,creationType,externalUserState,accountEnabled,userPrincipalName,otherMails"}}
	}
	for address, enabled := range map[string]bool{"member.a@fabrikam.example": true, "disabled.a@fabrikam.example": false} {
		want := []map[string]any{{
			"id": userID(address), "userType": "Member", "creationType": nil, "externalUserState": nil, "accountEnabled": enabled,
			"userPrincipalName": address[:len(address)-len("@fabrikam.example")] + "@sandbox.onmicrosoft.example", "otherMails": []any{},
		}}
		if diff := cmp.Diff(want, decode[found](t, r.lookUp(t, query(address)).body).Value); diff != "" {
			t.Error(diff)
		}
	}
	assert.Equal(t, "a group is no user", len(decode[found](t, r.lookUp(t, query("group.a@fabrikam.example")).body).Value), 0)
}
