package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"iter"
	"slices"

	"guestlist/batch"
	"guestlist/internal/secret"
)

// Both queries give a row of the list once for each attempt of its address,
// the attempts in their order; a row never sent comes once, with NULLs.
const (
	selectAttempt = `coalesce(a.id, 0), coalesce(a.mail, 0), CASE WHEN a.status IN ('', 'pending') THEN a.intended_at ELSE '' END, coalesce(a.settled_at, ''), coalesce(a.status, ''),
		coalesce(a.redeem_url, ''), coalesce(a.user_id, ''), coalesce(a.invitation_status, ''), coalesce(a.error_code, ''),
		coalesce(a.error, ''), coalesce(a.advice, ''), coalesce(a.attempts, 0), coalesce(a.request_id, ''), coalesce(a.fingerprint, 0)`
	selectListed = `SELECT r.position, r.line, r.address, r.fingerprint, '', r.cells, r.status, r.error_code, r.error, r.advice, ` + selectAttempt + `
		FROM list_row r LEFT JOIN attempt a ON a.address = r.address
		WHERE r.position > ? AND r.position <= ? ORDER BY r.position, a.id`
	selectDeparted = `SELECT 0, 0, r.address, 0, r.columns, r.cells, 'pending', '', '', '', ` + selectAttempt + `
		FROM departed_row r JOIN attempt a ON a.address = r.address
		WHERE r.address > ? AND r.address <= coalesce((SELECT address FROM departed_row WHERE address > ? ORDER BY address LIMIT 1 OFFSET ?), '` + lastText + `')
		ORDER BY r.address, a.id`
	// lastText sorts behind every address.
	lastText = "\U0010FFFF"
)

// line is a row of the list together with what is known of its address.
type line struct {
	position    int
	fingerprint int64
	columns     string
	cells       string
	listed      batch.Outcome // what the list alone says: pending, invalid, duplicate
	number      int
	past        batch.AddressHistory
	latest      batch.Outcome // of the attempts
}

// attempt is one row of the table of that name.
type attempt struct {
	id                int64
	mail              bool
	intended, settled string
	fingerprint       int64
	outcome           batch.Outcome
}

// Records yields where every row of the list stands, in its order, and then the
// guests with a link, or without an answer, whose row has left the list.
// Nothing may be written meanwhile that should be seen whole.
func (j *Journal) Records(ctx context.Context) iter.Seq2[batch.Record, error] {
	return func(yield func(batch.Record, error) bool) {
		for l, err := range j.lines(ctx) {
			if err != nil {
				yield(batch.Record{}, err)
				return
			}
			record, err := l.record()
			if !yield(record, err) || err != nil {
				return
			}
		}
		j.departed(ctx, yield)
	}
}

// lines yields the rows of the list.
func (j *Journal) lines(ctx context.Context) iter.Seq2[line, error] {
	return func(yield func(line, error) bool) {
		for from := 0; ; from += page {
			lines, err := j.readLines(ctx, selectListed, from, from+page)
			if err != nil {
				yield(line{}, err)
				return
			}
			for _, l := range lines {
				if !yield(l, nil) {
					return
				}
			}
			if len(lines) < page {
				return
			}
		}
	}
}

// departed yields the rows that left the list, with their cells under the
// headings that the list has now.
func (j *Journal) departed(ctx context.Context, yield func(batch.Record, error) bool) {
	columns, email, err := j.headings(ctx)
	if err != nil {
		yield(batch.Record{}, err)
		return
	}
	for after := ""; ; {
		lines, err := j.readLines(ctx, selectDeparted, after, after, page-1)
		if err != nil {
			yield(batch.Record{}, err)
			return
		}
		for _, l := range lines {
			after = l.listed.Address
			record, err := l.departedRecord(columns, email)
			if record.Outcome.Status != batch.Invited && record.Outcome.Status != batch.Unconfirmed && err == nil {
				continue
			}
			if !yield(record, err) || err != nil {
				return
			}
		}
		if len(lines) < page {
			return
		}
	}
}

