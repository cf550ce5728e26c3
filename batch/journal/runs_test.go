package journal_test

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/internal/assert"
)

func TestSummaryTellsHowTheLatestRunWent(t *testing.T) {
	t.Parallel()
	j := begin(t, "a@x.example")
	started := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, tally := range []batch.RunTotals{
		{Sent: 1, Requests: 2, Stopped: "interrupted"},
		{Sent: 2, Requests: 5, Throttled: 3, Waited: 90*time.Minute + 20*time.Millisecond, Held: 1500 * time.Millisecond},
		{Sent: 300, Requests: 300, Climbed: "auto: 5/s to 15/s"},
	} {
		want := batch.RunFacts{
			Tool: "guestlist 0.1.0", Operator: "mo@pc", SignedInAs: "mo@contoso.com", Tenant: "sandbox", TenantName: "Contoso", List: "list.csv", Sheet: "Guests", SHA256: "ab",
			Rate: "5/1s", Workers: 32, Settings: map[string]string{"rate": "5/1s"}, Started: started,
		}
		if err := j.Begin(t.Context(), want, want.Settings); err != nil {
			t.Fatal(err)
		}
		if err := j.End(t.Context(), tally); err != nil {
			t.Fatal(err)
		}
		got, err := j.Summary(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got.Ended.IsZero() {
			t.Error("it does not say when it ended")
		}
		want.Sandbox, want.Ended, want.Totals = true, got.Ended, tally
		_, inDatabase := databaseOf(t.Name())
		assert.Equal(t, "the batch has a name", got.Batch != "", inDatabase)
		want.Batch = got.Batch
		want.Totals.Climbed, want.Rate = "", cmp.Or(tally.Climbed, want.Rate)
		assert.Equal(t, "summary", got, want)
	}
}

func TestRunWithoutRoomDoesNotBegin(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), name)
	j := open(t, path, sandbox)
	defer shut(t, j)
	if err := os.Mkdir(path+"-reserve", 0o700); err != nil {
		t.Fatal(err)
	}
	err := j.Begin(t.Context(), batch.RunFacts{Workers: 1}, nil)
	if _, ok := errors.AsType[*journal.DiskError](err); !ok {
		t.Errorf("got %v (%T)", err, err)
	}
}

// Where Graph's clock is further ahead than it was in a run, a request of that run seems to
// have left longer ago than it did: it counts as later by as much.
func TestAClockThatJumpedMakesNoRequestOlder(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), name)
	j := open(t, path, sandbox)
	if err := j.Begin(t.Context(), batch.RunFacts{Workers: 1, ClockAhead: time.Minute}, nil); err != nil {
		t.Fatal(err)
	}
	left := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	if _, err := j.Intend(t.Context(), batch.Intent{Address: "a@x.example", Mail: true, At: left}); err != nil {
		t.Fatal(err)
	}
	for ahead, later := range map[time.Duration]time.Duration{time.Minute: 0, time.Minute + time.Hour: time.Hour, -time.Hour: 0, time.Minute + time.Second: 0} {
		history, err := j.History(t.Context(), ahead)
		past := history.Get("a@x.example")
		if err != nil || past.Mailed != left.UnixNano() || past.Latest != left.Add(later).UnixNano() {
			t.Errorf("%v ahead: %+v, %v", ahead, past, err)
		}
	}
	shut(t, j)
}

// A run that another one has taken over says how it went itself. Its answers are in the
// database at last, and in no file any more.
func endOfOneTakenOver(t *testing.T, address string) {
	t.Helper()
	old := runBatch(t, openDatabase(t, address), "a", journal.RunOptions{Spill: filepath.Join(t.TempDir(), "a.answers.jsonl")})
	began, err := old.Intend(t.Context(), batch.Intent{Address: "a@x.example", Mail: true, At: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if err := old.Begin(t.Context(), batch.RunFacts{Operator: "old"}, nil); err != nil {
		t.Fatal(err)
	}
	endLock(t, address)
	young := runBatch(t, openDatabase(t, address), "a", journal.RunOptions{})
	if err := young.Begin(t.Context(), batch.RunFacts{Operator: "young"}, nil); err != nil {
		t.Fatal(err)
	}
	if err := old.Settle(t.Context(), began, invited("a@x.example")); err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "state", statuses(t, young, "a@x.example"), "invited")
	path, kept := old.Spilled()
	assert.Equal(t, "kept in "+path, kept, 0)
	if err := old.End(t.Context(), batch.RunTotals{Sent: 122, Requests: 130}); err != nil {
		t.Fatal(err)
	}
	facts, err := old.Summary(t.Context())
	assert.Equal(t, "error", err, nil)
	assert.Equal(t, "operator", facts.Operator, "old")
	assert.Equal(t, "sent", facts.Totals.Sent, 122)
	if err := errors.Join(old.Close(), young.Close()); err != nil {
		t.Error(err)
	}
}
