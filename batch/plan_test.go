package batch_test

import (
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/batch/judge"
	"guestlist/internal/assert"
)

var header = batch.Header{
	Columns: []string{"Email", "Name", "Redirect", "Send", "Language", "CC", "Type", "Sponsors", "Message", "Project"},
	Fields: map[batch.Field]int{
		batch.Email: 0, batch.Name: 1, batch.RedirectURL: 2, batch.SendMessage: 3, batch.Language: 4,
		batch.CC: 5, batch.UserType: 6, batch.Sponsors: 7, batch.Message: 8,
	},
}

var defaults = judge.Defaults{RedirectURL: "https://myapplications.microsoft.com", UserType: "Guest"}

func judged(line int, cells ...string) batch.Judged {
	return judge.Row(header, defaults, batch.Row{Line: line, Cells: cells})
}

func TestPlanDecides(t *testing.T) {
	row := judged(2, "Pat@x.example", "Pat")
	corrected := judged(2, "pat@x.example", "Patricia")
	broken := judged(2, "pat@x.example", "Pat", "nowhere")
	opened := time.Now().UnixNano()
	failed := batch.AddressHistory{Status: batch.Failed, Fingerprint: row.Fingerprint}
	final := batch.AddressHistory{Status: batch.Failed, Fingerprint: row.Fingerprint, Final: true}
	for _, test := range []struct {
		name   string
		plan   batch.Plan
		past   batch.AddressHistory
		row    batch.Judged
		status batch.Status
		action batch.Action
	}{
		{"new", batch.Plan{}, batch.AddressHistory{}, row, batch.Pending, batch.Send},
		{"invalid", batch.Plan{}, batch.AddressHistory{}, broken, batch.Invalid, batch.Skip},
		{"invited", batch.Plan{}, batch.AddressHistory{Status: batch.Invited}, row, batch.Invited, batch.Skip},
		{"invited, retry", batch.Plan{Retry: true, Resend: true}, batch.AddressHistory{Status: batch.Invited}, row, batch.Invited, batch.Skip},
		{"invited, corrected", batch.Plan{}, batch.AddressHistory{Status: batch.Invited}, corrected, batch.Invited, batch.Skip},
		{"invited, now invalid", batch.Plan{}, batch.AddressHistory{Status: batch.Invited}, broken, batch.Invited, batch.Skip},
		{"existing", batch.Plan{}, batch.AddressHistory{Status: batch.Existing}, row, batch.Existing, batch.Skip},
		{"existing, retry", batch.Plan{Retry: true, Resend: true}, batch.AddressHistory{Status: batch.Existing}, row, batch.Existing, batch.Skip},
		{"existing, corrected", batch.Plan{}, batch.AddressHistory{Status: batch.Existing, Fingerprint: row.Fingerprint}, corrected, batch.Existing, batch.Skip},
		{"existing, now invalid", batch.Plan{}, batch.AddressHistory{Status: batch.Existing}, broken, batch.Existing, batch.Skip},
		{"existing, and a request is open", batch.Plan{}, batch.AddressHistory{Status: batch.Existing, Open: opened, Mailed: opened}, row, batch.Unconfirmed, batch.LookUp},
		{"removed", batch.Plan{}, batch.AddressHistory{Status: batch.Removed}, row, batch.Removed, batch.Skip},
		{"removed, retry", batch.Plan{Retry: true, Resend: true}, batch.AddressHistory{Status: batch.Removed}, corrected, batch.Removed, batch.Skip},
		{"same guest as another row", batch.Plan{}, batch.AddressHistory{Status: batch.Duplicate}, row, batch.Duplicate, batch.Skip},
		{"same guest, retry", batch.Plan{Retry: true, Resend: true, Reinvite: batch.ReinvitePending}, batch.AddressHistory{Status: batch.Duplicate}, row, batch.Duplicate, batch.Skip},
		{"same guest, corrected", batch.Plan{Retry: true}, batch.AddressHistory{Status: batch.Duplicate}, corrected, batch.Duplicate, batch.Skip},
		{"same guest, now invalid", batch.Plan{}, batch.AddressHistory{Status: batch.Duplicate}, broken, batch.Duplicate, batch.Skip},
		{"removed, and a request is open", batch.Plan{Reinvite: batch.ReinviteRemoved}, batch.AddressHistory{Status: batch.Removed, Open: opened, Mailed: opened}, row, batch.Unconfirmed, batch.LookUp},
		{"removed, now invalid", batch.Plan{}, batch.AddressHistory{Status: batch.Removed}, broken, batch.Removed, batch.Skip},
		{"failed", batch.Plan{}, failed, row, batch.Failed, batch.Skip},
		{"failed, retry", batch.Plan{Retry: true}, failed, row, batch.Failed, batch.Send},
		{"failed for good", batch.Plan{}, final, row, batch.Failed, batch.Skip},
		{"failed for good, retry", batch.Plan{Retry: true}, final, row, batch.Failed, batch.Skip},
		{"failed for good, retry all", batch.Plan{Retry: true, All: true}, final, row, batch.Failed, batch.Send},
		{"failed for good, corrected", batch.Plan{Retry: true}, final, corrected, batch.Pending, batch.Send},
		{"failed, corrected", batch.Plan{}, failed, corrected, batch.Pending, batch.Send},
		{"failed, now invalid", batch.Plan{Retry: true}, failed, broken, batch.Invalid, batch.Skip},
		{"unconfirmed", batch.Plan{}, batch.AddressHistory{Status: batch.Unconfirmed}, row, batch.Unconfirmed, batch.Skip},
		{"unconfirmed, resend", batch.Plan{Resend: true}, batch.AddressHistory{Status: batch.Unconfirmed}, row, batch.Unconfirmed, batch.Send},
		{"unconfirmed, resend, invalid", batch.Plan{Resend: true}, batch.AddressHistory{Status: batch.Unconfirmed}, broken, batch.Unconfirmed, batch.Skip},
		{"open, silent", batch.Plan{}, batch.AddressHistory{Open: opened}, row, batch.Unconfirmed, batch.Send},
		{"open, mailed", batch.Plan{}, batch.AddressHistory{Open: opened, Mailed: opened}, row, batch.Unconfirmed, batch.LookUp},
		{"open, mailed, resend", batch.Plan{Resend: true}, batch.AddressHistory{Open: opened, Mailed: opened}, row, batch.Unconfirmed, batch.LookUp},
		{"open, mailed, invalid", batch.Plan{}, batch.AddressHistory{Open: opened, Mailed: opened}, broken, batch.Unconfirmed, batch.LookUp},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.plan.History = new(batch.History)
			test.plan.History.Update("pat@x.example", func(p *batch.AddressHistory) { *p = test.past })
			step := test.plan.Add(test.row)
			assert.Equal(t, "status", step.Status, test.status)
			assert.Equal(t, "action", step.Action, test.action)
			assert.Equal(t, "open", !step.Open.IsZero(), test.past.Mailed != 0)
		})
	}
}

