package cli

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/mattn/go-runewidth"
	"golang.org/x/term"
)

// screen is standard error: what is said there and a bar that is drawn there
// never tear each other.
type screen struct {
	mu   sync.Mutex
	file *os.File
	// drawn is the line of the bar or of what goes on, nil where there is none.
	drawn drawing
	// going is the innermost activity.
	going *activity
	// asking says that the last line is a question.
	asking bool
}

// wipeLine goes to the start of the line and clears it.
const wipeLine = "\r\x1b[K"

func (s *screen) wipe() { _, _ = fmt.Fprint(s.file, wipeLine) }

// ask puts a question, below which nothing is drawn until it is answered.
func (s *screen) ask(question string) (answered func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.drawn != nil {
		s.wipe()
	}
	s.asking = true
	_, _ = fmt.Fprint(s.file, question)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.asking = false
	}
}

// say prints a text that ends its line, above the bar.
func (s *screen) say(format string, args ...any) {
	_ = s.above(func() error { _, err := fmt.Fprintf(s.file, format, args...); return err }) // no one can be told
}

// above lets something print whole lines above what is drawn.
func (s *screen) above(write func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.drawn != nil && !s.asking {
		s.wipe()
		defer s.drawn.draw()
	}
	return write()
}

// waiting says of what goes on that it waits, and for what.
func (s *screen) waiting(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.going != nil {
		s.going.what, s.going.begun = what, time.Now()
	}
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

// height is how many lines a terminal has, 0 for no limit.
func height(f *os.File) int {
	if !onTerminal(f) {
		return 0
	}
	_, lines, err := term.GetSize(int(f.Fd()))
	if err != nil || lines <= 0 {
		return 24
	}
	return lines
}

// linesOn is how many lines a text takes on a terminal.
func linesOn(said string, terminal int) (n int) {
	for line := range strings.Lines(said) {
		n += max(1, (runewidth.StringWidth(strings.TrimRight(line, "\n"))+terminal-1)/max(terminal, 1))
	}
	return n
}

// cutOff gives as many whole words as fit, and an ellipsis for the others. A long word that
// would leave much of the room empty is cut off itself.
func cutOff(words string, room int) string {
	if runewidth.StringWidth(words) <= room {
		return words
	}
	const more = " …"
	room -= runewidth.StringWidth(more)
	const empty = 10
	whole := folded(words, room)[0]
	if runewidth.StringWidth(whole) < room-empty {
		whole = words
	}
	return runewidth.Truncate(whole, room, "") + more
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

// typedBeside is beside for a command: it stays one line, which the terminal breaks by itself,
// and which is copied whole. Spaces fill up to its edge and in front of the next word, so
// that no word is broken; a shell takes many for one.
func typedBeside(command string, left, terminal int) string {
	if left+runewidth.StringWidth(command) <= terminal || left >= terminal {
		return command
	}
	var b strings.Builder
	at := left
	for i, word := range writtenWords(command) {
		wide := runewidth.StringWidth(word)
		switch {
		case i == 0:
		case at+1+wide <= terminal:
			word, wide = " "+word, 1+wide
		default: // what some terminals cut off at the edge, the space in front of the word is not
			b.WriteString(strings.Repeat(" ", terminal-at+1))
			at = 1
		}
		b.WriteString(word)
		if at += wide; at > terminal { // it is wider than the terminal
			at = (at-1)%terminal + 1
		}
	}
	return b.String()
}

// writtenWords are the words of a command as they are written for the shell of any system: a
// \" may be within quotes, a \' outside.
func writtenWords(command string) (words []string) {
	start, quote, escaped := 0, rune(0), false
	for i, r := range command {
		switch {
		case escaped:
			escaped = false
		case r == '\\' && quote != '\'':
			escaped = true
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			quote = r
		case quote == 0 && r == ' ':
			words, start = append(words, command[start:i]), i+1
		}
	}
	return append(words, command[start:])
}

// trimmedLines takes the spaces from the ends of lines.
func trimmedLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n")
}
