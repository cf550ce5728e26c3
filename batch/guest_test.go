package batch

import (
	"testing"
	"time"

	"guestlist/internal/assert"
)

// Only three looks, at 15 minutes, an hour and a day after the invitation, say that a
// guest never came: a directory that lags, and a tool that is run three times in a
// minute, prove nothing.
func TestGuestWhoNeverCame(t *testing.T) {
	invited := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		looks []time.Duration // after the invitation
		want  []GuestState
	}{
		"at the documented ages":      {[]time.Duration{15 * time.Minute, time.Hour, 24 * time.Hour}, []GuestState{GuestNotShown, GuestNotShown, GuestNeverCame}},
		"too early":                   {[]time.Duration{time.Minute, 14 * time.Minute, 59 * time.Minute, 2 * time.Hour, 23 * time.Hour}, []GuestState{GuestNotShown, GuestNotShown, GuestNotShown, GuestNotShown, GuestNotShown}},
		"late, three times in a row":  {[]time.Duration{72 * time.Hour, 72*time.Hour + time.Minute, 72*time.Hour + 2*time.Minute}, []GuestState{GuestNotShown, GuestNotShown, GuestNotShown}},
		"late, on three days":         {[]time.Duration{72 * time.Hour, 96 * time.Hour, 120 * time.Hour}, []GuestState{GuestNotShown, GuestNotShown, GuestNeverCame}},
		"many, the third a day later": {[]time.Duration{15 * time.Minute, 16 * time.Minute, time.Hour, 2 * time.Hour, 24*time.Hour + 15*time.Minute}, []GuestState{GuestNotShown, GuestNotShown, GuestNotShown, GuestNotShown, GuestNeverCame}},
	} {
		var r GuestReading
		for i, after := range test.looks {
			r = r.Missed("id", invited, invited.Add(after), invited.Add(after))
			assert.Equal(t, name+", "+after.String(), r.State, test.want[i])
			assert.Equal(t, name+", read at", r.At, invited.Add(after))
		}
	}
}

// A clock of the service that jumps ahead proves nothing.
func TestLooksGoByThisMachinesClock(t *testing.T) {
	invited := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	var r GuestReading
	for i, ahead := range []time.Duration{15 * time.Minute, time.Hour, 25 * time.Hour, 50 * time.Hour} {
		r = r.Missed("id", invited, invited.Add(ahead), invited.Add(time.Duration(i)*time.Second))
		assert.Equal(t, ahead.String(), r.State, GuestNotShown)
	}
}

func TestGuestWhoWasSeenIsDeleted(t *testing.T) {
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	for _, state := range []GuestState{GuestAccepted, GuestNotAccepted, GuestNotKnown} {
		r := GuestReading{State: state, UserID: "id", Since: at, At: at}.Missed("id", at, at.Add(time.Hour), at.Add(time.Hour))
		assert.Equal(t, string(state), r, GuestReading{State: GuestDeleted, UserID: "id", At: at.Add(time.Hour)})
	}
	deleted := GuestReading{State: GuestDeleted, UserID: "id", Since: at, At: at}.Missed("id", at, at.Add(time.Hour), at.Add(time.Hour))
	assert.Equal(t, "when it was deleted stays known", deleted.Since, at)
	other := GuestReading{State: GuestAccepted, UserID: "another", Since: at, At: at}.Missed("id", at, at.Add(time.Hour), at.Add(time.Hour))
	assert.Equal(t, "another account tells nothing", other.State, GuestNotShown)
}
