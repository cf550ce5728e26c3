package session

import (
	"cmp"
	"context"
	"hash/maphash"
	"iter"
	"maps"
	"slices"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
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
	// Left is how many guests are not counted who have not accepted, as far as is known, and
	// whose row is neither in the list nor in the results any more.
	Left int
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
			if err == nil && rec.Line == 0 && rec.Outcome.Status == batch.Invited && rec.Guest.State != batch.GuestAccepted && !rec.Guest.IsGone() {
				c.Left++
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
// What it comes to is in Plan.
func (s *Session) PlanReminders(ctx context.Context, r batch.Reminders) error {
	// The rows that a person names are those of the file of the results; the journal has those
	// of the list.
	chosen, err := s.chosen()
	if err != nil {
		return err
	}
	if chosen != nil {
		header := s.source.askedHeader()
		s.takes = func(row batch.Row) bool { _, is := chosen.Get(s.judge(header, row).Address); return is }
	}
	s.invitations = nil // they were for the reading, and are 40 MiB of a million
	newer, now := s.newerInvitations(ctx), s.Now()
	sent, err := s.readSent(ctx)
	if err != nil {
		return err
	}
	shared := make(map[string]*sharedGuest)
	for rec, err := range newer.judged(s.journal.Records(ctx)) {
		if err != nil {
			return err
		}
		o := rec.Outcome
		if o.Status != batch.Invited || rec.Line == 0 {
			continue
		}
		elsewhere := newer.of(o)
		g := remindableOf(rec, elsewhere)
		own, _ := sent.by.Get(o.Address)
		own.complete(elsewhere)
		own.addTo(&g)
		if !sent.isShared(o.UserID) {
			r.Add(o.Address, g, now)
			continue
		}
		if shared[idKey(o.UserID)] == nil {
			shared[idKey(o.UserID)] = new(sharedGuest)
		}
		shared[idKey(o.UserID)].add(o.Address, g, int(own.reminders))
	}
	for _, guest := range shared {
		guest.remind(&r, now)
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
	return s.reminders.Next()
}

// RemindedGuest is somebody who is reminded; Invited is when they were invited last, the zero
// time where it is not known.
type RemindedGuest struct {
	Address string
	Invited time.Time
}

// FirstReminded yields the first guests whom this run reminds.
func (s *Session) FirstReminded() iter.Seq[RemindedGuest] {
	return func(yield func(RemindedGuest) bool) {
		for _, address := range s.Plan.reminded {
			if !yield(RemindedGuest{address, s.reminders.Invited(address)}) {
				return
			}
		}
	}
}

// remindableOf is what a row, and what other journals know of its guest, say of a reminder.
func remindableOf(rec batch.Record, elsewhere invitedElsewhere) batch.Remindable {
	o := rec.Outcome
	g := batch.Remindable{
		State: rec.Guest.State, Link: o.LinkState(), UserID: o.UserID, Deleting: rec.Deleting || elsewhere.deleting,
		Invited: lastTime(elsewhere.answered.time(), elsewhere.unanswered.time()), Reminders: int(elsewhere.reminders),
	}
	if elsewhere.removed {
		g.State = batch.GuestDeleted // the journal that these results are a copy of knows it
	}
	if rec.Guest.UserID != "" && idKey(rec.Guest.UserID) != idKey(o.UserID) {
		g.State = batch.GuestNotShown // another account has the address by now, which is not ours to invite
	}
	return g
}

// sentInvitations are when guests were invited by this batch, by their addresses.
type sentInvitations struct {
	by   batch.ByAddress[sentInvitation]
	seed maphash.Seed
	// shared are the hashes of user ids that several addresses have.
	shared map[uint64]bool
}

// sentInvitation is when an address was invited last. There may be a million.
type sentInvitation struct {
	at                  moment
	reminders           uint16
	mailed, isMailKnown bool
}

// readSent reads them from the journal.
func (s *Session) readSent(ctx context.Context) (*sentInvitations, error) {
	sent := &sentInvitations{seed: maphash.MakeSeed(), shared: make(map[uint64]bool)}
	var ids []uint64
	err := s.journal.Invitations(ctx, s.clock(), func(g journal.Invited) {
		sent.by.Put(g.Address, sentInvitation{
			at: momentOf(lastTime(g.Sent...)), reminders: uint16(g.Reminders), //nolint:gosec // a handful
			mailed: g.Mailed, isMailKnown: g.IsMailKnown,
		})
		ids = append(ids, maphash.String(sent.seed, idKey(g.UserID)))
	})
	slices.Sort(ids)
	for i := 1; i < len(ids); i++ {
		if ids[i] == ids[i-1] {
			sent.shared[ids[i]] = true
		}
	}
	return sent, err
}

// isShared reports whether several addresses have a user id; rarely, that they seem to.
func (s *sentInvitations) isShared(userID string) bool {
	return s.shared[maphash.String(s.seed, idKey(userID))]
}

// complete adds what the journal knows that these results are a copy of: theirs was made from the
// copy. What was sent since, each journal has by itself, with another link.
func (s *sentInvitation) complete(elsewhere invitedElsewhere) {
	s.reminders = max(s.reminders, elsewhere.here)
	if !s.isMailKnown {
		s.mailed, s.isMailKnown = elsewhere.mailed, elsewhere.isMailKnown
	}
}

// addTo adds what was sent to an address to what decides about its guest.
func (s *sentInvitation) addTo(g *batch.Remindable) {
	g.Mailed, g.IsMailKnown = s.mailed, s.isMailKnown
	g.Invited = lastTime(g.Invited, s.at.time())
	g.Reminders += int(s.reminders)
}

// sharedGuest is a guest of several rows: what was sent to any of them counts, and the first
// one is reminded.
type sharedGuest struct {
	addresses []string
	rows      []batch.Remindable
	invited   time.Time
	// elsewhere and here are how many reminders other batches and this one sent.
	elsewhere, here int
}

// add adds the next row.
func (s *sharedGuest) add(address string, g batch.Remindable, here int) {
	s.addresses, s.rows = append(s.addresses, address), append(s.rows, g)
	s.invited = lastTime(s.invited, g.Invited)
	s.elsewhere, s.here = max(s.elsewhere, g.Reminders-here), s.here+here
}

// remind decides about the rows.
func (s *sharedGuest) remind(r *batch.Reminders, now time.Time) {
	for i, g := range s.rows {
		g.Invited, g.Reminders, g.SameGuest = s.invited, s.elsewhere+s.here, i > 0
		r.Add(s.addresses[i], g, now)
	}
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
