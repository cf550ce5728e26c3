package handoff

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"guestlist/internal/durable"
)

// staleAge is the age at which a leftover cannot belong to a living process.
const staleAge = 24 * time.Hour

// folder is the folder of a hand-off.
type folder struct {
	path string
	// exists says that there is a folder already, empty or from an earlier
	// hand-off, whose ledger it is.
	exists bool
	ledger ledger
}

// openFolder looks at the folder and refuses one that is not ours.
func openFolder(name string) (*folder, error) {
	path, err := resolve(name)
	if err != nil {
		return nil, err
	}
	f := &folder{path: path}
	if err := f.recover(); err != nil {
		return nil, notWritten(path, err)
	}
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return f, nil
	case err != nil:
		return nil, &FolderError{Path: path, Reason: "cannot be looked at", Next: nextOut, Err: durable.Cause(err)}
	case !info.IsDir():
		return nil, &FolderError{Path: path, Reason: "is a file, not a folder", Next: nextOut}
	}
	f.exists = true
	return f, f.readLedger()
}

// resolve finds the real place of the folder, which need not exist; the folder
// it is in must.
func resolve(name string) (string, error) {
	path, err := filepath.Abs(name)
	if err != nil {
		return "", &FolderError{Path: name, Reason: "cannot be found", Next: nextOut, Err: durable.Cause(err)}
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

// backupPath is where the earlier hand-off stands while the new one takes its place.
func (f *folder) backupPath() string {
	return filepath.Join(filepath.Dir(f.path), "."+filepath.Base(f.path)+".before")
}

// stagePrefix begins the name of the folder in which a hand-off is made.
func (f *folder) stagePrefix() string { return "." + filepath.Base(f.path) + ".making-" }

// recover mends what a crash left: a hand-off that was half replaced comes
// back, and what was being made goes.
func (f *folder) recover() error {
	if _, err := os.Lstat(f.backupPath()); err == nil {
		if _, err := os.Lstat(f.path); errors.Is(err, fs.ErrNotExist) {
			return os.Rename(f.backupPath(), f.path)
		}
		return os.RemoveAll(f.backupPath())
	}
	entries, err := os.ReadDir(filepath.Dir(f.path))
	if err != nil {
		return nil //nolint:nilerr // only the sweep needs the list, and it is a courtesy
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && strings.HasPrefix(e.Name(), f.stagePrefix()) && time.Since(info.ModTime()) > staleAge {
			_ = os.RemoveAll(filepath.Join(filepath.Dir(f.path), e.Name()))
		}
	}
	return nil
}

// readLedger reads what an earlier hand-off left; an empty folder has nothing.
func (f *folder) readLedger() error {
	entries, err := os.ReadDir(f.path)
	if err != nil {
		return &FolderError{Path: f.path, Reason: "cannot be read", Next: nextOut, Err: durable.Cause(err)}
	}
	if len(entries) == 0 {
		return nil
	}
	file := filepath.Join(f.path, ledgerName)
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return &FolderError{Path: f.path, Reason: "holds something else than a hand-off, such as " + entries[0].Name(), Next: nextOut}
	}
	if err != nil {
		return &FolderError{Path: file, Reason: "cannot be read", Next: nextOut, Err: durable.Cause(err)}
	}
	if f.ledger, err = readLedger(text); err != nil {
		return &FolderError{Path: file, Reason: err.Error(), Next: nextOut}
	}
	return nil
}

// swapIn moves the made folder to its place. The earlier one steps aside first: at
// any moment one of them is whole, under its own name or the one that recover
// looks for.
func (f *folder) swapIn(made string) error {
	if f.exists {
		if err := os.Rename(f.path, f.backupPath()); err != nil {
			return &FolderError{Path: f.path, Reason: "cannot be replaced; a file in it may be open", Next: "close it, or " + nextOut, Err: durable.Cause(err)}
		}
	}
	if err := os.Rename(made, f.path); err != nil {
		if f.exists {
			err = errors.Join(err, os.Rename(f.backupPath(), f.path))
		}
		return notWritten(f.path, err)
	}
	if err := durable.SyncFolder(filepath.Dir(f.path)); err != nil {
		return notWritten(f.path, err)
	}
	if err := os.RemoveAll(f.backupPath()); err != nil {
		return &FolderError{Path: f.backupPath(), Reason: "is the earlier hand-off and cannot be removed", Next: "delete it", Err: durable.Cause(err)}
	}
	return nil
}

// ignored are files that systems put into folders by themselves.
var ignored = []string{".ds_store", "thumbs.db", "desktop.ini", ".directory"}

// errModified ends the walk at the first file that is not as it was written.
var errModified = errors.New("modified")

// refuseModified refuses to replace a folder in which somebody worked since: edited
// drafts and added notes are not ours to delete.
func (f *folder) refuseModified() error {
	if !f.exists || len(f.ledger.Files) == 0 {
		return nil
	}
	found := ""
	err := filepath.WalkDir(f.path, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(f.path, path)
		if err != nil || name == ledgerName || slices.Contains(ignored, strings.ToLower(d.Name())) {
			return err
		}
		found = filepath.ToSlash(name)
		return checkUnmodified(path, f.ledger.Files[found])
	})
	if errors.Is(err, errModified) {
		return &FolderError{Path: f.path, Reason: found + " was changed or added since the last hand-off", Next: nextMove}
	}
	if err != nil {
		return &FolderError{Path: f.path, Reason: "cannot be read", Next: nextOut, Err: durable.Cause(err)}
	}
	return nil
}

