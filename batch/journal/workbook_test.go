package journal_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/internal/assert"
	"guestlist/internal/secret"
)

func news(t *testing.T, j *journal.Journal) bool {
	t.Helper()
	is, err := j.News(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return is
}

func TestJournalKnowsTheResultsThatWereWrittenLast(t *testing.T) {
	t.Parallel()
	path := fresh(t)
	j := open(t, path, sandbox)
	written := func(wantFile, wantDigest string) {
		t.Helper()
		file, digest, err := j.Written(t.Context())
		if file != wantFile || digest != wantDigest || err != nil {
			t.Errorf("written: got %q %q %v, want %q %q", file, digest, err, wantFile, wantDigest)
		}
	}
	written("", "")
	if !news(t, j) {
		t.Error("no results were written, and they are said to be up to date")
	}
	_, inDatabase := databaseOf(t.Name())
	for _, digest := range []string{"first", "second"} {
		if err := j.Wrote(t.Context(), "list.results.xlsx", digest); err != nil {
			t.Fatal(err)
		}
		shut(t, j)
		if !inDatabase {
			assert.Equal(t, "written, as the closed file tells", journal.WrittenFrom(t.Context(), path), digest)
		}
		j = open(t, path, sandbox)
		written("list.results.xlsx", digest)
	}
	shut(t, j)
	assert.Equal(t, "written from a journal that is not there", journal.WrittenFrom(t.Context(), path+"x"), "")
	if err := os.WriteFile(path+"-wal", []byte("the log of a run that was killed"), 0o600); err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "written from the journal of a run that was killed", journal.WrittenFrom(t.Context(), path), "")
}

// TestNews writes results, lets one thing happen, opens the journal again, as
// after a run that was killed before it wrote its own, and asks for news.
func TestNews(t *testing.T) {
	t.Parallel()
	path := fresh(t)
	var intent int64
	for _, c := range []struct {
		what string
		do   func(ctx context.Context, j *journal.Journal) error
		news bool
	}{
		{"nothing", func(context.Context, *journal.Journal) error { return nil }, false},
		{"a list", list("a@x.example"), true},
		{"the same list", list("a@x.example"), false},
		{"an intent", func(ctx context.Context, j *journal.Journal) (err error) {
			intent, err = j.Intend(ctx, batch.Intent{Address: "a@x.example", At: time.Now()})
			return err
		}, true},
		{"its outcome", func(ctx context.Context, j *journal.Journal) error {
			return j.Settle(ctx, intent, batch.Outcome{Address: "a@x.example", Status: batch.Invited})
		}, true},
		{"a run that sent nothing", func(ctx context.Context, j *journal.Journal) error {
			return errors.Join(j.Begin(ctx, batch.RunFacts{Workers: 1}, nil), j.End(ctx, batch.RunTotals{}))
		}, false},
		{"a restored row", func(ctx context.Context, j *journal.Journal) error {
			row := batch.Record{Outcome: batch.Outcome{Address: "b@x.example", Status: batch.Invited}}
			return j.Restore(ctx, all([]journal.Earlier{{Record: row}}))
		}, true},
		{"the list in another order", list("b@x.example", "a@x.example"), true},
		{"a shorter list", list("b@x.example"), true},
		{"another heading", func(ctx context.Context, j *journal.Journal) error {
			return j.Import(ctx, batch.Header{Columns: []string{"Mail", "Manager"}}, all(plan(nil, []string{"b@x.example"})))
		}, true},
	} {
		j := open(t, path, sandbox)
		err := errors.Join(j.Wrote(t.Context(), "list.results.xlsx", "ab"), c.do(t.Context(), j), j.Close())
		if err != nil {
			t.Fatalf("%s: %v", c.what, err)
		}
		j = open(t, path, sandbox)
		if got := news(t, j); got != c.news {
			t.Errorf("%s: news %t, want %t", c.what, got, c.news)
		}
		shut(t, j)
	}
}

// list imports these addresses.
func list(addresses ...string) func(context.Context, *journal.Journal) error {
	return func(ctx context.Context, j *journal.Journal) error {
		return j.Import(ctx, batch.Header{Columns: []string{"Email", "Manager"}}, all(plan(nil, addresses)))
	}
}

