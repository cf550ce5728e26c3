package journal

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"

	"guestlist/batch"
)

// invitedTwice are the guests who were invited by more than one address of this
// batch: Graph gave both the same user id. The newer invitation ended the link of the
// older one. By address, it has what that means for the row.
type invitedTwice map[string]sameGuest

// sameGuest is what another invitation of a guest means for a row.
type sameGuest struct {
	userID string
	// link is LinkReplaced, or LinkUncertain where the two overlapped, or where one of
	// them has unanswered; "" for the row of the newest invitation.
	link       batch.LinkState
	unanswered bool
	// other is the address with the newest invitation, or another one that overlapped.
	other string
}

// invitations is which attempts invited someone whose account is known: those that Graph
// answered, and further ones whose answer never came, see [attempt.remade].
const invitations = `(status = 'invited' OR status = 'existing' AND intended_at <> '' AND error_code = '` + batch.CodeNoAnswer + `') AND user_id <> ''`

// invitation is the newest answer for an address: Graph invited the guest. The numbers
// of attempts tell which request left after which answer. Times do not: those of
// intents are in Graph's clock, those of outcomes in the clock of this machine.
type invitation struct {
	address string
	// left is the number of the attempt whose request was answered, or of the first
	// one that may have been it.
	left int64
	// knownBefore is the first attempt that was intended after the outcome was known,
	// 0 for an outcome that is older than that column, or was restored from results.
	knownBefore int64
	// former says that the address was invited once more, and got another account: the
	// one of this invitation was deleted.
	former bool
	// seen says that there was no answer with a link: as far as is known, a look-up showed
	// the guest, whom another address may have made one.
	seen bool
	// answered is the invitation of the same guest before one that a look-up showed: where no
	// request was open, the look-up showed that one.
	answered *invitation
	// remade says that it is a further invitation whose answer never came: the row has no
	// link, and those of other addresses may not work any more.
	remade bool
}

// readInvitedTwice looks for guests with several addresses. In memory it has eight
// bytes for each invitation while it looks, and then those guests alone.
func (j *Journal) readInvitedTwice(ctx context.Context) (invitedTwice, error) {
	seed := maphash.MakeSeed()
	repeated, err := j.repeatedIDs(ctx, seed)
	if err != nil || len(repeated) == 0 {
		return nil, err
	}
	guests, err := j.invitationsOf(ctx, func(userID string) bool { return repeated[maphash.String(seed, userID)] })
	if err != nil {
		return nil, err
	}
	twice := make(invitedTwice)
	for userID, invitations := range guests {
		twice.add(userID, invitations)
	}
	return twice, nil
}

