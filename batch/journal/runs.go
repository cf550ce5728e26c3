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
	if err := j.w.reserve.create(s.Workers); err != nil {
		return &DiskError{j.path, err}
	}
	text, err := json.Marshal(withReading(settings, s))
	if err != nil {
		return err
	}
	const insert = `INSERT INTO run (tool, operator, signed_in_as, tenant, tenant_name, settings, list, sheet, sha256, rate, workers,
		started_at, ended_at, sent, requests, throttled, stopped) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', 0, 0, 0, '')`
	result, err := j.db.ExecContext(ctx, insert, s.Tool, s.Operator, s.SignedInAs, s.Tenant, s.TenantName, string(text),
		s.List, s.Sheet, s.SHA256, s.Rate, s.Workers, s.Started.UTC().Format(time.RFC3339))
	if err != nil {
		return translateError(j.path, err)
	}
	j.run, err = result.LastInsertId()
	return translateError(j.path, err)
}

// What was read of the list is kept beside the flags, under names that no flag has.
const (
	settingRead    = "columns read"
	settingCarried = "columns carried"
)

// withReading adds what was read as what to the settings.
func withReading(settings map[string]string, s batch.RunFacts) map[string]string {
	if s.Read == "" && s.Carried == "" {
		return settings
	}
	all := map[string]string{settingRead: s.Read, settingCarried: s.Carried}
	maps.Copy(all, settings)
	return all
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
	_ = j.w.reserve.release() // where that fails, the next line does too
	_, err := j.db.ExecContext(ctx,
		"UPDATE run SET ended_at = ?, sent = ?, requests = ?, throttled = ?, stopped = ?, waited_ms = ?, held_ms = ? WHERE id = ?",
		time.Now().UTC().Format(time.RFC3339), t.Sent, t.Requests, t.Throttled, t.Stopped,
		t.Waited.Milliseconds(), t.Held.Milliseconds(), j.run)
	return translateError(j.path, err)
}

// Summary tells how the latest run went. It leaves out the Counts, which come from
// the [Journal.Records].
func (j *Journal) Summary(ctx context.Context) (batch.RunFacts, error) {
	var s batch.RunFacts
	var started, ended, settings string
	var waited, held int64
	err := j.db.QueryRowContext(ctx, `SELECT tool, operator, signed_in_as, run.tenant, tenant_name, sandbox, settings, list, sheet, sha256, rate, workers,
		started_at, ended_at, sent, requests, throttled, stopped, waited_ms, held_ms FROM run, batch ORDER BY run.id DESC LIMIT 1`).
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
	s.Started, s.Ended = parseTime(started), parseTime(ended)
	s.Totals.Waited, s.Totals.Held = time.Duration(waited)*time.Millisecond, time.Duration(held)*time.Millisecond
	return s, nil
}
