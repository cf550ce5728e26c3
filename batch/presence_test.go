package batch_test

import (
	"fmt"
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/internal/assert"
)

// The table of design: what is known of an address, in this journal, in the tenant and
// in other journals at hand, and what is done about its row.
func TestWhoIsThereAlready(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	row := judged(2, "pat@x.example", "Pat")
	broken := judged(2, "pat@x.example", "Pat", "nowhere")
	tenant := func(kind batch.ExistingKind) batch.Presence {
		return batch.Presence{Kind: kind, UserID: "u7", Read: now}
	}
	elsewhere := func(age time.Duration) batch.Presence {
		return batch.Presence{Batch: "other.results.xlsx", InvitedAt: now.Add(-age)}
	}
	remade := func(age time.Duration) batch.AddressHistory {
		return batch.AddressHistory{Status: batch.Existing, Reinvited: now.Add(-age).UnixNano()}
	}
	open := batch.Presence{Batch: "other.results.xlsx", Open: now.Add(-time.Hour), OpenLatest: now.Add(-time.Hour), Emailed: true}
	forgotten := batch.Presence{Forgotten: "other.results.xlsx"}
	for _, test := range []struct {
		name     string
		past     batch.AddressHistory
		row      batch.Judged
		who      batch.Presence
		read     bool // the tenant was asked
		reinvite batch.Reinvite
		status   batch.Status
		action   batch.Action
	}{
		{"new, not there", batch.AddressHistory{}, row, batch.Presence{}, true, "", batch.Pending, batch.Send},
		{"new, accepted", batch.AddressHistory{}, row, tenant(batch.ExistingAccepted), true, "", batch.Existing, batch.Skip},
		{"new, accepted, reinvite", batch.AddressHistory{}, row, tenant(batch.ExistingAccepted), true, batch.ReinvitePending, batch.Existing, batch.Skip},
		{"new, not accepted", batch.AddressHistory{}, row, tenant(batch.ExistingPending), true, "", batch.Existing, batch.Skip},
		{"new, not accepted, reinvite", batch.AddressHistory{}, row, tenant(batch.ExistingPending), true, batch.ReinvitePending, batch.Existing, batch.Send},
		{"new, member", batch.AddressHistory{}, row, tenant(batch.ExistingMember), true, batch.ReinvitePending, batch.Existing, batch.Skip},
		{"new, disabled", batch.AddressHistory{}, row, tenant(batch.ExistingDisabled), true, batch.ReinvitePending, batch.Existing, batch.Skip},
		{"new, state not known", batch.AddressHistory{}, row, tenant(batch.ExistingUnknown), true, "", batch.Existing, batch.Skip},
		{"invalid, there", batch.AddressHistory{}, broken, tenant(batch.ExistingAccepted), true, "", batch.Invalid, batch.Skip},

		{"invited an hour ago elsewhere, the directory lags", batch.AddressHistory{}, row, elsewhere(time.Hour), true, "", batch.Existing, batch.Skip},
		{"invited two days ago elsewhere, gone", batch.AddressHistory{}, row, elsewhere(48 * time.Hour), true, "", batch.Pending, batch.Send},
		{"invited two days ago elsewhere, not asked", batch.AddressHistory{}, row, elsewhere(48 * time.Hour), false, "", batch.Existing, batch.Skip},
		{"open elsewhere", batch.AddressHistory{}, row, open, true, "", batch.Unconfirmed, batch.LookUp},
		{"open elsewhere, not asked", batch.AddressHistory{}, row, open, false, "", batch.Unconfirmed, batch.LookUp},

		{"invited here, there", batch.AddressHistory{Status: batch.Invited}, row, tenant(batch.ExistingPending), true, batch.ReinvitePending, batch.Invited, batch.Skip},
		{"invited here, gone", batch.AddressHistory{Status: batch.Invited}, row, batch.Presence{}, true, batch.ReinviteRemoved, batch.Invited, batch.Skip},
		{"removed", batch.AddressHistory{Status: batch.Removed}, row, batch.Presence{}, true, "", batch.Removed, batch.Skip},
		{"removed, reinvite", batch.AddressHistory{Status: batch.Removed}, row, batch.Presence{}, true, batch.ReinviteRemoved, batch.Removed, batch.Send},
		{"failed here, there", batch.AddressHistory{Status: batch.Failed}, row, tenant(batch.ExistingMember), true, "", batch.Existing, batch.Skip},

		{"existing, still there", batch.AddressHistory{Status: batch.Existing}, row, tenant(batch.ExistingAccepted), true, "", batch.Existing, batch.Skip},
		{"invited again an hour ago, no answer", remade(time.Hour), row, tenant(batch.ExistingPending), true, batch.ReinvitePending, batch.Existing, batch.Skip},
		{"invited again a day ago, no answer", remade(24 * time.Hour), row, tenant(batch.ExistingPending), true, batch.ReinvitePending, batch.Existing, batch.Send},
		{"existing, gone since", batch.AddressHistory{Status: batch.Existing}, row, batch.Presence{}, true, "", batch.Pending, batch.Send},
		{"existing, not asked now", batch.AddressHistory{Status: batch.Existing}, row, batch.Presence{}, false, "", batch.Existing, batch.Skip},
		{"gone", batch.AddressHistory{Status: batch.Invited}, row, batch.Presence{Gone: true}, true, "", batch.Removed, batch.Skip},
		{"gone, invited again", batch.AddressHistory{Status: batch.Invited}, row, batch.Presence{Gone: true}, true, batch.ReinviteRemoved, batch.Removed, batch.Send},
		{"gone, invited elsewhere today", batch.AddressHistory{Status: batch.Invited}, row, batch.Presence{Gone: true, InvitedAt: now.Add(-time.Hour)}, true, batch.ReinviteRemoved, batch.Invited, batch.Skip},
		{"gone before, there again", batch.AddressHistory{Status: batch.Removed}, row, tenant(batch.ExistingPending), true, batch.ReinviteRemoved, batch.Existing, batch.Skip},
		{"gone before, open elsewhere", batch.AddressHistory{Status: batch.Removed}, row, batch.Presence{Open: now.Add(-time.Hour), OpenLatest: now}, true, batch.ReinviteRemoved, batch.Unconfirmed, batch.LookUp},
		{"open here, mailed, there", batch.AddressHistory{Open: 1, Mailed: 1, Latest: 1}, row, tenant(batch.ExistingPending), true, "", batch.Unconfirmed, batch.LookUp},
		{"open here, mailed, invited elsewhere today", batch.AddressHistory{Open: 1, Mailed: 1, Latest: 1}, row, batch.Presence{InvitedAt: now.Add(-time.Hour)}, true, "", batch.Unconfirmed, batch.Skip},
		{"open here, mailed, invited elsewhere long ago", batch.AddressHistory{Open: 1, Mailed: 1, Latest: 1}, row, batch.Presence{InvitedAt: now.Add(-48 * time.Hour)}, true, "", batch.Unconfirmed, batch.LookUp},
		{"open here, silent, there", batch.AddressHistory{Open: 1, Latest: 1}, row, tenant(batch.ExistingPending), true, "", batch.Unconfirmed, batch.Send},
		{"open here, silent, not there", batch.AddressHistory{Open: 1, Latest: 1}, row, batch.Presence{}, true, "", batch.Unconfirmed, batch.Send},

		{"new, forgotten elsewhere", batch.AddressHistory{}, row, forgotten, true, "", batch.Failed, batch.Skip},
		{"new, forgotten elsewhere, not asked", batch.AddressHistory{}, row, forgotten, false, "", batch.Failed, batch.Skip},
		{"invalid, forgotten elsewhere", batch.AddressHistory{}, broken, forgotten, true, "", batch.Invalid, batch.Skip},
		{"forgotten elsewhere, there", batch.AddressHistory{}, row, batch.Presence{Kind: batch.ExistingPending, Read: now, Forgotten: "other.results.xlsx"}, true, "", batch.Existing, batch.Skip},
		{"forgotten elsewhere, there, reinvite", batch.AddressHistory{}, row, batch.Presence{Kind: batch.ExistingPending, Read: now, Forgotten: "other.results.xlsx"}, true, batch.ReinvitePending, batch.Failed, batch.Skip},
		{"removed, forgotten elsewhere, reinvite", batch.AddressHistory{Status: batch.Removed}, row, forgotten, true, batch.ReinviteRemoved, batch.Failed, batch.Skip},
		{"invited here, forgotten elsewhere", batch.AddressHistory{Status: batch.Invited}, row, forgotten, true, "", batch.Invited, batch.Skip},
		{"open here, mailed, forgotten elsewhere", batch.AddressHistory{Open: 1, Mailed: 1, Latest: 1}, row, forgotten, true, "", batch.Unconfirmed, batch.Skip},
	} {
		t.Run(test.name, func(t *testing.T) {
			history, known := &batch.History{}, &batch.Presences{DirectoryRead: test.read}
			if test.past != (batch.AddressHistory{}) {
				history.Update(row.Address, func(a *batch.AddressHistory) { *a = test.past })
			}
			known.Update(row.Address, func(w *batch.Presence) { *w = test.who })
			plan := batch.Plan{History: history, Presences: known, Reinvite: test.reinvite, Now: now}
			step := plan.Add(test.row)
			assert.Equal(t, "decision", fmt.Sprint(step.Status, " ", step.Action), fmt.Sprint(test.status, " ", test.action))
			if step.Status == batch.Existing && step.Outcome().Status != batch.Existing && step.NewReading {
				t.Errorf("outcome %+v", step.Outcome())
			}
			if step.IsForgotten() && step.Outcome().ErrorCode != batch.CodeForgotten {
				t.Errorf("outcome %+v", step.Outcome())
			}
		})
	}
}

