package send_test

import (
	"context"
	"testing"
	"testing/synctest"

	"guestlist/batch"
	"guestlist/graph"
	"guestlist/internal/assert"
)

// A reminder is sent once. One that is refused changes nothing; one whose answer is lost
// leaves its intent open, by which the earlier link is in doubt. Neither is looked up: the
// guest is there in any case.
func TestReminderIsMadeOnce(t *testing.T) {
	for name, test := range map[string]struct {
		answer error
		status batch.Status // of the outcome, "" for none
		open   bool
	}{
		"answered":  {nil, batch.Invited, false},
		"lost":      {errCut, "", true},
		"a fault":   {refuse(502, 0, graph.Entry{Name: "ServiceFault"}), "", true},
		"refused":   {refuse(400, 0, graph.Entry{Name: "GroupAddress"}), batch.Pending, false},
		"forbidden": {refuse(403, 0, graph.Entry{Name: "Odd"}), batch.Pending, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := newTrial()
				tr.graph.answer = func(_ context.Context, _ int, inv graph.Invitation) (graph.Receipt, error) {
					if test.answer != nil {
						return graph.Receipt{}, test.answer
					}
					return receipt(inv), nil
				}
				s := step("a@x.example", withMail)
				s.Status, s.Reinvited, s.Reminder = batch.Invited, true, true
				_ = tr.do(t, one(s))
				o := tr.journal.outcomes["a@x.example"]
				assert.Equal(t, "outcome", []any{o.Status, tr.graph.count(), tr.graph.lookups, tr.open}, []any{test.status, 1, 0, 0})
				assert.Equal(t, "intent that stays open", tr.journal.lastIsOpen(), test.open)
				assert.Equal(t, "the intent is a reminder's", tr.journal.intents[0].Reminder, true)
			})
		})
	}
}
