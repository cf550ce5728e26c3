package session

import (
	"context"
	"errors"
	"iter"
	"path/filepath"
	"strings"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/internal/secret"
	"guestlist/internal/text"
)

// newerInvitations is what other journals of the tenant know of the guests of some
// results. Which guests count is decided first, so that memory does not grow with the
// other journals.
type newerInvitations struct {
	// made is when our links were made, by address, as exactly as is known.
	made map[string]linkMade
	// elsewhere has the newest invitation that another journal knows, by address and by
	// user id. No user id looks like an address.
	elsewhere map[string]invitedElsewhere
}

// linkMade is when a link was made: at some moment from from to until.
type linkMade struct {
	link        secret.Text
	from, until time.Time
}

// invitedElsewhere is when another journal has a guest as invited, and as sent an
// invitation that was never answered; zero for never.
type invitedElsewhere struct {
	answered, unanswered time.Time
	results              string // of the batch that knows, for people
}

// readNewer asks the journals at hand about the guests of some results. It is nil where
// no guest has a link. A journal that cannot be read is named to notice.
func readNewer(ctx context.Context, at journal.AtHand, records iter.Seq2[batch.Record, error], notice func(string)) (*newerInvitations, error) {
	newer := newerInvitations{made: make(map[string]linkMade), elsewhere: make(map[string]invitedElsewhere)}
	for rec, err := range records {
		if err != nil {
			return nil, err
		}
		newer.watch(rec.Outcome)
	}
	if len(newer.made) == 0 {
		return nil, nil
	}
	newer.readOwn(ctx, at.Own)
	for found, err := range at.Known(ctx) {
		if unreadable, ok := errors.AsType[*journal.UnreadableError](err); ok {
			notice(text.Line(unreadable.Error()) + ": links that a newer invitation there has ended are not left out")
			continue
		}
		if err != nil {
			return nil, err
		}
		newer.add(found)
	}
	return &newer, nil
}

// watch makes a guest count who has a link. Results show times in whole seconds.
func (n *newerInvitations) watch(o batch.Outcome) {
	if o.Status != batch.Invited || o.RedeemURL.IsZero() {
		return
	}
	n.made[o.Address] = linkMade{o.RedeemURL, o.At, o.At.Add(time.Second)}
	n.elsewhere[o.Address] = invitedElsewhere{}
	if o.UserID != "" {
		n.elsewhere[idKey(o.UserID)] = invitedElsewhere{}
	}
}

// idKey is what a guest is kept by besides the address.
func idKey(userID string) string { return strings.ToLower(userID) }

// readOwn learns exactly when links were made from the journal of the results, where
// that can be read now.
func (n *newerInvitations) readOwn(ctx context.Context, path string) {
	// What cannot be read leaves the moment less exact, and no more.
	_ = readBeside(ctx, path, func(j *journal.Journal) error {
		for rec, err := range j.Records(ctx) {
			if err != nil {
				return err
			}
			o := rec.Outcome
			if made, watched := n.made[o.Address]; watched && o.RedeemURL.Reveal() == made.link.Reveal() && !o.At.IsZero() {
				n.made[o.Address] = linkMade{made.link, o.At, o.At}
			}
		}
		return nil
	})
}

// add takes what another journal knows of an address.
func (n *newerInvitations) add(known journal.Known) {
	if made, watched := n.made[known.Address]; watched && known.Link.Reveal() == made.link.Reveal() {
		return // a copy of our own journal
	}
	for _, key := range []string{known.Address, idKey(known.UserID)} {
		e, watched := n.elsewhere[key]
		if !watched {
			continue
		}
		if known.History.Status == batch.Invited && known.At.After(e.answered) {
			e.answered, e.results = known.At, filepath.Base(ResultsOf(known.Journal))
		}
		if known.History.Latest != 0 {
			if left := time.Unix(0, known.History.Latest); left.After(e.unanswered) {
				e.unanswered = left
			}
		}
		if known.Remade.After(e.unanswered) {
			e.unanswered = known.Remade
		}
		n.elsewhere[key] = e
	}
}

// of is what other journals know of the guest of a row.
func (n *newerInvitations) of(o batch.Outcome) invitedElsewhere {
	e, other := n.elsewhere[o.Address], n.elsewhere[idKey(o.UserID)]
	if other.answered.After(e.answered) {
		e.answered, e.results = other.answered, other.results
	}
	if other.unanswered.After(e.unanswered) {
		e.unanswered = other.unanswered
	}
	return e
}

// judge tells in an outcome that a newer invitation has ended its link, or may have.
func (n *newerInvitations) judge(o *batch.Outcome) {
	if o.Status != batch.Invited || o.RedeemURL.IsZero() || o.Superseded == batch.LinkReplaced {
		return
	}
	e, made := n.of(*o), n.made[o.Address]
	switch {
	case e.answered.IsZero() && e.unanswered.IsZero():
	case o.At.IsZero():
		o.Superseded = batch.LinkUncertain
		o.Advice = "The guest was invited in another batch, too, and the results do not say when this link was made: it may not work any more."
	case e.answered.After(made.until):
		o.Superseded = batch.LinkReplaced
		o.Advice = "A newer invitation of this guest, made with " + text.Line(e.results) + ", ended this link."
	case e.answered.After(made.from), e.unanswered.After(made.from):
		o.Superseded = batch.LinkUncertain
		o.Advice = "Another invitation of this guest was sent in another batch, and it may be newer: this link may not work any more."
	}
}

// judged yields records with what is known of newer invitations.
func (n *newerInvitations) judged(records iter.Seq2[batch.Record, error]) iter.Seq2[batch.Record, error] {
	if n == nil {
		return records
	}
	return func(yield func(batch.Record, error) bool) {
		for rec, err := range records {
			n.judge(&rec.Outcome)
			if !yield(rec, err) {
				return
			}
		}
	}
}
