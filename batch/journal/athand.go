package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"guestlist/batch"
	"guestlist/internal/durable"
	"guestlist/internal/secret"
	"guestlist/internal/shell"
)

// AtHand names the journals in which a run looks up whom others have invited: those
// in the folder of its results, and those that the user wrote on this machine. They
// are only read: neither locked nor changed, also while another process writes them.
type AtHand struct {
	// Identity is whose journals count: those of other tenants are passed over.
	Identity Identity
	// Own is the run's own journal and OwnUID its [Journal.UID], Ignore are those that the
	// user leaves out.
	Own, OwnUID string
	Ignore      []string
	// Folder is that of the results, Registered are paths of journals elsewhere, with
	// their [Journal.UID] as far as that is known.
	Folder     string
	Registered map[string]string
	// Database, where it is given, has batches that count as well.
	Database *Database
	// Deleted is told of registered journals that are gone from their folder, Moved of
	// those whose folder is gone and that were found elsewhere; nil tells no one.
	Deleted, Moved func(path string)
	// ClockAhead is how far Graph's clock is ahead of this machine's.
	ClockAhead time.Duration
	// Listed asks for the addresses of each list as well that were never sent.
	Listed bool
	// Since is since when [Known.Sent] is told, zero for not at all.
	Since time.Time
	// Scratch is a folder for copies of journals that are in use or were killed. A copy
	// is deleted once it has been read.
	Scratch string
}

// Known is what another journal knows of an address, or of whom it was told to forget.
type Known struct {
	// Journal is the path of that journal, UID what it is known by wherever it stands. Batch
	// is the name of one in a database, "" for a file.
	Journal, UID, Batch string
	// Forgotten are all whom it was told to forget, without any address; nil for what is of
	// one address.
	Forgotten *Forgotten

	Address string
	// History tells where the address stands there, and since when a request is open.
	History batch.AddressHistory
	// At is when the outcome that History names was known: of an invitation, when the
	// guest was invited. UserID is the guest's, Existing what the tenant has them as.
	At       time.Time
	UserID   string
	Existing batch.ExistingKind
	// Remade is when it was known, in the clock of that machine as At is, that the answer to
	// a further invitation never came; zero where there is none. See
	// [batch.AddressHistory.Remade].
	Remade time.Time
	// Link is that of an invited guest, or of one who was removed since, as far as the journal
	// has it.
	Link secret.Text
	// Ended are the links of the address that do not work any more: a newer invitation was
	// answered, or the guest was removed.
	Ended []secret.Text
	// Deleting says that a request to delete the guest's account left, and that it is not known
	// what came of it.
	Deleting bool
	// Reminders is how many reminders were sent, also without an answer. Mailed says that the
	// latest request asked for an email, IsMailKnown that there was one: results whose journal
	// is gone do not tell it.
	Reminders           int
	Mailed, IsMailKnown bool
	// Sent is when the invitations left that were answered since [AtHand.Since], and the
	// reminders that were not, in Graph's clock.
	Sent []time.Time
}

// UnreadableError says that a journal at hand cannot be read, so that it is not
// known whom it has invited.
type UnreadableError struct {
	Path string
	Err  error
}

func (e *UnreadableError) Error() string {
	if strings.Contains(e.Err.Error(), e.Path) {
		return e.Err.Error()
	}
	return fmt.Sprintf("journal %s: %v", e.Path, durable.Cause(e.Err))
}

// Unwrap returns the error that kept it from being read.
func (e *UnreadableError) Unwrap() error { return e.Err }

// Hint tells how to go on.
func (e *UnreadableError) Hint() string {
	if errors.Is(e.Err, ErrFolderMissing) {
		return "connect the drive, or run a list in the folder's new place once; three days after its last run the journal is not needed any more. Or leave it out with --ignore-journal " +
			shell.Quote(e.Path) + ": guests whom only this journal knows can then be invited again"
	}
	return "restore the journal, or leave it out with --ignore-journal " + shell.Quote(e.Path) + ": guests whom only this journal knows can then be invited again"
}

// Known yields what the journals at hand know, journal by journal. For one that
// cannot be read it yields an [*UnreadableError], and goes on with the next. Any
// other error is the last.
func (a AtHand) Known(ctx context.Context) iter.Seq2[Known, error] {
	return func(yield func(Known, error) bool) {
		paths, err := a.paths()
		if err != nil {
			yield(Known{}, err)
			return
		}
		found := map[string]bool{a.OwnUID: true}
		var missing []string
		for _, path := range paths {
			more := true
			err := a.read(ctx, path, func(k Known) bool {
				found[k.UID] = true
				more = yield(k, nil)
				return more
			})
			switch {
			case !more:
				return
			case ctx.Err() != nil:
				yield(Known{}, context.Cause(ctx))
				return
			case errors.Is(err, ErrFolderMissing):
				missing = append(missing, path)
			case err != nil && !yield(Known{}, &UnreadableError{path, err}):
				return
			}
		}
		for _, path := range missing {
			switch {
			case a.Registered[path] != "" && found[a.Registered[path]]:
				if a.Moved != nil {
					a.Moved(path)
				}
			case !yield(Known{}, &UnreadableError{path, ErrFolderMissing}):
				return
			}
		}
		a.readBatches(ctx, yield)
	}
}

