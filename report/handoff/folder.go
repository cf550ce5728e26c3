package handoff

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"guestlist/internal/durable"
	"guestlist/internal/text"
	"guestlist/report"
)

// stagePattern names the folders in which hand-offs are made, so that a later
// run finds what a killed process left behind.
const stagePattern = ".guestlist-handoff-*"

// folder is the place of a hand-off on disk.
type folder struct {
	path string
	// exists says that there is a folder already, empty or with an earlier
	// hand-off, whose ledger it is.
	exists bool
	ledger ledger
	// handed are the guests of earlier hand-offs, nil where they do not matter.
	handed *handed
	// unmodified are the files that were found as they were written, as they stood then.
	unmodified map[string]fileState
}

// fileState tells whether a file was written since it was looked at.
type fileState struct{ size, modified int64 }

// openFolder looks at the folder and refuses one that guestlist did not write. The guests
// of earlier hand-offs go into h, unless that is nil.
func openFolder(name string, h *handed) (*folder, error) {
	path, err := resolve(name)
	if err != nil {
		return nil, err
	}
	f := &folder{path: path, handed: h}
	if err := f.recover(); err != nil {
		return nil, notWritten(path, err)
	}
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return f, nil
	case err != nil:
		return nil, refusal(path, "cannot be read", nextOut, err)
	case !info.IsDir():
		return nil, refusal(path, "is a file, not a folder", nextOut, nil)
	}
	f.exists = true
	return f, f.readLedger()
}

// resolve returns the real path of the folder. The folder need not exist, but its
// parent must.
func resolve(name string) (string, error) {
	path, err := filepath.Abs(name)
	if err != nil {
		return "", refusal(name, "cannot be found", nextOut, err)
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		return target, nil
	}
	parent, err := os.Stat(filepath.Dir(path))
	if err != nil || !parent.IsDir() {
		return "", refusal(path, "the folder "+text.Line(filepath.Dir(path))+" does not exist", "make that folder, or "+nextOut, nil)
	}
	return path, nil
}

// backupPath is where the earlier hand-off is kept while the new one takes its
// place.
func (f *folder) backupPath() string {
	return filepath.Join(filepath.Dir(f.path), "."+filepath.Base(f.path)+".before")
}

// recover undoes what a crash left: a hand-off that was about to be replaced comes
// back, and unfinished new ones are removed.
func (f *folder) recover() error {
	durable.Sweep(filepath.Dir(f.path), durable.Leftovers)
	if exists(f.backupPath()) {
		if !exists(f.path) {
			return os.Rename(f.backupPath(), f.path)
		}
		return os.RemoveAll(f.backupPath())
	}
	return nil
}

// readLedger reads what an earlier hand-off left; an empty folder has nothing.
func (f *folder) readLedger() error {
	entries, err := os.ReadDir(f.path)
	if err != nil {
		return refusal(f.path, "cannot be read", nextOut, err)
	}
	if len(entries) == 0 {
		return nil
	}
	file, err := os.Open(f.ledgerPath())
	if errors.Is(err, fs.ErrNotExist) {
		return refusal(f.path, "contains something other than a hand-off, such as "+text.Line(entries[0].Name()), nextOut, nil)
	}
	if err != nil {
		return &report.FileError{Path: f.ledgerPath(), Reason: "cannot be read", Next: nextOut, Err: durable.Cause(err)}
	}
	defer func() { _ = file.Close() }()
	f.ledger, err = readLedger(file, func(address string, e entry) error {
		if f.handed == nil {
			return nil
		}
		return f.handed.add(address, e)
	})
	if err != nil {
		return &report.FileError{Path: f.ledgerPath(), Reason: text.Error(err), Next: nextOut}
	}
	return nil
}

// hasPacks reports whether there are packs of an earlier hand-off.
func (f *folder) hasPacks() bool {
	for name := range f.ledger.Files {
		if filepath.Base(name) != indexName {
			return true
		}
	}
	return false
}

func (f *folder) ledgerPath() string { return filepath.Join(f.path, ledgerName) }

