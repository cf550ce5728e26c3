package report

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"guestlist/batch"
)

// tally counts records as they pass.
type tally struct {
	status batch.Counts
	// gone is the rows that have left the list; nothing else counts them.
	gone    int
	domains map[string]batch.Counts
	errors  map[string]*failure
}

// failure is the rows that share an error code, with the first one's words.
type failure struct {
	code, example, advice string
	rows                  int
}

// domain is the rows whose addresses share one.
type domain struct {
	name   string
	counts batch.Counts
}

const (
	// maxDomains is how many domains the summary lists; one more line has the rest.
	maxDomains = 1000
	// maxErrors is the same for error codes, of which Graph has a few dozen.
	maxErrors = 200
	// none stands where a row has no domain or an error no code.
	none = "(none)"
	rest = "(other)"
)

func newTally() *tally {
	return &tally{status: make(batch.Counts), domains: map[string]batch.Counts{}, errors: map[string]*failure{}}
}

func (t *tally) add(rec batch.Record) {
	if rec.Line == 0 {
		t.gone++
		return
	}
	o := rec.Outcome
	t.status[o.Status]++
	name := domainOf(o.Address)
	if t.domains[name] == nil {
		t.domains[name] = make(batch.Counts)
	}
	t.domains[name][o.Status]++
	if o.ErrorCode == "" && o.Error == "" {
		return
	}
	code := cmp.Or(o.ErrorCode, none)
	if t.errors[code] == nil {
		t.errors[code] = &failure{code: code, example: o.Error, advice: o.Advice}
	}
	t.errors[code].rows++
}

// domainOf returns what stands behind the last @.
func domainOf(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 || at == len(address)-1 {
		return none
	}
	return address[at+1:]
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

// byError returns the errors with the most rows first.
func (t *tally) byError() []*failure {
	all := slices.SortedFunc(maps.Values(t.errors), func(a, b *failure) int {
		return cmp.Or(b.rows-a.rows, cmp.Compare(a.code, b.code))
	})
	if len(all) <= maxErrors {
		return all
	}
	other := &failure{code: rest}
	for _, e := range all[maxErrors:] {
		other.rows += e.rows
	}
	return append(all[:maxErrors], other)
}
