package journal_test

import (
	"database/sql"
	_ "embed" // the tables of earlier versions
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/internal/assert"
)

// version1 is the schema of journals that earlier programs made.
const version1 = `
CREATE TABLE batch (
	id      INTEGER PRIMARY KEY CHECK (id = 1),
	tenant  TEXT    NOT NULL,
	sandbox INTEGER NOT NULL,
	columns TEXT    NOT NULL,
	email   INTEGER NOT NULL
);
CREATE TABLE run (
	id         INTEGER PRIMARY KEY,
	tool       TEXT    NOT NULL,
	operator   TEXT    NOT NULL,
	tenant     TEXT    NOT NULL,
	settings   TEXT    NOT NULL,
	list       TEXT    NOT NULL,
	sheet      TEXT    NOT NULL,
	sha256     TEXT    NOT NULL,
	rate       TEXT    NOT NULL,
	workers    INTEGER NOT NULL,
	started_at TEXT    NOT NULL,
	ended_at   TEXT    NOT NULL,
	sent       INTEGER NOT NULL,
	requests   INTEGER NOT NULL,
	throttled  INTEGER NOT NULL,
	stopped    TEXT    NOT NULL
);
CREATE TABLE list_row (
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
CREATE TABLE departed_row (
	address TEXT PRIMARY KEY,
	columns TEXT NOT NULL,
	cells   TEXT NOT NULL
);
CREATE TABLE attempt (
	id                INTEGER PRIMARY KEY,
	run               INTEGER NOT NULL,
	address           TEXT    NOT NULL,
	mail              INTEGER NOT NULL,
	intended_at       TEXT    NOT NULL,
	settled_at        TEXT    NOT NULL DEFAULT '',
	status            TEXT    NOT NULL DEFAULT '',
	redeem_url        TEXT    NOT NULL DEFAULT '',
	user_id           TEXT    NOT NULL DEFAULT '',
	invitation_status TEXT    NOT NULL DEFAULT '',
	error_code        TEXT    NOT NULL DEFAULT '',
	error             TEXT    NOT NULL DEFAULT '',
	advice            TEXT    NOT NULL DEFAULT '',
	attempts          INTEGER NOT NULL DEFAULT 0,
	request_id        TEXT    NOT NULL DEFAULT '',
	fingerprint       INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX attempt_address ON attempt (address);
`

// earlierRun is what such a program left: rows of which one was invited, one is
// open and one has left the list. That of a was restored and is kept twice.
const earlierRun = `
PRAGMA application_id = 1198748748;
PRAGMA user_version = 1;
INSERT INTO batch VALUES (1, 'sandbox', 1, '["Email","Manager"]', 0);
INSERT INTO run VALUES (1, 'guestlist 0.1.0', 'mo@pc', 'sandbox', '{"rate":"2/1s"}', 'list.csv', '', 'ab', '2/1s', 8,
	'2026-01-02T03:04:05Z', '2026-01-02T03:05:05Z', 2, 3, 1, 'why');
INSERT INTO list_row VALUES (1, 2, 'a@x.example', 1, '["a@x.example","Mo"]', 'pending', '', '', '');
INSERT INTO list_row VALUES (2, 3, 'b@x.example', 2, '["b@x.example","Mo"]', 'pending', '', '', '');
INSERT INTO departed_row VALUES ('gone@x.example', '["Email","Manager"]', '["gone@x.example","Mo"]');
INSERT INTO departed_row VALUES ('a@x.example', '["Email","Manager"]', '["a@x.example","Mo"]');
INSERT INTO attempt (id, run, address, mail, intended_at, status, redeem_url) VALUES
	(1, 1, 'gone@x.example', 0, '2026-01-02T03:04:06Z', 'invited', 'https://login.example/gone'),
	(2, 1, 'a@x.example', 0, '2026-01-02T03:04:07Z', 'invited', 'https://login.example/a'),
	(3, 1, 'b@x.example', 1, '2026-01-02T03:04:08Z', '', '');
`

