package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"guestlist/batch"
)

// Identity says whose journal it is. Redeem URLs of one tenant are of no use in
// another, so a journal never changes hands.
type Identity struct {
	// Tenant is the tenant's id, "" when the sign-in did not tell.
	Tenant  string
	Sandbox bool

	anyone bool
}

// Anyone opens a journal whoever's it is: to look, not to send.
func Anyone() Identity { return Identity{anyone: true} }

// String names the tenant for messages.
func (i Identity) String() string {
	switch {
	case i.Sandbox:
		return "the sandbox"
	case i.Tenant == "":
		return "a tenant that the sign-in does not name"
	default:
		return "tenant " + i.Tenant
	}
}

// Differs reports whether the two cannot share a journal. A tenant that is not
// known is no reason to refuse.
func (i Identity) Differs(other Identity) bool {
	if i.anyone || other.anyone {
		return false
	}
	return i.Sandbox != other.Sandbox || i.Tenant != "" && other.Tenant != "" && i.Tenant != other.Tenant
}

// Journal is an open, locked journal. Its methods may be called from many
// goroutines.
type Journal struct {
	path string
	db   *sql.DB
	w    *writer
	run  int64
}

var _ batch.Journal = (*Journal)(nil)

// Path is where the journal of a results file lies: partners.results.xlsx has
// partners.results.journal.db.
func Path(results string) string {
	return strings.TrimSuffix(results, filepath.Ext(results)) + ".journal.db"
}

// Open opens the journal at path, or creates it with mode 0600, and locks it
// until Close. It returns [*BusyError], [*ForeignError] or [*MixedError] when
// it may not be used.
func Open(ctx context.Context, path string, id Identity) (*Journal, error) {
	if err := create(path); err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		return nil, fmt.Errorf("journal %s: %w", path, err)
	}
	db.SetMaxOpenConns(1) // the lock is the connection's
	j := &Journal{path: path, db: db}
	if err := j.prepare(ctx, id); err != nil {
		return nil, errors.Join(j.explain(err), db.Close())
	}
	return j, nil
}

// minDatabase is the size of SQLite's smallest page, in bytes. SQLite takes a
// shorter file for an empty one and writes over it.
const minDatabase = 512

// create makes the file before SQLite does, which would make it readable for
// everybody. It does not touch a file that is there: closing one drops the
// locks that this process holds on it.
func create(path string) error {
	switch info, err := os.Stat(path); {
	case err == nil && info.IsDir():
		return &ForeignError{path, "is a folder"}
	case err == nil && info.Size() > 0 && info.Size() < minDatabase:
		return &ForeignError{path, "is not a journal"}
	case err == nil:
		return nil
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return f.Close()
}

// dsn opens with the settings that durability and network shares need. They
// must be set before anything is read.
func dsn(path string) string {
	path = filepath.ToSlash(path)
	if filepath.VolumeName(path) != "" {
		path = "/" + path
	}
	file := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}
	file.RawQuery = url.Values{"_pragma": {
		"busy_timeout(1000)",
		"locking_mode(EXCLUSIVE)",
		"journal_mode(WAL)",
		"synchronous(FULL)",
	}}.Encode()
	return file.String()
}

// prepare takes the lock, checks or makes the tables, and starts the writer.
func (j *Journal) prepare(ctx context.Context, id Identity) error {
	tx, err := j.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // no effect once committed
	if err := j.claim(ctx, tx, id); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	if err := writeHolder(j.path); err != nil {
		return err
	}
	j.w, err = startWriter(ctx, j.db)
	return err
}

func (j *Journal) claim(ctx context.Context, tx *sql.Tx, id Identity) error {
	var app, version, tables int
	err := errors.Join(
		tx.QueryRowContext(ctx, "PRAGMA application_id").Scan(&app),
		tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version),
		tx.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master").Scan(&tables))
	switch {
	case err != nil:
		return err
	case app == 0 && tables == 0:
		return initialise(ctx, tx, id)
	case app != applicationID:
		return &ForeignError{j.path, "is a database of another program"}
	case version > schemaVersion:
		return &ForeignError{j.path, "was written by a newer guestlist"}
	default:
		return j.identify(ctx, tx, id)
	}
}

func initialise(ctx context.Context, tx *sql.Tx, id Identity) error {
	for _, statement := range []string{
		fmt.Sprintf("PRAGMA application_id = %d", applicationID),
		fmt.Sprintf("PRAGMA user_version = %d", schemaVersion),
		schema,
	} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO batch VALUES (1, ?, ?, '[]')", id.Tenant, id.Sandbox)
	return err
}

// identify refuses a journal of another tenant, and claims the write lock.
func (j *Journal) identify(ctx context.Context, tx *sql.Tx, id Identity) error {
	var has Identity
	if err := tx.QueryRowContext(ctx, "SELECT tenant, sandbox FROM batch").Scan(&has.Tenant, &has.Sandbox); err != nil {
		return err
	}
	if has.Differs(id) {
		return &MixedError{Path: j.path, Has: has, Want: id}
	}
	_, err := tx.ExecContext(ctx, "UPDATE batch SET tenant = ? WHERE tenant = ''", id.Tenant)
	return err
}

// explain turns SQLite's codes into errors that say what to do.
func (j *Journal) explain(err error) error {
	var code *sqlite.Error
	if !errors.As(err, &code) {
		return err
	}
	switch code.Code() & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return &BusyError{Path: j.path, Holder: readHolder(j.path)}
	case sqlite3.SQLITE_NOTADB:
		return &ForeignError{j.path, "is not a journal"}
	default:
		return fmt.Errorf("journal %s: %w", j.path, err)
	}
}

// Close ends the writer, folds the write-ahead log into the file and frees the lock.
func (j *Journal) Close() error {
	j.w.stop()
	return errors.Join(os.Remove(holderPath(j.path)), j.db.Close())
}
