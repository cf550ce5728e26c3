// Package shell writes commands that people type: the next step that travels
// with an error or ends a run.
package shell

import (
	"strings"
)

// Quote gives a word as shells take it. Nothing in it can run as code.
func Quote(word string) string {
	safe := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("./:_-@,+=", r)
	}
	switch {
	case word != "" && strings.IndexFunc(word, func(r rune) bool { return !safe(r) }) < 0:
		return word
	case !strings.ContainsAny(word, "$`\\!\""):
		return `"` + word + `"`
	default: // nothing is special between single quotes but themselves
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
}

// File gives the name of a file as shells take it and as no program takes it for a flag:
// -rf.csv becomes ./-rf.csv. A "-" alone is standard input and stays.
func File(name string) string {
	if len(name) > 1 && strings.HasPrefix(name, "-") {
		name = "./" + name
	}
	return Quote(name)
}
