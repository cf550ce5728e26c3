package page

import (
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"guestlist/batch"
)

// head is what the page says before its rows.
type head struct {
	// Title names the page in tabs and file managers, List is the list's name.
	Title, List string
	Sandbox     bool
	Started     time.Time
	Operator    string
	Tenant      string
}

func newHead(s batch.RunFacts) head {
	h := head{Title: "Guest invitations", Sandbox: s.Sandbox, Started: s.Started, Operator: s.Operator, Tenant: s.Tenant}
	if s.List != "" {
		// The run may have been on Windows and the page is made elsewhere.
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
	// Attention says that of the rows only those that need attention are on the page,
	// which are Shown.
	Attention bool
	Shown     int
	Statuses  []statusLine
	// Guests are the states of guests that rows have, as the directory was at AsOf; none
	// where it was not read since the invitations.
	Guests []guestLine
	AsOf   time.Time
	// FollowUps are the states of what guests get after the invitation, none where they get
	// nothing.
	FollowUps []followUpLine
	// Share is the bar of all rows by status.
	Share shareBar
	// Groups are the errors, the most frequent first; MoreGroups are folded away.
	Groups, MoreGroups []*batch.ErrorGroup
	Domains            []domainLine
	// OtherDomains and OtherRows count what is not in Domains.
	OtherDomains, OtherRows int
	Chart                   *chart
	Facts, Settings         []batch.Fact
	// NoLinks says that the links are left out.
	NoLinks bool
}

// statusLine is a status with its count and its position in the lists.
type statusLine struct {
	Status  batch.Status
	At      int
	Rows    int
	Meaning string
}

// guestLine is a state of guests with its count.
type guestLine struct {
	State   batch.GuestState
	Rows    int
	Meaning string
}

// followUpLine is a state of follow-ups with its count.
type followUpLine struct {
	State   batch.FollowUpState
	Rows    int
	Meaning string
}

// shareBar is a bar of rows by status, Rows wide.
type shareBar struct {
	Rows  int
	Parts []part
}

// part is one status's share of a bar.
type part struct {
	Status  batch.Status
	X, Rows int
}

// domainLine is a domain with its bar, drawn to the scale of the largest domain.
type domainLine struct {
	Name        string
	Rows, Scale int
	// Invited counts the rows that have an invitation.
	Invited int
	Parts   []part
}

const (
	// shownGroups is how many kinds of error are shown at once; the others unfold.
	shownGroups = 6
	// shownDomains is how many domains are listed; one more line has the rest.
	shownDomains = 10
)

func newBody(r *rows, facts batch.RunFacts) body {
	counts := r.tally.Counts
	b := body{
		Rows: counts.Rows(), Gone: r.tally.Left, Attention: r.attentionOnly, Shown: r.written, Chart: r.timeline.chart(),
		Share: shareBar{Rows: counts.Rows(), Parts: parts(counts)},
		Facts: facts.Facts(), Settings: settings(facts), NoLinks: r.noLinks,
	}
	for i, status := range r.statuses {
		if status == batch.Removed && counts[status] == 0 {
			continue // it is rare, and one more than stand beside each other
		}
		b.Statuses = append(b.Statuses, statusLine{Status: status, At: i, Rows: counts[status], Meaning: status.Meaning()})
	}
	b.AsOf = r.tally.AsOf
	for _, state := range batch.GuestStates() {
		if n := r.tally.Guests[state]; n > 0 {
			b.Guests = append(b.Guests, guestLine{State: state, Rows: n, Meaning: state.Meaning()})
		}
	}
	for _, state := range batch.FollowUpStates() {
		if n := r.tally.FollowUps[state]; n > 0 {
			b.FollowUps = append(b.FollowUps, followUpLine{State: state, Rows: n, Meaning: state.Meaning()})
		}
	}
	b.Groups = r.tally.Errors()
	if len(b.Groups) > shownGroups+1 { // not worth unfolding for one
		b.Groups, b.MoreGroups = b.Groups[:shownGroups], b.Groups[shownGroups:]
	}
	b.addDomains(r.tally.Domains())
	return b
}

func (b *body) addDomains(domains []batch.DomainCounts) {
	for i, d := range domains {
		if i >= shownDomains && len(domains) > shownDomains+1 {
			b.OtherDomains++
			b.OtherRows += d.Counts.Rows()
			continue
		}
		b.Domains = append(b.Domains, domainLine{
			Name: d.Name, Rows: d.Counts.Rows(), Scale: domains[0].Counts.Rows(),
			Invited: d.Counts[batch.Invited], Parts: parts(d.Counts),
		})
	}
}

// parts puts the counts of a bar next to each other.
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

// settings are the flags of the run, sorted by name.
func settings(facts batch.RunFacts) []batch.Fact {
	var all []batch.Fact
	for _, name := range slices.Sorted(maps.Keys(facts.Settings)) {
		all = append(all, batch.Fact{Name: name, Text: facts.Settings[name]})
	}
	return all
}
