package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"iter"
	"strings"

	"guestlist/batch"
)

// Import replaces the list by the steps of a plan, which come in the order of the
// list, all of it or nothing. Rows that the journal already has in the same places
// are left alone: a list that did not change writes nothing.
//
// A row that was sent and is not in the new list is kept as one that has left it.
func (j *Journal) Import(ctx context.Context, h batch.Header, steps iter.Seq2[batch.Step, error]) error {
	return j.importList(ctx, h, nil, func(*sql.Tx) iter.Seq2[batch.Step, error] { return steps })
}

// ImportResults is Import of results that people have changed, which are not the list itself:
// of a row that they do not have it is not known whether the list has it, see
// [batch.Record.NotInList], unless the row has another address now. corrected reports that;
// it is asked after the last step.
func (j *Journal) ImportResults(ctx context.Context, h batch.Header, steps iter.Seq2[batch.Step, error], corrected func(address string) bool) error {
	return j.importList(ctx, h, corrected, func(*sql.Tx) iter.Seq2[batch.Step, error] { return steps })
}

// Reconsider is Import of the list that is there already: steps decides about its rows once
// more. Nothing else can be asked of the journal meanwhile.
func (j *Journal) Reconsider(ctx context.Context, steps func(list iter.Seq2[batch.Row, error]) iter.Seq2[batch.Step, error]) error {
	columns, email, err := j.headings(ctx)
	if err != nil {
		return err
	}
	h := batch.Header{Columns: columns, Fields: make(map[batch.Field]int)}
	h.Fields[batch.Email] = email
	stays := func(string) bool { return false }
	return j.importList(ctx, h, stays, func(tx *sql.Tx) iter.Seq2[batch.Step, error] {
		return steps(func(yield func(batch.Row, error) bool) {
			for list := (&oldList{tx: tx}); ; list.next() {
				row, err := list.peek(ctx)
				if err == nil && row == nil {
					return
				}
				var r batch.Row
				if err == nil {
					r.Line = int(row.line)
					r.Cells, err = decodeCells(row.cells)
				}
				if !yield(r, err) || err != nil {
					return
				}
			}
		})
	})
}

// importList imports the list itself where corrected is nil, else what results say of it.
func (j *Journal) importList(ctx context.Context, h batch.Header, corrected func(address string) bool, steps func(*sql.Tx) iter.Seq2[batch.Step, error]) (err error) {
	defer func() { err = translateError(j.path, err) }()
	tx, err := j.begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // no effect once committed
	im := &importer{tx: tx, header: h, old: oldList{tx: tx}, moves: moves{corrected: corrected}}
	if err := im.prepare(ctx); err != nil {
		return err
	}
	for step, err := range steps(tx) {
		if err != nil {
			return err
		}
		if err := im.add(ctx, step); err != nil {
			return err
		}
	}
	if err := im.finish(ctx); err != nil || !im.changed {
		return err
	}
	return j.commit(ctx, tx)
}

// importer compares a new list with the one in the journal, row by row. A new row
// whose place is taken waits in arriving_row until the end, since the row in its
// place may turn out to have left the list.
type importer struct {
	tx             *sql.Tx
	insert         *sql.Stmt // in a free place
	insertArriving *sql.Stmt
	old            oldList
	moves          moves
	rows           int // so far
	header         batch.Header
	widest         int // columns that the rows need
	cells          []byte
	changed        bool
}

func (im *importer) prepare(ctx context.Context) (err error) {
	if im.insert, err = im.tx.PrepareContext(ctx, "INSERT INTO list_row VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"); err != nil {
		return err
	}
	if im.insertArriving, err = im.tx.PrepareContext(ctx, "INSERT INTO arriving_row VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"); err != nil {
		return err
	}
	first, err := im.old.peek(ctx)
	if err != nil {
		return err
	}
	im.moves.first, im.moves.gone, im.moves.came = first == nil, map[string]int{}, map[string]bool{}
	return im.tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM departed_row)").Scan(&im.moves.hasDeparted)
}

// add takes the next row of the new list.
func (im *importer) add(ctx context.Context, step batch.Step) error {
	im.rows++
	im.widest = max(im.widest, step.Row.Width(len(im.header.Columns)))
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
	im.moves.arrived(row.address)
	if old == nil {
		return row.write(ctx, im.insert)
	}
	im.moves.departed(old)
	return row.write(ctx, im.insertArriving)
}

// row returns a step as it is stored. Where the cells are those of the old row, as
// most are, it reuses their text.
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

// finish replaces the old rows by the new ones.
func (im *importer) finish(ctx context.Context) error {
	for {
		old, err := im.old.peek(ctx)
		if err != nil {
			return err
		}
		if old == nil {
			break
		}
		im.changed = true
		im.moves.departed(old)
		im.old.next()
	}
	isNews, err := im.moves.write(ctx, im.tx)
	if err != nil {
		return err
	}
	im.changed = im.changed || isNews
	if err := im.headings(ctx); err != nil || !im.changed {
		return err
	}
	return im.replace(ctx)
}

