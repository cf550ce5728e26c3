package journal

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	randv2 "math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	_ "modernc.org/sqlite" // the driver that Open asks for

	"guestlist/batch/send"
	"guestlist/internal/durable"
)

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
	f := &file{path: path, db: db, reserve: reserve{reservePath(path)}, hadLog: hasLog, logLost: slices.Contains(options, LogLost)}
	if err := f.start(ctx, id); err != nil {
		return nil, errors.Join(translateError(path, err), f.closeFiles())
	}
	return &Journal{path: path, db: db, store: f, attempts: f.attempts, w: startWriter(ctx, f, nil)}, nil
}

// file is a journal that is a file of SQLite.
type file struct {
	path     string
	db       *sql.DB
	seal     *seal
	attempts attemptTable
	outdate  *sql.Stmt
	reserve  reserve
	marked   bool  // the journal says that attempts are in the log, see markOpen
	lost     error // why a journal that was taken away could not be written anew

	hadLog  bool // when it was opened
	logLost bool // that option was given
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
func (f *file) start(ctx context.Context, id Identity) error {
	tx, err := f.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // no effect once committed
	if err := f.prepareTables(ctx, tx, id); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	if runtime.GOOS == "windows" { // elsewhere SQLite gives its log the rights of the file
		_ = durable.MakePrivate(f.path + "-wal") // where a drive keeps no rights, IsPrivate tells
	}
	if err := writeHolder(f.path); err != nil {
		return &DiskError{f.path, err}
	}
	if f.attempts, err = prepareAttempts(ctx, f.db); err != nil {
		return err
	}
	if f.outdate, err = f.db.PrepareContext(ctx, markOutdated); err != nil {
		return err
	}
	return f.db.QueryRowContext(ctx, "SELECT coalesce(max(id), 0) + 1 FROM attempt").Scan(&f.attempts.numbers.next)
}

// prepareTables creates the tables of a new file. Of an existing one it checks
// that it is a journal, undamaged and of this tenant, and upgrades it.
func (f *file) prepareTables(ctx context.Context, tx *sql.Tx, id Identity) error {
	version, err := f.checkVersion(ctx, tx)
	if err != nil {
		return err
	}
	if version == 0 {
		if f.seal, err = openSeal(ctx, tx, f.path); err != nil {
			return err
		}
		return createTables(ctx, tx, id)
	}
	if err := f.checkSound(ctx, tx, "integrity_check"); err != nil {
		return err
	}
	if err := upgrade(ctx, tx, version); err != nil {
		return err
	}
	if err := f.checkTenant(ctx, tx, id); err != nil {
		return err
	}
	return f.checkOpenRun(ctx, tx)
}

// checkVersion returns the version of the tables, 0 for a file without any.
func (f *file) checkVersion(ctx context.Context, tx *sql.Tx) (version int, err error) {
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
		return 0, &ForeignError{f.path, "is a database of another program"}
	case version > schemaVersion:
		return 0, &ForeignError{f.path, reasonNewer}
	case version < 1:
		return 0, &ForeignError{f.path, "does not say which version of guestlist wrote it"}
	}
	return version, nil
}

// checkSound looks at the seal, and checks the file where that does not hold.
func (f *file) checkSound(ctx context.Context, tx *sql.Tx, pragma string) (err error) {
	if f.seal, err = openSeal(ctx, tx, f.path); err != nil || f.seal.intact {
		return err
	}
	return check(ctx, tx, f.path, pragma)
}

// checkTenant refuses a journal of another tenant. Its update takes SQLite's
// write lock.
func (f *file) checkTenant(ctx context.Context, tx *sql.Tx, id Identity) error {
	var has Identity
	if err := tx.QueryRowContext(ctx, "SELECT tenant, sandbox FROM batch").Scan(&has.Tenant, &has.Sandbox); err != nil {
		return err
	}
	if has.Differs(id) {
		return &MixedError{Path: f.path, Has: has, Want: id}
	}
	_, err := tx.ExecContext(ctx, "UPDATE batch SET tenant = ? WHERE tenant = ''", id.Tenant)
	return err
}

// IsPrivate reports whether nobody but its owner can read the journal: some drives and
// shares keep no such rights. Those of a database are kept by it.
func (j *Journal) IsPrivate() bool {
	f, isFile := j.store.(*file)
	return !isFile || durable.IsPrivate(f.path)
}

