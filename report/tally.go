package report

import (
	"cmp"
	"maps"
	"slices"

	"guestlist/batch"
)

// tally counts records as they pass.
type tally struct {
	status batch.Counts
	// gone is the rows that have left the list; nothing else counts them.
	gone    int
	domains map[string]batch.Counts
	errors  map[fault]*failure
}

// fault is what the rows of one group share.
type fault struct{ code, advice string }

// failure is the rows that share a fault, with the first one's words.
type failure struct {
	fault

	example string
	rows    int
	// idle says that nothing is to be done: all rows are duplicates.
	idle bool
}

// domain is the rows whose addresses share one.
type domain struct {
	name   string
	counts batch.Counts
}

const (
	// maxDomains is how many domains the summary lists; one more line has the rest.
	maxDomains = 1000
	// maxErrors is the same for errors, of which Graph has a few dozen and lists
	// have a few ways to be wrong.
	maxErrors = 200
	// none stands where a row has no domain or an error no code.
	none = "(none)"
	rest = "(other)"
)

func newTally() *tally {
	return &tally{status: make(batch.Counts), domains: map[string]batch.Counts{}, errors: map[fault]*failure{}}
}

func (t *tally) add(rec batch.Record) {
	if rec.Line == 0 {
		t.gone++
		return
	}
	o := rec.Outcome
	t.status[o.Status]++
	name := cmp.Or(batch.Domain(o.Address), none)
	if t.domains[name] == nil {
		t.domains[name] = make(batch.Counts)
	}
	t.domains[name][o.Status]++
	if o.ErrorCode == "" && o.Error == "" {
		return
	}
	e := t.failure(fault{code: cmp.Or(o.ErrorCode, none), advice: o.Advice}, o.Error)
	e.rows++
	e.idle = e.idle && o.Status == batch.Duplicate
}

// failure finds or opens the line of a fault. What comes when there are
// too many shares the last one.
func (t *tally) failure(of fault, example string) *failure {
	if t.errors[of] == nil && len(t.errors) >= maxErrors {
		of, example = fault{code: rest}, ""
	}
	if t.errors[of] == nil {
		t.errors[of] = &failure{fault: of, example: example, idle: true}
	}
	return t.errors[of]
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
	if len(all) <= maxDomains {
		return all
	}
	other := domain{name: rest, counts: make(batch.Counts)}
	for _, d := range all[maxDomains:] {
		for status, rows := range d.counts {
			other.counts[status] += rows
		}
	}
	return append(all[:maxDomains], other)
}

// byError returns the errors with the most rows first, and at the end those
// that ask for nothing and those that are not told apart.
func (t *tally) byError() []*failure {
	return slices.SortedFunc(maps.Values(t.errors), func(a, b *failure) int {
		return cmp.Or(cmp.Compare(a.last(), b.last()), b.rows-a.rows, cmp.Compare(a.code, b.code), cmp.Compare(a.advice, b.advice))
	})
}

// last says how far down an error belongs, whatever its rows.
func (f *failure) last() int {
	switch {
	case f.code == rest:
		return 2
	case f.idle:
		return 1
	default:
		return 0
	}
}
