package followup_test

import (
	"testing"

	"guestlist/batch"
	"guestlist/batch/followup"
	"guestlist/graph"
	"guestlist/internal/assert"
)

// What a row gets follows from the flags, its cells and where it stands.
func TestPlan(t *testing.T) {
	request := followup.Request{Groups: []batch.Target{{Name: "Aurora", ID: aurora, IsGroup: true}}, Kinds: batch.FollowUpKinds()}
	wanted := batch.Wanted{
		Groups:     []batch.Target{{Name: "aurora", ID: aurora, IsGroup: true}, {Name: "Partners", ID: partners, IsGroup: true}},
		Attributes: graph.Attributes{graph.CompanyName: "Fabrikam"},
		Manager:    batch.Target{Name: "boss", ID: boss}, Sponsors: []batch.Target{{Name: "boss", ID: boss}, {Name: "Partners", ID: partners, IsGroup: true}},
	}
	problem := batch.Problem{Field: batch.AttributeField(graph.CompanyName), Column: "Company", Value: "x", What: "has 80 characters"}
	all := []string{"group Aurora", "group Partners", "profile ", "manager boss", "sponsor boss", "sponsor Partners"}
	for name, test := range map[string]struct {
		step batch.Step
		want []string
	}{
		"to be sent":   {batch.Step{Action: batch.Send, Status: batch.Pending}, all},
		"invited":      {batch.Step{Status: batch.Invited}, all},
		"a guest":      {batch.Step{Status: batch.Existing, Presence: batch.Presence{Kind: batch.ExistingAccepted}}, all[:2]},
		"a member":     {batch.Step{Status: batch.Existing, Presence: batch.Presence{Kind: batch.ExistingMember}}, nil},
		"disabled":     {batch.Step{Status: batch.Existing, Presence: batch.Presence{Kind: batch.ExistingDisabled}}, nil},
		"left out":     {batch.Step{Status: batch.Invited, LeftOut: true}, nil},
		"a duplicate":  {batch.Step{Status: batch.Duplicate, FirstLine: 2}, nil},
		"failed":       {batch.Step{Status: batch.Failed}, nil},
		"invalid":      {batch.Step{Status: batch.Invalid, Judged: batch.Judged{Problems: []batch.Problem{problem}}}, nil},
		"a wrong cell": {batch.Step{Status: batch.Invited, Judged: batch.Judged{Problems: []batch.Problem{problem}}}, append(append([]string{}, all[:3]...), "profile x: failed", "manager boss", "sponsor boss", "sponsor Partners")},
	} {
		t.Run(name, func(t *testing.T) {
			test.step.Address, test.step.Wanted = "a@x.example", wanted
			var got []string
			for _, f := range request.Of(test.step) {
				said := string(f.Kind) + " " + f.Name
				if f.State == batch.FollowUpFailed {
					said += ": failed"
				}
				got = append(got, said)
			}
			assert.Equal(t, "follow-ups", got, test.want)
		})
	}
}
