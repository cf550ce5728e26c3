package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// applicationID marks our files in SQLite's header: "GstL".
const applicationID = 0x4773744c

// schemaVersion is raised with every change of the tables. A program refuses
// files of a newer version.
const schemaVersion = 10

// schema is plain SQL, so that it can move to another database without a rewrite.
// Times are RFC 3339 texts in UTC; lists of cells are JSON arrays. The log_salt is of the
// log to which attempts went last, see [marks].
const schema = `
CREATE TABLE batch (
	id      INTEGER PRIMARY KEY CHECK (id = 1),
	tenant  TEXT    NOT NULL, -- '' until a sign-in tells it
	sandbox INTEGER NOT NULL, -- 1: simulated, no one was invited
	columns TEXT    NOT NULL, -- headings of the list
	email   INTEGER NOT NULL, -- position of the address in them, from 0
	open_since TEXT NOT NULL DEFAULT '', -- when attempts began to go to the log, '' when all are in this file
	uid        TEXT NOT NULL DEFAULT '', -- what the journal is known by wherever the file is moved
	log_salt   INTEGER NOT NULL DEFAULT 0,
	forget_key TEXT    NOT NULL DEFAULT '' -- of the table forgotten, '' as long as it is empty
);
CREATE TABLE run (
	id           INTEGER PRIMARY KEY,
	tool         TEXT    NOT NULL,
	operator     TEXT    NOT NULL, -- account and host of the machine
	tenant       TEXT    NOT NULL,
	settings     TEXT    NOT NULL, -- the flags that were given, JSON
	list         TEXT    NOT NULL,
	sheet        TEXT    NOT NULL,
	sha256       TEXT    NOT NULL,
	rate         TEXT    NOT NULL,
	workers      INTEGER NOT NULL,
	started_at   TEXT    NOT NULL,
	ended_at     TEXT    NOT NULL, -- '' while it runs, or when it was killed
	sent         INTEGER NOT NULL,
	requests     INTEGER NOT NULL,
	throttled    INTEGER NOT NULL,
	stopped      TEXT    NOT NULL,
	waited_ms    INTEGER NOT NULL DEFAULT 0, -- for the rate limit
	held_ms      INTEGER NOT NULL DEFAULT 0, -- by throttling
	signed_in_as TEXT    NOT NULL DEFAULT '', -- user principal name, or name and id of an app
	tenant_name  TEXT    NOT NULL DEFAULT ''
);
-- The results that were written last; no row before the first.
CREATE TABLE workbook (
	id      INTEGER PRIMARY KEY CHECK (id = 1),
	path    TEXT    NOT NULL,
	digest  TEXT    NOT NULL,
	current INTEGER NOT NULL -- 1 until something is recorded that they do not show
);
-- The checksum of this file, see the type seal; no row before the first.
CREATE TABLE seal (
	id  INTEGER PRIMARY KEY CHECK (id = 1),
	sum TEXT    NOT NULL
);
-- The list as the latest run read it.
CREATE TABLE list_row (
	position    INTEGER PRIMARY KEY,
	line        INTEGER NOT NULL,
	address     TEXT    NOT NULL,
	fingerprint INTEGER NOT NULL,
	cells       TEXT    NOT NULL,
	status      TEXT    NOT NULL, -- pending, invalid or duplicate
	error_code  TEXT    NOT NULL,
	error       TEXT    NOT NULL,
	advice      TEXT    NOT NULL
);
-- Rows of a new list while Import reads it; empty between transactions.
CREATE TABLE arriving_row (
	position    INTEGER PRIMARY KEY,
	line        INTEGER NOT NULL,
	address     TEXT    NOT NULL,
	fingerprint INTEGER NOT NULL,
	cells       TEXT    NOT NULL,
	status      TEXT    NOT NULL,
	error_code  TEXT    NOT NULL,
	error       TEXT    NOT NULL,
	advice      TEXT    NOT NULL
);
-- Rows that were sent and have left the list since: their links are kept.
CREATE TABLE departed_row (
	address TEXT PRIMARY KEY,
	columns TEXT NOT NULL,
	cells   TEXT NOT NULL,
	not_in_list INTEGER NOT NULL DEFAULT 0 -- 1: the list itself has it no more; 0: that is known of results alone
);
-- One row for each intent; its outcome is filled in later. intended_at is '' where
-- an outcome became known without a request of ours. Of the readings of the
-- directory that follow each other, only the latest is kept.
CREATE TABLE attempt (
	id                INTEGER PRIMARY KEY,
	run               INTEGER NOT NULL,
	address           TEXT    NOT NULL,
	mail              INTEGER NOT NULL,
	intended_at       TEXT    NOT NULL,
	settled_at        TEXT    NOT NULL DEFAULT '',
	status            TEXT    NOT NULL DEFAULT '', -- '' until it is known
	redeem_url        TEXT    NOT NULL DEFAULT '',
	user_id           TEXT    NOT NULL DEFAULT '',
	invitation_status TEXT    NOT NULL DEFAULT '',
	error_code        TEXT    NOT NULL DEFAULT '',
	error             TEXT    NOT NULL DEFAULT '',
	advice            TEXT    NOT NULL DEFAULT '',
	attempts          INTEGER NOT NULL DEFAULT 0,
	request_id        TEXT    NOT NULL DEFAULT '',
	fingerprint       INTEGER NOT NULL DEFAULT 0,
	intent_request_id TEXT    NOT NULL DEFAULT '', -- client-request-id of the intent
	client_request_id TEXT    NOT NULL DEFAULT '', -- and that of the request that was answered
	existing          TEXT    NOT NULL DEFAULT '', -- what the tenant has the person as, for the status existing
	known_before      INTEGER NOT NULL DEFAULT 0,  -- the first attempt that was intended after this outcome was known
	reminder          INTEGER NOT NULL DEFAULT 0,  -- 1: a further invitation of a guest who has not accepted
	sent_at           TEXT    NOT NULL DEFAULT ''  -- when the request left that was answered with 201, in Graph's clock
);
CREATE INDEX attempt_address ON attempt (address);
` + schemaGuest + schemaDeletion + schemaFollowUp + schemaForgotten

