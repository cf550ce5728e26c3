package send

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"guestlist/batch"
	"guestlist/graph"
	"guestlist/internal/pause"
	"guestlist/internal/secret"
	"guestlist/internal/text"
)

// sender takes one row from its admission by the rate limiter to its outcome in
// the journal.
type sender struct {
	*Run

	// admitCtx ends when the run stops: no further request leaves. sendCtx goes on
	// for the grace period, so that a request in flight may still be answered.
	admitCtx, sendCtx context.Context //nolint:containedctx // a sender lives as long as one row; two parameters could be swapped
	step              batch.Step
	// intent is the number of the intent in the journal, 0 before there is one.
	intent int64
	// since is when the earliest request left whose outcome is unknown, latest when
	// the last one did, both in Graph's clock and zero when none is. A stop leaves
	// such a row open for the next run to resolve.
	since, latest time.Time
	// latestHere is when the latest request of this run left, by our own clock; zero for
	// none.
	latestHere time.Time
	// late is when the last request left that was given up while the service may still
	// have been busy with it, in Graph's clock: it can be carried out after a later one.
	// Zero where there is none.
	late time.Time
	// givenUp says that the latest request is such a one. What follows it has an intent of
	// its own: a later run knows by it that more than one may still be carried out.
	givenUp bool
	// fromEarlierRun says that they left in a run before this one.
	fromEarlierRun bool
	// tries counts attempts, max bounds them; wait is how long to the next. Attempts that
	// met an outage do not count.
	tries, max int
	wait       time.Duration
	// again says that the next attempt belongs to the same intent.
	again bool
	// mayWait says that the row can be sent after those of other domains.
	mayWait bool
	// pass is how the next request passes an outage.
	pass    pass
	outcome batch.Outcome
	// clientRequestID is that of the next request: the first one has the intent's.
	clientRequestID string
	// err is what went wrong last.
	err error
}

// verdict says how an attempt ended.
type verdict uint8

const (
	resolved   verdict = iota // the outcome is known
	undecided                 // as resolved, and what other rows meet may change the outcome
	retry                     // nothing is known to have come of it, try again at once
	postponed                 // as retry, and others go first
	unresolved                // nothing may be said yet: the intent stays open
	parked                    // as unresolved, and the row is looked up later
	left                      // as unresolved, and nothing more is done in this run
	resend                    // it cannot be told, and the operator said to send it again
)

// next is what a worker does about a row that it leaves.
type next uint8

const (
	done        next = iota // it has an outcome on disk, is parked for a look-up, or stays as it was
	tryAgain                // it is tried again after a wait
	letOthersGo             // others are sent first; nothing has been done about it yet
)

// run is a worker's turn at the row.
func (e *sender) run() next {
	defer func() { e.outage.giveBack(&e.pass) }()
	if e.isLast() {
		return letOthersGo
	}
	again := e.again
	e.again = false
	switch err := e.limiter.admit(e.admitCtx, &e.pass); {
	case err != nil && again:
		e.abandon()
		return done
	case err != nil:
		return done
	case !again && e.isLast(): // it may have waited for long
		return letOthersGo
	case !again && !e.recordIntent():
		return done
	}
	if !e.send() {
		return done
	}
	e.again = !e.givenUp
	return tryAgain
}

// isLast reports whether rows of other domains are sent before this one.
func (e *sender) isLast() bool {
	return e.mayWait && !e.again && e.intent == 0 && e.refused.isLast(e.step.Address)
}

// sendable reports whether the row may be sent: one that was changed to what cannot
// be is looked up all the same.
func (e *sender) sendable() bool { return len(e.step.Problems) == 0 }

// recordAbsent puts on disk what a look-up proved: nothing came of the requests
// that are open.
func (e *sender) recordAbsent() bool {
	proof := batch.Outcome{Address: e.step.Address, Fingerprint: e.step.Fingerprint, Status: batch.Pending, At: e.Now().UTC()}
	if err := e.Journal.Settle(context.WithoutCancel(e.sendCtx), 0, proof); err != nil {
		e.stop(&JournalError{err})
		return false
	}
	return true
}