// refuseOther refuses a folder with the packs of another batch. A folder beside the results
// that it is called after belongs to these, also where they were begun anew.
func (f *folder) refuseOther(opt Options) error {
	l := f.ledger
	isOwn := l.Results == filepath.Base(opt.Results) && isBeside(f.path, opt.Results)
	if isOwn || l.Batch == opt.Batch || l.Batch == "" || opt.Batch == "" {
		return nil
	}
	return refusal(f.path, "has the packages of other results, "+text.Line(l.Results), nextOut, nil)
}

// isBeside reports whether two paths are in the same folder.
func isBeside(a, b string) bool {
	x, errX := os.Stat(filepath.Dir(a))
	y, errY := os.Stat(filepath.Dir(b))
	return errX == nil && errY == nil && os.SameFile(x, y)
}

// systemFiles are files that operating systems put into folders by themselves.
var systemFiles = []string{".ds_store", "thumbs.db", "desktop.ini", ".directory"}

// maxSystemFile is more than those files have in bytes, in a folder without pictures.
const maxSystemFile = 1 << 20

// isSystemFile reports whether a file is one that an operating system has put there. A link, or
// a large file, of such a name is somebody's own.
func isSystemFile(d fs.DirEntry) bool {
	if !d.Type().IsRegular() || !slices.Contains(systemFiles, strings.ToLower(d.Name())) {
		return false
	}
	info, err := d.Info()
	return err == nil && info.Size() <= maxSystemFile
}

// errModified ends the walk at the first file that is not as it was written.
var errModified = errors.New("modified")

// refuseModified refuses to replace a folder in which somebody has worked since:
// edited drafts and added notes are not ours to delete. The folder stands at the path at.
// Files that were found unmodified before, and not written since, are not read again.
func (f *folder) refuseModified(at string) error {
	if !f.exists {
		return nil
	}
	if f.unmodified == nil {
		f.unmodified = make(map[string]fileState)
	}
	found := ""
	err := filepath.WalkDir(at, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(at, path)
		if err != nil || name == ledgerName || isSystemFile(d) {
			return err
		}
		found = filepath.ToSlash(name)
		info, err := d.Info()
		if err != nil {
			return err
		}
		now := fileState{info.Size(), info.ModTime().UnixNano()}
		if before, known := f.unmodified[found]; known && before == now && info.Mode().IsRegular() {
			return nil
		}
		f.unmodified[found] = now
		return checkUnmodified(path, f.ledger.Files[found])
	})
	if errors.Is(err, errModified) {
		return refusal(f.path, text.Line(found)+" was changed or added since the last hand-off", nextMove, nil)
	}
	if err != nil {
		return refusal(f.path, "cannot be read", nextOut, err)
	}
	return nil
}

// checkUnmodified compares a file with its SHA-256 in the ledger, "" for a file
// that is not there.
func checkUnmodified(path, want string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || want == "" {
		return errModified
	}
	sum, err := durable.Hash(path)
	if err == nil && sum != want {
		return errModified
	}
	return err
}

// publish writes a hand-off and moves it to its place: where the earlier one is
// or, with Options.OnlyNew, inside that folder.
func (f *folder) publish(ctx context.Context, s *stage, w writer, index Index) (Index, error) {
	if err := w.writePacks(ctx, s); err != nil {
		return Index{}, f.explain(err)
	}
	// The writer of a sheet doubles its buffer up to 32 MiB and leaves as much behind, and so
	// does that of the ledger: collected sooner, 20,000 packs take 40 MiB less.
	defer debug.SetGCPercent(debug.SetGCPercent(50))
	for i, p := range w.packs {
		index.Packs[i] = p.Pack
	}
	if err := w.writeIndex(ctx, s); err != nil {
		return Index{}, f.explain(err)
	}
	l := ledger{
		Kind: ledgerKind, Version: ledgerVersion, Tool: w.facts.Tool, Made: w.opt.At.UTC(),
		Batch: cmp.Or(w.opt.Batch, f.ledger.Batch), Results: filepath.Base(w.opt.Results), Flags: w.opt.Flags,
	}
	var err error
	if w.opt.OnlyNew && f.ledger.Kind != "" {
		index.Folder, err = f.addInside(ctx, s, l, w.opt.At)
	} else {
		index.Folder, err = f.path, f.replace(ctx, s, l)
	}
	return index, err
}

