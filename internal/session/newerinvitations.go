package session

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"strings"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/internal/text"
)

// newerInvitations is what other journals of the tenant know of the guests of some
// results. Which guests count is decided first, so that memory does not grow with the
// other journals, and with the results by some 40 bytes a guest.
type newerInvitations struct {
	// resolution is how long after the time that our records show a link was made at the
	// latest: results show whole seconds, a journal the moment.
	resolution time.Duration
	own        string
	// watched are the guests of ours who have a link, by the hash of their address, with
	// that of the link, and by the hash of their user id, with none. No user id looks like
	// an address. It is nil where no other journal is at hand.
	watched map[uint64]uint64
	seed    maphash.Seed
	// moments are when our links were made, by address, where that is known better.
	moments map[string]time.Time
	// elsewhere has the newest invitation that another journal knows, by address and by
	// user id, of guests who are watched.
	elsewhere map[string]invitedElsewhere
}

// invitedElsewhere is when another journal has a guest as invited, and as sent an
// invitation that was never answered; zero for never.
type invitedElsewhere struct {
	answered, unanswered time.Time
	// removed says that the journal of these results, or of what they are a copy of, has the
	// guest as removed, deleting that any has them as to be deleted: undo was killed before it
	// wrote the results.
	removed, deleting bool
	results           string // of the batch that knows, for people
	reminders         int
}

func newNewerInvitations(resolution time.Duration) *newerInvitations {
	return &newerInvitations{
		resolution: resolution, seed: maphash.MakeSeed(),
		moments: make(map[string]time.Time), elsewhere: make(map[string]invitedElsewhere),
	}
}

// readNewer asks journals about the guests of some records. A journal that cannot be read
// is named to notice. Own is what the records' own journal is known by, where that is asked
// as well: which of two rows of a guest has the link that works, it says itself.
func readNewer(ctx context.Context, others iter.Seq2[journal.Known, error], records iter.Seq2[batch.Record, error],
	resolution time.Duration, notice func(string), own string,
) (*newerInvitations, error) {
	newer := newNewerInvitations(resolution)
	newer.own = own
	for known, err := range others {
		if unreadable, ok := errors.AsType[*journal.UnreadableError](err); ok {
			notice(text.Line(text.Error(unreadable)) + ": links that a newer invitation there has ended are not left out")
			continue
		}
		if err == nil && newer.watched == nil { // nearly always there is no other journal
			err = newer.watchAll(records)
		}
		if err != nil {
			return nil, err
		}
		if len(newer.watched) == 0 {
			break
		}
		newer.add(known)
	}
	newer.watched = nil
	return newer, context.Cause(ctx)
}

// watchAll makes the guests of some records count.
func (n *newerInvitations) watchAll(records iter.Seq2[batch.Record, error]) error {
	n.watched = make(map[uint64]uint64)
	for rec, err := range records {
		if err != nil {
			return err
		}
		n.watch(rec.Outcome)
	}
	return nil
}

// watch makes a guest count who has a link.
func (n *newerInvitations) watch(o batch.Outcome) {
	if o.Status != batch.Invited || o.RedeemURL.IsZero() {
		return
	}
	if o.UserID != "" {
		n.watched[n.hash(idKey(o.UserID))] = 0
	}
	n.watched[n.hash(o.Address)] = n.hash(o.RedeemURL.Reveal())
}

func (n *newerInvitations) hash(s string) uint64 { return maphash.String(n.seed, s) }

// idKey is what a guest is kept by besides the address.
func idKey(userID string) string { return strings.ToLower(userID) }

// readOwn learns exactly when links were made from the journal of the results, where
// that can be read now.
func (n *newerInvitations) readOwn(ctx context.Context, journals Place, results string) {
	if len(n.elsewhere) == 0 {
		return
	}
	// What cannot be read leaves the moment less exact, and no more.
	_ = journals.read(ctx, results, func(j *journal.Journal) error {
		for rec, err := range j.Records(ctx) {
			if err != nil {
				return err
			}
			o := rec.Outcome
			if elsewhere := n.of(o); elsewhere != (invitedElsewhere{}) && !o.At.IsZero() {
				n.moments[momentKey(o)] = o.At
			}
		}
		return nil
	})
}

// momentKey is what the moment is kept by at which a link was made.
func momentKey(o batch.Outcome) string { return o.Address + " " + o.RedeemURL.Reveal() }

