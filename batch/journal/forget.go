package journal

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"guestlist/batch"
)

// schemaForgotten is one row for each person whose data was erased. What is kept of them is
// a keyed hash of their address, so that they are not invited again, and no one can read
// from it who they are without knowing the address already.
const schemaForgotten = `
CREATE TABLE forgotten (
	id       INTEGER PRIMARY KEY,
	mac      TEXT    NOT NULL UNIQUE, -- HMAC-SHA-256 of the address under the forget_key of the batch
	at       TEXT    NOT NULL,
	operator TEXT    NOT NULL,           -- account and host of the machine
	finished INTEGER NOT NULL DEFAULT 0  -- 1: the files made of the journal do not have the person any more
);
-- Files and folders that were made of the journal beside its results, which have to forget
-- with it.
CREATE TABLE derived (
	path     TEXT PRIMARY KEY, -- relative to the folder of the journal, where it is inside
	digest   TEXT    NOT NULL, -- SHA-256 of a file, '' for a folder
	no_links INTEGER NOT NULL  -- 1: the links were left out
);
`

// forgottenAddress begins what attempts have instead of the address of a person whose data
// was erased, with the number in the table forgotten behind it. No address looks like it.
const forgottenAddress = "forgotten:"

// redacted stands in flags of earlier runs for what named the person.
const redacted = "(forgotten)"

// Forgetting is a person whose data is to be erased.
type Forgetting struct {
	// Address is what their rows are known by, Names what else may name them in the flags
	// of earlier runs.
	Address string
	Names   []string
	// Operator is who asks for it: account and machine.
	Operator string
}

// Forgot is what [Journal.Forget] found of a person.
type Forgot struct {
	// Rows is how many rows were erased, also of those that have left the list, Attempts how
	// many invitations and readings.
	Rows, Attempts int
	// Since is when the person was forgotten first, the zero time for the first time.
	Since time.Time
	// SameGuest are further addresses under which the same account was invited.
	SameGuest []string
	// Mentions are the lines of other rows of the list that name the address.
	Mentions []int
}

// ErrNotInBatch says that a journal knows nothing of an address.
var ErrNotInBatch = errors.New("the batch has no row with this address")

// OpenError says that a request about a person left, and that it is not known yet what it
// did: without the row, no run would find out.
type OpenError struct{ Address string }

func (e *OpenError) Error() string {
	return "a request for " + e.Address + " was sent, and it is not known yet what came of it"
}

// Forget erases a person: their rows, links, readings and steps. Attempts stay without
// anything that leads to the person, since they count for what was sent in a day and prove
// that a log belongs to its journal. The deleted content is overwritten and the file, or the
// tables of the batch, are rebuilt, so that they hold none of it when Forget returns; files
// made of the journal are the caller's, until [Journal.FinishForgetting]. The errors are
// [ErrNotInBatch] and [*OpenError].
func (j *Journal) Forget(ctx context.Context, who Forgetting) (Forgot, error) {
	found, err := j.forget(ctx, who)
	return found, translateError(j.path, err)
}

// CheckForget tells what Forget would find of the person, by the same errors, and changes
// nothing.
func (j *Journal) CheckForget(ctx context.Context, address string) (Forgot, error) {
	found, err := j.findPerson(ctx, address)
	return found, translateError(j.path, err)
}

func (j *Journal) forget(ctx context.Context, who Forgetting) (found Forgot, err error) {
	if found, err = j.findPerson(ctx, who.Address); err != nil {
		return found, err
	}
	return found, j.store.erase(ctx, func() error { return j.erase(ctx, who) })
}

