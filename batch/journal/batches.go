package journal

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"guestlist/internal/text"
)

// Batch is a batch of a database.
type Batch struct {
	// Tenant is whose batch it is, "sandbox" for the simulated one, Name what it is called.
	Tenant, Name string
	// UID is what it is known by wherever it is moved, MovedTo the file that it is in by now,
	// "" while it is in the database.
	UID, MovedTo string
	// Runner is who works on it now, nil for no one.
	Runner *Runner
	// Rows is how many rows its list has, Sent how many addresses a request left for, and
	// Last when the latest run began.
	Rows, Sent int
	Last       time.Time

	id, version int64
}

// schema is the schema with the tables of a batch.
func (b *Batch) schema() string { return "guestlist_" + strconv.FormatInt(b.id, 10) }

// Standing says in a word or two how it stands with a batch.
func (b *Batch) Standing() string {
	switch {
	case b.Runner != nil:
		return "running"
	case b.MovedTo != "":
		return "moved to " + b.MovedTo
	case b.Last.IsZero():
		return "new"
	}
	return "at rest"
}

const selectBatch = "SELECT id, tenant, name, uid, version, moved_to FROM guestlist.batch "

func scanBatch(row interface{ Scan(into ...any) error }) (b Batch, err error) {
	err = row.Scan(&b.id, &b.Tenant, &b.Name, &b.UID, &b.version, &b.MovedTo)
	return b, err
}

// BatchError says that there is no such batch in a database, or more than one.
type BatchError struct {
	Name, Address string
	// Tenants are those that have a batch of the name.
	Tenants []string
}

func (e *BatchError) Error() string {
	if len(e.Tenants) == 0 {
		return fmt.Sprintf("%s has no batch %s", text.Line(e.Address), text.Line(e.Name))
	}
	return fmt.Sprintf("%s has a batch %s for several tenants: %s", text.Line(e.Address), text.Line(e.Name), text.Line(strings.Join(e.Tenants, ", ")))
}

// Hint tells how to go on.
func (e *BatchError) Hint() string {
	if len(e.Tenants) == 0 {
		return "guestlist journal list shows which there are"
	}
	return "say whose it is: --batch " + e.Tenants[0] + "/" + e.Name
}

// find finds a batch by its name, and the tenant where it matters. One of the simulated
// tenant does not keep that of a tenant from being found.
func (d *Database) find(ctx context.Context, tenant, name string) (found Batch, err error) {
	all, err := d.batches(ctx, tenant)
	if err != nil {
		return found, err
	}
	all = slices.DeleteFunc(all, func(b Batch) bool { return b.Name != name })
	if isReal := func(b Batch) bool { return b.Tenant != SandboxTenant }; slices.ContainsFunc(all, isReal) && tenant == "" {
		all = slices.DeleteFunc(all, func(b Batch) bool { return !isReal(b) })
	}
	var tenants []string
	for _, b := range all {
		found, tenants = b, append(tenants, b.Tenant)
	}
	switch {
	case len(tenants) != 1:
		return found, &BatchError{name, d.address, tenants}
	case found.version != schemaVersion:
		return found, d.versionError(found)
	}
	return found, nil
}

// versionError says that the tables of a batch are of another version.
func (d *Database) versionError(b Batch) error {
	if b.version > schemaVersion {
		return &ForeignError{d.nameOf(b.Name), reasonNewer}
	}
	return &ForeignError{d.nameOf(b.Name), reasonOlder}
}

// batches are those of a tenant, of all for "".
func (d *Database) batches(ctx context.Context, tenant string) (all []Batch, err error) {
	err = eachRow(ctx, d.db, selectBatch+"WHERE tenant = ? OR ? = '' ORDER BY tenant, name", func(rows *sql.Rows) error {
		b, err := scanBatch(rows)
		all = append(all, b)
		return err
	}, strings.ToLower(tenant), tenant)
	return all, translateError(d.address, err)
}

