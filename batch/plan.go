package batch

import (
	"fmt"
	"slices"
	"time"

	"guestlist/internal/text"
)

// Action is what a run does about a row.
type Action uint8

const (
	// Skip leaves the row alone.
	Skip Action = iota
	// Send posts an invitation.
	Send
	// LookUp looks the guest up first: an earlier run asked for an email and never
	// learned what became of it.
	LookUp
)

// Step is a row and what is to be done about it.
type Step struct {
	Judged

	Action Action
	// Status is where the row stands before the run.
	Status Status
	// FirstLine is the line of the row that a duplicate repeats; FirstInvalid
	// says that it cannot be sent, FirstLeftOut that it was not meant, and its guest is not
	// invited otherwise.
	FirstLine                  int
	FirstInvalid, FirstLeftOut bool
	// Besides is what a duplicate asks for after the invitation and the first row does not.
	Besides []Wish
	// Open and OpenLatest are when the first and the last request left that a [LookUp]
	// asks about, in Graph's clock.
	Open, OpenLatest time.Time
	// Late is when the last request of earlier runs left that may still be carried out, in
	// Graph's clock: a link that a later one gives may not work then. It is zero where there
	// is none, or where the tenant shows what it did.
	Late time.Time
	// Resend says that the row is sent again where a look-up cannot tell what happened.
	Resend bool
	// Last says that the row met a refusal in an earlier run and is pending still: others
	// are sent before it.
	Last bool
	// Reinvited says that the person was invited before, and is again. Of an [Existing]
	// person no look-up tells what became of such an invitation: it is made once, and its
	// loss changes nothing of the row.
	Reinvited bool
	// LeftAlone says that the person would be invited again but for a further invitation
	// of theirs that is younger than [FreshInvitation] and was never answered.
	LeftAlone bool
	// Reminder says that the row is a further invitation of a guest who has not accepted,
	// NoReminder why a guest who was invited gets none, where reminders are planned.
	Reminder   bool
	NoReminder NoReminder
	// EndsLink says of a reminder that the guest has a link that works until then.
	EndsLink bool
	// Presence is what is known of the person outside of this batch, for a row whose
	// status is [Existing], or [Removed] by a new reading.
	Presence Presence
	// NewReading says that the journal does not have that reading yet.
	NewReading bool
	// Final says that a retry leaves the row alone: as it is, it would fail again.
	Final bool
	// Unplanned says why a row is left alone that would be sent, or whose guest would get
	// something, but that the reviewed plan of the run does not have; "" for no reason.
	Unplanned Unplanned
	// LeftOut says that the row was not meant this time, see [Plan]; its
	// address counts for duplicates all the same.
	LeftOut bool
}

// Unplanned is why a reviewed plan does not let a row be sent.
type Unplanned string

// The reasons, in the words that people see after the row.
const (
	UnplannedNew     Unplanned = "is not in it, or not with all that the guest would get now"
	UnplannedChanged Unplanned = "was changed since"
	UnplannedThere   Unplanned = "was in the tenant then, and not to be invited"
)

// Plan decides about rows, in the order of the list: rows x earlier outcomes =
// steps. Nothing else decides who is sent an invitation.
type Plan struct {
	// History is what the journal remembers, nil for a new batch.
	History *History
	// Retry sends failed rows again although they were not corrected, but for those
	// that would fail again as they are; All sends these as well.
	Retry, All bool
	// Resend sends rows again of which a look-up cannot tell what happened.
	Resend bool
	// Presences is what is known outside of the batch, nil where nothing was asked.
	Presences *Presences
	// Reinvite says who is invited again, "" for no one.
	Reinvite Reinvite
	// Reminders says who is reminded, nil where invitations are planned. Nothing else is
	// sent then.
	Reminders *Reminders
	// Now is when the plan is made, in Graph's clock.
	Now time.Time
	// Takes says which rows are meant, nil for all. The others stay as they are.
	Takes func(Row) bool

	first map[digest]place
	// wishes are those of the first rows, each with its address.
	wishes map[digest]struct{}
}

