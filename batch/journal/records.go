package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"iter"
	"slices"
	"strings"
	"time"

	"guestlist/batch"
	"guestlist/internal/secret"
)

// pageRows is how many rows one query reads: between two pages the connection is
// free for the writer.
const pageRows = 1000

// Columns returns the headings of the list, none before the first Import.
func (j *Journal) Columns(ctx context.Context) ([]string, error) {
	columns, _, err := j.headings(ctx)
	return columns, err
}

// headings returns the columns of the list and which of them holds the address.
func (j *Journal) headings(ctx context.Context) (columns []string, email int, err error) {
	var text string
	if err := j.db.QueryRowContext(ctx, "SELECT columns, email FROM batch").Scan(&text, &email); err != nil {
		return nil, 0, translateError(j.path, err)
	}
	return columns, email, json.Unmarshal([]byte(text), &columns)
}

// Rows yields the list as the latest Import left it, in its order. Outcomes may be
// written at the same time.
func (j *Journal) Rows(ctx context.Context) iter.Seq2[batch.Row, error] {
	return paged(func(from int) ([]batch.Row, error) { return j.readRows(ctx, from) })
}

// paged yields what read finds from one position after another, to the end or to the
// first error.
func paged[T any](read func(from int) ([]T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for from := 0; ; from += pageRows {
			page, err := read(from)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, found := range page {
				if !yield(found, nil) {
					return
				}
			}
			if len(page) < pageRows {
				return
			}
		}
	}
}

func (j *Journal) readRows(ctx context.Context, from int) ([]batch.Row, error) {
	rows, err := j.db.QueryContext(ctx,
		"SELECT line, cells FROM list_row WHERE position > ? AND position <= ? ORDER BY position", from, from+pageRows)
	if err != nil {
		return nil, translateError(j.path, err)
	}
	defer func() { _ = rows.Close() }()
	found := make([]batch.Row, 0, pageRows)
	for rows.Next() {
		var r batch.Row
		var line int64 // database/sql is slow for an int
		var cells string
		if err := rows.Scan(&line, &cells); err != nil {
			return nil, err
		}
		if r.Cells, err = decodeCells(cells); err != nil {
			return nil, err
		}
		r.Line = int(line)
		found = append(found, r)
	}
	return found, translateError(j.path, rows.Err())
}

// History returns what is known of every address that was ever sent. ClockAhead is how
// far Graph's clock is ahead of this machine's now, 0 where that is not known.
func (j *Journal) History(ctx context.Context, clockAhead time.Duration) (*batch.History, error) {
	clocks, err := readClocks(ctx, j.db)
	if err != nil {
		return nil, translateError(j.path, err)
	}
	rows, err := j.db.QueryContext(ctx, `SELECT run, address, mail, `+intendedAt+`,
		status, fingerprint, CASE WHEN status IN ('failed', 'pending', 'existing', 'removed') THEN error_code ELSE '' END FROM attempt a ORDER BY id`)
	if err != nil {
		return nil, translateError(j.path, err)
	}
	defer func() { _ = rows.Close() }()
	history := &batch.History{}
	var address string
	var run int64
	var a attempt
	for rows.Next() {
		if err := rows.Scan(&run, &address, &a.mail, &a.intended, (*string)(&a.outcome.Status), &a.fingerprint, &a.outcome.ErrorCode); err != nil {
			return nil, translateError(j.path, err)
		}
		a.jumped = clocks.jumped(run, clockAhead)
		history.Update(address, a.addTo)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, translateError(j.path, err)
	}
	twice, err := j.readInvitedTwice(ctx)
	twice.apply(history)
	return history, err
}