// checkUnmodified compares a file with what the ledger says of it, "" for nothing.
func checkUnmodified(path, want string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || want == "" {
		return errModified
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	sum := sha256.New()
	_, err = io.Copy(sum, file)
	if err = errors.Join(err, file.Close()); err == nil && hex.EncodeToString(sum.Sum(nil)) != want {
		return errModified
	}
	return err
}

// publish writes a hand-off and puts it into its place: instead of the earlier one
// or, with Options.OnlyNew, inside its folder.
func (f *folder) publish(ctx context.Context, w writer, index Index) (Index, error) {
	s, err := f.newStage()
	if err != nil {
		return Index{}, err
	}
	defer s.remove()
	for i := range w.packs {
		if err := w.writePack(ctx, s, &w.packs[i]); err != nil {
			return Index{}, f.explain(err)
		}
		index.Packs[i].Files = w.packs[i].Files
	}
	if err := w.writeIndex(s); err != nil {
		return Index{}, f.explain(err)
	}
	l := ledger{Kind: ledgerKind, Version: ledgerVersion, Tool: w.summary.Tool, Made: w.opt.At.UTC(), Handed: f.ledger.Handed}
	l.enter(w.packs, w.opt)
	if w.opt.OnlyNew && f.ledger.Kind != "" {
		index.Folder, err = f.addInside(ctx, s, l, w.opt.At)
	} else {
		index.Folder, err = f.path, f.replace(ctx, s, l)
	}
	return index, err
}

// explain makes a [*FolderError] of what the file system refused.
func (f *folder) explain(err error) error {
	if errors.As(err, new(*fs.PathError)) || errors.As(err, new(*os.LinkError)) {
		return notWritten(f.path, err)
	}
	return err
}

// replace puts the hand-off into the place of the earlier one, which is deleted.
func (f *folder) replace(ctx context.Context, s *stage, l ledger) error {
	l.Files = s.files
	text, err := json.MarshalIndent(l, "", " ")
	if err != nil {
		return err
	}
	if err := writeNew(filepath.Join(s.packs(), ledgerName), text); err != nil {
		return f.explain(err)
	}
	if err := s.sync(ctx); err != nil {
		return f.explain(err)
	}
	return f.swapIn(s.packs())
}

// addInside puts the hand-off into a folder of its own inside the earlier one
// and tells the ledger then: after a crash in between, guests are handed out
// once more rather than never.
func (f *folder) addInside(ctx context.Context, s *stage, l ledger, now time.Time) (string, error) {
	name := now.Format("2006-01-02 15.04.05")
	folder := filepath.Join(f.path, name)
	for i := 2; exists(folder); i++ {
		folder = filepath.Join(f.path, name+" ("+strconv.Itoa(i)+")")
	}
	l.Files = maps.Clone(f.ledger.Files)
	for file, sum := range s.files {
		l.Files[filepath.Base(folder)+"/"+file] = sum
	}
	text, err := json.MarshalIndent(l, "", " ")
	if err != nil {
		return "", err
	}
	made := filepath.Join(s.root, ledgerName)
	for _, step := range []func() error{
		func() error { return writeNew(made, text) },
		func() error { return s.sync(ctx) },
		func() error { return os.Rename(s.packs(), folder) },
		func() error { return os.Rename(made, filepath.Join(f.path, ledgerName)) },
		func() error { return durable.SyncFolder(f.path) },
	} {
		if err := step(); err != nil {
			return "", f.explain(err)
		}
	}
	return folder, nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// newStage makes the folder: packs inside becomes the hand-off, scratch is for
// the temporary files of others, which hold links as well.
func (f *folder) newStage() (*stage, error) {
	root, err := os.MkdirTemp(filepath.Dir(f.path), f.stagePrefix()+"*") // mode 0700
	if err != nil {
		return nil, notWritten(f.path, err)
	}
	s := &stage{root: root, files: make(map[string]string)}
	if err := errors.Join(os.Mkdir(s.packs(), 0o700), os.Mkdir(s.scratch(), 0o700)); err != nil {
		s.remove()
		return nil, notWritten(f.path, err)
	}
	return s, nil
}

// What can be done about a folder that cannot be written.
const (
	nextOut   = "name another folder with --out"
	nextMove  = "move away what is to be kept, or " + nextOut
	nextAgain = "see to the cause and run the same command again"
)

// FolderError says why the hand-off at Path cannot be made.
type FolderError struct {
	Path string
	// Reason is the cause in words, Next what to do about it.
	Reason, Next string
	// Err is the system's own word, nil where Reason says everything.
	Err error
}

// Error names the folder, the reason and the system's word.
func (e *FolderError) Error() string {
	text := "hand-off " + e.Path + ": " + e.Reason
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the system's error.
func (e *FolderError) Unwrap() error { return e.Err }

// Hint says what to do next.
func (e *FolderError) Hint() string { return e.Next }

// notWritten is what the file system refused.
func notWritten(path string, err error) error {
	return &FolderError{Path: path, Reason: "was not written", Next: nextAgain, Err: durable.Cause(err)}
}