func TestDuplicatesNameTheirFirstRow(t *testing.T) {
	var plan batch.Plan
	plan.Add(judged(2, "pat@x.example"))
	plan.Add(judged(3, "lee@x.example"))
	step := plan.Add(judged(9, " PAT@X.example "))
	assert.Equal(t, "step", []any{step.Status, step.Action, step.FirstLine}, []any{batch.Duplicate, batch.Skip, 2})
	assert.Equal(t, "error", step.Outcome().Error, "The address is already in row 2.")
	assert.Equal(t, "empty cells", plan.Add(judged(10, "")).Status, batch.Invalid)
	assert.Equal(t, "are no duplicates", plan.Add(judged(11, "")).Status, batch.Invalid)
}

// TestARowOfTheSameGuestHasNothingToCorrect: its address is not in an earlier row.
func TestARowOfTheSameGuestHasNothingToCorrect(t *testing.T) {
	plan := batch.Plan{History: new(batch.History)}
	plan.History.Update("pat@x.example", func(a *batch.AddressHistory) { a.Settled(batch.Duplicate, 0) })
	step := plan.Add(judged(2, "pat@x.example"))
	assert.Equal(t, "findings", len(step.Findings(header)), 0)
	assert.Equal(t, "as the list has it", step.Outcome().Status, batch.Pending)
}

// TestAnUndecidedRowIsSentLast: it met a refusal that may have been the tenant's.
func TestAnUndecidedRowIsSentLast(t *testing.T) {
	plan := batch.Plan{History: new(batch.History)}
	plan.History.Update("pat@x.example", func(a *batch.AddressHistory) { a.Refused = true })
	for _, address := range []string{"pat@x.example", "lee@x.example"} {
		step := plan.Add(judged(2, address))
		assert.Equal(t, address, []any{step.Action, step.Last}, []any{batch.Send, address == "pat@x.example"})
	}
}

func TestPastSumsUpAttempts(t *testing.T) {
	first, second := time.Unix(100, 0), time.Unix(200, 0)
	var p batch.AddressHistory
	p.Intended(batch.Intent{At: first, Mail: true})
	p.Intended(batch.Intent{At: second})
	assert.Equal(t, "earliest counts, any mail", p, batch.AddressHistory{Open: first.UnixNano(), Mailed: first.UnixNano(), Latest: second.UnixNano()})
	p.Settled(batch.Pending, 7)
	assert.Equal(t, "pending tells nothing", p, batch.AddressHistory{Open: first.UnixNano(), Mailed: first.UnixNano(), Latest: second.UnixNano()})
	absent := p
	absent.Absent()
	assert.Equal(t, "proved absent", absent, batch.AddressHistory{})
	unproved := p
	unproved.Settled(batch.Unconfirmed, 7)
	assert.Equal(t, "unproved, and still known when it left", unproved,
		batch.AddressHistory{Status: batch.Unconfirmed, Fingerprint: 7, Mailed: first.UnixNano(), Latest: second.UnixNano()})
	unproved.Absent()
	assert.Equal(t, "unproved, then absent", unproved, batch.AddressHistory{Fingerprint: 7})
	p.Settled(batch.Invited, 7)
	assert.Equal(t, "settled", p, batch.AddressHistory{Status: batch.Invited, Fingerprint: 7})
}

