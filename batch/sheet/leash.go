package sheet

import "io"

// leashSize is the largest piece of a list that is taken into memory, a row, in
// bytes. A cell of Excel holds 32,767 characters.
const leashSize = 4 << 20

// errLeash says that a piece was larger. A quote that is never closed would
// otherwise pull the rest of a file into one cell.
var errLeash error = &faultError{
	what: "a single row is larger than 4 MiB",
	hint: `Look there for a quote (") that is opened and never closed, or for text that does not belong in a list.`,
}

// leash bounds how much is read between two calls of slacken.
type leash struct {
	r    io.Reader
	left int
}

func (l *leash) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errLeash
	}
	n, err := l.r.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}

// slacken allows for the next piece.
func (l *leash) slacken() { l.left = leashSize }
