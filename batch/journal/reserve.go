package journal

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"time"
)

// What the answers of requests in flight may need on a full disk, in bytes. An
// outcome changes some pages of 4 KiB, each of which goes to the log once more.
const (
	minRoom    = 4 << 20
	workerRoom = 32 << 10
)

// patience is how long to wait before each try to write outcomes that the disk
// did not take: people make room, and shares come back.
var patience = []time.Duration{0, 100 * time.Millisecond, time.Second, 3 * time.Second}

// room is the path of a file that keeps a place on the disk while a run lives.
// It is given back when the disk is full, so that answers that come after that
// can still be written: a redeem URL exists only once.
type room struct{ path string }

// keep makes the file, for a run with so many requests in flight at most. Its
// content is random, since file systems need no room for zeros.
func (r room) keep(workers int) error {
	f, err := os.OpenFile(r.path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.CopyN(f, rand.Reader, max(minRoom, int64(workers)*workerRoom))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, r.release())
	}
	return nil
}

// release gives the room back. It has no effect when none is kept.
func (r room) release() error {
	if err := os.Remove(r.path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// makeRoom leaves the disk to the outcomes alone: a checkpoint would fill it by
// copying what is safe in the log already.
func (w *writer) makeRoom(ctx context.Context) {
	_ = w.room.release() // what is kept nobody can use; the next write tells
	_, _ = w.db.ExecContext(ctx, "PRAGMA wal_autocheckpoint = 0")
}

// salvage writes the outcomes of a group, whose requests have left, and refuses
// its intents.
func (w *writer) salvage(ctx context.Context, group []*entry) {
	var outcomes []*entry
	for _, e := range group {
		if e.outcome == nil {
			e.done <- w.failed
			continue
		}
		outcomes = append(outcomes, e)
	}
	if len(outcomes) > 0 {
		tell(outcomes, w.insist(ctx, outcomes))
	}
}

// insist tries to write a group until it is written or patience ends.
func (w *writer) insist(ctx context.Context, group []*entry) (err error) {
	for _, wait := range patience {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if err = w.transact(ctx, group); err == nil {
			return nil
		}
	}
	return err
}
