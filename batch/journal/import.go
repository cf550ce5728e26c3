package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"iter"

	"guestlist/batch"
)

// Import makes the list that of the steps of a plan, all of it or nothing. The
// steps come in the order of the list. Rows that the journal has already in the
// same places are left alone: a list that did not change writes nothing.
//
// A row that was sent and is not in the new list is kept as one that has left it.
func (j *Journal) Import(ctx context.Context, h batch.Header, steps iter.Seq2[batch.Step, error]) error {
	tx, err := j.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // no effect once committed
	im := &importer{tx: tx, old: oldList{tx: tx}}
	if err := im.prepare(ctx); err != nil {
		return err
	}
	for step, err := range steps {
		if err != nil {
			return err
		}
		if err := im.add(ctx, step); err != nil {
			return err
		}
	}
	if err := im.finish(ctx, h); err != nil || !im.changed {
		return err
	}
	j.seal.unproved.Store(true)
	if err := execAll(ctx, tx, outdate); err != nil {
		return err
	}
	return tx.Commit()
}

// importer compares a list with the one that the journal holds, both in their
// order. What is new in a place that was taken waits aside until the end: the
// row that was there may turn out to have left the list.
type importer struct {
	tx      *sql.Tx
	insert  *sql.Stmt // in a place that is free
	aside   *sql.Stmt
	old     oldList
	moves   moves
	rows    int // so far
	widest  int // cells in a row
	cells   []byte
	changed bool
}

func (im *importer) prepare(ctx context.Context) (err error) {
	if im.insert, err = im.tx.PrepareContext(ctx, "INSERT INTO list_row VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"); err != nil {
		return err
	}
	if im.aside, err = im.tx.PrepareContext(ctx, "INSERT INTO arriving_row VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"); err != nil {
		return err
	}
	first, err := im.old.peek(ctx)
	if err != nil {
		return err
	}
	im.moves = moves{first: first == nil, left: map[string]int{}, came: map[string]bool{}}
	return im.tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM departed_row)").Scan(&im.moves.departed)
}

// add takes the next row of the new list.
func (im *importer) add(ctx context.Context, step batch.Step) error {
	im.rows++
	im.widest = max(im.widest, len(step.Row.Cells))
	old, err := im.old.peek(ctx)
	if err != nil {
		return err
	}
	if old != nil && old.position == im.rows {
		im.old.next()
	} else {
		old = nil
	}
	row, err := im.row(step, old)
	if err != nil || old != nil && row == *old {
		return err
	}
	im.changed = true
	im.moves.comes(row.address)
	if old == nil {
		return row.write(ctx, im.insert)
	}
	im.moves.leaves(old)
	return row.write(ctx, im.aside)
}

// row gives a step as it is to stand in the journal. The text of its cells is
// that of the old row where they are the same: most are.
func (im *importer) row(step batch.Step, old *listRow) (row listRow, err error) {
	o := step.Outcome()
	row = listRow{
		position: im.rows, line: int64(step.Row.Line), address: step.Address,
		fingerprint: int64(step.Fingerprint), //nolint:gosec // the hash only changes its sign
		status:      string(o.Status), code: o.ErrorCode, what: o.Error, advice: o.Advice,
	}
	im.cells, err = encodeCells(im.cells[:0], step.Row.Cells)
	if old != nil && string(im.cells) == old.cells {
		row.cells = old.cells
	} else {
		row.cells = string(im.cells)
	}
	return row, err
}

// finish puts the new rows in the place of the old ones.
func (im *importer) finish(ctx context.Context, h batch.Header) error {
	for {
		old, err := im.old.peek(ctx)
		if err != nil {
			return err
		}
		if old == nil {
			break
		}
		im.changed = true
		im.moves.leaves(old)
		im.old.next()
	}
	if err := im.moves.write(ctx, im.tx); err != nil {
		return err
	}
	if err := im.headings(ctx, h); err != nil || !im.changed {
		return err
	}
	return im.replace(ctx)
}

// replace drops the old rows and moves in the new ones, a page at a time: what
// one statement changes SQLite keeps in memory until its end.
func (im *importer) replace(ctx context.Context) error {
	for from := 0; from < im.rows; from += page {
		for _, statement := range []string{
			"DELETE FROM list_row WHERE position IN (SELECT position FROM arriving_row WHERE position > ?1 AND position <= ?1 + ?2)",
			"INSERT INTO list_row SELECT * FROM arriving_row WHERE position > ?1 AND position <= ?1 + ?2",
		} {
			if _, err := im.tx.ExecContext(ctx, statement, from, page); err != nil {
				return err
			}
		}
	}
	const tail = "DELETE FROM list_row WHERE position IN (SELECT position FROM list_row WHERE position > ? ORDER BY position LIMIT ?)"
	for dropped := int64(page); dropped == page; {
		result, err := im.tx.ExecContext(ctx, tail, im.rows, page)
		if err != nil {
			return err
		}
		if dropped, err = result.RowsAffected(); err != nil {
			return err
		}
	}
	return execAll(ctx, im.tx, "DELETE FROM arriving_row")
}

// headings replaces those of the list. Cells without one get a nameless column,
// so that they are not lost.
func (im *importer) headings(ctx context.Context, h batch.Header) error {
	columns := make([]string, max(len(h.Columns), im.widest))
	copy(columns, h.Columns)
	text, err := json.Marshal(columns)
	if err != nil {
		return err
	}
	const update = "UPDATE batch SET columns = ?1, email = ?2 WHERE columns <> ?1 OR email <> ?2"
	result, err := im.tx.ExecContext(ctx, update, string(text), h.Fields[batch.Email])
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	im.changed = im.changed || n > 0
	return err
}