// place is where an address stands first: a line and what is to be said of it,
// in four bytes, since a million of them are kept.
type place uint32

const (
	placeInvalid place = 1 << 31 // that row cannot be sent
	placeLeftOut place = 1 << 30 // that row was not meant
	placeLine          = placeLeftOut - 1
)

// Add decides about the next row.
func (p *Plan) Add(j Judged) Step {
	step := Step{Judged: j}
	key, known := digestOf(j.Address), false
	if j.addressed() {
		var at place
		if at, known = p.first[key]; known {
			step.Status = Duplicate
			step.FirstLine = int(at & placeLine)
			step.FirstInvalid, step.FirstLeftOut = at&placeInvalid != 0, at&placeLeftOut != 0
			step.Besides = p.besides(j)
		}
	}
	if !known {
		p.decide(&step, p.History.get(key), p.Presences.get(key))
	}
	if p.Reminders != nil {
		p.Reminders.decide(&step)
	}
	if p.Takes != nil && !p.Takes(j.Row) {
		step.Action, step.LeftOut = Skip, true
	}
	if j.addressed() && !known {
		p.remember(key, step)
	}
	return step
}

// addressed reports whether the row has an address that another can repeat.
func (j Judged) addressed() bool {
	return j.Address != "" && !slices.ContainsFunc(j.Problems, func(p Problem) bool { return p.Field == Email })
}

// remember keeps where an address stands first.
func (p *Plan) remember(key digest, step Step) {
	at := place(step.Row.Line) & placeLine //nolint:gosec // no list has a thousand million rows
	if step.Status == Invalid {
		at |= placeInvalid
	}
	if step.LeftOut && !step.Status.isGood() {
		at |= placeLeftOut
	}
	if p.first == nil {
		p.first = make(map[digest]place)
	}
	p.first[key] = at
	for _, w := range step.Wanted.wishes() {
		if p.wishes == nil {
			p.wishes = make(map[digest]struct{})
		}
		p.wishes[w.of(step.Address)] = struct{}{}
	}
}

// besides are the wishes of a duplicate that the first row of its address does not have.
func (p *Plan) besides(j Judged) []Wish {
	return slices.DeleteFunc(j.Wanted.wishes(), func(w Wish) bool {
		_, isAsked := p.wishes[w.of(j.Address)]
		return isAsked
	})
}

// decide says what is to be done about a row that is no duplicate, has this past, and
// of whose person this is known elsewhere.
func (p *Plan) decide(step *Step, past AddressHistory, who Presence) {
	sendable := len(step.Problems) == 0
	step.Status = Standing(past, step.Fingerprint, sendable)
	if step.Status == Invited && who.Gone && !who.exists(p.Now, p.Presences.directoryRead()) {
		step.Status, step.NewReading, step.Presence = Removed, true, who
	}
	if step.Status == Existing && !who.exists(p.Now, p.Presences.directoryRead()) && p.Presences.directoryRead() {
		// The tenant does not have the person any more.
		past.Status = ""
		step.Status, step.NewReading = Standing(past, step.Fingerprint, sendable), true
	}
	switch step.Status {
	case Pending:
		step.Action = Send
	case Failed:
		step.Final = p.Retry && past.Final && !p.All
		if p.Retry && !step.Final {
			step.Action = Send
		}
	case Unconfirmed:
		if step.Action = p.unconfirmed(step.Judged, past); who.Kind == "" && who.isFresh(p.Now) {
			step.Action = Skip // another journal proves what the directory does not show yet
		}
	case Removed:
		if p.Reinvite == ReinviteRemoved && sendable && (who.Gone || !past.Claimed) {
			step.Action, step.Reinvited = Send, true
		}
	case Existing, Invited, Invalid, Duplicate:
	}
	step.Last = past.Refused
	if past.Mailed != 0 {
		step.Open, step.OpenLatest = time.Unix(0, past.Mailed), time.Unix(0, past.Latest)
		step.Resend = p.Resend
	}
	if past.Latest != 0 && !past.isCarriedOut(who) {
		step.Late = time.Unix(0, past.Latest)
	}
	if step.Action == Send && (!step.Reinvited || step.Status == Removed) || step.Status == Existing {
		p.present(step, past, who)
	}
	switch {
	case who.Forgotten == "":
	case step.Action == Send:
		step.Status, step.Action, step.Reinvited, step.Final = Failed, Skip, false, p.Retry
		step.NewReading, step.Presence = true, who
	case step.Action == LookUp:
		step.Action = Skip // a look-up that does not show the person would send the row again
	}
}

