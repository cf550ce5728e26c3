package journal

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"guestlist/batch"
)

// maxGroup is how many waiting entries share one transaction at most.
const maxGroup = 1024

// errClosed says that somebody wrote after Close.
var errClosed = errors.New("the journal is closed")

const (
	insertIntent = `INSERT INTO attempt (id, run, address, mail, intended_at) VALUES (?, ?, ?, ?, ?)`
	updateIntent = `UPDATE attempt SET settled_at = ?, status = ?, redeem_url = ?, user_id = ?, invitation_status = ?,
		error_code = ?, error = ?, advice = ?, attempts = ?, request_id = ?, fingerprint = ? WHERE id = ?`
)

// entry is one intent or outcome that waits for the disk.
type entry struct {
	id      int64 // of the attempt
	fresh   bool  // the attempt is not in the table yet
	run     int64
	intent  *batch.Intent
	outcome *batch.Outcome
	done    chan error
}

// writer is the one goroutine that writes attempts: what waits is written
// together, so that many rows share one fsync.
type writer struct {
	db      *sql.DB
	seal    *seal
	room    room
	next    int64 // id of the next attempt
	failed  error // why no intent is taken any more
	insert  *sql.Stmt
	update  *sql.Stmt
	outdate *sql.Stmt
	entries chan *entry
	quit    chan struct{}
	ended   chan struct{}
}

func startWriter(ctx context.Context, db *sql.DB, s *seal, r room) (*writer, error) {
	w := &writer{
		db: db, seal: s, room: r, entries: make(chan *entry, maxGroup),
		quit: make(chan struct{}), ended: make(chan struct{}),
	}
	if err := w.ready(ctx); err != nil {
		return nil, err
	}
	go w.loop(context.WithoutCancel(ctx))
	return w, nil
}

func (w *writer) ready(ctx context.Context) (err error) {
	if w.insert, err = w.db.PrepareContext(ctx, insertIntent); err != nil {
		return err
	}
	if w.update, err = w.db.PrepareContext(ctx, updateIntent); err != nil {
		return err
	}
	if w.outdate, err = w.db.PrepareContext(ctx, outdate); err != nil {
		return err
	}
	return w.db.QueryRowContext(ctx, "SELECT coalesce(max(id), 0) + 1 FROM attempt").Scan(&w.next)
}

// stop lets what waits be written, seals the file, and returns when the
// goroutine has ended.
func (w *writer) stop() {
	close(w.quit)
	<-w.ended
}

// write returns when the entry is on disk. The context only bounds the wait
// for a place in the queue: what is queued will be written.
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
			w.seal.close(ctx, w.db)
			return
		}
	}
}

// gather takes what else waits.
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

// commit writes a group and tells everybody in it how it went.
func (w *writer) commit(ctx context.Context, group []*entry) {
	if w.failed == nil {
		w.failed = w.transact(ctx, group)
		if w.failed == nil {
			tell(group, nil)
			return
		}
		w.makeRoom(ctx)
	}
	w.salvage(ctx, group)
}

func tell(group []*entry, err error) {
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
	insert, update := tx.StmtContext(ctx, w.insert), tx.StmtContext(ctx, w.update)
	for _, e := range group {
		if err := w.put(ctx, insert, update, e); err != nil {
			return err
		}
	}
	if _, err := tx.StmtContext(ctx, w.outdate).ExecContext(ctx); err != nil {
		return err
	}
	return tx.Commit()
}

func (w *writer) put(ctx context.Context, insert, update *sql.Stmt, e *entry) error {
	if e.fresh {
		if e.id == 0 {
			e.id = w.next
			w.next++
		}
		if _, err := insert.ExecContext(ctx, e.id, e.run, e.intent.Address, e.intent.Mail, stamp(e.intent.At)); err != nil {
			return err
		}
	}
	if e.outcome == nil {
		return nil
	}
	o := e.outcome
	_, err := update.ExecContext(ctx, stamp(o.At), string(o.Status), o.RedeemURL.Reveal(), o.UserID,
		o.InvitationStatus, o.ErrorCode, o.Error, o.Advice, o.Attempts, o.RequestID, int64(o.Fingerprint), e.id) //nolint:gosec // the hash only changes its sign
	return err
}

// Intend records that a request is about to leave and returns its number. It
// returns when that is on disk. Once the disk has failed, no intent is taken any
// more: the error is a [*DiskError] then.
func (j *Journal) Intend(ctx context.Context, in batch.Intent) (int64, error) {
	e := &entry{fresh: true, run: j.run, intent: &in}
	err := j.w.write(ctx, e)
	return e.id, explain(j.path, err)
}

// Settle records the outcome of an intent, or with intent 0 an outcome that
// became known without a request of ours. It returns when that is on disk. When
// the disk fails it is tried again for some seconds, in the room that was kept.
func (j *Journal) Settle(ctx context.Context, intent int64, o batch.Outcome) error {
	e := &entry{id: intent, fresh: intent == 0, run: j.run, intent: &batch.Intent{Address: o.Address}, outcome: &o}
	return explain(j.path, j.w.write(ctx, e))
}

// stamp is how times stand in the journal, "" for no time.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// parse reads a stamp; a text that is none, which only a foreign hand can have
// written, reads as no time.
func parse(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}
	}
	return t
}
