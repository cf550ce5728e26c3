package sheet

import (
	"bufio"
	"bytes"
	"io"
)

// lineEnds gives each line the end that encoding/csv expects: a carriage return
// that stands alone becomes a line feed, as in "CSV (Macintosh)" and in files put
// together from several. CRLF stays.
type lineEnds struct{ r *bufio.Reader }

func (l lineEnds) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	for rest := p[:n]; ; {
		at := bytes.IndexByte(rest, '\r')
		if at < 0 {
			return n, err
		}
		rest = rest[at:]
		if l.alone(rest[1:]) {
			rest[0] = '\n'
		}
		rest = rest[1:]
	}
}

// alone reports whether no line feed follows, in what was read or after it.
func (l lineEnds) alone(after []byte) bool {
	if len(after) > 0 {
		return after[0] != '\n'
	}
	next, err := l.r.Peek(1)
	return err != nil || next[0] != '\n'
}

var _ io.Reader = lineEnds{}
