package handoff

import (
	"path"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"guestlist/internal/text"
)

const (
	// maxName is the longest name in bytes, without its number. A pack's name is
	// in the paths of its files twice, and Windows opens no path of more than 260
	// characters.
	maxName = 80
	// noValue names the pack of the rows without a value in the column.
	noValue = "unassigned"
	// noName is the name of a text of which nothing remains.
	noName = "unnamed"
)

// namer gives names that are safe on every file system and differ from each other
// in a folder, also where case and accents do not count.
type namer struct {
	taken map[string]bool
	// last is the number that a name got last.
	last map[string]int
}

// newNamer makes a namer for a folder in which some names are already taken.
func newNamer(taken ...string) *namer {
	n := &namer{taken: make(map[string]bool), last: make(map[string]int)}
	for _, name := range taken {
		n.taken[foldName(name)] = true
	}
	return n
}

// name makes a name of any text, with a number if it is taken.
func (n *namer) name(s string) string {
	base := safeName(s)
	folded := foldName(base)
	name, number := base, max(1, n.last[folded])
	for n.taken[foldName(name)] {
		number++
		name = base + " (" + strconv.Itoa(number) + ")"
	}
	n.taken[foldName(name)] = true
	n.last[folded] = number
	return name
}

// foldName is equal for two names that some file system takes for the same.
func foldName(name string) string {
	return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(name)))
}

// safeName makes a name of any text that is a file in its folder, on Windows and in
// a shell, too, and that people can see.
func safeName(s string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(`<>:"/\|?*`, r) || r == utf8.RuneError:
			return '-'
		case unicode.IsSpace(r) || r == '\u2800': // the blank of Braille is a symbol
			return ' '
		case text.IsInvisible(r) || !unicode.IsGraphic(r): // control, format, unassigned and private characters
			return -1
		default:
			return r
		}
	}, norm.NFC.String(strings.ToValidUTF8(s, "\uFFFD")))
	name = trimName(strings.Join(strings.Fields(name), " "))
	if len(name) > maxName {
		name = trimName(strings.TrimSuffix(text.Truncate(name, maxName), "…"))
	}
	if name == "" {
		return noName
	}
	if reserved(name) {
		return "_" + name
	}
	return name
}

// trimName removes what hides a file, what Windows drops from the end, and what a
// shell (-, ~) or Office (~$) would misread.
func trimName(name string) string {
	return strings.TrimRight(strings.TrimLeft(name, " .-~"), " .")
}

// reserved finds the names that are devices on Windows, with any extension.
// Source: learn.microsoft.com/windows/win32/fileio/naming-a-file.
func reserved(name string) bool {
	base, _, _ := strings.Cut(name, ".")
	base = strings.ToUpper(strings.TrimSpace(base))
	switch base {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$":
		return true
	}
	for _, pattern := range []string{"COM[0-9¹²³]", "LPT[0-9¹²³]"} {
		if match, _ := path.Match(pattern, base); match {
			return true
		}
	}
	return false
}
