package cli

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"guestlist/batch/results"
	"guestlist/batch/send"

	prettytext "github.com/jedib0t/go-pretty/v6/text"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/internal/text"
)

// frequentErrors is how many errors the end of a run names.
const frequentErrors = 3

// conclude tells how things stand: as text, or as one JSON object.
func (s *session) conclude(summary batch.RunFacts, stands *standing, stopped error) {
	if s.o.json {
		s.concludeJSON(summary)
		return
	}
	if summary.Sandbox {
		_, _ = fmt.Fprintln(s.out, "SANDBOX: the tenant was simulated, nobody was invited")
	}
	s.concludeCounts(summary.Counts)
	s.concludeErrors(stands)
	t := summary.Totals
	_, _ = fmt.Fprintf(s.out, "\n%s sent with %s, %d throttled, in %s%s\n",
		rows(t.Sent), text.Plural(t.Requests, "request"), t.Throttled, summary.Ended.Sub(summary.Started).Round(time.Second), waiting(t))
	_, _ = fmt.Fprintf(s.out, "results: %s\n", s.results)
	printLines(s.out, "next:    ", s.next(s.meant(summary.Counts), stopped))
}

// waiting tells how much of the time was not work.
func waiting(t batch.RunTotals) string {
	var parts []string
	if t.Waited >= time.Second {
		parts = append(parts, fmt.Sprintf("%s waiting for the pace", t.Waited.Round(time.Second)))
	}
	if t.Held >= time.Second {
		parts = append(parts, fmt.Sprintf("%s because Microsoft said wait", t.Held.Round(time.Second)))
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}

// concludeCounts prints a line for each status that rows have.
func (s *session) concludeCounts(c batch.Counts) {
	for _, status := range batch.Statuses() {
		if n := c[status]; n > 0 {
			_, _ = fmt.Fprintf(s.out, "%8d  %s\n", n, s.painted(status))
		}
	}
	_, _ = fmt.Fprintf(s.out, "%8d  rows", c.Rows())
	if n := s.plan.leftOut.Rows(); n > 0 {
		_, _ = fmt.Fprintf(s.out, ", %d of them left out by %s", n, s.o.choosing())
	}
	_, _ = fmt.Fprintln(s.out)
}

// painted is a status in the colour that the workbook gives it.
func (s *session) painted(status batch.Status) string {
	if !s.coloured(s.out) {
		return string(status)
	}
	switch status {
	case batch.Invited:
		return prettytext.FgGreen.Sprint(status)
	case batch.Failed, batch.Invalid:
		return prettytext.FgRed.Sprint(status)
	case batch.Unconfirmed, batch.Pending:
		return prettytext.FgYellow.Sprint(status)
	case batch.Duplicate:
	}
	return string(status)
}

// concludeErrors names what most rows have to be mended for, and how.
func (s *session) concludeErrors(stands *standing) {
	all := stands.frequent(len(stands.errors))
	if len(all) == 0 {
		return
	}
	_, _ = fmt.Fprintln(s.out)
	for _, f := range all[:min(frequentErrors, len(all))] {
		such := ""
		if f.rows > 1 {
			such = ", for example"
		}
		words := fmt.Sprintf("%s%s: %s", f.code, such, text.Line(f.text))
		_, _ = fmt.Fprintf(s.out, "%8d  %s\n", f.rows, besideCount(words, width(s.out)))
		if f.advice != "" {
			_, _ = fmt.Fprintf(s.out, "          %s\n", besideCount(text.Line(f.advice), width(s.out)))
		}
	}
	if rest := len(all) - frequentErrors; rest > 0 {
		_, _ = fmt.Fprintf(s.out, "          and %s; %s has all\n", text.Plural(rest, "other error"), s.failedRows())
	}
}

// next is the step that helps most now.
func (s *session) next(c batch.Counts, stopped error) string {
	var steps []string
	switch _, blocked := errors.AsType[*send.TenantError](stopped); {
	case c[batch.Pending] == 0:
	case blocked:
		steps = append(steps, fmt.Sprintf("see below what the tenant said; %s wait for the same command:", rows(c[batch.Pending])), s.command(s.verb(), s.path))
	default:
		steps = append(steps, fmt.Sprintf("run the same command again: it sends the %s still pending:", rows(c[batch.Pending])), s.command(s.verb(), s.path))
	}
	if c[batch.Failed]+c[batch.Invalid] > 0 {
		steps = append(steps, s.mend()...)
	}
	if c[batch.Unconfirmed] > 0 {
		steps = append(steps, "see the Advice of unconfirmed rows; --unconfirmed=resend sends them again")
	}
	if c[batch.Invited] > 0 && c[batch.Pending] == 0 {
		steps = append(steps, "hand the links to those who know the guests; they are personal: "+s.handoff())
	}
	if len(steps) == 0 {
		return s.checking() + " tells what is wrong with the rows"
	}
	return strings.Join(steps, "\n")
}

// mend says where rows that failed can be mended: in the list, or in the results
// where these are another file.
func (s *session) mend() []string {
	again := s.command("retry", s.results)
	if sameFile(s.path, s.results) {
		return []string{fmt.Sprintf("see %s; mend those rows and send them again: %s", s.failedRows(), again)}
	}
	place := "the sheet " + resultsSheet // retry reads that one
	if kindOf(s.results) == asCSV {
		place = s.results
	}
	return []string{
		fmt.Sprintf("see %s; mend those rows in %s and run the same command again,", s.failedRows(), s.path),
		fmt.Sprintf("or mend them in %s: %s", place, again),
	}
}

// failedRows is where the results say what went wrong.
func (s *session) failedRows() string {
	if kindOf(s.results) == asCSV {
		return "the column " + results.ColumnError
	}
	return "the sheet Failed"
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
	if verb == s.verb() && file == s.path {
		return s.flags.command(verb, file)
	}
	return s.flags.without("out", "sheet", "limit", "strict", "rows", "where", "encoding", "delimiter").command(verb, file)
}

// handoff is the command that makes the packs, by the column that suits best.
func (s *session) handoff() string {
	flags := given{"by": {cmp.Or(packHeading(s.source.header().Columns), "HEADING")}}
	if columns, mapped := s.flags["map"]; mapped {
		flags["map"] = columns
	}
	return flags.command("handoff", s.results)
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

func (s *session) concludeJSON(summary batch.RunFacts) {
	c, t := summary.Counts, summary.Totals
	_ = json.NewEncoder(s.out).Encode(outcome{ //nolint:errchkjson // seconds are finite, and nobody can be told of a closed pipe
		Rows: c.Rows(), Invited: c[batch.Invited], Failed: c[batch.Failed], Invalid: c[batch.Invalid],
		Duplicate: c[batch.Duplicate], Pending: c[batch.Pending], Unconfirmed: c[batch.Unconfirmed],
		Sent: t.Sent, Requests: t.Requests, Throttled: t.Throttled,
		Seconds: time.Since(s.begun).Round(time.Millisecond).Seconds(), Stopped: t.Stopped,
		Results: s.results, Journal: journal.Path(s.results), Sandbox: summary.Sandbox,
	})
}

// rows counts rows in words.
func rows(n int) string { return text.Plural(n, "row") }