// A row whose invitation Graph took with the status Error has a link of its own: while its
// guest is in the tenant, and has not accepted, it is neither somebody who was there
// before nor sent again, unless that is asked for.
func TestAGuestOfAnInvitationWithErrorIsOfThisBatch(t *testing.T) {
	row, corrected := judged(2, "pat@x.example", "Pat"), judged(2, "pat@x.example", "Patricia")
	for _, test := range []struct {
		name string
		plan batch.Plan
		kind batch.ExistingKind
		row  batch.Judged
		want string
	}{
		{"invite", batch.Plan{}, batch.ExistingPending, row, "failed skip"},
		{"retry", batch.Plan{Retry: true}, batch.ExistingPending, row, "failed skip"},
		{"retry, state not known", batch.Plan{Retry: true}, batch.ExistingUnknown, row, "failed skip"},
		{"retry, not there", batch.Plan{Retry: true}, "", row, "failed send"},
		{"retry, accepted", batch.Plan{Retry: true}, batch.ExistingAccepted, row, "existing skip"},
		{"retry --all", batch.Plan{Retry: true, All: true}, batch.ExistingPending, row, "failed send"},
		{"retry --reinvite", batch.Plan{Retry: true, Reinvite: batch.ReinvitePending}, batch.ExistingPending, row, "failed send"},
		{"corrected", batch.Plan{}, batch.ExistingPending, corrected, "pending send"},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.plan.History, test.plan.Presences = &batch.History{}, &batch.Presences{DirectoryRead: true}
			test.plan.History.Update(row.Address, func(a *batch.AddressHistory) {
				a.Settled(batch.Failed, row.Fingerprint)
				a.Made = true
			})
			test.plan.Presences.Update(row.Address, func(w *batch.Presence) { w.Kind, w.UserID = test.kind, "u7" })
			step := test.plan.Add(test.row)
			action := map[batch.Action]string{batch.Skip: "skip", batch.Send: "send"}[step.Action]
			assert.Equal(t, "decision", string(step.Status)+" "+action, test.want)
			assert.Equal(t, "a reading", step.NewReading, step.Status == batch.Existing)
		})
	}
}
