package durable

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Replace writes a file whole or not at all: what fill writes goes to a
// temporary file in the folder of path, readable by its owner alone, which is
// renamed over path once it is complete and on disk. On any error, also one of
// fill, what stood at path stays as it was.
func Replace(path string, fill func(io.Writer) error) error {
	return replace(path, func(f *os.File) error { return fill(f) })
}

// Publish is [Replace] for a file without secrets that other accounts of this machine read.
func Publish(path string, fill func(io.Writer) error) error {
	return replace(path, func(f *os.File) error {
		if err := fill(f); err != nil || runtime.GOOS == "windows" { // where services may read what administrators may
			return err
		}
		return f.Chmod(0o644)
	})
}

// Writable finds out whether [Replace] can write a file, and leaves what is there as it is.
func Writable(path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return &fs.PathError{Op: "write", Path: path, Err: errors.New("it is a folder")}
	}
	f, err := TempFile(filepath.Dir(path), TempPattern)
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()), Replaceable(path))
}

func replace(path string, fill func(*os.File) error) error {
	folder := filepath.Dir(path)
	Sweep(folder, Leftovers)
	f, err := TempFile(folder, TempPattern)
	if err != nil {
		return err
	}
	err = errors.Join(fill(f), f.Sync())
	closed := func() error { return f.Close() }
	if runtime.GOOS == "windows" { // which renames no file that is open
		err = errors.Join(err, f.Close())
		closed = func() error { return nil }
	}
	if err == nil {
		err = patiently(IsHeld, func() error { return os.Rename(f.Name(), path) })
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return errors.Join(err, closed())
	}
	return errors.Join(closed(), SyncFolder(folder))
}

// ReadFile is [os.ReadFile] of a file that other programs may replace meanwhile.
func ReadFile(path string) ([]byte, error) {
	f, err := OpenShared(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	return io.ReadAll(f)
}

// WritePrivate is [os.WriteFile] for a file that only its owner can read.
func WritePrivate(path string, content []byte) error {
	f, err := CreatePrivate(path, os.O_WRONLY|os.O_TRUNC)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}

// Hash is the SHA-256 of a file in hexadecimal, "" where there is no file.
func Hash(path string) (string, error) {
	file, err := OpenShared(path)
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
