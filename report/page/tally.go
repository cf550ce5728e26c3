package page

import (
	"cmp"
	"slices"

	"guestlist/batch"
)

// maxGroups is how many kinds of error the page tells apart. Graph has a few
// dozen, and lists have a few ways to be wrong; one more group has the rest.
const maxGroups = 200

// tally counts records as they pass.
type tally struct {
	// statuses are in the order of reports; one that is not known comes last.
	statuses []batch.Status
	counts   batch.Counts
	// gone is the rows that have left the list; the counts do not have them.
	gone    int
	domains map[string]batch.Counts
	groups  []*group
	groupOf map[groupKey]int
	// last is the answers of the last run, all those of every run.
	last, all span
}

// groupKey is what rows of one group share.
type groupKey struct{ code, advice string }

// group is the rows that share an error and its advice.
type group struct {
	// ID is the position by which rows name their group.
	ID int
	// Example is the error of the group's first row.
	Code, Example, Advice string
	Rows                  int
	// idle says that nothing is to be done: all rows are duplicates.
	idle bool
}

// domain is the rows whose addresses share one.
type domain struct {
	name   string
	counts batch.Counts
}

func newTally(s batch.RunFacts) *tally {
	return &tally{
		statuses: batch.Statuses(), counts: make(batch.Counts),
		domains: make(map[string]batch.Counts), groupOf: make(map[groupKey]int),
		last: span{from: s.Started, to: s.Ended},
	}
}

// add counts a record. It returns the positions of its status and of its group
// of errors, -1 for a row without an error.
func (t *tally) add(rec batch.Record) (status, group int) {
	o := rec.Outcome
	t.last.add(o)
	t.all.add(o)
	if rec.Line == 0 {
		t.gone++
		return t.status(o.Status), t.group(o)
	}
	t.counts[o.Status]++
	name := batch.Domain(o.Address)
	if t.domains[name] == nil {
		t.domains[name] = make(batch.Counts)
	}
	t.domains[name][o.Status]++
	return t.status(o.Status), t.group(o)
}

func (t *tally) status(s batch.Status) int {
	at := slices.Index(t.statuses, s)
	if at < 0 {
		at = len(t.statuses)
		t.statuses = append(t.statuses, s)
	}
	return at
}

// group finds or opens the group of a row, and counts it there.
func (t *tally) group(o batch.Outcome) int {
	if o.ErrorCode == "" && o.Error == "" {
		return -1
	}
	key := groupKey{code: o.ErrorCode, advice: o.Advice}
	at, known := t.groupOf[key]
	if !known && len(t.groups) >= maxGroups {
		key = groupKey{code: "other errors"}
		at, known = t.groupOf[key]
	}
	if !known {
		at = len(t.groups)
		t.groupOf[key] = at
		t.groups = append(t.groups, &group{ID: at, Code: cmp.Or(key.code, "no code"), Example: o.Error, Advice: key.advice, idle: true})
	}
	t.groups[at].Rows++
	t.groups[at].idle = t.groups[at].idle && o.Status == batch.Duplicate
	return at
}

// names are the codes of the groups, by their positions.
func (t *tally) names() []string {
	names := make([]string, len(t.groups))
	for i, g := range t.groups {
		names[i] = g.Code
	}
	return names
}

// byRows returns the groups with the most rows first, and at the end those that
// ask for nothing.
func (t *tally) byRows() []*group {
	groups := slices.Clone(t.groups)
	slices.SortStableFunc(groups, func(a, b *group) int {
		if a.idle != b.idle {
			if a.idle {
				return 1
			}
			return -1
		}
		return b.Rows - a.Rows
	})
	return groups
}

// byDomain returns the domains with the most rows first.
func (t *tally) byDomain() []domain {
	all := make([]domain, 0, len(t.domains))
	for name, counts := range t.domains {
		all = append(all, domain{name: name, counts: counts})
	}
	slices.SortFunc(all, func(a, b domain) int {
		return cmp.Or(b.counts.Rows()-a.counts.Rows(), cmp.Compare(a.name, b.name))
	})
	return all
}
