package journal

import (
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// The header of SQLite's write-ahead log, https://sqlite.org/fileformat2.html#walformat.
const (
	logHeader = 32 // bytes
	logMagic  = 0x377f0682
)

// checkLog refuses a journal whose write-ahead log SQLite would silently discard:
// it may contain all outcomes of a run that crashed. No power cut leaves a log
// that is refused here: its header is synced before anything is acknowledged, and
// so is the first page of the journal.
func checkLog(path string) error {
	log, err := os.Open(path + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return &DiskError{path, err}
	}
	defer func() { _ = log.Close() }()
	header := make([]byte, logHeader)
	switch _, err := io.ReadFull(log, header); {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil // nothing was ever written to it
	case err != nil:
		return &DiskError{path, err}
	case !validLogHeader(header):
		return &DamagedError{path, "its log " + filepath.Base(path) + "-wal was overwritten"}
	}
	if info, err := os.Stat(path); err == nil && info.Size() == 0 {
		return &DamagedError{path, "it is empty, and its log is not"}
	}
	return nil
}

// validLogHeader reports whether a header is SQLite's, or was never written.
func validLogHeader(header []byte) bool {
	var order binary.ByteOrder = binary.LittleEndian
	magic := binary.BigEndian.Uint32(header)
	switch magic {
	case 0:
		return [logHeader]byte(header) == [logHeader]byte{}
	case logMagic:
	case logMagic + 1:
		order = binary.BigEndian
	default:
		return false
	}
	var a, b uint32
	for at := 0; at < 24; at += 8 {
		a += order.Uint32(header[at:]) + b
		b += order.Uint32(header[at+4:]) + a
	}
	return a == binary.BigEndian.Uint32(header[24:]) && b == binary.BigEndian.Uint32(header[28:])
}
