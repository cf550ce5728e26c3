package session

import (
	"fmt"
	"sync"
	"time"

	"guestlist/batch/send"
	"guestlist/internal/machine"
)

const (
	// leastHold is the shortest wait that is kept for later runs: a shorter one is over
	// before another run has read its list.
	leastHold = 2 * time.Second
	// holdAhead is how much later than asked for a wait ends as it is kept. Answers that
	// come in together ask for moments that lie close to each other, and are one wait.
	holdAhead = time.Second
)

// hold is before when Microsoft asked not to be called for the tenant. It is kept on this
// machine at once, and not at the end of the run, which may be killed.
type hold struct {
	state  machine.State
	tenant string // "" where nothing is kept
	// until is what an earlier run was asked for.
	until time.Time

	mu   sync.Mutex
	kept time.Time
	err  error
}

// checkHold finds out whether Microsoft asked an earlier run to wait. What is left of it
// this run keeps, too, unless it is longer than a run waits.
func (s *Session) checkHold() error {
	if s.tenant.ID.Sandbox {
		return nil
	}
	s.hold.state, s.hold.tenant = s.State, s.tenant.bucket()
	s.hold.until = s.State.HeldUntil(s.hold.tenant)
	s.hold.kept = s.hold.until
	left := time.Until(s.hold.until)
	switch {
	case left > send.MaxHold:
		return &machine.HeldError{Until: s.hold.until}
	case left > 0:
		s.notice(fmt.Sprintf("Microsoft asked an earlier run to wait: no invitation is sent before %s", s.hold.until.Local().Format(time.TimeOnly)))
	}
	return nil
}

// keep keeps a wait for later runs. It is for the workers of a run, and returns when the
// wait is on disk: whoever calls it was just told to wait longer than that takes.
func (h *hold) keep(until time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.tenant == "" || time.Until(until) < leastHold || !until.After(h.kept) {
		return
	}
	h.kept = until.Add(holdAhead)
	if err := h.state.Hold(h.tenant, h.kept); err != nil {
		h.err = err
	}
}

// report tells, once, that a wait could not be kept.
func (h *hold) report(notice func(string)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.err != nil {
		notice(h.err.Error())
		h.err = nil
	}
}
