package session

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/batch/send"
	"guestlist/internal/machine"
	"guestlist/internal/shell"
	"guestlist/internal/text"
)

// registry is what this machine knows of the journals of a tenant: where this user wrote
// them, when that was, and how far they had come. The simulated tenant is new for each
// run, and has none.
type registry struct {
	state  machine.State
	tenant *Tenant
	// ignored are journals that do not count, as the operator named them.
	ignored []string
	// journals are those that were read last.
	journals []machine.Registered
}

// noTenant stands for the tenant of journals that was not known when they were written,
// wherever Graph was called: a gateway in front of it may have another address. They count
// for every tenant, until a run of theirs learns it.
const noTenant = ""

// read learns which journals this user wrote on this machine for the tenant, and those
// whose tenant was not known then; all of them where it is not known now.
func (r *registry) read() (err error) {
	switch {
	case r.tenant.ID.Sandbox:
		return nil
	case r.tenant.ID.Tenant == "":
		r.journals, err = r.state.AllJournals()
		return err
	}
	known, err := r.state.Journals(r.tenant.ID.Tenant)
	unknown, errUnknown := r.state.Journals(noTenant)
	r.journals = slices.Concat(known, unknown)
	return errors.Join(err, errUnknown)
}

// find is the note of a journal.
func (r *registry) find(path string) (machine.Registered, bool) {
	path, err := filepath.Abs(path)
	at := slices.IndexFunc(r.journals, func(j machine.Registered) bool { return j.Path == path })
	if err != nil || at < 0 {
		return machine.Registered{}, false
	}
	return r.journals[at], true
}

// register makes a journal known to later runs of this machine.
func (r *registry) register(j machine.Registered) error {
	if r.tenant.ID.Sandbox {
		return nil
	}
	err := r.state.Register(r.tenant.ID.Tenant, j)
	if r.tenant.ID.Tenant != noTenant {
		err = errors.Join(err, r.state.Forget(noTenant, j.Path))
	}
	return err
}

// forget takes a journal out of those that are registered.
func (r *registry) forget(path string) error {
	if r.tenant.ID.Sandbox {
		return nil
	}
	return errors.Join(r.state.Forget(r.tenant.ID.Tenant, path), r.state.Forget(noTenant, path))
}

// addTo adds the registered journals to those at hand.
func (r *registry) addTo(at journal.AtHand) journal.AtHand {
	at.Registered = make(map[string]string, len(r.journals))
	for _, j := range r.journals {
		at.Registered[j.Path] = j.Batch
	}
	at.Scratch = r.state.Copies()
	return at
}

// tellsAll is after what time without a run the tenant shows for certain whom a journal
// invited: a run may have lasted for a day, and a day more is [batch.FreshInvitation].
const tellsAll = 3 * 24 * time.Hour

// isLongUnused reports whether the tenant shows by now all that a journal could tell.
func (r *registry) isLongUnused(path string) bool {
	j, known := r.find(path)
	return known && time.Since(j.Used) > tellsAll
}

// checkGone refuses to go on without a journal that was deleted so lately that the tenant
// may not show yet whom it invited: after a run that came to its end for as long as
// absence proves nothing, after one that was killed for a day.
func (r *registry) checkGone(path string) error {
	j, known := r.find(path)
	if !known || slices.ContainsFunc(r.ignored, func(i string) bool { abs, err := filepath.Abs(i); return err == nil && abs == j.Path }) {
		return nil
	}
	until := j.Used.Add(lookupFor)
	if j.Running {
		until = j.Used.Add(batch.FreshInvitation)
	}
	if time.Now().After(until) {
		return nil
	}
	return &DeletedJournalError{j.Path, until}
}

// checkNewest refuses a journal that is an older copy of the one that was written here
// last, as checkGone refuses to go on without it.
func (r *registry) checkNewest(j machine.Registered) error {
	last, known := r.find(j.Path)
	if !known || last.Batch != j.Batch || j.Progress >= last.Progress {
		return nil
	}
	return r.checkGone(j.Path)
}

// DeletedJournalError says that a journal was deleted, taken away from its folder, or
// replaced by an older copy, so lately that the tenant may not show yet whom it invited.
// Nothing was sent.
type DeletedJournalError struct {
	Path string
	// Until is when the tenant shows it for certain.
	Until time.Time
}

func (e *DeletedJournalError) Error() string {
	what := " is gone from its folder"
	if _, err := os.Stat(e.Path); err == nil {
		what = " is an older copy of the one that was written last"
	}
	return text.Line(e.Path) + what + ", and the last run was a short time ago: whom it invited, the tenant may not show yet"
}

// Hint tells how to go on.
func (e *DeletedJournalError) Hint() string {
	return fmt.Sprintf("put it back, or run the same command again after %s. Or leave it out with --ignore-journal %s: guests whom only this journal knows can then be invited again",
		text.Moment(e.Until), shell.Quote(e.Path))
}

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
		notice(text.Error(h.err))
		h.err = nil
	}
}
