package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"golang.org/x/time/rate"

	"guestlist/batch"
	"guestlist/batch/send"
	"guestlist/graph"
	"guestlist/internal/pause"
	"guestlist/internal/text"
)

// RemovalStoppedError says that an undo ended before all guests were removed.
type RemovalStoppedError struct {
	// Address is the guest at whom it stopped, Removed and Left are how many were removed,
	// and were not.
	Address       string
	Removed, Left int
	Err           error
}

func (e *RemovalStoppedError) Error() string {
	return fmt.Sprintf("stopped at %s after %s: %v", text.Line(e.Address), text.Plural(e.Removed, "removed guest"), e.Err)
}

// Unwrap gives why it stopped.
func (e *RemovalStoppedError) Unwrap() error { return e.Err }

// ChangedError says that a guest is not what they were when the list was made: something
// else works on the tenant, too.
type ChangedError struct{ Now batch.Kept }

func (e *ChangedError) Error() string {
	return "the guest has changed since the list was made: " + string(e.Now)
}

// Hint tells how to go on.
func (*ChangedError) Hint() string {
	return "find out what else changes guests of the tenant, and run the same command again: it makes a new list"
}

// errDeletionOpen says that it is not known yet what came of a deletion.
var errDeletionOpen = errors.New("the answer was lost, and the tenant does not show yet what came of the deletion; the next undo finds out first")

// errNotDeleted says that a guest is still there after several requests to delete them.
var errNotDeleted = errors.New("the guest is still there, although Microsoft was asked several times to delete them")

// identityWrites is how many changes of the directory leave in a second: three quarters of
// what an app may make (learn.microsoft.com/graph/throttling-limits), so that other programs
// of the same app have room.
const identityWrites = 15

// Removing says who removes guests.
type Removing struct {
	// Operator is account and machine.
	Operator string
	Progress func(done, total int)
}

// Remove removes the guests of a plan from the tenant, one after the other. Each is read
// once more right before, and the first surprise - a guest who has changed, a refusal, a
// missing permission - ends it with a [*RemovalStoppedError]. It returns how many were
// removed, also with an error. Errors of the journal are those of [journal.Journal.Intend].
func (s *Session) Remove(ctx context.Context, u *Undo, how Removing) (removed int, err error) {
	r := remover{
		Session: s, directory: s.tenant.Directory(), operator: how.Operator,
		limit: rate.NewLimiter(identityWrites, 1),
	}
	for guest := range u.Remove() {
		if err := r.remove(ctx, guest); err != nil {
			if _, ok := errors.AsType[*journalError](err); ok {
				return removed, err
			}
			return removed, &RemovalStoppedError{Address: guest.Address, Removed: removed, Left: u.ToRemove - removed, Err: err}
		}
		removed++
		how.Progress(removed, u.ToRemove)
	}
	return removed, nil
}

// journalError is an error of the journal, which is told as it is.
type journalError struct{ error }

// Unwrap gives the error.
func (e *journalError) Unwrap() error { return e.error }

func ofJournal(err error) error {
	if err == nil {
		return nil
	}
	return &journalError{err}
}

// remover removes guests.
type remover struct {
	*Session

	directory *graph.Directory
	operator  string
	limit     *rate.Limiter
}

// maxDeletions is how often a guest's deletion is asked for whose answer was lost, or that
// met a fault of the service.
const maxDeletions = 3

// remove removes a guest. Being throttled does not count.
func (r *remover) remove(ctx context.Context, guest Removal) error {
	for tries := 0; tries < maxDeletions; tries++ {
		if err := r.limit.Wait(ctx); err != nil {
			return interruption(ctx, err)
		}
		if err := r.check(ctx, guest); err != nil {
			return err
		}
		wait, again, err := r.delete(ctx, guest)
		if err != nil || !again {
			return err
		}
		if wait > 0 {
			tries--
		}
		if err := pause.For(ctx, wait); err != nil {
			return err
		}
	}
	return errNotDeleted
}

