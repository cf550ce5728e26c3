package journal

import (
	"context"

	"guestlist/batch"
)

// History returns what is known of every address that was ever sent.
func (j *Journal) History(ctx context.Context) (*batch.History, error) {
	// When one was intended is asked for where [attempt.remember] asks it.
	rows, err := j.db.QueryContext(ctx, `SELECT address, mail, CASE WHEN status IN ('', 'pending') THEN intended_at ELSE '' END,
		status, fingerprint FROM attempt ORDER BY id`)
	if err != nil {
		return nil, explain(j.path, err)
	}
	defer func() { _ = rows.Close() }()
	history := &batch.History{}
	var address string
	var a attempt
	for rows.Next() {
		if err := rows.Scan(&address, &a.mail, &a.intended, (*string)(&a.outcome.Status), &a.fingerprint); err != nil {
			return nil, explain(j.path, err)
		}
		history.Update(address, a.remember)
	}
	return history, explain(j.path, rows.Err())
}

// remember adds the attempt to what is known of its address.
func (a *attempt) remember(p *batch.AddressHistory) {
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
