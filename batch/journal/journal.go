// Package journal is the durable record of a batch: a SQLite database beside
// the results workbook that holds the list as it was read, every intent before
// its request leaves, and every outcome before the row counts as done.
//
// One process at a time has the journal open, and in it one goroutine writes:
// rows that wait share one transaction and one fsync. SQLite's exclusive locking
// mode needs no shared memory, so the file may be on a network share.
//
// What was acknowledged survives a killed process and a power cut. When the disk
// fills up while requests are in flight, their outcomes are written into space
// that was reserved for them in a file beside the journal, and no further intent
// is accepted.
package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	_ "modernc.org/sqlite" // the driver that Open asks for

	"guestlist/batch/send"
	"guestlist/internal/durable"
)

// Identity says whose journal it is. Redeem URLs of one tenant are useless in
// another, so a journal never changes its tenant.
type Identity struct {
	// Tenant is the tenant's id, "" when the sign-in did not tell.
	Tenant  string
	Sandbox bool

	anyone bool
}

// Anyone opens a journal of any tenant: to read it, not to send.
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

// Differs reports whether the two cannot share a journal. An unknown tenant is
// no reason to refuse.
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
	run  int64 // that Begin recorded

	hadLog  bool // when it was opened
	logLost bool // that option was given
}

var _ send.Journal = (*Journal)(nil)

// suffix ends the names of journals.
const suffix = ".journal.db"

// Path is the path of the journal that belongs to a results file:
// partners.results.xlsx has partners.results.journal.db.
func Path(results string) string {
	return strings.TrimSuffix(results, filepath.Ext(results)) + suffix
}

// Option changes how [Open] opens a journal.
type Option uint8

// LogLost opens a journal for which [Open] returns a [*LogLostError]. Each row of
// the list that is not recorded as invited counts as a mailed request without an
// answer from then on: the guest is looked up before anything is sent.
const LogLost Option = 1

// Open opens the journal at path, or creates it with mode 0600, and locks it
// until Close. It returns [*BusyError], [*ForeignError], [*MixedError],
// [*DamagedError], [*LogForeignError] or [*LogLostError] when the journal may not be used, and
// [*DiskError] when the system does not let it be opened.
func Open(ctx context.Context, path string, id Identity, options ...Option) (*Journal, error) {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target // SQLite puts the log beside the file that a link leads to
	}
	if err := createFile(path); err != nil {
		return nil, err
	}
	hasLog, err := checkLog(ctx, path)
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", dataSource(path))
	if err != nil {
		return nil, fmt.Errorf("journal %s: %w", path, err)
	}
	db.SetMaxOpenConns(1) // the lock belongs to the connection
	j := &Journal{path: path, db: db, hadLog: hasLog, logLost: slices.Contains(options, LogLost)}
	if err := j.start(ctx, id); err != nil {
		return nil, errors.Join(translateError(path, err), j.closeFiles())
	}
	return j, nil
}

// UID is what the journal is known by, wherever its file is moved. A copy has the same.
func (j *Journal) UID(ctx context.Context) (uid string, err error) {
	err = j.db.QueryRowContext(ctx, "SELECT uid FROM batch").Scan(&uid)
	return uid, translateError(j.path, err)
}

// Progress is a number that grows with each run and each row that was sent: an older copy
// of the journal has a smaller one.
func (j *Journal) Progress(ctx context.Context) (progress int64, err error) {
	err = j.db.QueryRowContext(ctx, "SELECT (SELECT coalesce(max(id), 0) FROM attempt) + (SELECT coalesce(max(id), 0) FROM run)").Scan(&progress)
	return progress, translateError(j.path, err)
}

// minDatabase is the size of SQLite's smallest page, in bytes. SQLite takes a
// shorter file for an empty one and overwrites it.
const minDatabase = 512

// createFile creates the file before SQLite does, which would make it readable
// for everyone. It does not open an existing file: closing it would drop the
// locks that this process holds on it.
func createFile(path string) error {
	switch info, err := os.Stat(path); {
	case err == nil && info.IsDir():
		return &ForeignError{path, "is a folder"}
	case err == nil && info.Size() > 0 && info.Size() < minDatabase:
		return &ForeignError{path, "is not a journal"}
	case err == nil && runtime.GOOS == "windows":
		_ = durable.MakePrivate(path) // it may be of a version that did not
		return nil
	case err == nil:
		return nil
	}
	if log, err := os.Stat(path + "-wal"); err == nil && log.Size() > 0 {
		return &DamagedError{path, "it is missing, and its log " + filepath.Base(path) + "-wal is there"}
	}
	f, err := durable.CreatePrivate(path, os.O_RDWR|os.O_EXCL)
	if err != nil {
		return &DiskError{path, err}
	}
	if err := errors.Join(f.Close(), durable.SyncFolder(filepath.Dir(path))); err != nil {
		return &DiskError{path, err}
	}
	return nil
}

