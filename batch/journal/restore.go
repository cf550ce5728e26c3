package journal

import (
	"context"
	"encoding/json"
	"iter"

	"guestlist/batch"
)

// Fresh reports whether nothing was ever sent with this journal.
func (j *Journal) Fresh(ctx context.Context) (bool, error) {
	var attempts int
	err := j.db.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM attempt LIMIT 1)").Scan(&attempts)
	return attempts == 0, err
}

// Earlier is where a row of a results workbook stands, under its headings.
type Earlier struct {
	batch.Record

	Columns []string
}

// Restore takes over where the rows of a results workbook stand whose journal
// is gone, all of them or none: half of them would let the others be sent again.
// Every row is kept as one that has left the list until the next Import; a list
// of a run that sent nothing makes room for them.
func (j *Journal) Restore(ctx context.Context, records iter.Seq2[Earlier, error]) error {
	tx, err := j.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // no effect once committed
	j.seal.unproved.Store(true)
	keep, err := tx.PrepareContext(ctx, "INSERT INTO departed_row VALUES (?, ?, ?) ON CONFLICT (address) DO NOTHING")
	if err != nil {
		return err
	}
	defer func() { _ = keep.Close() }()
	insert, update := tx.StmtContext(ctx, j.w.insert), tx.StmtContext(ctx, j.w.update)
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
		e := entry{fresh: true, intent: &batch.Intent{Address: r.Outcome.Address}, outcome: &r.Outcome}
		if err := j.w.put(ctx, insert, update, &e); err != nil {
			return err
		}
		if _, err := keep.ExecContext(ctx, r.Outcome.Address, string(heading), string(cells)); err != nil {
			return err
		}
	}
	if err := execAll(ctx, tx, "DELETE FROM list_row", outdate); err != nil {
		return err
	}
	return tx.Commit()
}
