package journal

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"modernc.org/sqlite"
)

// The header of SQLite's write-ahead log, https://sqlite.org/fileformat2.html#walformat.
const (
	logHeader = 32 // bytes
	logMagic  = 0x377f0682
)

// checkLog refuses a journal whose write-ahead log SQLite would silently discard:
// it may contain all outcomes of a run that crashed. No power cut leaves a log
// that is refused here: its header is synced before anything is acknowledged, and
// so is the first page of the journal. It also refuses a log of another moment, see
// [checkMoment]. It reports whether there is a log with something in it.
func checkLog(ctx context.Context, path string) (hasLog bool, err error) {
	log, err := os.Open(path + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, &DiskError{path, err}
	}
	defer func() { _ = log.Close() }()
	header := make([]byte, logHeader)
	switch _, err := io.ReadFull(log, header); {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return false, nil // nothing was ever written to it
	case err != nil:
		return false, &DiskError{path, err}
	case !validLogHeader(header):
		return false, &DamagedError{path, "its log " + filepath.Base(path) + "-wal was overwritten"}
	}
	if info, err := os.Stat(path); err == nil && info.Size() == 0 {
		return false, &DamagedError{path, "it is empty, and its log is not"}
	}
	return true, checkMoment(ctx, path)
}

// validLogHeader reports whether a header is SQLite's, or was never written. Once
// all of a log is folded into the journal, SQLite begins it anew with the next
// sequence number. A disk that fails in the middle of that leaves the number alone
// changed, and nothing is lost: the header is taken for the one before.
func validLogHeader(header []byte) bool {
	if [logHeader]byte(header) == [logHeader]byte{} || validChecksum(header) {
		return true
	}
	const sequence = 12
	before := slices.Clone(header)
	binary.BigEndian.PutUint32(before[sequence:], binary.BigEndian.Uint32(header[sequence:])-1)
	return validChecksum(before)
}

func validChecksum(header []byte) bool {
	sum := newLogSum(header)
	return sum != nil && sum.is(header[24:])
}

// logSum is the checksum of a log: its header, and then frame by frame.
type logSum struct {
	order binary.ByteOrder
	a, b  uint32
}

// newLogSum begins with the header; nil for one that is not SQLite's.
func newLogSum(header []byte) *logSum {
	s := &logSum{order: binary.LittleEndian}
	switch binary.BigEndian.Uint32(header) {
	case logMagic:
	case logMagic + 1:
		s.order = binary.BigEndian
	default:
		return nil
	}
	s.add(header[:24])
	return s
}

// add takes the next bytes, of which there are a multiple of eight.
func (s *logSum) add(content []byte) {
	for at := 0; at < len(content); at += 8 {
		s.a += s.order.Uint32(content[at:]) + s.b
		s.b += s.order.Uint32(content[at+4:]) + s.a
	}
}

// is reports whether the sum is the one that is written somewhere.
func (s *logSum) is(written []byte) bool {
	return s.a == binary.BigEndian.Uint32(written) && s.b == binary.BigEndian.Uint32(written[4:])
}

// What a run records is in the log until SQLite folds it into the journal. If only
// the journal is copied after a kill, the copy is sound and lacks the latest
// attempts. So before the first attempt of a run is recorded, the journal itself is
// marked: marked and without a log, it has lost something.

// markOpen marks the journal. The checkpoint takes the mark from the log into the
// journal; it leaves the log with something in it.
// The mark has the salt of the log, which the first change makes.
func markOpen(ctx context.Context, db *sql.DB, path string, since time.Time) error {
	if _, err := db.ExecContext(ctx, "UPDATE batch SET log_salt = 0"); err != nil {
		return err
	}
	header, err := readLogHeader(path)
	if err != nil {
		return err
	}
	if _, err := db.ExecContext(ctx, "UPDATE batch SET open_since = ?, log_salt = ?", formatTime(since), saltOf([]byte(header))); err != nil {
		return err
	}
	var busy, pages, done int
	if err := db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(FULL)").Scan(&busy, &pages, &done); err != nil {
		return err
	}
	if busy != 0 || done != pages {
		return fmt.Errorf("%d of %d pages of the log were folded into the journal", done, pages)
	}
	return nil
}

// markClosed removes the mark. It goes to the log as everything else, so the
// journal has it once it has all the rest. Where it cannot be written, the log is
// kept when the journal is closed: else the next [Open] would miss it.
func markClosed(ctx context.Context, db *sql.DB) error {
	_, err := db.ExecContext(ctx, "UPDATE batch SET open_since = '' WHERE open_since <> ''")
	if err != nil {
		err = errors.Join(err, keepLog(ctx, db))
	}
	return err
}

func keepLog(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // it goes back to the pool
	return conn.Raw(func(driver any) error {
		control, ok := driver.(sqlite.FileControl)
		if !ok {
			return errors.ErrUnsupported
		}
		_, err := control.FileControlPersistWAL("main", 1)
		return err
	})
}

// LogLostError says that the log of a run that did not end is missing, and with it
// what the run recorded last.
type LogLostError struct {
	Path  string
	Since time.Time
}

func (e *LogLostError) Error() string {
	return fmt.Sprintf("journal %s: its log %s-wal is missing, and with it what was recorded since %s",
		e.Path, filepath.Base(e.Path), e.Since.Format(time.RFC3339))
}

// Hint tells how to go on without inviting anyone twice.
func (e *LogLostError) Hint() string {
	return "copy the log from where the journal was, together with the journal; if it is gone, use --log-lost: guests who are not recorded as invited are looked up before anything is sent"
}
