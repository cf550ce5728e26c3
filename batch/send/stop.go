package send

import (
	"errors"
	"fmt"
	"time"

	"guestlist/graph"
	"guestlist/internal/text"
)

// Why a run ended with rows pending. [Run.Do] returns them, alone or wrapped.
var (
	// ErrLimit says that as many rows were sent as --limit allows.
	ErrLimit = errors.New("as many rows were sent as --limit allows")
	// ErrFailures says that as many rows failed as --max-failures allows.
	ErrFailures = errors.New("too many rows failed")
	// ErrInterrupted is the cause that the command line cancels a run with
	// when a signal asks for its end.
	ErrInterrupted = errors.New("interrupted")
	// ErrClosing is [ErrInterrupted] by a system that ends the process itself within
	// seconds, as Windows does when its console is closed.
	ErrClosing = fmt.Errorf("%w: the window was closed", ErrInterrupted)
	// ErrJournalAway is why a [Journal] in a database takes no intent any more: it cannot be
	// reached, or another run has begun. The error tells how to go on.
	ErrJournalAway = errors.New("the database of the journal is not this run's any more")
	// ErrJournalGone is why a [Journal] takes no intent any more: what it writes would
	// be in no file that the next run finds.
	ErrJournalGone = errors.New("its file was removed, moved or replaced while the run went on")
)

// TenantError says that Graph's answer concerned the tenant and not the row
// that met it: every other row would get the same.
type TenantError struct {
	Refusal *graph.Refusal
	// Rows is how many rows met it with no one invited in between, where that is what
	// shows it, else 0.
	Rows int
}

func (e *TenantError) Error() string {
	r := e.Refusal
	if e.Rows > 0 {
		return fmt.Sprintf("Microsoft refused %d rows in the same way, and invited no one in between: %s (%s)", e.Rows, r.Message, r.Code)
	}
	return fmt.Sprintf("Microsoft stopped the run: %s (%s)", r.Message, r.Code)
}

// Unwrap gives the [*graph.Refusal].
func (e *TenantError) Unwrap() error { return e.Refusal }

// Hint is the catalogue's advice. Where all rows meet the same, it names the setting to
// look at.
func (e *TenantError) Hint() string {
	advice := e.Refusal.Hint()
	switch setting := settingOf(e.Refusal); {
	case e.Rows == 0:
		return advice
	case setting != "":
		return "correct " + setting + ", which these rows have in common, and run the same command again"
	case e.Refusal.Entry.Known():
		return "when all rows get the same answer, the cause is usually a setting. " + advice
	}
	return "when all rows get the same answer, the cause is usually a setting: check the external collaboration settings and the cross-tenant access settings in the Entra admin center, the permission User.Invite.All, and what the flags of this command set for all rows, such as --redirect-url"
}

// MaxHold is the longest wait that a run keeps.
const MaxHold = time.Hour

// LongWaitError says that Graph asked for a wait that is longer than a run keeps.
type LongWaitError struct {
	// Until is when Graph may be called again.
	Until   time.Time
	Refusal *graph.Refusal
}

func (e *LongWaitError) Error() string {
	return fmt.Sprintf("Microsoft asks not to be called before %s: %s (%s)", text.Moment(e.Until), e.Refusal.Message, e.Refusal.Code)
}

// Unwrap gives the [*graph.Refusal].
func (e *LongWaitError) Unwrap() error { return e.Refusal }

// Hint tells when to go on.
func (e *LongWaitError) Hint() string {
	return "run the same command again after " + text.Moment(e.Until) + ": the rows are still pending"
}

// JournalError says that the journal could not be written: what cannot be
// recorded must not be sent.
type JournalError struct{ Err error }

func (e *JournalError) Error() string { return fmt.Sprintf("the journal cannot be written: %v", e.Err) }

// Unwrap gives the cause.
func (e *JournalError) Unwrap() error { return e.Err }

// Hint tells how to go on.
func (e *JournalError) Hint() string {
	if errors.Is(e.Err, ErrJournalGone) {
		return "what was answered is in the results, and the journal was written anew where it was missing: leave its files alone while a run goes on, and run the same command again"
	}
	if hinted, ok := errors.AsType[interface {
		error
		Hint() string
	}](e.Err); ok && errors.Is(e.Err, ErrJournalAway) {
		return hinted.Hint()
	}
	return "make room on the disk, or see that the folder may be written to, then run the same command again: what was answered is in the journal"
}
