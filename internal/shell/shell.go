// Package shell writes commands that people type: the next step that travels
// with an error or ends a run.
package shell

import (
	"runtime"
	"strings"
)

// Quote gives a word as the shells of this system take it. Nothing in it can run as code.
func Quote(word string) string { return quote(runtime.GOOS, word) }

// File gives the name of a file as the shells of this system take it and as no program
// takes it for a flag: -rf.csv becomes ./-rf.csv. A "-" alone is standard input and stays.
func File(name string) string { return file(runtime.GOOS, name) }

func file(system, name string) string {
	if len(name) > 1 && strings.HasPrefix(name, "-") {
		if system == "windows" {
			name = `.\` + name
		} else {
			name = "./" + name
		}
	}
	return quote(system, name)
}

// quote is Quote for a system, a GOOS.
func quote(system, word string) string {
	plain := "./:_-@,+="
	if system == "windows" {
		plain = `./:_-+=\` // to PowerShell, @ and , are its own
	}
	special := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(plain, r)
	}
	switch {
	case word != "" && !strings.ContainsFunc(word, special):
		return word
	case system == "windows":
		return windowsQuoted(word)
	case !strings.ContainsAny(word, "$`\\!\""):
		return `"` + word + `"`
	default: // nothing is special between single quotes but themselves
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
}

// windowsQuoted puts a word between double quotes, the only ones that cmd and PowerShell
// both know. What one of them would run, and the other takes as it is, is made harmless
// for both: a $ of PowerShell gets its ` also where cmd then shows it. Its curly quotes
// are quotes to PowerShell.
func windowsQuoted(word string) string {
	var b strings.Builder
	b.WriteByte('"')
	backslashes := 0 // before a quote the program takes each two for one
	for _, r := range word {
		switch {
		case r < ' ':
			r = ' ' // a line break would end the command
		case r == '"':
			b.WriteString(strings.Repeat(`\`, backslashes) + `"`)
		case strings.ContainsRune("$`“”„", r):
			b.WriteByte('`')
		}
		b.WriteRune(r)
		if backslashes++; r != '\\' {
			backslashes = 0
		}
	}
	b.WriteString(strings.Repeat(`\`, backslashes) + `"`)
	return b.String()
}
