package session

import (
	"context"
	"fmt"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/internal/text"
)

// day is the time over which a daily budget counts: Microsoft's own daily limits are
// not said to begin at midnight anywhere.
const day = 24 * time.Hour

// BudgetError says that the invitations of a day are used up. Rows are pending.
type BudgetError struct {
	// Again is the command that goes on then.
	Again string
	// PerDay is the budget, Used how many of the last 24 hours count.
	PerDay, Used int
	// Next is when the first of them is a day old.
	Next time.Time
}

func (e *BudgetError) Error() string {
	return fmt.Sprintf("%s in the last 24 hours: the budget of this tenant (--per-day %d) is used up until %s",
		text.Plural(e.Used, "invitation"), e.PerDay, text.Moment(e.Next))
}

// Budget bounds the rows of this run, so that no more than perDay invitations are made
// to the tenant in any 24 hours, as far as the journals at hand and the tenant know of
// them. Next is when the bound is lifted, zero where it does not matter. The error is a
// [*BudgetError] where nothing is left.
func (s *Session) Budget(ctx context.Context, perDay int) (next time.Time, err error) {
	now := s.Now()
	made := invitations{since: now.Add(-day), of: make(map[string]bool)}
	if err := s.countInvitations(ctx, &made); err != nil {
		return time.Time{}, err
	}
	if s.Plan.Send == 0 {
		return time.Time{}, nil
	}
	if made.first.IsZero() {
		made.first = now
	}
	next = made.first.Add(day)
	left := perDay - made.n
	if left <= 0 {
		return next, &BudgetError{PerDay: perDay, Used: made.n, Next: next}
	}
	if s.Limit == 0 || left < s.Limit {
		s.Limit = left
		return next, nil
	}
	return time.Time{}, nil
}

// invitations counts those that were made, or may have been made, since a time.
type invitations struct {
	since, first time.Time
	n            int
	// of has the ids of the guests whose invitation was counted.
	of map[string]bool
}

// add counts an invitation. The user id is "" where it is not known.
func (c *invitations) add(at time.Time, userID string) {
	if !at.After(c.since) {
		return
	}
	if userID != "" {
		c.of[userID] = true
	}
	c.n++
	if c.first.IsZero() || at.Before(c.first) {
		c.first = at
	}
}

// countInvitations counts those of this journal, of the others at hand, and those whose
// guests the tenant shows, whoever invited them.
func (s *Session) countInvitations(ctx context.Context, made *invitations) error {
	if s.journal != nil {
		if err := s.countOwn(ctx, made); err != nil {
			return err
		}
	}
	if s.tenant.ID.Sandbox {
		return nil
	}
	at, err := s.journalsAtHand()
	if err != nil {
		return err
	}
	if s.journal == nil { // a dry run: the journal of this list is one of the others
		at.Own, at.OwnUID = "", ""
	}
	at.Since = made.since
	for known, err := range s.knownAtHand(ctx, at) {
		if err != nil {
			return err
		}
		for _, sent := range known.Sent {
			made.add(sent, known.UserID)
		}
		if len(known.Sent) > 0 {
			continue
		}
		last := known.At
		if h := known.History; h.Latest != 0 && time.Unix(0, h.Latest).After(last) {
			last = time.Unix(0, h.Latest)
		}
		switch h := known.History; {
		case h.Status == batch.Invited:
			made.add(last, known.UserID)
		case h.Open != 0 || h.Status == batch.Unconfirmed:
			made.add(last, "")
		case h.Reinvited != 0:
			made.add(time.Unix(0, h.Reinvited), "")
		}
	}
	return s.countInTenant(ctx, made)
}

// countOwn counts the invitations of this journal.
func (s *Session) countOwn(ctx context.Context, made *invitations) error {
	err := s.journal.Invitations(ctx, s.clock(), func(g journal.Invited) {
		for _, at := range g.Sent {
			made.add(at, g.UserID)
		}
	})
	if err != nil {
		return err
	}
	for record, err := range s.journal.Records(ctx) {
		if err != nil {
			return err
		}
		switch o := record.Outcome; {
		case o.Status == batch.Invited && o.UserID == "":
			made.add(o.At, "")
		case o.Status == batch.Unconfirmed && o.At.IsZero():
			made.add(s.Now(), "") // it is open: a day will have passed when a run has looked it up
		case o.Status == batch.Unconfirmed, o.Status == batch.Existing && o.ErrorCode == batch.CodeNoAnswer:
			made.add(o.At, "")
		}
	}
	return nil
}

// countInTenant counts the guests that the tenant shows, where the sign-in may look.
func (s *Session) countInTenant(ctx context.Context, made *invitations) error {
	if !s.presences.DirectoryRead {
		return nil
	}
	for users, err := range s.tenant.Directory().InvitedSince(ctx, made.since) {
		if err != nil {
			return brokeOff(ctx, err)
		}
		for _, u := range users {
			if !made.of[u.ID] {
				made.add(u.Created, u.ID)
			}
		}
	}
	return nil
}
