package journal_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
)

// FuzzOpen opens whatever lies where a journal and its log should: an error, or
// a journal that can be read to its end and written, but no panic and no hang.
func FuzzOpen(f *testing.F) {
	good := killed(f)
	db, log := good[name], good[name+"-wal"]
	f.Add(db, log)
	f.Add(db, []byte{})
	f.Add(db, log[:len(log)/2])
	f.Add(db[:4096], log)
	f.Add(db[:len(db)-4096], []byte{})
	f.Add([]byte{}, []byte{})
	f.Add([]byte("SQLite format 3\x00"), log[:32])
	f.Fuzz(func(t *testing.T, db, log []byte) {
		if len(db) > 1<<20 || len(log) > 1<<20 {
			t.Skip("too large to be worth the time")
		}
		folder := t.TempDir()
		files := map[string][]byte{name: db}
		if len(log) > 0 {
			files[name+"-wal"] = log
		}
		place(t, folder, files)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		j, err := journal.Open(ctx, filepath.Join(folder, name), sandbox)
		if err == nil {
			readAll(ctx, j)
			_, _ = j.Intend(ctx, batch.Intent{Address: "a@x.example"})
			_ = j.Close()
		}
		if ctx.Err() != nil {
			t.Error("it hangs")
		}
	})
}

// readAll does everything that reads; what it says about garbage is its affair.
func readAll(ctx context.Context, j *journal.Journal) {
	_, _ = j.History(ctx, 0)
	_, _ = j.Columns(ctx)
	_, _ = countRows(ctx, j)
	_, _ = j.Summary(ctx)
	for _, err := range j.Rows(ctx) {
		_ = err
	}
	for _, err := range j.Records(ctx) {
		_ = err
	}
}