// interruption prefers why a context ended.
func interruption(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// check makes sure that all that the list was made by still holds: nothing in Graph keeps a
// guest from being deleted who has accepted meanwhile.
func (r *remover) check(ctx context.Context, guest Removal) error {
	found, err := r.directory.AccountsByID(ctx, []string{guest.userID})
	if err == nil {
		err = found[0].Err
	}
	account := found[0].Value
	if err == nil && account.User.Basic {
		err = &graph.PermissionError{Capability: graph.ReadStatus}
	}
	switch {
	case graph.IsMissing(err):
		return &ChangedError{batch.KeptNotShown}
	case err != nil:
		return interruption(ctx, err)
	}
	now := batch.Removable{User: account.User, HoldsRole: account.HoldsRole(), Requests: guest.requests, Elsewhere: guest.elsewhere}
	if kept := now.Kept(); kept != "" && (kept != batch.KeptAccepted || !guest.Accepted) {
		return &ChangedError{kept}
	}
	return nil
}

// delete asks for the deletion, and finds out what came of it. Again says that it is worth
// asking once more, after a wait. A request that has left is answered although the context
// ends.
func (r *remover) delete(ctx context.Context, guest Removal) (wait time.Duration, again bool, err error) {
	d, err := r.journal.IntendDeletion(ctx, batch.Deletion{
		Address: guest.Address, UserID: guest.userID, At: r.Now().UTC(), ClientRequestID: uuid.NewString(),
		Operator: r.operator, SignedInAs: r.tenant.SignedInAs(),
	})
	if err != nil {
		return 0, false, ofJournal(err)
	}
	flight := context.WithoutCancel(ctx)
	w := r.tenant.Client.Write(graph.WithClientRequestID(flight, d.ClientRequestID), graph.DeleteUser(guest.userID))
	result := batch.DeletionResult{RequestID: w.RequestID, At: r.Now().UTC()}
	if w.Err != nil {
		result.Error = text.Line(text.Error(w.Err))
	}
	switch w.Outcome {
	case graph.Done:
		result.Deleted, result.Gone = true, r.Now().UTC()
		return 0, false, r.settle(flight, d, result, guest.also)
	case graph.Unsettled, graph.NotReplicated:
		known, err := r.findOut(ctx, d, &result)
		if err = interruption(ctx, err); err != nil && !known {
			return 0, false, fmt.Errorf("%w: %w", errDeletionOpen, err)
		} else if !known {
			return 0, false, errDeletionOpen
		}
		if err := r.settle(flight, d, result, guest.also); err != nil || result.Deleted {
			return 0, false, errors.Join(err, notGraphs(w.Err))
		}
		return 0, true, notGraphs(w.Err)
	case graph.Throttled:
		wait = max(w.RetryAfter(), time.Second)
		if wait > send.MaxHold {
			refused, _ := errors.AsType[*graph.Refusal](w.Err)
			err = &send.LongWaitError{Until: time.Now().Add(wait), Refusal: refused}
		}
		return wait, true, errors.Join(r.settle(flight, d, result, nil), err)
	case graph.NotSent, graph.AlreadyDone, graph.Denied, graph.Refused:
	}
	return 0, false, errors.Join(r.settle(flight, d, result, nil), w.Err)
}

// notGraphs is an error that something in between has answered in Graph's place, nil for
// any other one.
func notGraphs(err error) error {
	if foreign, ok := errors.AsType[*graph.NotGraphError](err); ok {
		return foreign
	}
	return nil
}

// settle keeps what came of a deletion, with the rows of the guest.
func (s *Session) settle(ctx context.Context, d batch.Deletion, result batch.DeletionResult, also []string) error {
	if err := s.journal.SettleDeletion(ctx, d, result, removedOutcome(d.Address, d.UserID, result)); err != nil {
		return ofJournal(err)
	}
	if !result.Deleted {
		return nil
	}
	for _, address := range also {
		if err := s.journal.Settle(ctx, 0, removedOutcome(address, d.UserID, result)); err != nil {
			return ofJournal(err)
		}
	}
	return nil
}

// removedOutcome is that of the row of a guest who was deleted.
func removedOutcome(address, userID string, result batch.DeletionResult) batch.Outcome {
	o := batch.Presence{UserID: userID, Read: result.At}.Removed(address, 0)
	o.Advice = "Deleted with guestlist undo. You can restore the guest in the Entra admin center until " +
		result.Gone.Add(graph.RestorableFor).Format(time.DateOnly) + " (Users, Deleted users): guestlist status finds that, from " + text.Duration(lookupFor) + " after the deletion on. --reinvite removed invites them again."
	o.RequestID = result.RequestID
	return o
}

// deletionDelays are how long to wait before each look at what came of a deletion: the
// directory may still show a guest for a moment.
var deletionDelays = []time.Duration{0, time.Second, 2 * time.Second, 4 * time.Second}

// findOut finds out what came of a deletion by reading the account, there and among the
// deleted ones. It reports false where that is not known yet.
func (s *Session) findOut(ctx context.Context, d batch.Deletion, result *batch.DeletionResult) (known bool, err error) {
	directory, flight := s.tenant.Directory(), context.WithoutCancel(ctx)
	isThere := false
	for _, delay := range deletionDelays {
		if pause.For(ctx, delay) != nil && delay > 0 {
			break // it is looked at once in any case
		}
		found, err := directory.UsersByID(flight, []string{d.UserID})
		if err != nil {
			return false, err
		}
		result.At = s.Now().UTC()
		isThere = found[0].Err == nil
		if !found[0].Missing() {
			continue
		}
		deleted, err := directory.DeletedByID(flight, []string{d.UserID})
		switch {
		case err != nil:
			return false, err
		case deleted[0].Err == nil:
			result.Deleted, result.Gone = true, deleted[0].Value.Deleted
			return true, nil
		case result.At.Sub(d.At) >= batch.FreshInvitation:
			result.Deleted, result.Gone = true, d.At // it was purged since, or may not be read
			return true, nil
		}
	}
	return isThere && ctx.Err() == nil, nil
}

// settleDeletions finds out what came of deletions that an earlier undo did not see
// answered.
func (s *Session) settleDeletions(ctx context.Context) error {
	open, err := s.journal.OpenDeletions(ctx)
	if err != nil || len(open) == 0 {
		return err
	}
	deleted := 0
	for _, d := range open {
		result := batch.DeletionResult{Error: "No answer came; the directory was read."}
		known, err := s.findOut(ctx, d, &result)
		if err != nil {
			return brokeOff(ctx, err)
		}
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if !known {
			continue
		}
		if err := s.settle(ctx, d, result, nil); err != nil {
			return err
		}
		if result.Deleted {
			deleted++
		}
	}
	s.notice(fmt.Sprintf("an earlier undo was cut off: of %s that got no answer, the tenant carried out %s", text.Plural(len(open), "deletion"), text.Thousands(deleted)))
	return nil
}