// writeLedger writes a ledger with the guests of this hand-off and of earlier ones.
func (f *folder) writeLedger(path string, s *stage, l ledger) (err error) {
	var earlier io.Reader
	if f.ledger.Kind != "" {
		before, err := os.Open(f.ledgerPath())
		if err != nil {
			return err
		}
		defer func() { _ = before.Close() }()
		earlier = before
	}
	file, err := durable.CreatePrivate(path, os.O_WRONLY|os.O_EXCL)
	if err != nil {
		return err
	}
	return errors.Join(s.ledger.writeTo(file, l, earlier), file.Close())
}

// replace moves the hand-off to its place; the earlier one is deleted.
func (f *folder) replace(ctx context.Context, s *stage, l ledger) error {
	l.Files, s.ledger.replaces = s.files, true
	if err := f.writeLedger(filepath.Join(s.packs(), ledgerName), s, l); err != nil {
		return f.explain(err)
	}
	if err := s.sync(ctx); err != nil {
		return f.explain(err)
	}
	return f.swapIn(s.packs())
}

// swapIn moves the finished folder to its place. The earlier hand-off becomes the
// backup first, so that at any moment one of the two is whole, under its own name
// or under the one that recover looks for. There it is looked at once more: somebody may
// have worked in it while the new one was made, and nobody finds it there to go on.
func (f *folder) swapIn(made string) error {
	if f.exists {
		if err := os.Rename(f.path, f.backupPath()); err != nil {
			return refusal(f.path, "cannot be replaced; a file in it may be open", "close it, or "+nextOut, err)
		}
		if err := f.refuseModified(f.backupPath()); err != nil {
			return errors.Join(err, os.Rename(f.backupPath(), f.path))
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
		return refusal(f.backupPath(), "is the earlier hand-off and cannot be removed", "delete it", err)
	}
	return nil
}

// addInside moves the hand-off into a folder of its own inside the earlier one.
// The ledger follows last: after a crash in between, guests are handed out twice
// and not left out.
func (f *folder) addInside(ctx context.Context, s *stage, l ledger, now time.Time) (string, error) {
	name := now.Format("2006-01-02 15.04.05")
	inside := filepath.Join(f.path, name)
	for i := 2; exists(inside); i++ {
		inside = filepath.Join(f.path, name+" ("+strconv.Itoa(i)+")")
	}
	l.Files = maps.Clone(f.ledger.Files)
	for file, sum := range s.files {
		l.Files[filepath.Base(inside)+"/"+file] = sum
	}
	made := filepath.Join(s.root.Path, ledgerName)
	for _, step := range []func() error{
		func() error { return f.writeLedger(made, s, l) },
		func() error { return s.sync(ctx) },
		func() error { return os.Rename(s.packs(), inside) },
		func() error { return os.Rename(made, filepath.Join(f.path, ledgerName)) },
		func() error { return durable.SyncFolder(f.path) },
	} {
		if err := step(); err != nil {
			return "", f.explain(err)
		}
	}
	return inside, nil
}

// explain makes a [*report.FileError] of an error of the file system.
func (f *folder) explain(err error) error {
	if errors.As(err, new(*fs.PathError)) || errors.As(err, new(*os.LinkError)) {
		return notWritten(f.path, err)
	}
	return err
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// What can be done about a folder that cannot be written.
const (
	nextOut   = "name another folder with --out"
	nextMove  = "move what you want to keep to another place, or " + nextOut
	nextAgain = "fix the cause and run the same command again"
)

// refusal says why the hand-off in a folder cannot be made, and what to do next.
func refusal(path, reason, next string, err error) error {
	return &report.FileError{Path: path, Kind: "folder", Reason: reason, Next: next, Err: durable.Cause(err)}
}

// notWritten is the refusal of the file system.
func notWritten(path string, err error) error {
	return refusal(path, "was not written", nextAgain, err)
}
