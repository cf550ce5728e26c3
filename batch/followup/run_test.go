package followup_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"guestlist/batch"
	"guestlist/batch/followup"
	"guestlist/graph"
	"guestlist/internal/assert"
	"guestlist/internal/need"
)

var (
	manager = batch.FollowUp{Kind: batch.FollowUpManager, Target: boss, Name: "boss"}
	sponsor = batch.FollowUp{Kind: batch.FollowUpSponsor, Target: boss, Name: "boss"}
)

// joinedOnce wants all guests of a trial to have become members of a group once.
func (tr *trial) joinedOnce(t *testing.T, group string) {
	t.Helper()
	for _, g := range tr.guests {
		if n := tr.tenant.joins[group+" "+g.UserID]; n != 1 {
			t.Errorf("%s became a member %d times", g.Address, n)
		}
	}
	for _, fault := range tr.tenant.faults {
		t.Error(fault)
	}
}

// All is done once, groups by twenty, not before half a minute after the invitation.
func TestFollowUpsAreDoneOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial(t, 45, inGroup(aurora), inGroup(partners), withCompany(), manager, sponsor)
		tr.tenant.values[guestID(3)] = graph.Attributes{graph.CompanyName: "Fabrikam"} // nothing to change
		begun := time.Now()
		tr.feed()
		assert.Equal(t, "error", tr.work(t.Context()), nil)
		assert.Equal(t, "states", tr.journal.states(), map[batch.FollowUpState]int{batch.FollowUpDone: 5 * 45})
		tr.joinedOnce(t, aurora)
		tr.joinedOnce(t, partners)
		assert.Equal(t, "changes of groups and accounts", len(tr.tenant.writes), 2*3+44+45+45)
		if first := tr.tenant.writes[0].Sub(begun); first < followup.FirstAfter {
			t.Errorf("the first change left after %v", first)
		}
		if tr.journal.saves > 30 {
			t.Errorf("%d transactions for %d follow-ups", tr.journal.saves, 5*45)
		}
	})
}

// A guest whom the directory does not know yet is tried again, and keeps no other waiting;
// one whom it never shows stays pending.
func TestReplicationIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial(t, 20, inGroup(aurora), withCompany())
		begun := time.Now()
		tr.tenant.known[guestID(7)] = begun.Add(50 * time.Second)
		tr.tenant.known[guestID(8)] = begun.Add(time.Hour)
		tr.feed()
		assert.Equal(t, "error", tr.work(t.Context()), nil)
		assert.Equal(t, "states", tr.journal.states(), map[batch.FollowUpState]int{batch.FollowUpDone: 38, batch.FollowUpPending: 2})
		lost := tr.journal.all["guest8@x.example"][0]
		assert.Equal(t, "reason", lost.Error, "the directory does not show the guest yet")
		assert.Equal(t, "tries", lost.Tries, 7)
		if took := time.Since(begun); took > 3*time.Minute {
			t.Errorf("took %v", took)
		}
	})
}

// Of a guest of an earlier run "not found" means what it says, unless the invitation is a
// moment old.
func TestMissingGuestFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial(t, 2, inGroup(aurora))
		tr.guests[0].Invited = time.Time{}
		for i := range tr.guests {
			tr.tenant.known[tr.guests[i].UserID] = time.Now().Add(time.Hour)
		}
		tr.feed()
		assert.Equal(t, "error", tr.work(t.Context()), nil)
		assert.Equal(t, "states", tr.journal.states(), map[batch.FollowUpState]int{batch.FollowUpFailed: 1, batch.FollowUpPending: 1})
	})
}

// What was done before, by whomever, is no error: members are read first, and where one
// became a member since, the twenty are added singly.
func TestMembersAreNoError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial(t, 25, inGroup(aurora))
		for i := range 5 {
			tr.tenant.joins[aurora+" "+guestID(i)] = 1
		}
		raced := false
		tr.tenant.answer = func(int, string) *graph.Written {
			if !raced {
				raced = true
				tr.tenant.joins[aurora+" "+guestID(9)] = 1
			}
			return nil
		}
		tr.feed()
		assert.Equal(t, "error", tr.work(t.Context()), nil)
		assert.Equal(t, "states", tr.journal.states(), map[batch.FollowUpState]int{batch.FollowUpDone: 25})
		tr.joinedOnce(t, aurora)
	})
}

// A change whose answer is lost is made again, and nothing is done twice.
func TestLostAnswersAreRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial(t, 60, inGroup(aurora), withCompany(), sponsor)
		tr.tenant.lost = func(request int) bool { return request%4 == 1 }
		for range 3 { // a later run goes on with those who had no luck
			tr.feed()
			assert.Equal(t, "error", tr.work(t.Context()), nil)
		}
		assert.Equal(t, "states", tr.journal.states(), map[batch.FollowUpState]int{batch.FollowUpDone: 180})
		tr.joinedOnce(t, aurora)
	})
}

