package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"guestlist/batch"
	"guestlist/batch/followup"
	"guestlist/batch/journal"
	"guestlist/batch/send"
	"guestlist/graph"
	"guestlist/internal/machine"
	"guestlist/internal/session"
	"guestlist/internal/text"
)

// The exit codes. They are a promise to scripts.
const (
	exitOK          = 0
	exitBroken      = 1
	exitUsage       = 2
	exitUnfinished  = 3
	exitAccess      = 4
	exitInvalid     = 5
	exitStopped     = 6
	exitInterrupted = 130
)

// settledError carries an exit code for an end that has been told about.
type settledError struct {
	cause error // nil when the run went through the list
	code  int
	why   string // the code in a few words
}

func (e *settledError) Error() string { return fmt.Sprintf("exit code %d: %v", e.code, e.cause) }

func (e *settledError) Unwrap() error { return e.cause }

var errInvalidRows = errors.New("the list has invalid rows")

// exitCode is the one place that knows which error means which code.
func exitCode(err error) int {
	var settled *settledError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &settled):
		return settled.code
	case errors.As(err, new(*session.UsageError)), errors.As(err, new(*session.CorrectedError)), errors.As(err, new(*journal.MixedError)), errors.As(err, new(*journal.ForeignError)),
		errors.As(err, new(*journal.AddressError)), errors.As(err, new(*journal.PoolerError)), errors.As(err, new(*journal.BatchError)), errors.As(err, new(*journal.MovedError)), errors.As(err, new(*journal.NotMovedError)), errors.As(err, new(*session.InDatabaseError)):
		return exitUsage
	case errors.Is(err, errInvalidRows), errors.As(err, new(*session.InvalidRowsError)):
		return exitInvalid
	default:
		return stopCode(err)
	}
}

// String is the last line of a command that has told the rest.
func (e *settledError) String() string { return fmt.Sprintf("exit code %d: %s", e.code, e.why) }

// stopWords are the codes with which a run stops, in a few words.
func stopWords(code int) string {
	switch code {
	case exitBroken:
		return "the run broke"
	case exitAccess:
		return "signing in failed, or a permission is missing"
	case exitInterrupted:
		return "interrupted"
	}
	return "stopped early"
}

// countsWords say what is left of a run that went through the whole list.
func countsWords(c batch.Counts, unfinished int) string {
	var said []string
	for _, left := range []struct {
		n         int
		one, many string
	}{
		{c[batch.Pending], "row is pending", "rows are pending"},
		{c[batch.Unconfirmed], "row has an unknown outcome", "rows have an unknown outcome"},
		{c[batch.Failed], "row failed", "rows failed"},
		{c[batch.Invalid], "row is invalid", "rows are invalid"},
		{unfinished, "guest has unfinished steps", "guests have unfinished steps"},
	} {
		if left.n > 0 {
			said = append(said, text.Thousands(left.n)+" "+oneOrMany(left.n, left.one, left.many))
		}
	}
	return strings.Join(said, ", ")
}

// stopCode tells why a run ended with rows pending.
func stopCode(err error) int {
	var tenant *send.TenantError
	var removal *session.RemovalStoppedError
	switch {
	case errors.Is(err, send.ErrInterrupted), errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, new(*send.OutageError)), errors.As(err, new(*send.LongWaitError)), errors.As(err, new(*followup.OutageError)):
		return exitStopped
	case errors.Is(err, errDeclined), errors.Is(err, errNotForgotten), errors.Is(err, errKept), errors.Is(err, send.ErrLimit), errors.Is(err, send.ErrFailures), errors.Is(err, session.ErrOpen), errors.As(err, new(*session.DeletedJournalError)):
		return exitStopped
	case errors.As(err, new(*graph.NotGraphError)):
		return exitStopped
	case errors.As(err, new(*session.MissingPermissionsError)), errors.As(err, new(*graph.SignInError)), errors.As(err, new(*session.DirectoryDeniedError)), errors.As(err, new(*graph.PermissionError)):
		return exitAccess
	case errors.As(err, new(*session.DirectoryError)), errors.As(err, new(*session.BudgetError)), errors.As(err, new(*machine.TenantBusyError)), errors.As(err, new(*journal.TenantBusyError)), errors.As(err, new(*journal.TakenOverError)), errors.As(err, new(*machine.HeldError)):
		return exitStopped
	case errors.As(err, &removal):
		if refused, ok := errors.AsType[*graph.Refusal](err); ok && refused.Denied() {
			return exitAccess
		}
		return exitStopped
	case errors.As(err, &tenant) && tenant.Refusal.Entry.Access:
		return exitAccess
	case tenant != nil:
		return exitStopped
	default:
		return exitBroken
	}
}

// isKeptOut reports whether another run is at work on the batch or on the tenant.
func isKeptOut(err error) bool {
	return errors.As(err, new(*machine.TenantBusyError)) || errors.As(err, new(*journal.TenantBusyError)) || errors.As(err, new(*journal.BusyError))
}

// countsCode is the code of a run that went through the whole list.
func countsCode(c batch.Counts) int {
	switch {
	case c[batch.Pending]+c[batch.Unconfirmed] > 0:
		return exitStopped
	case c[batch.Failed]+c[batch.Invalid] > 0:
		return exitUnfinished
	default: // a duplicate of a row that is well needs nothing
		return exitOK
	}
}