// Both queries return a row of the list once for each attempt of its address, the
// attempts in their order. A row that was never sent comes once, with NULLs.
const (
	selectAttempt = `coalesce(a.id, 0), coalesce(a.mail, 0), ` + intendedAt + `, coalesce(a.settled_at, ''), coalesce(a.status, ''),
		coalesce(a.redeem_url, ''), coalesce(a.user_id, ''), coalesce(a.invitation_status, ''), coalesce(a.error_code, ''),
		coalesce(a.error, ''), coalesce(a.advice, ''), coalesce(a.attempts, 0), coalesce(a.request_id, ''),
		coalesce(nullif(a.client_request_id, ''), a.intent_request_id, ''), coalesce(a.fingerprint, 0), coalesce(a.existing, '')`
	selectGuest  = `coalesce(g.state, ''), coalesce(g.user_id, ''), coalesce(g.since, ''), coalesce(g.read_at, ''), coalesce(g.looks, 0)`
	selectListed = `SELECT r.position, r.line, 0, r.address, r.fingerprint, '', r.cells, r.status, r.error_code, r.error, r.advice, ` + selectAttempt + `, ` + selectGuest + `
		FROM list_row r LEFT JOIN attempt a ON a.address = r.address LEFT JOIN guest g ON g.address = r.address
		WHERE r.position > ? AND r.position <= ? ORDER BY r.position, a.id`
	selectDeparted = `SELECT 0, 0, r.not_in_list, r.address, 0, r.columns, r.cells, 'pending', '', '', '', ` + selectAttempt + `, ` + selectGuest + `
		FROM departed_row r JOIN attempt a ON a.address = r.address LEFT JOIN guest g ON g.address = r.address
		WHERE r.address > ? AND r.address <= coalesce((SELECT address FROM departed_row WHERE address > ? ORDER BY address LIMIT 1 OFFSET ?), '` + lastText + `')
		ORDER BY r.address, a.id`
	// lastText sorts after every address.
	lastText = "\U0010FFFF"
)

// rowState is a row of the list together with what is known of its address.
type rowState struct {
	position    int
	line        int
	notInList   bool
	fingerprint int64
	columns     string
	cells       string
	listed      batch.Outcome // what the list alone says: pending, invalid, duplicate
	history     batch.AddressHistory
	latest      batch.Outcome // of the attempts
	openRequest string        // client-request-id of the latest attempt without an outcome
	guest       batch.GuestReading
	followUps   []batch.FollowUp
}

// attempt is one row of the table of that name.
type attempt struct {
	id                int64
	mail              bool
	intended, settled string
	fingerprint       int64
	outcome           batch.Outcome
	// jumped is how much further Graph's clock is ahead now than when it was intended.
	jumped time.Duration
}

// addTo adds the attempt to what is known of its address.
func (a *attempt) addTo(p *batch.AddressHistory) {
	switch {
	case a.outcome.Status == "":
		a.intend(p)
	// A look-up proved this: it is pending, and no request of ours left.
	case a.outcome.Status == batch.Pending && a.intended == "":
		p.Absent()
	default:
		if a.outcome.Status == batch.Unconfirmed && a.intended != "" { // its outcome may still be proved
			a.intend(p)
		}
		p.Settled(a.outcome.Status, uint64(a.fingerprint)) //nolint:gosec // the hash only changes its sign
		if p.Status == batch.Failed && a.outcome.Status == batch.Failed {
			p.Final, p.Made = batch.IsFinal(a.outcome.ErrorCode), a.outcome.ErrorCode == batch.CodeInvitationError
		}
		if a.remade() {
			p.Remade(parseTime(a.intended).Add(a.jumped))
		}
		p.Claimed = a.outcome.Status == batch.Removed && a.outcome.ErrorCode == batch.CodeNotConfirmed
		p.Refused = a.outcome.Status == batch.Pending && a.outcome.ErrorCode != "" && a.outcome.ErrorCode != batch.CodeNoAnswer
	}
}

// intend adds a request of which it is not known what it did. Where Graph's clock has
// jumped since, it left later by what that clock shows now.
func (a *attempt) intend(p *batch.AddressHistory) {
	at := parseTime(a.intended)
	p.Intended(batch.Intent{At: at, Mail: a.mail})
	p.Latest = max(p.Latest, at.Add(a.jumped).UnixNano())
}

// remade reports whether the attempt was a further invitation of a person who was there
// already, and its answer never came.
func (a *attempt) remade() bool {
	return a.outcome.Status == batch.Existing && a.intended != "" && a.outcome.ErrorCode == batch.CodeNoAnswer
}

// intendedAt is when an attempt was intended, read only where [attempt.addTo] and
// [attempt.tells] need it.
const intendedAt = `CASE WHEN a.status IN ('', 'pending', 'unconfirmed') OR a.status = 'existing' AND a.error_code <> ''
	OR a.status = 'invited' AND a.redeem_url = '' THEN a.intended_at ELSE '' END`

