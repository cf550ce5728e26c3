package journal

import (
	"context"
	"database/sql"
	"iter"
	"math"
	"strings"
	"time"

	"guestlist/batch"
	"guestlist/internal/secret"
)

// Guest is who was invited with an address.
type Guest struct {
	Address, UserID string
	// Invited is when the request left, in Graph's clock, Removed when the guest was found to
	// be gone, zero for one who was not.
	Invited, Removed time.Time
}

// AsStamped is a clock by which times are taken as they were stamped.
const AsStamped = time.Duration(math.MinInt64 / 2)

// Guests returns who was invited, by address, as far as the account is known. ClockAhead is
// how far Graph's clock is ahead of this machine's now: where it has jumped since, the
// requests left later by what it shows now, unless it is [AsStamped].
func (j *Journal) Guests(ctx context.Context, clockAhead time.Duration) (map[string]Guest, error) {
	guests := make(map[string]Guest)
	err := j.eachGuest(ctx, clockAhead, func(g Guest) { guests[g.Address] = g })
	return guests, err
}

// InvitedAt returns when those of [Journal.Guests] were invited, in Unix nanoseconds, and keeps
// nothing else of them; none for those of whom that is not known.
func (j *Journal) InvitedAt(ctx context.Context, clockAhead time.Duration) (invited batch.ByAddress[int64], err error) {
	err = j.eachGuest(ctx, clockAhead, func(g Guest) {
		if g.Invited.IsZero() {
			invited.Delete(g.Address)
			return
		}
		invited.Put(g.Address, g.Invited.UnixNano())
	})
	return invited, err
}

// eachGuest tells of each invitation whose account is known, in their order: of one address,
// the last one counts.
func (j *Journal) eachGuest(ctx context.Context, clockAhead time.Duration, do func(Guest)) error {
	clocks, err := readClocks(ctx, j.db)
	if err != nil {
		return translateError(j.path, err)
	}
	// An invitation that a look-up proved has no intent of its own: the request left before.
	const query = `SELECT run, address, user_id, coalesce(nullif(intended_at, ''),
		(SELECT r.intended_at FROM attempt r WHERE r.address = a.address AND r.id < a.id AND r.intended_at <> '' ORDER BY r.id DESC LIMIT 1),
		settled_at), CASE WHEN status = 'removed' THEN settled_at ELSE '' END FROM attempt a WHERE status IN ('invited', 'removed') AND user_id <> '' ORDER BY id`
	return j.query(ctx, query, func(rows *sql.Rows) error {
		var g Guest
		var run int64
		var at, removed string
		err := rows.Scan(&run, &g.Address, &g.UserID, &at, &removed)
		g.Removed = parseTime(removed)
		g.Invited = parseTime(at).Add(clocks.jumped(run, clockAhead))
		do(g)
		return err
	})
}

// UserIDs tells of each account that an attempt was answered with, mostly once.
func (j *Journal) UserIDs(ctx context.Context, do func(userID string)) error {
	var id string
	return j.query(ctx, "SELECT user_id FROM attempt WHERE user_id <> ''", func(rows *sql.Rows) error {
		err := rows.Scan(&id)
		do(id)
		return err
	})
}

// Invited is the invitations of a guest whom the tenant still has.
type Invited struct {
	Address, UserID string
	// Sent is when each request left, in Graph's clock. Mails is how many of them asked for
	// an email, Mailed whether the latest did.
	Sent   []time.Time
	Mails  int
	Mailed bool
	// IsMailKnown says that Mailed is known: results whose journal is gone do not tell it.
	IsMailKnown bool
	// Reminders is how many of them were reminders; one whose answer never came counts.
	Reminders int
	// Link is the newest redeem URL.
	Link secret.Text
}

// Invitations tells of those of every guest whose account is known and who is not removed,
// in the order of their addresses: what was answered, and reminders whose answer never came.
// ClockAhead is as with [Journal.Guests].
func (j *Journal) Invitations(ctx context.Context, clockAhead time.Duration, do func(Invited)) error {
	var g Invited
	tell := func() {
		if len(g.Sent) > 0 {
			do(g)
		}
	}
	err := j.eachInvitation(ctx, clockAhead, func(a Invited, status batch.Status, noRequest bool) {
		if a.Address != g.Address {
			tell()
			g = Invited{Address: a.Address}
		}
		if noRequest && a.Link.IsZero() && status == batch.Invited && g.UserID == a.UserID && !g.Link.IsZero() {
			return // a look-up found whom an invitation made that is counted, see [attempt.tells]
		}
		g.add(a, status)
	})
	if err == nil {
		tell()
	}
	return err
}

// Emailed are the guests whom Microsoft was asked to email the invitation that they have, as far
// as that is known.
func (j *Journal) Emailed(ctx context.Context) (emailed batch.ByAddress[bool], err error) {
	var has bool
	if err := j.db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM attempt WHERE mail = 1)").Scan(&has); err != nil || !has {
		return emailed, translateError(j.path, err)
	}
	err = j.Invitations(ctx, 0, func(g Invited) {
		if g.Mailed && g.IsMailKnown {
			emailed.Put(g.Address, true)
		}
	})
	return emailed, err
}

