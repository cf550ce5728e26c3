package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// listCase is a line of cases.txt.
type listCase struct {
	name, line string
	env        []string // VARIABLE=VALUE
	list       string   // the file, or -
	args       []string // the flags
	stdin      string   // the file on standard input, "" for none
}

func readCases(t *testing.T) []listCase {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(listsFolder, "cases.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []listCase
	for line := range strings.Lines(string(text)) {
		name, rest, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok || strings.HasPrefix(name, "#") {
			continue
		}
		c := listCase{name: name, line: strings.TrimSpace(rest)}
		words := shellWords(c.line)
		for len(words) > 0 && strings.HasPrefix(words[0], "GUESTLIST_") {
			c.env, words = append(c.env, words[0]), words[1:]
		}
		if at := slices.Index(words, "<"); at >= 0 {
			c.stdin, words = words[at+1], words[:at]
		}
		if len(words) == 0 || slices.ContainsFunc(cases, func(other listCase) bool { return other.name == name }) {
			t.Fatalf("cases.txt: %s has no list, or stands there twice", name)
		}
		c.list, c.args = words[0], words[1:]
		cases = append(cases, c)
	}
	return cases
}

// shellWords splits as a shell does, as far as cases.txt needs it.
func shellWords(line string) []string {
	var words []string
	var word strings.Builder
	var quote rune
	begun := false
	for _, r := range line + " " {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, begun = r, true
		case unicode.IsSpace(r) && begun:
			words, begun = append(words, word.String()), false
			word.Reset()
		case !unicode.IsSpace(r):
			begun = true
			word.WriteRune(r)
		}
	}
	return words
}
