package handoff

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"guestlist/internal/durable"
)

// staleAge is the age at which a leftover cannot belong to a living process.
const staleAge = 24 * time.Hour

// home is the folder of a hand-off.
type home struct {
	path string
	// exists says that there is a folder already, empty or from an earlier
	// hand-off, whose ledger it is.
	exists bool
	ledger ledger
}

// openHome looks at the folder and refuses one that is not ours.
func openHome(folder string) (*home, error) {
	path, err := resolve(folder)
	if err != nil {
		return nil, err
	}
	h := &home{path: path}
	if err := h.recover(); err != nil {
		return nil, notWritten(path, err)
	}
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return h, nil
	case err != nil:
		return nil, &FolderError{Path: path, Reason: "cannot be looked at", Next: nextOut, Err: durable.Cause(err)}
	case !info.IsDir():
		return nil, &FolderError{Path: path, Reason: "is a file, not a folder", Next: nextOut}
	}
	h.exists = true
	return h, h.readLedger()
}

// resolve finds the real place of the folder, which need not exist; the folder
// it is in must.
func resolve(folder string) (string, error) {
	path, err := filepath.Abs(folder)
	if err != nil {
		return "", &FolderError{Path: folder, Reason: "cannot be found", Next: nextOut, Err: durable.Cause(err)}
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		return target, nil
	}
	parent, err := os.Stat(filepath.Dir(path))
	if err != nil || !parent.IsDir() {
		return "", &FolderError{Path: path, Reason: "the folder " + filepath.Dir(path) + " does not exist", Next: "make that folder, or " + nextOut}
	}
	return path, nil
}

// before is where the earlier hand-off stands while the new one takes its place.
func (h *home) before() string {
	return filepath.Join(filepath.Dir(h.path), "."+filepath.Base(h.path)+".before")
}

// stagePrefix begins the name of the folder in which a hand-off is made.
func (h *home) stagePrefix() string { return "." + filepath.Base(h.path) + ".making-" }

// recover mends what a crash left: a hand-off that was half replaced comes
// back, and what was being made goes.
func (h *home) recover() error {
	if _, err := os.Lstat(h.before()); err == nil {
		if _, err := os.Lstat(h.path); errors.Is(err, fs.ErrNotExist) {
			return os.Rename(h.before(), h.path)
		}
		return os.RemoveAll(h.before())
	}
	entries, err := os.ReadDir(filepath.Dir(h.path))
	if err != nil {
		return nil //nolint:nilerr // only the sweep needs the list, and it is a courtesy
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && strings.HasPrefix(e.Name(), h.stagePrefix()) && time.Since(info.ModTime()) > staleAge {
			_ = os.RemoveAll(filepath.Join(filepath.Dir(h.path), e.Name()))
		}
	}
	return nil
}

// readLedger reads what an earlier hand-off left; an empty folder has nothing.
func (h *home) readLedger() error {
	entries, err := os.ReadDir(h.path)
	if err != nil {
		return &FolderError{Path: h.path, Reason: "cannot be read", Next: nextOut, Err: durable.Cause(err)}
	}
	if len(entries) == 0 {
		return nil
	}
	file := filepath.Join(h.path, ledgerName)
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return &FolderError{Path: h.path, Reason: "holds something else than a hand-off, such as " + entries[0].Name(), Next: nextOut}
	}
	if err != nil {
		return &FolderError{Path: file, Reason: "cannot be read", Next: nextOut, Err: durable.Cause(err)}
	}
	if h.ledger, err = readLedger(text); err != nil {
		return &FolderError{Path: file, Reason: err.Error(), Next: nextOut}
	}
	return nil
}

// put moves the made folder to its place. The earlier one steps aside first: at
// any moment one of them is whole, under its own name or the one that recover
// looks for.
func (h *home) put(made string) error {
	if h.exists {
		if err := os.Rename(h.path, h.before()); err != nil {
			return &FolderError{Path: h.path, Reason: "cannot be replaced; a file in it may be open", Next: "close it, or " + nextOut, Err: durable.Cause(err)}
		}
	}
	if err := os.Rename(made, h.path); err != nil {
		if h.exists {
			err = errors.Join(err, os.Rename(h.before(), h.path))
		}
		return notWritten(h.path, err)
	}
	if err := durable.SyncFolder(filepath.Dir(h.path)); err != nil {
		return notWritten(h.path, err)
	}
	if err := os.RemoveAll(h.before()); err != nil {
		return &FolderError{Path: h.before(), Reason: "is the earlier hand-off and cannot be removed", Next: "delete it", Err: durable.Cause(err)}
	}
	return nil
}
