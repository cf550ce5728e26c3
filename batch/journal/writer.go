package journal

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	randv2 "math/rand/v2"
	"os"
	"time"

	"guestlist/batch"
	"guestlist/batch/send"
	"guestlist/internal/durable"
)

// maxGroup is how many waiting entries share one transaction at most.
const maxGroup = 1024

// errClosed says that something was written after Close.
var errClosed = errors.New("the journal is closed")

const (
	insertAttempt = `INSERT INTO attempt (id, run, address, mail, reminder, intended_at, intent_request_id) VALUES (?, ?, ?, ?, ?, ?, ?)`
	updateAttempt = `UPDATE attempt SET settled_at = ?, status = ?, redeem_url = ?, user_id = ?, invitation_status = ?,
		error_code = ?, error = ?, advice = ?, attempts = ?, request_id = ?, client_request_id = ?, fingerprint = ?, existing = ?, known_before = ?, sent_at = ? WHERE id = ?`
	// selectReading finds the reading of the directory that another one replaces.
	selectReading = `SELECT id FROM attempt WHERE id = (SELECT max(id) FROM attempt WHERE address = ?) AND status = 'existing'`
)

// entry is one intent or outcome that waits for the disk.
type entry struct {
	id      int64 // of the attempt
	isNew   bool  // the attempt is not in the table yet
	run     int64
	intent  *batch.Intent // nil where the entry is about a deletion alone
	outcome *batch.Outcome
	// deletion is that of a guest's account, nil for an attempt alone.
	deletion *deletionEntry
	done     chan error
}

// isKnown reports whether the entry tells what came of a request that has left.
func (e *entry) isKnown() bool {
	return e.outcome != nil || e.deletion != nil && e.deletion.result != nil
}

// left is when the request leaves that an entry is about, in Graph's clock; zero for none.
func (e *entry) left() time.Time {
	switch {
	case e.deletion != nil:
		return e.deletion.At
	case e.intent != nil:
		return e.intent.At
	}
	return time.Time{}
}

// writer is the one goroutine that writes attempts. It writes all that waits
// together, so that many rows share one fsync.
type writer struct {
	db       *sql.DB
	seal     *seal
	reserve  reserve
	marked   bool  // the journal says that attempts are in the log, see markOpen
	next     int64 // id of the next attempt
	failed   error // why no intent is accepted any more
	lost     error // why a journal that was taken away could not be written anew
	attempts attemptTable
	outdate  *sql.Stmt
	entries  chan *entry
	quit     chan struct{}
	ended    chan struct{}
}

// attemptTable writes to the table attempt.
type attemptTable struct{ insert, update, reading *sql.Stmt }

func prepareAttempts(ctx context.Context, db *sql.DB) (t attemptTable, err error) {
	for query, into := range map[string]**sql.Stmt{insertAttempt: &t.insert, updateAttempt: &t.update, selectReading: &t.reading} {
		if *into, err = db.PrepareContext(ctx, query); err != nil {
			return t, err
		}
	}
	return t, nil
}

// in returns the table within a transaction.
func (t attemptTable) in(ctx context.Context, tx *sql.Tx) attemptTable {
	return attemptTable{
		insert: tx.StmtContext(ctx, t.insert), update: tx.StmtContext(ctx, t.update), reading: tx.StmtContext(ctx, t.reading),
	}
}

func startWriter(ctx context.Context, db *sql.DB, s *seal, r reserve) (*writer, error) {
	w := &writer{
		db: db, seal: s, reserve: r, entries: make(chan *entry, maxGroup),
		quit: make(chan struct{}), ended: make(chan struct{}),
	}
	if err := w.prepare(ctx); err != nil {
		return nil, err
	}
	go w.loop(context.WithoutCancel(ctx))
	return w, nil
}

func (w *writer) prepare(ctx context.Context) (err error) {
	if w.attempts, err = prepareAttempts(ctx, w.db); err != nil {
		return err
	}
	if w.outdate, err = w.db.PrepareContext(ctx, markOutdated); err != nil {
		return err
	}
	return w.db.QueryRowContext(ctx, "SELECT coalesce(max(id), 0) + 1 FROM attempt").Scan(&w.next)
}

// stop writes what waits, seals the file, and returns when the goroutine has
// ended.
func (w *writer) stop() {
	close(w.quit)
	<-w.ended
}