// List returns the batches of the database, with who works on each now.
func (d *Database) List(ctx context.Context) ([]Batch, error) {
	all, err := d.batches(ctx, "")
	if err != nil {
		return nil, err
	}
	runners, err := d.runners(ctx)
	if err != nil {
		return nil, translateError(d.address, err)
	}
	for i := range all {
		b := &all[i]
		if r, runs := runners[lockOf(IdentityOf(b.Tenant), b.Name)]; runs && r.Batch == b.Name {
			b.Runner = &r
		}
		if b.version != schemaVersion {
			continue
		}
		const query = `SELECT (SELECT count(*) FROM %[1]s.list_row), (SELECT count(DISTINCT address) FROM %[1]s.attempt WHERE intended_at <> ''),
			(SELECT coalesce(max(started_at), '') FROM %[1]s.run)`
		var last string
		if err := d.db.QueryRowContext(ctx, fmt.Sprintf(query, b.schema())).Scan(&b.Rows, &b.Sent, &last); err != nil {
			return nil, translateError(d.address, err)
		}
		b.Last = parseTime(last)
	}
	return all, nil
}

// runners are those who hold a lock now, by what they lock.
func (d *Database) runners(ctx context.Context) (map[string]Runner, error) {
	const held = `SELECT (classid::bigint << 32) | objid::bigint FROM pg_locks
		WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
	var keys []int64
	err := eachRow(ctx, d.db, held, func(rows *sql.Rows) error {
		var key int64
		err := rows.Scan(&key)
		keys = append(keys, key)
		return err
	})
	if err != nil {
		return nil, err
	}
	runners := make(map[string]Runner)
	return runners, eachRow(ctx, d.db, "SELECT tenant, holder FROM guestlist.tenant WHERE NOT released", func(rows *sql.Rows) error {
		var locked, holder string
		err := rows.Scan(&locked, &holder)
		if err == nil && slices.Contains(keys, lockKey(locked)) {
			runners[locked] = parseRunner(holder)
		}
		return err
	})
}

// inTransaction changes the shared tables, one process at a time.
func (d *Database) inTransaction(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // no effect once committed
	if err := execAll(ctx, tx, fmt.Sprintf("SELECT pg_advisory_xact_lock(%d)", preparing)); err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// insertBatch makes a batch with its empty tables, and leaves the transaction in its schema.
func insertBatch(ctx context.Context, tx *sql.Tx, name, tenant, uid string) (Batch, error) {
	b := Batch{Tenant: tenant, Name: name, UID: uid, version: schemaVersion}
	const insert = "INSERT INTO guestlist.batch (tenant, name, uid, version, made_at) VALUES (?, ?, ?, ?, ?) RETURNING id"
	if err := tx.QueryRowContext(ctx, insert, tenant, name, uid, schemaVersion, formatTime(time.Now())).Scan(&b.id); err != nil {
		return b, err
	}
	if err := execAll(ctx, tx, "CREATE SCHEMA "+b.schema(), "SET LOCAL search_path TO "+b.schema()); err != nil {
		return b, err
	}
	tables := postgresTables(schema) + fmt.Sprintf("CREATE SEQUENCE attempt_block INCREMENT BY %d;", block)
	return b, execScript(ctx, tx, tables)
}

// postgresTables are tables of SQLite in the words of PostgreSQL. Texts are compared as
// SQLite does it, byte by byte.
func postgresTables(script string) string {
	return strings.NewReplacer(
		"INTEGER PRIMARY KEY", "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY", "INTEGER", "BIGINT",
		"TEXT", `TEXT COLLATE "C"`, "WITHOUT ROWID", "").Replace(script)
}

func newUID() string {
	uid := make([]byte, 16)
	_, _ = rand.Read(uid) // it never fails
	return hex.EncodeToString(uid)
}

// tenantKey is what the batches of a tenant are found by.
func tenantKey(id Identity) string { return strings.ToLower(id.Tenant) }

// continueNumbers makes the next numbers larger than those that came with the tables.
func (b *Batch) continueNumbers(ctx context.Context, tx *sql.Tx) error {
	for _, table := range []string{"run", "deletion", "forgotten"} {
		err := execAll(ctx, tx, fmt.Sprintf("SELECT setval(pg_get_serial_sequence('%s.%s', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM %[2]s), false)", b.schema(), table))
		if err != nil {
			return err
		}
	}
	return execAll(ctx, tx, "SELECT setval('attempt_block', (SELECT coalesce(max(id), 0) + 1 FROM attempt), false)")
}

// dropBatch removes a batch with its tables.
func (d *Database) dropBatch(ctx context.Context, tx *sql.Tx, b Batch) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM guestlist.batch WHERE uid = ?", b.UID); err != nil {
		return err
	}
	return execAll(ctx, tx, "DROP SCHEMA "+b.schema()+" CASCADE")
}
