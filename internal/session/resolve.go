package session

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"guestlist/batch/journal"
)

// Resolve returns the name by which a file is known, in whatever way it was written: a
// symbolic link stands for its file; letters are those of the folder, which may not tell
// small from capital ones, or have a short name for a long one; and of several hard links
// in a folder, the one beside which there is a journal counts. A file that is not there
// keeps its name.
func Resolve(path string) string {
	info, err := os.Lstat(path)
	if err != nil {
		return path
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		path = follow(path)
	}
	if info, err = os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return path
	}
	folder, name := filepath.Split(path)
	entries, err := os.ReadDir(filepath.Clean(folder + "."))
	if err != nil {
		return path
	}
	names := make([]string, len(entries)) // sorted
	for i, entry := range entries {
		names[i] = entry.Name()
	}
	if i := knownAs(names, name, func(other string) bool {
		found, err := os.Lstat(folder + other)
		return err == nil && os.SameFile(info, found)
	}); i >= 0 {
		return folder + names[i]
	}
	return path
}

// follow is the file that a symbolic link leads to, also where that is not there.
func follow(path string) string {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		return target
	}
	target, err := os.Readlink(path)
	switch {
	case err != nil:
		return path
	case filepath.IsAbs(target):
		return target
	default:
		return filepath.Join(filepath.Dir(path), target)
	}
}

// knownAs is which of a folder's names, in their order, a file is known by, -1 for none
// of them. Only names that are likely are asked about, since a folder may be large.
func knownAs(names []string, name string, same func(string) bool) int {
	at, exact := slices.BinarySearch(names, name)
	if exact && hasJournal(names, name) {
		return at
	}
	likely := func(other string) bool { return strings.EqualFold(other, name) || hasJournal(names, other) }
	for _, ask := range []func(string) bool{
		func(other string) bool { return hasJournal(names, other) },                  // a hard link
		func(other string) bool { return !exact && strings.EqualFold(other, name) },  // other letters
		func(other string) bool { return !exact && !likely(other) && isShort(name) }, // a short name
	} {
		if i := slices.IndexFunc(names, func(other string) bool { return ask(other) && same(other) }); i >= 0 {
			return i
		}
	}
	if exact {
		return at
	}
	return -1
}

func hasJournal(names []string, name string) bool {
	_, found := slices.BinarySearch(names, journal.Path(name))
	return found
}

// isShort reports whether a name may be one of DOS.
func isShort(name string) bool { return strings.Contains(name, "~") }