// present decides about a row that would be sent, or that was found to be there
// before, by what is known outside of this batch.
func (p *Plan) present(step *Step, past AddressHistory, who Presence) {
	switch {
	case past.Open != 0 && who.Kind != ExistingAccepted && who.Kind != ExistingMember:
		// The guest may be there because of our own request, which had no email and whose
		// link is lost: it is sent again.
	case past.Made && (who.Kind == ExistingPending || who.Kind == ExistingUnknown):
		// The guest is there by our own request, and has the link of the row or its email:
		// unless it was corrected, the row is sent again only where that is asked for.
		if step.Status == Failed && !p.All && p.Reinvite != ReinvitePending {
			step.Action = Skip
		}
	case who.ThereAgain && step.Status == Removed:
		step.Status, step.Action, step.Reinvited, step.NewReading, step.Presence = Invited, Skip, false, true, who
	case who.exists(p.Now, p.Presences.directoryRead()):
		step.Status, step.Action, step.Presence = Existing, Skip, who
		// What the row says of an invitation that may have arrived is worth more than
		// one more reading.
		remade := who.notAccepted() && past.Reinvited != 0 && p.Now.Sub(time.Unix(0, past.Reinvited)) < FreshInvitation
		step.NewReading = !remade
		switch again := p.Reinvite.reinvites(who) && len(step.Problems) == 0; {
		case again && remade:
			step.LeftAlone = true
		case again:
			step.Action, step.Reinvited = Send, true
		}
	case step.Status == Existing: // known from an earlier run, and not asked about now
		step.Action = Skip
	case !who.Open.IsZero() && past.Open == 0:
		// A request of another journal is open: what became of it is found out first.
		step.Status, step.Action, step.Reinvited = Unconfirmed, LookUp, false
		step.Open, step.OpenLatest, step.Resend = who.Open, who.OpenLatest, p.Resend
		step.Late = who.OpenLatest
	}
}

// unconfirmed decides about a row of which a request left and no answer came, or an
// answer that proves nothing: whatever made it so, the guest is looked up first where
// an email was asked for. Where none was, the row is sent again: no one held the old
// link.
func (p *Plan) unconfirmed(j Judged, past AddressHistory) Action {
	switch {
	case past.Mailed != 0:
		return LookUp
	case len(j.Problems) > 0, past.Open == 0 && !p.Resend:
		return Skip
	default:
		return Send
	}
}

// Standing tells where a row stands that is no duplicate, going by what is
// known of its address. An invited guest stays invited, whatever became of the
// row, and so does one who is the guest of another row, too: two addresses of one guest
// would else end each other's links in turn. One who is removed or was there before
// stays so, unless a further invitation of theirs is open. A failed row that was
// corrected counts as new.
func Standing(past AddressHistory, fingerprint uint64, sendable bool) Status {
	switch {
	case past.Status == Invited || past.Status == Duplicate:
		return past.Status
	case past.Open != 0 || past.Status == Unconfirmed:
		return Unconfirmed
	case past.Status == Removed || past.Status == Existing:
		return past.Status
	case !sendable:
		return Invalid
	case past.Status == Failed && past.Fingerprint == fingerprint:
		return Failed
	default:
		return Pending
	}
}