// A 429 holds all changes for as long as it says.
func TestThrottlingHoldsAllChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial(t, 100, inGroup(aurora), inGroup(partners), withCompany())
		var throttled time.Time
		tr.tenant.answer = func(request int, _ string) *graph.Written {
			if request != 3 {
				return nil
			}
			if throttled.IsZero() {
				throttled = time.Now()
			}
			r := refusal(http.StatusTooManyRequests, "slow down")
			r.RetryAfter = 20 * time.Second
			return &graph.Written{Outcome: graph.Throttled, Err: r}
		}
		tr.feed()
		assert.Equal(t, "error", tr.work(t.Context()), nil)
		assert.Equal(t, "states", tr.journal.states(), map[batch.FollowUpState]int{batch.FollowUpDone: 300})
		for _, at := range tr.tenant.writes {
			if since := at.Sub(throttled); since > latency && since < 20*time.Second {
				t.Fatalf("a change left %v after the 429", since)
			}
		}
		tr.joinedOnce(t, aurora)
	})
}

// A permission that is missing ends its kind, and nothing else.
func TestMissingPermissionEndsItsKind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial(t, 100, inGroup(aurora), withCompany(), manager)
		denied := 0
		tr.tenant.answer = func(_ int, path string) *graph.Written {
			if !strings.HasPrefix(path, "/groups/") {
				return nil
			}
			denied++
			return &graph.Written{Outcome: graph.Denied, Err: &graph.PermissionError{Capability: graph.ChangeMembers, Refusal: refusal(http.StatusForbidden, "Insufficient privileges")}}
		}
		tr.feed()
		assert.Equal(t, "error", tr.work(t.Context()), nil)
		assert.Equal(t, "states", tr.journal.states(), map[batch.FollowUpState]int{batch.FollowUpDone: 200, batch.FollowUpPending: 100})
		assert.Equal(t, "changes of the group", denied, 1)
		assert.Equal(t, "note", tr.journal.notes[batch.FollowUpGroup], "needs GroupMember.ReadWrite.All to add guests to groups")
	})
}

// A refusal that is about one guest is that guest's alone.
func TestRefusalIsTheGuestsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial(t, 30, withCompany())
		tr.tenant.answer = func(_ int, path string) *graph.Written {
			if strings.Contains(path, guestID(4)) {
				return &graph.Written{Outcome: graph.Refused, Err: refusal(http.StatusBadRequest, "Invalid value")}
			}
			return nil
		}
		tr.feed()
		assert.Equal(t, "error", tr.work(t.Context()), nil)
		assert.Equal(t, "states", tr.journal.states(), map[batch.FollowUpState]int{batch.FollowUpDone: 29, batch.FollowUpFailed: 1})
		assert.Equal(t, "reason", tr.journal.all["guest4@x.example"][0].Error, "Invalid value (Code)")
	})
}

// Guests who were in the tenant before the batch keep their profile, and get their groups.
func TestOlderAccountsAreLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial(t, 3, inGroup(aurora), withCompany(), manager)
		tr.tenant.created[guestID(1)] = time.Now().Add(-time.Hour)
		tr.guests[2].Existing = true
		tr.feed()
		assert.Equal(t, "error", tr.work(t.Context()), nil)
		tr.joinedOnce(t, aurora)
		assert.Equal(t, "states", tr.journal.states(), map[batch.FollowUpState]int{batch.FollowUpDone: 5, batch.FollowUpLeftAlone: 2, batch.FollowUpPending: 2})
		assert.Equal(t, "changes of accounts", tr.tenant.changes, map[string]int{guestID(0): 1, guestID(0) + "/manager/$ref" + boss: 1})
	})
}

// Whoever is a member of the tenant by then gets nothing, unless they were invited as one.
func TestMembersGetNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial(t, 3, inGroup(aurora), inGroup(partners), withCompany(), manager)
		tr.tenant.members[guestID(0)], tr.tenant.members[guestID(1)] = true, true
		tr.guests[1].AsMember = true
		tr.feed()
		assert.Equal(t, "error", tr.work(t.Context()), nil)
		assert.Equal(t, "states", tr.journal.states(), map[batch.FollowUpState]int{batch.FollowUpDone: 8, batch.FollowUpLeftAlone: 4})
		for _, f := range tr.journal.all[tr.guests[0].Address] {
			assert.Equal(t, "why", f.Error, "this is a member of the tenant, not a guest")
		}
		for _, group := range []string{aurora, partners} {
			assert.Equal(t, "joined", []int{tr.tenant.joins[group+" "+guestID(0)], tr.tenant.joins[group+" "+guestID(1)], tr.tenant.joins[group+" "+guestID(2)]}, []int{0, 1, 1})
		}
	})
}

// An account of which no answered request tells that it is ours keeps its profile, with why
// that is so; its groups it gets.
func TestProfileOfAnUnprovedGuestIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial(t, 3, inGroup(aurora), withCompany())
		tr.guests[0].Requests, tr.guests[0].Asked = nil, time.Now()
		tr.guests[1].Requests = nil
		tr.feed()
		assert.Equal(t, "error", tr.work(t.Context()), nil)
		tr.joinedOnce(t, aurora)
		var why []string
		for _, g := range tr.guests {
			why = append(why, tr.journal.all[g.Address][1].Error)
		}
		assert.Equal(t, "why", why, []string{
			"the answer to the invitation was lost, so that someone else may have invited the guest; set it in the Entra admin center",
			"it is not known whether this batch created the guest", "",
		})
		assert.Equal(t, "changes of accounts", len(tr.tenant.changes), 1)
	})
}