// tells reports whether the outcome of the attempt is the one to show, after earlier
// attempts have come to a history, and to the outcome that is shown. It is not where it is
// pending and they have another, or a reading of the directory after an invitation.
//
// Nor is a look-up that found the guest of an invitation whose answer with the link was
// kept elsewhere, and came to the journal after it. With another request open between the
// two, the look-up tells: that one may have ended the link.
func (a *attempt) tells(before batch.AddressHistory, shown batch.Outcome) bool {
	o := a.outcome
	switch o.Status {
	case "":
		return false
	case batch.Pending:
		return before.Status == ""
	case batch.Existing:
		return before.Status != batch.Invited
	case batch.Invited:
		isLookUp := a.intended == "" && o.RedeemURL.IsZero()
		return !isLookUp || before.Status != batch.Invited || before.Open != 0 || shown.RedeemURL.IsZero() || shown.UserID != o.UserID
	case batch.Removed, batch.Failed, batch.Invalid, batch.Duplicate, batch.Unconfirmed:
	}
	return true
}

// Records yields the state of every row of the list, in its order, and then that
// of guests who were invited or are unconfirmed and whose row has left the list. What
// is written at the same time may be seen in part.
func (j *Journal) Records(ctx context.Context) iter.Seq2[batch.Record, error] {
	return func(yield func(batch.Record, error) bool) {
		twice, err := j.readInvitedTwice(ctx)
		var lines map[string]int
		if err == nil {
			lines, err = j.linesOf(ctx, twice)
		}
		var deleting map[string]bool
		if err == nil {
			deleting, err = readDeleting(ctx, j.db)
		}
		if err != nil {
			yield(batch.Record{}, err)
			return
		}
		for record, err := range j.records(ctx) {
			twice.mark(&record.Outcome, lines)
			if record.Deleting = deleting[strings.ToLower(record.Outcome.UserID)]; record.Deleting {
				record.DoubtLink()
			}
			if !yield(record, err) {
				return
			}
		}
	}
}

// records yields the rows of the list and those that have left it, each by itself.
func (j *Journal) records(ctx context.Context) iter.Seq2[batch.Record, error] {
	return func(yield func(batch.Record, error) bool) {
		for s, err := range j.rowStates(ctx) {
			if err != nil {
				yield(batch.Record{}, err)
				return
			}
			record, err := s.record()
			if !yield(record, err) || err != nil {
				return
			}
		}
		j.departed(ctx, yield)
	}
}

// rowStates yields the rows of the list.
func (j *Journal) rowStates(ctx context.Context) iter.Seq2[rowState, error] {
	return paged(func(from int) ([]rowState, error) {
		return j.readStates(ctx, selectListed, from, from+pageRows)
	})
}

// SentFrom returns the addresses of the list that were sent from a list alone, in each run.
// isList says which one: runs name it as they were given it.
func (j *Journal) SentFrom(ctx context.Context, isList func(string) bool) (map[string]bool, error) {
	runs, err := j.runsFrom(ctx, isList)
	if err != nil || len(runs) == 0 {
		return nil, err
	}
	sent := make(map[string]bool)
	return sent, j.query(ctx, `SELECT DISTINCT l.address FROM list_row l JOIN attempt a ON a.address = l.address
		WHERE CAST(a.run AS TEXT) IN (SELECT value FROM json_each(?1))
		AND NOT EXISTS (SELECT 1 FROM attempt o WHERE o.address = l.address AND CAST(o.run AS TEXT) NOT IN (SELECT value FROM json_each(?1)))`, func(rows *sql.Rows) error {
		var address string
		err := rows.Scan(&address)
		sent[address] = true
		return err
	}, jsonList(runs))
}

// runsFrom returns the ids of the runs that read a list.
func (j *Journal) runsFrom(ctx context.Context, isList func(string) bool) (runs []string, err error) {
	err = j.query(ctx, "SELECT id, list FROM run", func(rows *sql.Rows) error {
		var id, list string
		err := rows.Scan(&id, &list)
		if err == nil && isList(list) {
			runs = append(runs, id)
		}
		return err
	})
	return runs, err
}

// HasNotInList reports whether rows were sent that the list itself has no more, see
// [batch.Record.NotInList].
func (j *Journal) HasNotInList(ctx context.Context) (has bool, err error) {
	err = j.db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM departed_row WHERE not_in_list = 1)").Scan(&has)
	return has, translateError(j.path, err)
}

