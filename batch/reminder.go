package batch

import "time"

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
	// Guests are those of the batch by their addresses, as they were just read.
	Guests map[string]Remindable
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

// why says why a guest of the batch is not reminded at a time, "" where they are.
func (r *Reminders) why(step *Step, now time.Time) NoReminder {
	g, known := r.Guests[step.Address]
	switch {
	case step.Status == Existing:
		return ReminderNotOurs
	case g.State == GuestAccepted:
		return ReminderAccepted
	case g.Deleting:
		return ReminderDeleting
	case !known, g.State != GuestNotAccepted:
		return ReminderNotRead
	case g.SameGuest:
		return ReminderSame
	case r.MissingLink && g.Link != LinkMissing && g.Link != LinkUncertain:
		return ReminderHasLink
	case r.OlderThan > 0 && now.Sub(g.Invited) < r.OlderThan:
		return ReminderTooEarly
	case g.Reminders >= r.Max:
		return ReminderEnough
	case len(step.Problems) > 0:
		return ReminderInvalid
	}
	return ""
}

// Next is when the next guest can be reminded, once those are whom it is time to remind now;
// zero where no one is left.
func (r *Reminders) Next(now time.Time) (next time.Time) {
	for _, g := range r.Guests {
		if g.State != GuestNotAccepted || g.Deleting || g.SameGuest {
			continue
		}
		due, reminders := g.Invited.Add(r.OlderThan), g.Reminders
		if !due.After(now) {
			due, reminders = now.Add(r.OlderThan), reminders+1
		}
		if reminders < r.Max && (next.IsZero() || due.Before(next)) {
			next = due
		}
	}
	return next
}

// decide decides about a row: a guest who has not accepted is invited as before, by email
// if there was one. Nothing else is sent.
func (r *Reminders) decide(step *Step, now time.Time) {
	step.Action = Skip
	if step.Status != Invited && step.Status != Existing {
		return
	}
	if step.NoReminder = r.why(step, now); step.NoReminder != "" {
		return
	}
	g := r.Guests[step.Address]
	step.Action, step.Reinvited, step.Reminder = Send, true, true
	mailed := g.Mailed
	if !g.IsMailKnown {
		mailed = step.Invitation.SendMessage
	}
	step.EndsLink = g.Link == LinkLive || mailed // the email has one, too
	step.Presence = Presence{UserID: g.UserID}
	if step.Invitation.SendMessage = mailed; !mailed {
		step.Invitation.MessageInfo = nil
	}
}
