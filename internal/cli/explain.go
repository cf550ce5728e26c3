package cli

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"guestlist/batch"
	"guestlist/graph"
	"guestlist/graph/auth"
	"guestlist/internal/session"
)

func explainCommand(p *process) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "explain [CODE-OR-TEXT]",
		Short: "Say what an error of the workbook means and what to do",
		Long: `Say what an error means, what it concerns and what to do: by its Error Code in
the workbook, by Graph's own code or status, by the code of a failed sign-in
(AADSTS and a number), by what check counts, or by a piece of Graph's text - a
whole pasted line will do. Without an argument all errors are listed.`,
		Example: `  guestlist explain
  guestlist explain GroupAddress
  guestlist explain "no address"
  guestlist explain "Guest invitations not allowed for your company"`,
		RunE: func(_ *cobra.Command, args []string) error {
			return runExplain(p, args, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return cmd
}

// entraCode finds a code with which Entra refuses a sign-in.
var entraCode = regexp.MustCompile(`(?i)\bAADSTS(\d{1,10})\b`)

func runExplain(p *process, args []string, asJSON bool) error {
	ofRows := slices.Concat(graph.Catalogue(), batch.Codes())
	entries := slices.Concat(ofRows, auth.Codes(), batch.Kinds())
	question := strings.Join(args, " ")
	found := entries
	if len(args) > 0 {
		found = graph.Explain(entries, question)
		if code := entraCode.FindStringSubmatch(question); found == nil && code != nil {
			return session.Usagef("look it up at https://login.microsoftonline.com/error?code="+code[1], "nothing is known about AADSTS%s", code[1])
		}
		if found == nil {
			var known []string
			for _, e := range entries {
				known = append(known, e.Name)
			}
			return session.Usagef("the names are\n"+names(ofRows), "nothing is known about %q%s", question, didYouMean(known, question))
		}
	}
	switch {
	case asJSON:
		return printJSON(p.out, found)
	case len(args) == 0:
		return printIndex(p.out, entries)
	default:
		return printEntries(p.out, found)
	}
}

// perLine is how many names stand on one line.
const perLine = 5

func names(entries []graph.Entry) string {
	var lines []string
	for some := range slices.Chunk(entries, perLine) {
		var line []string
		for _, e := range some {
			line = append(line, e.Name)
		}
		lines = append(lines, strings.Join(line, ", "))
	}
	return strings.Join(lines, ",\n")
}

func printIndex(w io.Writer, entries []graph.Entry) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, e := range entries {
		short, _, _ := strings.Cut(e.Meaning, ". ")
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\n", e.Name, scopeWord(e.Scope), strings.TrimSuffix(short, "."))
	}
	return table.Flush()
}

func printEntries(w io.Writer, entries []graph.Entry) error {
	for i, e := range entries {
		if i > 0 {
			_, _ = fmt.Fprintln(w)
		}
		_, _ = fmt.Fprintln(w, e.Name)
		scope, retry := scopeText(e.Scope), retryText(e.Retry)
		if severity := batch.Kind(e.Name).Severity(); severity != "" {
			scope, retry = severityText(severity), ""
		}
		for _, line := range [][2]string{
			{"Graph says", strings.TrimPrefix(e.Seen+": "+e.Message, ": ")},
			{"meaning", e.Meaning},
			{"scope", scope},
			{"retry", retry},
			{"advice", e.Advice},
			{"source", e.Source},
		} {
			text := strings.TrimSuffix(line[1], ": ")
			if text == "" {
				continue
			}
			if _, err := fmt.Fprintf(w, "  %-10s  %s\n", line[0], text); err != nil {
				return err
			}
		}
	}
	return nil
}

// explained is an entry for programs; its names are a promise.
type explained struct {
	Name     string `json:"name"`
	Scope    string `json:"scope"`
	Retry    string `json:"retry"`
	Access   bool   `json:"access"`
	Attempts int    `json:"attempts"`
	Seen     string `json:"seen"`
	Message  string `json:"message"`
	Meaning  string `json:"meaning"`
	Advice   string `json:"advice"`
	Source   string `json:"source"`
}

func printJSON(w io.Writer, entries []graph.Entry) error {
	all := make([]explained, 0, len(entries))
	for _, e := range entries {
		all = append(all, explained{
			Name: e.Name, Scope: scopeWord(e.Scope), Retry: retryWord(e.Retry), Access: e.Access, Attempts: e.Attempts,
			Seen: e.Seen, Message: e.Message, Meaning: e.Meaning, Advice: e.Advice,
			Source: cmp.Or(e.Source, "guestlist"),
		})
	}
	return writeJSON(w, all)
}

func scopeWord(s graph.Scope) string {
	switch s {
	case graph.ScopeRow:
		return "row"
	case graph.ScopeTenant:
		return "tenant"
	case graph.ScopeUnsure:
	}
	return "unsure"
}

func scopeText(s graph.Scope) string {
	switch s {
	case graph.ScopeRow:
		return "this row; the run goes on"
	case graph.ScopeTenant:
		return "the tenant or the sign-in; the run stops and its rows stay pending"
	case graph.ScopeUnsure:
	}
	return "the tenant, unless other rows were invited"
}

// severityText says what a problem that check finds in a cell means for its row.
func severityText(s batch.Severity) string {
	if s == batch.SeverityWarning {
		return "this row, which is still sent"
	}
	return "this row, which is not sent"
}

func retryWord(r graph.Retry) string {
	switch r {
	case graph.RetryNever:
		return "never"
	case graph.RetryLater:
		return "later"
	case graph.RetryAgain:
	}
	return "again"
}

func retryText(r graph.Retry) string {
	switch r {
	case graph.RetryNever:
		return "never as it stands: the same row gets the same answer"
	case graph.RetryLater:
		return "later, after somebody has acted"
	case graph.RetryAgain:
	}
	return "yes, it may pass by itself"
}
