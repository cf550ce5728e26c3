package journal_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/internal/assert"
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
	for _, digest := range []string{"first", "second"} {
		if err := j.Wrote(t.Context(), "list.results.xlsx", digest); err != nil {
			t.Fatal(err)
		}
		shut(t, j)
		j = open(t, path, sandbox)
		written("list.results.xlsx", digest)
	}
	shut(t, j)
}

// TestNews writes results, lets one thing happen, opens the journal again, as
// after a run that was killed before it wrote its own, and asks for news.
func TestNews(t *testing.T) {
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
	j := begin(t, "a@x.example", "b@x.example")
	row := batch.Record{Outcome: batch.Outcome{Address: "a@x.example", Status: batch.Invited}}
	if err := j.Restore(t.Context(), all([]journal.Earlier{{Record: row}})); err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "restored", stands(t, j), []string{"0 a@x.example invited"})
	load(t, j, "a@x.example", "b@x.example")
	assert.Equal(t, "imported", stands(t, j), []string{"2 a@x.example invited", "3 b@x.example pending"})
}