// recordIntent puts the intent on disk before the request leaves, in Graph's clock:
// a wrong clock of this machine must not decide what a look-up proves.
func (e *sender) recordIntent() bool {
	e.clientRequestID = uuid.NewString()
	in := batch.Intent{Address: e.step.Address, Mail: e.step.Invitation.SendMessage, Reminder: e.step.Reminder, ClientRequestID: e.clientRequestID, At: e.Inviter.ServerTime(time.Now()).UTC()}
	id, err := e.Journal.Intend(context.WithoutCancel(e.sendCtx), in)
	if err != nil {
		e.stop(&JournalError{err})
		return false
	}
	e.intent = id
	return true
}

// record puts the outcome on disk; only then does the row count.
func (e *sender) record() {
	e.outcome.At = e.Now().UTC()
	if e.staysAsItWas() {
		e.outcome.Status, e.outcome.Existing = e.step.Status, e.step.Presence.Kind
		if e.outcome.UserID == "" {
			e.outcome.UserID = e.step.Presence.UserID
		}
	}
	counted := e.outcome.Status
	if e.step.Reminder && counted != batch.Invited {
		e.keepInvitation()
	}
	e.recordDoubt()
	if err := e.Journal.Settle(context.WithoutCancel(e.sendCtx), e.intent, e.outcome); err != nil {
		e.stop(&JournalError{err})
		return
	}
	now := e.count(counted)
	if e.MaxFailures > 0 && now.Failed >= e.MaxFailures {
		e.stop(ErrFailures)
	}
}

// count counts the row, whose outcome is on disk.
func (e *sender) count(as batch.Status) Snapshot {
	o := e.outcome
	o.Status = as
	e.Settled(e.step, o, !e.fromEarlierRun)
	return e.Meter.settled(as)
}

// giveUp notes that a request that left at a time is not waited for any more.
func (e *sender) giveUp(left time.Time) { e.late, e.givenUp = e.Inviter.ServerTime(left), true }

// accepted decides about a request that was given up, once a later one was answered that
// left at a time. Microsoft names no time by which a request was carried out that nobody
// waits for any more. What is taken for one is that by which a look-up proves that nothing
// came of it: were it carried out after that, guests would be emailed twice as well.
func (e *sender) accepted(left time.Time) {
	if e.Inviter.ServerTime(left).Sub(e.late) >= e.LookupFor {
		e.late = time.Time{}
	}
}

// recordDoubt keeps that the link of an invited row may not work: a request that was given
// up may be carried out after the one that was answered. It is an intent of its own that
// stays open, before the outcome is on disk.
func (e *sender) recordDoubt() {
	if e.late.IsZero() || e.outcome.Status != batch.Invited || e.outcome.RedeemURL.IsZero() {
		return
	}
	in := batch.Intent{Address: e.step.Address, Mail: e.step.Invitation.SendMessage, At: e.late.UTC()}
	if _, err := e.Journal.Intend(context.WithoutCancel(e.sendCtx), in); err != nil {
		e.outcome.Advice = "An earlier request got no answer in time: it may have ended this link."
		e.stop(&JournalError{err})
	}
}

// staysAsItWas reports whether the person is what they were, since nothing came of a
// further invitation, or nothing that is known.
func (e *sender) staysAsItWas() bool {
	if e.step.Reminder {
		return false // it is an invitation of the batch, see keepInvitation
	}
	if e.outcome.Status == batch.Unconfirmed {
		return e.madeOnce()
	}
	return e.step.Reinvited && e.outcome.Status != batch.Invited
}

// madeOnce reports whether the row's invitation counts as made once its request has left:
// the person is there in any case, so that no look-up tells what came of it.
func (e *sender) madeOnce() bool { return e.step.Reinvited && e.step.Status != batch.Removed }

// keepInvitation makes the outcome of a reminder that was not sent one which changes
// nothing: the guest has the earlier invitation.
func (e *sender) keepInvitation() {
	if e.outcome.Status != batch.Pending {
		e.noteUnsent(e.outcome)
	}
	e.outcome.Status = batch.Pending
}

