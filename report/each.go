package report

import (
	"context"
	"iter"

	"guestlist/batch"
)

// checkRows is how many rows are written between two looks at the context.
const checkRows = 1000

// each calls do with every record until one cannot be had, do fails, or ctx is
// cancelled; then its cause is the error.
func each(ctx context.Context, records iter.Seq2[batch.Record, error], do func(batch.Record) error) error {
	n := 0
	for rec, err := range records {
		if err != nil {
			return err
		}
		if n%checkRows == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		n++
		if err := do(rec); err != nil {
			return err
		}
	}
	return nil
}
