package cli

import (
	"os"

	"golang.org/x/sys/windows"
)

// takesSequences makes a console take control sequences and reports whether it does:
// those before Windows 10 print them instead. The mode belongs to the console, so that
// a stream that leads to another one has its own.
func takesSequences(f *os.File) bool {
	console := windows.Handle(f.Fd())
	var mode uint32
	if windows.GetConsoleMode(console, &mode) != nil {
		return false
	}
	const wanted = windows.ENABLE_PROCESSED_OUTPUT | windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING
	return mode&wanted == wanted || windows.SetConsoleMode(console, mode|wanted) == nil
}
