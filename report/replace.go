package report

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"guestlist/internal/durable"
)

// Names of what a killed process may leave behind, so that a later one finds it.
const (
	tempPattern    = ".guestlist-*.tmp"
	scratchPattern = "guestlist-report-*"
)

// staleAge is the age at which a leftover cannot belong to a living process.
// Leftovers hold redeem URLs, so they are not left to the system.
const staleAge = 24 * time.Hour

// Replace writes a file whole or not at all: what fill writes goes to a
// temporary file in the folder of path, readable by its owner alone, which is
// renamed over path once it is complete and on disk. On any error, also one of
// fill, what stood at path stays as it was; the error is a [*FileError] that
// wraps it.
func Replace(path string, fill func(io.Writer) error) error {
	folder := filepath.Dir(path)
	sweep(folder, tempPattern)
	f, err := os.CreateTemp(folder, tempPattern) // mode 0600
	if err != nil {
		return notWritten(path, err)
	}
	err = errors.Join(fill(f), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return notWritten(path, err)
	}
	if err := durable.SyncFolder(folder); err != nil {
		return notWritten(path, err)
	}
	return nil
}

func notWritten(path string, err error) error {
	return &FileError{Path: path, Reason: "was not written", Next: nextAgain, Err: plain(err)}
}

// newScratch makes a folder of our own for the temporary files of excelize,
// which keeps a sheet of more than 16 MiB on disk until it is zipped.
func newScratch() (string, error) {
	sweep(os.TempDir(), scratchPattern)
	return os.MkdirTemp("", scratchPattern)
}

// sweep removes what killed processes left in folder. It is a courtesy: what
// cannot be removed stays.
func sweep(folder, pattern string) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	for _, e := range entries {
		if ours, _ := filepath.Match(pattern, e.Name()); !ours {
			continue
		}
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > staleAge {
			_ = os.RemoveAll(filepath.Join(folder, e.Name()))
		}
	}
}
