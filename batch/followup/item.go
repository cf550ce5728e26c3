package followup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"guestlist/batch"
	"guestlist/batch/send"
	"guestlist/graph"
	"guestlist/internal/pause"
	"guestlist/internal/text"
)

// item is a follow-up that is to be done in this run.
type item struct {
	batch.FollowUp

	guest Guest
	// faults counts the tries that got no clear answer, waits those that met an account
	// which the directory does not know yet.
	faults, waits int
	// since is when it began to wait for its turn.
	since time.Time
}

// isYoung reports whether "not found" may say no more than that the account is new.
func (r *Run) isYoung(it *item, now time.Time) bool {
	return !it.guest.Invited.IsZero() && now.Sub(it.guest.Invited) < r.LookupFor
}

// write is the change that the follow-up asks for, of a guest with a profile.
func (it *item) write(have graph.Profile) graph.Write {
	switch id := it.guest.UserID; {
	case it.Kind == batch.FollowUpGroup:
		return graph.AddMember(it.Target, id)
	case it.Kind == batch.FollowUpProfile:
		return graph.SetAttributes(id, it.Attributes.Changes(have.Attributes))
	case it.Kind == batch.FollowUpManager:
		return graph.SetManager(id, it.Target)
	case it.IsGroup:
		return graph.AddSponsorGroup(id, it.Target)
	default:
		return graph.AddSponsor(id, it.Target)
	}
}

// verdict says what is to be done about a follow-up after an answer.
type verdict uint8

const (
	settled   verdict = iota // it is settled
	again                    // it is tried again when its time comes
	otherKind                // its kind ended; it stays as it is
)

// judge decides by what came of a change, and when to try again.
func (r *Run) judge(ctx context.Context, it *item, w graph.Written) (v verdict, wait time.Duration) {
	now := time.Now()
	if w.RequestID != "" {
		it.RequestID = w.RequestID
	}
	if w.Outcome != graph.NotSent {
		it.Tries++
	}
	r.Log.DebugContext(ctx, "follow-up", "kind", it.Kind, "outcome", w.Outcome.String(), "request_id", w.RequestID, "client_request_id", w.ClientRequestID, "error", errorText(w.Err))
	switch w.Outcome {
	case graph.Done, graph.AlreadyDone:
		r.answered()
		r.succeeded[it.Kind] = true
		r.finish(it, batch.FollowUpDone, "")
		return settled, 0
	case graph.NotReplicated:
		r.answered()
		return r.missing(it, now, w.Err)
	case graph.Throttled:
		r.throttled(w, now)
		return again, 0
	case graph.Denied:
		r.answered()
		return r.denied(ctx, it, w.Err)
	case graph.Refused:
		r.answered()
		r.finish(it, batch.FollowUpFailed, reason(w.Err))
		return settled, 0
	case graph.Unsettled, graph.NotSent:
	}
	return r.unsettled(it, now, w)
}

// missing decides about a change that met an object which is not there, or not yet.
func (r *Run) missing(it *item, now time.Time, err error) (verdict, time.Duration) {
	switch {
	case !r.isYoung(it, now):
		r.finish(it, batch.FollowUpFailed, reason(err))
		return settled, 0
	case it.waits == len(replicationWaits):
		r.finish(it, batch.FollowUpPending, "the directory does not show the guest yet")
		return settled, 0
	}
	wait := replicationWaits[it.waits]
	it.waits++
	return again, wait
}

// throttled holds all changes. A wait that is longer than a run keeps ends it.
func (r *Run) throttled(w graph.Written, now time.Time) {
	wait := w.RetryAfter()
	if wait == 0 {
		wait = pause.Backoff(3)
	}
	r.limiter.Hold(now.Add(wait))
	refused, ok := errors.AsType[*graph.Refusal](w.Err)
	if wait > send.MaxHold && ok {
		r.fail(&send.LongWaitError{Until: now.Add(wait), Refusal: refused})
	}
}