// HasDeparted reports whether rows were sent that have left the list since, or the results.
func (j *Journal) HasDeparted(ctx context.Context) (has bool, err error) {
	err = j.db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM departed_row)").Scan(&has)
	return has, translateError(j.path, err)
}

// DepartedFrom is the list of the newest run that sent a row which the list itself has no more,
// as that run was given it; "" where there is none.
func (j *Journal) DepartedFrom(ctx context.Context) (list string, err error) {
	const query = `SELECT r.list FROM departed_row d JOIN attempt a ON a.address = d.address JOIN run r ON r.id = a.run WHERE d.not_in_list = 1 ORDER BY r.id DESC LIMIT 1`
	if err = j.db.QueryRowContext(ctx, query).Scan(&list); errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return list, translateError(j.path, err)
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
		states, err := j.readStates(ctx, selectDeparted, after, after, pageRows-1)
		if err != nil {
			yield(batch.Record{}, err)
			return
		}
		for _, s := range states {
			after = s.listed.Address
			record, err := s.departedRecord(columns, email)
			if err == nil && !stays(record.Outcome.Status) {
				continue
			}
			if !yield(record, err) || err != nil {
				return
			}
		}
		if len(states) < pageRows {
			return
		}
	}
}

// stays reports whether a row in this state is kept in the results when it has left
// the list.
func stays(s batch.Status) bool {
	return s == batch.Invited || s == batch.Removed || s == batch.Unconfirmed || s == batch.Duplicate
}

// readStates runs one of the queries and sums up the attempts of each row.
func (j *Journal) readStates(ctx context.Context, query string, args ...any) ([]rowState, error) {
	rows, err := j.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, translateError(j.path, err)
	}
	defer func() { _ = rows.Close() }()
	states := make([]rowState, 0, pageRows)
	for rows.Next() {
		s, a, err := scanState(rows)
		if err != nil {
			return nil, err
		}
		if n := len(states); n == 0 || states[n-1].position != s.position || states[n-1].listed.Address != s.listed.Address {
			states = append(states, s)
		}
		if a.id != 0 {
			states[len(states)-1].add(&a)
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, translateError(j.path, err)
	}
	return states, j.addFollowUps(ctx, states)
}

// addFollowUps adds what the guests of some rows get after the invitation.
func (j *Journal) addFollowUps(ctx context.Context, states []rowState) error {
	if has, err := j.HasFollowUps(ctx); err != nil || !has {
		return err
	}
	addresses := make([]string, len(states))
	for i, s := range states {
		addresses[i] = s.listed.Address
	}
	all, err := j.FollowUps(ctx, addresses)
	for i := range states {
		states[i].followUps = all[states[i].listed.Address]
	}
	return err
}

// scanState reads into strings and 64-bit integers: for all other types
// database/sql takes a slower path, which costs a third of the time.
func scanState(rows *sql.Rows) (rowState, attempt, error) {
	var s rowState
	var a attempt
	var url string
	var position, number, notInList, attempts, looks int64
	var since, read string
	o := &a.outcome
	err := rows.Scan(&position, &number, &notInList, &s.listed.Address, &s.fingerprint, &s.columns, &s.cells,
		(*string)(&s.listed.Status), &s.listed.ErrorCode, &s.listed.Error, &s.listed.Advice,
		&a.id, &a.mail, &a.intended, &a.settled, (*string)(&o.Status), &url, &o.UserID, &o.InvitationStatus,
		&o.ErrorCode, &o.Error, &o.Advice, &attempts, &o.RequestID, &o.ClientRequestID, &a.fingerprint, (*string)(&o.Existing),
		(*string)(&s.guest.State), &s.guest.UserID, &since, &read, &looks)
	s.guest.Since, s.guest.At, s.guest.Looks = parseTime(since), parseTime(read), int(looks)
	s.position, s.line, s.notInList, o.Attempts = int(position), int(number), notInList == 1, int(attempts)
	o.RedeemURL, o.At, o.Address = secret.New(url), parseTime(a.settled), s.listed.Address
	o.Fingerprint = uint64(a.fingerprint) //nolint:gosec // the hash only changes its sign
	return s, a, err
}

