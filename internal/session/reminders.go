package session

import (
	"cmp"
	"context"
	"maps"
	"time"

	"guestlist/batch"
	"guestlist/graph"
)

// PlanReminders plans who is reminded, of the guests who were read by [Session.ReadGuests].
// What it comes to is in Plan. Guests of r are filled in here.
func (s *Session) PlanReminders(ctx context.Context, r batch.Reminders) error {
	r.Guests = make(map[string]batch.Remindable)
	newer := s.newerInvitations(ctx)
	byID := make(map[string]*remindedGuest) // two addresses can be of one guest
	for rec, err := range newer.judged(s.journal.Records(ctx)) {
		if err != nil {
			return err
		}
		o := rec.Outcome
		if o.Status != batch.Invited || rec.Line == 0 {
			continue
		}
		elsewhere := newer.of(o)
		g := batch.Remindable{State: rec.Guest.State, Link: o.LinkState(), UserID: cmp.Or(rec.Guest.UserID, o.UserID)}
		r.Guests[o.Address] = g
		known := byID[idKey(g.UserID)]
		if known == nil {
			known = &remindedGuest{address: o.Address}
			byID[idKey(g.UserID)] = known
		}
		known.invited = lastTime(known.invited, elsewhere.answered, elsewhere.unanswered)
		known.reminders = max(known.reminders, elsewhere.reminders)
	}
	invitations, err := s.journal.Invitations(ctx, s.clock())
	if err != nil {
		return err
	}
	for _, sent := range invitations {
		g, here := r.Guests[sent.Address]
		if !here {
			continue
		}
		g.Mailed, g.IsMailKnown = sent.Mailed, sent.IsMailKnown
		r.Guests[sent.Address] = g
		known := byID[idKey(g.UserID)]
		known.reminders += sent.Reminders
		known.invited = lastTime(append(sent.Sent, known.invited)...)
	}
	for address, g := range r.Guests {
		known := byID[idKey(g.UserID)]
		g.Invited, g.Reminders, g.SameGuest = known.invited, known.reminders, known.address != address
		r.Guests[address] = g
	}
	s.reminders = &r
	return s.Replan(ctx)
}

// remindedGuest is what all invitations of a guest come to, by whichever address.
type remindedGuest struct {
	address   string // of the row that is reminded
	invited   time.Time
	reminders int
}

// lastTime is the latest of some times.
func lastTime(times ...time.Time) (last time.Time) {
	for _, t := range times {
		if t.After(last) {
			last = t
		}
	}
	return last
}

// Unsent counts the reminders that were refused, or whose answer never came, by their
// errors.
func (s *Session) Unsent() *batch.Tally {
	if s.run == nil {
		return batch.NewTally()
	}
	return s.run.Unsent()
}

// Accepted is how many of those who were to be reminded had accepted, or were gone, when it
// was their turn.
func (s *Session) Accepted() int { return int(s.accepted.Load()) }

// waits reads the guest of a reminder right before it leaves, and reports whether they have
// still not accepted. What was read is kept.
func (s *Session) waits(ctx context.Context, step batch.Step) (bool, error) {
	at := s.Now()
	user, err := s.tenant.Directory().UserByID(ctx, step.Presence.UserID)
	switch {
	case err == nil && user.State == graph.StatePending:
		return true, nil
	case graph.IsMissing(err): // what became of them, the next reading of all tells
		s.accepted.Add(1)
		return false, nil
	case err != nil:
		return false, err
	}
	s.accepted.Add(1)
	changed := map[string]batch.GuestReading{step.Address: readingOf(user, at)}
	return false, s.journal.RecordGuests(ctx, maps.All(changed))
}
