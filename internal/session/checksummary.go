package session

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"guestlist/batch"
	"guestlist/batch/provider"
	"guestlist/internal/shell"
	"guestlist/internal/text"
)

// CheckSummary is what a check found, without the findings themselves: there may
// be a million.
type CheckSummary struct {
	Forecast

	// WithMessage is rows that are emailed with a text of their own or a template's.
	WithMessage int
	// Kinds are all findings by severity and kind.
	Kinds map[batch.Severity]map[batch.Kind]int
	// Splittable are the rows with several addresses in the cell of the guest's own, of
	// which each can be made a row.
	Splittable int
	// Warnings are the kinds of warnings of rows to send.
	Warnings map[batch.Kind]int

	defaults []defaultWarning
}

// defaultWarning is a default that is worth a look: one thing to say, however many
// rows get the value.
type defaultWarning struct {
	batch.Problem

	rows int
}

// NewCheckSummary makes an empty one.
func NewCheckSummary() *CheckSummary {
	return &CheckSummary{
		Kinds: make(map[batch.Severity]map[batch.Kind]int), Warnings: make(map[batch.Kind]int),
	}
}

// Add counts a row with what was found in it.
func (c *CheckSummary) Add(step batch.Step, found []batch.Problem) {
	c.Forecast.Add(step)
	for _, p := range found {
		if c.Kinds[p.Severity] == nil {
			c.Kinds[p.Severity] = make(map[batch.Kind]int)
		}
		c.Kinds[p.Severity][p.Kind]++
		if p.Kind == batch.KindSeveralAddresses && p.Field == batch.Email {
			c.Splittable++
		}
	}
	if step.Action == batch.Skip {
		return
	}
	for _, p := range found {
		c.Warnings[p.Kind]++
	}
	for _, p := range step.Warnings {
		if p.Default {
			c.countDefault(p)
		}
	}
	if info := step.Invitation.MessageInfo; info != nil && info.Body != "" {
		c.WithMessage++
	}
}

// countDefault counts a row for the default whose value it gets.
func (c *CheckSummary) countDefault(p batch.Problem) {
	for i := range c.defaults {
		if c.defaults[i].Field == p.Field && c.defaults[i].Kind == p.Kind {
			c.defaults[i].rows++
			return
		}
	}
	c.defaults = append(c.defaults, defaultWarning{p, 1})
}

// DefaultWarnings tells of defaults that are worth a look, in the order in which
// they were met. Flag names what gives a field its default.
func (c *CheckSummary) DefaultWarnings(flag func(batch.Field) string) []string {
	var notices []string
	for _, d := range c.defaults {
		name := flag(d.Field)
		if d.Value != "" {
			name += " " + shell.Quote(d.Value)
		}
		notices = append(notices, fmt.Sprintf("%s %s (%s to send). %s", name, d.What, text.Plural(d.rows, "row"), d.Advice))
	}
	return notices
}

// Counted is a word and how often it came up.
type Counted[Name ~string] struct {
	Name Name
	Rows int
}

// MostFirst sorts counts for people: the most first.
func MostFirst[Name ~string](counts map[Name]int) []Counted[Name] {
	all := make([]Counted[Name], 0, len(counts))
	for name, rows := range counts {
		all = append(all, Counted[Name]{name, rows})
	}
	slices.SortFunc(all, func(a, b Counted[Name]) int {
		return cmp.Or(b.Rows-a.Rows, cmp.Compare(a.Name, b.Name))
	})
	return all
}

// Mailboxes tells of addresses that belong to a private person, or to no one for
// long, rather than to a company.
func (c *CheckSummary) Mailboxes() []string {
	kinds := make(map[provider.Kind]map[string]int)
	for domain, rows := range c.Domains {
		kind := provider.Of(domain)
		if kinds[kind] == nil {
			kinds[kind] = make(map[string]int)
		}
		if rows -= c.typos[domain]; rows > 0 {
			kinds[kind][domain] = rows
		}
	}
	var notices []string
	if at := kinds[provider.Consumer]; len(at) > 0 {
		notices = append(notices, fmt.Sprintf("%s at consumer mail providers (%s): such a guest keeps the address, and the access, after leaving the company.", addresses(at), Listed(at)))
	}
	if at := kinds[provider.Disposable]; len(at) > 0 {
		notices = append(notices, fmt.Sprintf("%s at providers of throw-away mailboxes (%s): ask who these people are before you invite them.", addresses(at), Listed(at)))
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

// Listed names the first few of many.
func Listed[Name ~string](counts map[Name]int) string {
	const few = 5
	var names []string
	all := MostFirst(counts)
	for _, t := range all[:min(few, len(all))] {
		names = append(names, fmt.Sprintf("%s %d", t.Name, t.Rows))
	}
	if rest := len(all) - few; rest > 0 {
		names = append(names, fmt.Sprintf("and %d more", rest))
	}
	return strings.Join(names, ", ")
}
