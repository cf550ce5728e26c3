package send

import (
	"sync"
	"time"

	"guestlist/batch"
)

// Meter counts what a run does. The run writes it, whoever shows progress
// reads it; the zero Meter is ready.
type Meter struct {
	mu   sync.Mutex
	seen Snapshot
}

// Snapshot is a run at one moment.
type Snapshot struct {
	// Done is rows of this run that were answered, the others are those by their
	// outcome.
	Done, Invited, Failed, Unconfirmed int
	// Parked is rows that wait for a look-up of the directory; the next one is at LookUpAt.
	Parked   int
	LookUpAt time.Time
	// Retrying is rows that wait before their next attempt, the last of them until RetryAt.
	Retrying int
	RetryAt  time.Time
	// Requests is HTTP requests that left, Throttled those answered 429 or by
	// a 503 that names a wait.
	Requests, Throttled int
	// HeldUntil is until when Graph asked everybody to wait, zero or past when
	// nobody does.
	HeldUntil time.Time
	// OutageSince is since when Graph has not answered any more, zero while it does.
	OutageSince time.Time
	// Waited is how long the rate limit made the run wait, Held how long Graph did,
	// by the clock on the wall.
	Waited, Held time.Duration
	// Climb is how far the rate has climbed, zero where it does not.
	Climb Climb
}

// Snapshot returns the counts as they stand.
func (m *Meter) Snapshot() Snapshot {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.seen
}

func (m *Meter) request() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seen.Requests++
}

func (m *Meter) waited(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seen.Waited += d
}

func (m *Meter) held(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seen.Held += d
}

func (m *Meter) climb(c Climb) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seen.Climb = c
}

func (m *Meter) throttled() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seen.Throttled++
}

// hold notes until when Graph asked everybody to wait.
func (m *Meter) hold(until time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seen.HeldUntil = lastOf(m.seen.HeldUntil, until)
}

// outage notes since when there is an outage, zero at its end.
func (m *Meter) outage(since time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seen.OutageSince = since
}

// parked notes how many rows wait for a look-up, and when the next one is.
func (m *Meter) parked(rows int, next time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seen.Parked, m.seen.LookUpAt = rows, next
}

// retrying notes a row that waits before its next attempt, until ended is called.
func (m *Meter) retrying(until time.Time) (ended func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seen.Retrying++
	m.seen.RetryAt = lastOf(m.seen.RetryAt, until)
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.seen.Retrying--
	}
}

func (m *Meter) settled(s batch.Status) Snapshot {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch s {
	case batch.Invited:
		m.seen.Invited++
	case batch.Failed:
		m.seen.Failed++
	case batch.Unconfirmed:
		m.seen.Unconfirmed++
	case batch.Existing: // Graph said so: the row is done
	case batch.Pending, batch.Removed, batch.Invalid, batch.Duplicate:
		return m.seen
	}
	m.seen.Done++
	return m.seen
}
