package journal

import (
	"context"
	"database/sql"
	"errors"
)

// outdate belongs to every transaction that changes what the results show.
const outdate = "UPDATE workbook SET current = 0 WHERE current = 1"

// Wrote records the results that were made of the journal as it stands: the
// file, and what came to be in it by a digest that the caller chooses.
func (j *Journal) Wrote(ctx context.Context, path, digest string) error {
	const replace = `INSERT INTO workbook VALUES (1, ?, ?, 1)
		ON CONFLICT (id) DO UPDATE SET path = excluded.path, digest = excluded.digest, current = 1`
	_, err := j.db.ExecContext(ctx, replace, path, digest)
	return explain(j.path, err)
}

// Written returns what [Journal.Wrote] recorded last, "" for both before the first.
func (j *Journal) Written(ctx context.Context) (path, digest string, err error) {
	err = j.db.QueryRowContext(ctx, "SELECT path, digest FROM workbook").Scan(&path, &digest)
	if errors.Is(err, sql.ErrNoRows) {
		return "", "", nil
	}
	return path, digest, explain(j.path, err)
}

// News reports whether the [Journal.Records] may tell something that they did
// not when [Journal.Wrote] was called last: an intent, an outcome or another
// list, be it of a run that was killed. That a run began or ended is none.
func (j *Journal) News(ctx context.Context) (bool, error) {
	var current int
	err := j.db.QueryRowContext(ctx, "SELECT coalesce(max(current), 0) FROM workbook").Scan(&current)
	return current == 0, explain(j.path, err)
}