// erase deletes the person in one transaction.
func (j *Journal) erase(ctx context.Context, who Forgetting) error {
	tx, err := j.begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // no effect once committed
	number, err := enterForgotten(ctx, tx, who)
	if err != nil {
		return err
	}
	if err := eraseRows(ctx, tx, who.Address); err != nil {
		return err
	}
	if err := redactSettings(ctx, tx, append([]string{who.Address}, who.Names...)); err != nil {
		return err
	}
	for _, table := range []string{"departed_row", "guest", "follow_up"} {
		if _, err := tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE address = ?", who.Address); err != nil { //nolint:gosec // a name of ours
			return err
		}
	}
	for _, statement := range []string{
		"UPDATE deletion SET address = ?, user_id = '', client_request_id = '', error = '', request_id = '' WHERE address = ?",
		`UPDATE attempt SET address = ?, redeem_url = '', user_id = '', error = '', advice = '', fingerprint = 0, reminder = 0,
			request_id = '', intent_request_id = '', client_request_id = '' WHERE address = ?`,
	} {
		if _, err := tx.ExecContext(ctx, statement, fmt.Sprint(forgottenAddress, number), who.Address); err != nil {
			return err
		}
	}
	return j.commit(ctx, tx)
}

// findPerson finds out what there is of a person, and refuses one of whom a request is open.
func (j *Journal) findPerson(ctx context.Context, address string) (found Forgot, err error) {
	forgotten, err := j.Forgotten(ctx)
	if err != nil {
		return found, err
	}
	found.Since = forgotten.Since(address)
	const count = `SELECT (SELECT count(*) FROM list_row WHERE address = ?1) + (SELECT count(*) FROM departed_row WHERE address = ?1),
		(SELECT count(*) FROM attempt WHERE address = ?1), EXISTS (SELECT 1 FROM deletion WHERE address = ?1 AND settled_at = '')`
	var isDeletionOpen bool
	if err := j.db.QueryRowContext(ctx, count, address).Scan(&found.Rows, &found.Attempts, &isDeletionOpen); err != nil {
		return found, err
	}
	if found.Rows+found.Attempts == 0 && found.Since.IsZero() {
		return found, ErrNotInBatch
	}
	isOpen, err := j.isOpen(ctx, address)
	if err != nil {
		return found, err
	}
	if isOpen || isDeletionOpen {
		return found, &OpenError{address}
	}
	if found.SameGuest, err = j.otherAddresses(ctx, address); err != nil {
		return found, err
	}
	found.Mentions, err = j.mentions(ctx, address)
	return found, err
}

// isOpen reports whether it is not known what became of the row of an address.
func (j *Journal) isOpen(ctx context.Context, address string) (bool, error) {
	const query = "SELECT mail, " + intendedAt + ", status, fingerprint, error_code FROM attempt a WHERE address = ? ORDER BY id"
	var history batch.AddressHistory
	err := j.query(ctx, query, func(rows *sql.Rows) error {
		var a attempt
		err := rows.Scan(&a.mail, &a.intended, (*string)(&a.outcome.Status), &a.fingerprint, &a.outcome.ErrorCode)
		if err == nil {
			a.addTo(&history)
		}
		return err
	}, address)
	return batch.Standing(history, 0, true) == batch.Unconfirmed, err
}

// otherAddresses are those under which the account of an address was invited as well.
func (j *Journal) otherAddresses(ctx context.Context, address string) (others []string, err error) {
	const query = `SELECT DISTINCT address FROM attempt WHERE address <> ?1 AND user_id IN
		(SELECT user_id FROM attempt WHERE address = ?1 AND user_id <> '') ORDER BY address`
	err = j.query(ctx, query, func(rows *sql.Rows) error {
		var other string
		err := rows.Scan(&other)
		others = append(others, other)
		return err
	}, address)
	return others, err
}

// mentions are the lines of rows of others whose cells name an address: as a sponsor, or
// for a copy of the email.
func (j *Journal) mentions(ctx context.Context, address string) (lines []int, err error) {
	err = j.query(ctx, "SELECT line, address, cells FROM list_row ORDER BY position", func(rows *sql.Rows) error {
		var line int64
		var row, cells sql.RawBytes
		err := rows.Scan(&line, &row, &cells)
		if err == nil && string(row) != address && strings.Contains(strings.ToLower(string(cells)), address) {
			lines = append(lines, int(line))
		}
		return err
	})
	return lines, err
}

