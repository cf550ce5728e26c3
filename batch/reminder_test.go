package batch

import (
	"testing"
	"time"

	"guestlist/internal/assert"
)

// When the next guest can be reminded goes by the age of the invitation and by how many
// reminders there were; who is reminded now waits as long again.
func TestNextReminder(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	waits := func(age time.Duration, reminders int) Remindable {
		return Remindable{State: GuestNotAccepted, UserID: "00000000-0000-4000-8000-000000000001", Invited: now.Add(-age), Reminders: reminders}
	}
	accepted := waits(5*day, 0)
	accepted.State = GuestAccepted
	for what, test := range map[string]struct {
		guests map[string]Remindable
		want   time.Time
	}{
		"too early":           {map[string]Remindable{"a": waits(2*day, 0), "b": waits(3*day, 1)}, now.Add(4 * day)},
		"reminded now":        {map[string]Remindable{"a": waits(8*day, 0)}, now.Add(7 * day)},
		"now for the last":    {map[string]Remindable{"a": waits(8*day, 1)}, time.Time{}},
		"often enough":        {map[string]Remindable{"a": waits(2*day, 2)}, time.Time{}},
		"no one is left":      {map[string]Remindable{"a": accepted}, time.Time{}},
		"the same as another": {map[string]Remindable{"a": {State: GuestNotAccepted, Invited: now, SameGuest: true}}, time.Time{}},
	} {
		r := Reminders{OlderThan: 7 * day, Max: 2}
		for address, g := range test.guests {
			r.Add(address, g, now)
		}
		assert.Equal(t, what, r.Next(), test.want)
	}
}
