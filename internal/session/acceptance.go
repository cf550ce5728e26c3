package session

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
	"time"

	"guestlist/batch"
	"guestlist/batch/results"
	"guestlist/batch/selection"
	"guestlist/graph"
	"guestlist/internal/text"
)

// Acceptance is who of a batch has accepted, as far as the directory was read.
type Acceptance struct {
	// By is the heading by whose values Groups go, "" for the domains of the addresses.
	By string
	// Guests counts all of them, AsOf is when the latest was read, zero for never.
	Guests GuestCounts
	AsOf   time.Time
	// Removed is how many of them are no longer guests by their rows, taken back or deleted:
	// they will not accept.
	Removed int
	// Unfinished is how many guests have steps after the invitation that are not done.
	Unfinished int
	// Groups have those with the most guests first.
	Groups []AcceptanceGroup
	// Waiting are those who have not accepted, whose invitation is the oldest first.
	Waiting []WaitingGuest
}

// GuestCounts are guests by their state, "" for those who could not be read.
type GuestCounts map[batch.GuestState]int

// All is how many guests the counts add up to.
func (c GuestCounts) All() int {
	n := 0
	for _, guests := range c {
		n += guests
	}
	return n
}

// Gone is how many of them the tenant does not have any more, or never had.
func (c GuestCounts) Gone() int { return c[batch.GuestDeleted] + c[batch.GuestNeverCame] }

// AcceptanceGroup are the guests who share a value.
type AcceptanceGroup struct {
	Name   string
	Guests GuestCounts
}

// WaitingGuest is a guest who has not accepted.
type WaitingGuest struct {
	Address, Group string
	// Invited is when the newest invitation was made, zero where another batch made it.
	// Reminders is how many reminders there were.
	Invited   time.Time
	Reminders int
}

// ColumnOf is the position of a column of the list by whose values guests are counted, -1
// for "". A heading that the list does not have is a [*UsageError].
func (s *Session) ColumnOf(ctx context.Context, by string) (int, error) {
	if by == "" {
		return -1, nil
	}
	columns, err := s.journal.Columns(ctx)
	if err != nil {
		return -1, err
	}
	at := text.FindHeading(columns, by)
	if at < 0 {
		return -1, AsUsage(&selection.UnknownHeadingError{Heading: by, Headings: columns})
	}
	return at, nil
}

// RewriteAcceptance is [Session.Rewrite], and tells who has accepted, in groups by the values
// of a column of the list, or with by "" by the domains of their addresses. A heading that the
// list does not have is a [*UsageError].
func (s *Session) RewriteAcceptance(ctx context.Context, by string) (Acceptance, error) {
	columns, err := s.journal.Columns(ctx)
	if err != nil {
		return Acceptance{}, err
	}
	count := new(acceptanceCount)
	if count.column, err = s.ColumnOf(ctx, by); err != nil {
		return Acceptance{}, err
	}
	if by != "" {
		count.by = results.Original(columns[count.column])
	}
	if count.invited, err = s.invitedAt(ctx); err != nil {
		return Acceptance{}, err
	}
	if count.reminders, err = s.journal.Reminders(ctx); err != nil {
		return Acceptance{}, err
	}
	s.acceptance = count
	_, _, err = s.Rewrite(ctx)
	s.acceptance = nil
	return count.finish(), err
}

// acceptanceCount counts guests.
type acceptanceCount struct {
	Acceptance

	by        string
	invited   *batch.ByAddress[int64]
	reminders batch.ByAddress[int]
	column    int // by whose values the groups go, -1 for domains
	groups    map[string]*openGroup
}

// counting passes records on and counts their guests, each time from the start: what could
// not be written is written once more.
func (c *acceptanceCount) counting(records iter.Seq2[batch.Record, error]) iter.Seq2[batch.Record, error] {
	if c == nil {
		return records
	}
	return func(yield func(batch.Record, error) bool) {
		c.Acceptance = Acceptance{By: c.by, Guests: make(GuestCounts)}
		c.groups = make(map[string]*openGroup)
		for rec, err := range records {
			if err == nil && rec.Line > 0 && rec.Outcome.IsFollowed() {
				c.add(rec)
			}
			if err == nil && rec.Line > 0 && rec.FollowUps.Kind().IsUnfinished() {
				c.Unfinished++
			}
			if !yield(rec, err) {
				return
			}
		}
	}
}

// openGroup is a group that may still get guests.
type openGroup struct {
	AcceptanceGroup

	spelled text.Spellings
	waiting []int // places in Waiting
}

