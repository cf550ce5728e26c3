package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"iter"
	"time"

	"guestlist/batch"
)

// markOutdated is part of every transaction that changes what the results show.
const markOutdated = "UPDATE workbook SET current = 0 WHERE current = 1"

// Wrote records that the results were written from the journal as it is now: the
// file, and its content as a digest that the caller chooses.
func (j *Journal) Wrote(ctx context.Context, path, digest string) error {
	const replace = `INSERT INTO workbook VALUES (1, ?, ?, 1)
		ON CONFLICT (id) DO UPDATE SET path = excluded.path, digest = excluded.digest, current = 1`
	_, err := j.db.ExecContext(ctx, replace, path, digest)
	if p, isPostgres := j.store.(*postgres); err == nil && isPostgres && !p.runs {
		_, err = j.db.ExecContext(ctx, markOutdated) // a run may have gone on meanwhile
	}
	return translateError(j.path, err)
}

// Written returns what [Journal.Wrote] recorded last, "" for both before the first.
func (j *Journal) Written(ctx context.Context) (path, digest string, err error) {
	err = j.db.QueryRowContext(ctx, "SELECT path, digest FROM workbook").Scan(&path, &digest)
	if errors.Is(err, sql.ErrNoRows) {
		return "", "", nil
	}
	return path, digest, translateError(j.path, err)
}

// WrittenFrom is the digest that [Journal.Wrote] recorded last in the journal at a path, "" where
// that cannot be told without opening it: there is none, a run works on it or was killed.
// Nothing is locked or changed.
func WrittenFrom(ctx context.Context, path string) (digest string) {
	if state, err := stateOf(path); err != nil || state.log != "" {
		return ""
	}
	db, err := sql.Open("sqlite", closedFile(path))
	if err != nil {
		return ""
	}
	defer func() { _ = db.Close() }() // it only reads
	if err := db.QueryRowContext(ctx, "SELECT digest FROM workbook").Scan(&digest); err != nil {
		return ""
	}
	return digest
}

// News reports whether the [Journal.Records] may have changed since
// [Journal.Wrote] was called last: by an intent, an outcome or another list, also
// of a run that was killed. That a run began or ended does not count.
func (j *Journal) News(ctx context.Context) (bool, error) {
	var current int
	err := j.db.QueryRowContext(ctx, "SELECT coalesce(max(current), 0) FROM workbook").Scan(&current)
	return current == 0, translateError(j.path, err)
}

// Fresh reports whether nothing was ever sent with this journal.
func (j *Journal) Fresh(ctx context.Context) (bool, error) {
	var sent bool
	err := j.db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM attempt)").Scan(&sent)
	return !sent, translateError(j.path, err)
}

// Earlier is a row of a results workbook, its state and its headings.
type Earlier struct {
	batch.Record

	Columns []string
	// Left is when a request left whose outcome is not known, in Graph's clock, for an
	// unconfirmed row: it may have asked for an email, so that the guest is looked up
	// before anything is sent.
	Left time.Time
}

// Restore takes over the rows of a results workbook whose journal is missing, all
// of them or none: after half of them the others would be sent again. Each row is
// kept as one that has left the list until the next Import. The list of a run that
// sent nothing is replaced.
func (j *Journal) Restore(ctx context.Context, records iter.Seq2[Earlier, error]) (err error) {
	defer func() { err = translateError(j.path, err) }()
	tx, err := j.begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // no effect once committed
	keep, err := tx.PrepareContext(ctx, "INSERT INTO departed_row (address, columns, cells) VALUES (?, ?, ?) ON CONFLICT (address) DO NOTHING")
	if err != nil {
		return err
	}
	defer func() { _ = keep.Close() }()
	attempts := j.attempts.in(ctx, tx)
	guests, err := prepareGuest(ctx, tx, upsertGuest)
	if err != nil {
		return err
	}
	for r, err := range records {
		if err != nil {
			return err
		}
		heading, err := json.Marshal(r.Columns)
		if err != nil {
			return err
		}
		cells, err := json.Marshal(r.Cells)
		if err != nil {
			return err
		}
		intent := batch.Intent{Address: r.Outcome.Address, Mail: !r.Left.IsZero(), At: r.Left}
		e := entry{isNew: true, intent: &intent, outcome: &r.Outcome}
		if err := attempts.put(ctx, &e, 0); err != nil {
			return err
		}
		if err := restoreDoubt(ctx, attempts, r.Outcome); err != nil {
			return err
		}
		if r.Guest.State != "" {
			if err := guests.write(ctx, r.Outcome.Address, r.Guest); err != nil {
				return err
			}
		}
		if _, err := keep.ExecContext(ctx, r.Outcome.Address, string(heading), string(cells)); err != nil {
			return err
		}
	}
	if err := execAll(ctx, tx, "DELETE FROM list_row"); err != nil {
		return err
	}
	return j.commit(ctx, tx)
}

// restoreDoubt keeps that a link may not work: as by another invitation of the guest
// whose answer never came.
func restoreDoubt(ctx context.Context, attempts attemptTable, o batch.Outcome) error {
	if o.Superseded == "" {
		return nil
	}
	at := o.At
	if at.IsZero() {
		at = time.Now()
	}
	return attempts.put(ctx, &entry{isNew: true, intent: &batch.Intent{Address: o.Address, At: at}}, 0)
}

// Trust takes as invited what [Journal.Restore] was told is [batch.CodeNotConfirmed],
// unless a request left or something else became known since.
func (j *Journal) Trust(ctx context.Context) error {
	tx, err := j.begin(ctx)
	if err != nil {
		return translateError(j.path, err)
	}
	defer func() { _ = tx.Rollback() }() // no effect once committed
	// A look-up that proved nothing comes after the claim and does not count: no
	// request of ours left with it.
	const trust = `UPDATE attempt SET status = 'invited', intended_at = '', mail = 0, error = '', advice = ''
		WHERE status = 'unconfirmed' AND error_code = ?1 AND NOT EXISTS (SELECT 1 FROM attempt later
			WHERE later.address = attempt.address AND later.id > attempt.id AND (later.status <> 'unconfirmed' OR later.intended_at <> ''))`
	result, err := tx.ExecContext(ctx, trust, batch.CodeNotConfirmed)
	if err != nil {
		return translateError(j.path, err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return translateError(j.path, err)
	}
	for _, statement := range []string{
		`DELETE FROM attempt WHERE status = 'unconfirmed' AND EXISTS
			(SELECT 1 FROM attempt claim WHERE claim.address = attempt.address AND claim.status = 'invited' AND claim.error_code = ?1)`,
		"UPDATE attempt SET error_code = '' WHERE status = 'invited' AND error_code = ?1",
	} {
		if _, err := tx.ExecContext(ctx, statement, batch.CodeNotConfirmed); err != nil {
			return translateError(j.path, err)
		}
	}
	return translateError(j.path, j.commit(ctx, tx))
}
