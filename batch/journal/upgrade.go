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
		"CREATE TABLE seal (id INTEGER PRIMARY KEY CHECK (id = 1), sum TEXT NOT NULL)",
		`CREATE TABLE arriving_row (
			position    INTEGER PRIMARY KEY,
			line        INTEGER NOT NULL,
			address     TEXT    NOT NULL,
			fingerprint INTEGER NOT NULL,
			cells       TEXT    NOT NULL,
			status      TEXT    NOT NULL,
			error_code  TEXT    NOT NULL,
			error       TEXT    NOT NULL,
			advice      TEXT    NOT NULL
		)`,
		// A restored row was kept beside its row of the list until the next Import.
		"DELETE FROM departed_row WHERE address IN (SELECT address FROM list_row)",
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
