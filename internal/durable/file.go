package durable

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// TempPattern is what the temporary files of [Replace] are called, so that a
// later run finds what a killed one left behind.
const TempPattern = ".guestlist-*.tmp"

// staleAge is the age at which a leftover cannot belong to a living process.
const staleAge = 24 * time.Hour

// Replace writes a file whole or not at all: what fill writes goes to a
// temporary file in the folder of path, readable by its owner alone, which is
// renamed over path once it is complete and on disk. On any error, also one of
// fill, what stood at path stays as it was.
func Replace(path string, fill func(io.Writer) error) error {
	folder := filepath.Dir(path)
	Sweep(folder, TempPattern)
	f, err := os.CreateTemp(folder, TempPattern) // mode 0600
	if err != nil {
		return err
	}
	err = errors.Join(fill(f), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return err
	}
	return SyncFolder(folder)
}

// Sweep removes what killed processes left in a folder: files and folders whose
// name fits the pattern and that are a day old or more. They may hold redeem
// URLs, so that they are not left to the system. It is a courtesy: what cannot
// be removed stays.
func Sweep(folder, pattern string) {
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

// Hash is the SHA-256 of a file in hexadecimal, "" where there is no file.
func Hash(path string) (string, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }() // it was only read
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// Cause takes the operation and the path off an error of the file system, for
// messages that name them in words.
func Cause(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		return e.Err
	}
	return err
}