// readBatches reads the batches of the tenant in the database, until yield wants no more.
func (a AtHand) readBatches(ctx context.Context, yield func(Known, error) bool) {
	d := a.Database
	if d == nil || a.Identity.Tenant == "" {
		return
	}
	all, err := d.batches(ctx, tenantKey(a.Identity))
	more := true
	for _, b := range all {
		if err != nil || !more || b.UID == a.OwnUID {
			continue
		}
		err = d.readKnown(ctx, a, b, func(k Known) bool {
			more = yield(k, nil)
			return more
		})
	}
	if err != nil {
		yield(Known{}, translateError(d.address, err))
	}
}

// readKnown reads what a batch knows.
func (d *Database) readKnown(ctx context.Context, a AtHand, b Batch, yield func(Known) bool) error {
	if b.version != schemaVersion {
		return d.versionError(b)
	}
	tx, err := d.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // it only reads
	if err := execAll(ctx, tx, "SET LOCAL search_path TO "+b.schema()); err != nil {
		return err
	}
	return a.readTables(ctx, tx, Known{Journal: d.nameOf(b.Name), Batch: b.Name, UID: b.UID}, yield)
}

// paths are those of the journals, each once.
func (a AtHand) paths() ([]string, error) {
	entries, err := os.ReadDir(a.Folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, &DiskError{a.Folder, err}
	}
	candidates := slices.Collect(maps.Keys(a.Registered))
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), suffix) {
			candidates = append(candidates, filepath.Join(a.Folder, e.Name()))
		}
	}
	var paths []string
	skip := append([]string{a.Own}, a.Ignore...)
	for _, candidate := range candidates {
		path, err := filepath.Abs(candidate)
		if err != nil {
			return nil, &DiskError{candidate, err}
		}
		if target, err := filepath.EvalSymlinks(path); err == nil {
			path = target // its log is beside that
		}
		if !slices.ContainsFunc(skip, func(s string) bool { return sameFile(s, path) }) {
			skip, paths = append(skip, path), append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths, nil
}

// sameFile reports whether two paths name one file, whatever their spelling.
func sameFile(a, b string) bool {
	if abs, err := filepath.Abs(a); err == nil && abs == b {
		return true
	}
	one, err := os.Stat(a)
	if err != nil {
		return false
	}
	other, err := os.Stat(b)
	return err == nil && os.SameFile(one, other)
}

// read reads a journal, until yield wants no more.
func (a AtHand) read(ctx context.Context, path string, yield func(Known) bool) error {
	before, err := stateOf(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && isFolder(filepath.Dir(path)):
		if a.Deleted != nil {
			a.Deleted(path)
		}
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return ErrFolderMissing
	case err != nil:
		return err
	case before.size == 0 && before.log == "":
		return nil // its run was killed before it began
	case before.log != "":
		return a.readCopy(ctx, path, yield)
	}
	err = a.readClosed(ctx, path, yield)
	if errors.Is(err, errNeedsCopy) {
		return a.readCopy(ctx, path, yield)
	}
	if after, changed := stateOf(path); err == nil && (changed != nil || after != before) {
		return errChanging
	}
	return err
}

// ErrFolderMissing says that a journal is not where it was, nor its folder.
var ErrFolderMissing = errors.New("its folder is missing: it was moved or deleted, or a drive is not connected")

var (
	errNoFile    = errors.New("it is not a file")
	errNeedsCopy = errors.New("it can only be read in a copy")
	errChanging  = errors.New("it is being written; wait for that run to end, and start again")
)

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// fileState tells whether a journal has changed, and how it can be read.
type fileState struct {
	size     int64
	modified time.Time
	// log is the header of the write-ahead log, "" without a log. SQLite changes it
	// whenever it begins the log anew.
	log string
}

func stateOf(path string) (fileState, error) {
	info, err := os.Stat(path)
	if err != nil {
		return fileState{}, err
	}
	if !info.Mode().IsRegular() { // on Windows a folder is 0 bytes long
		return fileState{}, errNoFile
	}
	log, err := readLogHeader(path)
	return fileState{info.Size(), info.ModTime(), log}, err
}

func readLogHeader(path string) (string, error) {
	f, err := os.Open(path + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	header := make([]byte, logHeader)
	n, err := io.ReadFull(f, header)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return string(header[:n]), err
}

// closedFile is the data source of a journal that has no log. Told that the file does
// not change, SQLite neither locks it nor makes a log for it.
func closedFile(path string) string {
	return fileURI(runtime.GOOS, path) + "?" + url.Values{"mode": {"ro"}, "immutable": {"1"}, "_pragma": {"temp_store(MEMORY)"}}.Encode()
}

// readClosed reads a journal that has no log, where it is.
func (a AtHand) readClosed(ctx context.Context, path string, yield func(Known) bool) error {
	return a.readDatabase(ctx, path, closedFile(path), func(_ context.Context, _ *sql.Tx, version int) error {
		if version < schemaVersion {
			return errNeedsCopy // its tables have to be upgraded first
		}
		return nil
	}, yield)
}

// readCopy reads a copy of a journal and its log.
func (a AtHand) readCopy(ctx context.Context, path string, yield func(Known) bool) (err error) {
	if err := os.MkdirAll(a.Scratch, 0o700); err != nil {
		return err
	}
	durable.Sweep(a.Scratch, durable.TempPattern)
	folder, err := durable.NewTempFolder(a.Scratch, durable.TempPattern)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, folder.Remove()) }()
	copied := filepath.Join(folder.Path, filepath.Base(path))
	if err := copyJournal(ctx, path, copied, copyFile); err != nil {
		return err
	}
	return withPath(path, a.readDatabase(ctx, copied, dataSource(copied), upgrade, yield))
}

