package journal

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"guestlist/batch"
)

// schemaDeletion is one row for each request to delete the account of a guest; what came of
// it is filled in later.
const schemaDeletion = `
CREATE TABLE deletion (
	id                INTEGER PRIMARY KEY,
	address           TEXT    NOT NULL,
	user_id           TEXT    NOT NULL,
	operator          TEXT    NOT NULL, -- account and host of the machine
	signed_in_as      TEXT    NOT NULL,
	intended_at       TEXT    NOT NULL,
	client_request_id TEXT    NOT NULL,
	settled_at        TEXT    NOT NULL DEFAULT '', -- '' until it is known what came of it
	deleted           INTEGER NOT NULL DEFAULT 0,  -- 1: the tenant does not have the account any more
	error             TEXT    NOT NULL DEFAULT '',
	request_id        TEXT    NOT NULL DEFAULT ''
);
`

// deletionEntry is a deletion, or what came of one, that waits for the disk.
type deletionEntry struct {
	batch.Deletion

	result *batch.DeletionResult // nil before the request leaves
}

// write writes it in a transaction. The row of a guest who is deleted is told so in the
// same one.
func (d *deletionEntry) write(ctx context.Context, tx *sql.Tx) error {
	if d.result == nil {
		return tx.QueryRowContext(ctx, insertDeletion, d.inserted()...).Scan(&d.Number)
	}
	if _, err := tx.ExecContext(ctx, updateDeletion, d.updated()...); err != nil || !d.result.Deleted {
		return err
	}
	guests, err := prepareGuest(ctx, tx, upsertGuest)
	if err != nil {
		return err
	}
	return guests.write(ctx, d.Address, d.reading())
}

const (
	insertDeletion = `INSERT INTO deletion (address, user_id, operator, signed_in_as, intended_at, client_request_id) VALUES (?, ?, ?, ?, ?, ?) RETURNING id`
	updateDeletion = "UPDATE deletion SET settled_at = ?, deleted = ?, error = ?, request_id = ? WHERE id = ?"
)

// inserted are the values of a new deletion.
func (d *deletionEntry) inserted() []any {
	return []any{d.Address, d.UserID, d.Operator, d.SignedInAs, formatTime(d.At), d.ClientRequestID}
}

// updated are the values once it is known what came of it.
func (d *deletionEntry) updated() []any {
	r := d.result
	return []any{formatTime(r.At), r.Deleted, r.Error, r.RequestID, d.Number}
}

// reading is what the deletion of a guest says of them.
func (d *deletionEntry) reading() batch.GuestReading {
	return batch.GuestReading{State: batch.GuestDeleted, UserID: d.UserID, Since: d.result.Gone, At: d.result.At}
}

// IntendDeletion records that a request to delete a guest's account is about to leave, and
// returns the deletion with its number when that is on disk. Its errors are those of
// [Journal.Intend].
func (j *Journal) IntendDeletion(ctx context.Context, d batch.Deletion) (batch.Deletion, error) {
	e := &entry{deletion: &deletionEntry{Deletion: d}}
	err := j.Holds(ctx)
	if err == nil {
		err = j.w.write(ctx, e)
	}
	return e.deletion.Deletion, translateError(j.path, err)
}

// SettleDeletion records what came of a deletion. Where the account is gone, removed is the
// outcome of the guest's row, and the same transaction records it. It returns when that is
// on disk; when the disk fails it does as [Journal.Settle].
func (j *Journal) SettleDeletion(ctx context.Context, d batch.Deletion, r batch.DeletionResult, removed batch.Outcome) error {
	e := &entry{deletion: &deletionEntry{Deletion: d, result: &r}}
	if r.Deleted {
		e.isNew, e.run, e.intent, e.outcome = true, j.run, &batch.Intent{Address: d.Address}, &removed
	}
	return translateError(j.path, j.w.write(ctx, e))
}

// OpenDeletions returns the deletions of which it is not known what came of them, in the
// order in which they were intended.
func (j *Journal) OpenDeletions(ctx context.Context) (open []batch.Deletion, err error) {
	const query = `SELECT id, address, user_id, operator, signed_in_as, intended_at, client_request_id FROM deletion WHERE settled_at = '' ORDER BY id`
	err = j.query(ctx, query, func(rows *sql.Rows) error {
		var d batch.Deletion
		var at string
		err := rows.Scan(&d.Number, &d.Address, &d.UserID, &d.Operator, &d.SignedInAs, &at, &d.ClientRequestID)
		d.At = parseTime(at)
		open = append(open, d)
		return err
	})
	return open, err
}

// readDeleting reads of which accounts it is not known whether they were deleted, by the user id
// in lower case.
func readDeleting(ctx context.Context, db querier) (map[string]bool, error) {
	rows, err := db.QueryContext(ctx, "SELECT user_id FROM deletion WHERE settled_at = ''")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	deleting := make(map[string]bool)
	for rows.Next() {
		var userID string
		if err := rows.Scan(&userID); err != nil {
			return nil, err
		}
		deleting[strings.ToLower(userID)] = true
	}
	return deleting, rows.Err()
}

// Times are moments by an address or a user id, in their order. Nearly all have one: of a
// million, they take some 40 bytes each.
type Times struct {
	first batch.ByAddress[int64] // in Unix nanoseconds
	more  map[string][]time.Time // those behind it
}

func (t *Times) add(key string, at time.Time) {
	if _, known := t.first.Get(key); !known {
		t.first.Put(key, at.UnixNano())
		return
	}
	if t.more == nil {
		t.more = make(map[string][]time.Time)
	}
	t.more[key] = append(t.more[key], at)
}

// Of are the moments of an address, or of a user id in lower case.
func (t *Times) Of(key string) []time.Time {
	first, known := t.first.Get(key)
	if !known {
		return nil
	}
	return append([]time.Time{time.Unix(0, first).UTC()}, t.more[key]...)
}

// Intents returns when requests for an address were about to leave, whatever came of them, in
// Graph's clock and their order.
func (j *Journal) Intents(ctx context.Context) (intents Times, err error) {
	err = j.query(ctx, "SELECT address, intended_at FROM attempt WHERE run > 0 AND intended_at <> '' ORDER BY id", func(rows *sql.Rows) error {
		var address, at string
		err := rows.Scan(&address, &at)
		intents.add(address, parseTime(at))
		return err
	})
	return intents, err
}

// Requests returns when the requests left that may have created the account of a guest, in
// Graph's clock, by the user id in lower case: those of runs that Graph answered with it, by
// whatever address. What a look-up found after a lost answer, or a file says, counts for
// none: somebody else can have invited the guest meanwhile.
func (j *Journal) Requests(ctx context.Context) (requests Times, err error) {
	const query = "SELECT user_id, sent_at FROM attempt WHERE status IN ('invited', 'duplicate') AND run > 0 AND sent_at <> '' AND user_id <> '' ORDER BY id"
	err = j.query(ctx, query, func(rows *sql.Rows) error {
		var userID, sent string
		err := rows.Scan(&userID, &sent)
		requests.add(strings.ToLower(userID), parseTime(sent))
		return err
	})
	return requests, err
}
