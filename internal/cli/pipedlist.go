package cli

import (
	"context"
	"errors"
	"io"
)

// maxStdin bounds a list that comes through a pipe, which has no end of its own.
const maxStdin = 1 << 30

var errStdinTooLong = errors.New("it has more than 1 GiB; save the list to a file")

// pipedList is a list from standard input: it ends with an error when a context does,
// although a read of a pipe cannot be called back, and when it is too long.
type pipedList struct {
	ctx  context.Context //nolint:containedctx // it is a reader, which is not given one
	in   io.Reader
	read int64
}

func (l *pipedList) Read(p []byte) (int, error) {
	type result struct {
		n   int
		err error
	}
	own := make([]byte, len(p)) // the read may go on when nobody waits for it any more
	ended := make(chan result, 1)
	go func() { // ends with its read, or with the process
		n, err := l.in.Read(own)
		ended <- result{n, err}
	}()
	select {
	case r := <-ended:
		if l.read += int64(r.n); l.read > maxStdin {
			return 0, errStdinTooLong
		}
		return copy(p, own[:r.n]), r.err
	case <-l.ctx.Done():
		return 0, context.Cause(l.ctx)
	}
}
