package main_test

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// The repository checks out on Windows and on a Mac: no name is one that these systems
// refuse, or take for another's.
func TestEverySystemTakesTheNamesOfTheRepository(t *testing.T) {
	seen := make(map[string]string)
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		switch name := d.Name(); {
		case path == ".":
			return nil
		case name == ".git", name == "node_modules", name == "rapid", name == "dist":
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil // the file of a worktree
		case why(name) != "":
			t.Errorf("%s: %s", path, why(name))
		}
		if other, twice := seen[strings.ToLower(path)]; twice {
			t.Errorf("%s and %s are one file where letters have no case", path, other)
		}
		seen[strings.ToLower(path)] = path
		if len(path) > 150 { // 260 with the folder of the clone
			t.Errorf("%s: %d characters", path, len(path))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"nul.csv", "Aux", "com1.tar.gz", "lpt9", "CONIN$", "a:b", "list?.csv", "a.", "b ", "tab\t"} {
		if why(name) == "" {
			t.Errorf("%q is taken for a good name", name)
		}
	}
}

// why says what is wrong with the name of a file or folder, "" for nothing
// (learn.microsoft.com/windows/win32/fileio/naming-a-file).
func why(name string) string {
	stem, _, _ := strings.Cut(strings.ToLower(name), ".")
	stem = strings.TrimRight(stem, " ")
	switch {
	case strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || strings.ContainsRune(`<>:"/\|?*`, r) }):
		return "a character that Windows refuses"
	case strings.HasSuffix(name, ".") || strings.HasSuffix(name, " "):
		return "Windows drops the dot or space at the end"
	case stem == "con" || stem == "prn" || stem == "aux" || stem == "nul" || stem == "conin$" || stem == "conout$":
		return "a device on Windows"
	case len(stem) == 4 && (strings.HasPrefix(stem, "com") || strings.HasPrefix(stem, "lpt")) && stem[3] >= '0' && stem[3] <= '9':
		return "a device on Windows"
	}
	return ""
}
