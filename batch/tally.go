package batch

import (
	"cmp"
	"iter"
	"slices"
	"time"
)

// Counts are rows of the list by status. A row that has left the list does not count.
type Counts map[Status]int

// Rows returns how many rows the counts add up to.
func (c Counts) Rows() int {
	n := 0
	for _, rows := range c {
		n += rows
	}
	return n
}

const (
	// MaxErrorGroups is how many errors a [Tally] tells apart: Graph has a few
	// dozen, and lists have a few ways to be wrong. One more group has the rest.
	MaxErrorGroups = 200
	// OtherErrors is the code of that group.
	OtherErrors = "(other)"
	// NoCode is the code of an error without one.
	NoCode = "(none)"
	// NoDomain is the domain of an address without one.
	NoDomain = "(none)"
	// MaxDomains is how many domains are told apart: a list of partners has some
	// hundred, and a list with a domain in each row must not fill the memory.
	MaxDomains = 50_000
	// OtherDomains has the rows of all other domains.
	OtherDomains = "(other)"
)

// CountedDomain is the domain under which an address counts beside those that are counted.
func CountedDomain[Count any](counted map[string]Count, address string) string {
	domain := cmp.Or(Domain(address), NoDomain)
	if _, known := counted[domain]; !known && len(counted) >= MaxDomains {
		return OtherDomains
	}
	return domain
}

// Tally counts results as they pass: the terminal, the workbook, the page and the
// packages all show this one count.
type Tally struct {
	Counts Counts
	// Left is the rows that have left the list; nothing else counts them. LeftInvited is
	// those of them whose invitation was not taken back, and LeftFirst the addresses of the
	// first of these. NotInList are those of them who are not in the list itself, see
	// [Record.NotInList].
	Left, LeftInvited, NotInList int
	LeftFirst                    []string
	// Existing is the rows of that status by what the tenant has the person as.
	Existing map[ExistingKind]int
	// Guests is the rows of which the directory was read since the invitation, by what it
	// said, and AsOf when the latest of these readings was, zero for none. With Unread, the
	// rows of a guest who was not read yet, they are all rows that have a guest.
	Guests map[GuestState]int
	Unread int
	AsOf   time.Time
	// FollowUps is the rows with follow-ups by the gravest state of these, FollowUpReasons
	// those that are unfinished, or left alone in a part, by why that is so, as far as it is
	// known; bounded like errors.
	FollowUps       map[FollowUpState]int
	FollowUpReasons map[string]int

	domains map[string]Counts
	groups  []*ErrorGroup
	groupOf map[errorKey]*ErrorGroup
}

// ErrorGroup is the rows that share an error and are fixed in one way.
type ErrorGroup struct {
	// ID is the group's place among all, in the order in which they came, from 0.
	ID int
	// Code and Advice are what the rows share, Example is the error of the first.
	Code, Example, Advice string
	Rows                  int
	// Settled says that nothing is to be done: all rows are duplicates.
	Settled bool
}

// errorKey is what the rows of a group share.
type errorKey struct{ code, advice string }

// DomainCounts is the rows whose addresses share a domain.
type DomainCounts struct {
	Name   string
	Counts Counts
}

// NewTally makes an empty one.
func NewTally() *Tally {
	return &Tally{Counts: make(Counts), Existing: make(map[ExistingKind]int), Guests: make(map[GuestState]int), FollowUps: make(map[FollowUpState]int), FollowUpReasons: make(map[string]int), domains: make(map[string]Counts), groupOf: make(map[errorKey]*ErrorGroup)}
}

// maxLeftFirst is how many of those who have left the list are named.
const maxLeftFirst = 3

// Add counts a record. It returns the group of its error, nil for a row without one.
func (t *Tally) Add(rec Record) *ErrorGroup {
	o := rec.Outcome
	group := t.group(o)
	if rec.Line == 0 {
		t.addLeft(rec)
		return group
	}
	t.Counts[o.Status]++
	if o.Status == Existing {
		t.Existing[o.Existing]++
	}
	t.addGuest(rec)
	t.addFollowUps(rec.FollowUps)
	domain := CountedDomain(t.domains, o.Address)
	if t.domains[domain] == nil {
		t.domains[domain] = make(Counts)
	}
	t.domains[domain][o.Status]++
	if group != nil {
		group.Rows++
		group.Settled = group.Settled && o.Status == Duplicate
	}
	return group
}

