// Package docs_test keeps the documents true: what they name is there.
package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"guestlist/graph"
)

const root = ".."

// documents are the Markdown files that speak of the code.
func documents(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	texts := make(map[string]string)
	for _, path := range append(paths, filepath.Join(root, "README.md"), filepath.Join(root, "CONTRIBUTING.md")) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts[path] = string(text)
	}
	return texts
}

// Documents name tests, also by how their names begin, as -run takes them.
func TestTestsThatDocumentsNameExist(t *testing.T) {
	tests := testsOf(t)
	name := regexp.MustCompile(`\b(Test|Fuzz|Benchmark)[A-Z]\w+`)
	for path, text := range documents(t) {
		for _, named := range name.FindAllString(text, -1) {
			if !strings.Contains(tests, "\nfunc "+named) {
				t.Errorf("%s: there is no %s", path, named)
			}
		}
	}
}

// testsOf returns the text of all test files.
func testsOf(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	module := os.DirFS(root)
	err := fs.WalkDir(module, ".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "node_modules"):
			return fs.SkipDir
		case !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		text, err := fs.ReadFile(module, path)
		all.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// Links of documents lead to files that are there.
func TestLinksOfDocumentsLead(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:]+)\)`)
	for path, text := range documents(t) {
		for _, match := range link.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), filepath.FromSlash(match[1]))); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
}

// The table of permissions says of each capability what the program says.
func TestPermissionsAreDocumented(t *testing.T) {
	text := documents(t)["permissions.md"]
	for _, c := range graph.Capabilities() {
		row := regexp.MustCompile(`(?m)^\| ` + regexp.QuoteMeta(c.String()) + `.*$`).FindString(text)
		for _, permission := range c.Permissions() {
			if !strings.Contains(row, "`"+permission+"`") {
				t.Errorf("%s: %s is not in %q", c, permission, row)
			}
		}
		if !strings.Contains(row, "| `"+c.Least()+"` |") {
			t.Errorf("%s: %s is not the least in %q", c, c.Least(), row)
		}
	}
}

// Files and packages in backquotes are paths from the module, or of a script of
// the command line.
func TestFilesThatDocumentsNameExist(t *testing.T) {
	file := regexp.MustCompile("`((?:batch|docs|graph|internal|report|samples|testdata|\\.ci)/[\\w./-]+)`")
	for path, text := range documents(t) {
		for _, match := range file.FindAllStringSubmatch(text, -1) {
			named := match[1]
			if strings.Contains(named, "NAME") || strings.Contains(named, ".sandbox.") {
				continue // a place for a name, or what a run leaves behind
			}
			if strings.HasPrefix(named, "testdata/") {
				named = filepath.Join("internal", "cli", named)
			}
			if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(named))); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
}

// Examples in YAML are YAML, and no key is in one place twice.
func TestExamplesInYAMLAreThat(t *testing.T) {
	block := regexp.MustCompile("(?s)```yaml\n(.*?)```")
	found := 0
	for path, text := range documents(t) {
		for _, match := range block.FindAllStringSubmatch(text, -1) {
			found++
			var example map[string]any
			if err := yaml.Unmarshal([]byte(match[1]), &example); err != nil {
				t.Errorf("%s: %v in\n%s", path, err, match[1])
			}
		}
	}
	if found == 0 {
		t.Error("there are none")
	}
}