// Altered reports whether a file is not as guestlist left it: something else wrote
// it, or the run was killed in the moment in which it closed it. It was checked, and is
// sound.
func (j *Journal) Altered() bool {
	f, isFile := j.store.(*file)
	return isFile && f.seal.altered
}

func (f *file) begin(ctx context.Context) (*sql.Tx, error) { return f.db.BeginTx(ctx, nil) }

func (f *file) changed() { f.seal.unproved.Store(true) }

func (f *file) room(workers int) error {
	if workers == 0 {
		return f.reserve.release()
	}
	return f.reserve.create(workers)
}

// write writes a group. Once that has failed, the disk is left to the answers of requests
// that have left.
func (f *file) write(ctx context.Context, g *group) error {
	err := f.gone()
	if err == nil {
		err = f.mark(ctx, g.entries)
	}
	if err == nil {
		err = f.transact(ctx, g.entries)
	}
	if err != nil {
		f.freeReserve(ctx)
	}
	return err
}

// keep tries to write answers until it succeeds or writeDelays ends.
func (f *file) keep(ctx context.Context, answers []*entry, _ error) {
	reply(answers, f.writeAnswers(ctx, answers))
}

func (f *file) writeAnswers(ctx context.Context, answers []*entry) (err error) {
	for _, wait := range writeDelays {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if err = f.transact(ctx, answers); err == nil {
			return nil
		}
	}
	return err
}

// end seals the file.
func (f *file) end(ctx context.Context) {
	closed := markClosed(ctx, f.db) == nil
	switch {
	case errors.Is(f.gone(), send.ErrJournalGone):
		f.lost = f.writeAnew(ctx)
	case closed:
		f.seal.close(ctx, f.db)
	}
}

// close folds the write-ahead log into the file and frees the lock.
func (f *file) close() error {
	holder := os.Remove(holderPath(f.path))
	if errors.Is(holder, fs.ErrNotExist) {
		holder = nil // it is a note, and somebody took it away
	}
	return errors.Join(f.lost, f.reserve.release(), holder, translateError(f.path, f.closeFiles()))
}

func (f *file) closeFiles() error {
	err := f.db.Close()
	if f.seal != nil {
		err = errors.Join(err, f.seal.file.Close())
	}
	return err
}

// gone reports, as an error, that the files to which the journal is written are not in
// their place any more: the system lets it write on, and the next run would find
// nothing.
func (f *file) gone() error {
	have, err := f.seal.file.Stat()
	if err != nil {
		return err
	}
	there, err := os.Stat(f.seal.path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(have, there) {
		return fmt.Errorf("journal %s: %w", f.seal.path, send.ErrJournalGone)
	}
	if _, err := os.Stat(f.seal.path + "-wal"); f.marked && errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("journal %s, its log: %w", f.seal.path, send.ErrJournalGone)
	}
	return nil // what else the system says, the next write tells
}

// writeAnew puts a journal whose file was taken away into its place again: what was
// written to it is still there for this process. Where another file has the place,
// nothing is done.
func (f *file) writeAnew(ctx context.Context) error {
	if _, err := os.Stat(f.seal.path); !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := os.Remove(f.seal.path + "-wal"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return &DiskError{f.seal.path, err}
	}
	if err := createFile(f.seal.path); err != nil {
		return err
	}
	_, err := f.db.ExecContext(ctx, "DELETE FROM seal")
	if err == nil {
		_, err = f.db.ExecContext(ctx, "VACUUM INTO ?", f.seal.path)
	}
	return err
}

// mark marks the journal before the first attempt goes to the log. Its time is that
// of the first intent, where there is one: those are in Graph's clock.
func (f *file) mark(ctx context.Context, group []*entry) error {
	if f.marked {
		return nil
	}
	var since time.Time
	for _, e := range group {
		if at := e.left(); !at.IsZero() && (since.IsZero() || at.Before(since)) {
			since = at
		}
	}
	if since.IsZero() {
		since = time.Now()
	}
	err := markOpen(ctx, f.db, f.seal.path, since)
	f.marked = err == nil
	return err
}

func (f *file) transact(ctx context.Context, group []*entry) error {
	tx, err := f.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // no effect once committed
	f.seal.unproved.Store(true)
	attempts := f.attempts.in(ctx, tx)
	next := f.attempts.numbers.next // no request of this group's intents leaves before its outcomes are known
	for _, e := range group {
		if e.deletion != nil {
			if err := e.deletion.write(ctx, tx); err != nil {
				return err
			}
		}
		if e.intent == nil {
			continue
		}
		if err := attempts.put(ctx, e, next); err != nil {
			return err
		}
	}
	if _, err := tx.StmtContext(ctx, f.outdate).ExecContext(ctx); err != nil {
		return err
	}
	return tx.Commit()
}

