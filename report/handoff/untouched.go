package handoff

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"guestlist/internal/durable"
)

// ignored are files that systems put into folders by themselves.
var ignored = []string{".ds_store", "thumbs.db", "desktop.ini", ".directory"}

// errTouched ends the walk at the first file that is not as it was written.
var errTouched = errors.New("touched")

// untouched refuses to replace a folder in which somebody worked since: edited
// drafts and added notes are not ours to delete.
func (h *home) untouched() error {
	if !h.exists || len(h.ledger.Files) == 0 {
		return nil
	}
	found := ""
	err := filepath.WalkDir(h.path, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(h.path, path)
		if err != nil || name == ledgerName || slices.Contains(ignored, strings.ToLower(d.Name())) {
			return err
		}
		found = filepath.ToSlash(name)
		return h.same(path, h.ledger.Files[found])
	})
	if errors.Is(err, errTouched) {
		return &FolderError{Path: h.path, Reason: found + " was changed or added since the last hand-off", Next: nextMove}
	}
	if err != nil {
		return &FolderError{Path: h.path, Reason: "cannot be read", Next: nextOut, Err: durable.Cause(err)}
	}
	return nil
}

// same compares a file with what the ledger says of it, "" for nothing.
func (h *home) same(path, want string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || want == "" {
		return errTouched
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	sum := sha256.New()
	_, err = io.Copy(sum, f)
	if err = errors.Join(err, f.Close()); err == nil && hex.EncodeToString(sum.Sum(nil)) != want {
		return errTouched
	}
	return err
}
