package handoff

import (
	"errors"
	"io"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"guestlist/batch"
	"guestlist/internal/mention"
	"guestlist/report"
)

// Erased is what [Forget] did to a hand-off.
type Erased struct {
	// Removed are the packages that held somebody, by their names inside the folder, and the
	// indexes. Changed are those that stay because somebody changed or added a file in them.
	Removed, Changed []string
}

// IsFolder reports whether a folder holds a hand-off, and of which results, as far as that is
// known, and when the last one was made.
func IsFolder(folder string) (results string, made time.Time, ok bool) {
	l, err := ledgerOf(folder)
	return l.Results, l.Made, err == nil
}

// FlagsOf are the flags of the command that made the last hand-off in a folder, none where
// they are not known.
func FlagsOf(folder string) map[string][]string {
	l, _ := ledgerOf(folder) // what cannot be read has none
	return l.Flags
}

// ledgerOf reads the ledger of a folder without its guests.
func ledgerOf(folder string) (ledger, error) {
	file, err := os.Open(filepath.Join(folder, ledgerName))
	if err != nil {
		return ledger{}, err
	}
	defer func() { _ = file.Close() }()
	return readLedger(file, noGuest)
}

// Forget removes the packages of a hand-off that hold people who are to be forgotten, with
// the indexes that name them: links of other guests in a package can be handed out again,
// and a package is never left half. The ledger forgets the people, too. Killed in the
// middle, it is finished by calling it again.
func Forget(folder string, isForgotten func(address string) bool) (e Erased, err error) {
	f, err := openFolder(folder, nil)
	if err != nil || f.ledger.Kind == "" {
		return e, err
	}
	packs, err := f.filesByPack()
	if err != nil {
		return e, err
	}
	if e, err = f.naming(packs, isForgotten); err != nil {
		return e, err
	}
	for i, name := range e.Removed {
		if err := f.removePack(name, packs[name]); err != nil {
			e.Removed = e.Removed[:i]
			return e, f.explain(err)
		}
	}
	return e, f.explain(f.rewriteLedger(func(address string, _ *entry) bool { return !isForgotten(address) }))
}

// Naming are the packages and indexes that [Forget] would remove.
func Naming(folder string, isForgotten func(address string) bool) ([]string, error) {
	f, err := openFolder(folder, nil)
	if err != nil || f.ledger.Kind == "" {
		return nil, err
	}
	packs, err := f.filesByPack()
	if err != nil {
		return nil, err
	}
	e, err := f.naming(packs, isForgotten)
	return e.Removed, err
}

// naming are the packs and indexes that name somebody: those to be removed, and those that were
// changed.
func (f *folder) naming(packs map[string][]string, isForgotten func(address string) bool) (e Erased, err error) {
	for _, name := range slices.Sorted(maps.Keys(packs)) {
		held, changed, err := f.look(packs[name], isForgotten)
		switch {
		case err != nil:
			return Erased{}, f.explain(err)
		case !held:
		case changed:
			e.Changed = append(e.Changed, name)
		default:
			e.Removed = append(e.Removed, name)
		}
	}
	return e, nil
}

// Held are packages of a hand-off.
type Held struct {
	Folder string
	Packs  []string
}

// Outdated are the packages of some hand-offs that have links which have ended, by what the
// records say now: the guest was removed, or has got another link since. Folders without any are
// left out; the records are gone through once.
func Outdated(folders []string, records iter.Seq2[batch.Record, error]) (all []Held, err error) {
	made := make([]*handedOut, 0, len(folders))
	for _, name := range folders {
		guests := newHanded()
		f, err := openFolder(name, guests)
		if err != nil {
			return nil, err
		}
		made = append(made, &handedOut{name: name, folder: f, guests: guests, ended: make(map[string]bool)})
	}
	for rec, err := range records {
		if err != nil {
			return nil, err
		}
		for _, h := range made {
			if e := h.guests.of(rec.Outcome.Address); !e.Replaced && e.hasEnded(rec.Outcome) {
				h.ended[rec.Outcome.Address] = true
			}
		}
	}
	for _, h := range made {
		packs, err := h.outdated()
		if err != nil {
			return nil, err
		}
		if len(packs) > 0 {
			all = append(all, Held{Folder: h.name, Packs: packs})
		}
	}
	return all, nil
}

// handedOut is a hand-off, with the guests whose links have ended.
type handedOut struct {
	name   string
	folder *folder
	guests *handed
	ended  map[string]bool
}

// outdated are the packs that have such guests.
func (h *handedOut) outdated() ([]string, error) {
	if len(h.ended) == 0 {
		return nil, nil
	}
	packs, err := h.folder.filesByPack()
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(packs, func(name string, _ []string) bool { return path.Base(name) == indexName }) // it has no links
	e, err := h.folder.naming(packs, func(address string) bool { return h.ended[address] })
	return slices.Sorted(slices.Values(append(e.Removed, e.Changed...))), err
}

// filesByPack are the files of the folder, by the package or the index that they are, with
// slashes.
func (f *folder) filesByPack() (map[string][]string, error) {
	packs := make(map[string][]string)
	err := filepath.WalkDir(f.path, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || isSystemFile(d) {
			return err
		}
		name, err := filepath.Rel(f.path, file)
		if name = filepath.ToSlash(name); err != nil || name == ledgerName {
			return err
		}
		pack := path.Dir(name)
		if path.Base(name) == indexName || pack == "." {
			pack = name
		}
		packs[pack] = append(packs[pack], name)
		return nil
	})
	if err != nil {
		return nil, refusal(f.path, "cannot be read", nextAgain, err)
	}
	return packs, nil
}

// look reports whether files hold somebody, and whether one of them is not as it was written.
func (f *folder) look(files []string, isForgotten func(string) bool) (held, changed bool, err error) {
	for _, name := range files {
		file := filepath.Join(f.path, filepath.FromSlash(name))
		if !held {
			if held, err = mention.In(file, isForgotten); err != nil {
				return false, false, err
			}
		}
		switch err := checkUnmodified(file, f.ledger.Files[name]); {
		case errors.Is(err, errModified):
			changed = true
		case err != nil:
			return false, false, err
		}
	}
	return held, changed, nil
}

// removePack removes the files of a package, its workbook last: as long as that is there,
// the package is known to hold its guests.
func (f *folder) removePack(name string, files []string) error {
	slices.SortStableFunc(files, func(a, b string) int {
		return strings.Compare(path.Ext(a), path.Ext(b)) // .eml, .txt, .xlsx
	})
	for _, file := range files {
		if err := os.Remove(filepath.Join(f.path, filepath.FromSlash(file))); err != nil {
			return err
		}
		delete(f.ledger.Files, file)
	}
	_ = os.Remove(filepath.Join(f.path, filepath.FromSlash(name))) // the folder, unless a system put something there
	return nil
}

// rewriteLedger writes the ledger as it is now, with the guests that are kept.
func (f *folder) rewriteLedger(keep func(address string, e *entry) bool) error {
	return report.Replace(f.ledgerPath(), func(w io.Writer) error {
		before, err := os.Open(f.ledgerPath())
		if err != nil {
			return err
		}
		defer func() { _ = before.Close() }()
		return writeLedger(w, f.ledger, nil, before, keep)
	})
}
