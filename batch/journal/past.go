package journal

import (
	"context"

	"guestlist/batch"
)

// Past returns what is known of every address that was ever sent.
func (j *Journal) Past(ctx context.Context) (map[string]batch.Past, error) {
	rows, err := j.db.QueryContext(ctx,
		"SELECT address, mail, intended_at, status, fingerprint FROM attempt ORDER BY id")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	past := make(map[string]batch.Past)
	for rows.Next() {
		var address, intended, status string
		var mail bool
		var fingerprint int64
		if err := rows.Scan(&address, &mail, &intended, &status, &fingerprint); err != nil {
			return nil, err
		}
		p := past[address]
		remember(&p, mail, intended, status, fingerprint)
		past[address] = p
	}
	return past, rows.Err()
}

// remember adds one attempt to what is known of its address.
func remember(p *batch.Past, mail bool, intended, status string, fingerprint int64) {
	if status == "" {
		p.Intended(batch.Intent{At: parse(intended), Mail: mail})
		return
	}
	// Pending without a request of ours is what a look-up proved.
	if intended == "" && status == string(batch.Pending) {
		p.Absent()
		return
	}
	p.Settled(batch.Status(status), uint64(fingerprint)) //nolint:gosec // the hash only changes its sign
}