// TestRestoredRowsAreListedOnce restores rows into a journal whose run sent
// nothing, and imports its list again.
func TestRestoredRowsAreListedOnce(t *testing.T) {
	t.Parallel()
	j := begin(t, "a@x.example", "b@x.example")
	row := batch.Record{Outcome: batch.Outcome{Address: "a@x.example", Status: batch.Invited}}
	if err := j.Restore(t.Context(), all([]journal.Earlier{{Record: row}})); err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "restored", stands(t, j), []string{"0 a@x.example invited"})
	load(t, j, "a@x.example", "b@x.example")
	assert.Equal(t, "imported", stands(t, j), []string{"2 a@x.example invited", "3 b@x.example pending"})
}

// TestAFilesWordIsLookedUpFirst restores an invitation that nothing confirms: the guest
// is looked up, and the link of the file counts once the same account was seen.
func TestAFilesWordIsLookedUpFirst(t *testing.T) {
	left := time.Date(2026, 9, 14, 12, 0, 7, 0, time.UTC)
	link := secret.New("https://login.microsoftonline.com/redeem?rd=x")
	restored := func(t *testing.T) *journal.Journal {
		t.Helper()
		j := begin(t, "a@x.example")
		row := batch.Record{Outcome: batch.Outcome{
			Address: "a@x.example", Status: batch.Unconfirmed, ErrorCode: batch.CodeNotConfirmed, UserID: "user", RedeemURL: link,
		}}
		if err := j.Restore(t.Context(), all([]journal.Earlier{{Record: row, Left: left}})); err != nil {
			t.Fatal(err)
		}
		load(t, j, "a@x.example")
		return j
	}
	// What a run finds out later, always without a request of its own.
	later := func(t *testing.T, j *journal.Journal, o batch.Outcome) {
		t.Helper()
		o.Address = "a@x.example"
		if err := j.Settle(t.Context(), 0, o); err != nil {
			t.Fatal(err)
		}
	}
	forbidden := batch.Outcome{Status: batch.Unconfirmed, ErrorCode: batch.CodeLookUpForbidden}
	for name, test := range map[string]struct {
		then   func(t *testing.T, j *journal.Journal)
		status batch.Status
		link   bool
		mailed bool
	}{
		"nothing else":       {func(*testing.T, *journal.Journal) {}, batch.Unconfirmed, true, true},
		"look-ups forbidden": {func(t *testing.T, j *journal.Journal) { t.Helper(); later(t, j, forbidden) }, batch.Unconfirmed, true, true},
		"seen": {func(t *testing.T, j *journal.Journal) {
			t.Helper()
			later(t, j, forbidden)
			later(t, j, batch.Outcome{Status: batch.Invited, UserID: "user"})
		}, batch.Invited, true, false},
		"another account seen": {func(t *testing.T, j *journal.Journal) {
			t.Helper()
			later(t, j, batch.Outcome{Status: batch.Invited, UserID: "other"})
		}, batch.Invited, false, false},
		"not there": {func(t *testing.T, j *journal.Journal) {
			t.Helper()
			later(t, j, batch.Outcome{Status: batch.Pending})
		}, batch.Pending, false, false},
		"trusted": {trusts, batch.Invited, true, false},
		"trusted after a look-up": {func(t *testing.T, j *journal.Journal) {
			t.Helper()
			later(t, j, forbidden)
			trusts(t, j)
		}, batch.Invited, true, false},
		"trusted after it was not there": {func(t *testing.T, j *journal.Journal) {
			t.Helper()
			later(t, j, batch.Outcome{Status: batch.Pending})
			trusts(t, j)
		}, batch.Pending, false, false},
		"trusted after a request left": {func(t *testing.T, j *journal.Journal) {
			t.Helper()
			if _, err := j.Intend(t.Context(), batch.Intent{Address: "a@x.example", Mail: true, At: left}); err != nil {
				t.Fatal(err)
			}
			trusts(t, j)
		}, batch.Unconfirmed, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			j := restored(t)
			test.then(t, j)
			history, err := j.History(t.Context(), 0)
			if err != nil {
				t.Fatal(err)
			}
			past := history.Get("a@x.example")
			if past.Status != test.status && past.Status != "" || (past.Mailed != 0) != test.mailed {
				t.Errorf("history: %+v", past)
			}
			if test.mailed && past.Mailed != left.UnixNano() {
				t.Errorf("left at %v", time.Unix(0, past.Mailed))
			}
			for r, err := range j.Records(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				if o := r.Outcome; o.Status != test.status || o.RedeemURL.IsZero() == test.link {
					t.Errorf("%s, link %v", o.Status, !o.RedeemURL.IsZero())
				}
			}
		})
	}
}

func trusts(t *testing.T, j *journal.Journal) {
	t.Helper()
	if err := j.Trust(t.Context()); err != nil {
		t.Fatal(err)
	}
}
