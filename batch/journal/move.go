package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"guestlist/internal/durable"
	"guestlist/internal/text"
)

// A batch moves between a file and a database as it is, and is in one place at a time: the
// file gets another name, and the database says where the batch has gone.

// MovedSuffix ends the name of a file whose batch is in a database.
const MovedSuffix = ".moved"

// moved are the tables that move. The others belong to a file
// alone, or are empty between two transactions.
var moved = []string{"batch", "run", "workbook", "list_row", "departed_row", "attempt", "guest", "deletion", "follow_up", "forgotten", "derived"}

// Moved tells what was moved.
type Moved struct {
	// Batch is what the database calls it, Tenant whose it is, File the journal's file.
	Batch, Tenant, File string
	// Rows is how many rows its list has, Attempts how many invitations and readings there
	// are.
	Rows, Attempts int
	// Aside is the new name of a file whose batch is in the database now.
	Aside string
}

// NotMovedError says why a batch stays where it is.
type NotMovedError struct{ What, Reason, Next string }

func (e *NotMovedError) Error() string { return text.Line(e.What) + " " + e.Reason }

// Hint tells how to go on.
func (e *NotMovedError) Hint() string { return e.Next }

// Import moves the journal of a file into the database, where no run may work on its tenant
// meanwhile, and gives the file another name.
func (d *Database) Import(ctx context.Context, path, name string, o RunOptions) (m Moved, err error) {
	j, err := Open(ctx, path, Anyone())
	if err != nil {
		return m, err
	}
	m = Moved{Batch: name, File: path}
	if err = d.importFile(ctx, j, &m, o); err != nil {
		return m, errors.Join(translateError(d.nameOf(name), err), j.Close())
	}
	if err := j.Close(); err != nil {
		return m, err
	}
	m.Aside = path + MovedSuffix
	if err := os.Rename(path, m.Aside); err != nil {
		return m, &DiskError{path, err}
	}
	return m, durable.SyncFolder(filepath.Dir(path))
}

// importFile copies an open journal into the database.
func (d *Database) importFile(ctx context.Context, j *Journal, m *Moved, o RunOptions) error {
	var id Identity
	var uid string
	if err := j.db.QueryRowContext(ctx, "SELECT tenant, sandbox, uid FROM batch").Scan(&id.Tenant, &id.Sandbox, &uid); err != nil {
		return err
	}
	if id.Tenant == "" {
		return &NotMovedError{m.File, "does not say whose it is, and a database holds many tenants", "run guestlist status with its results first, which learns the tenant"}
	}
	m.Tenant = id.Tenant
	progress, err := j.Progress(ctx)
	if err != nil {
		return err
	}
	return d.asRunner(ctx, m.Batch, id, o, func(p *postgres) error {
		return p.inTransaction(ctx, func(tx *sql.Tx) error {
			isThere, err := p.makeWay(ctx, tx, m, uid, progress)
			if err != nil || isThere {
				return err
			}
			b, err := insertBatch(ctx, tx, m.Batch, tenantKey(id), uid)
			if err != nil {
				return err
			}
			from, err := j.db.BeginTx(ctx, nil)
			if err != nil {
				return err
			}
			defer func() { _ = from.Rollback() }() // it only reads
			if err := m.copyTables(ctx, tx, from); err != nil {
				return err
			}
			// What is about the log of a file. The results do not say yet where the batch is now.
			if err := execAll(ctx, tx, "UPDATE batch SET open_since = '', log_salt = 0", markOutdated); err != nil {
				return err
			}
			return b.continueNumbers(ctx, tx)
		})
	})
}

// makeWay removes what is left of the batch from before it was exported. It reports true
// where an earlier import has put it there already, and refuses to replace anything else.
func (d *Database) makeWay(ctx context.Context, tx *sql.Tx, m *Moved, uid string, progress int64) (isThere bool, err error) {
	b, err := scanBatch(tx.QueryRowContext(ctx, selectBatch+"WHERE uid = ?", uid))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return false, nil
	case err != nil:
		return false, err
	case b.MovedTo == "" && b.version == schemaVersion:
		var there int64
		const query = "SELECT (SELECT coalesce(max(id), 0) FROM %[1]s.attempt) + (SELECT coalesce(max(id), 0) FROM %[1]s.run)"
		if err := tx.QueryRowContext(ctx, fmt.Sprintf(query, b.schema())).Scan(&there); err != nil {
			return false, err
		}
		if there >= progress {
			m.Batch = b.Name
			return true, nil // and the file only has to get its other name
		}
		return false, &NotMovedError{m.File, "is newer than the same batch in the database, " + text.Line(b.Name), "find out which of the two has gone on; nothing was changed"}
	}
	return false, d.dropBatch(ctx, tx, b)
}

