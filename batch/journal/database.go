package journal

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"guestlist/batch/send"
	"guestlist/internal/pause"
	"guestlist/internal/secret"
	"guestlist/internal/text"
)

// Database is a PostgreSQL database with the batches of many tenants. Each batch has a
// schema of its own with the tables that a file has, so that the same queries serve both;
// which batches there are, and who works on which tenant, is in the schema guestlist.
type Database struct {
	address string // without a password
	config  *pgx.ConnConfig
	db      *sql.DB
	notice  func(string)
	// patience is how long a server may take to come up when a command begins, until when that
	// is over; told says that the operator knows of it.
	patience time.Duration
	until    time.Time
	told     atomic.Bool
}

const (
	// minServer is the oldest version of PostgreSQL that ends sessions which are idle.
	minServer = 14
	// sharedVersion is that of the schema guestlist.
	sharedVersion = 1
	// preparing is the advisory lock under which schemas are made.
	preparing = 0x4773744c
)

// sharedSchema has no rows of guests. A holder is a JSON object, see [Runner].
const sharedSchema = `
CREATE SCHEMA guestlist;
CREATE TABLE guestlist.version (version BIGINT NOT NULL);
CREATE TABLE guestlist.batch (
	id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	tenant   TEXT   NOT NULL COLLATE "C",
	name     TEXT   NOT NULL COLLATE "C",
	uid      TEXT   NOT NULL COLLATE "C" UNIQUE,
	version  BIGINT NOT NULL, -- of its tables
	made_at  TEXT   NOT NULL,
	moved_to TEXT   NOT NULL DEFAULT '', -- the file that it was exported to, '' while it is here
	UNIQUE (tenant, name)
);
CREATE TABLE guestlist.tenant (
	tenant   TEXT    COLLATE "C" PRIMARY KEY,
	epoch    BIGINT  NOT NULL DEFAULT 0, -- raised by each runner
	holder   TEXT    NOT NULL DEFAULT '',
	released BOOLEAN NOT NULL DEFAULT TRUE -- the last runner said goodbye
);
CREATE TABLE guestlist.hold (
	tenant     TEXT COLLATE "C" PRIMARY KEY,
	held_until TEXT NOT NULL COLLATE "C" -- Microsoft asked not to be called before
);
CREATE FUNCTION guestlist.check_epoch(TEXT, BIGINT) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM 1 FROM guestlist.tenant WHERE tenant = $1 AND epoch = $2 FOR SHARE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'another runner has taken over the tenant' USING ERRCODE = 'GL001';
	END IF;
END $$;
INSERT INTO guestlist.version VALUES (1);
`

// Address is that of a PostgreSQL database, which may have a password in it. As text it has
// none.
type Address struct {
	whole secret.Text
	shown string
}

// ParseAddress reads an address such as postgres://user@host:5432/database.
func ParseAddress(address string) (Address, error) {
	u, err := url.Parse(address)
	if err != nil || !slices.Contains(schemes, u.Scheme) {
		return Address{}, &AddressError{"cannot be read", exampleAddress}
	}
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	query := u.Query()
	for _, password := range []string{"password", "sslpassword"} {
		if query.Has(password) {
			query.Del(password)
			u.RawQuery = query.Encode()
		}
	}
	return Address{secret.New(address), u.String()}, nil
}

var schemes = []string{"postgres", "postgresql"}

const exampleAddress = "it looks like postgres://user@host:5432/database"

// String is the address without a password.
func (a Address) String() string { return a.shown }

// IsZero reports whether there is no address.
func (a Address) IsZero() bool { return a.shown == "" }

// config is how to connect: by the address, and what the usual variables and files of
// PostgreSQL add to it. Beyond this machine the server has to prove who it is, unless
// something else is said.
func (a Address) config(getenv func(string) string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(a.whole.Reveal())
	if err != nil {
		return nil, unusable(err)
	}
	u, err := url.Parse(a.whole.Reveal())
	if err != nil {
		return nil, unusable(err)
	}
	query := u.Query()
	if query.Has("sslmode") || query.Has("ssl") || getenv("PGSSLMODE") != "" || isLocal(config) {
		return config, nil
	}
	query.Set("sslmode", "verify-full")
	u.RawQuery = query.Encode()
	if config, err = pgx.ParseConfig(u.String()); err != nil {
		return nil, unusable(err)
	}
	return config, nil
}

// AddressError says that the address of a database cannot be used as it is.
type AddressError struct{ Reason, Next string }

