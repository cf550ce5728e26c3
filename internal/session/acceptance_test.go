package session

import (
	"testing"
	"time"

	"guestlist/internal/assert"
)

// Everyone who has not accepted is listed where no age is asked for, also where Graph's
// clock, which is known to the second only, is behind their invitation.
func TestEveryoneWhoWaitsIsListed(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	a := Acceptance{Waiting: []WaitingGuest{{Address: "old@x.example", Invited: now.Add(-time.Hour)}, {Address: "new@x.example", Invited: now.Add(time.Second / 2)}}}
	assert.Equal(t, "of any age", len(a.Older(0, now)), 2)
	assert.Equal(t, "of an hour", len(a.Older(time.Hour, now)), 1)
}
