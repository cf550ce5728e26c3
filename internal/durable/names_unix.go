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
