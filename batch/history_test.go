package batch_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"guestlist/batch"
	"guestlist/internal/assert"
)

// TestHistoryIsAMapOfPasts tells both the same things in any order.
func TestHistoryIsAMapOfPasts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var history batch.History
		pasts := make(map[string]batch.AddressHistory)
		for range rapid.IntRange(0, 40).Draw(t, "attempts") {
			address := rapid.SampledFrom([]string{"a@x.example", "b@x.example", "c@x.example"}).Draw(t, "address")
			tell := event(t)
			past := pasts[address]
			tell(&past)
			pasts[address] = past
			history.Update(address, tell)
		}
		for _, address := range []string{"a@x.example", "b@x.example", "c@x.example", "never@x.example"} {
			want, got := pasts[address], history.Get(address)
			if want.Status == batch.Invited {
				want.Fingerprint, got.Fingerprint = 0, 0
			}
			if got != want {
				t.Fatalf("%s: %+v, want %+v", address, got, want)
			}
		}
	})
}

// event draws something that happens to an address.
func event(t *rapid.T) func(*batch.AddressHistory) {
	at := time.Unix(rapid.Int64Range(1, 9).Draw(t, "time"), 0)
	mail := rapid.Bool().Draw(t, "mail")
	status := rapid.SampledFrom([]batch.Status{batch.Invited, batch.Failed, batch.Pending, batch.Unconfirmed, batch.Existing, batch.Removed}).Draw(t, "status")
	fingerprint := rapid.Uint64Range(1, 9).Draw(t, "fingerprint")
	return rapid.SampledFrom([]func(*batch.AddressHistory){
		func(p *batch.AddressHistory) { p.Intended(batch.Intent{At: at, Mail: mail}) },
		func(p *batch.AddressHistory) { p.Settled(status, fingerprint) },
		(*batch.AddressHistory).Absent,
	}).Draw(t, "event")
}

func TestHistoryOfNothing(t *testing.T) {
	assert.Equal(t, "nil", (*batch.History)(nil).Get("a@x.example"), batch.AddressHistory{})
	assert.Equal(t, "empty", new(batch.History).Get("a@x.example"), batch.AddressHistory{})
}

// TestDistinctAddressesAreNoDuplicates would fail for a digest that is too short.
func TestDistinctAddressesAreNoDuplicates(t *testing.T) {
	const rows = 200_000
	var plan batch.Plan
	for i := range rows {
		address := fmt.Sprintf("guest%d@x.example", i)
		if step := plan.Add(batch.Judged{Address: address, Row: batch.Row{Line: i + 2}}); step.FirstLine != 0 {
			t.Fatalf("%s repeats row %d", address, step.FirstLine)
		}
	}
	assert.Equal(t, "the last", plan.Add(batch.Judged{Address: "guest199999@x.example", Row: batch.Row{Line: 9}}).FirstLine, rows+1)
}

// TestAMillionRowsFit holds what a plan and a history keep of each row to less
// than 100 bytes, so that a resume of the largest lists stays under 300 MiB.
func TestAMillionRowsFit(t *testing.T) {
	const rows, allowed = 100_000, 100
	before := heap()
	var plan batch.Plan
	plan.History = new(batch.History)
	for i := range rows {
		address := guestAddress(i)
		plan.History.Update(address, func(p *batch.AddressHistory) { p.Settled(batch.Invited, uint64(i)) })
		plan.Add(batch.Judged{Address: address, Row: batch.Row{Line: i + 2}})
	}
	if each := int64(heap()-before) / rows; each > allowed {
		t.Errorf("%d bytes a row, %d are allowed", each, allowed)
	}
	assert.Equal(t, "kept", plan.History.Get(guestAddress(7)).Status, batch.Invited)
}