// write returns when the entry is on disk. The context only bounds the wait for
// a place in the queue: what is in the queue will be written.
func (w *writer) write(ctx context.Context, e *entry) error {
	e.done = make(chan error, 1)
	select {
	case w.entries <- e:
	case <-w.ended:
		return errClosed
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case err := <-e.done:
		return err
	case <-w.ended:
		return errClosed
	}
}

func (w *writer) loop(ctx context.Context) {
	defer close(w.ended)
	for {
		select {
		case e := <-w.entries:
			w.commit(ctx, w.gather(e))
		case <-w.quit:
			for len(w.entries) > 0 {
				w.commit(ctx, w.gather(<-w.entries))
			}
			closed := markClosed(ctx, w.db) == nil
			switch {
			case errors.Is(w.gone(), send.ErrJournalGone):
				w.lost = w.writeAnew(ctx)
			case closed:
				w.seal.close(ctx, w.db)
			}
			return
		}
	}
}

// gather takes the other entries that wait.
func (w *writer) gather(first *entry) []*entry {
	group := []*entry{first}
	for len(group) < maxGroup {
		select {
		case e := <-w.entries:
			group = append(group, e)
		default:
			return group
		}
	}
	return group
}

// commit writes a group and tells each of its entries how that went.
func (w *writer) commit(ctx context.Context, group []*entry) {
	if w.failed == nil {
		w.failed = w.gone()
		if w.failed == nil {
			w.failed = w.mark(ctx, group)
		}
		if w.failed == nil {
			w.failed = w.transact(ctx, group)
		}
		if w.failed == nil {
			reply(group, nil)
			return
		}
		w.freeReserve(ctx)
	}
	w.writeOutcomes(ctx, group)
}

// gone reports, as an error, that the files to which the journal is written are not in
// their place any more: the system lets it write on, and the next run would find
// nothing.
func (w *writer) gone() error {
	have, err := w.seal.file.Stat()
	if err != nil {
		return err
	}
	there, err := os.Stat(w.seal.path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(have, there) {
		return fmt.Errorf("journal %s: %w", w.seal.path, send.ErrJournalGone)
	}
	if _, err := os.Stat(w.seal.path + "-wal"); w.marked && errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("journal %s, its log: %w", w.seal.path, send.ErrJournalGone)
	}
	return nil // what else the system says, the next write tells
}

// writeAnew puts a journal whose file was taken away into its place again: what was
// written to it is still there for this process. Where another file has the place,
// nothing is done.
func (w *writer) writeAnew(ctx context.Context) error {
	if _, err := os.Stat(w.seal.path); !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := os.Remove(w.seal.path + "-wal"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return &DiskError{w.seal.path, err}
	}
	if err := createFile(w.seal.path); err != nil {
		return err
	}
	_, err := w.db.ExecContext(ctx, "DELETE FROM seal")
	if err == nil {
		_, err = w.db.ExecContext(ctx, "VACUUM INTO ?", w.seal.path)
	}
	return err
}

// mark marks the journal before the first attempt goes to the log. Its time is that
// of the first intent, where there is one: those are in Graph's clock.
func (w *writer) mark(ctx context.Context, group []*entry) error {
	if w.marked {
		return nil
	}
	var since time.Time
	for _, e := range group {
		if at := e.left(); !at.IsZero() && (since.IsZero() || at.Before(since)) {
			since = at
		}
	}
	if since.IsZero() {
		since = time.Now()
	}
	err := markOpen(ctx, w.db, w.seal.path, since)
	w.marked = err == nil
	return err
}

func reply(group []*entry, err error) {
	for _, e := range group {
		e.done <- err
	}
}

func (w *writer) transact(ctx context.Context, group []*entry) error {
	tx, err := w.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // no effect once committed
	w.seal.unproved.Store(true)
	attempts := w.attempts.in(ctx, tx)
	next := w.next // no request of this group's intents leaves before its outcomes are known
	for _, e := range group {
		if e.deletion != nil {
			if err := e.deletion.write(ctx, tx); err != nil {
				return err
			}
		}
		if e.intent == nil {
			continue
		}
		if err := w.put(ctx, attempts, e, next); err != nil {
			return err
		}
	}
	if _, err := tx.StmtContext(ctx, w.outdate).ExecContext(ctx); err != nil {
		return err
	}
	return tx.Commit()
}