// schemaFollowUp is what guests get after their invitation. A guest has many groups and
// sponsors, told from each other by the slot, and one profile and one manager.
const schemaFollowUp = `
CREATE TABLE follow_up (
	address    TEXT    NOT NULL,
	kind       TEXT    NOT NULL, -- group, profile, manager or sponsor
	slot       TEXT    NOT NULL,
	target     TEXT    NOT NULL, -- object id
	name       TEXT    NOT NULL, -- what people call the target
	want       TEXT    NOT NULL, -- attributes as JSON; 'group' for a sponsor who is one
	state      TEXT    NOT NULL, -- pending, done, failed or left alone
	user_id    TEXT    NOT NULL DEFAULT '', -- the account for which that is so
	tries      INTEGER NOT NULL DEFAULT 0,
	error      TEXT    NOT NULL DEFAULT '',
	request_id TEXT    NOT NULL DEFAULT '',
	at         TEXT    NOT NULL DEFAULT '',
	PRIMARY KEY (address, kind, slot)
) WITHOUT ROWID;
`

// schemaGuest is what the directory said of guests after their invitation, the latest
// reading of each.
const schemaGuest = `
CREATE TABLE guest (
	address TEXT PRIMARY KEY,
	user_id TEXT    NOT NULL,
	state   TEXT    NOT NULL,
	since   TEXT    NOT NULL, -- '' where that is not known
	read_at TEXT    NOT NULL,
	looks   INTEGER NOT NULL  -- in a row that did not show the account
);
`

// createTables makes a new file a journal.
func createTables(ctx context.Context, tx *sql.Tx, id Identity) error {
	err := execAll(ctx, tx,
		fmt.Sprintf("PRAGMA application_id = %d", applicationID),
		fmt.Sprintf("PRAGMA user_version = %d", schemaVersion),
		schema)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO batch (id, tenant, sandbox, columns, email, uid) VALUES (1, ?, ?, '[]', 0, lower(hex(randomblob(16))))", id.Tenant, id.Sandbox)
	return err
}

