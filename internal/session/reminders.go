package session

import (
	"context"
	"iter"
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
	for rec, err := range newer.judged(s.journal.Records(ctx)) {
		if err != nil {
			return err
		}
		if o := rec.Outcome; o.Status == batch.Invited {
			r.Guests[o.Address] = batch.Remindable{
				State: rec.Guest.State, Link: o.LinkState(), UserID: o.UserID, Invited: newer.latest(o),
			}
		}
	}
	invitations, err := s.journal.Invitations(ctx)
	if err != nil {
		return err
	}
	for _, sent := range invitations {
		g, known := r.Guests[sent.Address]
		if !known {
			continue
		}
		g.Reminders, g.Mailed = sent.Reminders, sent.Mailed
		for _, at := range sent.Sent {
			if at.After(g.Invited) {
				g.Invited = at
			}
		}
		r.Guests[sent.Address] = g
	}
	s.reminders = &r
	return s.Replan(ctx)
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
func (s *Session) Accepted() int { return s.accepted }

// stillWaiting leaves out those who have accepted meanwhile: each is read right before the
// reminder leaves, as many together as one request reads. What was read is kept.
func (s *Session) stillWaiting(ctx context.Context, steps iter.Seq2[batch.Step, error]) iter.Seq2[batch.Step, error] {
	return func(yield func(batch.Step, error) bool) {
		var some []batch.Step
		pass := func() bool {
			waiting, err := s.readAgain(ctx, some)
			some = some[:0]
			if err != nil {
				yield(batch.Step{}, err)
				return false
			}
			for _, step := range waiting {
				if !yield(step, nil) {
					return false
				}
			}
			return true
		}
		for step, err := range steps {
			if err != nil {
				yield(step, err)
				return
			}
			if step.Action == batch.Skip {
				continue
			}
			if some = append(some, step); len(some) == graph.BatchSize && !pass() {
				return
			}
		}
		if len(some) > 0 {
			pass()
		}
	}
}

// readAgain reads the guests of some steps, and returns the steps of those who have still
// not accepted.
func (s *Session) readAgain(ctx context.Context, steps []batch.Step) (waiting []batch.Step, err error) {
	ids := make([]string, len(steps))
	for i, step := range steps {
		ids[i] = step.Presence.UserID
	}
	at := s.Now()
	found, err := s.tenant.Directory().UsersByID(ctx, ids)
	if err != nil {
		return nil, brokeOff(ctx, err)
	}
	changed := make(map[string]batch.GuestReading)
	defer func() { s.accepted += len(changed) }()
	for i, step := range steps {
		user := found[i]
		switch {
		case user.Err == nil && user.Value.State == graph.StatePending:
			waiting = append(waiting, step)
		case user.Err == nil:
			changed[step.Address] = readingOf(user.Value, at)
		}
	}
	if len(changed) == 0 {
		return waiting, nil
	}
	return waiting, s.journal.RecordGuests(ctx, maps.All(changed))
}

// latest is when the newest invitation of a guest was made in another batch, zero where
// none is known.
func (n *newerInvitations) latest(o batch.Outcome) time.Time {
	if n == nil {
		return time.Time{}
	}
	e := n.of(o)
	if e.unanswered.After(e.answered) {
		return e.unanswered
	}
	return e.answered
}