// loseReminder counts a reminder whose answer never came. Its intent stays open: it counts
// as made, and may have ended the earlier link.
func (e *sender) loseReminder() {
	e.noteUnsent(e.outcome)
	e.count(batch.Unconfirmed)
}

// send posts the invitation until its outcome is known, attempts run out, or
// the run is stopped. It reports true where others go before the next attempt.
func (e *sender) send() (again bool) {
	for {
		sent, leaves := e.depart()
		if !leaves {
			return false
		}
		verdict := e.attempt(sent)
		switch verdict {
		case resolved:
			e.record()
			if e.outcome.Status == batch.Invited {
				fail(e.refused.decided(sent.at))
			}
			return false
		case undecided:
			e.record()
			e.refused.hold(e)
			return false
		case unresolved:
			return false
		case parked:
			e.looks.park(e)
			return false
		case left, resend: // a look-up alone says so
			return false
		case retry, postponed:
		}
		if e.tries >= e.max {
			e.runOut()
			return false
		}
		if verdict == postponed {
			return true
		}
		if e.limiter.admit(e.admitCtx, &e.pass) != nil {
			e.abandon()
			return false
		}
	}
}

// readFor is how old the reading of a guest may be when their reminder leaves.
const readFor = time.Second

// depart waits until the request may leave. It reports false where it does not leave any
// more: the run was stopped, or the guest of a reminder has accepted. Who is reminded is
// read until the request leaves right behind the reading.
func (e *sender) depart() (sent departure, leaves bool) {
	for {
		read := time.Now()
		if e.step.Reminder && e.Waits != nil && !e.waits() {
			return sent, false
		}
		sent, err := e.limiter.depart(e.admitCtx, &e.pass)
		if err != nil {
			e.abandon()
			return sent, false
		}
		late, err := e.holds()
		if err != nil {
			e.stop(&JournalError{err})
			e.abandon()
			return sent, false
		}
		if late {
			continue // its turn has passed: others may have left meanwhile
		}
		if !e.step.Reminder || e.Waits == nil || time.Since(read) < readFor {
			return sent, true
		}
	}
}

// departsWithin is how long after its turn a request may leave: later ones would be too close.
const departsWithin = 20 * time.Millisecond

// holds makes sure that no other run works on the tenant, and tells whether that took so long
// that the request has to wait for another turn.
func (e *sender) holds() (late bool, err error) {
	if e.Holds == nil {
		return false, nil
	}
	begun := time.Now()
	err = e.Holds(context.WithoutCancel(e.sendCtx))
	return time.Since(begun) > departsWithin, err
}

// waits reads the guest of a reminder. Who needs none any more, and who cannot be read, gets
// none: nothing comes of the intent.
func (e *sender) waits() bool {
	waits, err := e.Waits(e.admitCtx, e.step)
	switch {
	case err == nil && waits:
		return true
	case err != nil && e.admitCtx.Err() != nil:
		e.abandon()
		return false
	case err != nil:
		e.noteError(err)
		e.outcome.Status = batch.Failed
		if e.standsBetween(err) || errors.As(err, new(*graph.PermissionError)) || errors.As(err, new(*graph.UnreachableError)) {
			e.stop(err)
			e.outcome.Status = batch.Pending
		}
	default:
		e.outcome.Status = batch.Pending
	}
	e.record()
	return false
}

