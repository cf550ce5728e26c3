package session

import (
	"context"
	"fmt"
	"path/filepath"
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
	// PerDay is the budget, Used how many of the last 24 hours count.
	PerDay, Used int
	// Next is when the first of them is a day old.
	Next time.Time
}

func (e *BudgetError) Error() string {
	return fmt.Sprintf("%s in the last 24 hours: the budget of this tenant (--per-day %d) is used up until %s",
		text.Plural(e.Used, "invitation"), e.PerDay, e.Next.Local().Format("2006-01-02 15:04"))
}

// Budget bounds the rows of this run, so that no more than perDay invitations are made
// to the tenant in any 24 hours, as far as the journals at hand know of them. Next is
// when the bound is lifted, zero where it does not matter. The error is a [*BudgetError]
// where nothing is left.
func (s *Session) Budget(ctx context.Context, perDay int) (next time.Time, err error) {
	now := s.now()
	used, first, err := s.invitationsSince(ctx, now.Add(-day))
	if err != nil {
		return time.Time{}, err
	}
	if first.IsZero() {
		first = now
	}
	next = first.Add(day)
	left := perDay - used
	if left <= 0 && s.Plan.Send > 0 {
		return next, &BudgetError{PerDay: perDay, Used: used, Next: next}
	}
	if s.Limit == 0 || left < s.Limit {
		s.Limit = max(left, 1)
		return next, nil
	}
	return time.Time{}, nil
}

// invitationsSince counts the invitations to the tenant that were made, or may have been
// made, since a time: those of this journal and of the others at hand.
func (s *Session) invitationsSince(ctx context.Context, since time.Time) (n int, first time.Time, err error) {
	count := func(status batch.Status, at, open time.Time) {
		if open.After(at) {
			at = open
		}
		if (status == batch.Invited || status == batch.Unconfirmed) && at.After(since) {
			n++
			if first.IsZero() || at.Before(first) {
				first = at
			}
		}
	}
	for record, err := range s.journal.Records(ctx) {
		if err != nil {
			return 0, first, err
		}
		o := record.Outcome
		at := o.At
		if o.Status == batch.Unconfirmed && at.IsZero() {
			at = s.now() // it is open: a day will have passed when a run has looked it up
		}
		count(o.Status, at, time.Time{})
	}
	if s.tenant.ID.Sandbox {
		return n, first, nil
	}
	at, err := s.journalsAtHand()
	if err != nil {
		return 0, first, err
	}
	for known, err := range at.Known(ctx) {
		if err != nil {
			return 0, first, err
		}
		h, open := known.History, time.Time{}
		if h.Latest != 0 {
			open = time.Unix(0, h.Latest)
		}
		status := h.Status
		if h.Open != 0 {
			status = batch.Unconfirmed
		}
		count(status, known.At, open)
	}
	return n, first, nil
}

// journalsAtHand are the other journals of the tenant: those beside the results, and
// those that this user wrote on this machine.
func (s *Session) journalsAtHand() (journal.AtHand, error) {
	registered, err := s.State.Journals(s.tenant.ID.Tenant)
	return journal.AtHand{
		Identity: s.tenant.ID, Own: s.ownJournal(), Ignore: s.IgnoreJournals,
		Folder: filepath.Dir(s.orList()), Registered: registered, Scratch: s.State.Copies(),
	}, err
}
