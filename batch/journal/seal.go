package journal

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"guestlist/batch"
	"guestlist/internal/text"
)

// seal is the checksum that a journal keeps of its own bytes. A full check of a
// million rows takes seconds on every Open, so a journal that was found sound is
// sealed when it is closed. While its bytes stay the same it is as sound as it was
// then. A file that differs in any way is checked in full, and so is one with a
// log, which is what a killed run leaves behind.
type seal struct {
	path string
	file *os.File // stays open as long as the database: closing it drops SQLite's locks
	// intact says that the bytes were as sealed when the file was opened.
	intact bool
	// altered says that there was a seal and the bytes were others.
	altered bool
	// unproved says that rows were written since the file was found sound.
	unproved atomic.Bool
}

const (
	// pageSize is SQLite's default, in bytes.
	pageSize = 4096
	// lockPage is where the page begins that SQLite locks. It contains nothing, and
	// Windows does not let it be read.
	lockPage = 1 << 30
)

// openSeal checks the seal of a file that the database has already locked. With
// an error it may return a seal that has to be closed.
func openSeal(ctx context.Context, tx *sql.Tx, path string) (*seal, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, &DiskError{path, err}
	}
	s := &seal{path: path, file: file}
	if log, err := os.Stat(path + "-wal"); err == nil && log.Size() > 0 {
		return s, nil
	}
	place, err := sumPage(ctx, tx)
	if err != nil || place == 0 {
		return s, err
	}
	var sum string
	if err := tx.QueryRowContext(ctx, "SELECT coalesce(max(sum), '') FROM seal").Scan(&sum); err != nil {
		return s, err
	}
	now, err := s.sum(place)
	s.intact = now == sum
	s.altered = err == nil && sum != "" && !s.intact
	return s, err
}

// querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// sumPage is the page that contains the sum itself, from 1, or 0 where the tables
// are older than seals.
func sumPage(ctx context.Context, q querier) (page int64, err error) {
	const root = "SELECT coalesce(max(rootpage), 0) FROM sqlite_master WHERE name = 'seal'"
	err = q.QueryRowContext(ctx, root).Scan(&page)
	return page, err
}

// check reads the whole file, so that damage is found before anything is sent. A status
// that there is not is damage as well: such a row would count as never sent.
// The pragma is integrity_check, or quick_check, which takes a third of the time
// because it counts the entries of an index without looking each of them up.
func check(ctx context.Context, tx *sql.Tx, path, pragma string) error {
	var verdict string
	if err := tx.QueryRowContext(ctx, "PRAGMA "+pragma+"(1)").Scan(&verdict); err != nil {
		return err
	}
	if verdict != "ok" {
		return &DamagedError{path, strings.Join(strings.Fields(verdict), " ")}
	}
	for _, table := range []string{"attempt", "list_row"} {
		if err := checkStatuses(ctx, tx, path, table); err != nil {
			return err
		}
	}
	return nil
}

// checkStatuses refuses statuses that no version of this program has written.
func checkStatuses(ctx context.Context, tx *sql.Tx, path, table string) error {
	known := []any{""} // the outcome of an attempt is not known yet
	for _, status := range batch.Statuses() {
		known = append(known, string(status))
	}
	unknown := "SELECT status FROM " + table + " WHERE status NOT IN (?" + strings.Repeat(", ?", len(known)-1) + ") LIMIT 1"
	var status string
	switch err := tx.QueryRowContext(ctx, unknown, known...).Scan(&status); {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return err
	}
	return &DamagedError{path, fmt.Sprintf("a row has the status %q, which guestlist does not have", text.Line(status))}
}

// close seals a file that is sound. Where that fails the file stays unsealed, and
// the next [Open] says why.
func (s *seal) close(ctx context.Context, db *sql.DB) {
	var changes int
	err := db.QueryRowContext(ctx, "SELECT total_changes()").Scan(&changes)
	if err != nil || s.intact && changes == 0 {
		return
	}
	var busy, pages, done int
	err = db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &done)
	if err != nil || busy != 0 || s.unproved.Load() && !isSound(ctx, db, s.path) {
		return
	}
	place, err := sumPage(ctx, db)
	if err != nil {
		return
	}
	if sum, err := s.sum(place); err == nil {
		_, _ = db.ExecContext(ctx, "INSERT INTO seal VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET sum = excluded.sum", sum)
	}
}

// isSound checks what is on disk, not what SQLite has in its cache. What SQLite
// wrote itself is consistent; a page that another program wrote is garbage, or an
// older one with fewer entries.
func isSound(ctx context.Context, db *sql.DB, path string) bool {
	if _, err := db.ExecContext(ctx, "PRAGMA shrink_memory"); err != nil {
		return false
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return false
	}
	defer func() { _ = tx.Rollback() }() // it only read
	return check(ctx, tx, path, "quick_check") == nil
}

// sum is the size and the CRC-32C of the file, apart from what sealing itself
// changes: two counters in the header and the page of the sum. It misses one
// damage in four billion.
func (s *seal) sum(place int64) (string, error) {
	info, err := s.file.Stat()
	if err != nil {
		return "", err
	}
	size, from := info.Size(), int64(0)
	hash := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	buffer := make([]byte, 1<<20)
	for _, skip := range excluded(place) {
		part := io.NewSectionReader(s.file, from, min(skip.from, size)-from)
		if _, err := io.CopyBuffer(hash, part, buffer); err != nil {
			return "", err
		}
		from = min(skip.to, size)
	}
	return fmt.Sprintf("%d %08x", size, hash.Sum32()), nil
}

// byteRange is a part of a file: from one offset to before the other.
type byteRange struct{ from, to int64 }

// excluded are the parts that do not count, in their order, and the end.
func excluded(place int64) []byteRange {
	parts := []byteRange{
		{24, 28},
		{92, 100}, // https://sqlite.org/fileformat2.html#file_change_counter and #validfor
		{(place - 1) * pageSize, place * pageSize},
		{lockPage, lockPage + pageSize},
		{math.MaxInt64, math.MaxInt64},
	}
	slices.SortFunc(parts, func(a, b byteRange) int { return cmp.Compare(a.from, b.from) })
	return parts
}
