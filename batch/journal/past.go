package journal

import (
	"context"

	"guestlist/batch"
)

// History returns what is known of every address that was ever sent.
func (j *Journal) History(ctx context.Context) (*batch.History, error) {
	history := &batch.History{}
	var latest *attempt // what tell tells, which is made once
	tell := func(p *batch.Past) { latest.remember(p) }
	err := j.recall(ctx, func(address string, a *attempt) {
		latest = a
		history.Tell(address, tell)
	})
	return history, err
}

// recall goes through all attempts in their order. Of when one was intended it
// tells what [attempt.remember] asks.
func (j *Journal) recall(ctx context.Context, tell func(address string, a *attempt)) error {
	rows, err := j.db.QueryContext(ctx, `SELECT address, mail, CASE WHEN status IN ('', 'pending') THEN intended_at ELSE '' END,
		status, fingerprint FROM attempt ORDER BY id`)
	if err != nil {
		return explain(j.path, err)
	}
	defer func() { _ = rows.Close() }()
	var address string
	var a attempt
	for rows.Next() {
		if err := rows.Scan(&address, &a.mail, &a.intended, (*string)(&a.outcome.Status), &a.fingerprint); err != nil {
			return explain(j.path, err)
		}
		tell(address, &a)
	}
	return explain(j.path, rows.Err())
}

// remember adds the attempt to what is known of its address.
func (a *attempt) remember(p *batch.Past) {
	switch {
	case a.outcome.Status == "":
		p.Intended(batch.Intent{At: parse(a.intended), Mail: a.mail})
	// Pending without a request of ours is what a look-up proved.
	case a.outcome.Status == batch.Pending && a.intended == "":
		p.Absent()
	default:
		p.Settled(a.outcome.Status, uint64(a.fingerprint)) //nolint:gosec // the hash only changes its sign
	}
}