// eachInvitation tells of each request that Graph answered with an account, and of each reminder
// without an answer, in the order of their addresses; noRequest says that a look-up proved it.
func (j *Journal) eachInvitation(ctx context.Context, clockAhead time.Duration, do func(a Invited, status batch.Status, noRequest bool)) error {
	clocks, err := readClocks(ctx, j.db)
	if err != nil {
		return translateError(j.path, err)
	}
	// What a look-up proved has no request of its own, and what a file says none at all.
	const query = `SELECT run, address, user_id, coalesce(nullif(sent_at, ''), nullif(intended_at, ''), settled_at), reminder, status, redeem_url,
		intended_at = '', coalesce((SELECT r.mail FROM attempt r WHERE r.address = a.address AND r.id <= a.id AND r.intended_at <> '' ORDER BY r.id DESC LIMIT 1), -1)
		FROM attempt a WHERE status IN ('invited', 'removed') AND user_id <> '' OR status = '' AND reminder = 1 ORDER BY address, id`
	return j.query(ctx, query, func(rows *sql.Rows) error {
		var a Invited
		var at, link string
		var status batch.Status
		var run, mail int64
		var noRequest bool
		if err := rows.Scan(&run, &a.Address, &a.UserID, &at, &a.Reminders, (*string)(&status), &link, &noRequest, &mail); err != nil {
			return err
		}
		a.Mailed, a.IsMailKnown = mail == 1, mail >= 0
		a.Sent, a.Link = []time.Time{parseTime(at).Add(clocks.jumped(run, clockAhead))}, secret.New(link)
		do(a, status, noRequest)
		return nil
	})
}

// add adds the next invitation. Another account, or one that was removed, begins anew.
func (g *Invited) add(a Invited, status batch.Status) {
	switch {
	case status == "":
		a.UserID, a.Link = g.UserID, g.Link
	case status == batch.Removed || g.UserID != a.UserID:
		*g = Invited{Address: g.Address, UserID: a.UserID}
	}
	if status == batch.Removed {
		return
	}
	g.Sent, g.Mailed, g.IsMailKnown, g.Link = append(g.Sent, a.Sent...), a.Mailed, a.IsMailKnown, a.Link
	g.Reminders += a.Reminders
	if a.Mailed {
		g.Mails++
	}
}

// Reminders returns how many reminders there were of each guest who was reminded since they
// were last found to be gone, by address; one whose answer never came counts.
func (j *Journal) Reminders(ctx context.Context) (reminders batch.ByAddress[int], err error) {
	const query = `SELECT address, count(*) FROM attempt a WHERE reminder = 1 AND status IN ('invited', '') AND
		id > coalesce((SELECT max(r.id) FROM attempt r WHERE r.address = a.address AND r.status = 'removed'), 0) GROUP BY address`
	err = j.query(ctx, query, func(rows *sql.Rows) error {
		var address string
		var n int
		err := rows.Scan(&address, &n)
		reminders.Put(address, n)
		return err
	})
	return reminders, err
}

// guestOf is a reading of the directory as the results show it beside an outcome: one
// that is older than the invitation tells nothing of it, unless it is of the same account; that
// it was gone says nothing once it is there again, which is found minutes later.
func guestOf(o batch.Outcome, r batch.GuestReading) batch.GuestReading {
	isOlder := r.At.Before(o.At)
	if strings.EqualFold(r.UserID, o.UserID) {
		isOlder = o.Status != batch.Removed && r.IsGone() && r.At.Before(o.At.Add(-batch.ClockSlack))
	}
	if !o.HasGuest() || isOlder {
		return batch.GuestReading{}
	}
	return r
}

// RecordGuests keeps what the directory said of guests, by their addresses, instead of
// what it said before; all of it or nothing. An earlier reading never takes the place of a
// later one.
func (j *Journal) RecordGuests(ctx context.Context, readings iter.Seq2[string, batch.GuestReading]) (err error) {
	defer func() { err = translateError(j.path, err) }()
	tx, err := j.begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // no effect once committed
	put, err := prepareGuest(ctx, tx, upsertLaterGuest)
	if err != nil {
		return err
	}
	for address, r := range readings {
		if err := put.write(ctx, address, r); err != nil {
			return err
		}
	}
	return j.commit(ctx, tx)
}

// guestTable writes to the table guest.
type guestTable struct{ replace *sql.Stmt }

func prepareGuest(ctx context.Context, tx *sql.Tx, statement string) (t guestTable, err error) {
	// The statement ends with the transaction.
	t.replace, err = tx.PrepareContext(ctx, statement)
	return t, err
}

func (t guestTable) write(ctx context.Context, address string, r batch.GuestReading) error {
	_, err := t.replace.ExecContext(ctx, guestValues(address, r)...)
	return err
}

const (
	upsertGuest = `INSERT INTO guest (address, user_id, state, since, read_at, looks) VALUES (?, ?, ?, ?, ?, ?)
	ON CONFLICT (address) DO UPDATE SET user_id = excluded.user_id, state = excluded.state, since = excluded.since, read_at = excluded.read_at, looks = excluded.looks`
	// Times are compared by the second: what follows has as many digits as it needs.
	upsertLaterGuest = upsertGuest + " WHERE substr(excluded.read_at, 1, 19) >= substr(guest.read_at, 1, 19)"
)

func guestValues(address string, r batch.GuestReading) []any {
	return []any{address, r.UserID, string(r.State), formatTime(r.Since), formatTime(r.At), r.Looks}
}
