package batch_test

import (
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/graph"
	"guestlist/internal/assert"
)

func TestWhoMayBeRemoved(t *testing.T) {
	left := time.Date(2026, 11, 2, 9, 0, 0, 500_000_000, time.UTC)
	created := batch.Removable{
		User:     graph.User{Type: "Guest", CreationType: "Invitation", State: graph.StatePending, Created: left.Truncate(time.Second)},
		Requests: []time.Time{left.Add(-time.Hour), left},
	}
	for name, test := range map[string]struct {
		change func(*batch.Removable)
		want   batch.Kept
	}{
		"created by a request":          {func(*batch.Removable) {}, ""},
		"a member":                      {func(r *batch.Removable) { r.User.Type = "Member" }, batch.KeptMember},
		"no type":                       {func(r *batch.Removable) { r.User.Type = "" }, batch.KeptMember},
		"created by synchronization":    {func(r *batch.Removable) { r.User.CreationType = "" }, batch.KeptNotInvited},
		"a state that is not known":     {func(r *batch.Removable) { r.User.State = "" }, batch.KeptNotInvited},
		"a state of another time":       {func(r *batch.Removable) { r.User.State = "Maybe" }, batch.KeptNotInvited},
		"older than the requests":       {func(r *batch.Removable) { r.User.Created = left.Add(-24 * time.Hour) }, batch.KeptNotCreated},
		"created between two of them":   {func(r *batch.Removable) { r.User.Created = left.Add(-3 * time.Second) }, batch.KeptNotCreated},
		"created long after the last":   {func(r *batch.Removable) { r.User.Created = left.Add(time.Hour) }, batch.KeptNotCreated},
		"a time that may not be read":   {func(r *batch.Removable) { r.User.Created = time.Time{} }, batch.KeptNotCreated},
		"created by one without answer": {func(r *batch.Removable) { r.Requests, r.Unproved = nil, r.Requests }, batch.KeptUnproved},
		"created after one of them": {func(r *batch.Removable) {
			r.Unproved, r.User.Created = []time.Time{left.Add(-time.Minute)}, left.Add(-3*time.Second)
		}, batch.KeptUnproved},
		"no request that is known":       {func(r *batch.Removable) { r.Requests = nil }, batch.KeptNotCreated},
		"a role":                         {func(r *batch.Removable) { r.HoldsRole = true }, batch.KeptRole},
		"another batch":                  {func(r *batch.Removable) { r.Elsewhere = "other.results.xlsx" }, batch.KeptElsewhere},
		"accepted":                       {func(r *batch.Removable) { r.User.State = graph.StateAccepted }, batch.KeptAccepted},
		"accepted, and something else":   {func(r *batch.Removable) { r.User.State, r.HoldsRole = graph.StateAccepted, true }, batch.KeptRole},
		"created by the earlier of them": {func(r *batch.Removable) { r.User.Created = left.Add(-time.Hour + time.Minute) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := created
			test.change(&r)
			assert.Equal(t, "kept", r.Kept(), test.want)
		})
	}
}
