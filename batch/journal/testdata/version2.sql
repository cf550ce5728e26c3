-- The tables of schema version 2 and what a killed run left in them: one guest is
-- invited, one row is open, one failed, one has left the list.
PRAGMA application_id = 1198748748;
PRAGMA user_version = 2;
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
	stopped    TEXT    NOT NULL,
	waited_ms  INTEGER NOT NULL DEFAULT 0,
	held_ms    INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE workbook (
	id      INTEGER PRIMARY KEY CHECK (id = 1),
	path    TEXT    NOT NULL,
	digest  TEXT    NOT NULL,
	current INTEGER NOT NULL
);
CREATE TABLE seal (
	id  INTEGER PRIMARY KEY CHECK (id = 1),
	sum TEXT    NOT NULL
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
INSERT INTO batch VALUES (1, 'sandbox', 1, '["Email","Manager"]', 0);
INSERT INTO run VALUES (1, 'guestlist 0.1.0', 'mo@pc', 'sandbox', '{"rate":"2/1s"}', 'list.csv', '', 'ab', '2/1s', 8,
	'2026-01-02T03:04:05Z', '', 2, 3, 1, 'why', 20, 30);
INSERT INTO workbook VALUES (1, 'list.results.xlsx', 'cd', 1);
INSERT INTO list_row VALUES (1, 2, 'a@x.example', 1, '["a@x.example","Mo"]', 'pending', '', '', '');
INSERT INTO list_row VALUES (2, 3, 'b@x.example', 2, '["b@x.example","Mo"]', 'pending', '', '', '');
INSERT INTO list_row VALUES (3, 4, 'c@x.example', 3, '["c@x.example","Mo"]', 'pending', '', '', '');
INSERT INTO departed_row VALUES ('gone@x.example', '["Email","Manager"]', '["gone@x.example","Mo"]');
INSERT INTO attempt (id, run, address, mail, intended_at, settled_at, status, redeem_url, error_code, request_id, fingerprint) VALUES
	(1, 1, 'gone@x.example', 0, '2026-01-02T03:04:06Z', '2026-01-02T03:04:07Z', 'invited', 'https://login.example/gone', '', 'r1', 7),
	(2, 1, 'a@x.example', 0, '2026-01-02T03:04:07Z', '2026-01-02T03:04:08Z', 'invited', 'https://login.example/a', '', 'r2', 1),
	(3, 1, 'b@x.example', 1, '2026-01-02T03:04:08Z', '', '', '', '', '', 0),
	(4, 1, 'c@x.example', 0, '2026-01-02T03:04:09Z', '2026-01-02T03:04:10Z', 'failed', '', 'GroupAddress', 'r4', 3);