// bySQL makes a database of statements.
func bySQL(t *testing.T, statements ...string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), name)
	db, err := sql.Open("sqlite", path)
	for _, s := range statements {
		if err == nil {
			_, err = db.ExecContext(t.Context(), s)
		}
	}
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// version2 is a journal of the next version, left by a killed run.
//
//go:embed testdata/version2.sql
var version2 string

func TestJournalOfVersion2IsUpgraded(t *testing.T) {
	t.Parallel()
	path := bySQL(t, version2)
	for range 2 { // the second time it is one of today's
		j := open(t, path, sandbox)
		assert.Equal(t, "records", stands(t, j), []string{
			"2 a@x.example invited", "3 b@x.example unconfirmed NoAnswer", "4 c@x.example failed GroupAddress", "0 gone@x.example invited",
		})
		s, err := j.Summary(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		assert.Equal(t, "summary", []any{s.Operator, s.SignedInAs, s.TenantName, s.Totals.Waited}, []any{"mo@pc", "", "", 20 * time.Millisecond})
		shut(t, j)
	}
	assert.Equal(t, "tables", tables(t, path), tables(t, fresh(t)))
}

func TestJournalOfVersion1IsUpgraded(t *testing.T) {
	t.Parallel()
	path := bySQL(t, version1, earlierRun)
	for range 2 { // the second time it is one of today's
		j := open(t, path, sandbox)
		assert.Equal(t, "records", stands(t, j), []string{
			"2 a@x.example invited", "3 b@x.example unconfirmed NoAnswer", "0 gone@x.example invited",
		})
		s, err := j.Summary(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		assert.Equal(t, "tally", s.Totals, batch.RunTotals{Sent: 2, Requests: 3, Throttled: 1, Stopped: "why"})
		shut(t, j)
	}
	assert.Equal(t, "tables", tables(t, path), tables(t, fresh(t)))
	j := open(t, path, sandbox)
	defer shut(t, j)
	if err := j.Begin(t.Context(), batch.RunFacts{Workers: 1}, nil); err != nil {
		t.Fatal(err)
	}
	if err := j.End(t.Context(), batch.RunTotals{Waited: time.Second}); err != nil {
		t.Error(err)
	}
	if err := j.Wrote(t.Context(), "list.results.xlsx", "ab"); err != nil {
		t.Error(err)
	}
}

// fresh gives a journal that was just made.
func fresh(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), name)
	shut(t, open(t, path, sandbox))
	return path
}

// tables tells what columns of which kind a database has.
func tables(t *testing.T, path string) (columns []string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	rows, err := db.QueryContext(t.Context(), `SELECT m.name, c.name, c.type, c."notnull", c.pk, coalesce(c.dflt_value, 'none')
		FROM sqlite_master m, pragma_table_info(m.name) c ORDER BY m.name, c.cid`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var table, column, kind, otherwise string
		var required, key int
		if err := rows.Scan(&table, &column, &kind, &required, &key, &otherwise); err != nil {
			t.Fatal(err)
		}
		columns = append(columns, fmt.Sprintf("%s.%s %s %d %d %s", table, column, kind, required, key, otherwise))
	}
	if err := rows.Err(); err != nil || len(columns) == 0 {
		t.Fatalf("%d columns, %v", len(columns), err)
	}
	return columns
}

func TestOtherVersionsAreRefused(t *testing.T) {
	for what, test := range map[string]struct {
		version int
		hint    string
	}{"newer": {99, "go on with the newer one"}, "none": {0, "move it away"}} {
		t.Run(what, func(t *testing.T) {
			path := bySQL(t, version1, earlierRun, fmt.Sprintf("PRAGMA user_version = %d", test.version))
			_, err := journal.Open(t.Context(), path, sandbox)
			if foreign, ok := errors.AsType[*journal.ForeignError](err); !ok || !strings.HasPrefix(foreign.Hint(), test.hint) {
				t.Errorf("got %v", err)
			}
			assert.Equal(t, "tables", len(tables(t, path)), len(tables(t, bySQL(t, version1))))
		})
	}
}
