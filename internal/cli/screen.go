package cli

import (
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/mattn/go-runewidth"
	"golang.org/x/term"
)

// screen is standard error: what is said there and a bar that is drawn there
// never tear each other.
type screen struct {
	mu   sync.Mutex
	file *os.File
	// drawn is the bar's line as it stands, nil where there is none.
	drawn *bar
}

// say prints a text that ends its line, above the bar.
func (s *screen) say(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.drawn != nil {
		s.drawn.wipe()
		defer s.drawn.draw()
	}
	_, _ = fmt.Fprintf(s.file, format, args...)
}

// onTerminal reports whether somebody watches a stream.
func onTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// width is how many characters fit beside each other, 0 for no limit.
func width(f *os.File) int {
	if !onTerminal(f) {
		return 0
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil || columns <= 0 {
		return 80
	}
	return max(columns, 40)
}

// drawable reports whether a stream is a terminal that takes the sequences with which a
// bar and colours are drawn. A file never gets any.
func drawable(f *os.File) bool { return onTerminal(f) && takesSequences(f) }

// coloured reports whether a stream takes colours, and its reader wants them
// (no-color.org).
func coloured(p *process, f *os.File) bool {
	return p.getenv("NO_COLOR") == "" && p.getenv("TERM") != "dumb" && drawable(f)
}

// What stands to the left of folded words, in characters: a count and the gap behind it,
// a label such as "carried: ", and the start of an error and of a note.
const (
	countWidth = 10
	labelWidth = 9
	errorWidth = 11
	noteWidth  = 6
)

// beside folds a text between words, so that it fits beside what stands to its left, with
// its further lines below the first; off a terminal, whose width is 0, it stays as it is.
func beside(words string, left, terminal int) string {
	const least = 20
	if terminal < left+least {
		return words
	}
	var lines []string
	for line := range strings.SplitSeq(words, "\n") {
		lines = append(lines, folded(line, terminal-left)...)
	}
	return strings.Join(lines, "\n"+strings.Repeat(" ", left))
}

// folded are the lines of a text that fit a number of characters. No word is broken: a path
// that is longer has a line to itself, which the terminal folds as it likes.
func folded(words string, room int) []string {
	var lines []string
	line, used := "", 0
	for i, word := range strings.Split(words, " ") {
		wide := runewidth.StringWidth(word)
		switch {
		case i == 0:
			line, used = word, wide
		case used+1+wide <= room:
			line, used = line+" "+word, used+1+wide
		default:
			lines = append(lines, strings.TrimRight(line, " "))
			line, used = word, wide
		}
	}
	return append(lines, strings.TrimRight(line, " "))
}

// trimmedLines takes the spaces from the ends of lines.
func trimmedLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n")
}
