package journal

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"iter"
	"strings"
	"time"

	"guestlist/batch"
)

// groupMark is what is wanted of a sponsor who is a group.
const groupMark = "group"

// upsertFollowUp keeps what is known of a follow-up that asks for what it did before, but for a
// name that was not looked up and turns out to be wrong.
const upsertFollowUp = `INSERT INTO follow_up (address, kind, slot, target, name, want, state, error) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT (address, kind, slot) DO UPDATE SET target = excluded.target, name = excluded.name, want = excluded.want,
		state = excluded.state, error = excluded.error, user_id = '', tries = 0, request_id = '', at = ''
	WHERE follow_up.target <> excluded.target OR follow_up.want <> excluded.want OR follow_up.state = 'pending' AND excluded.state = 'failed'`

// FollowUpPlan is what one row asks for after the invitation.
type FollowUpPlan struct {
	Address   string
	FollowUps []batch.FollowUp
}

// PlanFollowUps keeps what rows ask for after the invitation, of some kinds: what is
// unfinished and not asked for any more is forgotten, what is known stays.
func (j *Journal) PlanFollowUps(ctx context.Context, kinds []batch.FollowUpKind, plans []FollowUpPlan) error {
	return j.changeFollowUps(ctx, func(tx *sql.Tx) (changed int64, err error) {
		put, err := tx.PrepareContext(ctx, upsertFollowUp)
		if err != nil {
			return 0, err
		}
		forget, err := tx.PrepareContext(ctx, `DELETE FROM follow_up WHERE address = ?1 AND state IN ('pending', 'failed')
			AND kind IN (SELECT value FROM json_each(?2)) AND kind || ' ' || slot NOT IN (SELECT value FROM json_each(?3))`)
		if err != nil {
			return 0, err
		}
		all := jsonList(kinds)
		for _, plan := range plans {
			var slots []string
			for _, f := range plan.FollowUps {
				slots = append(slots, string(f.Kind)+" "+f.Slot())
			}
			n, err := affected(forget.ExecContext(ctx, plan.Address, all, jsonList(slots)))
			if err != nil {
				return 0, err
			}
			changed += n
			for _, f := range plan.FollowUps {
				n, err := affected(put.ExecContext(ctx, plan.Address, string(f.Kind), f.Slot(), f.Target, f.Name, wantOf(f), string(f.State), f.Error))
				if err != nil {
					return 0, err
				}
				changed += n
			}
		}
		return changed, nil
	})
}

// SettleFollowUps records how far follow-ups are, all of them or none. One that was
// planned anew meanwhile stays as it is planned.
func (j *Journal) SettleFollowUps(ctx context.Context, all []batch.FollowUp) error {
	return j.changeFollowUps(ctx, func(tx *sql.Tx) (changed int64, err error) {
		update, err := tx.PrepareContext(ctx, `UPDATE follow_up SET state = ?, user_id = ?, tries = ?, error = ?, request_id = ?, at = ?
			WHERE address = ? AND kind = ? AND slot = ? AND target = ? AND want = ?`)
		if err != nil {
			return 0, err
		}
		for _, f := range all {
			n, err := affected(update.ExecContext(ctx, string(f.State), f.UserID, f.Tries, f.Error, f.RequestID, formatTime(f.At),
				f.Address, string(f.Kind), f.Slot(), f.Target, wantOf(f)))
			if err != nil {
				return 0, err
			}
			changed += n
		}
		return changed, nil
	})
}

// NoteFollowUps says why all pending follow-ups of a kind wait.
func (j *Journal) NoteFollowUps(ctx context.Context, kind batch.FollowUpKind, why string) error {
	return j.changeFollowUps(ctx, func(tx *sql.Tx) (int64, error) {
		return affected(tx.ExecContext(ctx, "UPDATE follow_up SET error = ?1 WHERE kind = ?2 AND state = 'pending' AND error <> ?1", why, string(kind)))
	})
}