// upgrades bring the tables of each version, from 1, to those of the next.
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
		// A restored row used to be kept beside its row of the list until the next Import.
		"DELETE FROM departed_row WHERE address IN (SELECT address FROM list_row)",
	},
	{
		"ALTER TABLE run ADD COLUMN signed_in_as TEXT NOT NULL DEFAULT ''",
		"ALTER TABLE run ADD COLUMN tenant_name TEXT NOT NULL DEFAULT ''",
		"ALTER TABLE attempt ADD COLUMN intent_request_id TEXT NOT NULL DEFAULT ''",
		"ALTER TABLE attempt ADD COLUMN client_request_id TEXT NOT NULL DEFAULT ''",
	},
	{"ALTER TABLE batch ADD COLUMN open_since TEXT NOT NULL DEFAULT ''"},
	{"ALTER TABLE attempt ADD COLUMN existing TEXT NOT NULL DEFAULT ''"},
	{"ALTER TABLE attempt ADD COLUMN known_before INTEGER NOT NULL DEFAULT 0"},
	{
		"ALTER TABLE batch ADD COLUMN uid TEXT NOT NULL DEFAULT ''",
		"UPDATE batch SET uid = lower(hex(randomblob(16)))",
	},
	{
		"ALTER TABLE batch ADD COLUMN log_salt INTEGER NOT NULL DEFAULT 0",
		"ALTER TABLE attempt ADD COLUMN reminder INTEGER NOT NULL DEFAULT 0",
		"ALTER TABLE attempt ADD COLUMN sent_at TEXT NOT NULL DEFAULT ''",
		schemaGuest, schemaDeletion, schemaFollowUp,
	},
	{"ALTER TABLE batch ADD COLUMN forget_key TEXT NOT NULL DEFAULT ''", schemaForgotten},
	// What earlier versions kept may have been deleted in results alone.
	{"ALTER TABLE departed_row ADD COLUMN not_in_list INTEGER NOT NULL DEFAULT 0"},
}

// upgrade brings the tables of an older version up to date, in the transaction
// of Open: a file has the one version or the other.
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

func execAll(ctx context.Context, tx *sql.Tx, statements ...string) error {
	for _, s := range statements {
		if _, err := tx.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// formatTime is how a time is stored, "" for no time.
func formatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// parseTime is the opposite. A text that is no time reads as no time: only
// another program can have written it.
func parseTime(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}
	}
	return t
}

// encodeCells appends the cells of a row as they are stored: the JSON array that
// [json.Marshal] makes, which is slow for what nearly all cells are.
func encodeCells(buffer []byte, cells []string) ([]byte, error) {
	if cells == nil {
		return append(buffer, "null"...), nil
	}
	buffer = append(buffer, '[')
	for i, cell := range cells {
		if i > 0 {
			buffer = append(buffer, ',')
		}
		if jsonSafe(cell) {
			buffer = append(append(append(buffer, '"'), cell...), '"')
			continue
		}
		text, err := json.Marshal(cell)
		if err != nil {
			return nil, err
		}
		buffer = append(buffer, text...)
	}
	return append(buffer, ']'), nil
}

// jsonSafe reports whether JSON writes a text as it is.
func jsonSafe(text string) bool {
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ', c >= 0x7f, c == '"', c == '\\', c == '<', c == '>', c == '&':
			return false
		}
	}
	return true
}

// decodeCells is the opposite. In an array without a backslash, a cell is the text
// between two quotes as it is.
func decodeCells(text string) (cells []string, err error) {
	const quote = `"`
	inner, opened := strings.CutPrefix(text, `["`)
	inner, closed := strings.CutSuffix(inner, `"]`)
	if opened && closed && !strings.Contains(inner, `\`) {
		cells = strings.Split(inner, `","`)
		if strings.Count(text, quote) == 2*len(cells) {
			return cells, nil
		}
	}
	cells = nil
	return cells, json.Unmarshal([]byte(text), &cells)
}