func (e *AddressError) Error() string { return "the address of the database " + e.Reason }

// Hint tells how to go on.
func (e *AddressError) Hint() string { return e.Next }

// unusable says what is wrong with an address. Only the reason is told: errors of pgx repeat
// the address, which may have a password in it.
func unusable(err error) error {
	reason := "cannot be used"
	if parse, ok := errors.AsType[*pgconn.ParseConfigError](err); ok && parse.Unwrap() != nil {
		reason += ": " + text.Line(parse.Unwrap().Error())
	}
	return &AddressError{reason, exampleAddress}
}

// isLocal reports whether nothing leaves this machine on the way to the server.
func isLocal(config *pgx.ConnConfig) bool {
	hosts := []string{config.Host}
	for _, f := range config.Fallbacks {
		hosts = append(hosts, f.Host)
	}
	return !slices.ContainsFunc(hosts, func(host string) bool {
		ip := net.ParseIP(host)
		return host != "localhost" && !strings.HasPrefix(host, "/") && !strings.HasPrefix(host, "@") && (ip == nil || !ip.IsLoopback())
	})
}

// DatabaseOptions say how a database is opened.
type DatabaseOptions struct {
	// Getenv reads the environment.
	Getenv func(string) string
	// Notice, where it is given, takes sentences that the operator should see.
	Notice func(string)
}

// OpenDatabase connects to the database at an address, and makes the schema guestlist where
// it has none yet. A server that goes down or comes up is waited for, for a while: a
// minute, or the connect_timeout of the address where that is less. It returns an
// [*AddressError], a [*DatabaseError] or a [*PoolerError] where the database cannot be used.
func OpenDatabase(ctx context.Context, a Address, o DatabaseOptions) (*Database, error) {
	config, err := a.config(o.Getenv)
	if err != nil {
		return nil, err
	}
	config.RuntimeParams["application_name"] = "guestlist"
	config.RuntimeParams["client_encoding"] = "UTF8"
	config.RuntimeParams["search_path"] = "guestlist"
	config.RuntimeParams["synchronous_commit"] = "on" // what is acknowledged survives a power cut
	patience := reconnectFor
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectPatience
	} else {
		patience = min(patience, config.ConnectTimeout)
	}
	d := &Database{address: a.shown, config: config, notice: o.Notice, patience: patience, until: time.Now().Add(patience)}
	d.db = d.openPool(config)
	if err := d.patiently(ctx, func() error { return d.prepare(ctx) }); err != nil {
		return nil, errors.Join(translateError(d.address, err), d.db.Close())
	}
	return d, nil
}

// connectPatience is how long a server may take to answer a new connection.
const connectPatience = 10 * time.Second

// Close gives the connections back. Journals of the database have their own.
func (d *Database) Close() error { return d.db.Close() }

// prepare finds out whether the server can be used, and makes the shared schema.
func (d *Database) prepare(ctx context.Context) error {
	if err := d.checkServer(ctx); err != nil {
		return err
	}
	if has, err := hasSharedSchema(ctx, d.db); err != nil {
		return err
	} else if !has {
		return d.inTransaction(ctx, func(tx *sql.Tx) error {
			if has, err := hasSharedSchema(ctx, tx); err != nil || has { // another process may have been first
				return err
			}
			return execScript(ctx, tx, sharedSchema)
		})
	}
	var version int
	if err := d.db.QueryRowContext(ctx, "SELECT version FROM guestlist.version").Scan(&version); err != nil {
		return err
	}
	if version != sharedVersion {
		return &DatabaseError{d.address, errors.New("its schema guestlist is of a newer version of guestlist")}
	}
	return nil
}

func hasSharedSchema(ctx context.Context, q querier) (has bool, err error) {
	// Not to_regclass: a session that waited for another one may still know that there was none.
	const query = "SELECT EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'guestlist' AND c.relname = 'version')"
	err = q.QueryRowContext(ctx, query).Scan(&has)
	return has, err
}

// execScript runs several statements without parameters.
func execScript(ctx context.Context, tx *sql.Tx, script string) error {
	// With the simple protocol, one text may have many statements.
	_, err := tx.ExecContext(ctx, script, pgx.QueryExecModeSimpleProtocol)
	return err
}

