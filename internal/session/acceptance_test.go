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

// The first reminder is that of the oldest invitation of ours that has not had enough of them.
func TestFirstReminder(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	waiting := []WaitingGuest{
		{Address: "another-batch@x.example"},
		{Address: "twice@x.example", Invited: now.Add(-20 * day), Reminders: 2},
		{Address: "once@x.example", Invited: now.Add(-3 * day), Reminders: 1},
		{Address: "new@x.example", Invited: now},
	}
	a := Acceptance{Waiting: waiting}
	assert.Equal(t, "of the one who had one", a.FirstReminder(7*day, 2), now.Add(4*day))
	a.Waiting = waiting[:2]
	assert.Equal(t, "of no one", a.FirstReminder(7*day, 2), time.Time{})
}
