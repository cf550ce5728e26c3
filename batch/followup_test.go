package batch_test

import (
	"testing"

	"guestlist/batch"
	"guestlist/graph"
	"guestlist/internal/assert"
)

func TestSumUp(t *testing.T) {
	group := func(name string, state batch.FollowUpState, why string) batch.FollowUp {
		return batch.FollowUp{Kind: batch.FollowUpGroup, Target: name, Name: name, State: state, UserID: "1", Error: why}
	}
	profile := batch.FollowUp{Kind: batch.FollowUpProfile, Attributes: graph.Attributes{graph.Department: "D", graph.CompanyName: "C"}, State: batch.FollowUpDone, UserID: "1"}
	for name, test := range map[string]struct {
		all  []batch.FollowUp
		user string
		want batch.FollowUps
	}{
		"none":      {nil, "1", batch.FollowUps{}},
		"done":      {[]batch.FollowUp{profile, group("B", batch.FollowUpDone, ""), group("A", batch.FollowUpDone, "")}, "1", batch.FollowUps{Groups: "A; B", Profile: "companyName, department", State: "done"}},
		"gravest":   {[]batch.FollowUp{group("A", batch.FollowUpFailed, "it bars guests"), group("B", batch.FollowUpPending, "wait")}, "1", batch.FollowUps{Groups: "A (failed); B (pending)", State: "failed: it bars guests"}},
		"re-asked":  {[]batch.FollowUp{profile}, "2", batch.FollowUps{Profile: "companyName, department (pending)", State: "pending"}},
		"left":      {[]batch.FollowUp{{Kind: batch.FollowUpManager, Name: "m", State: batch.FollowUpLeftAlone, Error: "was there"}}, "1", batch.FollowUps{Profile: "manager m (left alone)", State: "left alone: was there"}},
		"rest left": {[]batch.FollowUp{group("A", batch.FollowUpDone, ""), {Kind: batch.FollowUpManager, Name: "m", State: batch.FollowUpLeftAlone, Error: "was there"}}, "1", batch.FollowUps{Groups: "A", Profile: "manager m (left alone)", State: "done: the rest is left alone: was there"}},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, "sum", batch.SumUp(test.all, test.user), test.want) })
	}
}
