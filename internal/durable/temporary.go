package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// Leftovers are the names of all that is in the making beside results.
const Leftovers = ".guestlist-*"

// TempPattern is what the temporary files of [Replace] are called.
const TempPattern = ".guestlist-*.tmp"

// lockName is the file in a temporary folder that its process has locked.
const lockName = ".lock"

const (
	// staleAge is the age at which a leftover that nobody could lock cannot belong to a
	// living process.
	staleAge = 24 * time.Hour
	// settleAge is for Windows, which renames no file that is open, and so none that is
	// locked: a file is not taken away in the moment before it is renamed.
	settleAge = time.Minute
)

// TempFile makes a file that only its owner can read. Its process has it locked while
// it is open, so that [Sweep] knows whether somebody still writes it.
func TempFile(folder, pattern string) (*os.File, error) {
	for {
		f, err := createTemp(folder, pattern)
		if err != nil || lockNew(f) {
			return f, err
		}
		_ = f.Close() // it was swept before it was locked
	}
}

// lockNew locks a file that was just made. It reports false where the file is gone.
// What cannot be locked stays until it is a day old.
func lockNew(f *os.File) bool {
	if locked, err := TryLock(f); !locked {
		return err != nil
	}
	have, err := f.Stat()
	there, gone := os.Stat(f.Name())
	return err == nil && gone == nil && os.SameFile(have, there)
}

// TempFolder is a folder that only its owner can read, for what is in the making.
type TempFolder struct {
	// Path is where it is.
	Path string

	lock *os.File
}

// NewTempFolder makes a folder. Its process has it locked until it is removed, so that
// [Sweep] knows whether somebody still uses it.
func NewTempFolder(parent, pattern string) (*TempFolder, error) {
	for {
		path, err := mkdirTemp(parent, pattern)
		if err != nil {
			return nil, err
		}
		f := &TempFolder{Path: path}
		f.lock, err = os.OpenFile(filepath.Join(path, lockName), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrNotExist) {
			continue // it was swept before it had a lock
		}
		if err != nil {
			return nil, errors.Join(err, os.RemoveAll(path))
		}
		if lockNew(f.lock) {
			return f, nil
		}
		_ = f.lock.Close() // it was swept before it was locked
	}
}

// Remove deletes the folder with all that is in it.
func (f *TempFolder) Remove() error {
	if runtime.GOOS == "windows" { // which deletes no file that is open
		return errors.Join(f.lock.Close(), patiently(IsHeld, func() error { return removeAll(f.Path) }))
	}
	return errors.Join(removeAll(f.Path), f.lock.Close())
}

// removeAll deletes a file or a folder, and the lock of a folder last: where it is killed
// in between, what is left can still be swept.
func removeAll(path string) error {
	entries, _ := os.ReadDir(path) // none of a file
	var errs []error
	for _, e := range entries {
		if e.Name() != lockName {
			errs = append(errs, os.RemoveAll(filepath.Join(path, e.Name())))
		}
	}
	return errors.Join(append(errs, os.RemoveAll(path))...)
}

// Sweep removes what processes that died left in a folder: files and folders whose
// name fits the pattern and that no process has locked, or that could not be locked and
// are a day old. They may hold redeem URLs, so that they are not left to the system. It
// is a courtesy: what cannot be removed stays.
func Sweep(folder, pattern string) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	for _, e := range entries {
		if ours, _ := filepath.Match(pattern, e.Name()); !ours {
			continue
		}
		path, lock := filepath.Join(folder, e.Name()), filepath.Join(folder, e.Name())
		switch {
		case e.IsDir():
			lock = filepath.Join(path, lockName)
		case !e.Type().IsRegular():
			continue
		}
		if info, err := e.Info(); err == nil {
			sweep(path, lock, time.Since(info.ModTime()))
		}
	}
}

// sweep removes a leftover whose process is gone, which is known by the file that it had
// locked. On Windows nothing is deleted that is open.
func sweep(path, lock string, age time.Duration) {
	f, err := os.OpenFile(lock, os.O_RDWR, 0)
	if err != nil { // it was never locked
		if age > staleAge {
			_ = os.RemoveAll(path)
		} else if path != lock {
			_ = os.Remove(path) // an empty folder alone
		}
		return
	}
	locked, err := TryLock(f)
	enough := time.Duration(0)
	if runtime.GOOS == "windows" {
		_ = f.Close()
		enough = settleAge
	} else {
		defer func() { _ = f.Close() }()
	}
	if locked && age >= enough || err != nil && age > staleAge {
		_ = removeAll(path)
	}
}