// NamedFollowUps returns what unfinished follow-ups name that was not looked up when they were
// planned: a kind and a target each, once.
func (j *Journal) NamedFollowUps(ctx context.Context) (named []batch.FollowUp, err error) {
	const query = "SELECT DISTINCT kind, target FROM follow_up WHERE state IN ('pending', 'failed') AND kind <> 'profile' ORDER BY kind, target"
	err = j.query(ctx, query, func(rows *sql.Rows) error {
		var f batch.FollowUp
		if err := rows.Scan((*string)(&f.Kind), &f.Target); err != nil {
			return err
		}
		if f.IsNamed() {
			named = append(named, f)
		}
		return nil
	})
	return named, err
}

// ResolveFollowUps says what unfinished follow-ups meant that have a name for a target: a group or
// a person, or why it is none.
func (j *Journal) ResolveFollowUps(ctx context.Context, named batch.FollowUp, found batch.Target, wrong string) error {
	return j.changeFollowUps(ctx, func(tx *sql.Tx) (changed int64, err error) {
		const which = "kind = ? AND target = ? AND state IN ('pending', 'failed')"
		if wrong != "" {
			return affected(tx.ExecContext(ctx, "UPDATE follow_up SET state = 'failed', error = ? WHERE "+which, wrong, string(named.Kind), named.Target))
		}
		is := batch.FollowUp{Kind: named.Kind, Target: found.ID, IsGroup: found.IsGroup && named.Kind == batch.FollowUpSponsor}
		changed, err = affected(tx.ExecContext(ctx, "UPDATE OR IGNORE follow_up SET slot = ?, target = ?, name = ?, want = ?, state = 'pending', error = '' WHERE "+which,
			is.Slot(), is.Target, found.Name, wantOf(is), string(named.Kind), named.Target))
		if err != nil {
			return 0, err
		}
		// Who has it under its id already needs it once.
		again, err := affected(tx.ExecContext(ctx, "DELETE FROM follow_up WHERE "+which, string(named.Kind), named.Target))
		return changed + again, err
	})
}

// changeFollowUps changes the table in one transaction.
func (j *Journal) changeFollowUps(ctx context.Context, change func(*sql.Tx) (int64, error)) (err error) {
	defer func() { err = translateError(j.path, err) }()
	tx, err := j.begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // no effect once committed
	changed, err := change(tx)
	if err != nil || changed == 0 {
		return err
	}
	return j.commit(ctx, tx)
}

func affected(result sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// HasFollowUps reports whether any row was ever planned to get something after the
// invitation.
func (j *Journal) HasFollowUps(ctx context.Context) (has bool, err error) {
	err = j.db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM follow_up)").Scan(&has)
	return has, translateError(j.path, err)
}

// UnfinishedKinds are the kinds of which follow-ups are unfinished, whoever's they are.
func (j *Journal) UnfinishedKinds(ctx context.Context) (kinds []batch.FollowUpKind, err error) {
	err = j.query(ctx, "SELECT DISTINCT kind FROM follow_up WHERE state IN ('pending', 'failed') ORDER BY kind", func(rows *sql.Rows) error {
		var kind batch.FollowUpKind
		err := rows.Scan((*string)(&kind))
		kinds = append(kinds, kind)
		return err
	})
	return kinds, err
}

// FollowUps returns the follow-ups of some addresses, in the order in which reports name
// them.
func (j *Journal) FollowUps(ctx context.Context, addresses []string) (map[string][]batch.FollowUp, error) {
	all := make(map[string][]batch.FollowUp, len(addresses))
	err := j.eachFollowUp(ctx, func(f batch.FollowUp) { all[f.Address] = append(all[f.Address], f) }, "WHERE address IN (SELECT value FROM json_each(?))", jsonList(addresses))
	return all, err
}

