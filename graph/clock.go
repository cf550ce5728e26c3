package graph

import (
	"net/http"
	"sync"
	"time"
)

// clock knows how far Graph's clock is ahead of ours, from the Date headers of answers.
// A header has whole seconds, so that one alone is right to about half a second; each
// further one narrows it down. It is safe for concurrent use.
type clock struct {
	mu sync.Mutex
	// least and most bound how far Graph's clock is ahead; both are 0 before the first
	// answer.
	least, most time.Duration
	known       bool
}

// learn takes the Date of an answer to a request that was sent and answered at these times
// of our clock. Where it contradicts what is known, a clock was set, and it alone counts.
func (c *clock) learn(header http.Header, sent, answered time.Time) {
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return
	}
	least, most := date.Sub(answered), date.Add(time.Second).Sub(sent)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known && max(least, c.least) <= min(most, c.most) {
		least, most = max(least, c.least), min(most, c.most)
	}
	c.least, c.most, c.known = least, most, true
}

// ahead is the best guess.
func (c *clock) ahead() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return (c.least + c.most) / 2
}
