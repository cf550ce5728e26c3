package cli

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"guestlist/batch"
	"guestlist/batch/provider"
)

// judgement is what a check found, without the remarks themselves: there may
// be a million.
type judgement struct {
	forecast

	texts   int            // rows mailed with a text of somebody's own
	domains map[string]int // rows to send
	slips   map[string]int // of them, rows whose domain is likely meant otherwise
	kinds   map[batch.Severity]map[string]int
	doubted int            // rows to send with a warning
	doubts  map[string]int // kinds of those warnings
	flawed  []flaw         // flags that many rows get a warning for
	notices []string
}

func newJudgement() *judgement {
	return &judgement{
		domains: make(map[string]int), slips: make(map[string]int),
		kinds: make(map[batch.Severity]map[string]int), doubts: make(map[string]int), notices: []string{},
	}
}

func (j *judgement) add(step batch.Step, found []finding) {
	j.forecast.add(step)
	for _, f := range found {
		if j.kinds[f.Severity] == nil {
			j.kinds[f.Severity] = make(map[string]int)
		}
		j.kinds[f.Severity][string(f.Kind)]++
	}
	if step.Action == batch.Skip {
		return
	}
	j.doubt(step, found)
	domain := batch.Domain(step.Address)
	j.domains[domain]++
	if slices.ContainsFunc(step.Warnings, func(p batch.Problem) bool { return p.Kind == batch.KindTypo }) {
		j.slips[domain]++
	}
	if info := step.Invitation.MessageInfo; info != nil && info.Body != "" {
		j.texts++
	}
}

// doubt counts the warnings of a row to send.
func (j *judgement) doubt(step batch.Step, found []finding) {
	for _, f := range found {
		j.doubts[string(f.Kind)]++
	}
	if len(found) > 0 {
		j.doubted++
	}
	for _, p := range step.Warnings {
		if p.Default {
			j.blame(p)
		}
	}
}

// meant counts the rows of a status that are not left out.
func (j *judgement) meant(s batch.Status) int { return j.counts[s] - j.leftOut[s] }

// tallied is a word and how often it came up.
type tallied struct {
	name string
	rows int
}

// mostFirst sorts counts for people: the most first.
func mostFirst(counts map[string]int) []tallied {
	all := make([]tallied, 0, len(counts))
	for name, rows := range counts {
		all = append(all, tallied{name, rows})
	}
	slices.SortFunc(all, func(a, b tallied) int {
		return cmp.Or(b.rows-a.rows, cmp.Compare(a.name, b.name))
	})
	return all
}

// mailboxes tells of addresses that belong to a person or to nobody rather
// than to a company.
func (j *judgement) mailboxes() []string {
	kinds := make(map[provider.Kind]map[string]int)
	for domain, rows := range j.domains {
		kind := provider.Of(domain)
		if kinds[kind] == nil {
			kinds[kind] = make(map[string]int)
		}
		if rows -= j.slips[domain]; rows > 0 {
			kinds[kind][domain] = rows
		}
	}
	var notices []string
	if at := kinds[provider.Consumer]; len(at) > 0 {
		notices = append(notices, fmt.Sprintf("%s at consumer mail providers (%s): such a guest keeps the address, and the access, after leaving the company.", addresses(at), listed(at)))
	}
	if at := kinds[provider.Disposable]; len(at) > 0 {
		notices = append(notices, fmt.Sprintf("%s at providers of throw-away mailboxes (%s): ask who these people are before you invite them.", addresses(at), listed(at)))
	}
	return notices
}

func addresses(at map[string]int) string {
	n := 0
	for rows := range maps.Values(at) {
		n += rows
	}
	if n == 1 {
		return "1 address is"
	}
	return fmt.Sprintf("%d addresses are", n)
}

// listed names the first few of many.
func listed(counts map[string]int) string {
	const few = 5
	var names []string
	all := mostFirst(counts)
	for _, t := range all[:min(few, len(all))] {
		names = append(names, fmt.Sprintf("%s %d", t.name, t.rows))
	}
	if rest := len(all) - few; rest > 0 {
		names = append(names, fmt.Sprintf("and %d more", rest))
	}
	return strings.Join(names, ", ")
}
