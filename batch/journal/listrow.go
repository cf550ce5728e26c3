package journal

import (
	"context"
	"database/sql"
)

// listRow is a row of the table of that name.
type listRow struct {
	position     int // from 1
	line         int64
	address      string
	fingerprint  int64
	cells        string
	status       string
	code         string
	what, advice string
}

func (r *listRow) write(ctx context.Context, into *sql.Stmt) error {
	_, err := into.ExecContext(ctx, r.position, r.line, r.address, r.fingerprint, r.cells, r.status, r.code, r.what, r.advice)
	return err
}

// oldList goes through the list as it was, a page at a time.
type oldList struct {
	tx   *sql.Tx
	page []listRow
	at   int // in the page
	last int // position that was read
	done bool
}

// peek gives the row that is next, nil behind the last. It is good until the
// next one is asked for.
func (o *oldList) peek(ctx context.Context) (*listRow, error) {
	if o.at == len(o.page) && !o.done {
		if err := o.read(ctx); err != nil {
			return nil, err
		}
	}
	if o.at == len(o.page) {
		return nil, nil
	}
	return &o.page[o.at], nil
}

func (o *oldList) next() { o.at++ }

func (o *oldList) read(ctx context.Context) error {
	const query = `SELECT position, line, address, fingerprint, cells, status, error_code, error, advice
		FROM list_row WHERE position > ? ORDER BY position LIMIT ?`
	rows, err := o.tx.QueryContext(ctx, query, o.last, page)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	o.page, o.at = o.page[:0], 0
	for rows.Next() {
		var r listRow
		var position int64 // database/sql takes a detour for an int
		if err := rows.Scan(&position, &r.line, &r.address, &r.fingerprint, &r.cells, &r.status, &r.code, &r.what, &r.advice); err != nil {
			return err
		}
		r.position = int(position)
		o.page, o.last = append(o.page, r), r.position
	}
	o.done = len(o.page) < page
	return rows.Err()
}
