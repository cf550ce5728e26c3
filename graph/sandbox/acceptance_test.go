package sandbox

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"guestlist/internal/assert"
)

func TestGuestsAcceptInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		after := map[string]time.Duration{"early@fabrikam.example": time.Minute, "late@fabrikam.example": 48 * time.Hour}
		tenant := New(Config{ClockOffset: -time.Hour, Acceptance: func(address string, n int) (time.Duration, bool) {
			if address == "reminded@fabrikam.example" {
				return time.Hour, n == 2
			}
			d, ever := after[address]
			return d, ever && n == 1
		}})
		state := func(address string) string {
			p, _ := tenant.Find(address)
			return p.State
		}
		for _, local := range []string{"Early", "late", "never", "reminded", "deleted"} {
			invited(t, tenant, local+"@fabrikam.example")
		}
		start := tenant.Now()
		pass(time.Minute - 1)
		assert.Equal(t, "before", state("early@fabrikam.example"), pending)
		pass(time.Nanosecond)
		early, _ := tenant.Find("early@fabrikam.example")
		assert.Equal(t, "then", []any{early.State, early.StateChanged.Equal(start.Add(time.Minute))}, []any{accepted, true})
		tenant.Advance(48 * time.Hour)
		assert.Equal(t, "two days later", []string{state("late@fabrikam.example"), state("never@fabrikam.example"), state("reminded@fabrikam.example")}, []string{accepted, pending, pending})
		invited(t, tenant, "reminded@fabrikam.example")
		invited(t, tenant, "never@fabrikam.example")
		tenant.Advance(time.Hour)
		assert.Equal(t, "reminded", []string{state("reminded@fabrikam.example"), state("never@fabrikam.example")}, []string{accepted, pending})
		resp := direct(tenant, request(t, http.MethodGet, root+"/users?$filter="+"externalUserState%20eq%20'Accepted'", ""))
		defer func() { _ = resp.Body.Close() }()
		assert.Equal(t, "seen by a filter", resp.StatusCode, 200)
	})
}

// People are as the comment says, each time alike.
func TestHabits(t *testing.T) {
	counts := map[string]int{}
	for i := range 10_000 {
		address := fmt.Sprintf("guest%d@fabrikam.example", i)
		after, ever := Habits(address, 1)
		if again, _ := Habits(address, 1); again != after {
			t.Fatalf("%s: %v, then %v", address, after, again)
		}
		switch {
		case !ever:
			counts["never"]++
			if _, reminded := Habits(address, 2); reminded {
				counts["reminded"]++
			}
			if after != 0 {
				t.Errorf("%s: never after %v", address, after)
			}
		case after <= 0 || after > 7*24*time.Hour:
			t.Errorf("%s: after %v", address, after)
		case after < time.Hour:
			counts["hour"]++
		case after < 24*time.Hour:
			counts["day"]++
		default:
			counts["week"]++
		}
	}
	for what, want := range map[string]int{"hour": 3000, "day": 2500, "week": 2000, "never": 2500, "reminded": 1250} {
		if got := counts[what]; got < want-200 || got > want+200 {
			t.Errorf("%s: %d of 10,000, want some %d", what, got, want)
		}
	}
}

// What one process handed out holds in the next: ids, links, states, memberships.
func TestTenantGoesOnInAnotherProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := Config{Groups: ReadyGroups(), Acceptance: Habits, Aliases: map[string]string{"alias@fabrikam.example": "pat@fabrikam.example"}}
		first := New(cfg)
		var addresses []string
		for i := range 40 {
			addresses = append(addresses, fmt.Sprintf("guest%d@fabrikam.example", i))
		}
		addresses = append(addresses, "pat@fabrikam.example", "alias@fabrikam.example", "gone@fabrikam.example")
		for _, address := range addresses {
			invited(t, first, address)
		}
		first.Delete("gone@fabrikam.example")
		invited(t, first, "gone@fabrikam.example")
		first.Advance(3 * 24 * time.Hour)
		for _, address := range addresses[:5] {
			invited(t, first, address)
		}
		first.mu.Lock()
		p, _ := first.directory.owner("guest7@fabrikam.example")
		first.directory.group(PartnersGroup).add(p)
		p.attributes, p.manager = map[string]string{"companyName": "Fabrikam"}, bossID
		first.mu.Unlock()

		cfg.People, cfg.ClockOffset = first.People(), 3*24*time.Hour
		second := New(cfg)
		for range 2 {
			before, after := first.People(), second.People()
			for i := range before {
				before[i].Changes = Changes{} // of requests to this tenant
			}
			assert.Equal(t, "people", after, before)
			first.Advance(4 * 24 * time.Hour)
			second.Advance(4 * 24 * time.Hour)
		}
		acceptedNow := 0
		for _, person := range second.People() {
			if person.State == accepted {
				acceptedNow++
			}
			if !person.Deleted.IsZero() {
				continue
			}
			owner, works := second.LinkOwner(person.RedeemURL)
			assert.Equal(t, "link of "+person.Address, works && owner.ID == person.ID, true)
		}
		if acceptedNow < 20 || acceptedNow > 40 {
			t.Errorf("%d accepted", acceptedNow)
		}
		for _, tenant := range []*Tenant{first, second} {
			invited(t, tenant, "guest1@fabrikam.example")
			invited(t, tenant, "gone@fabrikam.example")
		}
		assert.Equal(t, "the next link", second.RedeemURL("guest1@fabrikam.example"), first.RedeemURL("guest1@fabrikam.example"))
		assert.Equal(t, "the next link", second.RedeemURL("gone@fabrikam.example"), first.RedeemURL("gone@fabrikam.example"))
	})
}

// A link that a journal kept is the live one, until the next invitation.
func TestGivenLinkIsTheLiveOne(t *testing.T) {
	other := New(Config{})
	invited(t, other, "pat@fabrikam.example")
	link := other.RedeemURL("pat@fabrikam.example")
	at := time.Now().Add(-time.Hour)
	tenant := New(Config{People: []Person{{Address: "Pat.Doe@fabrikam.example", ID: patID, RedeemURL: link, Invited: []time.Time{at}, Mails: 1}}})
	owner, works := tenant.LinkOwner(link)
	assert.Equal(t, "owner", []any{works, owner.ID, owner.Invitations, owner.Mails, owner.Created.Equal(at)}, []any{true, patID, 1, 1, true})
	invited(t, tenant, "pat.doe@fabrikam.example")
	_, works = tenant.LinkOwner(link)
	assert.Equal(t, "works still", works, false)
	_, works = tenant.LinkOwner(tenant.RedeemURL("pat.doe@fabrikam.example"))
	assert.Equal(t, "the new one works", works, true)
}

// The members who are managers in the samples are there to be found.
func TestReadyPeople(t *testing.T) {
	r := serve(t, Config{People: ReadyPeople(), Groups: ReadyGroups()})
	p, known := r.Find("maren.oud@contoso.example")
	assert.Equal(t, "known", []any{known, p.Name, p.Type}, []any{true, "Maren Oud", "Member"})
	assert.Equal(t, "guests", r.Guests(), 0)
}
