package journal

// applicationID marks our files in SQLite's header: "GstL".
const applicationID = 0x4773744c

// schemaVersion is raised with every change of the tables. Older programs
// refuse newer files.
const schemaVersion = 2

// schema is plain SQL: it should move to another database without a rewrite.
// Times are RFC 3339 texts in UTC; lists of cells are JSON arrays.
const schema = `
CREATE TABLE batch (
	id      INTEGER PRIMARY KEY CHECK (id = 1),
	tenant  TEXT    NOT NULL, -- '' until a sign-in told
	sandbox INTEGER NOT NULL, -- 1: simulated, nobody was invited
	columns TEXT    NOT NULL, -- headings of the list
	email   INTEGER NOT NULL  -- position of the address in them, from 0
);
CREATE TABLE run (
	id         INTEGER PRIMARY KEY,
	tool       TEXT    NOT NULL,
	operator   TEXT    NOT NULL,
	tenant     TEXT    NOT NULL,
	settings   TEXT    NOT NULL, -- the flags that were given, JSON
	list       TEXT    NOT NULL,
	sheet      TEXT    NOT NULL,
	sha256     TEXT    NOT NULL,
	rate       TEXT    NOT NULL,
	workers    INTEGER NOT NULL,
	started_at TEXT    NOT NULL,
	ended_at   TEXT    NOT NULL, -- '' while it runs, or when it was killed
	sent       INTEGER NOT NULL,
	requests   INTEGER NOT NULL,
	throttled  INTEGER NOT NULL,
	stopped    TEXT    NOT NULL,
	waited_ms  INTEGER NOT NULL DEFAULT 0, -- for the pace
	held_ms    INTEGER NOT NULL DEFAULT 0  -- by throttling
);
-- The results as they were written last, no row before that.
CREATE TABLE workbook (
	id      INTEGER PRIMARY KEY CHECK (id = 1),
	path    TEXT    NOT NULL,
	digest  TEXT    NOT NULL,
	current INTEGER NOT NULL -- 1 until something is recorded that it does not show
);
-- The sum of the bytes of this file, see the type seal; no row before the first.
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
-- Rows of the next list while it is read; empty between transactions.
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
-- Rows that were sent and have left the list since: no link is dropped.
CREATE TABLE departed_row (
	address TEXT PRIMARY KEY,
	columns TEXT NOT NULL,
	cells   TEXT NOT NULL
);
-- One row for each intent; its outcome is filled in. intended_at is '' where an
-- outcome became known without a request of ours.
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
	fingerprint       INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX attempt_address ON attempt (address);
`
