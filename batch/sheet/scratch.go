package sheet

import (
	"os"
	"path/filepath"
	"strings"
	"time"
)

// scratchPrefix names our folders among the temporary files.
const scratchPrefix = "guestlist-list-"

// scratchAge is when a folder must be a killed run's: a list stays open as long
// as its invitations take, and a daily budget can make that days.
const scratchAge = 7 * 24 * time.Hour

// newScratch makes a private folder (mode 0700) for what excelize unpacks, and
// removes those that killed runs left behind.
func newScratch() (string, error) {
	sweep(os.TempDir(), time.Now().Add(-scratchAge))
	dir, err := os.MkdirTemp("", scratchPrefix)
	if err != nil {
		return "", &faultError{
			what:  "cannot make a temporary folder to unpack the workbook in",
			hint:  "Free some room there, or name another folder in the environment variable TMPDIR (TMP on Windows).",
			cause: err,
		}
	}
	return dir, nil
}

// sweep removes our folders that were last changed before a time. What cannot
// be removed, another user's for example, stays.
func sweep(dir string, before time.Time) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, entry := range entries {
		if !entry.IsDir() || !strings.HasPrefix(entry.Name(), scratchPrefix) {
			continue
		}
		if info, err := entry.Info(); err == nil && info.ModTime().Before(before) {
			_ = os.RemoveAll(filepath.Join(dir, entry.Name()))
		}
	}
}