// checkServer refuses what does not keep the promises. A pooler is recognised by the
// process that serves the session, which is another one than it told when it took the
// connection: locks and settings of a session do not hold there.
func (d *Database) checkServer(ctx context.Context) error {
	conn, err := d.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // it goes back to the pool
	return conn.Raw(func(c any) error {
		pg, err := pgxOf(c)
		if err != nil {
			return err
		}
		var pid uint32
		var version, encoding string
		const query = "SELECT pg_backend_pid(), current_setting('server_version_num'), current_setting('server_encoding')"
		if err := pg.QueryRow(ctx, query).Scan(&pid, &version, &encoding); err != nil {
			return err
		}
		number, err := strconv.Atoi(version)
		switch {
		case err != nil:
			return err
		case pid != pg.PgConn().PID():
			return &PoolerError{d.address}
		case number < minServer*10000:
			return &DatabaseError{d.address, fmt.Errorf("it is older than PostgreSQL %d", minServer)}
		case encoding != "UTF8":
			return &DatabaseError{d.address, fmt.Errorf("its encoding is %s; names of people need UTF8", text.Line(encoding))}
		}
		return nil
	})
}

// patiently does something again while the server goes down or comes up and the command has
// just begun. Later on a run has [postgres.reconnect], which keeps the answers that come.
func (d *Database) patiently(ctx context.Context, do func() error) error {
	for {
		err := do()
		if err == nil && d.told.CompareAndSwap(true, false) {
			d.notify("the database " + text.Line(d.address) + " answers")
		}
		if !isRestarting(err) || !time.Now().Before(d.until) {
			return err
		}
		if d.told.CompareAndSwap(false, true) {
			d.notify(fmt.Sprintf("the database %s cannot be reached (%s): it is tried again, for %s at the most", text.Line(d.address), text.Error(err), text.Duration(d.patience)))
		}
		if err := pause.For(ctx, glanceEvery); err != nil {
			return err
		}
	}
}

func (d *Database) notify(sentence string) {
	if d.notice != nil {
		d.notice(sentence)
	}
}

// openPool opens connections on which queries can be written as SQLite takes them.
func (d *Database) openPool(config *pgx.ConnConfig) *sql.DB {
	db := sql.OpenDB(connector{stdlib.GetConnector(*config), d})
	db.SetMaxOpenConns(4)
	return db
}

type connector struct {
	driver.Connector

	database *Database
}

// Connect opens a connection.
func (c connector) Connect(ctx context.Context) (conn driver.Conn, err error) {
	err = c.database.patiently(ctx, func() error { conn, err = c.Connector.Connect(ctx); return err })
	if err != nil {
		return nil, err
	}
	pg, ok := conn.(*stdlib.Conn)
	if !ok {
		return nil, errors.ErrUnsupported
	}
	return &postgresConn{pg}, nil
}

// postgresConn takes queries in the words of SQLite.
type postgresConn struct{ *stdlib.Conn }

// pgxOf is the connection behind one of a pool.
func pgxOf(conn any) (*pgx.Conn, error) {
	c, ok := conn.(*postgresConn)
	if !ok {
		return nil, errors.ErrUnsupported
	}
	return c.Conn.Conn(), nil
}

// again is an error of something that did nothing: where the connection was lost, it is tried
// on another one.
func again(err error) error {
	if err != nil && isRestarting(err) {
		return driver.ErrBadConn
	}
	return err
}

// PrepareContext prepares a query.
func (c *postgresConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	statement, err := c.Conn.PrepareContext(ctx, forPostgres(query))
	return statement, again(err)
}

// BeginTx begins a transaction.
func (c *postgresConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	tx, err := c.Conn.BeginTx(ctx, o)
	return tx, again(err)
}

// ExecContext runs a query without rows.
func (c *postgresConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return c.Conn.ExecContext(ctx, forPostgres(query), args)
}

// QueryContext runs a query.
func (c *postgresConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	const outside = 'I' // of a transaction
	reads := c.Conn.Conn().PgConn().TxStatus() == outside && strings.HasPrefix(query, "SELECT")
	rows, err := c.Conn.QueryContext(ctx, forPostgres(query), args)
	if reads {
		err = again(err)
	}
	return rows, err
}

// CheckNamedValue makes a value one that PostgreSQL takes.
func (*postgresConn) CheckNamedValue(v *driver.NamedValue) error {
	v.Value = postgresValue(v.Value)
	return nil
}

// postgresValue is a value as PostgreSQL takes it: what is true or false is 1 or 0 in the
// tables, and a text has no zero bytes and is sound UTF-8. An answer must not be lost
// because of what a message of a server has in it.
func postgresValue(value any) any {
	switch v := value.(type) {
	case bool:
		if v {
			return int64(1)
		}
		return int64(0)
	case string:
		return postgresText(v)
	case []string:
		for i, s := range v {
			v[i] = postgresText(s)
		}
	}
	return value
}