// withPath makes an error about a copy one about the original.
func withPath(path string, err error) error {
	if e, ok := errors.AsType[*DamagedError](err); ok {
		return &DamagedError{path, e.Reason}
	}
	if e, ok := errors.AsType[*ForeignError](err); ok {
		return &ForeignError{path, e.Reason}
	}
	if e, ok := errors.AsType[*LogForeignError](err); ok {
		return &LogForeignError{path, e.Reason}
	}
	if e, ok := errors.AsType[*DiskError](err); ok {
		return &DiskError{path, e.Err}
	}
	return err
}

// readDatabase reads what a journal knows, once prepare has its tables as they are
// in this version.
func (a AtHand) readDatabase(ctx context.Context, path, source string,
	prepare func(ctx context.Context, tx *sql.Tx, version int) error, yield func(Known) bool,
) (err error) {
	hasLog, err := checkLog(ctx, path)
	if err != nil {
		return err
	}
	db, err := sql.Open("sqlite", source)
	if err != nil {
		return err
	}
	f := &file{path: path, db: db, hadLog: hasLog}
	defer func() { err = errors.Join(translateError(path, err), f.closeFiles()) }()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // what is done to a copy is not kept
	version, err := f.checkVersion(ctx, tx)
	if err != nil || version == 0 {
		return err
	}
	if err := f.checkSound(ctx, tx, "quick_check"); err != nil {
		return err
	}
	if err := prepare(ctx, tx, version); err != nil {
		return err
	}
	var has Identity
	var uid string
	if err := tx.QueryRowContext(ctx, "SELECT tenant, sandbox, uid FROM batch").Scan(&has.Tenant, &has.Sandbox, &uid); err != nil {
		return err
	}
	if has.Differs(a.Identity) {
		return nil
	}
	if err := f.checkOpenRun(ctx, tx); err != nil {
		return err
	}
	return a.readTables(ctx, tx, Known{Journal: path, UID: uid}, yield)
}

// readTables reads what the tables of a journal know. Of is what all have in common.
func (a AtHand) readTables(ctx context.Context, tx *sql.Tx, of Known, yield func(Known) bool) error {
	forgotten, err := readForgotten(ctx, tx, "")
	if err != nil {
		return err
	}
	whom := of
	whom.Forgotten = forgotten
	if forgotten.Len() > 0 && !yield(whom) {
		return nil
	}
	return a.readKnown(ctx, tx, of, yield)
}

