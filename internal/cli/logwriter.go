package cli

import (
	"fmt"
	"os"
	"sync"

	"guestlist/internal/durable"
	"guestlist/internal/text"
)

// logWriter writes the log of a run. A log that cannot be written on is told once, and
// ends no run: a line that is cut off is the last one, so that the file stays readable.
type logWriter struct {
	file   *os.File
	notice func(string)

	mu  sync.Mutex
	err error
}

func (w *logWriter) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return 0, w.err
	}
	n, err := w.file.Write(line)
	if w.err = err; err != nil {
		w.notice(fmt.Sprintf("the log %s ends here: %s. The run goes on without it; the journal has every answer.", text.Line(w.file.Name()), text.Error(durable.Cause(err))))
	}
	return n, err
}
