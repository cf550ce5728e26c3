package durable

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// region is the byte that is locked. It is far behind the note, which others could
// not read if it were locked.
func region() *windows.Overlapped { return &windows.Overlapped{OffsetHigh: 1 << 30} }

// TryLock locks an open file, until [Unlock] or until the process ends. It reports false
// where another has the lock.
func TryLock(f *os.File) (locked bool, err error) {
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	switch err := windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, region()); {
	case err == nil:
		return true, nil
	case errors.Is(err, windows.ERROR_LOCK_VIOLATION), errors.Is(err, windows.ERROR_IO_PENDING):
		return false, nil
	default:
		return false, &os.PathError{Op: "lock", Path: f.Name(), Err: err}
	}
}

// Unlock gives the lock back.
func Unlock(f *os.File) error {
	return windows.UnlockFileEx(windows.Handle(f.Fd()), 0, 1, 0, region())
}
