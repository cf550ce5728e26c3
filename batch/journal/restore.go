package journal

import (
	"context"
	"iter"

	"guestlist/batch"
)

// Fresh reports whether nothing was ever sent with this journal.
func (j *Journal) Fresh(ctx context.Context) (bool, error) {
	var attempts int
	err := j.db.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM attempt LIMIT 1)").Scan(&attempts)
	return attempts == 0, err
}

// Restore takes over outcomes from a results workbook whose journal is gone,
// all of them or none: half of them would let the others be sent again.
func (j *Journal) Restore(ctx context.Context, outcomes iter.Seq2[batch.Outcome, error]) error {
	tx, err := j.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // no effect once committed
	insert, update := tx.StmtContext(ctx, j.w.insert), tx.StmtContext(ctx, j.w.update)
	for o, err := range outcomes {
		if err != nil {
			return err
		}
		e := entry{intent: &batch.Intent{Address: o.Address}, outcome: &o}
		if err := j.w.put(ctx, insert, update, &e); err != nil {
			return err
		}
	}
	return tx.Commit()
}
