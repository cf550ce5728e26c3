package journal

import (
	"context"
	"database/sql"
	"fmt"
)

// upgrades bring the tables of a version, from 1, to those of the next.
var upgrades = [schemaVersion - 1][]string{
	{
		"ALTER TABLE run ADD COLUMN waited_ms INTEGER NOT NULL DEFAULT 0",
		"ALTER TABLE run ADD COLUMN held_ms INTEGER NOT NULL DEFAULT 0",
		`CREATE TABLE workbook (
			id      INTEGER PRIMARY KEY CHECK (id = 1),
			path    TEXT    NOT NULL,
			digest  TEXT    NOT NULL,
			current INTEGER NOT NULL
		)`,
	},
}

// upgrade brings the tables of an older version up to date. The transaction
// is that of Open: a file is of the one version or of the other.
func upgrade(ctx context.Context, tx *sql.Tx, version int) error {
	if version == schemaVersion {
		return nil
	}
	for _, statements := range upgrades[version-1:] {
		if err := execAll(ctx, tx, statements...); err != nil {
			return err
		}
	}
	return execAll(ctx, tx, fmt.Sprintf("PRAGMA user_version = %d", schemaVersion))
}
