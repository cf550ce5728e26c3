package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"
	"github.com/schollz/progressbar/v3"
)

// bar shows progress to people at a terminal, on one line that is never wider
// than the terminal is at that moment.
type bar struct {
	*screen

	line *progressbar.ProgressBar
	last reading
}

func newBar(s *screen, total int) *bar {
	b := &bar{screen: s, last: reading{total: total}}
	b.line = progressbar.NewOptions(total,
		progressbar.OptionSetWriter(io.Discard), // it only makes the line, we draw it
		progressbar.OptionShowCount(),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionSetElapsedTime(false),
		progressbar.OptionShowDescriptionAtLineEnd(),
	)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drawn = b
	b.draw()
	return b
}

func (b *bar) update(now reading) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last = now
	b.draw()
}

func (b *bar) finish(last reading) {
	b.update(last)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.drawn = nil
	_, _ = fmt.Fprintln(b.file)
}

// draw fits the line into the terminal as it is now: what is said goes first,
// and is cut where even that is too long.
func (b *bar) draw() {
	counted := len(fmt.Sprintf("100%% || (%d/%d)  ", b.last.total, b.last.total))
	room := width(b.file) - counted - 1
	said := b.last.String()
	stretch := min(max(room-runewidth.StringWidth(said), 0), 30)
	progressbar.OptionSetWidth(stretch)(b.line)
	_ = b.line.Set(b.last.Done) // it can only fail to draw
	b.line.Describe(runewidth.Truncate(said, max(room-stretch, 0), "…"))
	_, _ = fmt.Fprint(b.file, wipeLine+strings.TrimSpace(b.line.String()))
}

// How often a line is printed where there is no terminal.
const (
	lineEvery = 30 * time.Second
	lineRows  = 1000
)

// lines shows progress to logs and pipes.
type lines struct {
	*screen

	at   time.Duration
	done int
}

func (l *lines) update(now reading) {
	if now.elapsed-l.at >= lineEvery || now.Done-l.done >= lineRows {
		l.print(now)
	}
}

func (l *lines) finish(last reading) { l.print(last) }

func (l *lines) print(now reading) {
	l.at, l.done = now.elapsed, now.Done
	l.say("%d of %s, %s\n", now.Done, rows(now.total), now)
}
