package journal

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"time"

	"modernc.org/sqlite/vfs"

	"guestlist/internal/shell"
	"guestlist/internal/text"
)

// SQLite takes whatever log it finds beside a database for that of its last moment, and
// writes the pages that it has over those of the database: the two do not name each
// other. Beside a journal that was restored from a backup, or that the log was forgotten
// of, it would bring back rows that were sent since as rows that were never sent. So both
// are looked at before SQLite opens them, as they would be read without the log and with
// it, and the journal must have gone forward.

// LogForeignError says that a log beside a journal is of another moment, or of another
// journal. Neither was changed.
type LogForeignError struct{ Path, Reason string }

func (e *LogForeignError) Error() string {
	return fmt.Sprintf("journal %s: its log %s-wal %s", e.Path, filepath.Base(e.Path), e.Reason)
}

// Hint tells how to go on without inviting anyone twice.
func (e *LogForeignError) Hint() string {
	return "put the journal and the log of one moment there, both from where they were copied; or, if the log was left from before, move it away: " + shell.Quote(e.Path+"-wal")
}

// checkMoment refuses a log that is not of the last moment of its journal. A journal that
// is not sound without the log was in the middle of taking pages over from it: then it
// tells nothing. One that this process has open already is left to its lock: to close the
// file would free that.
func checkMoment(ctx context.Context, path string) error {
	if readHolder(path).PID == os.Getpid() {
		return nil
	}
	file, err := os.Open(path)
	if err != nil {
		return &DiskError{path, err}
	}
	defer func() { _ = file.Close() }()
	logFile, err := os.Open(path + "-wal")
	if err != nil {
		return &DiskError{path, err}
	}
	defer func() { _ = logFile.Close() }()
	log := scanLog(logFile)
	if len(log.pages) == 0 {
		return nil
	}
	info, err := file.Stat()
	if err != nil {
		return &DiskError{path, err}
	}
	before, err := marksOf(ctx, &image{file: file, size: info.Size()})
	if err != nil || ctx.Err() != nil {
		return context.Cause(ctx)
	}
	after, err := marksOf(ctx, &image{file: file, size: log.size, log: logFile, pages: log.pages})
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return &LogForeignError{path, "does not fit it: " + text.Line(err.Error())}
	case after.uid != before.uid:
		return &LogForeignError{path, "is that of another journal"}
	case after.runs < before.runs || after.attempts < before.attempts || after.settled < before.settled:
		return &LogForeignError{path, "is older: what was recorded since would be lost"}
	case before.salt <= 0 || before.attempts == 0 || begunAnew(before.salt, log.salt):
		return nil
	case after.salt == -before.salt: // that of the run which went on without the lost one
		return nil
	case before.isOpen:
		return &LogForeignError{path, "is not that of the run that did not end"}
	case after.attempts != before.attempts || after.sum != before.sum:
		// A run marks the journal before it records anything in the log.
		return &LogForeignError{path, "is newer: what was recorded before would be lost"}
	}
	return nil
}

// begunAnew reports whether a log of one salt can be that of another, begun anew some
// times: SQLite counts the salt up. Logs of two runs have random ones.
func begunAnew(from int64, to uint32) bool { return to-uint32(from) < 1<<20 } //nolint:gosec // it is kept as it was read

// saltOf is the first salt in the header of a log, 0 where it has none.
func saltOf(header []byte) uint32 {
	if len(header) < logHeader {
		return 0
	}
	return binary.BigEndian.Uint32(header[16:])
}

// marks are what of a journal only grows, and which run it expects the log of.
type marks struct {
	uid                     string
	runs, attempts, settled int64
	sum                     uint32 // of what is known of the attempts
	isOpen                  bool   // a run did not end
	// salt is of the log of the latest run, 0 where that is not known, and negative where
	// that log was lost and a run went on without it.
	salt int64
}

