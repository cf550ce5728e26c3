package sandbox

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
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
	checkAnswer(t, r.post(t, ask("pat@fabrikam.example")), created201)
	checkAnswer(t, r.post(t, reset(userID("pat@fabrikam.example"))), created201)
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

func TestPeopleThatWereThereBefore(t *testing.T) {
	made := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	r := serve(t, Config{People: []Person{
		{Address: "Boss@contoso-mail.example", Type: "Member", Aliases: []string{"b@contoso-mail.example"}, OtherMails: []string{"boss@home.example"}},
		{Address: "gone@contoso-mail.example", Type: "Member", Disabled: true, PrincipalName: "g@contoso.example"},
		{Address: "pat@fabrikam.example", State: "Accepted", Created: made, StateChanged: made.Add(time.Hour)},
		{Address: "old@fabrikam.example", Deleted: made},
	}})
	for filter, want := range map[string]string{
		"mail eq 'boss@contoso-mail.example'":                                          "Boss@contoso-mail.example",
		"userPrincipalName eq 'boss@contoso-mail.example'":                             "Boss@contoso-mail.example",
		"proxyAddresses/any(x:x eq 'smtp:B@contoso-mail.example')":                     "Boss@contoso-mail.example",
		"proxyAddresses/any(x:x eq 'SMTP:b@contoso-mail.example')":                     "",
		"otherMails/any(x:x eq 'boss@home.example')":                                   "Boss@contoso-mail.example",
		"userPrincipalName eq 'g@contoso.example'":                                     "gone@contoso-mail.example",
		"userPrincipalName eq 'pat_fabrikam.example#EXT#@sandbox.onmicrosoft.example'": "pat@fabrikam.example",
		"createdDateTime ge 2026-01-02T03:04:05Z and userType eq 'Guest'":              "pat@fabrikam.example",
		"createdDateTime gt 2026-01-02T03:04:05Z and userType eq 'Guest'":              "",
		"externalUserState eq 'Accepted'":                                              "pat@fabrikam.example",
		"accountEnabled eq false":                                                      "gone@contoso-mail.example",
		"mail eq 'old@fabrikam.example'":                                               "",
	} {
		body := decode[found](t, r.lookUp(t, url.Values{"$filter": {filter}, "$select": {"mail"}}).body)
		got := ""
		for _, u := range body.Value {
			got += u["mail"].(string)
		}
		assert.Equal(t, filter, got, want)
	}
	checkAnswer(t, r.post(t, ask("b@contoso-mail.example")), answer{400, "BadRequest", "as object ID: " + userID("boss@contoso-mail.example") + ". They can", ""})
	checkAnswer(t, r.post(t, ask("gone@contoso-mail.example")), answer{400, "BadRequest", "but the account is blocked from signing in", ""})
	again := decode[created](t, r.post(t, ask("pat@fabrikam.example")).body)
	assert.Equal(t, "same guest", again.InvitedUser.ID, userID("pat@fabrikam.example"))
	p, _ := r.Find("pat@fabrikam.example")
	assert.Equal(t, "an invitation leaves the state", p.State, "Accepted")
	back := decode[created](t, r.post(t, ask("old@fabrikam.example")).body)
	assert.Equal(t, "a deleted guest comes back as another", back.InvitedUser.ID == userID("old@fabrikam.example"), false)
	assert.Equal(t, "guests", r.Guests(), 2)
}

func TestDeletedItems(t *testing.T) {
	r := serve(t, Config{})
	checkAnswer(t, r.post(t, ask("pat@fabrikam.example")), created201)
	first, _ := r.Find("pat@fabrikam.example")
	assert.Equal(t, "deleted", r.Delete("PAT@fabrikam.example"), true)
	assert.Equal(t, "deleted again", r.Delete("pat@fabrikam.example"), false)
	assert.Equal(t, "guests", r.Guests(), 0)
	_, works := r.LinkOwner(first.RedeemURL)
	assert.Equal(t, "the link works", works, false)
	assert.Equal(t, "listed", len(decode[found](t, r.get(t, "/users").body).Value), 0)

	const path = "/directory/deletedItems/microsoft.graph.user?$select=id,mail,deletedDateTime&$top=999"
	items := decode[found](t, r.get(t, path).body).Value
	assert.Equal(t, "deleted items", len(items), 1)
	assert.Equal(t, "id", items[0]["id"], first.ID)
	if at, err := time.Parse(time.RFC3339, fmt.Sprint(items[0]["deletedDateTime"])); err != nil || time.Since(at) > time.Minute {
		t.Errorf("deleted at %v", items[0]["deletedDateTime"])
	}
	checkAnswer(t, r.post(t, ask("pat@fabrikam.example")), created201)
	second, _ := r.Find("pat@fabrikam.example")
	assert.Equal(t, "the same person again", second.ID == first.ID, false)
	assert.Equal(t, "the same link again", second.RedeemURL == first.RedeemURL, false)
	assert.Equal(t, "everyone", len(r.People()), 2)
}

