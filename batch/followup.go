package batch

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"guestlist/graph"
)

// FollowUpKind is something that a guest gets after the invitation. The texts are those
// of the journal.
type FollowUpKind string

// The kinds of follow-ups, each of which takes a permission of its own.
const (
	// FollowUpGroup makes the guest a member of a group.
	FollowUpGroup FollowUpKind = "group"
	// FollowUpProfile sets attributes such as companyName.
	FollowUpProfile FollowUpKind = "profile"
	// FollowUpManager sets who the guest's manager is.
	FollowUpManager FollowUpKind = "manager"
	// FollowUpSponsor adds a sponsor.
	FollowUpSponsor FollowUpKind = "sponsor"
)

// FollowUpKinds returns the kinds in the order in which reports name them.
func FollowUpKinds() []FollowUpKind {
	return []FollowUpKind{FollowUpGroup, FollowUpProfile, FollowUpManager, FollowUpSponsor}
}

// Capability is what the sign-in must be allowed to do.
func (k FollowUpKind) Capability() graph.Capability {
	switch k {
	case FollowUpGroup:
		return graph.ChangeMembers
	case FollowUpProfile:
		return graph.ChangeAttributes
	case FollowUpManager:
		return graph.ChangeManager
	case FollowUpSponsor:
		return graph.ChangeSponsors
	}
	return 0
}

// FollowUpState is how far a follow-up is. The texts are those of the journal and of the
// results.
type FollowUpState string

// The states of a follow-up.
const (
	// FollowUpPending is to be done: by this run, or by the next one.
	FollowUpPending FollowUpState = "pending"
	// FollowUpDone needs nothing more: Graph did it, or it was so already.
	FollowUpDone FollowUpState = "done"
	// FollowUpFailed was refused, or cannot be done as the row asks for it. The next run
	// tries it again.
	FollowUpFailed FollowUpState = "failed"
	// FollowUpLeftAlone is not done on purpose: it is not known that the batch created the
	// guest, and what their profile says is not for the batch to change then; or the account
	// is a member's.
	FollowUpLeftAlone FollowUpState = "left alone"
)

// FollowUpStates returns the states in the order in which reports list them.
func FollowUpStates() []FollowUpState {
	return []FollowUpState{FollowUpDone, FollowUpPending, FollowUpFailed, FollowUpLeftAlone}
}

// Meaning explains the state as the rest of a sentence about the row.
func (s FollowUpState) Meaning() string {
	switch s {
	case FollowUpDone:
		return "has all that it asks for after the invitation"
	case FollowUpPending:
		return "waits for a part of it: the same command goes on"
	case FollowUpFailed:
		return "was refused a part of it, as the column Follow-up says: the same command tries again"
	case FollowUpLeftAlone:
		return "is left as it is in a part of it, as the column Follow-up says"
	}
	return ""
}

// IsUnfinished reports whether a further run has something to do.
func (s FollowUpState) IsUnfinished() bool { return s == FollowUpPending || s == FollowUpFailed }

// FollowUp is one thing that a guest gets after the invitation, and how far it is. All are
// idempotent: one of which it is not known whether it was done is done again.
type FollowUp struct {
	// Address is the row's. With Kind and, for groups and sponsors, Target it tells the
	// follow-up from others.
	Address string
	Kind    FollowUpKind
	// Target is the object id of the group, the manager or the sponsor, "" for a profile;
	// Name is what people call it. Where a cell cannot be used, Target is what it has, or
	// the attribute; where it was not looked up yet, see [FollowUp.IsNamed], the name.
	Target, Name string
	// IsGroup says that a sponsor is a group.
	IsGroup bool
	// Attributes are those that a profile gets.
	Attributes graph.Attributes

	State FollowUpState
	// UserID is the account for which that is so, "" before the first try.
	UserID string
	// Tries counts requests about it. Error says in plain words why it is not done, "" for
	// no reason; RequestID is Graph's id of the latest request, At when it was answered.
	Tries     int
	Error     string
	RequestID string
	At        time.Time
}

// Slot tells follow-ups of one kind from each other: a guest has many groups and sponsors,
// one profile and one manager.
func (f FollowUp) Slot() string {
	if f.Kind == FollowUpManager {
		return ""
	}
	return f.Target
}

// IsNamed reports whether a group or a person is known by the name alone: it was left out
// where they could not be looked up, and nothing can be done before they are.
func (f FollowUp) IsNamed() bool { return f.Kind != FollowUpProfile && !graph.IsObjectID(f.Target) }

// For is the follow-up as it is for an account: what was done for another one is to be done
// again.
func (f FollowUp) For(userID string) FollowUp {
	if f.UserID != "" && !strings.EqualFold(f.UserID, userID) && !f.State.IsUnfinished() {
		f.State, f.Error = FollowUpPending, ""
	}
	return f
}