// readKnown sums up the attempts of each address. Of is what all have in common.
func (a AtHand) readKnown(ctx context.Context, tx *sql.Tx, of Known, yield func(Known) bool) error {
	clocks, err := readClocks(ctx, tx)
	if err != nil {
		return err
	}
	since := lastText // after all times
	if !a.Since.IsZero() {
		since = formatTime(a.Since)
	}
	deleting, err := readDeleting(ctx, tx)
	if err != nil {
		return err
	}
	rows, err := tx.QueryContext(ctx, `SELECT run, address, mail, `+intendedAt+`,
		settled_at, status, fingerprint, user_id, existing, redeem_url, error_code, reminder, a.intended_at <> '',
		CASE WHEN (status = 'invited' OR status = '' AND reminder = 1) AND a.intended_at >= ? THEN a.intended_at ELSE '' END
		FROM attempt a ORDER BY address, id`, since)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	k := of
	next := func() bool {
		k.Deleting = deleting[strings.ToLower(k.UserID)]
		return k.Address == "" || yield(k)
	}
	for rows.Next() {
		var at attempt
		var run int64
		var address string
		var link, sent string
		var reminder, requested bool
		o := &at.outcome
		err := rows.Scan(&run, &address, &at.mail, &at.intended, &at.settled, (*string)(&o.Status), &at.fingerprint, &o.UserID, (*string)(&o.Existing), &link, &o.ErrorCode, &reminder, &requested, &sent)
		if err != nil {
			return err
		}
		if address != k.Address {
			if !next() {
				return nil
			}
			k = of
			k.Address = address
		}
		o.RedeemURL = secret.New(link)
		at.jumped = clocks.jumped(run, a.ClockAhead)
		k.add(&at)
		if requested {
			k.Mailed, k.IsMailKnown = at.mail, true
		}
		if reminder && o.Status != batch.Pending {
			k.Reminders++
		}
		if sent != "" {
			k.Sent = append(k.Sent, parseTime(sent).Add(at.jumped))
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if !next() {
		return nil
	}
	if a.Listed {
		return readListed(ctx, tx, of, yield)
	}
	return nil
}

// readListed yields the addresses of the list that were never sent.
func readListed(ctx context.Context, tx *sql.Tx, of Known, yield func(Known) bool) error {
	rows, err := tx.QueryContext(ctx, "SELECT DISTINCT address FROM list_row WHERE address <> '' AND address NOT IN (SELECT address FROM attempt)")
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		k := of
		if err := rows.Scan(&k.Address); err != nil {
			return err
		}
		if !yield(k) {
			return nil
		}
	}
	return rows.Err()
}

// add adds the next attempt.
func (k *Known) add(a *attempt) {
	before := batch.Outcome{Status: k.History.Status, UserID: k.UserID, RedeemURL: k.Link}
	tells := a.tells(k.History, before)
	a.addTo(&k.History)
	switch {
	case k.History.Reinvited == 0:
		k.Remade = time.Time{}
	case a.remade():
		k.Remade = parseTime(a.settled)
	}
	if tells {
		o := inheritLink(a.outcome, before)
		k.endLinks(before, o)
		k.At, k.UserID, k.Existing, k.Link = parseTime(a.settled), o.UserID, o.Existing, o.RedeemURL
	}
}

// endLinks keeps which links have ended now that an outcome follows the one before. That of a
// guest who is there again works as before.
func (k *Known) endLinks(before, now batch.Outcome) {
	link := before.RedeemURL.Reveal()
	isLink := func(ended secret.Text) bool { return ended.Reveal() == link }
	switch {
	case link == "":
	case now.Status != batch.Removed && isLink(now.RedeemURL):
		k.Ended = slices.DeleteFunc(k.Ended, isLink)
	case now.Status != batch.Removed && now.Status != batch.Invited && before.Status != batch.Removed:
	case !slices.ContainsFunc(k.Ended, isLink):
		k.Ended = append(k.Ended, before.RedeemURL)
	}
}

// copyTries is how often a journal is copied that is being written meanwhile.
const copyTries = 5

// copyJournal copies a journal and its log while another process may write them.
// SQLite copies pages from the log into the journal now and then, so that the
// journal alone may be copied half-way through. The log that is copied after it
// has all those pages, as long as it was not begun anew in between: its header
// would differ.
func copyJournal(ctx context.Context, from, to string, copyFile func(from, to string) error) error {
	for range copyTries {
		before, err := stateOf(from)
		if err != nil {
			return err
		}
		err = errors.Join(copyFile(from, to), copyFile(from+"-wal", to+"-wal"))
		if err != nil {
			return err
		}
		after, err := stateOf(from)
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if after.log == before.log && (after.log != "" || after == before) {
			return nil
		}
	}
	return errChanging
}

// copyFile copies a file, or makes an empty one where there is none.
func copyFile(from, to string) error {
	source, err := os.Open(from)
	if errors.Is(err, fs.ErrNotExist) {
		return os.WriteFile(to, nil, 0o600)
	}
	if err != nil {
		return err
	}
	defer func() { _ = source.Close() }()
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(copyReadable(target, source), target.Close())
}

// copyReadable copies all but the page of SQLite's locks.
func copyReadable(target, source *os.File) error {
	if _, err := io.Copy(target, io.LimitReader(source, lockPage)); err != nil {
		return err
	}
	for _, f := range []*os.File{source, target} {
		if _, err := f.Seek(lockPage+pageSize, io.SeekStart); err != nil {
			return err
		}
	}
	_, err := io.Copy(target, source)
	return err
}
