// Package followup does what guests get after the invitation: it plans it as data, and
// carries it out beside the invitations, with a limit of its own.
package followup

import (
	"guestlist/batch"
)

// Request is what the flags of a run ask for, with groups and persons looked up.
type Request struct {
	// Groups are those of every guest.
	Groups []batch.Target
	// Kinds are those that this run plans. Others go on as an earlier run planned them.
	Kinds []batch.FollowUpKind
}

// IsEligible reports whether the row of a step has a guest, or is about to have one, who
// gets what the list asks for: no member of the tenant, and no one who is left out.
func IsEligible(step batch.Step) bool {
	switch {
	case step.LeftOut || step.FirstLine != 0:
		return false
	case step.Status == batch.Existing:
		return step.Presence.Kind != batch.ExistingMember && step.Presence.Kind != batch.ExistingDisabled
	default:
		return step.Status == batch.Invited || step.Action != batch.Skip
	}
}

// Of are the follow-ups of a row. Guests who were in the tenant before the batch get groups
// alone. A row whose invitation is still to be sent names its sponsors in that; they are
// planned all the same, since an answer may be lost.
func (r Request) Of(step batch.Step) []batch.FollowUp {
	if !IsEligible(step) {
		return nil
	}
	p := planned{address: step.Address}
	for _, kind := range r.Kinds {
		if step.Status == batch.Existing && kind != batch.FollowUpGroup {
			continue
		}
		p.add(kind, r.Groups, step.Wanted)
		if step.Status != batch.Invited && step.Status != batch.Existing {
			continue // it is not sent as long as a cell is wrong
		}
		for _, problem := range step.Problems {
			if of, ok := problem.Field.FollowUp(); ok && of == kind {
				p.addWrong(kind, problem)
			}
		}
	}
	return p.all
}

// planned collects the follow-ups of a row.
type planned struct {
	address string
	all     []batch.FollowUp
}

// add adds those of a kind, each target once.
func (p *planned) add(kind batch.FollowUpKind, groups []batch.Target, w batch.Wanted) {
	switch kind {
	case batch.FollowUpGroup:
		for _, g := range groups {
			p.target(kind, g)
		}
		for _, g := range w.Groups {
			p.target(kind, g)
		}
	case batch.FollowUpProfile:
		if len(w.Attributes) > 0 {
			p.all = append(p.all, batch.FollowUp{Address: p.address, Kind: kind, Attributes: w.Attributes, State: batch.FollowUpPending})
		}
	case batch.FollowUpManager:
		p.target(kind, w.Manager)
	case batch.FollowUpSponsor:
		for _, s := range w.Sponsors {
			p.target(kind, s)
		}
	}
}

// target adds a follow-up about a group or a person.
func (p *planned) target(kind batch.FollowUpKind, t batch.Target) {
	if t.ID == "" {
		return
	}
	f := batch.FollowUp{Address: p.address, Kind: kind, Target: t.ID, Name: t.Name, IsGroup: t.IsGroup && kind == batch.FollowUpSponsor, State: batch.FollowUpPending}
	for _, other := range p.all {
		if other.Kind == f.Kind && other.Slot() == f.Slot() {
			return
		}
	}
	p.all = append(p.all, f)
}

// addWrong adds what a cell asks for that cannot be done: the guest is invited, so that the
// row itself stays as it is.
func (p *planned) addWrong(kind batch.FollowUpKind, problem batch.Problem) {
	f := batch.FollowUp{Address: p.address, Kind: kind, Target: problem.Value, Name: problem.Value, State: batch.FollowUpFailed, Error: problem.String()}
	if kind == batch.FollowUpProfile {
		f.Target = string(problem.Field)
	}
	p.all = append(p.all, f)
}
