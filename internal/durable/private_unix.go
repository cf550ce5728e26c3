//go:build unix

package durable

import "os"

// CreatePrivate opens a new file that only its owner can read, as [os.OpenFile] does
// with O_CREATE: nobody else can from the moment in which it is there.
func CreatePrivate(path string, flag int) (*os.File, error) {
	return os.OpenFile(path, flag|os.O_CREATE, 0o600)
}

// MkdirPrivate makes a folder that only its owner can enter.
func MkdirPrivate(path string) error { return os.Mkdir(path, 0o700) }

// MakePrivate takes a file away from everybody but its owner.
func MakePrivate(path string) error { return os.Chmod(path, 0o600) }

// IsPrivate reports whether nobody but its owner can read a file. Some drives and shares
// keep no such rights.
func IsPrivate(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().Perm()&0o077 == 0
}

func createTemp(folder, pattern string) (*os.File, error) { return os.CreateTemp(folder, pattern) } // mode 0600

func mkdirTemp(parent, pattern string) (string, error) { return os.MkdirTemp(parent, pattern) } // mode 0700
