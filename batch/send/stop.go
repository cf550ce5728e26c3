package send

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"guestlist/graph"
)

// Why a run ended with rows pending. [Run.Do] returns them, alone or wrapped.
var (
	// ErrLimit says that as many rows were sent as --limit allows.
	ErrLimit = errors.New("the limit of rows for this run is reached")
	// ErrFailures says that as many rows failed as --max-failures allows.
	ErrFailures = errors.New("too many rows failed")
	// ErrInterrupted is the cause that the command line cancels a run with
	// when a signal asks for its end.
	ErrInterrupted = errors.New("interrupted")
)

// TenantError says that Graph's answer concerned the tenant and not the row
// that met it: every other row would get the same.
type TenantError struct{ Refusal *graph.Refusal }

func (e *TenantError) Error() string {
	r := e.Refusal
	return fmt.Sprintf("the tenant said stop: %s (%s)", r.Message, r.Code)
}

// Unwrap gives the [*graph.Refusal].
func (e *TenantError) Unwrap() error { return e.Refusal }

// Hint is the catalogue's advice.
func (e *TenantError) Hint() string { return e.Refusal.Hint() }

// maxHold is the longest wait that a run keeps.
const maxHold = time.Hour

// LongWaitError says that Graph asked for a wait that is longer than a run keeps.
type LongWaitError struct {
	// Until is when Graph may be called again.
	Until   time.Time
	Refusal *graph.Refusal
}

func (e *LongWaitError) Error() string {
	return fmt.Sprintf("Microsoft asks not to be called before %s: %s (%s)", e.Until.Local().Format("2006-01-02 15:04"), e.Refusal.Message, e.Refusal.Code)
}

// Unwrap gives the [*graph.Refusal].
func (e *LongWaitError) Unwrap() error { return e.Refusal }

// Hint tells when to go on.
func (e *LongWaitError) Hint() string {
	return "run the same command again after " + e.Until.Local().Format("2006-01-02 15:04") + ": the rows are still pending"
}

// JournalError says that the journal could not be written: what cannot be
// recorded must not be sent.
type JournalError struct{ Err error }

func (e *JournalError) Error() string { return fmt.Sprintf("the journal cannot be written: %v", e.Err) }

// Unwrap gives the cause.
func (e *JournalError) Unwrap() error { return e.Err }

// Hint tells how to go on.
func (e *JournalError) Hint() string {
	return "make room on the disk or mend the folder, then run the same command again: what was answered is in the journal"
}

// manyDomains is how many domains in a row may meet a refusal that nobody
// described before it counts as the tenant's.
const manyDomains = 3

// refusedDomains remembers the domains that met such a refusal since a guest was
// last invited.
type refusedDomains struct {
	mu      sync.Mutex
	domains map[string]bool
}

// met adds a domain and reports whether there are too many.
func (d *refusedDomains) met(domain string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.domains == nil {
		d.domains = make(map[string]bool)
	}
	d.domains[domain] = true
	return len(d.domains) >= manyDomains
}

func (d *refusedDomains) cleared() {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.domains)
}
