package session

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"guestlist/internal/assert"
	"guestlist/internal/need"
)

func TestOneFileHasOneName(t *testing.T) {
	folder := t.TempDir()
	at := func(name string) string { return filepath.Join(folder, name) }
	for _, name := range []string{"list.csv", "list.results.xlsx", "list.results.journal.db", "other.xlsx"} {
		if err := os.WriteFile(at(name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	below := filepath.Join(folder, "below")
	if err := os.Mkdir(below, 0o700); err != nil {
		t.Fatal(err)
	}
	links := map[string]string{
		"link.csv": "list.csv", "link.xlsx": at("list.results.xlsx"), filepath.Join("below", "up.xlsx"): filepath.Join("..", "link.xlsx"),
		"dangling.xlsx": "gone.xlsx", "folder.xlsx": "below", "turn.xlsx": "turn.xlsx",
	}
	for name, target := range links {
		need.Symlink(t, target, at(name))
	}
	if err := os.Link(at("list.results.xlsx"), at("a hard link.xlsx")); err != nil {
		t.Skip("no hard links here:", err)
	}
	resolved, err := filepath.EvalSymlinks(folder) // of a temporary folder, on a Mac
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"list.csv": at("list.csv"), "list.results.xlsx": at("list.results.xlsx"), "other.xlsx": at("other.xlsx"),
		"gone.xlsx": at("gone.xlsx"), "below": at("below"),
		"link.csv":                        filepath.Join(resolved, "list.csv"),
		"link.xlsx":                       filepath.Join(resolved, "list.results.xlsx"),
		filepath.Join("below", "up.xlsx"): filepath.Join(resolved, "list.results.xlsx"),
		"a hard link.xlsx":                at("list.results.xlsx"),
		"dangling.xlsx":                   at("gone.xlsx"),
		"folder.xlsx":                     filepath.Join(resolved, "below"),
		"turn.xlsx":                       at("turn.xlsx"),
	} {
		assert.Equal(t, name, Resolve(at(name)), want)
	}
	t.Chdir(folder)
	for name, want := range map[string]string{"./list.csv": "./list.csv", "list.csv": "list.csv", "link.csv": "list.csv", "a hard link.xlsx": "list.results.xlsx"} {
		assert.Equal(t, name, Resolve(name), want)
	}
}

// Windows and macOS know a file by more names than its folder has.
func TestAFileIsKnownByTheNameOfTheFolder(t *testing.T) {
	names := []string{"Partners.journal.db", "Partners.xlsx", "a long name.xlsx", "copy.xlsx", "list.csv"}
	for _, test := range []struct {
		name, is, want string
	}{
		{"Partners.xlsx", "Partners.xlsx", "Partners.xlsx"},
		{"PARTNERS.XLSX", "Partners.xlsx", "Partners.xlsx"},
		{"list.CSV", "list.csv", "list.csv"},
		{"ALONGN~1.XLS", "a long name.xlsx", "a long name.xlsx"},
		{"PARTNE~1.XLS", "Partners.xlsx", "Partners.xlsx"},
		{"copy.xlsx", "Partners.xlsx", "Partners.xlsx"}, // a hard link
		{"copy.xlsx", "copy.xlsx", "copy.xlsx"},
		{"elsewhere.xlsx", "", ""},
	} {
		i := knownAs(names, test.name, func(other string) bool { return other == test.is })
		got := ""
		if i >= 0 {
			got = names[i]
		}
		assert.Equal(t, test.name, got, test.want)
	}
	if !slices.IsSorted(names) {
		t.Error("a folder's names are sorted")
	}
}