// The space that the answers of requests in flight may need on a full disk, in
// bytes. An outcome changes some pages of 4 KiB, each of which goes to the log
// once more.
const (
	minReserve    = 4 << 20
	workerReserve = 32 << 10
)

// writeDelays is how long to wait before each attempt to write outcomes after the
// disk has failed: people free space, and shares come back.
var writeDelays = []time.Duration{0, 100 * time.Millisecond, time.Second, 3 * time.Second}

// reserve is a file that takes up space on the disk while a run lasts. It is
// deleted when the disk is full, so that answers that arrive after that can still
// be written: a redeem URL exists only once.
type reserve struct{ path string }

// reservePath is that file of the journal at path.
func reservePath(path string) string { return path + "-reserve" }

// create makes the file, for a run with that many requests in flight at most. Its
// content is random, since file systems may store zeros without taking space; no secret
// depends on it, so that the system need not make megabytes of it.
func (r reserve) create(workers int) error {
	f, err := durable.CreatePrivate(r.path, os.O_WRONLY|os.O_TRUNC)
	if err != nil {
		return err
	}
	var seed [32]byte
	_, _ = rand.Read(seed[:]) // it never fails
	_, err = io.CopyN(f, randv2.NewChaCha8(seed), max(minReserve, int64(workers)*workerReserve))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, r.release())
	}
	return nil
}

// release deletes the file. It has no effect where there is none.
func (r reserve) release() error {
	if err := os.Remove(r.path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// freeReserve leaves the disk to the outcomes alone: a checkpoint would fill it by
// copying what is already safe in the log.
func (f *file) freeReserve(ctx context.Context) {
	_ = f.reserve.release() // where that fails, the next write does too
	_, _ = f.db.ExecContext(ctx, "PRAGMA wal_autocheckpoint = 0")
}

// checkOpenRun refuses a journal that is marked and had no log when it was opened,
// unless that is known: then it records what may have been lost.
func (f *file) checkOpenRun(ctx context.Context, tx *sql.Tx) error {
	var since string
	if err := tx.QueryRowContext(ctx, "SELECT open_since FROM batch").Scan(&since); err != nil {
		return err
	}
	switch {
	case since == "" || f.hadLog:
		return nil
	case !f.logLost:
		return &LogLostError{Path: f.path, Since: parseTime(since)}
	}
	f.seal.unproved.Store(true)
	const open = `INSERT INTO attempt (run, address, mail, intended_at)
		SELECT 0, address, 1, ? FROM list_row WHERE status = 'pending'
		AND NOT EXISTS (SELECT 1 FROM attempt WHERE attempt.address = list_row.address AND attempt.status IN ('invited', 'existing', 'removed'))
		ORDER BY position`
	if _, err := tx.ExecContext(ctx, open, since); err != nil {
		return err
	}
	return execAll(ctx, tx, "UPDATE batch SET open_since = '', log_salt = -log_salt", markOutdated)
}

// erase keeps nothing of what do deletes.
func (f *file) erase(ctx context.Context, do func() error) error {
	// A killed process leaves the log, which has fewer attempts of the person than the
	// journal: marked, the journal knows it for its own.
	if err := markOpen(ctx, f.db, f.path, time.Now()); err != nil {
		return err
	}
	if _, err := f.db.ExecContext(ctx, "PRAGMA secure_delete = ON"); err != nil {
		return err
	}
	if err := do(); err != nil {
		return errors.Join(err, markClosed(ctx, f.db))
	}
	return f.vacuum(ctx)
}

// vacuum rebuilds the file without what was deleted, and empties the log. The mark goes
// first: once the log is empty, a marked journal would miss it.
func (f *file) vacuum(ctx context.Context) error {
	if err := markClosed(ctx, f.db); err != nil {
		return err
	}
	if _, err := f.db.ExecContext(ctx, "VACUUM"); err != nil {
		return err
	}
	var busy, pages, done int
	if err := f.db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &done); err != nil {
		return err
	}
	if busy != 0 {
		return errors.New("another program keeps the log of the journal from being emptied")
	}
	return nil
}