// repeatedIDs are the hashes of user ids that more than one invitation has.
func (j *Journal) repeatedIDs(ctx context.Context, seed maphash.Seed) (map[uint64]bool, error) {
	var attempts int64
	if err := j.db.QueryRowContext(ctx, "SELECT coalesce(max(id), 0) FROM attempt").Scan(&attempts); err != nil {
		return nil, translateError(j.path, err)
	}
	hashes := make([]uint64, 0, attempts) // grown step by step, it would take three times as much
	err := j.query(ctx, "SELECT user_id FROM attempt WHERE "+invitations, func(rows *sql.Rows) error {
		var userID sql.RawBytes
		err := rows.Scan(&userID)
		hashes = append(hashes, maphash.Bytes(seed, userID))
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(hashes)
	repeated := make(map[uint64]bool)
	for i := 1; i < len(hashes); i++ {
		if hashes[i] == hashes[i-1] {
			repeated[hashes[i]] = true
		}
	}
	return repeated, nil
}

// invitationsOf returns the newest invitation of each address, by the guest's user id.
func (j *Journal) invitationsOf(ctx context.Context, wanted func(userID string) bool) (map[string]map[string]*invitation, error) {
	const query = `SELECT id, address, user_id, known_before, intended_at = '', redeem_url = '', status = 'existing' FROM attempt WHERE ` + invitations + ` ORDER BY id`
	guests := make(map[string]map[string]*invitation)
	latest := make(map[string]*invitation) // of addresses that guests has
	var lookedUp []*invitation
	err := j.query(ctx, query, func(rows *sql.Rows) error {
		var i invitation
		var userID string
		var noRequest, noLink bool
		if err := rows.Scan(&i.left, &i.address, &userID, &i.knownBefore, &noRequest, &noLink, &i.remade); err != nil {
			return err
		}
		if before := latest[i.address]; before != nil && guests[userID][i.address] != before {
			before.former = true
		}
		if !wanted(userID) {
			return nil
		}
		if i.knownBefore != 0 {
			i.knownBefore = max(i.knownBefore, i.left+1) // without an intent, it was numbered when it was known
		}
		if guests[userID] == nil {
			guests[userID] = make(map[string]*invitation)
		}
		if before := guests[userID][i.address]; noRequest && noLink && before != nil && before == latest[i.address] {
			if i.answered = before; before.seen {
				i.answered = before.answered
			}
		}
		guests[userID][i.address], latest[i.address] = &i, &i
		i.seen = noRequest || noLink
		if noRequest {
			lookedUp = append(lookedUp, &i)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, i := range lookedUp { // a look-up proved it: one of the open requests invited the guest
		number := i.left
		const open = `SELECT coalesce(min(id), ?2) FROM attempt WHERE address = ?1 AND id < ?2 AND intended_at <> '' AND id > (
			SELECT coalesce(max(id), 0) FROM attempt WHERE address = ?1 AND id < ?2
			AND (status NOT IN ('', 'pending', 'unconfirmed') OR status = 'pending' AND intended_at = ''))`
		if err := j.db.QueryRowContext(ctx, open, i.address, i.left).Scan(&i.left); err != nil {
			return nil, translateError(j.path, err)
		}
		if i.answered != nil && i.left == number { // none was open
			former := i.former
			*i = *i.answered
			i.former = former
		}
	}
	return guests, nil
}

// add decides which of a guest's links still works: that of the request that left
// when the answers to all others were known. Where several overlapped, none is known
// to work; nor where one was never answered that left last: a look-up shows the guest
// whether it arrived or not.
func (t invitedTwice) add(userID string, invitations map[string]*invitation) {
	if len(invitations) < 2 {
		return // one address, invited again
	}
	var remade *invitation // the last one
	for address, i := range invitations {
		if !i.remade {
			continue
		}
		if remade == nil || i.left > remade.left {
			remade = i
		}
		delete(invitations, address)
	}
	newest, recorded := int64(0), false
	for _, i := range invitations {
		if !i.seen {
			newest, recorded = max(newest, i.left), recorded || i.knownBefore != 0
		}
	}
	var last []*invitation
	for _, i := range invitations {
		replaced := newest >= i.knownBefore
		if i.knownBefore == 0 {
			replaced = recorded // what has a number was sent later
		}
		if !replaced {
			last = append(last, i)
		}
	}
	slices.SortFunc(last, func(a, b *invitation) int { return cmp.Compare(b.left, a.left) })
	for address, i := range invitations {
		if !i.former {
			t[address] = sameGuest{userID: userID, link: batch.LinkReplaced, other: last[0].address}
		}
	}
	unanswered := slices.ContainsFunc(last, func(i *invitation) bool { return i.seen })
	for _, i := range last {
		switch {
		case i.former:
		case len(last) == 1 && remade != nil && remade.left > i.left:
			t[i.address] = sameGuest{userID, batch.LinkUncertain, true, remade.address}
		case len(last) == 1:
			t[i.address] = sameGuest{userID: userID}
		case i == last[0]:
			t[i.address] = sameGuest{userID, batch.LinkUncertain, unanswered, last[1].address}
		default:
			t[i.address] = sameGuest{userID, batch.LinkUncertain, unanswered, last[0].address}
		}
	}
}

// apply changes the history of addresses whose guests another address has: they are
// not sent again.
func (t invitedTwice) apply(history *batch.History) {
	for address, guest := range t {
		if guest.link != batch.LinkReplaced {
			continue
		}
		history.Update(address, func(a *batch.AddressHistory) {
			if a.Status == batch.Invited {
				a.Settled(batch.Duplicate, a.Fingerprint)
			}
		})
	}
}

// lines are where the addresses that others are compared with are in the list.
func (j *Journal) linesOf(ctx context.Context, twice invitedTwice) (map[string]int, error) {
	lines := make(map[string]int)
	for _, guest := range twice {
		if guest.link != "" {
			lines[guest.other] = 0
		}
	}
	if len(lines) == 0 {
		return nil, nil
	}
	err := j.query(ctx, "SELECT line, address FROM list_row WHERE status <> 'duplicate'", func(rows *sql.Rows) error {
		var line int64
		var address sql.RawBytes
		err := rows.Scan(&line, &address)
		if _, named := lines[string(address)]; named {
			lines[string(address)] = int(line)
		}
		return err
	})
	return lines, err
}

// mark tells in an outcome that another row is the same guest.
func (t invitedTwice) mark(o *batch.Outcome, lines map[string]int) {
	guest, known := t[o.Address]
	if !known || o.Status != batch.Invited || o.UserID != guest.userID {
		return
	}
	other := fmt.Sprintf("row %d", lines[guest.other])
	if lines[guest.other] == 0 {
		other = guest.other + ", whose row is no longer in the list"
	}
	switch guest.link {
	case batch.LinkReplaced:
		o.Status, o.ErrorCode, o.Advice = batch.Duplicate, batch.CodeSameGuest, batch.Advice(batch.CodeSameGuest)
		o.Error = "This is the same guest as " + other + "."
	case batch.LinkUncertain:
		why := "both were invited at the same time"
		if guest.unanswered {
			why = "the answer to one of the two invitations never came"
		}
		o.Superseded = batch.LinkUncertain
		o.Advice = strings.TrimSpace(o.Advice + " This is the same guest as " + other +
			", and " + why + ": which of the two links works is not known, so neither is handed out.")
	case "", batch.LinkLive, batch.LinkMissing:
	}
}
