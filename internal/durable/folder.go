// Package durable puts on disk what the file system alone would keep in memory.
package durable

import (
	"errors"
	"os"
	"runtime"
	"syscall"
)

// SyncFolder puts the names of new and renamed files on disk: without it a
// power cut may take a file away whose contents were synced. Windows cannot
// sync a folder and does not need to; some network file systems refuse it.
func SyncFolder(folder string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EINVAL) {
		err = nil
	}
	return errors.Join(err, d.Close())
}