// add takes the next attempt.
func (s *rowState) add(a *attempt) {
	tells := a.tells(s.history, s.latest)
	a.addTo(&s.history)
	if a.outcome.Status == "" {
		s.openRequest = a.outcome.ClientRequestID
		return
	}
	if tells {
		s.latest = inheritLink(a.outcome, s.latest)
	}
}

// inheritLink gives an outcome the link of the one before where that was a results
// file's word that nothing had confirmed yet, or where the guest is gone, or is there again:
// look-ups know no links.
func inheritLink(o, before batch.Outcome) batch.Outcome {
	if o.UserID == before.UserID && (o.Status == batch.Removed || before.Status == batch.Removed) && o.RedeemURL.IsZero() {
		o.RedeemURL = before.RedeemURL
		return o
	}
	if before.Status != batch.Unconfirmed || before.RedeemURL.IsZero() || !o.RedeemURL.IsZero() {
		return o
	}
	switch {
	case o.Status == batch.Invited && o.UserID == before.UserID:
		o.RedeemURL, o.Advice = before.RedeemURL, ""
	case o.Status == batch.Unconfirmed && (o.UserID == "" || o.UserID == before.UserID):
		o.RedeemURL, o.UserID = before.RedeemURL, before.UserID
	}
	return o
}

// status is that of the row now.
func (s *rowState) status() batch.Status {
	if s.listed.Status == batch.Duplicate {
		return batch.Duplicate
	}
	return batch.Standing(s.history, uint64(s.fingerprint), s.listed.Status != batch.Invalid) //nolint:gosec // the hash only changes its sign
}

func (s *rowState) outcome() batch.Outcome {
	status := s.status()
	o := s.latest
	switch {
	case s.listed.Status == batch.Duplicate || status == batch.Invalid:
		o = s.listed
	case status == batch.Invited && s.history.Open != 0:
		o.Superseded = batch.LinkUncertain
		o.Advice = "Another invitation of this guest was sent, and its answer never came: it may have ended this link."
	case status == batch.Unconfirmed && s.history.Open != 0:
		o = batch.Outcome{
			ErrorCode: batch.CodeNoAnswer,
			Error:     "A request left, and its answer never came.",
			Advice:    "Run the same command again: no email was asked for, so that the row is simply sent again.",

			ClientRequestID: s.openRequest,
		}
		if s.history.Mailed != 0 {
			o.Advice = "Run the same command again: it looks the guest up before it sends anything."
		}
	case status == batch.Pending && o.Status != batch.Pending:
		o = batch.Outcome{}
	}
	o.Status, o.Address = status, s.listed.Address
	return o
}

func (s *rowState) record() (batch.Record, error) {
	cells, err := decodeCells(s.cells)
	o := s.outcome()
	rec := batch.Record{Line: s.line, NotInList: s.notInList, Cells: cells, Outcome: o, Guest: guestOf(o, s.guest)}
	rec.DoubtLink()
	if o.TakesFollowUps() {
		rec.FollowUps = batch.SumUp(s.followUps, o.UserID)
	}
	return rec, err
}

// departedRecord moves the cells under the headings that the list has now. The
// address is filled in even when its heading is another.
func (s *rowState) departedRecord(columns []string, email int) (batch.Record, error) {
	r, err := s.record()
	if err != nil {
		return r, err
	}
	var had []string
	if err := json.Unmarshal([]byte(s.columns), &had); err != nil {
		return r, err
	}
	cells := make([]string, len(columns))
	for i, heading := range columns {
		if at := slices.Index(had, heading); at >= 0 && at < len(r.Cells) {
			cells[i] = r.Cells[at]
		}
	}
	if email < len(cells) && cells[email] == "" {
		cells[email] = s.listed.Address
	}
	r.Cells = cells
	switch {
	case r.Outcome.Status == batch.Unconfirmed:
		r.Outcome.Advice = "This row is no longer in the list: put it back, and the next run finds out what became of it."
	case r.Outcome.Advice != "":
	case s.notInList:
		r.Outcome.Advice = "This row is no longer in the list; guestlist undo --not-in-list takes such invitations back."
	default:
		r.Outcome.Advice = "This row was taken out of the results. If the list does not have it either, run guestlist invite with the list; guestlist undo --not-in-list then takes the invitation back."
	}
	return r, nil
}
