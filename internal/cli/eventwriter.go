package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
	"time"

	"guestlist/internal/durable"
	"guestlist/internal/pause"
	"guestlist/internal/session"
	"guestlist/internal/text"
)

const (
	// eventRoom is how many bytes of events wait for their reader at most: some 40,000 rows.
	eventRoom = 16 << 20
	// eventPatience is how long the end of a run waits for a reader that takes nothing.
	eventPatience = 10 * time.Second
)

// eventWriter writes lines in a goroutine of its own, so that no one waits for their reader.
// A line is one write: where the program is killed, only the last one can be cut off.
type eventWriter struct {
	name   string
	out    io.WriteCloser
	notice func(string)
	room   int // for what waits, in bytes

	mu      sync.Mutex
	waiting [][]byte
	size    int // of what waits
	lost    int // lines for which there was no room since the last one that had some
	taken   int // lines that were written
	closed  bool
	err     error
	wake    chan struct{}
	done    chan struct{} // closed when all is written, or nothing can be
}

// newEventWriter makes a writer. Lost makes the line that stands for others.
func newEventWriter(name string, out io.WriteCloser, notice func(string), lost func(lines int) []byte) *eventWriter {
	w := &eventWriter{name: name, out: out, notice: notice, room: eventRoom, wake: make(chan struct{}, 1), done: make(chan struct{})}
	go w.run(lost) // ends with close, or with the process where its reader takes nothing
	return w
}

// add hands a line over. It never waits.
func (w *eventWriter) add(line []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.err != nil || w.closed:
		return
	case w.lost > 0 || w.size+len(line) > w.room:
		w.lost++
	default:
		w.waiting = append(w.waiting, line)
		w.size += len(line)
	}
	w.signal()
}

// close hands the last line over, which has room in any case, and waits until all is written
// or the reader has taken nothing for long.
func (w *eventWriter) close(last []byte) {
	w.mu.Lock()
	w.closed = true
	if w.err == nil {
		w.waiting = append(w.waiting, last)
	}
	w.signal()
	taken := w.taken
	w.mu.Unlock()
	for {
		select {
		case <-w.done:
			return
		case <-time.After(eventPatience):
		}
		w.mu.Lock()
		before, left := taken, len(w.waiting)+w.lost
		taken = w.taken
		w.mu.Unlock()
		if taken == before {
			w.notice(fmt.Sprintf("--events: whoever reads %s has taken nothing for %s: %s not written. The journal has every answer.",
				w.name, text.Duration(eventPatience), areIs(left, "event", "events")))
			return
		}
	}
}

func (w *eventWriter) signal() {
	select {
	case w.wake <- struct{}{}:
	default: // it is awake already
	}
}

// run writes what was handed over, until [eventWriter.close].
func (w *eventWriter) run(lost func(lines int) []byte) {
	defer close(w.done)
	for {
		line, ended := w.next(lost)
		switch {
		case line == nil && ended:
			w.fail(w.out.Close())
			return
		case line == nil:
			<-w.wake
			continue
		}
		if _, err := w.out.Write(line); err != nil {
			w.fail(errors.Join(err, w.out.Close()))
			return
		}
		w.mu.Lock()
		w.taken++
		w.mu.Unlock()
	}
}

// next is the next line to write, nil where none waits. Those that had no room stood behind
// all that wait, but for the last line of the run.
func (w *eventWriter) next(lost func(lines int) []byte) (line []byte, ended bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n := w.lost; n > 0 && (len(w.waiting) == 0 || w.closed && len(w.waiting) == 1) {
		w.lost = 0
		return lost(n), false
	}
	if len(w.waiting) == 0 {
		w.waiting = nil // the array behind it may be large
		return nil, w.closed
	}
	line = w.waiting[0]
	w.waiting[0], w.waiting = nil, w.waiting[1:]
	w.size -= len(line)
	return line, false
}

// fail ends the writing, and says why. It ends no run.
func (w *eventWriter) fail(err error) {
	if err == nil {
		return
	}
	w.mu.Lock()
	w.err, w.waiting = err, nil
	w.mu.Unlock()
	why := text.Error(durable.Cause(err))
	if errors.Is(err, syscall.EPIPE) {
		why = "whoever read them has gone"
	}
	w.notice(fmt.Sprintf("--events: %s ends here: %s. The run goes on without; the journal has every answer.", w.name, why))
}

// openEvents opens a file of events to go on with it. A last line that is cut off, since a
// run was killed, is taken away. Another file is refused: its last line might be taken away,
// and its reader would meet lines of another kind.
func openEvents(ctx context.Context, path string) (*os.File, error) {
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Size() > 0 {
		if err := checkEvents(ctx, path); err != nil {
			return nil, err
		}
	} else if errors.Is(err, os.ErrNotExist) {
		f, err := durable.CreatePrivate(path, os.O_WRONLY|os.O_EXCL)
		if err == nil {
			err = f.Close()
		}
		if err != nil && !errors.Is(err, os.ErrExist) {
			return nil, unwritableEvents(err)
		}
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return nil, unwritableEvents(err)
	}
	return f, nil
}

func unwritableEvents(err error) error {
	return &session.UsageError{Err: fmt.Errorf("--events: %w", err), Next: "name a file that can be written, or - for standard output"}
}

// longestEvent is how long a line of events may be.
const longestEvent = 1 << 20

// checkEvents makes sure that a file has events, and that its last line is whole.
func checkEvents(ctx context.Context, path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return unwritableEvents(err)
	}
	defer func() { _ = f.Close() }() // what was written is cut off already
	begin := make([]byte, len(eventBegin))
	n, err := f.ReadAt(begin, 0)
	if n == 0 && err != nil && !errors.Is(err, io.EOF) {
		return unwritableEvents(err)
	}
	if !bytes.HasPrefix([]byte(eventBegin), begin[:n]) {
		return session.Usagef("name a new file, or one that has events", "--events: %s is a file of another kind", text.Line(path))
	}
	torn, err := tornEvent(f)
	if err != nil || torn < 0 {
		return err
	}
	// Another run may be in the middle of a line.
	if err := pause.For(ctx, 100*time.Millisecond); err != nil {
		return err
	}
	again, err := tornEvent(f)
	if err != nil || again != torn {
		return err
	}
	return f.Truncate(torn)
}

// tornEvent is where a last line begins that has no end, -1 where the last line is whole.
func tornEvent(f *os.File) (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, unwritableEvents(err)
	}
	from := max(0, info.Size()-longestEvent)
	tail := make([]byte, info.Size()-from)
	if _, err := f.ReadAt(tail, from); err != nil && !errors.Is(err, io.EOF) {
		return 0, unwritableEvents(err)
	}
	if bytes.HasSuffix(tail, []byte("\n")) || len(tail) == 0 {
		return -1, nil
	}
	return from + int64(bytes.LastIndexByte(tail, '\n')+1), nil
}