// attempt posts once and judges the answer.
func (e *sender) attempt(sent departure) verdict {
	e.tries++
	e.wait, e.givenUp = pause.Backoff(e.tries), false
	receipt, err := e.invite()
	e.outcome.ClientRequestID = e.clientRequestID
	e.log(e.sendCtx, receipt, err)
	e.clientRequestID = uuid.NewString()
	// What cut a request off may be another row's refusal: such an error wraps
	// it as its cause, and says nothing else about this row.
	_, unanswered := errors.AsType[*graph.NoAnswerError](err)
	_, unreachable := errors.AsType[*graph.UnreachableError](err)
	between, foreign := errors.AsType[*graph.NotGraphError](err)
	never := !unanswered && (unreachable || foreign && between.NotSent)
	if !never {
		e.Meter.request()
		e.outcome.Attempts++
	}
	if err != nil {
		e.noteError(err)
	}
	switch stopped := err != nil && !unanswered && e.standsBetween(err); {
	case stopped && never:
		return e.pending()
	case stopped:
		return e.intercepted(sent.at)
	}
	e.noteFault(sent.at, err)
	switch refused, isRefusal := errors.AsType[*graph.Refusal](err); {
	case err == nil:
		e.limiter.accepted(receipt.Load)
		e.accepted(sent.at)
		e.outcome.SentAt = e.Inviter.ServerTime(sent.at).UTC()
		return e.accept(receipt)
	case never:
		return postponed
	case unanswered:
		if errors.Is(err, context.DeadlineExceeded) {
			e.giveUp(sent.at)
		}
		return e.unanswered(sent.at)
	case e.halts(err):
		return e.pending()
	case !isRefusal || refused.Open():
		if isRefusal && refused.TimedOut() {
			e.giveUp(sent.at)
		}
		return e.unanswered(sent.at)
	case refused.Unprocessed():
		return postponed // nothing was done
	case refused.Throttled():
		return e.throttled(refused, sent)
	case refused.Conflict() && e.step.Invitation.SendMessage:
		return e.unanswered(sent.at)
	default:
		return e.refuse(refused)
	}
}

// errOtherAddress says that an answer is not that to our request.
var errOtherAddress = errors.New("the answer is for another address")

// invite posts the invitation. An answer for somebody else is as none: its link must
// not get to this guest, and what became of this guest is not known.
func (e *sender) invite() (graph.Receipt, error) {
	r, err := e.Inviter.Invite(graph.WithClientRequestID(admitted(e.sendCtx), e.clientRequestID), e.step.Invitation)
	if err == nil && r.Address != "" && batch.Key(text.Trim(r.Address)) != e.step.Address {
		err = &graph.NoAnswerError{Err: errOtherAddress, RequestID: r.RequestID, ClientRequestID: r.ClientRequestID}
	}
	return r, err
}

// noteFault tells the outage what became of a request. What a request meets whose grace
// period is over says nothing about the service. A request that could not leave is no
// attempt, and one that met an outage does not count.
func (e *sender) noteFault(left time.Time, err error) {
	refused, answered := errors.AsType[*graph.Refusal](err)
	_, unanswered := errors.AsType[*graph.NoAnswerError](err)
	switch {
	case e.sendCtx.Err() != nil || errors.As(err, new(*graph.SignInError)):
		return
	case err == nil || answered && !unanswered && !refused.Fault():
		e.outage.answered(&e.pass, left)
		return
	}
	var notBefore time.Time
	if answered && refused.RetryAfter > 0 {
		notBefore = time.Now().Add(refused.RetryAfter)
	}
	down, over := e.outage.fault(&e.pass, e.step.Address, left, notBefore, err)
	if down && !notBefore.IsZero() {
		e.Held(notBefore)
	}
	if down && answered && e.outage.isDoubtful(&e.pass) && e.directoryAnswers() {
		e.outage.dismiss()
		down, over = false, nil
	}
	if down { // the outage says when the next one leaves
		e.wait = 0
	}
	if down || !answered && !unanswered {
		e.tries--
	}
	if over != nil {
		e.stop(over)
	}
}

// directoryAnswers asks the directory for the guest, to find out whether it is the service
// that is down, or the row that meets a fault.
func (e *sender) directoryAnswers() bool {
	_, err := e.looks.ask(e.admitCtx, []*parkedRow{{sender: e}})
	return answered(err)
}

// refuse decides about an answer that is about the row, as far as it alone can tell. A
// refusal that nobody described, or that the catalogue says is not the row's fault, leaves
// the row pending, until others show whether it is the row's or the tenant's.
func (e *sender) refuse(refused *graph.Refusal) verdict {
	e.limiter.accepted(refused.Load)
	if refused.Entry.Name == alreadyThere && e.since.IsZero() && !e.step.Reminder {
		e.exists()
		return resolved
	}
	if !refused.Entry.Known() {
		e.limiter.doubt()
	}
	if err := e.refused.add(refused, e.step.Address); err != nil {
		e.stop(err)
	}
	switch {
	case refused.Entry.Retry == graph.RetryAgain && e.tries < e.max:
		return postponed
	case !e.since.IsZero():
		return e.open() // an earlier attempt may have invited the guest, whatever this one met
	case refused.Entry.Known() && refused.Entry.Retry != graph.RetryAgain, e.step.Reinvited, e.step.Last && e.refused.anyInvited():
		e.outcome.Status = batch.Failed
		return resolved
	}
	e.outcome.Status = batch.Pending
	return undecided
}

