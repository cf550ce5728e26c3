package followup_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"guestlist/batch"
	"guestlist/batch/followup"
	"guestlist/batch/send"
	"guestlist/graph"
	"guestlist/internal/assert"
	"guestlist/internal/secret"
)

// inviter answers invitations after the usual latency, and notes when they left.
type inviter struct {
	mu   sync.Mutex
	left []time.Time
	ids  map[string]string
}

func (i *inviter) Invite(_ context.Context, inv graph.Invitation) (graph.Receipt, error) {
	i.mu.Lock()
	i.left = append(i.left, time.Now())
	i.mu.Unlock()
	time.Sleep(latency) //nolint:forbidigo // virtual time
	return graph.Receipt{RedeemURL: secret.New("https://redeem/" + inv.EmailAddress), UserID: i.ids[inv.EmailAddress], Status: "PendingAcceptance"}, nil
}

func (*inviter) LookUp(context.Context, []string) (map[string][]graph.User, error) { return nil, nil }

func (*inviter) ServerTime(local time.Time) time.Time { return local }

// noIntents forgets invitations.
type noIntents struct{}

func (noIntents) Intend(context.Context, batch.Intent) (int64, error) { return 1, nil }
func (noIntents) Settle(context.Context, int64, batch.Outcome) error  { return nil }

// With three changes a guest at their own limit, invitations fill 98 % of theirs, and the
// steps go on beside them.
func TestStepsDoNotSlowInvitations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const guests = 3000
		begun := time.Now() // when the accounts of the trial are made
		tr := newTrial(t, guests, withCompany(), manager, sponsor)
		in := &inviter{ids: make(map[string]string)}
		var steps []batch.Step
		for _, g := range tr.guests {
			in.ids[g.Address] = g.UserID
			steps = append(steps, batch.Step{Action: batch.Send, Judged: batch.Judged{Address: g.Address, Invitation: graph.Invitation{EmailAddress: g.Address}}})
		}
		rate := send.Rate{Requests: 24, Per: time.Second}
		run := send.New(send.Config{
			Inviter: in, Journal: noIntents{}, Rate: rate, Workers: 32, MaxAttempts: 6, Grace: time.Second, LookupFor: time.Minute,
			Settled: func(_ batch.Step, o batch.Outcome, _ bool) {
				tr.run.Add(followup.Guest{Address: o.Address, UserID: o.UserID, Invited: time.Now(), Requests: []time.Time{begun}})
			},
		})
		ended := make(chan struct{})
		worked := make(chan error, 1)
		go func() { worked <- tr.run.Work(t.Context(), ended) }() // ends with the last step
		err := run.Do(t.Context(), func(yield func(batch.Step, error) bool) {
			for _, s := range steps {
				if !yield(s, nil) {
					return
				}
			}
		})
		assert.Equal(t, "invitations", err, nil)
		tr.tenant.mu.Lock()
		beside := len(tr.tenant.writes)
		tr.tenant.mu.Unlock()
		close(ended)
		assert.Equal(t, "steps", <-worked, nil)
		assert.Equal(t, "states", tr.journal.states(), map[batch.FollowUpState]int{batch.FollowUpDone: 3 * guests})
		took := in.left[guests-1].Sub(in.left[0]).Seconds()
		filled := (guests - 1) / took / 24
		t.Attr("filled", fmt.Sprintf("%.4f", filled))
		t.Logf("invitations filled %.3f of their rate, with %d changes beside them", filled, beside)
		if filled < 0.98 {
			t.Errorf("filled %.3f", filled)
		}
		if want := int((took - followup.FirstAfter.Seconds() - 5) * 14); beside < want {
			t.Errorf("%d changes beside the invitations, want %d", beside, want)
		}
	})
}
