package session

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/internal/secret"
	"guestlist/internal/text"
)

// newerInvitations is what other journals of the tenant know of the guests of some
// results. Which guests count is decided first, so that memory does not grow with the
// other journals, and with the results by some 50 bytes a guest, and as many again for one
// whom another journal knows. Addresses, user ids and links are there by their hashes.
type newerInvitations struct {
	// resolution is how long after the time that our records show a link was made at the
	// latest: results show whole seconds, a journal the moment.
	resolution time.Duration
	own        string
	seed       maphash.Seed
	// watched are the guests of ours who were invited: by address, with their link, and by
	// user id, with their address, or with several if more than one has it. No user id looks
	// like an address. It is nil where no other journal is at hand.
	watched map[uint64]uint64
	// moments are when our links were made, by address and link, where that is known better.
	moments map[uint64]moment
	// elsewhere has the newest invitation that another journal knows, by address and by
	// user id, of guests who are watched. What is there by the address of the only guest with a
	// user id is not there by that id again, reminders apart.
	elsewhere map[uint64]invitedElsewhere
	// batches are the results of the batches that elsewhere names, for people.
	batches []string
}

// several is in place of the address where more than one has a user id.
const several = 0

// invitedElsewhere is when another journal has a guest as invited, and as sent an
// invitation that was never answered. There may be a million.
type invitedElsewhere struct {
	answered, unanswered moment
	// batch is the place of the batch that knows in batches.
	batch uint32
	// reminders are those of other batches, here those of a journal that has the link of the
	// row: these results are its own, or a copy of them.
	reminders, here uint16
	// mailed says that such a journal, or one that knows the link as an earlier one, has the
	// guest as emailed, isMailKnown that it is known there.
	mailed, isMailKnown bool
	// ended says that a journal knows the link of the row, and that it does not work any more,
	// removed that this journal has the guest as removed. Deleting says that any has them as to
	// be deleted: undo was killed before it wrote the results.
	ended, removed, deleting bool
}

// moment is a point in time in nanoseconds since 1970, 0 for never.
type moment int64

func momentOf(t time.Time) moment {
	if t.IsZero() {
		return 0
	}
	return moment(t.UnixNano())
}

func (m moment) time() time.Time {
	if m == 0 {
		return time.Time{}
	}
	return time.Unix(0, int64(m))
}

func newNewerInvitations(resolution time.Duration) *newerInvitations {
	return &newerInvitations{
		resolution: resolution, seed: maphash.MakeSeed(),
		moments: make(map[uint64]moment), elsewhere: make(map[uint64]invitedElsewhere),
	}
}

// readNewer asks journals about the guests of some records. A journal that cannot be read
// is named to notice. Own is what the records' own journal is known by, where that is asked
// as well: which of two rows of a guest has the link that works, it says itself.
func readNewer(ctx context.Context, others iter.Seq2[journal.Known, error], records iter.Seq2[batch.Record, error],
	resolution time.Duration, notice func(string), own string,
) (*newerInvitations, error) {
	// For a million guests two maps grow here to more than all the rest, and one of them goes.
	defer runtime.GC()
	defer debug.SetGCPercent(debug.SetGCPercent(50))
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

// watch makes a guest count who was invited.
func (n *newerInvitations) watch(o batch.Outcome) {
	if o.Status != batch.Invited {
		return
	}
	address := n.hash(o.Address)
	n.watched[address] = n.hash(o.RedeemURL.Reveal())
	if o.UserID == "" {
		return
	}
	id := n.hash(idKey(o.UserID))
	if other, known := n.watched[id]; known && other != address {
		address = several
	}
	n.watched[id] = address
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
				n.moments[n.hashLink(o)] = momentOf(o.At)
			}
		}
		return nil
	})
}

// hashLink is what the moment is kept by at which a link was made.
func (n *newerInvitations) hashLink(o batch.Outcome) uint64 {
	return n.hash(o.Address + " " + o.RedeemURL.Reveal())
}

// madeAt is between which times the link of a row was made, which says when.
func (n *newerInvitations) madeAt(o batch.Outcome) (from, until moment) {
	if at, known := n.moments[n.hashLink(o)]; known {
		return at, at
	}
	return momentOf(o.At), momentOf(o.At.Add(n.resolution))
}