// denied ends a kind of follow-ups for the run, unless others of it were done: then it is
// this guest or this group that the sign-in may not change.
func (r *Run) denied(ctx context.Context, it *item, err error) (verdict, time.Duration) {
	if !isPermission(err) || r.succeeded[it.Kind] {
		r.finish(it, batch.FollowUpFailed, reason(err))
		return settled, 0
	}
	if r.Withheld[it.Kind] == "" {
		r.Withheld[it.Kind] = needs(err)
		if err := r.Journal.NoteFollowUps(context.WithoutCancel(ctx), it.Kind, needs(err)); err != nil {
			r.fail(&send.JournalError{Err: err})
		}
	}
	return otherKind, 0
}

// unsettled decides about a change that was made or not. In an outage all changes wait, and
// it is nobody's fault.
func (r *Run) unsettled(it *item, now time.Time, w graph.Written) (verdict, time.Duration) {
	var signIn *graph.SignInError
	var foreign *graph.NotGraphError
	refused, isRefusal := errors.AsType[*graph.Refusal](w.Err)
	_, unanswered := errors.AsType[*graph.NoAnswerError](w.Err)
	switch {
	case r.closing.Err() != nil:
		return again, 0 // the run ends
	case !unanswered && (errors.As(w.Err, &signIn) || errors.As(w.Err, &foreign)):
		r.fail(w.Err)
		return again, 0
	case isRefusal && !unanswered && !refused.Fault():
		it.faults++ // another change was in its way
	default:
		r.fault(now, w.Err)
		if r.faults < outageFaults {
			it.faults++
		}
	}
	if it.faults >= maxTries {
		r.finish(it, batch.FollowUpPending, reason(w.Err))
		return settled, 0
	}
	return again, pause.Backoff(max(it.faults, 1))
}

// answered notes that the service answers.
func (r *Run) answered() { r.faults = 0 }

// fault notes a request that got no answer, and holds all of them, longer each time. What
// a request was about counts once.
func (r *Run) fault(now time.Time, err error) {
	if r.faultAt == r.answers {
		return
	}
	r.faultAt = r.answers
	if r.faults == 0 {
		r.faultSince = now
	}
	r.faults++
	if r.faults < outageFaults {
		return
	}
	if lasted := now.Sub(r.faultSince); lasted > r.MaxOutage {
		r.fail(&OutageError{For: lasted, Err: err})
		return
	}
	r.limiter.Hold(now.Add(pause.Backoff(r.faults - outageFaults + 1)))
}

// fail ends the run; the first reason counts.
func (r *Run) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// needs says in the results which permission is missing.
func needs(err error) string {
	missing, ok := errors.AsType[*graph.PermissionError](err)
	if !ok {
		return reason(err)
	}
	return Needs(missing.Capability)
}

// Needs says in the results which permission a follow-up waits for.
func Needs(c graph.Capability) string { return fmt.Sprintf("needs %s to %s", c.Least(), c) }

func isPermission(err error) bool { return errors.As(err, new(*graph.PermissionError)) }

// reason says in plain words why a change was not made.
func reason(err error) string {
	if err == nil {
		return ""
	}
	if refused, ok := errors.AsType[*graph.Refusal](err); ok {
		return fmt.Sprintf("%s (%s)", refused.Message, refused.Code)
	}
	return text.Error(err)
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return text.Error(err)
}

// waiting goes back to its queue when it is due.
type waiting struct {
	due  time.Time
	back func(now time.Time)
}

// after brings something back to its queue after a wait.
func (r *Run) after(wait time.Duration, back func(now time.Time)) {
	now := time.Now()
	if wait <= 0 {
		back(now)
		return
	}
	w := waiting{now.Add(wait), back}
	at, _ := slices.BinarySearchFunc(r.later, w, func(a, b waiting) int { return a.due.Compare(b.due) })
	r.later = slices.Insert(r.later, at, w)
}

// resume brings back what is due.
func (r *Run) resume(now time.Time) {
	due := 0
	for due < len(r.later) && !r.later[due].due.After(now) {
		due++
	}
	some := slices.Clone(r.later[:due])
	r.later = slices.Delete(r.later, 0, due)
	for _, w := range some {
		w.back(now)
	}
}
