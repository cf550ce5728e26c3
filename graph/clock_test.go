package graph

import (
	"net/http"
	"testing"
	"time"
)

// dated is the header of an answer that Graph gave at a time of its clock.
func dated(at time.Time) http.Header {
	return http.Header{"Date": {at.UTC().Format(http.TimeFormat)}}
}

func TestClockIsNarrowedDownByEachAnswer(t *testing.T) {
	begun := time.Date(2026, 9, 14, 12, 0, 0, 0, time.UTC)
	for _, ahead := range []time.Duration{0, 400 * time.Millisecond, -17 * time.Minute, 3*time.Hour + 999*time.Millisecond} {
		var c clock
		if c.ahead() != 0 {
			t.Errorf("before the first answer: %v", c.ahead())
		}
		last := time.Hour
		for i := range 40 {
			sent := begun.Add(time.Duration(i) * 277 * time.Millisecond)
			given, answered := sent.Add(20*time.Millisecond), sent.Add(30*time.Millisecond)
			c.learn(dated(given.Add(ahead)), sent, answered)
			off := (c.ahead() - ahead).Abs()
			if c.most-c.least > last || off > (c.most-c.least)/2 {
				t.Errorf("%v ahead, answer %d: off by %v, known to %v, before to %v", ahead, i, off, c.most-c.least, last)
			}
			last = c.most - c.least
		}
		if last > 100*time.Millisecond {
			t.Errorf("%v ahead: known to %v", ahead, last)
		}
	}
}

func TestAClockThatWasSetIsLearntAnew(t *testing.T) {
	begun := time.Date(2026, 9, 14, 12, 0, 0, 0, time.UTC)
	var c clock
	c.learn(dated(begun), begun, begun)
	c.learn(http.Header{}, begun, begun)
	c.learn(dated(begun.Add(time.Hour)), begun, begun)
	if off := (c.ahead() - time.Hour).Abs(); off > 500*time.Millisecond {
		t.Errorf("off by %v", off)
	}
}