// fail ends rows whose refusal turned out to be their own.
func fail(rows []*sender) {
	for _, s := range rows {
		s.intent, s.outcome.Status = 0, batch.Failed
		s.record()
	}
}

// alreadyThere is what the catalogue calls the refusal of a person who has an account of
// the tenant.
const alreadyThere = "AlreadyInDirectory"

// exists makes a refused row one of a person who needs no invitation: it is no error,
// and says whose account there is.
func (e *sender) exists() {
	o := &e.outcome
	o.Status, o.Existing, o.ErrorCode, o.Error = batch.Existing, batch.ExistingMember, "", ""
}

// accept reads a 201. Graph has answered 201 with the status Error, too.
func (e *sender) accept(r graph.Receipt) verdict {
	o := &e.outcome
	o.RedeemURL, o.UserID, o.InvitationStatus, o.RequestID = r.RedeemURL, r.UserID, r.Status, r.RequestID
	o.Status, o.Error = batch.Invited, ""
	o.ErrorCode, o.Advice = e.noteOf(r)
	if r.Status == graph.StatusError {
		o.Status, o.ErrorCode = batch.Failed, batch.CodeInvitationError
		o.Error = "Graph took the invitation and gave it the status Error."
		o.Advice = batch.Advice(batch.CodeInvitationError)
		if e.step.Reminder { // it may have ended the earlier link, and counts as made
			e.loseReminder()
			return unresolved
		}
		if !e.since.IsZero() {
			o.RedeemURL = secret.Text{} // the link of an invitation that failed
			return e.open()             // an earlier attempt may have invited the guest
		}
		return resolved
	}
	e.refused.cleared()
	e.limiter.invited()
	return resolved
}

// noteOf is what to know about the link of an invitation, "" where it is as it should be.
// One that leads elsewhere has a code, too, and is not handed out.
func (e *sender) noteOf(r graph.Receipt) (code, note string) {
	switch {
	case r.RedeemURL.IsZero() && r.Status == graph.StatusCompleted:
		return "", "" // there is nothing left to accept
	case r.RedeemURL.IsZero() && e.step.Invitation.SendMessage:
		return "", noteNoLinkMailed
	case r.RedeemURL.IsZero():
		return "", noteNoLinkSilent
	case e.Cloud.Name == "" || e.Cloud.IsInvitationLink(r.RedeemURL, e.Tenant):
		return "", ""
	}
	if host := graph.LinkHost(r.RedeemURL); host != e.Cloud.SignInHost() {
		return batch.CodeLinkElsewhere, "The invitation link leads to " + host + ", not to " + e.Cloud.SignInHost() + " as Microsoft's links do: check it before you hand it out."
	}
	return "", "The invitation link does not have the form that Microsoft documents: check it before you hand it out."
}

// throttled holds everybody: a 429 for one is a 429 for all. A wait that is longer than
// MaxHold ends the run: nothing may be sent before, so that somebody comes back then.
func (e *sender) throttled(refused *graph.Refusal, sent departure) verdict {
	wait := refused.RetryAfter
	if wait == 0 {
		wait = e.wait
	}
	until := time.Now().Add(wait)
	if refused.TooMany() {
		e.limiter.throttled(sent, until)
	} else {
		e.limiter.hold(until)
	}
	e.Meter.throttled()
	e.Meter.hold(until)
	e.Held(until)
	if wait > MaxHold {
		e.stop(&LongWaitError{Until: until, Refusal: refused})
		return e.pending()
	}
	if !refused.Fault() {
		e.wait = 0
		return retry
	}
	if e.wait = wait; e.outage.isDown() {
		e.wait = 0
	}
	return postponed
}