// add takes what another journal knows of an address.
func (n *newerInvitations) add(known journal.Known) {
	address, id := n.hash(known.Address), n.hash(idKey(known.UserID))
	n.end(address, n.watched[address], known)
	n.end(id, n.watched[n.watched[id]], known)
	// A journal that has the link of the row is ours, or a copy: only what was sent later counts.
	link := n.watched[address]
	isOurs := link != 0 && !known.Link.IsZero() && link == n.hash(known.Link.Reveal())
	if n.own != "" && known.UID == n.own {
		n.addTo(address, known, isOurs, isOurs)
		return
	}
	isSame := n.watched[id] == address
	n.addTo(address, known, isOurs, isOurs || isSame)
	if !isSame || known.Reminders > 0 {
		n.addTo(id, known, isOurs, true)
	}
}

// end adds by the address or by the user id of a guest that the link of the row has ended, where
// the journal knows that. No clock is asked: the newest link that it has may be another one.
func (n *newerInvitations) end(key, link uint64, known journal.Known) {
	if !slices.ContainsFunc(known.Ended, func(ended secret.Text) bool { return n.hash(ended.Reveal()) == link }) {
		return
	}
	e := n.elsewhere[key]
	e.ended, e.removed = true, e.removed || known.History.Status == batch.Removed
	e.mailed, e.isMailKnown = e.mailed || known.Mailed, e.isMailKnown || known.IsMailKnown
	n.elsewhere[key] = e
}

// addTo adds to what is known by the address or by the user id of a guest.
func (n *newerInvitations) addTo(key uint64, known journal.Known, isOurs, canDelete bool) { //nolint:revive // facts of the guest, no modes
	if _, watched := n.watched[key]; !watched {
		return
	}
	e := n.elsewhere[key]
	e.deleting = e.deleting || canDelete && known.Deleting
	if at := momentOf(known.At); !isOurs && known.History.Status == batch.Invited && at > e.answered {
		e.answered, e.batch = at, n.placeOf(batchOf(known))
	}
	e.unanswered = max(e.unanswered, moment(known.History.Latest), momentOf(known.Remade))
	if reminders := uint16(known.Reminders); isOurs { //nolint:gosec // a handful
		if n.watched[key] != several { // each of their rows has its own
			e.here = max(e.here, reminders)
		}
		e.mailed, e.isMailKnown = e.mailed || known.Mailed, e.isMailKnown || known.IsMailKnown
	} else {
		e.reminders += reminders
	}
	if e != (invitedElsewhere{}) {
		n.elsewhere[key] = e
	}
}

// placeOf is the place of a batch in batches. What is known comes batch by batch.
func (n *newerInvitations) placeOf(results string) uint32 {
	if last := len(n.batches) - 1; last < 0 || n.batches[last] != results {
		n.batches = append(n.batches, results)
	}
	return uint32(len(n.batches) - 1) //nolint:gosec // no machine has so many
}

// of is what other journals know of the guest of a row.
func (n *newerInvitations) of(o batch.Outcome) invitedElsewhere {
	if n == nil || len(n.elsewhere) == 0 {
		return invitedElsewhere{}
	}
	e, other := n.elsewhere[n.hash(o.Address)], n.elsewhere[n.hash(idKey(o.UserID))]
	if other.answered > e.answered {
		e.answered, e.batch = other.answered, other.batch
	}
	e.unanswered = max(e.unanswered, other.unanswered)
	e.reminders, e.here = max(e.reminders, other.reminders), max(e.here, other.here)
	e.mailed, e.isMailKnown = e.mailed || other.mailed, e.isMailKnown || other.isMailKnown
	e.ended, e.removed, e.deleting = e.ended || other.ended, e.removed || other.removed, e.deleting || other.deleting
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
	case e.ended && e.answered > 0:
		o.Superseded, o.Advice = batch.LinkReplaced, n.endedBy(e)
	case e.ended:
		o.Superseded = batch.LinkReplaced
		o.Advice = "This link does not work any more: the guest was removed, or invited again, since these results were written."
	case e.deleting:
		o.Superseded = batch.LinkUncertain
		o.Advice = "This guest was to be deleted, and what came of it is not known: the next guestlist undo finds out."
	case e.answered == 0 && e.unanswered == 0:
	case o.At.IsZero():
		o.Superseded = batch.LinkUncertain
		o.Advice = "The guest was invited in another batch, too, and the results do not say when this link was made: it may not work any more."
	case e.answered > until:
		o.Superseded, o.Advice = batch.LinkReplaced, n.endedBy(e)
	case e.answered > from, e.unanswered > from:
		o.Superseded = batch.LinkUncertain
		o.Advice = "Another invitation of this guest was sent in another batch, and it may be newer: this link may not work any more."
	}
}

// endedBy names the batch whose invitation ended a link.
func (n *newerInvitations) endedBy(e invitedElsewhere) string {
	return "A newer invitation of this guest, made with " + text.Line(n.batches[e.batch]) + ", ended this link."
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