// addLeft counts a row that has left the list.
func (t *Tally) addLeft(rec Record) {
	t.Left++
	o := rec.Outcome
	if o.Status != Invited && o.Status != Unconfirmed {
		return
	}
	if rec.NotInList {
		t.NotInList++
	}
	if t.LeftInvited++; t.LeftInvited <= maxLeftFirst {
		t.LeftFirst = append(t.LeftFirst, o.Address)
	}
}

// addGuest counts what the directory said of a record's guest.
func (t *Tally) addGuest(rec Record) {
	switch {
	case !rec.Outcome.IsFollowed():
	case rec.Guest.State == "":
		t.Unread++
	default:
		t.Guests[rec.Guest.State]++
		if rec.Guest.At.After(t.AsOf) {
			t.AsOf = rec.Guest.At
		}
	}
}

// addFollowUps counts how far the follow-ups of a record are.
func (t *Tally) addFollowUps(f FollowUps) {
	if f.State == "" {
		return
	}
	state, reason := f.Kind(), f.Reason()
	t.FollowUps[state]++
	if _, known := t.FollowUpReasons[reason]; reason != "" && (known || len(t.FollowUpReasons) < MaxErrorGroups) {
		t.FollowUpReasons[reason]++
	}
}

// Unfinished is how many rows have follow-ups that a further run has to go on with.
func (t *Tally) Unfinished() int { return t.FollowUps[FollowUpPending] + t.FollowUps[FollowUpFailed] }

// Counting passes records on and counts them.
func (t *Tally) Counting(records iter.Seq2[Record, error]) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for rec, err := range records {
			if err == nil {
				t.Add(rec)
			}
			if !yield(rec, err) {
				return
			}
		}
	}
}

// group finds or opens the group of an outcome. What comes when there are too
// many shares the last one.
func (t *Tally) group(o Outcome) *ErrorGroup {
	if o.ErrorCode == "" && o.Error == "" {
		return nil
	}
	key, example := errorKey{cmp.Or(o.ErrorCode, NoCode), o.Advice}, o.Error
	if t.groupOf[key] == nil && len(t.groups) >= MaxErrorGroups {
		key, example = errorKey{code: OtherErrors}, ""
	}
	if t.groupOf[key] == nil {
		g := &ErrorGroup{ID: len(t.groups), Code: key.code, Example: example, Advice: key.advice, Settled: true}
		t.groupOf[key], t.groups = g, append(t.groups, g)
	}
	return t.groupOf[key]
}

// Groups returns the groups by their ID, also those whose rows have all left the list.
func (t *Tally) Groups() []*ErrorGroup { return slices.Clone(t.groups) }

// Errors returns the groups that have rows, those with the most first; at the end
// those that ask for nothing, and those that are not told apart.
func (t *Tally) Errors() []*ErrorGroup {
	all := slices.DeleteFunc(t.Groups(), func(g *ErrorGroup) bool { return g.Rows == 0 })
	slices.SortFunc(all, func(a, b *ErrorGroup) int {
		return cmp.Or(cmp.Compare(a.last(), b.last()), b.Rows-a.Rows, cmp.Compare(a.Code, b.Code), cmp.Compare(a.Advice, b.Advice))
	})
	return all
}

// last says how far down a group belongs, whatever its rows.
func (g *ErrorGroup) last() int {
	switch {
	case g.Code == OtherErrors:
		return 2
	case g.Settled:
		return 1
	default:
		return 0
	}
}

// Domains returns the domains with the most rows first.
func (t *Tally) Domains() []DomainCounts {
	all := make([]DomainCounts, 0, len(t.domains))
	for name, counts := range t.domains {
		all = append(all, DomainCounts{Name: name, Counts: counts})
	}
	slices.SortFunc(all, func(a, b DomainCounts) int {
		return cmp.Or(b.Counts.Rows()-a.Counts.Rows(), cmp.Compare(a.Name, b.Name))
	})
	return all
}
