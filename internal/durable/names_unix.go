//go:build unix

package durable

import (
	"os"
	"syscall"
)

// Names is how many names a file has, its hard links, and 0 where that cannot be told.
// What [Replace] writes has the one name alone: the others keep what was there.
func Names(path string) int {
	info, err := os.Lstat(path)
	if err != nil {
		return 0
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(stat.Nlink) //nolint:gosec // no file has so many names
	}
	return 0
}

// TempVariable is the environment variable that names the temporary folder.
const TempVariable = "TMPDIR"

// Replaceable finds a program that has a file open so that it cannot be replaced. There is
// none: a file that is open is replaced under its name alone.
func Replaceable(string) error { return nil }

// IsHeld reports whether an error is that another program has a file open.
func IsHeld(error) bool { return false }

// OpenShared opens a file for reading, so that other programs may replace it meanwhile.
func OpenShared(path string) (*os.File, error) { return os.Open(path) }
