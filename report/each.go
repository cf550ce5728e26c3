package report

import (
	"context"
	"iter"
)

// checkRows is how many rows are written between two looks at the context.
const checkRows = 1000

// Each calls do with every row until one cannot be had, do fails, or ctx is
// cancelled; then its cause is the error.
func Each[Row any](ctx context.Context, rows iter.Seq2[Row, error], do func(Row) error) error {
	n := 0
	for row, err := range rows {
		if err != nil {
			return err
		}
		if n%checkRows == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		n++
		if err := do(row); err != nil {
			return err
		}
	}
	return nil
}