// unanswered applies the rule for requests that left and got no answer: a silent
// invitation is repeated, since no one held the old link; a row with an email is
// looked up first.
func (e *sender) unanswered(left time.Time) verdict {
	e.latestHere = left
	left = e.Inviter.ServerTime(left)
	if e.since.IsZero() {
		e.since = left
	}
	e.latest = left
	switch {
	case e.step.Reminder:
		e.loseReminder()
		return unresolved
	case e.madeOnce():
		e.outcome.ErrorCode = batch.CodeNoAnswer // the journal goes by it
		e.outcome.Error, e.outcome.Advice = "A new invitation was sent, and its answer never came.",
			"The earlier link may not work any more. Ask the guest; a day later, --reinvite pending sends a further invitation."
		return resolved // it counts as made, and is not repeated
	case e.sendCtx.Err() != nil:
		return unresolved
	case !e.step.Invitation.SendMessage:
		return postponed
	}
	return parked
}

// intercepted is for a request that something between us and Graph answered. Graph
// may have it all the same, so that a row with an email is looked up by the next run;
// any other stays as it was.
func (e *sender) intercepted(left time.Time) verdict {
	if e.madeOnce() || e.step.Invitation.SendMessage {
		if e.unanswered(left) == resolved {
			return resolved
		}
		return unresolved
	}
	return e.pending()
}

// open leaves a row to the look-ups whose outcome only the tenant knows.
func (e *sender) open() verdict {
	if e.sendCtx.Err() != nil {
		return unresolved
	}
	return parked
}

// pending closes the intent of a row that met an answer about the tenant,
// unless an earlier attempt of it is still open.
func (e *sender) pending() verdict {
	if !e.since.IsZero() {
		return unresolved
	}
	e.outcome.Status = batch.Pending
	return resolved
}

// abandon ends a row whose run was stopped between two attempts.
func (e *sender) abandon() {
	if e.pending() == resolved {
		e.record()
	}
}

// runOut ends a row that was tried as often as allowed. Where an attempt is still open
// the row is looked up: it did not fail for sure.
func (e *sender) runOut() {
	if !e.since.IsZero() {
		e.looks.park(e)
		return
	}
	e.outcome.Status = batch.Failed
	e.record()
}

// noteError keeps what went wrong last, for the row's line in the workbook.
func (e *sender) noteError(err error) {
	e.err = err
	o := &e.outcome
	o.ErrorCode, o.Error, o.Advice = batch.CodeNoAnswer, text.Error(err), batch.Advice(batch.CodeNoAnswer)
	if silent, ok := errors.AsType[*graph.NoAnswerError](err); ok {
		o.RequestID = silent.RequestID
		return // what it wraps is not about this row
	}
	if _, ok := errors.AsType[*graph.NotGraphError](err); ok {
		o.ErrorCode, o.Advice = batch.CodeNotGraph, batch.Advice(batch.CodeNotGraph)
		return
	}
	if refused, ok := errors.AsType[*graph.Refusal](err); ok {
		o.ErrorCode, o.Error, o.Advice = refused.Code, refused.Message, refused.Entry.Advice
		if refused.Entry.Known() {
			o.ErrorCode = refused.Entry.Name
		}
		if refused.Entry.Attempts > 0 {
			e.max = min(e.max, refused.Entry.Attempts)
		}
		o.RequestID, o.UserID = refused.RequestID, refused.UserID()
	}
}

// log writes a line for an attempt, with both ids that Microsoft's support asks for.
func (e *sender) log(ctx context.Context, receipt graph.Receipt, err error) {
	log := e.Log.With("row", e.step.Row.Line, "try", e.tries, "client_request_id", e.clientRequestID, "request_id", requestID(receipt, err))
	if err == nil {
		log.DebugContext(ctx, "invited")
		return
	}
	log.WarnContext(ctx, "not invited", "error", err.Error())
}

// requestID is Graph's id of the request, "" where no answer told it.
func requestID(receipt graph.Receipt, err error) string {
	if refused, ok := errors.AsType[*graph.Refusal](err); ok {
		return refused.RequestID
	}
	if silent, ok := errors.AsType[*graph.NoAnswerError](err); ok {
		return silent.RequestID
	}
	return receipt.RequestID
}