// enterForgotten keeps that a person was forgotten, and returns the number of that.
func enterForgotten(ctx context.Context, tx *sql.Tx, who Forgetting) (number int64, err error) {
	f, err := readForgotten(ctx, tx, "")
	if err != nil {
		return 0, err
	}
	if len(f.key) == 0 {
		f.key = make([]byte, sha256.Size)
		_, _ = rand.Read(f.key) // it never fails
		if _, err := tx.ExecContext(ctx, "UPDATE batch SET forget_key = ?", hex.EncodeToString(f.key)); err != nil {
			return 0, err
		}
	}
	mac := f.mac(who.Address)
	const insert = "INSERT INTO forgotten (mac, at, operator) VALUES (?, ?, ?) ON CONFLICT (mac) DO UPDATE SET finished = 0"
	if _, err := tx.ExecContext(ctx, insert, mac, formatTime(time.Now()), who.Operator); err != nil {
		return 0, err
	}
	err = tx.QueryRowContext(ctx, "SELECT id FROM forgotten WHERE mac = ?", mac).Scan(&number)
	return number, err
}

// eraseRows takes the rows of an address out of the list. Those behind move up, since a page
// of the list ends at the first place without a row.
func eraseRows(ctx context.Context, tx *sql.Tx, address string) error {
	places, err := placesOf(ctx, tx, address)
	if err != nil || len(places) == 0 {
		return err
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM list_row WHERE address = ?", address); err != nil {
		return err
	}
	// By way of the negative ones, a place is never taken twice.
	const up = "UPDATE list_row SET position = ? - position WHERE position > ? AND position < ?"
	for i, place := range places {
		next := int64(math.MaxInt64)
		if i+1 < len(places) {
			next = places[i+1]
		}
		if _, err := tx.ExecContext(ctx, up, int64(i+1), place, next); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, "UPDATE list_row SET position = -position WHERE position < 0")
	return err
}

// placesOf are the places of the rows of an address in the list, in their order.
func placesOf(ctx context.Context, tx *sql.Tx, address string) (places []int64, err error) {
	err = eachRow(ctx, tx, "SELECT position FROM list_row WHERE address = ? ORDER BY position", func(rows *sql.Rows) error {
		var place int64
		err := rows.Scan(&place)
		places = append(places, place)
		return err
	}, address)
	return places, err
}

