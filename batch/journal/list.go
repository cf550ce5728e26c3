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

func execAll(ctx context.Context, tx *sql.Tx, statements ...string) error {
	for _, s := range statements {
		if _, err := tx.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return nil
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
		var line int64 // database/sql takes a detour for an int
		var cells string
		if err := rows.Scan(&line, &cells); err != nil {
			return nil, err
		}
		if r.Cells, err = decodeCells(cells); err != nil {
			return nil, err
		}
		r.Line = int(line)
		found = append(found, r)
	}
	return found, rows.Err()
}