// eachFollowUp goes through those that meet a condition.
func (j *Journal) eachFollowUp(ctx context.Context, do func(batch.FollowUp), where string, args ...any) error {
	rows, err := j.db.QueryContext(ctx, "SELECT address, kind, target, name, want, state, user_id, tries, error, request_id, at FROM follow_up "+where, args...) //nolint:gosec // both are constants
	if err != nil {
		return translateError(j.path, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var f batch.FollowUp
		var want, at string
		if err := rows.Scan(&f.Address, (*string)(&f.Kind), &f.Target, &f.Name, &want, (*string)(&f.State), &f.UserID, &f.Tries, &f.Error, &f.RequestID, &at); err != nil {
			return err
		}
		f.At, f.IsGroup = parseTime(at), want == groupMark
		if f.Kind == batch.FollowUpProfile && want != "" {
			if err := json.Unmarshal([]byte(want), &f.Attributes); err != nil {
				return &DamagedError{j.path, err.Error()}
			}
		}
		do(f)
	}
	return translateError(j.path, rows.Err())
}

// wantOf is what the journal keeps of a follow-up beside its target.
func wantOf(f batch.FollowUp) string {
	switch {
	case len(f.Attributes) > 0:
		text, err := json.Marshal(f.Attributes) // sorted by name
		if err != nil {
			return "" // texts can be encoded
		}
		return string(text)
	case f.IsGroup:
		return groupMark
	}
	return ""
}

// jsonList is a list for json_each.
func jsonList[Text ~string](all []Text) string {
	text, err := json.Marshal(all)
	if err != nil || len(all) == 0 {
		return "[]" // null would be a list of one NULL, and texts can be encoded
	}
	return string(text)
}

// FollowUpGuest is a guest who has unfinished follow-ups.
type FollowUpGuest struct {
	Address, UserID string
	// Existing says that the tenant had the guest before this batch.
	Existing bool
	// Invited is when the invitation of the row was answered, by the clock of the machine
	// that made it; zero for an existing guest.
	Invited time.Time
	// Requests are as [Journal.Requests] has them of the account. Asked is when the first
	// one for the address was about to leave, in Graph's clock, zero for never.
	Requests []time.Time
	Asked    time.Time
}

// UnfinishedFollowUps yields the guests of the list whose follow-ups a run has to go on
// with, in the order of the list.
func (j *Journal) UnfinishedFollowUps(ctx context.Context) iter.Seq2[FollowUpGuest, error] {
	return func(yield func(FollowUpGuest, error) bool) {
		if has, err := j.HasFollowUps(ctx); err != nil || !has {
			if err != nil {
				yield(FollowUpGuest{}, err)
			}
			return
		}
		intents, err := j.Intents(ctx)
		var requests Times
		if err == nil {
			requests, err = j.Requests(ctx)
		}
		if err != nil {
			yield(FollowUpGuest{}, err)
			return
		}
		for rec, err := range j.records(ctx) {
			o := rec.Outcome
			if err == nil && (rec.Line == 0 || !rec.FollowUps.Kind().IsUnfinished()) {
				continue
			}
			g := FollowUpGuest{Address: o.Address, UserID: o.UserID, Existing: o.Status == batch.Existing, Requests: requests.Of(strings.ToLower(o.UserID))}
			if o.Status == batch.Invited {
				g.Invited = o.At
			}
			if all := intents.Of(o.Address); len(all) > 0 {
				g.Asked = all[0]
			}
			if !yield(g, err) || err != nil {
				return
			}
		}
	}
}

// FollowUpsDone are the follow-ups of which nothing is left to do, by what
// [KeyOf] makes of them.
func (j *Journal) FollowUpsDone(ctx context.Context) (map[FollowUpKey]bool, error) {
	done := make(map[FollowUpKey]bool)
	err := j.eachFollowUp(ctx, func(f batch.FollowUp) { done[KeyOf(f)] = true }, "WHERE state NOT IN ('pending', 'failed')")
	return done, err
}

// FollowUpKey tells a follow-up, with what it asks for, from all others: half of its
// SHA-256, since there may be some hundred thousand.
type FollowUpKey [16]byte

// KeyOf is the key of a follow-up.
func KeyOf(f batch.FollowUp) FollowUpKey {
	sum := sha256.Sum256([]byte(strings.Join([]string{f.Address, string(f.Kind), f.Target, wantOf(f)}, "\x00")))
	return FollowUpKey(sum[:16])
}