// Outcome gives the row's line in the results as far as the list alone decides
// it: invalid and duplicate rows. For others it is pending.
func (s Step) Outcome() Outcome {
	o := Outcome{Address: s.Address, Status: Pending, Fingerprint: s.Fingerprint}
	switch {
	case s.Status == Existing && s.NewReading:
		return s.Presence.Existing(s.Address, s.Presence.Read)
	case s.Status == Removed && s.NewReading:
		return s.Presence.Removed(s.Address, s.Fingerprint)
	case s.Status == Invited && s.NewReading:
		return s.Presence.Restored(s.Address, s.Fingerprint)
	case s.IsForgotten():
		return s.Presence.forgotten(s.Address, s.Fingerprint)
	case s.FirstLine != 0:
		o.Status, o.ErrorCode = Duplicate, CodeDuplicate
		o.Error = fmt.Sprintf("The address is already in row %d.", s.FirstLine)
		o.Advice = s.duplicateAdvice() + s.besidesAdvice()
	case len(s.Problems) > 0:
		o.Status, o.ErrorCode = Invalid, CodeInvalidRow
		o.Error, o.Advice = describe(s.Problems)
	}
	return o
}

// IsForgotten reports whether the row is not sent because another batch was told to forget
// the person.
func (s Step) IsForgotten() bool { return s.Status == Failed && s.Presence.Forgotten != "" }

func (s Step) duplicateAdvice() string {
	advice := "Nothing to do: the guest is invited once, by that row. Correct the address if two people are meant."
	switch {
	case s.FirstInvalid:
		advice = "That row cannot be sent as it is: correct it, and the guest is invited once, by that row; or remove it, and this row is sent."
	case s.FirstLeftOut:
		advice = "That row is left out this time, so the guest is not invited now."
	case len(s.Besides) > 0:
		advice = "The guest is invited once, by that row."
	}
	return advice
}

// besidesAdvice says what a duplicate asks for in vain, "" for nothing.
func (s Step) besidesAdvice() string {
	if len(s.Besides) == 0 {
		return ""
	}
	named := make([]string, 0, len(s.Besides))
	for _, w := range s.Besides {
		named = append(named, w.Value)
	}
	return " What only this row asks for is not done: enter " + text.Quote(named) + " in that row if the guest is to get it."
}

// Findings are all that is to be said about a row and its cells. What concerns a
// default is not among them: the same can be said of every row.
func (s Step) Findings(h Header) []Problem {
	if s.LeftOut {
		return nil
	}
	if s.Status == Duplicate && s.FirstLine != 0 {
		found := []Problem{{
			Severity: SeverityDuplicate, Field: Email, Kind: KindDuplicate,
			Column: h.Heading(Email), Value: h.Value(s.Row, Email),
			What: fmt.Sprintf("repeats row %d", s.FirstLine), Advice: s.duplicateAdvice(), Repeats: s.FirstLine,
		}}
		for _, w := range s.Besides {
			found = append(found, Problem{
				Severity: SeverityWarning, Field: w.Field, Kind: KindBesides, Column: h.Heading(w.Field), Value: w.Value,
				What: fmt.Sprintf("is not in row %d, and is not done", s.FirstLine), Advice: KindBesides.Advice(),
			})
		}
		return found
	}
	var all []Problem
	if s.Status == Invalid {
		all = append(all, s.Problems...)
	}
	if s.Status == Invalid || s.Status == Pending {
		all = append(all, s.Warnings...)
	}
	return slices.DeleteFunc(all, func(p Problem) bool { return p.Default })
}

// describe names every problem of a row, so that all are fixed at once.
func describe(problems []Problem) (what, advice string) {
	for i, p := range problems {
		if i > 0 {
			what, advice = what+"; ", advice+" "
		}
		what, advice = what+p.String(), advice+p.Advice
	}
	return what, advice
}