// put writes an entry. Its outcome, if it has one, is known before the attempt with
// the number next is intended, 0 where that is not known.
func (w *writer) put(ctx context.Context, attempts attemptTable, e *entry, next int64) error {
	if e.isNew && e.id == 0 {
		e.id = w.next
		w.next++
	}
	replaced, err := attempts.replaced(ctx, e)
	if err != nil {
		return err
	}
	id := cmp.Or(replaced, e.id)
	if e.isNew && replaced == 0 {
		in := e.intent
		if _, err := attempts.insert.ExecContext(ctx, e.id, e.run, in.Address, in.Mail, in.Reminder, formatTime(in.At), in.ClientRequestID); err != nil {
			return err
		}
	}
	if e.outcome == nil {
		return nil
	}
	o := e.outcome
	_, err = attempts.update.ExecContext(ctx, formatTime(o.At), string(o.Status), o.RedeemURL.Reveal(), o.UserID,
		o.InvitationStatus, o.ErrorCode, o.Error, o.Advice, o.Attempts, o.RequestID, o.ClientRequestID, int64(o.Fingerprint), string(o.Existing), next, formatTime(o.SentAt), id) //nolint:gosec // the hash only changes its sign
	return err
}

// replaced returns the attempt that an entry takes the place of, 0 for none. Every
// run reads the directory, and only the latest reading is worth keeping.
func (t attemptTable) replaced(ctx context.Context, e *entry) (id int64, err error) {
	if !e.isNew || e.outcome == nil || e.outcome.Status != batch.Existing {
		return 0, nil
	}
	err = t.reading.QueryRowContext(ctx, e.intent.Address).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return id, err
}

// Intend records that a request is about to leave and returns its number. It
// returns when that is on disk. Once the disk has failed, no intent is accepted
// any more: the error is then a [*DiskError].
func (j *Journal) Intend(ctx context.Context, in batch.Intent) (int64, error) {
	e := &entry{isNew: true, run: j.run, intent: &in}
	err := j.w.write(ctx, e)
	return e.id, translateError(j.path, err)
}

// Settle records the outcome of an intent, or with intent 0 an outcome that
// became known without a request of ours. It returns when that is on disk. When
// the disk fails it tries again for some seconds, in the space that was reserved.
func (j *Journal) Settle(ctx context.Context, intent int64, o batch.Outcome) error {
	e := &entry{id: intent, isNew: intent == 0, run: j.run, intent: &batch.Intent{Address: o.Address}, outcome: &o}
	return translateError(j.path, j.w.write(ctx, e))
}

// The space that the answers of requests in flight may need on a full disk, in
// bytes. An outcome changes some pages of 4 KiB, each of which goes to the log
// once more.
const (
	minReserve    = 4 << 20
	workerReserve = 32 << 10
)

// writeDelays is how long to wait before each attempt to write outcomes after the
// disk has failed: people free space, and shares come back.
var writeDelays = []time.Duration{0, 100 * time.Millisecond, time.Second, 3 * time.Second}

// reserve is a file that takes up space on the disk while a run lasts. It is
// deleted when the disk is full, so that answers that arrive after that can still
// be written: a redeem URL exists only once.
type reserve struct{ path string }

// create makes the file, for a run with that many requests in flight at most. Its
// content is random, since file systems may store zeros without taking space; no secret
// depends on it, so that the system need not make megabytes of it.
func (r reserve) create(workers int) error {
	f, err := durable.CreatePrivate(r.path, os.O_WRONLY|os.O_TRUNC)
	if err != nil {
		return err
	}
	var seed [32]byte
	_, _ = rand.Read(seed[:]) // it never fails
	_, err = io.CopyN(f, randv2.NewChaCha8(seed), max(minReserve, int64(workers)*workerReserve))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, r.release())
	}
	return nil
}

// release deletes the file. It has no effect where there is none.
func (r reserve) release() error {
	if err := os.Remove(r.path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// freeReserve leaves the disk to the outcomes alone: a checkpoint would fill it by
// copying what is already safe in the log.
func (w *writer) freeReserve(ctx context.Context) {
	_ = w.reserve.release() // where that fails, the next write does too
	_, _ = w.db.ExecContext(ctx, "PRAGMA wal_autocheckpoint = 0")
}

// writeOutcomes writes the outcomes of a group, whose requests have left, and
// refuses its intents.
func (w *writer) writeOutcomes(ctx context.Context, group []*entry) {
	var outcomes []*entry
	for _, e := range group {
		if !e.isKnown() {
			e.done <- w.failed
			continue
		}
		outcomes = append(outcomes, e)
	}
	if len(outcomes) > 0 {
		reply(outcomes, w.retry(ctx, outcomes))
	}
}

// retry tries to write a group until it succeeds or writeDelays ends.
func (w *writer) retry(ctx context.Context, group []*entry) (err error) {
	for _, wait := range writeDelays {
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
