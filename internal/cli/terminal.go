package cli

import (
	"os"

	"golang.org/x/term"
)

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

// coloured reports whether a stream takes colours, and its reader wants them
// (no-color.org).
func (p *process) coloured(f *os.File) bool {
	return onTerminal(f) && p.getenv("NO_COLOR") == "" && p.getenv("TERM") != "dumb"
}