// asRunner does something as the one runner of a tenant.
func (d *Database) asRunner(ctx context.Context, name string, id Identity, o RunOptions, do func(*postgres) error) error {
	p := &postgres{Database: d, name: d.nameOf(name), tenant: lockOf(id, name), RunOptions: o}
	defer p.end(context.WithoutCancel(ctx))
	if err := p.acquire(ctx); err != nil {
		return withoutWait(err)
	}
	// The session must not be idle for too long meanwhile.
	done := make(chan error, 1)
	go func() { done <- do(p) }()
	beat := time.NewTicker(beatEvery)
	defer beat.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-beat.C:
			if _, err := p.conn.Exec(ctx, "SELECT guestlist.check_epoch($1, $2)", p.tenant, p.epoch.Load()); err != nil {
				return errors.Join(err, <-done)
			}
		}
	}
}

// Export moves a batch of the database into the file of a journal, which must not be there,
// and where no run may work on its tenant meanwhile. Tenant may be "" where the name is that
// of one batch alone.
func (d *Database) Export(ctx context.Context, tenant, name, path string, o RunOptions) (m Moved, err error) {
	m = Moved{Batch: name, File: path}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return m, &NotMovedError{path, "is there already", "name other results, or move it away; nothing was changed"}
	}
	b, err := d.find(ctx, tenant, name)
	if err != nil {
		return m, err
	}
	m.Tenant = b.Tenant
	id := IdentityOf(b.Tenant)
	err = d.asRunner(ctx, name, id, o, func(p *postgres) error {
		if b, err = d.find(ctx, b.Tenant, name); err != nil { // it may have gone meanwhile
			return err
		}
		if b.MovedTo != "" {
			return &MovedError{p.name, b.MovedTo}
		}
		if err := d.exportBatch(ctx, b, id, &m); err != nil {
			return err
		}
		where, err := filepath.Abs(path)
		if err != nil {
			return err
		}
		if host, err := os.Hostname(); err == nil {
			where += " on " + host
		}
		_, err = d.db.ExecContext(ctx, "UPDATE guestlist.batch SET moved_to = ? WHERE uid = ?", where, b.UID)
		return err
	})
	return m, translateError(d.nameOf(name), err)
}

// exportBatch writes the file, whole or not at all.
func (d *Database) exportBatch(ctx context.Context, b Batch, id Identity, m *Moved) (err error) {
	folder, err := durable.NewTempFolder(filepath.Dir(m.File), durable.TempPattern)
	if err != nil {
		return &DiskError{m.File, err}
	}
	defer func() { err = errors.Join(err, folder.Remove()) }()
	half := filepath.Join(folder.Path, filepath.Base(m.File))
	j, err := Open(ctx, half, id)
	if err != nil {
		return err
	}
	filled := translateError(half, d.fill(ctx, j, b, m))
	if err := errors.Join(filled, j.Close()); err != nil {
		return err
	}
	if err := os.Rename(half, m.File); err != nil {
		return &DiskError{m.File, err}
	}
	return durable.SyncFolder(filepath.Dir(m.File))
}

// fill copies a batch into a new journal.
func (d *Database) fill(ctx context.Context, j *Journal, b Batch, m *Moved) error {
	from, err := d.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead})
	if err != nil {
		return err
	}
	defer func() { _ = from.Rollback() }() // it only reads
	if err := execAll(ctx, from, "SET LOCAL search_path TO "+b.schema()); err != nil {
		return err
	}
	tx, err := j.begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // no effect once committed
	if err := execAll(ctx, tx, "DELETE FROM batch"); err != nil {
		return err
	}
	if err := m.copyTables(ctx, tx, from); err != nil {
		return err
	}
	if err := execAll(ctx, tx, markOutdated); err != nil { // as in importFile
		return err
	}
	return tx.Commit()
}

// copyTables copies all that moves.
func (m *Moved) copyTables(ctx context.Context, to, from *sql.Tx) error {
	for _, table := range moved {
		n, err := copyTable(ctx, to, from, table)
		if err != nil {
			return fmt.Errorf("table %s: %w", table, err)
		}
		switch table {
		case "list_row":
			m.Rows = n
		case "attempt":
			m.Attempts = n
		}
	}
	return nil
}

// copyTable copies the rows of a table, which has the same columns in both.
func copyTable(ctx context.Context, to, from *sql.Tx, table string) (n int, err error) {
	rows, err := from.QueryContext(ctx, "SELECT * FROM "+table) //nolint:gosec // a name of ours
	if err != nil {
		return 0, err
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		return 0, err
	}
	places := strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ")
	insert, err := to.PrepareContext(ctx, fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", table, strings.Join(columns, ", "), places))
	if err != nil {
		return 0, err
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for ; rows.Next(); n++ {
		if err := rows.Scan(into...); err != nil {
			return n, err
		}
		if _, err := insert.ExecContext(ctx, values...); err != nil {
			return n, err
		}
	}
	return n, errors.Join(rows.Err(), rows.Close(), insert.Close())
}