// madeAt is between which times the link of a row was made.
func (n *newerInvitations) madeAt(o batch.Outcome) (from, until time.Time) {
	if at, known := n.moments[momentKey(o)]; known {
		return at, at
	}
	return o.At, o.At.Add(n.resolution)
}

// add takes what another journal knows of an address.
func (n *newerInvitations) add(known journal.Known) {
	// A journal that has the link of the row is ours, or a copy: only what was sent later counts.
	link := n.watched[n.hash(known.Address)]
	isOurs := link != 0 && link == n.hash(known.Link.Reveal())
	keys := []string{known.Address, idKey(known.UserID)}
	if n.own != "" && known.UID == n.own {
		keys = keys[:1]
	}
	for _, key := range keys {
		if _, watched := n.watched[n.hash(key)]; !watched {
			continue
		}
		e := n.elsewhere[key]
		e.removed = e.removed || isOurs && known.History.Status == batch.Removed
		e.deleting = e.deleting || known.Deleting && (isOurs || key == idKey(known.UserID))
		if !isOurs && known.History.Status == batch.Invited && known.At.After(e.answered) {
			e.answered, e.results = known.At, batchOf(known)
		}
		if known.History.Latest != 0 {
			if left := time.Unix(0, known.History.Latest); left.After(e.unanswered) {
				e.unanswered = left
			}
		}
		if known.Remade.After(e.unanswered) {
			e.unanswered = known.Remade
		}
		if !isOurs {
			e.reminders += known.Reminders
		}
		if e != (invitedElsewhere{}) {
			n.elsewhere[key] = e
		}
	}
}

// of is what other journals know of the guest of a row.
func (n *newerInvitations) of(o batch.Outcome) invitedElsewhere {
	if n == nil {
		return invitedElsewhere{}
	}
	e, other := n.elsewhere[o.Address], n.elsewhere[idKey(o.UserID)]
	if other.answered.After(e.answered) {
		e.answered, e.results = other.answered, other.results
	}
	if other.unanswered.After(e.unanswered) {
		e.unanswered = other.unanswered
	}
	e.reminders = max(e.reminders, other.reminders)
	e.removed, e.deleting = e.removed || other.removed, e.deleting || other.deleting
	return e
}

// judge tells in an outcome that a newer invitation has ended its link, or may have.
func (n *newerInvitations) judge(o *batch.Outcome) {
	if o.Status != batch.Invited || o.RedeemURL.IsZero() || o.Superseded == batch.LinkReplaced {
		return
	}
	e := n.of(*o)
	from, until := n.madeAt(*o)
	switch {
	case e.removed:
		o.Superseded = batch.LinkReplaced
		o.Advice = "The guest was removed since these results were written; guestlist status writes them anew."
	case e.deleting:
		o.Superseded = batch.LinkUncertain
		o.Advice = "This guest was to be deleted, and what came of it is not known: the next guestlist undo finds out."
	case e.answered.IsZero() && e.unanswered.IsZero():
	case o.At.IsZero():
		o.Superseded = batch.LinkUncertain
		o.Advice = "The guest was invited in another batch, too, and the results do not say when this link was made: it may not work any more."
	case e.answered.After(until):
		o.Superseded = batch.LinkReplaced
		o.Advice = "A newer invitation of this guest, made with " + text.Line(e.results) + ", ended this link."
	case e.answered.After(from), e.unanswered.After(from):
		o.Superseded = batch.LinkUncertain
		o.Advice = "Another invitation of this guest was sent in another batch, and it may be newer: this link may not work any more."
	}
}

// judged yields records with what is known of newer invitations.
func (n *newerInvitations) judged(records iter.Seq2[batch.Record, error]) iter.Seq2[batch.Record, error] {
	if n == nil || len(n.elsewhere) == 0 {
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

// digest stands for what judged tells of records, "" where that is nothing.
func (n *newerInvitations) digest(records iter.Seq2[batch.Record, error]) (string, error) {
	if n == nil || len(n.elsewhere) == 0 {
		return "", nil
	}
	told, sum := false, sha256.New()
	for rec, err := range records {
		if err != nil {
			return "", err
		}
		o := rec.Outcome
		if n.judge(&o); o.Superseded != rec.Outcome.Superseded {
			told = true
			_, _ = fmt.Fprintln(sum, o.Address, o.Superseded, o.Advice) // a hash takes everything
		}
	}
	if !told {
		return "", nil
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
