package sandbox

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"guestlist/internal/assert"
)

// invited sends one invitation without a socket and closes its answer.
func invited(t *testing.T, tenant *Tenant, address string) *http.Response {
	t.Helper()
	resp := direct(tenant, post(t, root, ask(address)))
	if err := resp.Body.Close(); err != nil {
		t.Error(err)
	}
	return resp
}

func TestQuotaAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tenant := New(Config{Quota: 10, Window: 5 * time.Second, Record: true})
		for i := range 10 {
			resp := invited(t, tenant, "pat@fabrikam.example")
			assert.Equal(t, "status", resp.StatusCode, http.StatusCreated)
			want := map[int]string{8: "0.90", 9: "1.00"}[i]
			assert.Equal(t, fmt.Sprint("share after ", i+1), resp.Header.Get("x-ms-throttle-limit-percentage"), want)
			pass(100 * time.Millisecond)
		}
		resp := invited(t, tenant, "throttled.too@fabrikam.example")
		assert.Equal(t, "status over the quota", resp.StatusCode, http.StatusTooManyRequests)
		assert.Equal(t, "Retry-After, 4 s to go", resp.Header.Get("Retry-After"), "4")
		assert.Equal(t, "share", resp.Header.Get("x-ms-throttle-limit-percentage"), "1.00")
		assert.Equal(t, "guests", tenant.Guests(), 1)
		last := tenant.Requests()[10]
		assert.Equal(t, "on record", fmt.Sprint(last.Status, last.Address, last.Invited), "429throttled.too@fabrikam.examplefalse")

		pass(100 * time.Millisecond)
		assert.Equal(t, "Retry-After, 3.9 s to go", invited(t, tenant, "a@b.example").Header.Get("Retry-After"), "4")
		pass(3900*time.Millisecond - 1)
		assert.Equal(t, "just before", invited(t, tenant, "a@b.example").Header.Get("Retry-After"), "1")
		pass(time.Nanosecond)
		assert.Equal(t, "then", invited(t, tenant, "a@b.example").StatusCode, http.StatusCreated)
		assert.Equal(t, "one place was free", invited(t, tenant, "a@b.example").StatusCode, http.StatusTooManyRequests)
	})
}

// At exactly the documented pace a quota that counts what it throws back is
// filled by half only once it is over: the trap that a client has to avoid.
func TestQuotaCountsThrottled(t *testing.T) {
	for _, counts := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			tenant := New(Config{Quota: 10, Window: 5 * time.Second, CountThrottled: counts})
			served := 0
			for range 20 { // twice as fast as admitted, for one window
				if invited(t, tenant, "a@b.example").StatusCode == http.StatusCreated {
					served++
				}
				pass(250 * time.Millisecond)
			}
			assert.Equal(t, "served in the first window", served, 10)
			resp := invited(t, tenant, "a@b.example")
			want := map[bool]string{false: "201 1.00", true: "429 1.80"}[counts]
			assert.Equal(t, "afterwards", fmt.Sprint(resp.StatusCode, " ", resp.Header.Get("x-ms-throttle-limit-percentage")), want)
		})
	}
}

// Wrong requests and wrong methods use up the quota, look-ups and strangers do not.
func TestQuotaCountsInvitationsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tenant := New(Config{Quota: 2, Window: 5 * time.Second, Token: "abc"})
		send := func(req *http.Request) int {
			resp := direct(tenant, req)
			_ = resp.Body.Close()
			return resp.StatusCode
		}
		stranger := post(t, root, ask("a@b.example"))
		stranger.Header.Set("Authorization", "Bearer wrong")
		assert.Equal(t, "stranger", send(stranger), http.StatusUnauthorized)
		assert.Equal(t, "wrong method", send(request(t, http.MethodGet, root+"/invitations", "")), http.StatusNotFound)
		assert.Equal(t, "look-up", send(request(t, http.MethodGet, root+"/users?$filter=mail%20eq%20'a@b'", "")), http.StatusOK)
		assert.Equal(t, "wrong body", send(post(t, root, "{}")), http.StatusBadRequest)
		assert.Equal(t, "over", send(post(t, root, ask("a@b.example"))), http.StatusTooManyRequests)
		assert.Equal(t, "look-up over the quota", send(request(t, http.MethodGet, root+"/users?$filter=mail%20eq%20'a@b'", "")), http.StatusOK)
	})
}

// The ring gives the verdicts that a plain list of all arrivals gives.
func TestQuotaAgainstList(t *testing.T) {
	for seed := range uint64(50) {
		random := rand.New(rand.NewPCG(seed, 1))
		cfg := Config{Quota: 1 + random.IntN(20), Window: time.Second, CountThrottled: seed%2 == 0}
		q := newQuota(cfg.Quota, cfg.Window, cfg.CountThrottled)
		var counted []time.Duration
		now := time.Duration(0)
		for range 2000 {
			now += time.Duration(random.IntN(int(2 * time.Second / time.Duration(cfg.Quota))))
			inWindow := 0
			for _, at := range counted {
				if at > now-cfg.Window {
					inWindow++
				}
			}
			admitted := inWindow < cfg.Quota
			if admitted || cfg.CountThrottled {
				counted = append(counted, now)
			}
			want := time.Duration(0)
			if !admitted {
				want = counted[len(counted)-cfg.Quota] + cfg.Window - now
			}
			if v := q.admit(now); v.wait != want {
				t.Fatalf("seed %d at %v: wait %v, want %v with %d of %d in the window", seed, now, v.wait, want, inWindow, cfg.Quota)
			}
		}
	}
}