// readLines runs one of the queries and sums up each line's attempts.
func (j *Journal) readLines(ctx context.Context, query string, args ...any) ([]line, error) {
	rows, err := j.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	lines := make([]line, 0, page)
	for rows.Next() {
		l, a, err := scanLine(rows)
		if err != nil {
			return nil, err
		}
		if n := len(lines); n == 0 || lines[n-1].position != l.position || lines[n-1].listed.Address != l.listed.Address {
			lines = append(lines, l)
		}
		if a.id != 0 {
			lines[len(lines)-1].add(&a)
		}
	}
	return lines, rows.Err()
}

// scanLine reads into plain strings and 64-bit integers: database/sql takes a
// detour for all else, which costs a third of the time.
func scanLine(rows *sql.Rows) (line, attempt, error) {
	var l line
	var a attempt
	var url string
	var position, number, attempts int64
	o := &a.outcome
	err := rows.Scan(&position, &number, &l.listed.Address, &l.fingerprint, &l.columns, &l.cells,
		(*string)(&l.listed.Status), &l.listed.ErrorCode, &l.listed.Error, &l.listed.Advice,
		&a.id, &a.mail, &a.intended, &a.settled, (*string)(&o.Status), &url, &o.UserID, &o.InvitationStatus,
		&o.ErrorCode, &o.Error, &o.Advice, &attempts, &o.RequestID, &a.fingerprint)
	l.position, l.number, o.Attempts = int(position), int(number), int(attempts)
	o.RedeemURL, o.At, o.Address = secret.New(url), parse(a.settled), l.listed.Address
	o.Fingerprint = uint64(a.fingerprint) //nolint:gosec // the hash only changes its sign
	return l, a, err
}

// add counts an attempt. What it says is shown unless it says that nothing
// came of it and an earlier one said more.
func (l *line) add(a *attempt) {
	before := l.past
	a.remember(&l.past)
	said := a.outcome.Status != "" && (a.outcome.Status != batch.Pending || before.Status == "")
	if said {
		l.latest = a.outcome
	}
}

// stand tells where the line stands.
func (l *line) stand() batch.Status {
	if l.listed.Status == batch.Duplicate {
		return batch.Duplicate
	}
	return batch.Standing(l.past, uint64(l.fingerprint), l.listed.Status != batch.Invalid) //nolint:gosec // the hash only changes its sign
}

func (l *line) outcome() batch.Outcome {
	status := l.stand()
	o := l.latest
	switch {
	case status == batch.Duplicate || status == batch.Invalid:
		o = l.listed
	case status == batch.Unconfirmed && l.past.Open != 0:
		o = batch.Outcome{
			ErrorCode: batch.CodeNoAnswer,
			Error:     "A request left and the run ended before its answer came.",
			Advice:    "Run the same command again: it finds out what happened before it sends anything.",
		}
	case status == batch.Pending && o.Status != batch.Pending:
		o = batch.Outcome{}
	}
	o.Status, o.Address = status, l.listed.Address
	return o
}

func (l *line) record() (batch.Record, error) {
	cells, err := decodeCells(l.cells)
	return batch.Record{Line: l.number, Cells: cells, Outcome: l.outcome()}, err
}

// departedRecord puts the cells under the headings that the list has now. The
// address has its place even when its heading is another.
func (l *line) departedRecord(columns []string, email int) (batch.Record, error) {
	r, err := l.record()
	if err != nil {
		return r, err
	}
	var had []string
	if err := json.Unmarshal([]byte(l.columns), &had); err != nil {
		return r, err
	}
	cells := make([]string, len(columns))
	for i, heading := range columns {
		if at := slices.Index(had, heading); at >= 0 && at < len(r.Cells) {
			cells[i] = r.Cells[at]
		}
	}
	if email < len(cells) && cells[email] == "" {
		cells[email] = l.listed.Address
	}
	r.Cells = cells
	if r.Outcome.Advice == "" {
		r.Outcome.Advice = "This row is no longer in the list."
	}
	return r, nil
}
