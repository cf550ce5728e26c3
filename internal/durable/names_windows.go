package durable

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/windows"
)

// Names is how many names a file has, its hard links, and 0 where that cannot be told.
// What [Replace] writes has the one name alone: the others keep what was there.
func Names(path string) int {
	f, err := os.Open(path)
	if err != nil {
		return 0
	}
	defer func() { _ = f.Close() }() // it was only read
	var info windows.ByHandleFileInformation
	if windows.GetFileInformationByHandle(windows.Handle(f.Fd()), &info) != nil {
		return 0
	}
	return int(info.NumberOfLinks)
}

// TempVariable is the environment variable that names the temporary folder.
const TempVariable = "TMP"

// Replaceable finds a program that has a file open so that it cannot be replaced: its
// error is that of the system. A file that is not there can be.
func Replaceable(path string) error {
	f, err := open(path, windows.DELETE)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	return f.Close()
}

// IsHeld reports whether an error is that another program has a file open.
func IsHeld(err error) bool {
	for _, held := range []error{windows.ERROR_SHARING_VIOLATION, windows.ERROR_LOCK_VIOLATION, windows.ERROR_USER_MAPPED_FILE, windows.ERROR_ACCESS_DENIED} {
		if errors.Is(err, held) {
			return true
		}
	}
	return false
}

// OpenShared opens a file for reading, so that other programs may replace it meanwhile.
func OpenShared(path string) (*os.File, error) { return open(path, windows.GENERIC_READ) }

// open opens a file that is there and keeps no other program from anything.
func open(path string, access uint32) (*os.File, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	const share = windows.FILE_SHARE_READ | windows.FILE_SHARE_WRITE | windows.FILE_SHARE_DELETE
	handle, err := windows.CreateFile(name, access, share, nil, windows.OPEN_EXISTING, windows.FILE_ATTRIBUTE_NORMAL, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(handle), path), nil
}
