package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"iter"

	"guestlist/batch"
)

// page is how many rows one query reads: the connection is free for the writer
// between two pages.
const page = 1000

const (
	insertRow = `INSERT INTO list_row VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
	// Rows that were sent are kept aside before the list is replaced, and
	// those that the new list has again are dropped from there.
	keepRows = `INSERT INTO departed_row (address, columns, cells)
		SELECT address, (SELECT columns FROM batch), cells FROM list_row
		WHERE status <> 'duplicate' AND EXISTS (SELECT 1 FROM attempt WHERE attempt.address = list_row.address)
		ON CONFLICT (address) DO UPDATE SET columns = excluded.columns, cells = excluded.cells`
	dropRows = `DELETE FROM departed_row WHERE address IN (SELECT address FROM list_row)`
)

// Import replaces the list by the steps of a plan, all of it or nothing.
// The steps come in the order of the list.
func (j *Journal) Import(ctx context.Context, h batch.Header, steps iter.Seq2[batch.Step, error]) error {
	tx, err := j.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // no effect once committed
	if err := execAll(ctx, tx, keepRows, "DELETE FROM list_row"); err != nil {
		return err
	}
	widest, err := importRows(ctx, tx, steps)
	if err != nil {
		return err
	}
	heading, err := json.Marshal(padded(h.Columns, widest))
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE batch SET columns = ?, email = ?", string(heading), h.Fields[batch.Email]); err != nil {
		return err
	}
	if err := execAll(ctx, tx, dropRows, outdate); err != nil {
		return err
	}
	return tx.Commit()
}

func execAll(ctx context.Context, tx *sql.Tx, statements ...string) error {
	for _, s := range statements {
		if _, err := tx.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// importRows writes the rows and returns how many cells the widest has.
func importRows(ctx context.Context, tx *sql.Tx, steps iter.Seq2[batch.Step, error]) (int, error) {
	insert, err := tx.PrepareContext(ctx, insertRow)
	if err != nil {
		return 0, err
	}
	defer func() { _ = insert.Close() }()
	position, widest := 0, 0
	for step, err := range steps {
		if err != nil {
			return 0, err
		}
		cells, err := json.Marshal(step.Row.Cells)
		if err != nil {
			return 0, err
		}
		position++
		widest = max(widest, len(step.Row.Cells))
		o := step.Outcome()
		_, err = insert.ExecContext(ctx, position, step.Row.Line, step.Address, int64(step.Fingerprint), //nolint:gosec // the hash only changes its sign
			string(cells), string(o.Status), o.ErrorCode, o.Error, o.Advice)
		if err != nil {
			return 0, err
		}
	}
	return widest, nil
}

// padded gives cells without a heading a nameless column, so that they are not lost.
func padded(columns []string, widest int) []string {
	all := make([]string, max(len(columns), widest))
	copy(all, columns)
	return all
}

// Columns returns the headings of the list, none before the first Import.
func (j *Journal) Columns(ctx context.Context) ([]string, error) {
	columns, _, err := j.headings(ctx)
	return columns, err
}

// headings returns the columns of the list and which of them holds the address.
func (j *Journal) headings(ctx context.Context) (columns []string, email int, err error) {
	var text string
	if err := j.db.QueryRowContext(ctx, "SELECT columns, email FROM batch").Scan(&text, &email); err != nil {
		return nil, 0, err
	}
	return columns, email, json.Unmarshal([]byte(text), &columns)
}

// Rows yields the list as the latest Import left it, in its order. Outcomes may
// be written meanwhile.
func (j *Journal) Rows(ctx context.Context) iter.Seq2[batch.Row, error] {
	return func(yield func(batch.Row, error) bool) {
		for from := 0; ; from += page {
			rows, err := j.readRows(ctx, from)
			if err != nil {
				yield(batch.Row{}, err)
				return
			}
			for _, r := range rows {
				if !yield(r, nil) {
					return
				}
			}
			if len(rows) < page {
				return
			}
		}
	}
}

func (j *Journal) readRows(ctx context.Context, from int) ([]batch.Row, error) {
	rows, err := j.db.QueryContext(ctx,
		"SELECT line, cells FROM list_row WHERE position > ? AND position <= ? ORDER BY position", from, from+page)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	found := make([]batch.Row, 0, page)
	for rows.Next() {
		var r batch.Row
		var cells []byte
		if err := rows.Scan(&r.Line, &cells); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(cells, &r.Cells); err != nil {
			return nil, err
		}
		found = append(found, r)
	}
	return found, rows.Err()
}
