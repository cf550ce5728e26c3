package page

import (
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"guestlist/batch"
	"guestlist/internal/text"
)

// head is what the page says before its rows.
type head struct {
	// Title names the page in tabs and lists of files, List the list on it.
	Title, List string
	Sandbox     bool
	Started     time.Time
	Operator    string
	Tenant      string
}

func newHead(s batch.RunFacts) head {
	h := head{Title: "Guest invitations", Sandbox: s.Sandbox, Started: s.Started, Operator: s.Operator, Tenant: s.Tenant}
	if s.List != "" {
		// The list may have been read on another system than the page is made on.
		h.List = path.Base(strings.ReplaceAll(s.List, `\`, "/"))
		h.Title = h.List + " - guest invitations"
	}
	if s.Sandbox {
		h.Title = "SANDBOX: " + h.Title
	}
	return h
}

// body is what the page says after its rows.
type body struct {
	Rows, Gone int
	Statuses   []standing
	// Share is the strip of all rows by status.
	Share strip
	// Groups are the errors, the most frequent first, in front of those that
	// are folded away.
	Groups, MoreGroups []*group
	Domains            []domainLine
	// OtherDomains and OtherRows are what is not in Domains.
	OtherDomains, OtherRows int
	Chart                   *chart
	Facts, Settings         []fact
}

// standing is a status with its count.
type standing struct {
	Status  batch.Status
	At      int
	Rows    int
	Meaning string
}

// meanings explain the states to those who have not read the manual.
var meanings = map[batch.Status]string{
	batch.Invited:     "have an invitation",
	batch.Failed:      "were refused, or the attempts ran out",
	batch.Invalid:     "cannot be sent as they stand in the list",
	batch.Duplicate:   "have an address that an earlier row has",
	batch.Unconfirmed: "got no answer: look at the advice",
	batch.Pending:     "were not tried yet",
}

// strip is a bar of rows by status, Rows wide.
type strip struct {
	Rows  int
	Parts []part
}

// part is a status's share of a strip.
type part struct {
	Status  batch.Status
	X, Rows int
}

// domainLine is a domain with its bar, which is as wide as the largest domain's.
type domainLine struct {
	Name        string
	Rows, Scale int
	// Invited is how many of Rows have an invitation.
	Invited int
	Parts   []part
}

const (
	// shownGroups is how many kinds of error are seen at once; the others unfold.
	shownGroups = 6
	// shownDomains is how many domains are listed, one more line has the rest.
	shownDomains = 10
)

func newBody(t *tally, s batch.RunFacts) body {
	b := body{
		Rows: t.counts.Rows(), Gone: t.gone, Chart: newChart(t),
		Share: strip{Rows: t.counts.Rows(), Parts: parts(t.counts)},
		Facts: facts(s), Settings: settings(s),
	}
	for i, status := range t.statuses {
		b.Statuses = append(b.Statuses, standing{Status: status, At: i, Rows: t.counts[status], Meaning: meanings[status]})
	}
	b.Groups = t.byRows()
	if len(b.Groups) > shownGroups+1 { // not worth unfolding for one
		b.Groups, b.MoreGroups = b.Groups[:shownGroups], b.Groups[shownGroups:]
	}
	b.addDomains(t.byDomain())
	return b
}

func (b *body) addDomains(domains []domain) {
	for i, d := range domains {
		if i >= shownDomains && len(domains) > shownDomains+1 {
			b.OtherDomains++
			b.OtherRows += d.counts.Rows()
			continue
		}
		b.Domains = append(b.Domains, domainLine{
			Name: d.name, Rows: d.counts.Rows(), Scale: domains[0].counts.Rows(),
			Invited: d.counts[batch.Invited], Parts: parts(d.counts),
		})
	}
}

// parts puts the counts of a bar behind each other.
func parts(c batch.Counts) []part {
	var all []part
	x := 0
	for _, status := range batch.Statuses() {
		if rows := c[status]; rows > 0 {
			all = append(all, part{Status: status, X: x, Rows: rows})
			x += rows
		}
	}
	return all
}

// fact is something known about the run. One of Text and At is set.
type fact struct {
	Name, Text string
	At         time.Time
}

// facts says what the last run was; what is not known has no line.
func facts(s batch.RunFacts) []fact {
	took := ""
	if !s.Started.IsZero() && !s.Ended.IsZero() {
		took = spell(int64(s.Ended.Sub(s.Started).Round(time.Second) / time.Second))
	}
	all := []fact{
		{Name: "Started", At: s.Started},
		{Name: "Ended", At: s.Ended},
		{Name: "Duration", Text: took},
		{Name: "Stopped early", Text: s.Totals.Stopped},
		{Name: "Run by", Text: s.Operator},
		{Name: "Tool", Text: s.Tool},
		{Name: "Tenant", Text: s.Tenant},
		{Name: "List", Text: s.List},
		{Name: "Sheet", Text: s.Sheet},
		{Name: "SHA-256 of the list", Text: s.SHA256},
		{Name: "Rate asked for", Text: s.Rate},
		{Name: "Requests in flight at most", Text: positive(s.Workers)},
		{Name: "Rows answered in this run", Text: text.Thousands(s.Totals.Sent)},
		{Name: "HTTP requests", Text: text.Thousands(s.Totals.Requests)},
		{Name: "of them throttled", Text: text.Thousands(s.Totals.Throttled)},
	}
	return slices.DeleteFunc(all, func(f fact) bool { return f.Text == "" && f.At.IsZero() })
}

// settings are the flags of the run by their names.
func settings(s batch.RunFacts) []fact {
	var all []fact
	for _, name := range slices.Sorted(maps.Keys(s.Settings)) {
		all = append(all, fact{Name: name, Text: s.Settings[name]})
	}
	return all
}

// positive writes a count that is known, "" for one that is not.
func positive(n int) string {
	if n <= 0 {
		return ""
	}
	return text.Thousands(n)
}
