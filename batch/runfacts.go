package batch

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"guestlist/internal/text"
)

// RunTotals are what one run did.
type RunTotals struct {
	// Sent is rows answered in this run, Requests the HTTP requests made for
	// them, Throttled those of them that were answered 429.
	Sent, Requests, Throttled int
	// Waited is how long the rate limit made the run wait, Held how long Microsoft's
	// throttling held everybody, both by the clock on the wall. The journal
	// keeps milliseconds.
	Waited, Held time.Duration
	// Stopped says why the run ended with rows pending, "" when it did not.
	Stopped string
	// Climbed tells how far a rate climbed that does so by itself, "" for any other:
	// "auto: 5/s to 15/s". From then on it is the rate of the [RunFacts].
	Climbed string
}

// RunFacts are what the summary sheet and the closing lines of a run are made of.
type RunFacts struct {
	// Tool is name and version, e.g. "guestlist 0.1.0".
	Tool string
	// Operator is who ran it: the account and host of this machine.
	Operator string
	// SignedInAs is the identity that Microsoft knows: a user principal name, or the
	// name and id of an app; "" when the sign-in did not tell.
	SignedInAs string
	// Tenant is the tenant's id and TenantName its display name, "" when the sign-in
	// did not tell.
	Tenant, TenantName string
	// Batch is what a database calls the batch whose journal it has, "" for a file.
	Batch string
	// Sandbox says that the tenant was simulated: nobody was invited.
	Sandbox bool
	// List is the file that was read, Sheet its sheet ("" for CSV), SHA256 its
	// content in hexadecimal.
	List, Sheet, SHA256 string
	// Read says which columns of the list were read as what, Carried which go along
	// without a meaning.
	Read, Carried string
	// Rate is the rate asked for, e.g. "5/1s", or what became of it, and Workers the requests in flight at most.
	Rate    string
	Workers int
	// Settings are the flags of the run and their values, those that were left
	// at their defaults excepted. They hold no secret.
	Settings map[string]string
	// ClockAhead is how far Graph's clock was ahead of this machine's when the run began.
	ClockAhead time.Duration
	// Started and Ended bound the last run, UTC.
	Started, Ended time.Time
	Counts         Counts
	Totals         RunTotals
}

// Fact is one thing that is known about a run. One of Text and At is set.
type Fact struct {
	Name, Text string
	At         time.Time
}

// Facts says what the last run was, in the order and the words in which every
// report shows it. What is not known is left out.
func (f RunFacts) Facts() []Fact {
	lasted := f.lasted()
	all := []Fact{
		{Name: "Started", At: f.Started},
		{Name: "Ended", At: f.Ended},
		{Name: "Duration", Text: f.duration()},
		{Name: "Stopped early", Text: f.Totals.Stopped},
		{Name: "Run by", Text: f.Operator},
		{Name: "Signed in as", Text: f.SignedInAs},
		{Name: "Tool", Text: f.Tool},
		{Name: "Tenant", Text: f.Tenant},
		{Name: "Tenant name", Text: f.TenantName},
		{Name: "Journal", Text: f.journal()},
		{Name: "List", Text: f.List},
		{Name: "Sheet", Text: f.Sheet},
		{Name: "SHA-256 of the list", Text: f.SHA256},
		{Name: "Columns read", Text: f.Read},
		{Name: "Columns only carried", Text: f.Carried},
		{Name: "Rate limit", Text: f.limit()},
		{Name: "Rate achieved", Text: f.achieved()},
	}
	if waited, held := f.Totals.Waited, f.Totals.Held; lasted >= time.Second && waited+held >= time.Second {
		all = append(all,
			Fact{Name: "Waiting for the rate limit", Text: share(waited, lasted)},
			Fact{Name: "Throttled by Microsoft", Text: share(held, lasted)},
			Fact{Name: "Working", Text: share(lasted-waited-held, lasted)})
	}
	all = append(all, Fact{Name: "Rows answered in this run", Text: text.Thousands(f.Totals.Sent)},
		Fact{Name: "HTTP requests", Text: text.Thousands(f.Totals.Requests)},
		Fact{Name: "of them throttled (429)", Text: text.Thousands(f.Totals.Throttled)})
	if f.Workers > 0 {
		all = append(all, Fact{Name: "Requests in flight at most", Text: text.Thousands(f.Workers)})
	}
	return slices.DeleteFunc(all, func(fact Fact) bool { return fact.Text == "" && fact.At.IsZero() })
}

// journal is where the journal is, where that is not beside the results.
func (f RunFacts) journal() string {
	if f.Batch == "" {
		return ""
	}
	return "the batch " + f.Batch + " in a database"
}

// lasted is how long the run took, 0 where that is not known.
func (f RunFacts) lasted() time.Duration {
	if f.Started.IsZero() || f.Ended.IsZero() {
		return 0
	}
	return f.Ended.Sub(f.Started)
}

func (f RunFacts) duration() string {
	if f.Started.IsZero() || f.Ended.IsZero() {
		return ""
	}
	return text.Duration(f.lasted())
}

// limit is the rate that was asked for, in words where there was none.
func (f RunFacts) limit() string {
	if f.Rate == "0" {
		return "unlimited"
	}
	return f.Rate
}

// achieved is how fast the rows were answered while the run lasted, "" where
// that is not known: runs are timed in whole seconds.
func (f RunFacts) achieved() string {
	lasted := f.lasted()
	if lasted < time.Second || f.Totals.Sent == 0 {
		return ""
	}
	rate, unit := float64(f.Totals.Sent)/lasted.Seconds(), "second"
	if rate < 0.1 {
		rate, unit = rate*60, "minute"
	}
	figure := strconv.FormatFloat(rate, 'g', 2, 64)
	if rate >= 100 {
		figure = text.Thousands(int(rate + 0.5))
	}
	return fmt.Sprintf("%s rows a %s", figure, unit)
}

// share is a part of a time, "" for less than a second.
func share(part, whole time.Duration) string {
	if part < time.Second {
		return ""
	}
	return fmt.Sprintf("%s (%.0f %%)", text.Duration(part), 100*part.Seconds()/whole.Seconds())
}
