package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"maps"
	"time"

	"guestlist/batch"
)

// Begin records that a run starts: who, where, with which list and settings.
// Settings are flags and their values; they must contain no secret. It reserves
// space on the disk for the answers of s.Workers requests in flight, in a file
// beside the journal, until Close; a [*DiskError] says that there is none.
func (j *Journal) Begin(ctx context.Context, s batch.RunFacts, settings map[string]string) error {
	if err := j.store.room(max(1, s.Workers)); err != nil {
		return &DiskError{j.path, err}
	}
	text, err := json.Marshal(withReading(settings, s))
	if err != nil {
		return err
	}
	const insert = `INSERT INTO run (tool, operator, signed_in_as, tenant, tenant_name, settings, list, sheet, sha256, rate, workers,
		started_at, ended_at, sent, requests, throttled, stopped) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', 0, 0, 0, '') RETURNING id`
	err = j.db.QueryRowContext(ctx, insert, s.Tool, s.Operator, s.SignedInAs, s.Tenant, s.TenantName, string(text),
		s.List, s.Sheet, s.SHA256, s.Rate, s.Workers, s.Started.UTC().Format(time.RFC3339)).Scan(&j.run)
	return translateError(j.path, err)
}

// What was read of the list, and the clocks, are kept beside the flags, under names that
// no flag has.
const (
	settingRead    = "columns read"
	settingCarried = "columns carried"
	settingClock   = "clock ahead"
)

// withReading adds what was read as what, and the clocks, to the settings.
func withReading(settings map[string]string, s batch.RunFacts) map[string]string {
	all := map[string]string{settingClock: s.ClockAhead.String()}
	if s.Read != "" || s.Carried != "" {
		all[settingRead], all[settingCarried] = s.Read, s.Carried
	}
	maps.Copy(all, settings)
	return all
}

// clocks are how far Graph's clock was ahead of the machine's in each run, by its number.
type clocks map[int64]time.Duration

// readClocks reads them; runs of earlier versions have none.
func readClocks(ctx context.Context, q querier) (clocks, error) {
	rows, err := q.QueryContext(ctx, "SELECT id, settings FROM run")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	known := make(clocks)
	for rows.Next() {
		var id int64
		var text string
		if err := rows.Scan(&id, &text); err != nil {
			return nil, err
		}
		var settings map[string]string
		if json.Unmarshal([]byte(text), &settings) != nil {
			continue // said where the run is read
		}
		if ahead, err := time.ParseDuration(settings[settingClock]); err == nil {
			known[id] = ahead
		}
	}
	return known, rows.Err()
}

// jumped is how much further Graph's clock is ahead now than in a run. A request that
// left then seems longer ago than it is by that much. What the clocks are not known to
// does not count.
func (c clocks) jumped(run int64, now time.Duration) time.Duration {
	const noise = time.Minute
	then, known := c[run]
	if !known || now-then < noise {
		return 0
	}
	return now - then
}

// Previous is what the latest run was given: its list and its flags.
type Previous struct {
	List     string
	Settings map[string]string
}

// Previous returns what the latest run was given; its Settings are nil before
// the first.
func (j *Journal) Previous(ctx context.Context) (Previous, error) {
	var p Previous
	var text string
	err := j.db.QueryRowContext(ctx, "SELECT list, settings FROM run ORDER BY id DESC LIMIT 1").Scan(&p.List, &text)
	if errors.Is(err, sql.ErrNoRows) {
		return p, nil
	}
	if err != nil {
		return p, translateError(j.path, err)
	}
	return p, json.Unmarshal([]byte(text), &p.Settings)
}

// End records how the run went. It frees the reserved space first: nothing
// is in flight any more.
func (j *Journal) End(ctx context.Context, t batch.RunTotals) error {
	_ = j.store.room(0) // where that fails, the next line does too
	_, err := j.db.ExecContext(ctx,
		"UPDATE run SET ended_at = ?, sent = ?, requests = ?, throttled = ?, stopped = ?, waited_ms = ?, held_ms = ?, rate = coalesce(nullif(?, ''), rate) WHERE id = ?",
		time.Now().UTC().Format(time.RFC3339), t.Sent, t.Requests, t.Throttled, t.Stopped,
		t.Waited.Milliseconds(), t.Held.Milliseconds(), t.Climbed, j.run)
	return translateError(j.path, err)
}

// Summary tells how the run went that this journal was opened for, and before
// [Journal.Begin] the latest one: another run may have begun once this one was taken over. It
// leaves out the Counts, which come from the [Journal.Records].
func (j *Journal) Summary(ctx context.Context) (batch.RunFacts, error) {
	var s batch.RunFacts
	var started, ended, settings string
	var waited, held int64
	err := j.db.QueryRowContext(ctx, `SELECT tool, operator, signed_in_as, run.tenant, tenant_name, sandbox, settings, list, sheet, sha256, rate, workers,
		started_at, ended_at, sent, requests, throttled, stopped, waited_ms, held_ms FROM run, batch WHERE run.id = ?1 OR ?1 = 0 ORDER BY run.id DESC LIMIT 1`, j.run).
		Scan(&s.Tool, &s.Operator, &s.SignedInAs, &s.Tenant, &s.TenantName, &s.Sandbox, &settings, &s.List, &s.Sheet, &s.SHA256, &s.Rate, &s.Workers,
			&started, &ended, &s.Totals.Sent, &s.Totals.Requests, &s.Totals.Throttled, &s.Totals.Stopped, &waited, &held)
	if errors.Is(err, sql.ErrNoRows) {
		return s, &ForeignError{j.path, "holds no run yet"}
	}
	if err != nil {
		return s, translateError(j.path, err)
	}
	if err := json.Unmarshal([]byte(settings), &s.Settings); err != nil {
		return s, &DamagedError{j.path, err.Error()}
	}
	s.Read, s.Carried = s.Settings[settingRead], s.Settings[settingCarried]
	delete(s.Settings, settingRead)
	delete(s.Settings, settingCarried)
	delete(s.Settings, settingClock)
	if p, isPostgres := j.store.(*postgres); isPostgres {
		s.Batch = p.entry.Name
	}
	s.Started, s.Ended = parseTime(started), parseTime(ended)
	s.Totals.Waited, s.Totals.Held = time.Duration(waited)*time.Millisecond, time.Duration(held)*time.Millisecond
	return s, nil
}