// Sponsors that the invitation named are there.
func TestSponsorsOfTheInvitationAreDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial(t, 3, sponsor)
		tr.guests[0].Sponsored = true
		tr.feed()
		assert.Equal(t, "error", tr.work(t.Context()), nil)
		assert.Equal(t, "states", tr.journal.states(), map[batch.FollowUpState]int{batch.FollowUpDone: 3})
		assert.Equal(t, "changes", len(tr.tenant.writes), 2)
	})
}

// A run that is stopped leaves the rest pending, and goes on where it was.
func TestStoppedRunGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial(t, 400, inGroup(aurora), withCompany())
		tr.feed()
		stop := errors.New("stop")
		for n := 0; ; n++ {
			ctx, cancel := context.WithCancelCause(t.Context())
			timer := time.AfterFunc(37*time.Second, func() { cancel(stop) })
			err := tr.work(ctx)
			timer.Stop()
			if err == nil {
				break
			}
			assert.Equal(t, "stopped", errors.Is(err, stop), true)
			if n > 20 {
				t.Fatal("it does not come to an end")
			}
		}
		assert.Equal(t, "left", tr.run.Left(), 0)
		assert.Equal(t, "states", tr.journal.states(), map[batch.FollowUpState]int{batch.FollowUpDone: 800})
		tr.joinedOnce(t, aurora)
	})
}

// An outage is waited for, uses up no tries, and ends the run when it lasts too long.
func TestOutageIsWaitedFor(t *testing.T) {
	for name, test := range map[string]struct {
		lasts time.Duration
		done  int
	}{"short": {10 * time.Minute, 80}, "long": {time.Hour, 0}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := newTrial(t, 40, inGroup(aurora), withCompany())
				over := time.Now().Add(test.lasts)
				tr.tenant.answer = func(int, string) *graph.Written {
					if time.Now().After(over) {
						return nil
					}
					return &graph.Written{Outcome: graph.NotSent, Err: &graph.UnreachableError{Err: context.DeadlineExceeded}}
				}
				tr.feed()
				err := tr.work(t.Context())
				assert.Equal(t, "ended by the outage", errors.As(err, new(*followup.OutageError)), test.done == 0)
				assert.Equal(t, "done", tr.journal.states()[batch.FollowUpDone], test.done)
				if requests := tr.tenant.requests; requests > 200 {
					t.Errorf("%d requests", requests)
				}
			})
		})
	}
}

// The limit is never exceeded in any window, and two groups side by side
// fill it to 97 %.
func TestRateIsFilledAndNeverExceeded(t *testing.T) {
	need.Time(t, "60,000 guests")
	synctest.Test(t, func(t *testing.T) {
		const guests = 60_000
		tr := newTrial(t, guests, inGroup(aurora), inGroup(partners))
		tr.feed()
		assert.Equal(t, "error", tr.work(t.Context()), nil)
		tr.joinedOnce(t, aurora)
		assert.Equal(t, "changes", len(tr.tenant.writes), 2*guests/20)
		filled(t, tr.tenant.writes, 0.97)
	})
}

// Attributes, managers and sponsors fill it as well, one $batch after the other.
func TestRateIsFilledByAccounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial(t, 2000, withCompany(), manager, sponsor)
		tr.feed()
		assert.Equal(t, "error", tr.work(t.Context()), nil)
		assert.Equal(t, "changes", len(tr.tenant.writes), 6000)
		filled(t, tr.tenant.writes, 0.97)
	})
}

// filled wants changes to have left at a share of the rate at least, and never faster.
func filled(t *testing.T, writes []time.Time, share float64) {
	t.Helper()
	r := followup.Rate
	for i := range len(writes) - r.Requests {
		if span := writes[i+r.Requests].Sub(writes[i]); span < r.Per {
			t.Fatalf("%d changes within %v", r.Requests+1, span)
		}
	}
	// Those of a batch leave together, and batches one after the other.
	const several, batchOf = 10 * time.Second, 20
	for i := range len(writes) - 150 - batchOf {
		if span := writes[i+150+batchOf].Sub(writes[i]); span < several {
			t.Fatalf("%d changes within %v", 151+batchOf, span)
		}
	}
	took := writes[len(writes)-1].Sub(writes[0]).Seconds()
	rate := float64(len(writes)-1) / took
	asked := float64(r.Requests) / r.Per.Seconds()
	t.Attr("filled", fmt.Sprintf("%.4f", rate/asked))
	t.Logf("%d changes at %.2f/s, %.1f %% of %.0f/s", len(writes), rate, 100*rate/asked, asked)
	if rate < share*asked {
		t.Errorf("%.2f changes a second, want %.0f %% of %.0f", rate, 100*share, asked)
	}
}