// Target is a group or a person that a row names.
type Target struct {
	// Name is as the row or the flag has it, or as the tenant knows it; ID is the object
	// id, "" before it was looked up.
	Name, ID string
	// IsGroup says that it is a group.
	IsGroup bool
}

// Wanted is what a row asks for after the invitation.
type Wanted struct {
	Groups     []Target
	Attributes graph.Attributes
	// Manager has no name where none is asked for.
	Manager  Target
	Sponsors []Target
}

// IsZero reports whether the row asks for nothing.
func (w Wanted) IsZero() bool {
	return len(w.Groups)+len(w.Attributes)+len(w.Sponsors) == 0 && w.Manager == Target{}
}

// wishes are what the row asks for one by one, in the order of the steps.
func (w Wanted) wishes() (all []Wish) {
	add := func(f Field, t Target) {
		if t != (Target{}) {
			all = append(all, Wish{f, t.Name, cmp.Or(t.ID, strings.ToLower(t.Name))})
		}
	}
	for _, group := range w.Groups {
		add(Groups, group)
	}
	for _, a := range slices.Sorted(maps.Keys(w.Attributes)) {
		all = append(all, Wish{AttributeField(a), w.Attributes[a], w.Attributes[a]})
	}
	add(Manager, w.Manager)
	for _, sponsor := range w.Sponsors {
		add(Sponsors, sponsor)
	}
	return all
}

// Wish is one thing that a row asks for after the invitation: a field and its value.
type Wish struct {
	Field Field
	Value string

	// target is the same however the value is written.
	target string
}

// of stands for the wish of a guest.
func (w Wish) of(address string) digest {
	return digestOf(address + "\x00" + string(w.Field) + "\x00" + w.target)
}

// FollowUps are what the results say of a row's follow-ups, "" each for a row without any.
type FollowUps struct {
	// Groups names the groups, Profile what is set of the account, each with its state
	// where that is not done.
	Groups, Profile string
	// State is the gravest of the states, with the reason behind a colon.
	State string
}

// Kind is the state without its reason, "" for a row without follow-ups.
func (f FollowUps) Kind() FollowUpState {
	state, _, _ := strings.Cut(f.State, ": ")
	return FollowUpState(strings.TrimSpace(state))
}

// Reason is why the state is not done, "" for no reason.
func (f FollowUps) Reason() string {
	_, reason, _ := strings.Cut(f.State, ": ")
	return reason
}

// SumUp says in plain words how far the follow-ups of an account are.
func SumUp(all []FollowUp, userID string) FollowUps {
	var sum FollowUps
	if len(all) == 0 {
		return sum
	}
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b FollowUp) int {
		return cmp.Or(slices.Index(FollowUpKinds(), a.Kind)-slices.Index(FollowUpKinds(), b.Kind), cmp.Compare(a.Name, b.Name))
	})
	var groups, profile, reasons, left []string
	worst := FollowUpLeftAlone
	for _, f := range all {
		f = f.For(userID)
		said := f.what()
		if f.State != FollowUpDone {
			said += " (" + string(f.State) + ")"
		}
		if f.Kind == FollowUpGroup {
			groups = append(groups, said)
		} else {
			profile = append(profile, said)
		}
		if f.State == FollowUpLeftAlone && f.Error != "" && !slices.Contains(left, f.Error) {
			left = append(left, f.Error)
		}
		switch rank := f.State.rank() - worst.rank(); {
		case rank > 0:
			worst, reasons = f.State, nil
			fallthrough
		case rank == 0:
			if f.Error != "" && !slices.Contains(reasons, f.Error) {
				reasons = append(reasons, f.Error)
			}
		}
	}
	sum.Groups, sum.Profile, sum.State = strings.Join(groups, "; "), strings.Join(profile, "; "), string(worst)
	switch {
	case worst == FollowUpDone && len(left) > 0:
		sum.State += ": the rest is left alone: " + strings.Join(left, "; ")
	case len(reasons) > 0 && worst != FollowUpDone:
		sum.State += ": " + strings.Join(reasons, "; ")
	}
	return sum
}

// rank orders the states, the gravest last.
func (s FollowUpState) rank() int {
	return slices.Index([]FollowUpState{FollowUpLeftAlone, FollowUpDone, FollowUpPending, FollowUpFailed}, s)
}

// what names the follow-up for people.
func (f FollowUp) what() string {
	switch f.Kind {
	case FollowUpGroup:
		return f.Name
	case FollowUpProfile:
		if len(f.Attributes) == 0 {
			return f.Target
		}
		return joinAttributes(f.Attributes)
	case FollowUpManager:
		return "manager " + f.Name
	case FollowUpSponsor:
		return "sponsor " + f.Name
	}
	return string(f.Kind)
}

func joinAttributes(a graph.Attributes) string {
	names := make([]string, 0, len(a))
	for _, name := range a.Names() {
		names = append(names, string(name))
	}
	return strings.Join(names, ", ")
}