// start takes the lock, creates or checks the tables, and starts the writer.
func (j *Journal) start(ctx context.Context, id Identity) error {
	tx, err := j.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // no effect once committed
	if err := j.prepareTables(ctx, tx, id); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	if runtime.GOOS == "windows" { // elsewhere SQLite gives its log the rights of the file
		_ = durable.MakePrivate(j.path + "-wal") // where a drive keeps no rights, IsPrivate tells
	}
	if err := writeHolder(j.path); err != nil {
		return &DiskError{j.path, err}
	}
	j.w, err = startWriter(ctx, j.db, j.seal, reserve{j.path + "-reserve"})
	return err
}

// prepareTables creates the tables of a new file. Of an existing one it checks
// that it is a journal, undamaged and of this tenant, and upgrades it.
func (j *Journal) prepareTables(ctx context.Context, tx *sql.Tx, id Identity) error {
	version, err := j.checkVersion(ctx, tx)
	if err != nil {
		return err
	}
	if version == 0 {
		if j.seal, err = openSeal(ctx, tx, j.path); err != nil {
			return err
		}
		return createTables(ctx, tx, id)
	}
	if err := j.checkSound(ctx, tx, "integrity_check"); err != nil {
		return err
	}
	if err := upgrade(ctx, tx, version); err != nil {
		return err
	}
	if err := j.checkTenant(ctx, tx, id); err != nil {
		return err
	}
	return j.checkOpenRun(ctx, tx)
}

// checkVersion returns the version of the tables, 0 for a file without any.
func (j *Journal) checkVersion(ctx context.Context, tx *sql.Tx) (version int, err error) {
	var app, tables int
	err = errors.Join(
		tx.QueryRowContext(ctx, "PRAGMA application_id").Scan(&app),
		tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version),
		tx.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master").Scan(&tables))
	switch {
	case err != nil:
		return 0, err
	case app == 0 && tables == 0:
		return 0, nil
	case app != applicationID:
		return 0, &ForeignError{j.path, "is a database of another program"}
	case version > schemaVersion:
		return 0, &ForeignError{j.path, "was written by a newer guestlist"}
	case version < 1:
		return 0, &ForeignError{j.path, "does not say which version of guestlist wrote it"}
	}
	return version, nil
}

// checkSound looks at the seal, and checks the file where that does not hold.
func (j *Journal) checkSound(ctx context.Context, tx *sql.Tx, pragma string) (err error) {
	if j.seal, err = openSeal(ctx, tx, j.path); err != nil || j.seal.intact {
		return err
	}
	return check(ctx, tx, j.path, pragma)
}

// checkTenant refuses a journal of another tenant. Its update takes SQLite's
// write lock.
func (j *Journal) checkTenant(ctx context.Context, tx *sql.Tx, id Identity) error {
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
// lock. Where rows were written it checks the file once more, which takes some
// two seconds for a million rows and spares the next Open a check.
func (j *Journal) Close() error {
	j.w.stop()
	holder := os.Remove(holderPath(j.path))
	if errors.Is(holder, fs.ErrNotExist) {
		holder = nil // it is a note, and somebody took it away
	}
	return errors.Join(translateError(j.path, j.w.lost), j.w.reserve.release(), holder, translateError(j.path, j.closeFiles()))
}

// IsPrivate reports whether nobody but its owner can read the journal: some drives and
// shares keep no such rights.
func (j *Journal) IsPrivate() bool { return durable.IsPrivate(j.path) }

// Altered reports whether the journal is not as guestlist left it: something else wrote
// it, or the run was killed in the moment in which it closed it. It was checked, and is
// sound.
func (j *Journal) Altered() bool { return j.seal.altered }

func (j *Journal) closeFiles() error {
	err := j.db.Close()
	if j.seal != nil {
		err = errors.Join(err, j.seal.file.Close())
	}
	return err
}
