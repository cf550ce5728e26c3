package journal_test

import (
	"maps"
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/internal/assert"
)

// readings are what the records say of their guests, by address.
func readings(t *testing.T, j *journal.Journal) map[string]batch.GuestReading {
	t.Helper()
	found := make(map[string]batch.GuestReading)
	for rec, err := range j.Records(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if rec.Guest.State != "" {
			found[rec.Outcome.Address] = rec.Guest
		}
	}
	return found
}

func TestReadingsOfGuests(t *testing.T) {
	j := begin(t, "a@x.example", "b@x.example", "c@x.example", "old@x.example", "gone@x.example")
	for _, address := range []string{"a@x.example", "b@x.example", "old@x.example", "gone@x.example"} {
		settle(t, j, address, batch.Invited, "")
	}
	load(t, j, "a@x.example", "b@x.example", "c@x.example", "old@x.example") // the last one leaves the list
	if err := j.Wrote(t.Context(), "r.xlsx", "1"); err != nil {
		t.Fatal(err)
	}
	later := time.Now().UTC().Add(time.Hour)
	want := map[string]batch.GuestReading{
		"a@x.example":    {State: batch.GuestAccepted, UserID: "1", Since: later.Add(-time.Minute), At: later},
		"b@x.example":    {State: batch.GuestNotShown, UserID: "2", Since: later, At: later, Looks: 1},
		"gone@x.example": {State: batch.GuestNotAccepted, UserID: "4", At: later},
	}
	record := func(read map[string]batch.GuestReading) {
		t.Helper()
		if err := j.RecordGuests(t.Context(), maps.All(read)); err != nil {
			t.Fatal(err)
		}
	}
	record(map[string]batch.GuestReading{"a@x.example": {State: batch.GuestNotAccepted, UserID: "1", At: later}})
	record(want)
	// A row that was not sent has no guest.
	record(map[string]batch.GuestReading{"c@x.example": {State: batch.GuestAccepted, UserID: "3", At: later}})
	assert.Equal(t, "readings", readings(t, j), want)
	assert.Equal(t, "the results are old", news(t, j), true)

	// A reading that is older than the invitation is of another guest.
	record(map[string]batch.GuestReading{"old@x.example": {State: batch.GuestDeleted, UserID: "other", At: later.Add(-2 * time.Hour)}})
	assert.Equal(t, "of the guest before", readings(t, j), want)
	// One that is older than what is known tells nothing; one of the same second does.
	record(map[string]batch.GuestReading{
		"a@x.example":    {State: batch.GuestNotAccepted, UserID: "1", At: later.Add(-time.Minute)},
		"gone@x.example": {State: batch.GuestAccepted, UserID: "4", At: later.Truncate(time.Second)},
	})
	want["gone@x.example"] = batch.GuestReading{State: batch.GuestAccepted, UserID: "4", At: later.Truncate(time.Second)}
	assert.Equal(t, "an earlier reading", readings(t, j), want)
}

// A reminder counts that was answered or whose answer never came, and none of before the
// guest was removed; one that was refused does not.
func TestRemindersAreCounted(t *testing.T) {
	j := begin(t, "a@x.example", "b@x.example", "c@x.example")
	remind := func(address string, status batch.Status) {
		t.Helper()
		id, err := j.Intend(t.Context(), batch.Intent{Address: address, Reminder: true, At: time.Now()})
		if err == nil && status != "" {
			err = j.Settle(t.Context(), id, batch.Outcome{Address: address, Status: status, At: time.Now()})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, address := range []string{"a@x.example", "b@x.example", "c@x.example"} {
		settle(t, j, address, batch.Invited, "")
	}
	remind("a@x.example", batch.Invited)
	remind("a@x.example", batch.Pending)
	remind("a@x.example", "")
	remind("b@x.example", batch.Invited)
	settle(t, j, "b@x.example", batch.Removed, "")
	settle(t, j, "b@x.example", batch.Invited, "")
	remind("b@x.example", batch.Invited)
	reminders, err := j.Reminders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]int{"a@x.example": 2, "b@x.example": 1, "c@x.example": 0} {
		got, _ := reminders.Get(address)
		assert.Equal(t, address, got, want)
	}
}

// Graph's clock is known to the second: a guest who was deleted right after the answer can
// seem to have been read before it.
func TestAGuestWhoIsGoneAtOnce(t *testing.T) {
	j := begin(t, "a@x.example", "b@x.example")
	read := make(map[string]batch.GuestReading)
	for _, address := range []string{"a@x.example", "b@x.example"} {
		settle(t, j, address, batch.Invited, "")
	}
	for rec, err := range j.Records(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		at := rec.Outcome.At.Add(-time.Second)
		if rec.Outcome.Address == "b@x.example" { // there again, long after
			at = at.Add(-time.Minute)
		}
		read[rec.Outcome.Address] = batch.GuestReading{State: batch.GuestDeleted, UserID: rec.Outcome.UserID, At: at.UTC()}
	}
	if err := j.RecordGuests(t.Context(), maps.All(read)); err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "readings", readings(t, j), map[string]batch.GuestReading{"a@x.example": read["a@x.example"]})
}

func TestRestoredReadings(t *testing.T) {
	j := begin(t)
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	accepted := batch.GuestReading{State: batch.GuestAccepted, UserID: "1", Since: at, At: at.Add(time.Hour)}
	earlier := journal.Earlier{Columns: []string{"Email"}, Record: batch.Record{
		Cells: []string{"a@x.example"}, Guest: accepted,
		Outcome: batch.Outcome{Address: "a@x.example", Status: batch.Invited, UserID: "1", At: at},
	}}
	if err := j.Restore(t.Context(), all([]journal.Earlier{earlier})); err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "readings", readings(t, j), map[string]batch.GuestReading{"a@x.example": accepted})
}
