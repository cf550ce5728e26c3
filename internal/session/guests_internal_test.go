package session

import (
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/internal/assert"
)

// What a reading makes of a row: a guest who is gone is removed a day after the invitation,
// and not before; one who is there again has their invitation again.
func TestWhatAReadingMakesOfARow(t *testing.T) {
	at := time.Date(2026, 11, 9, 8, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		status batch.Status
		age    time.Duration // of the invitation
		state  batch.GuestState
		id     string // of the account that was read
		want   []batch.Status
	}{
		"accepted":               {batch.Invited, time.Hour, batch.GuestAccepted, "1", nil},
		"deleted at once":        {batch.Invited, time.Hour, batch.GuestDeleted, "1", nil},
		"deleted after a day":    {batch.Invited, 24 * time.Hour, batch.GuestDeleted, "1", []batch.Status{batch.Removed}},
		"not shown yet":          {batch.Invited, 23 * time.Hour, batch.GuestNotShown, "1", nil},
		"never came":             {batch.Invited, 24 * time.Hour, batch.GuestNeverCame, "1", []batch.Status{batch.Removed}},
		"another account":        {batch.Invited, time.Hour, batch.GuestNotAccepted, "2", nil},
		"another, after a day":   {batch.Invited, 24 * time.Hour, batch.GuestNotAccepted, "2", []batch.Status{batch.Removed, batch.Existing}},
		"restored":               {batch.Removed, 48 * time.Hour, batch.GuestAccepted, "1", []batch.Status{batch.Invited}},
		"removed, and another":   {batch.Removed, 48 * time.Hour, batch.GuestAccepted, "2", []batch.Status{batch.Existing}},
		"removed, still deleted": {batch.Removed, 48 * time.Hour, batch.GuestDeleted, "1", nil},
		"existing accepts":       {batch.Existing, 48 * time.Hour, batch.GuestAccepted, "1", []batch.Status{batch.Existing}},
	} {
		g := guest{
			address: "a@x.example", userID: "1", invited: at.Add(-test.age), status: test.status, existing: batch.ExistingPending,
			reading: batch.GuestReading{State: test.state, UserID: test.id, At: at},
		}
		var got []batch.Status
		for _, o := range g.changed() {
			got = append(got, o.Status)
		}
		assert.Equal(t, name, got, test.want)
	}
}