// Two addresses of one account are one guest, with one link that works.
func TestAliasesAreOneGuest(t *testing.T) {
	for _, order := range [][2]string{
		{"pat@fabrikam.example", "p.doe@fabrikam.example"}, {"p.doe@fabrikam.example", "pat@fabrikam.example"},
	} {
		r := serve(t, Config{Aliases: map[string]string{"P.Doe@fabrikam.example": "pat@fabrikam.example", "pd@fabrikam.example": "pat@fabrikam.example"}})
		first := decode[created](t, r.post(t, ask(order[0])).body)
		owner, works := r.LinkOwner(first.InviteRedeemURL)
		assert.Equal(t, "the first link works", works && owner.Address == order[0], true)
		lookUp := func(address string) int {
			return len(decode[found](t, r.lookUp(t, url.Values{"$filter": {"mail eq '" + address + "' or otherMails/any(x:x eq '" + address + "')"}}).body).Value)
		}
		assert.Equal(t, "the directory knows the alias", lookUp(order[1]), 0)

		second := decode[created](t, r.post(t, ask(order[1])).body)
		assert.Equal(t, "one guest", second.InvitedUser.ID, first.InvitedUser.ID)
		_, works = r.LinkOwner(first.InviteRedeemURL)
		assert.Equal(t, "the first link works still", works, false)
		owner, works = r.LinkOwner(second.InviteRedeemURL)
		assert.Equal(t, "the second link works", works, true)
		assert.Equal(t, "owner", []any{owner.Address, owner.OtherMails, owner.Mails, owner.Invitations}, []any{order[1], []string{order[0], order[1]}, 2, 2})
		assert.Equal(t, "mails by either address", []int{r.Mails(order[0]), r.Mails(order[1]), r.Mails("pd@fabrikam.example")}, []int{2, 2, 2})
		assert.Equal(t, "link by either address", r.RedeemURL(order[0]), second.InviteRedeemURL)
		assert.Equal(t, "found by both", []int{lookUp(order[0]), lookUp(order[1])}, []int{1, 1})
		assert.Equal(t, "guests", r.Guests(), 1)
	}
}

// Graph lets several users have one further address.
func TestSharedAddress(t *testing.T) {
	r := serve(t, Config{People: []Person{
		{Address: "a@fabrikam.example"}, {Address: "b@fabrikam.example", OtherMails: []string{"A@fabrikam.example"}},
	}})
	mails := func() (all []any) {
		query := url.Values{"$filter": {"mail eq 'a@fabrikam.example' or otherMails/any(x:x eq 'a@fabrikam.example')"}, "$select": {"mail"}}
		for _, u := range decode[found](t, r.lookUp(t, query).body).Value {
			all = append(all, u["mail"])
		}
		return all
	}
	assert.Equal(t, "both", mails(), []any{"a@fabrikam.example", "b@fabrikam.example"})
	assert.Equal(t, "the first is invited", decode[created](t, r.post(t, ask("a@fabrikam.example")).body).InvitedUser.ID, userID("a@fabrikam.example"))
	r.Delete("a@fabrikam.example")
	assert.Equal(t, "one is left", mails(), []any{"b@fabrikam.example"})
	assert.Equal(t, "who is invited now", decode[created](t, r.post(t, ask("a@fabrikam.example")).body).InvitedUser.ID, userID("b@fabrikam.example"))
}

func TestAccept(t *testing.T) {
	r := serve(t, Config{People: []Person{{Address: "boss@contoso-mail.example", Type: "Member"}}})
	checkAnswer(t, r.post(t, ask("pat@fabrikam.example")), created201)
	assert.Equal(t, "accepted", r.Accept("pat@fabrikam.example"), true)
	assert.Equal(t, "nobody", r.Accept("nobody@fabrikam.example"), false)
	assert.Equal(t, "a member", r.Accept("boss@contoso-mail.example"), false)
	query := url.Values{"$filter": {"mail eq 'pat@fabrikam.example'"}, "$select": {"externalUserState"}}
	assert.Equal(t, "state", decode[found](t, r.lookUp(t, query).body).Value[0]["externalUserState"], "Accepted")
}

// What is not replicated is in no list and no count either.
func TestReplicationHoldsForLists(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tenant := New(Config{Replication: 14 * time.Minute, People: []Person{{Address: "old@fabrikam.example"}}})
		answer := func(path string) string {
			req := request(t, http.MethodGet, root+path, "")
			req.Header.Set("ConsistencyLevel", "eventual")
			w := httptest.NewRecorder()
			tenant.ServeHTTP(w, req)
			return w.Body.String()
		}
		seen := func() string {
			return fmt.Sprint(strings.Count(answer("/users?$top=999&$select=mail"), "@fabrikam.example"), " in the list, ", answer("/users/$count"), " counted")
		}
		invited(t, tenant, "pat@fabrikam.example")
		pass(14*time.Minute - 1)
		assert.Equal(t, "just before", seen(), "1 in the list, 1 counted")
		pass(time.Nanosecond)
		assert.Equal(t, "then", seen(), "2 in the list, 2 counted")
		assert.Equal(t, "the tenant knew at once", tenant.Guests(), 2)
	})
}
