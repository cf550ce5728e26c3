package batch

import "time"

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

// Tally is what one run did.
type Tally struct {
	// Sent is rows answered in this run, Requests the HTTP requests made for
	// them, Throttled those of them that were answered 429.
	Sent, Requests, Throttled int
	// Waited is how long the pace made the run wait, Held how long Microsoft's
	// throttling held everybody, both by the clock on the wall. The journal
	// keeps milliseconds.
	Waited, Held time.Duration
	// Stopped says why the run ended with rows pending, "" when it did not.
	Stopped string
}

// Summary is what the summary sheet and the closing lines of a run are made of.
type Summary struct {
	// Tool is name and version, e.g. "guestlist 0.1.0".
	Tool string
	// Operator is who ran it: the account and host of this machine.
	Operator string
	// Tenant is the tenant's id, "" when the sign-in did not tell.
	Tenant string
	// Sandbox says that the tenant was simulated: nobody was invited.
	Sandbox bool
	// List is the file that was read, Sheet its sheet ("" for CSV), SHA256 its
	// content in hexadecimal.
	List, Sheet, SHA256 string
	// Rate is the pace asked for, e.g. "5/1s", and Workers the requests in flight at most.
	Rate    string
	Workers int
	// Settings are the flags of the run and their values, those that were left
	// at their defaults excepted. They hold no secret.
	Settings map[string]string
	// Started and Ended bound the last run, UTC.
	Started, Ended time.Time
	Counts         Counts
	Tally          Tally
}
