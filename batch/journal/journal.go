package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"guestlist/batch/send"

	_ "modernc.org/sqlite"
)

// the driver that Open asks for

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
	seal *seal
	w    *writer
	run  int64
}

var _ send.Journal = (*Journal)(nil)

// Path is where the journal of a results file lies: partners.results.xlsx has
// partners.results.journal.db.
func Path(results string) string {
	return strings.TrimSuffix(results, filepath.Ext(results)) + ".journal.db"
}

// Open opens the journal at path, or creates it with mode 0600, and locks it
// until Close. It returns [*BusyError], [*ForeignError], [*MixedError] or
// [*DamagedError] when it may not be used, and [*DiskError] when it cannot be.
func Open(ctx context.Context, path string, id Identity) (*Journal, error) {
	if err := errors.Join(create(path), checkLog(path)); err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		return nil, fmt.Errorf("journal %s: %w", path, err)
	}
	db.SetMaxOpenConns(1) // the lock is the connection's
	j := &Journal{path: path, db: db}
	if err := j.prepare(ctx, id); err != nil {
		return nil, errors.Join(explain(path, err), j.free())
	}
	return j, nil
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
		return &DiskError{j.path, err}
	}
	j.w, err = startWriter(ctx, j.db, j.seal, room{j.path + "-reserve"})
	return err
}

// claim makes the tables of a new file, or sees whose they are and whether they
// are sound.
func (j *Journal) claim(ctx context.Context, tx *sql.Tx, id Identity) error {
	var app, version, tables int
	err := errors.Join(
		tx.QueryRowContext(ctx, "PRAGMA application_id").Scan(&app),
		tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version),
		tx.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master").Scan(&tables))
	if err != nil {
		return err
	}
	isNew := app == 0 && tables == 0
	switch {
	case isNew:
	case app != applicationID:
		return &ForeignError{j.path, "is a database of another program"}
	case version > schemaVersion:
		return &ForeignError{j.path, "was written by a newer guestlist"}
	case version < 1:
		return &ForeignError{j.path, "does not say which version of guestlist wrote it"}
	}
	if j.seal, err = openSeal(ctx, tx, j.path); err != nil {
		return err
	}
	if isNew {
		return initialise(ctx, tx, id)
	}
	if !j.seal.intact {
		if err := check(ctx, tx, j.path, "integrity_check"); err != nil {
			return err
		}
	}
	if err := upgrade(ctx, tx, version); err != nil {
		return err
	}
	return j.identify(ctx, tx, id)
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
	_, err := tx.ExecContext(ctx, "INSERT INTO batch VALUES (1, ?, ?, '[]', 0)", id.Tenant, id.Sandbox)
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

// Close ends the writer, folds the write-ahead log into the file and frees the
// lock. Where rows were written it looks the file over once more, which takes
// some two seconds for a million: the next Open need not.
func (j *Journal) Close() error {
	j.w.stop()
	return errors.Join(j.w.room.release(), os.Remove(holderPath(j.path)), j.free())
}

func (j *Journal) free() error {
	err := j.db.Close()
	if j.seal != nil {
		err = errors.Join(err, j.seal.file.Close())
	}
	return err
}
