package batch

import (
	"math"
	"slices"
	"time"

	"github.com/google/uuid"
)

// The defaults of reminders: a week is time enough to accept, and a third email in a row
// helps no one.
const (
	ReminderAge  = 7 * 24 * time.Hour
	MaxReminders = 2
)

// Reminders say who is sent a further invitation because they have not accepted. The zero
// Reminders reminds no one.
type Reminders struct {
	// OlderThan is how old the newest invitation must be, 0 for any age: Graph's clock is
	// known to the second only. Max is how many reminders a guest
	// gets at most.
	OlderThan time.Duration
	Max       int
	// MissingLink reminds only those who have no link that surely works.
	MissingLink bool

	guests ByAddress[reminder]
	next   time.Time // as in [Reminders.Next]
}

// reminder is what is decided about a guest of the batch, in 28 bytes: there may be a million.
type reminder struct {
	userID uuid.UUID
	// invited is as in [Remindable], in seconds of Unix, 0 where it is not known.
	invited uint32
	// why is the place of the reason in [NoReminders], from 1, 0 for one who is reminded.
	why uint8
	// earlier is how many reminders there were.
	earlier uint8
	// mailed, isMailKnown and hasLink are as in [Remindable].
	mailed, isMailKnown, hasLink bool
}

// Remindable is what decides whether a guest is reminded.
type Remindable struct {
	// State is what the directory said right before, Link that of the row.
	State GuestState
	Link  LinkState
	// Invited is when the newest invitation left, in Graph's clock, Reminders how many
	// there were since the first one. Mailed says that the newest was an email.
	Invited   time.Time
	Reminders int
	Mailed    bool
	// IsMailKnown says that Mailed is known; otherwise the row's own wish counts.
	IsMailKnown bool
	// SameGuest says that another row is of the same guest, and is reminded.
	SameGuest bool
	// UserID is the object id of the account, Deleting as in [Record].
	UserID   string
	Deleting bool
}

// NoReminder is why a guest is not reminded, "" for one who is.
type NoReminder string

// The reasons, in the words that people see after a number of guests.
const (
	ReminderAccepted NoReminder = "accepted already"
	ReminderNotRead  NoReminder = "not known to be waiting: deleted, not shown by the directory, or not to be read"
	ReminderTooEarly NoReminder = "invited lately"
	ReminderEnough   NoReminder = "reminded often enough"
	ReminderHasLink  NoReminder = "with a link that works"
	ReminderNotOurs  NoReminder = "in the tenant before this batch"
	ReminderInvalid  NoReminder = "with a row that cannot be sent as it is"
	ReminderSame     NoReminder = "the same guest as another row"
	ReminderDeleting NoReminder = "to be deleted by an undo that was cut off: guestlist undo finds out what came of it"
)

// NoReminders returns the reasons in the order in which people are told them.
func NoReminders() []NoReminder {
	return []NoReminder{ReminderAccepted, ReminderTooEarly, ReminderEnough, ReminderHasLink, ReminderNotOurs, ReminderSame, ReminderNotRead, ReminderDeleting, ReminderInvalid}
}

// Add decides about a guest of the batch, as they were read at a time.
func (r *Reminders) Add(address string, g Remindable, now time.Time) {
	id, err := uuid.Parse(g.UserID)
	why := r.why(g, now)
	if err != nil && why == "" {
		why = ReminderNotRead // Graph has no such accounts
	}
	r.noteNext(g, why, now)
	r.guests.Put(address, reminder{
		userID: id, invited: uint32(max(0, g.Invited.Unix())), why: uint8(1 + slices.Index(NoReminders(), why)), earlier: uint8(min(g.Reminders, math.MaxUint8)), //nolint:gosec // few
		mailed: g.Mailed, isMailKnown: g.IsMailKnown, hasLink: g.Link == LinkLive,
	})
}

// Earlier is how many reminders a guest of the batch got.
func (r *Reminders) Earlier(address string) int {
	g, _ := r.guests.Get(address)
	return int(g.earlier)
}

// Invited is when a guest of the batch was invited last, the zero time where it is not known.
func (r *Reminders) Invited(address string) time.Time {
	g, _ := r.guests.Get(address)
	if g.invited == 0 {
		return time.Time{}
	}
	return time.Unix(int64(g.invited), 0)
}

// why says why a guest of the batch is not reminded at a time, "" where they are.
func (r *Reminders) why(g Remindable, now time.Time) NoReminder {
	switch {
	case g.State == GuestAccepted:
		return ReminderAccepted
	case g.Deleting:
		return ReminderDeleting
	case g.State != GuestNotAccepted:
		return ReminderNotRead
	case g.SameGuest:
		return ReminderSame
	case r.MissingLink && g.Link != LinkMissing && g.Link != LinkUncertain:
		return ReminderHasLink
	case r.OlderThan > 0 && now.Sub(g.Invited) < r.OlderThan:
		return ReminderTooEarly
	case g.Reminders >= r.Max:
		return ReminderEnough
	}
	return ""
}

// whyNot says why the guest of a row is not reminded, "" where they are.
func whyNot(step *Step, g reminder, known bool) NoReminder {
	switch {
	case step.Status == Existing:
		return ReminderNotOurs
	case !known:
		return ReminderNotRead
	case g.why > 0:
		return NoReminders()[g.why-1]
	case len(step.Problems) > 0:
		return ReminderInvalid
	}
	return ""
}

// Next is when the next guest can be reminded, once those are whom it is time to remind now;
// zero where no one is left.
func (r *Reminders) Next() time.Time { return r.next }

// noteNext keeps when a guest can be reminded the next time, if that is the first.
func (r *Reminders) noteNext(g Remindable, why NoReminder, now time.Time) {
	due, reminders := g.Invited.Add(r.OlderThan), g.Reminders
	if why == "" { // is reminded now
		due, reminders = now.Add(r.OlderThan), reminders+1
	} else if why != ReminderTooEarly {
		return
	}
	if reminders < r.Max && (r.next.IsZero() || due.Before(r.next)) {
		r.next = due
	}
}

// decide decides about a row: a guest who has not accepted is invited as before, by email
// if there was one. Nothing else is sent.
func (r *Reminders) decide(step *Step) {
	step.Action = Skip
	if step.Status != Invited && step.Status != Existing {
		return
	}
	g, known := r.guests.Get(step.Address)
	if step.NoReminder = whyNot(step, g, known); step.NoReminder != "" {
		return
	}
	step.Action, step.Reinvited, step.Reminder = Send, true, true
	mailed := g.mailed
	if !g.isMailKnown {
		mailed = step.Invitation.SendMessage
	}
	step.EndsLink = g.hasLink || mailed // the email has one, too
	step.Presence = Presence{UserID: g.userID.String()}
	if step.Invitation.SendMessage = mailed; !mailed {
		step.Invitation.MessageInfo = nil
	}
}
