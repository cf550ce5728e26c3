package cli

import "time"

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