func (c *acceptanceCount) add(rec batch.Record) {
	value := batch.CountedDomain(c.groups, rec.Outcome.Address)
	if c.column >= 0 {
		value = text.Value(batch.Row{Cells: rec.Cells}.Cell(c.column))
	}
	g := c.groups[text.ValueKey(value)]
	if g == nil {
		g = &openGroup{AcceptanceGroup: AcceptanceGroup{Guests: make(GuestCounts)}, spelled: make(text.Spellings)}
		c.groups[text.ValueKey(value)] = g
	}
	g.spelled.Add(value)
	state := rec.Guest.State
	g.Guests[state]++
	c.Guests[state]++
	if rec.Outcome.Status == batch.Removed && state != batch.GuestAccepted {
		c.Removed++
	}
	if rec.Guest.At.After(c.AsOf) {
		c.AsOf = rec.Guest.At
	}
	if state == batch.GuestNotAccepted {
		g.waiting = append(g.waiting, len(c.Waiting))
		waiting := WaitingGuest{Address: rec.Outcome.Address}
		waiting.Reminders, _ = c.reminders.Get(rec.Outcome.Address)
		if at, known := c.invited.Get(rec.Outcome.Address); known {
			waiting.Invited = time.Unix(0, at).UTC()
		}
		c.Waiting = append(c.Waiting, waiting)
	}
}

func (c *acceptanceCount) finish() Acceptance {
	for _, g := range c.groups {
		g.Name = g.spelled.Best()
		for _, i := range g.waiting {
			c.Waiting[i].Group = g.Name
		}
		c.Groups = append(c.Groups, g.AcceptanceGroup)
	}
	slices.SortFunc(c.Groups, func(a, b AcceptanceGroup) int {
		return cmp.Or(b.Guests.All()-a.Guests.All(), cmp.Compare(a.Name, b.Name))
	})
	slices.SortFunc(c.Waiting, func(a, b WaitingGuest) int {
		return cmp.Or(a.Invited.Compare(b.Invited), cmp.Compare(a.Address, b.Address))
	})
	return c.Acceptance
}

// Older are those of them whose invitation is at least so old at a time, 0 for all of them:
// Graph's clock is known to the second only, and can be behind an invitation.
func (a Acceptance) Older(than time.Duration, now time.Time) []WaitingGuest {
	return slices.DeleteFunc(slices.Clone(a.Waiting), func(g WaitingGuest) bool { return than > 0 && now.Sub(g.Invited) < than })
}

// FirstReminder is from when on the first of them can be reminded, where that takes an
// invitation of an age and fewer reminders than the most; zero where no one can.
func (a Acceptance) FirstReminder(age time.Duration, most int) time.Time {
	for _, g := range a.Waiting { // the oldest invitation first
		if !g.Invited.IsZero() && g.Reminders < most {
			return g.Invited.Add(age)
		}
	}
	return time.Time{}
}

// PlanReminders plans who is reminded, of the guests who were read by [Session.ReadGuests].
// What it comes to is in Plan. Guests of r are filled in here.
func (s *Session) PlanReminders(ctx context.Context, r batch.Reminders) error {
	// The rows that a person names are those of the file of the results; the journal has those
	// of the list.
	chosen, err := s.chosen()
	if err != nil {
		return err
	}
	if chosen != nil {
		header := s.source.askedHeader()
		s.takes = func(row batch.Row) bool { return chosen[s.judge(header, row).Address] }
	}
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
		g := batch.Remindable{State: rec.Guest.State, Link: o.LinkState(), UserID: o.UserID, Deleting: rec.Deleting || elsewhere.deleting}
		if elsewhere.removed {
			g.State = batch.GuestDeleted // the journal that these results are a copy of knows it
		}
		if rec.Guest.UserID != "" && idKey(rec.Guest.UserID) != idKey(o.UserID) {
			g.State = batch.GuestNotShown // another account has the address by now, which is not ours to invite
		}
		r.Guests[o.Address] = g
		known := byID[idKey(g.UserID)]
		if known == nil {
			known = &remindedGuest{address: o.Address}
			byID[idKey(g.UserID)] = known
		}
		known.invited = lastTime(known.invited, elsewhere.answered.time(), elsewhere.unanswered.time())
		known.reminders = max(known.reminders, int(elsewhere.reminders))
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

// NextReminder is when the next guest can be reminded, once those of the plan are; zero where
// no one can.
func (s *Session) NextReminder() time.Time {
	if s.reminders == nil {
		return time.Time{}
	}
	return s.reminders.Next(s.Now())
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