// marksOf reads the marks of a journal that is sound; an error says what is wrong.
func marksOf(ctx context.Context, i *image) (m marks, err error) {
	name, files, err := vfs.New(i)
	if err != nil {
		return m, err
	}
	db, err := sql.Open("sqlite", "file:"+imageName+"?mode=ro&immutable=1&vfs="+name)
	if err != nil {
		return m, errors.Join(err, files.Close())
	}
	defer func() { err = errors.Join(err, db.Close(), files.Close()) }()
	var verdict string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return m, err
	}
	if verdict != "ok" {
		return m, errors.New(verdict)
	}
	const query = "SELECT uid, (SELECT coalesce(max(id), 0) FROM run), open_since <> '', log_salt FROM batch"
	if err := db.QueryRowContext(ctx, query).Scan(&m.uid, &m.runs, &m.isOpen, &m.salt); err != nil {
		return m, err
	}
	rows, err := db.QueryContext(ctx, "SELECT id, address, status, redeem_url FROM attempt ORDER BY id")
	if err != nil {
		return m, err
	}
	defer func() { _ = rows.Close() }()
	sum := crc32.NewIEEE()
	for rows.Next() {
		var address, status, link sql.RawBytes
		if err := rows.Scan(&m.attempts, &address, &status, &link); err != nil {
			return m, err
		}
		if len(status) > 0 {
			m.settled++
		}
		_, _ = fmt.Fprintf(sum, "%d %s %s %s\n", m.attempts, address, status, link) // a hash takes everything
	}
	m.sum = sum.Sum32()
	return m, rows.Err()
}

// logContent is what SQLite finds in a log: what is behind the last commit, or was left
// from before the log was begun anew, does not count.
type logContent struct {
	salt uint32
	// pages are where the latest versions are in the log, by their number; size is how long
	// the journal is with them, in bytes.
	pages map[int64]int64
	size  int64
}

// scanLog reads a log as SQLite does, https://sqlite.org/fileformat2.html#walformat. One
// that cannot be read to its end has the content before that.
func scanLog(log io.Reader) (c logContent) {
	const frameHeader = 24
	in := bufio.NewReaderSize(log, 1<<16)
	header := make([]byte, logHeader)
	if _, err := io.ReadFull(in, header); err != nil || binary.BigEndian.Uint32(header[8:]) != pageSize {
		return c
	}
	sum := newLogSum(header)
	if sum == nil {
		return c // it was never written
	}
	c = logContent{salt: saltOf(header), pages: make(map[int64]int64)}
	open := make(map[int64]int64) // since the last commit
	frame := make([]byte, frameHeader+pageSize)
	for at := int64(logHeader); ; at += int64(len(frame)) {
		if _, err := io.ReadFull(in, frame); err != nil {
			return c
		}
		sum.add(frame[:8])
		sum.add(frame[frameHeader:])
		if !bytes.Equal(frame[8:16], header[16:24]) || !sum.is(frame[16:]) {
			return c
		}
		open[int64(binary.BigEndian.Uint32(frame))] = at + frameHeader
		if commit := binary.BigEndian.Uint32(frame[4:]); commit != 0 {
			maps.Copy(c.pages, open)
			clear(open)
			c.size = int64(commit) * pageSize
		}
	}
}

// imageName is the name of the one file of an image.
const imageName = "journal"

// image is a journal as it is with some pages of its log, for SQLite to read.
type image struct {
	file io.ReaderAt
	size int64 // in bytes
	// pages are where those are in the log, by their number.
	log   io.ReaderAt
	pages map[int64]int64
}

// Open gives the file.
func (i *image) Open(name string) (fs.File, error) {
	if name != imageName {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &imageFile{image: i}, nil
}

// imageFile is an open image.
type imageFile struct {
	*image

	at int64
}

// Seek sets from where is read.
func (f *imageFile) Seek(offset int64, whence int) (int64, error) {
	if whence != io.SeekStart {
		return 0, errors.ErrUnsupported
	}
	f.at = offset
	return offset, nil
}

// Read reads to the end of a page at the most.
func (f *imageFile) Read(b []byte) (n int, err error) {
	if f.at >= f.size {
		return 0, io.EOF
	}
	from := f.at % pageSize
	b = b[:min(int64(len(b)), pageSize-from, f.size-f.at)]
	if page, changed := f.pages[f.at/pageSize+1]; changed {
		n, err = f.log.ReadAt(b, page+from)
	} else {
		n, err = f.file.ReadAt(b, f.at)
	}
	if n > 0 {
		err = nil
	}
	f.at += int64(n)
	return n, err
}

// Stat tells the size.
func (f *imageFile) Stat() (fs.FileInfo, error) { return imageInfo(f.size), nil }

// Close does nothing: the journal itself is closed by whoever opened it.
func (*imageFile) Close() error { return nil }

// imageInfo is the size of an image.
type imageInfo int64

// Size is in bytes.
func (i imageInfo) Size() int64      { return int64(i) }
func (imageInfo) Name() string       { return imageName }
func (imageInfo) Mode() fs.FileMode  { return 0o400 }
func (imageInfo) ModTime() time.Time { return time.Time{} }
func (imageInfo) IsDir() bool        { return false }
func (imageInfo) Sys() any           { return nil }
