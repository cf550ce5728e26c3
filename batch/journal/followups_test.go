package journal_test

import (
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/graph"
	"guestlist/internal/assert"
)

// stepsOf are the follow-ups of a trial row.
func stepsOf(address, company string) []batch.FollowUp {
	return []batch.FollowUp{
		{Address: address, Kind: batch.FollowUpGroup, Target: "g", Name: "Group", State: batch.FollowUpPending},
		{Address: address, Kind: batch.FollowUpProfile, Attributes: graph.Attributes{graph.CompanyName: company}, State: batch.FollowUpPending},
	}
}

func planSteps(t *testing.T, j *journal.Journal, address string, all []batch.FollowUp) {
	t.Helper()
	if err := j.PlanFollowUps(t.Context(), batch.FollowUpKinds(), []journal.FollowUpPlan{{Address: address, FollowUps: all}}); err != nil {
		t.Fatal(err)
	}
}

// said is what the records say of follow-ups, by address.
func said(t *testing.T, j *journal.Journal) map[string]string {
	t.Helper()
	all := make(map[string]string)
	for rec, err := range j.Records(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if rec.FollowUps.State != "" {
			all[rec.Outcome.Address] = rec.FollowUps.Groups + " | " + rec.FollowUps.Profile + " | " + rec.FollowUps.State
		}
	}
	return all
}

func TestFollowUpsInTheJournal(t *testing.T) {
	const a = "a@x.example"
	j := begin(t, a, "b@x.example")
	if err := j.Begin(t.Context(), batch.RunFacts{}, nil); err != nil {
		t.Fatal(err)
	}
	intent, err := j.Intend(t.Context(), batch.Intent{Address: a, At: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Settle(t.Context(), intent, batch.Outcome{Address: a, Status: batch.Invited, UserID: "1", At: time.Now(), SentAt: time.Now()}); err != nil {
		t.Fatal(err)
	}
	planSteps(t, j, a, stepsOf(a, "Fabrikam"))
	planSteps(t, j, "b@x.example", stepsOf("b@x.example", "Fabrikam")) // not invited: nothing to say
	assert.Equal(t, "planned", said(t, j), map[string]string{a: "Group (pending) | companyName (pending) | pending"})

	all, err := j.FollowUps(t.Context(), []string{a})
	if err != nil {
		t.Fatal(err)
	}
	var id string
	for g, err := range j.UnfinishedFollowUps(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		assert.Equal(t, "unfinished", g.Address, a)
		id = g.UserID
		if len(g.Requests) != 1 || g.Asked.IsZero() || g.Invited.IsZero() {
			t.Errorf("%+v", g)
		}
	}
	for i := range all[a] {
		all[a][i].State, all[a][i].UserID, all[a][i].Tries, all[a][i].At = batch.FollowUpDone, id, 1, time.Now()
	}
	if err := j.SettleFollowUps(t.Context(), all[a]); err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "done", said(t, j), map[string]string{a: "Group | companyName | done"})

	// The same plan changes nothing, another value makes one of them pending again.
	if err := j.Wrote(t.Context(), "r.xlsx", "1"); err != nil {
		t.Fatal(err)
	}
	planSteps(t, j, a, stepsOf(a, "Fabrikam"))
	assert.Equal(t, "the results are old", news(t, j), false)
	planSteps(t, j, a, stepsOf(a, "Northwind"))
	assert.Equal(t, "corrected", said(t, j), map[string]string{a: "Group | companyName (pending) | pending"})
	assert.Equal(t, "the results are old", news(t, j), true)

	if err := j.NoteFollowUps(t.Context(), batch.FollowUpProfile, "needs it"); err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "noted", said(t, j)[a], "Group | companyName (pending) | pending: needs it")

	// What is not asked for any more is forgotten, unless it is done.
	planSteps(t, j, a, nil)
	assert.Equal(t, "not asked for", said(t, j), map[string]string{a: "Group |  | done"})

	// A group that was left and a profile that was settled for another plan stay so.
	stale := stepsOf(a, "Fabrikam")
	stale[1].State = batch.FollowUpDone
	planSteps(t, j, a, stepsOf(a, "Contoso"))
	if err := j.SettleFollowUps(t.Context(), stale[1:]); err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "settled for another value", said(t, j)[a], "Group | companyName (pending) | pending")
}