// TestAReadingOfTheDirectoryIsNoAnswer: it never overrides an invitation, and what is
// known of requests that left stays known.
func TestAReadingOfTheDirectoryIsNoAnswer(t *testing.T) {
	left := time.Unix(100, 0)
	open := batch.AddressHistory{Open: left.UnixNano(), Mailed: left.UnixNano(), Latest: left.UnixNano()}
	unproved := open
	unproved.Settled(batch.Unconfirmed, 7)
	silent := open
	silent.Mailed = 0
	for what, test := range map[string]struct{ before, want batch.AddressHistory }{
		"new":          {batch.AddressHistory{}, batch.AddressHistory{Status: batch.Existing, Fingerprint: 9}},
		"invited":      {batch.AddressHistory{Status: batch.Invited, Fingerprint: 7}, batch.AddressHistory{Status: batch.Invited, Fingerprint: 7}},
		"failed":       {batch.AddressHistory{Status: batch.Failed, Fingerprint: 7}, batch.AddressHistory{Status: batch.Existing, Fingerprint: 9}},
		"removed":      {batch.AddressHistory{Status: batch.Removed}, batch.AddressHistory{Status: batch.Existing, Fingerprint: 9}},
		"open":         {open, batch.AddressHistory{Status: batch.Existing, Fingerprint: 9, Open: open.Open, Mailed: open.Mailed, Latest: open.Latest}},
		"open, silent": {silent, batch.AddressHistory{Status: batch.Existing, Fingerprint: 9}},
		"unconfirmed":  {unproved, batch.AddressHistory{Status: batch.Existing, Fingerprint: 9, Mailed: open.Mailed, Latest: open.Latest}},
	} {
		got := test.before
		got.Settled(batch.Existing, 9)
		assert.Equal(t, what, got, test.want)
	}
	var history batch.AddressHistory
	history.Settled(batch.Existing, 9)
	history.Settled(batch.Invited, 9)
	assert.Equal(t, "then invited", history, batch.AddressHistory{Status: batch.Invited, Fingerprint: 9})
	history.Settled(batch.Removed, 9)
	assert.Equal(t, "then removed", history, batch.AddressHistory{Status: batch.Removed, Fingerprint: 9})
	history.Settled(batch.Duplicate, 9)
	history.Settled(batch.Existing, 9)
	assert.Equal(t, "the same guest, then read", history, batch.AddressHistory{Status: batch.Duplicate, Fingerprint: 9})
}

func TestOnlyDescribedRefusalsAreFinal(t *testing.T) {
	for code, want := range map[string]bool{
		"GroupAddress": true, "CannotBeInvited": true, "DomainNotAllowed": false, "InviteOperationFailed": false,
		batch.CodeInvitationError: false, "BadRequest": false, "": false,
	} {
		assert.Equal(t, code, batch.IsFinal(code), want)
	}
}

// A request that was never answered can be carried out after a later one, unless the
// tenant shows that it was before.
func TestPlanKnowsWhatMayStillBeCarriedOut(t *testing.T) {
	left := time.Date(2026, 9, 14, 12, 0, 0, 0, time.UTC)
	open := batch.AddressHistory{Open: left.UnixNano(), Latest: left.UnixNano()}
	two := batch.AddressHistory{Open: left.Add(-time.Minute).UnixNano(), Latest: left.UnixNano()}
	there := func(created time.Time) batch.Presence {
		return batch.Presence{Kind: batch.ExistingPending, Created: created}
	}
	for name, test := range map[string]struct {
		past batch.AddressHistory
		who  batch.Presence
		late bool
	}{
		"never sent":                    {batch.AddressHistory{}, batch.Presence{}, false},
		"sent, and no one is there":     {open, batch.Presence{}, true},
		"the guest was made since":      {open, there(left.Add(time.Second)), false},
		"in the same second":            {open, there(left.Add(-time.Second)), false},
		"the guest was made before":     {open, there(left.Add(-time.Hour)), true},
		"it may not be read when":       {open, there(time.Time{}), true},
		"one of two, and who knows it?": {two, there(left.Add(time.Second)), true},
	} {
		t.Run(name, func(t *testing.T) {
			row := judged(2, "pat@x.example", "Pat")
			plan := batch.Plan{History: &batch.History{}, Presences: &batch.Presences{DirectoryRead: true}, Now: left.Add(time.Minute)}
			plan.History.Update(row.Address, func(a *batch.AddressHistory) { *a = test.past })
			plan.Presences.Update(row.Address, func(w *batch.Presence) { *w = test.who })
			step := plan.Add(row)
			assert.Equal(t, "action", step.Action, batch.Send)
			assert.Equal(t, "may still be carried out", !step.Late.IsZero(), test.late)
		})
	}
}
