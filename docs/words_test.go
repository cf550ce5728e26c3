package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// wrongWords are words that people have stumbled over, by what is said instead.
var wrongWords = map[string]*regexp.Regexp{
	"fix, correct":             regexp.MustCompile(`(?i)\bmend(s|ed|ing)?\b`),
	"throttled":                regexp.MustCompile(`(?i)\bthrown back\b`),
	"the rate limit":           regexp.MustCompile(`(?i)\bpaced?\b`),
	"email, emailed":           regexp.MustCompile(`(?i)\b(mailed|mails|re-?mail|the mail|a mail|no mail|by mail)\b`),
	"no one":                   regexp.MustCompile(`(?i)\bnobody\b`),
	"is in":                    regexp.MustCompile(`(?i)\bstands? in\b`),
	"typo":                     regexp.MustCompile(`(?i)\bslip of\b`),
	"checked":                  regexp.MustCompile(`(?i)\bjudg(ed|es|ing)\b`),
	"package":                  regexp.MustCompile(`(?i)\bpacks?\b`),
	"Microsoft stopped":        regexp.MustCompile(`(?i)\b(said|says) stop\b`),
	"anyway, still":            regexp.MustCompile(`(?i)\ball the same\b`),
	"is not known":             regexp.MustCompile(`(?i)\bcannot be proved\b`),
	"is incomplete":            regexp.MustCompile(`(?i)\bcannot exist\b`),
	"words of ours":            regexp.MustCompile(`\b(strconv|pflag)\b|%!`),
	"cancelled, not confirmed": regexp.MustCompile(`(?i)\bdid not say yes\b`),
}

// wordsThatStay are texts that hold a wrong word and are right: names of files, blocks and
// columns that somebody may still have, and what others say.
var wordsThatStay = []string{
	"contact contacts kontakt",  // headings of lists
	"What to mend",              // a heading of earlier versions
	"Non-external user already", // Graph's own text
	// nothing to do with it
	"mail-enabled", "Mail-enabled", // Exchange's word
}

// Every sentence that people see is in the words that they use.
func TestSentencesAreInPlainWords(t *testing.T) {
	for path, texts := range sentences(t) {
		for _, text := range texts {
			if slices.ContainsFunc(wordsThatStay, func(s string) bool { return strings.Contains(text, s) }) {
				continue
			}
			for better, wrong := range wrongWords {
				if found := wrong.FindString(text); found != "" {
					t.Errorf("%s: %q in %q: say %s", path, found, text, better)
				}
			}
		}
	}
}

// sentences are what people can get to read: the documents, and the strings of the program
// that have more than one word.
func sentences(t *testing.T) map[string][]string {
	t.Helper()
	all := make(map[string][]string)
	module := os.DirFS(root)
	err := fs.WalkDir(module, ".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case path == "samples/partners.html": // which README's commands write
			return err
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains([]string{".git", "node_modules", "testdata", "browsertest", "graph/sandbox", "internal/bench", "batch/provider"}, path),
			entry.IsDir() && slices.Contains([]string{"testdata", "browsertest", "node_modules"}, entry.Name()):
			return fs.SkipDir
		case entry.IsDir() || strings.HasSuffix(path, "_test.go"):
			return nil
		case slices.Contains([]string{".md", ".tmpl", ".html", ".txt"}, filepath.Ext(path)) && !slices.Contains([]string{"docs/architecture.md", "docs/performance.md", "CONTRIBUTING.md"}, path):
			text, err := fs.ReadFile(module, path)
			all[path] = strings.Split(string(text), "\n")
			return err
		case filepath.Ext(path) == ".go":
			all[path], err = stringsOf(filepath.Join(root, path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// stringsOf are the strings of a Go file that have more than one word.
func stringsOf(path string) (all []string, err error) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		return nil, err
	}
	ast.Inspect(file, func(n ast.Node) bool {
		literal, ok := n.(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			return true
		}
		if s, err := strconv.Unquote(literal.Value); err == nil && strings.Contains(s, " ") && !strings.Contains(s, "SELECT") && !strings.Contains(s, "TABLE") && !strings.Contains(s, "UPDATE ") && !strings.Contains(s, "INSERT ") {
			all = append(all, s)
		}
		return true
	})
	return all, nil
}