func postgresText(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

var (
	placeholder = regexp.MustCompile(`\?(\d*)`)
	jsonEach    = regexp.MustCompile(`json_each\((\?\d*)\)`)
)

// forPostgres is a query of ours, in which a ? stands for a parameter alone, in the words
// of PostgreSQL.
func forPostgres(query string) string {
	if !strings.Contains(query, "?") {
		return query
	}
	query = jsonEach.ReplaceAllString(query, "jsonb_array_elements_text(CAST($1 AS jsonb))")
	n := 0
	return placeholder.ReplaceAllStringFunc(query, func(found string) string {
		if found == "?" {
			n++
			return "$" + strconv.Itoa(n)
		}
		return "$" + found[1:]
	})
}

// PoolerError says that a pooler stands between this program and the server.
type PoolerError struct{ Address string }

func (e *PoolerError) Error() string {
	return "database " + text.Line(e.Address) + ": a connection pooler is in between, which gives a session's lock to others"
}

// Hint tells how to go on.
func (*PoolerError) Hint() string {
	return "give the address of the server itself, or of a pooler that passes whole connections through; its port is usually 5432"
}

// DatabaseError says that a database cannot be used, or cannot be reached.
type DatabaseError struct {
	Address string
	Err     error
}

// Is makes it one of [send.ErrJournalAway].
func (*DatabaseError) Is(target error) bool { return target == send.ErrJournalAway }

func (e *DatabaseError) Error() string {
	return "database " + text.Line(e.Address) + ": " + text.Line(e.Err.Error())
}

// Unwrap gives the cause.
func (e *DatabaseError) Unwrap() error { return e.Err }

// Hint tells how to go on.
func (e *DatabaseError) Hint() string {
	code, isPostgres := errors.AsType[*pgconn.PgError](e.Err)
	switch {
	case !isPostgres:
		return "see that the server runs and can be reached from here, then run the same command again"
	case strings.HasPrefix(code.Code, "28"):
		return "check the user in the address, and the password in PGPASSWORD or the password file"
	case code.Code == "42501":
		return "the user needs the right to make schemas: GRANT CREATE ON DATABASE ... TO ..."
	case code.Code == "3D000":
		return "make the database first: createdb"
	}
	return "see what the server says in its log, then run the same command again"
}

// isLost reports whether an error is that the connection is gone, or that the server goes
// down: another connection may do.
func isLost(err error) bool {
	code, isPostgres := errors.AsType[*pgconn.PgError](err)
	if !isPostgres {
		return err != nil && !errors.As(err, new(*TakenOverError))
	}
	return strings.HasPrefix(code.Code, "08") || strings.HasPrefix(code.Code, "57P") || code.Code == "25P03"
}

// isRestarting reports whether an error is that the server goes down, is down or comes up.
func isRestarting(err error) bool {
	if code, isPostgres := errors.AsType[*pgconn.PgError](err); isPostgres {
		return slices.Contains([]string{"57P01", "57P02", "57P03"}, code.Code)
	}
	const resetOnWindows, refusedOnWindows = syscall.Errno(10054), syscall.Errno(10061)
	for _, down := range []error{
		syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.EPIPE, resetOnWindows, refusedOnWindows, io.EOF, io.ErrUnexpectedEOF, driver.ErrBadConn,
	} {
		if errors.Is(err, down) {
			return true
		}
	}
	dial, isDial := errors.AsType[*net.OpError](err)
	return isDial && dial.Net == "unix" && errors.Is(err, syscall.ENOENT) // the socket comes with the server
}

// translatePostgres turns errors of the database into those that say what to do.
func translatePostgres(path string, err error) error {
	code, isPostgres := errors.AsType[*pgconn.PgError](err)
	switch {
	case errors.As(err, new(*DatabaseError)):
		return err
	case isPostgres && code.Code == "08P01" && strings.Contains(code.Message, "startup parameter"):
		return &PoolerError{path}
	case isPostgres && code.Code == takenOver:
		return &TakenOverError{Journal: path}
	case errors.Is(err, driver.ErrBadConn):
		return &DatabaseError{path, errors.New("the connection was lost")}
	case isPostgres, errors.As(err, new(*pgconn.ConnectError)), pgconn.Timeout(err):
		return &DatabaseError{path, err}
	}
	return err
}
