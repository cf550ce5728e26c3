package journal

import (
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ForeignError says that a file is not a journal that this program can read.
type ForeignError struct{ Path, Reason string }

func (e *ForeignError) Error() string { return fmt.Sprintf("journal %s: %s", e.Path, e.Reason) }

// Why a journal of guestlist cannot be read by this version of it.
const (
	reasonNewer = "was written by a newer guestlist"
	reasonOlder = "is of an older guestlist, and no run of this version has opened it yet"
)

// Hint tells how to go on.
func (e *ForeignError) Hint() string {
	switch e.Reason {
	case reasonNewer:
		return "go on with the newer one; guestlist version says which this is"
	case reasonOlder:
		return "run the command of that batch once more, or guestlist retry with its results: a run brings it up to date"
	default:
		return "move it away; the results workbook beside it, if there is one, still tells who was invited"
	}
}

// DamagedError says that a file is a journal and cannot be relied on: parts of
// it are missing or were overwritten. It is left as it is, except that SQLite
// folds the log of a killed run into it.
type DamagedError struct{ Path, Reason string }

func (e *DamagedError) Error() string {
	return fmt.Sprintf("journal %s is damaged: %s", e.Path, e.Reason)
}

// Hint tells how to go on without inviting anyone twice.
func (e *DamagedError) Hint() string {
	return "keep a copy of " + e.Path + " and of the files whose names begin with it, restore them from a backup, or move them away: without a journal the results workbook tells who was invited"
}

// DiskError says that the system would not let the journal be read or written:
// a full disk, a read-only folder, a share that went away.
type DiskError struct {
	Path string
	Err  error
}

func (e *DiskError) Error() string { return fmt.Sprintf("journal %s: %v", e.Path, e.Err) }

// Unwrap returns the error of the system or of SQLite.
func (e *DiskError) Unwrap() error { return e.Err }

// Hint tells how to go on.
func (e *DiskError) Hint() string {
	return "see that the folder is there, may be written to and has room, or use --out to write results, and their journal, elsewhere"
}

// MixedError says that a journal or a workbook belongs to another tenant, or that
// one of tenant and journal is real and the other simulated.
type MixedError struct {
	Path      string
	Has, Want Identity
}

func (e *MixedError) Error() string {
	return fmt.Sprintf("%s belongs to %v, and this run is for %v", e.Path, e.Has, e.Want)
}

// Hint tells how to go on.
func (e *MixedError) Hint() string {
	if e.Has.Sandbox {
		return "add --sandbox to go on with the simulated tenant, or use --out to keep real results in a file of their own"
	}
	return "use --out to keep the results of each tenant in a file of its own"
}

// translateError turns the codes of SQLite and PostgreSQL into errors that say what to do.
func translateError(path string, err error) error {
	var code *sqlite.Error
	if !errors.As(err, &code) {
		return translatePostgres(path, err)
	}
	switch code.Code() & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return &BusyError{Path: path, Holder: readHolder(path)}
	case sqlite3.SQLITE_NOTADB:
		return &ForeignError{path, "is not a journal"}
	case sqlite3.SQLITE_CORRUPT:
		return &DamagedError{path, code.Error()}
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return &DiskError{path, code}
	default:
		return fmt.Errorf("journal %s: %w", path, err)
	}
}
