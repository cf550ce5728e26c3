package cli

import (
	"fmt"
	"os"
	"sync"
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
