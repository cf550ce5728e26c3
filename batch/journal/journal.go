// Package journal is the durable record of a batch: it holds the list as it was
// read, every intent before its request leaves, and every outcome before the row
// counts as done. It is a SQLite database beside the results workbook, or one of
// the batches in a PostgreSQL database.
//
// One goroutine of the process writes: rows that wait share one transaction and
// one fsync. What was acknowledged survives a killed process and a power cut.
//
// One process at a time has a file open. SQLite's exclusive locking mode needs no
// shared memory, so the file may be on a network share. When the disk fills up
// while requests are in flight, their outcomes are written into space that was
// reserved for them in a file beside the journal, and no further intent is
// accepted.
//
// In PostgreSQL one process at a time works on a tenant, see [Database]. When the
// connection is lost, answers that arrive are kept in a file of this machine.
package journal

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"

	"guestlist/batch/send"
)

// Identity says whose journal it is. Redeem URLs of one tenant are useless in
// another, so a journal never changes its tenant.
type Identity struct {
	// Tenant is the tenant's id, "" when the sign-in did not tell.
	Tenant  string
	Sandbox bool

	anyone bool
}

// SandboxTenant is the id of the simulated tenant.
const SandboxTenant = "sandbox"

// IdentityOf is the identity of a tenant by the id that it has in journals and results.
func IdentityOf(tenant string) Identity {
	return Identity{Tenant: tenant, Sandbox: tenant == SandboxTenant}
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

// Journal is an open journal, locked unless it is only read. Its methods may be called
// from many goroutines.
type Journal struct {
	path     string // of the file, or what people know the batch of a database by
	db       *sql.DB
	store    store
	attempts attemptTable
	w        *writer
	run      int64 // that Begin recorded
}

var _ send.Journal = (*Journal)(nil)

// store is where a journal is kept.
type store interface {
	sink

	// begin begins a transaction that changes the journal.
	begin(ctx context.Context) (*sql.Tx, error)
	// changed is told that rows were changed.
	changed()
	// erase lets do delete something, of which nothing is left then.
	erase(ctx context.Context, do func() error) error
	// room makes sure that an answer for each worker in flight can be kept, also
	// when the journal cannot be written any more. 0 gives the room back.
	room(workers int) error
	close() error
}

// How the names of journals end, and of the file that says which database a journal is in.
const (
	suffix        = ".journal.db"
	pointerSuffix = ".journal.txt"
)

// Path is the path of the journal that belongs to a results file:
// partners.results.xlsx has partners.results.journal.db.
func Path(results string) string {
	return beside(results, suffix)
}

// PointerPath is the path of the file beside results which says that their journal is in a
// database.
func PointerPath(results string) string { return beside(results, pointerSuffix) }

// Files are the paths of all that a journal may have beside results: its file or where its
// database is said, what SQLite and the run keep beside it, the note who runs, and answers that
// have not arrived.
func Files(results string) []string {
	path := Path(results)
	return []string{path, path + "-wal", path + "-shm", path + "-journal", reservePath(path), holderPath(path), PointerPath(results), SpillPath(results)}
}

// beside is the path of what belongs to a results file and ends so.
func beside(results, ending string) string {
	return strings.TrimSuffix(results, filepath.Ext(results)) + ending
}

// query calls do for each row of a query with these values.
func (j *Journal) query(ctx context.Context, query string, do func(*sql.Rows) error, values ...any) error {
	return translateError(j.path, eachRow(ctx, j.db, query, do, values...))
}

// eachRow is [Journal.query] in a transaction, or of a database; its error is as it came.
func eachRow(ctx context.Context, q querier, query string, do func(*sql.Rows) error, values ...any) error {
	rows, err := q.QueryContext(ctx, query, values...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := do(rows); err != nil {
			return err
		}
	}
	return rows.Err()
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

// begin begins a transaction that changes the journal.
func (j *Journal) begin(ctx context.Context) (*sql.Tx, error) { return j.store.begin(ctx) }

// commit ends a transaction that changed what the results show.
func (j *Journal) commit(ctx context.Context, tx *sql.Tx) error {
	j.store.changed()
	if err := execAll(ctx, tx, markOutdated); err != nil {
		return err
	}
	return tx.Commit()
}

// Name is what people know the journal by: the path of its file, or the name of a batch and
// its database.
func (j *Journal) Name() string { return j.path }

// InDatabase reports whether the journal is a batch in a database.
func (j *Journal) InDatabase() bool {
	_, isPostgres := j.store.(*postgres)
	return isPostgres
}

// IsNew reports whether the journal is in a database and was made when it was opened.
func (j *Journal) IsNew() bool {
	p, isPostgres := j.store.(*postgres)
	return isPostgres && p.made
}

// Discard closes the journal, and removes a batch from its database: nothing was sent.
func (j *Journal) Discard() error {
	if p, isPostgres := j.store.(*postgres); isPostgres {
		p.unused = true
	}
	return j.Close()
}

// Close ends the writer and frees the lock. A file of which rows were written is checked
// once more, which takes some two seconds for a million rows and spares the next Open a
// check.
func (j *Journal) Close() error {
	j.w.stop()
	return translateError(j.path, j.store.close())
}
