package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
)

// conclude tells how things stand: as text, or as one JSON object.
func (s *session) conclude(summary batch.Summary, stopped error) {
	if s.o.json {
		s.concludeJSON(summary)
		return
	}
	if summary.Sandbox {
		_, _ = fmt.Fprintln(s.out, "SANDBOX: the tenant was simulated, nobody was invited")
	}
	for _, status := range batch.Statuses() {
		if n := summary.Counts[status]; n > 0 {
			_, _ = fmt.Fprintf(s.out, "%8d  %s\n", n, status)
		}
	}
	_, _ = fmt.Fprintf(s.out, "%8d  rows\n", summary.Counts.Rows())
	t := summary.Tally
	_, _ = fmt.Fprintf(s.out, "\n%s sent with %s, %d throttled, in %s\n",
		rows(t.Sent), count(t.Requests, "request"), t.Throttled, summary.Ended.Sub(summary.Started).Round(time.Second))
	_, _ = fmt.Fprintf(s.out, "results: %s\n", s.results)
	printLines(s.out, "next:    ", s.next(summary.Counts, stopped))
}

// next is the step that helps most now.
func (s *session) next(c batch.Counts, stopped error) string {
	var steps []string
	switch _, blocked := errors.AsType[*batch.TenantError](stopped); {
	case c[batch.Pending] == 0:
	case blocked:
		steps = append(steps, fmt.Sprintf("see below what the tenant said; %s wait for the same command:", rows(c[batch.Pending])), s.command(s.verb(), s.path))
	default:
		steps = append(steps, fmt.Sprintf("run the same command again: it sends the %s still pending:", rows(c[batch.Pending])), s.command(s.verb(), s.path))
	}
	if c[batch.Failed]+c[batch.Invalid] > 0 {
		steps = append(steps,
			fmt.Sprintf("see the sheet Failed; mend those rows in %s and run the same command again,", s.path),
			"or mend them in the workbook: "+s.command("retry", s.results))
	}
	if c[batch.Unconfirmed] > 0 {
		steps = append(steps, "see the Advice of unconfirmed rows; --unconfirmed=resend sends them again")
	}
	if len(steps) == 0 {
		return "hand the links of the sheet Results to your partners: they are personal"
	}
	return strings.Join(steps, "\n")
}

func (s *session) verb() string {
	if s.retry {
		return "retry"
	}
	return "invite"
}

// command is what to type to go on, with the flags of this run. Those that
// choose among rows or files are for the same command alone.
func (s *session) command(verb, file string) string {
	words := []string{"guestlist", verb, quoted(file)}
	for _, name := range slices.Sorted(maps.Keys(s.flags)) {
		other := verb != s.verb() || file != s.path
		if other && slices.Contains([]string{"out", "sheet", "limit", "strict"}, name) {
			continue
		}
		switch value := s.flags[name]; value {
		case "true":
			words = append(words, "--"+name)
		default:
			words = append(words, "--"+name+"="+quoted(value))
		}
	}
	return strings.Join(words, " ")
}

// quoted is a word as a shell takes it.
func quoted(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("./:_-@,+=", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return strconv.Quote(word)
}

// outcome is the summary for programs; its names are a promise.
type outcome struct {
	Rows        int     `json:"rows"`
	Invited     int     `json:"invited"`
	Failed      int     `json:"failed"`
	Invalid     int     `json:"invalid"`
	Duplicate   int     `json:"duplicate"`
	Pending     int     `json:"pending"`
	Unconfirmed int     `json:"unconfirmed"`
	Sent        int     `json:"sent"`
	Requests    int     `json:"requests"`
	Throttled   int     `json:"throttled"`
	Seconds     float64 `json:"seconds"`
	Stopped     string  `json:"stopped"`
	Results     string  `json:"results"`
	Journal     string  `json:"journal"`
	Sandbox     bool    `json:"sandbox"`
}

func (s *session) concludeJSON(summary batch.Summary) {
	c, t := summary.Counts, summary.Tally
	_ = json.NewEncoder(s.out).Encode(outcome{ //nolint:errchkjson // seconds are finite, and nobody can be told of a closed pipe
		Rows: c.Rows(), Invited: c[batch.Invited], Failed: c[batch.Failed], Invalid: c[batch.Invalid],
		Duplicate: c[batch.Duplicate], Pending: c[batch.Pending], Unconfirmed: c[batch.Unconfirmed],
		Sent: t.Sent, Requests: t.Requests, Throttled: t.Throttled,
		Seconds: time.Since(s.begun).Round(time.Millisecond).Seconds(), Stopped: t.Stopped,
		Results: s.results, Journal: journal.Path(s.results), Sandbox: summary.Sandbox,
	})
}

// rows counts rows in words.
func rows(n int) string { return count(n, "row") }

// count gives "1 row" and "2 rows".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
