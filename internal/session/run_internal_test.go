package session

import (
	"path/filepath"
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/graph"
	"guestlist/graph/sandbox"
	"guestlist/internal/assert"
)

// The simulated tenant of the next command has the guests of the results, with what they got
// after the invitation, and without what they did not.
func TestTheSandboxRemembersWhatGuestsGot(t *testing.T) {
	const address, userID, boss = "a@x.example", "cccccccc-0000-4000-8000-000000000001", "bbbbbbbb-0000-4000-8000-000000000001"
	identity := journal.Identity{Tenant: journal.SandboxTenant, Sandbox: true}
	j, err := journal.Open(t.Context(), filepath.Join(t.TempDir(), "p.sandbox.journal.db"), identity)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	if err := j.Begin(t.Context(), batch.RunFacts{}, nil); err != nil {
		t.Fatal(err)
	}
	sent := time.Now().UTC()
	intent, err := j.Intend(t.Context(), batch.Intent{Address: address, At: sent.Add(-10 * time.Second)}) // it was throttled meanwhile
	if err == nil {
		err = j.Settle(t.Context(), intent, batch.Outcome{Address: address, Status: batch.Invited, UserID: userID, At: sent, SentAt: sent})
	}
	if err != nil {
		t.Fatal(err)
	}
	simulated := sandbox.New(sandbox.Config{Groups: sandbox.ReadyGroups()})
	project, partners := "ded219ed-920b-5049-8ca0-11785c6ba559", "37922110-edc4-5d99-9be5-0d3fa7513086"
	all := []batch.FollowUp{
		{Address: address, Kind: batch.FollowUpGroup, Target: project, State: batch.FollowUpDone},
		{Address: address, Kind: batch.FollowUpGroup, Target: partners, State: batch.FollowUpPending},
		{Address: address, Kind: batch.FollowUpProfile, Attributes: graph.Attributes{graph.CompanyName: "Fabrikam"}, State: batch.FollowUpDone},
		{Address: address, Kind: batch.FollowUpManager, Target: boss, State: batch.FollowUpDone},
		{Address: address, Kind: batch.FollowUpSponsor, Target: boss, State: batch.FollowUpDone},
	}
	if err := j.PlanFollowUps(t.Context(), batch.FollowUpKinds(), []journal.FollowUpPlan{{Address: address, FollowUps: all}}); err != nil {
		t.Fatal(err)
	}
	s := Session{journal: j, tenant: &Tenant{ID: identity, simulated: simulated}}
	if err := s.repeople(t.Context()); err != nil {
		t.Fatal(err)
	}
	who, found := simulated.Find(address)
	assert.Equal(t, "there", []any{found, who.ID}, []any{true, userID})
	assert.Equal(t, "created", who.Created, sent) // or undo would take them for another one's guest
	assert.Equal(t, "groups", who.Groups, []string{project})
	assert.Equal(t, "attributes", who.Attributes, map[string]string{"companyName": "Fabrikam"})
	assert.Equal(t, "manager and sponsors", append([]string{who.Manager}, who.Sponsors...), []string{boss, boss})
}