// replace deletes the old rows and moves in the new ones, a page at a time:
// SQLite keeps in memory what one statement changes until that statement ends.
func (im *importer) replace(ctx context.Context) error {
	for from := 0; from < im.rows; from += pageRows {
		for _, statement := range []string{
			"DELETE FROM list_row WHERE position IN (SELECT position FROM arriving_row WHERE position > ?1 AND position <= ?1 + ?2)",
			"INSERT INTO list_row SELECT * FROM arriving_row WHERE position > ?1 AND position <= ?1 + ?2",
		} {
			if _, err := im.tx.ExecContext(ctx, statement, from, pageRows); err != nil {
				return err
			}
		}
	}
	const tail = "DELETE FROM list_row WHERE position IN (SELECT position FROM list_row WHERE position > ? ORDER BY position LIMIT ?)"
	for dropped := int64(pageRows); dropped == pageRows; {
		result, err := im.tx.ExecContext(ctx, tail, im.rows, pageRows)
		if err != nil {
			return err
		}
		if dropped, err = result.RowsAffected(); err != nil {
			return err
		}
	}
	return execAll(ctx, im.tx, "DELETE FROM arriving_row")
}

// headings replaces the headings of the list. Cells without a heading get an
// unnamed column, so that they are not lost.
func (im *importer) headings(ctx context.Context) error {
	columns := make([]string, max(len(im.header.Columns), im.widest))
	copy(columns, im.header.Columns)
	text, err := json.Marshal(columns)
	if err != nil {
		return err
	}
	const update = "UPDATE batch SET columns = ?1, email = ?2 WHERE columns <> ?1 OR email <> ?2"
	result, err := im.tx.ExecContext(ctx, update, string(text), im.header.Fields[batch.Email])
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	im.changed = im.changed || n > 0
	return err
}

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

// oldList iterates over the list as it was, a page at a time.
type oldList struct {
	tx   *sql.Tx
	page []listRow
	at   int // in the page
	last int // position read
	done bool
}

// peek returns the next row, nil after the last. The row is valid until the next
// call of next.
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
	rows, err := o.tx.QueryContext(ctx, query, o.last, pageRows)
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
	o.done = len(o.page) < pageRows
	return rows.Err()
}

// moves finds out which addresses leave the list and which are new to it, from the
// rows whose places have changed. An address that only changes its place is not
// kept, so that little memory is used where rows have only shifted.
type moves struct {
	first       bool           // there was no list before
	hasDeparted bool           // rows left the list before this import
	gone        map[string]int // position in the old list
	came        map[string]bool
	// corrected reports of an address that is gone whether its row has another one now; nil
	// for the list itself.
	corrected func(address string) bool
}

// arrived notes the address of a new row.
func (m *moves) arrived(address string) {
	switch _, gone := m.gone[address]; {
	case gone:
		delete(m.gone, address)
	case !m.first || m.hasDeparted:
		m.came[strings.Clone(address)] = true // of a CSV file, it holds its whole row
	}
}

// departed notes an old row, after the new one in its place. A duplicate is not
// noted: the earlier row with the same address stands for both.
func (m *moves) departed(old *listRow) {
	switch {
	case old.status == string(batch.Duplicate):
	case m.came[old.address]:
		delete(m.came, old.address)
	default:
		m.gone[old.address] = old.position
	}
}

// write keeps the rows that were sent and have left the list, and removes those
// that have come back from the departed rows. It needs the old list and its
// headings. It reports whether the list itself shows now that rows have left it which were
// known to be missing in results alone.
func (m *moves) write(ctx context.Context, tx *sql.Tx) (isNews bool, err error) {
	const keep = `INSERT INTO departed_row (address, columns, cells, not_in_list)
		SELECT address, (SELECT columns FROM batch), cells, CAST(? AS INTEGER) FROM list_row
		WHERE position = ? AND EXISTS (SELECT 1 FROM attempt WHERE attempt.address = list_row.address)
		ON CONFLICT (address) DO UPDATE SET columns = excluded.columns, cells = excluded.cells, not_in_list = excluded.not_in_list`
	for address, position := range m.gone {
		notInList := 0
		if m.corrected == nil || m.corrected(address) {
			notInList = 1
		}
		if _, err := tx.ExecContext(ctx, keep, notInList, position); err != nil {
			return false, err
		}
	}
	if !m.hasDeparted {
		return false, nil
	}
	for address := range m.came {
		if _, err := tx.ExecContext(ctx, "DELETE FROM departed_row WHERE address = ?", address); err != nil {
			return false, err
		}
	}
	if m.corrected != nil {
		return false, nil
	}
	result, err := tx.ExecContext(ctx, "UPDATE departed_row SET not_in_list = 1 WHERE not_in_list = 0")
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}