// redactSettings takes names out of the flags of all runs: --where can name a person.
func redactSettings(ctx context.Context, tx *sql.Tx, names []string) error {
	var patterns []string
	for _, name := range names {
		if name = strings.TrimSpace(name); name != "" {
			patterns = append(patterns, regexp.QuoteMeta(strings.Trim(jsonList([]string{name}), `[]"`)))
		}
	}
	whole := regexp.MustCompile(`(?i)(^|[^\pL\pN])(?:` + strings.Join(patterns, "|") + `)($|[^\pL\pN])`)
	redact := func(text string) string { return whole.ReplaceAllString(text, "${1}"+redacted+"${2}") }
	type run struct {
		id                int64
		settings, stopped string
	}
	var changed []run
	err := eachRow(ctx, tx, "SELECT id, settings, stopped FROM run", func(rows *sql.Rows) error {
		var r run
		err := rows.Scan(&r.id, &r.settings, &r.stopped)
		if now := (run{r.id, redact(r.settings), redact(r.stopped)}); now != r {
			changed = append(changed, now)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, r := range changed {
		if _, err := tx.ExecContext(ctx, "UPDATE run SET settings = ?, stopped = ? WHERE id = ?", r.settings, r.stopped, r.id); err != nil {
			return err
		}
	}
	return nil
}

// Forgotten are people whose data was erased. The nil Forgotten has no one.
type Forgotten struct {
	key []byte
	// macs stand for their addresses; the times are when they were forgotten first.
	macs map[string]time.Time
}

// Len is how many they are.
func (f *Forgotten) Len() int {
	if f == nil {
		return 0
	}
	return len(f.macs)
}

// Has reports whether the person with an address is one of them.
func (f *Forgotten) Has(address string) bool { return !f.Since(address).IsZero() }

// Since is when the person with an address was forgotten first, the zero time for others.
func (f *Forgotten) Since(address string) time.Time {
	if f.Len() == 0 {
		return time.Time{}
	}
	return f.macs[f.mac(address)]
}

// mac stands for an address.
func (f *Forgotten) mac(address string) string {
	sum := hmac.New(sha256.New, f.key)
	_, _ = sum.Write([]byte(batch.Key(address))) // a hash takes everything
	return hex.EncodeToString(sum.Sum(nil))
}

// Forgotten returns the people whom the journal was told to forget.
func (j *Journal) Forgotten(ctx context.Context) (*Forgotten, error) {
	f, err := readForgotten(ctx, j.db, "")
	return f, translateError(j.path, err)
}

// StillForgetting returns those of whom files made of the journal may have data yet: it was
// told to forget them, and [Journal.FinishForgetting] was not reached.
func (j *Journal) StillForgetting(ctx context.Context) (*Forgotten, error) {
	f, err := readForgotten(ctx, j.db, " WHERE finished = 0")
	return f, translateError(j.path, err)
}

// FinishForgetting records that the files made of the journal have nothing of the people any
// more whom it was told to forget.
func (j *Journal) FinishForgetting(ctx context.Context) error {
	_, err := j.db.ExecContext(ctx, "UPDATE forgotten SET finished = 1 WHERE finished = 0")
	return translateError(j.path, err)
}

// Derived is a file or folder that was made of the journal, beside its results.
type Derived struct {
	Path string
	// Digest is the SHA-256 of a file as it was written, "" for a folder.
	Digest string
	// NoLinks says that the links were left out.
	NoLinks bool
}

// AddDerived keeps where a file or folder was written. Its path is kept as it is seen from
// the journal, so that both can be moved together. A database does not keep it: the file is
// on one of many machines.
func (j *Journal) AddDerived(ctx context.Context, d Derived) error {
	if j.InDatabase() {
		return nil
	}
	path, err := filepath.Abs(d.Path)
	if err != nil {
		return err
	}
	if folder, err := filepath.Abs(filepath.Dir(j.path)); err == nil {
		if inside, err := filepath.Rel(folder, path); err == nil && filepath.IsLocal(inside) {
			path = filepath.ToSlash(inside)
		}
	}
	const put = "INSERT INTO derived VALUES (?, ?, ?) ON CONFLICT (path) DO UPDATE SET digest = excluded.digest, no_links = excluded.no_links"
	_, err = j.db.ExecContext(ctx, put, path, d.Digest, d.NoLinks)
	return translateError(j.path, err)
}

// AllDerived returns what was written of the journal, in the order of the paths. It may be
// gone or changed by now. Of a database there is nothing, see [Journal.AddDerived].
func (j *Journal) AllDerived(ctx context.Context) (all []Derived, err error) {
	if j.InDatabase() {
		return nil, nil
	}
	err = j.query(ctx, "SELECT path, digest, no_links FROM derived ORDER BY path", func(rows *sql.Rows) error {
		var d Derived
		err := rows.Scan(&d.Path, &d.Digest, &d.NoLinks)
		if d.Path = filepath.FromSlash(d.Path); !filepath.IsAbs(d.Path) {
			d.Path = filepath.Join(filepath.Dir(j.path), d.Path)
		}
		all = append(all, d)
		return err
	})
	return all, err
}

// readForgotten reads those that meet a condition.
func readForgotten(ctx context.Context, q querier, where string) (*Forgotten, error) {
	f := &Forgotten{macs: make(map[string]time.Time)}
	var key string
	if err := q.QueryRowContext(ctx, "SELECT forget_key FROM batch").Scan(&key); err != nil {
		return nil, err
	}
	var err error
	if f.key, err = hex.DecodeString(key); err != nil {
		return nil, err
	}
	return f, eachRow(ctx, q, "SELECT mac, at FROM forgotten"+where, func(rows *sql.Rows) error {
		var mac, at string
		err := rows.Scan(&mac, &at)
		f.macs[mac] = parseTime(at)
		return err
	})
}
