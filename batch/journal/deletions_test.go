package journal_test

import (
	"path/filepath"
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/internal/assert"
)

// A deletion is on disk before its request leaves, and what came of it together with the
// row of the guest.
func TestDeletions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "list.journal.db")
	j := open(t, path, sandbox)
	load(t, j, "a@x.example", "b@x.example")
	settle(t, j, "a@x.example", batch.Invited, "")
	settle(t, j, "b@x.example", batch.Invited, "")
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	intend := func(name string) batch.Deletion {
		t.Helper()
		d := batch.Deletion{Address: name + "@x.example", UserID: name, At: at, ClientRequestID: "c-" + name, Operator: "pat@host", SignedInAs: "pat"}
		kept, err := j.IntendDeletion(t.Context(), d)
		if err != nil || kept.Number == 0 {
			t.Fatal(kept, err)
		}
		return kept
	}
	a, b := intend("a"), intend("b")
	reopen := func() {
		t.Helper()
		shut(t, j)
		j = open(t, path, sandbox)
	}
	wantOpen := func(want ...batch.Deletion) {
		t.Helper()
		reopen()
		have, err := j.OpenDeletions(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		assert.Equal(t, "open deletions", have, want)
	}
	wantOpen(a, b)
	if err := j.Wrote(t.Context(), "r.xlsx", "1"); err != nil {
		t.Fatal(err)
	}
	later := at.Add(time.Minute)
	removed := batch.Presence{UserID: "a", Read: later}.Removed(a.Address, 0)
	if err := j.SettleDeletion(t.Context(), a, batch.DeletionResult{Deleted: true, Gone: at, At: later, RequestID: "r"}, removed); err != nil {
		t.Fatal(err)
	}
	if err := j.SettleDeletion(t.Context(), b, batch.DeletionResult{At: later, Error: "refused"}, batch.Outcome{}); err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "the results are old", news(t, j), true)
	wantOpen()
	assert.Equal(t, "rows", stands(t, j), []string{"2 a@x.example removed", "3 b@x.example invited"})
	assert.Equal(t, "readings", readings(t, j), map[string]batch.GuestReading{
		"a@x.example": {State: batch.GuestDeleted, UserID: "a", Since: at, At: later},
	})
	shut(t, j)
}

// The requests that may have created an account are those that were answered with it, by
// when the answered one left: before it, and where an answer was lost, somebody else can
// have invited the guest.
func TestRequestsThatMayHaveCreatedAGuest(t *testing.T) {
	j := begin(t, "a@x.example", "b@x.example", "c@x.example", "d@x.example", "e@x.example")
	if err := j.Begin(t.Context(), batch.RunFacts{Workers: 1}, nil); err != nil {
		t.Fatal(err)
	}
	begun := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	at := func(n int) time.Time { return begun.Add(time.Duration(n) * time.Minute) }
	sent := make(map[int64]time.Time)
	intend := func(name string, n int) int64 {
		t.Helper()
		id, err := j.Intend(t.Context(), batch.Intent{Address: name + "@x.example", At: at(n)})
		if err != nil {
			t.Fatal(err)
		}
		sent[id] = at(n)
		return id
	}
	came := func(name string, intent int64, status batch.Status, userID string) {
		t.Helper()
		if err := j.Settle(t.Context(), intent, batch.Outcome{Address: name + "@x.example", Status: status, UserID: userID, At: time.Now(), SentAt: sent[intent]}); err != nil {
			t.Fatal(err)
		}
	}
	// Refused, then not answered, then answered.
	came("a", intend("a", 1), batch.Failed, "")
	intend("a", 2)
	came("a", intend("a", 3), batch.Invited, "A")
	// Not answered, and shown by a look-up.
	came("b", intend("b", 4), batch.Unconfirmed, "")
	came("b", 0, batch.Invited, "b")
	// Not answered, and proved to have done nothing: a request of somebody else made the guest.
	intend("c", 5)
	came("c", 0, batch.Pending, "")
	came("c", 0, batch.Existing, "c")
	// Another address of the guest of a.
	came("d", intend("d", 6), batch.Invited, "a")
	// Removed, and invited again.
	came("e", intend("e", 7), batch.Invited, "e")
	came("e", 0, batch.Removed, "e")
	came("e", intend("e", 8), batch.Invited, "e2")
	got, err := j.Requests(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string][]time.Time{
		"a": {at(3), at(6)}, "b": nil, "c": nil, "e": {at(7)}, "e2": {at(8)},
	} {
		assert.Equal(t, "requests of "+id, got.Of(id), want)
	}
}

// A file says when a request left whose outcome it does not know, and a look-up can find a
// guest who was created since: that makes no request of it.
func TestWhatAFileSaysIsNoRequest(t *testing.T) {
	j := begin(t)
	if err := j.Begin(t.Context(), batch.RunFacts{Workers: 1}, nil); err != nil {
		t.Fatal(err)
	}
	earlier := journal.Earlier{Columns: []string{"Email"}, Left: time.Now(), Record: batch.Record{
		Cells: []string{"a@x.example"}, Outcome: batch.Outcome{Address: "a@x.example", Status: batch.Unconfirmed, UserID: "a"},
	}}
	if err := j.Restore(t.Context(), all([]journal.Earlier{earlier})); err != nil {
		t.Fatal(err)
	}
	if err := j.Settle(t.Context(), 0, batch.Outcome{Address: "a@x.example", Status: batch.Invited, UserID: "a", At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	got, err := j.Requests(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "requests", len(got.Of("a")), 0)
}
