package batch_test

import (
	"testing"
	"time"

	"guestlist/batch"
)

var header = batch.Header{
	Columns: []string{"Email", "Name", "Redirect", "Send", "Language", "CC", "Type", "Sponsors", "Message", "Project"},
	Fields: map[batch.Field]int{
		batch.Email: 0, batch.Name: 1, batch.RedirectURL: 2, batch.SendMessage: 3, batch.Language: 4,
		batch.CC: 5, batch.UserType: 6, batch.Sponsors: 7, batch.Message: 8,
	},
}

var defaults = batch.Defaults{RedirectURL: "https://myapplications.microsoft.com", UserType: "Guest"}

func judged(line int, cells ...string) batch.Judged {
	return batch.Judge(header, defaults, batch.Row{Line: line, Cells: cells})
}

func TestPlanDecides(t *testing.T) {
	row := judged(2, "Pat@x.example", "Pat")
	mended := judged(2, "pat@x.example", "Patricia")
	broken := judged(2, "pat@x.example", "Pat", "nowhere")
	opened := time.Now().UnixNano()
	failed := batch.Past{Status: batch.Failed, Fingerprint: row.Fingerprint}
	for _, test := range []struct {
		name   string
		plan   batch.Plan
		past   batch.Past
		row    batch.Judged
		status batch.Status
		action batch.Action
	}{
		{"new", batch.Plan{}, batch.Past{}, row, batch.Pending, batch.Send},
		{"invalid", batch.Plan{}, batch.Past{}, broken, batch.Invalid, batch.Skip},
		{"invited", batch.Plan{}, batch.Past{Status: batch.Invited}, row, batch.Invited, batch.Skip},
		{"invited, retry", batch.Plan{Retry: true, Resend: true}, batch.Past{Status: batch.Invited}, row, batch.Invited, batch.Skip},
		{"invited, mended", batch.Plan{}, batch.Past{Status: batch.Invited}, mended, batch.Invited, batch.Skip},
		{"invited, now invalid", batch.Plan{}, batch.Past{Status: batch.Invited}, broken, batch.Invited, batch.Skip},
		{"failed", batch.Plan{}, failed, row, batch.Failed, batch.Skip},
		{"failed, retry", batch.Plan{Retry: true}, failed, row, batch.Failed, batch.Send},
		{"failed, mended", batch.Plan{}, failed, mended, batch.Pending, batch.Send},
		{"failed, now invalid", batch.Plan{Retry: true}, failed, broken, batch.Invalid, batch.Skip},
		{"unconfirmed", batch.Plan{}, batch.Past{Status: batch.Unconfirmed}, row, batch.Unconfirmed, batch.Skip},
		{"unconfirmed, resend", batch.Plan{Resend: true}, batch.Past{Status: batch.Unconfirmed}, row, batch.Unconfirmed, batch.Send},
		{"unconfirmed, resend, invalid", batch.Plan{Resend: true}, batch.Past{Status: batch.Unconfirmed}, broken, batch.Unconfirmed, batch.Skip},
		{"open, silent", batch.Plan{}, batch.Past{Open: opened}, row, batch.Unconfirmed, batch.Send},
		{"open, mailed", batch.Plan{}, batch.Past{Open: opened, Mailed: opened}, row, batch.Unconfirmed, batch.Ask},
		{"open, mailed, resend", batch.Plan{Resend: true}, batch.Past{Open: opened, Mailed: opened}, row, batch.Unconfirmed, batch.Ask},
		{"open, mailed, invalid", batch.Plan{}, batch.Past{Open: opened, Mailed: opened}, broken, batch.Unconfirmed, batch.Skip},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.plan.History = new(batch.History)
			test.plan.History.Tell("pat@x.example", func(p *batch.Past) { *p = test.past })
			step := test.plan.Add(test.row)
			equal(t, "status", step.Status, test.status)
			equal(t, "action", step.Action, test.action)
			equal(t, "open", !step.Open.IsZero(), test.past.Mailed != 0)
		})
	}
}

func TestDuplicatesNameTheirFirstRow(t *testing.T) {
	var plan batch.Plan
	plan.Add(judged(2, "pat@x.example"))
	plan.Add(judged(3, "lee@x.example"))
	step := plan.Add(judged(9, " PAT@X.example "))
	equal(t, "step", []any{step.Status, step.Action, step.FirstLine}, []any{batch.Duplicate, batch.Skip, 2})
	equal(t, "error", step.Outcome().Error, "The address stands in row 2 already.")
	equal(t, "empty cells", plan.Add(judged(10, "")).Status, batch.Invalid)
	equal(t, "are no duplicates", plan.Add(judged(11, "")).Status, batch.Invalid)
}

func TestPastSumsUpAttempts(t *testing.T) {
	first, second := time.Unix(100, 0), time.Unix(200, 0)
	var p batch.Past
	p.Intended(batch.Intent{At: first, Mail: true})
	p.Intended(batch.Intent{At: second})
	equal(t, "earliest counts, any mail", p, batch.Past{Open: first.UnixNano(), Mailed: first.UnixNano()})
	p.Settled(batch.Pending, 7)
	equal(t, "pending tells nothing", p, batch.Past{Open: first.UnixNano(), Mailed: first.UnixNano()})
	absent := p
	absent.Absent()
	equal(t, "proved absent", absent, batch.Past{})
	p.Settled(batch.Invited, 7)
	equal(t, "settled", p, batch.Past{Status: batch.Invited, Fingerprint: 7})
}
