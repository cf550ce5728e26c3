package cli

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"guestlist/batch"
	"guestlist/batch/results"
	"guestlist/graph"
	"guestlist/graph/auth"
	"guestlist/internal/session"
	"guestlist/internal/shell"
	"guestlist/internal/text"
)

func explainCommand(p *process) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "explain [CODE-OR-TEXT]",
		Short: "Say what an error of the workbook means and what to do",
		Long: `Say what an error or a word of the results means, what it concerns and what to
do: by its Error Code in the workbook, by Graph's own code or status, by the
code of a failed sign-in (AADSTS and a number), by what check counts, by a
status, by an exit code, or by a piece of Graph's text - a whole pasted line
will do. Other words are searched for in all explanations. Without an argument
all of them are listed.`,
		Example: `  guestlist explain GroupAddress
  guestlist explain AADSTS7000222
  guestlist explain unconfirmed
  guestlist explain exit code 3
  guestlist explain "Guest invitations not allowed for your company"
  guestlist explain certificate expired`,
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
	parts := []explainedPart{
		{"Microsoft Graph's answers, and what guestlist says of a row, by Error Code", slices.Concat(graph.Catalogue(), batch.Codes())},
		{"Failed sign-ins", auth.Codes()},
		{"What check finds", batch.Kinds()},
		{"The columns Status, Guest State and Link State", stateEntries()},
		{"The columns of the results, and the words of Invitation Status", columnEntries()},
		{"How a command ended", exitEntries()},
	}
	var entries []graph.Entry
	for _, part := range parts {
		entries = append(entries, part.entries...)
	}
	searched := slices.DeleteFunc(slices.Clone(entries), isColumn)
	question := strings.Join(args, " ")
	found := entries
	if len(args) > 0 {
		if found = columnEntry(entries, question); found == nil {
			found = graph.Explain(searched, question)
		}
		if exitNumber.MatchString(question) {
			found = exitEntry(question)
		}
		if code := entraCode.FindStringSubmatch(question); found == nil && code != nil {
			return session.Usagef("look it up at https://login.microsoftonline.com/error?code="+code[1], "nothing is known about AADSTS%s", code[1])
		}
		if found == nil {
			var known []string
			for _, e := range entries {
				known = append(known, e.Name)
			}
			return session.Usagef("try other words, or see all that is known:\nguestlist explain", "nothing is known about %q%s", question, didYouMean(known, question))
		}
	}
	switch {
	case asJSON:
		return printJSON(p.out, found)
	case len(args) == 0:
		return p.printIndex(parts, "guestlist explain")
	case len(found) > manyAnswers:
		return p.printIndex([]explainedPart{{fmt.Sprintf("%s are about that; name one of them:", text.Plural(len(found), "explanation")), found}}, "guestlist explain "+shell.Quote(question))
	default:
		return printEntries(p.out, found)
	}
}

// explainedPart is a part of what can be explained.
type explainedPart struct {
	title   string
	entries []graph.Entry
}

// manyAnswers is how many explanations are too many to print.
const manyAnswers = 6

// exitNumber is a question for an exit code. A number alone is one where no status of HTTP
// is so small.
var exitNumber = regexp.MustCompile(`^exit (?:code |status )?\d+$|^(?:\d|130)$`)

// exitEntry is the explanation of an exit code, nil where there is none.
func exitEntry(question string) []graph.Entry {
	number := question[strings.LastIndex(question, " ")+1:]
	for _, e := range exitEntries() {
		if e.Name == "exit code "+number {
			return []graph.Entry{e}
		}
	}
	return nil
}

// stateEntries explain the words of the columns.
func stateEntries() []graph.Entry {
	var entries []graph.Entry
	for _, s := range batch.Statuses() {
		entries = append(entries, graph.Entry{Name: string(s), Meaning: "The row " + s.Meaning() + ".", Advice: s.Advice(), Source: "Status"})
	}
	for _, s := range batch.GuestStates() {
		entries = append(entries, graph.Entry{Name: string(s), Meaning: "The guest " + s.Meaning() + ".", Source: "Guest State"})
	}
	for _, s := range batch.LinkStates() {
		entries = append(entries, graph.Entry{Name: string(s), Meaning: "The link " + s.Meaning() + ".", Advice: s.Advice(), Source: "Link State"})
	}
	return entries
}

// ofResults is the source of what is said of a column.
const ofResults = "the results"

// columnEntries explain the columns of the results, and what Microsoft says in Invitation
// Status. They are found by the whole name alone: in an error, "error" is no column.
func columnEntries() []graph.Entry {
	var entries []graph.Entry
	for _, about := range [][2]string{
		{results.ColumnStatus, "Where the row is: invited, existing, failed, invalid, duplicate, unconfirmed, pending or removed."},
		{results.ColumnRedeemURL, "The personal link with which the guest accepts the invitation."},
		{results.ColumnLinkState, "Whether the link works: live, missing, uncertain or replaced."},
		{results.ColumnGuestState, "What the tenant said of the guest when guestlist status read it last."},
		{results.ColumnAcceptedAt, "When the guest accepted the invitation, as the tenant has it."},
		{results.ColumnGuestAsOf, "When the tenant was read for Guest State."},
		{results.ColumnGroups, "The groups that the guest gets after the invitation, each with its state where that is not done."},
		{results.ColumnProfile, "What is set of the guest's account after the invitation: attributes, manager, sponsors."},
		{results.ColumnFollowUp, "How far the steps after the invitation are, and why one is not done. The command that invited goes on with them."},
		{results.ColumnUserID, "The object id of the guest's account in the tenant."},
		{results.ColumnInvitationStatus, "Microsoft's own word for the invitation, as it was when the answer came. Guest State has what became of it."},
		{results.ColumnErrorCode, "What went wrong, in a word that guestlist explain knows."},
		{results.ColumnError, "What went wrong, in Microsoft's words or guestlist's."},
		{results.ColumnAdvice, "What to do about the row."},
		{results.ColumnAttempts, "How many requests were sent for the row."},
		{results.ColumnInvitedAt, "When Microsoft made the invitation."},
		{results.ColumnAnsweredAt, "When the answer to the row's last request came."},
		{results.ColumnRequestID, "Microsoft's id of the request, for a support case."},
		{results.ColumnClientRequestID, "guestlist's id of the request, for a support case."},
		{results.ColumnSourceRow, "The row of the list that this row was read from."},
		{results.ColumnRowKey, "Hidden: it says whose row it is, whatever is changed in the other columns."},
	} {
		entries = append(entries, graph.Entry{Name: about[0], Meaning: about[1], Source: ofResults})
	}
	for _, about := range [][2]string{
		{graph.StatePending, "The guest was invited and had not accepted when the answer came, which is how nearly every invitation begins."},
		{"InProgress", "Microsoft was still at work on the invitation when the answer came."},
		{"Completed", "The guest had accepted already when the answer came."},
		{graph.StatusError, "Microsoft took the invitation and gave it this status, without an explanation; the row is failed."},
	} {
		entries = append(entries, graph.Entry{Name: about[0], Meaning: about[1], Source: results.ColumnInvitationStatus})
	}
	return entries
}

// isColumn reports whether an entry is one of columnEntries.
func isColumn(e graph.Entry) bool {
	return e.Source == ofResults || e.Source == results.ColumnInvitationStatus
}

// columnEntry is what is said under the name of a column, with others of that name; nil
// where no column has it.
func columnEntry(entries []graph.Entry, question string) []graph.Entry {
	question = text.Trim(question)
	column, _ := results.Column(question)
	isNamed := func(e graph.Entry) bool {
		return e.Name == column || strings.EqualFold(e.Name, question) || strings.EqualFold(strings.TrimSuffix(e.Name, " (UTC)"), question)
	}
	found := slices.DeleteFunc(slices.Clone(entries), func(e graph.Entry) bool { return !isNamed(e) })
	if !slices.ContainsFunc(found, isColumn) {
		return nil
	}
	return found
}

// exitEntries explain the exit codes, the longest first: 130 begins as 1 does.
func exitEntries() []graph.Entry {
	var entries []graph.Entry
	for _, code := range exitCodes() {
		name := fmt.Sprintf("exit code %d", code.code)
		entries = append(entries, graph.Entry{
			Name: name, Texts: []string{name, fmt.Sprintf("exit status %d", code.code)}, Meaning: code.meaning, Advice: upperFirst(code.next),
		})
	}
	slices.Reverse(entries)
	return entries
}

// upperFirst makes a sentence of what follows "Next:".
func upperFirst(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// isWord reports whether an entry explains a word and no error: it has no scope, and its
// source is a column.
func isWord(e graph.Entry) bool {
	has := func(known graph.Entry) bool { return known.Name == e.Name && known.Source == e.Source }
	return isColumn(e) || slices.ContainsFunc(stateEntries(), has) || slices.ContainsFunc(exitEntries(), has)
}

// printIndex has a line for each entry, folded on a terminal.
func (p *process) printIndex(parts []explainedPart, command string) error {
	widest := 0
	for _, part := range parts {
		for _, e := range part.entries {
			widest = max(widest, len(e.Name))
		}
	}
	var b strings.Builder
	for i, part := range parts {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintln(&b, part.title)
		for _, e := range part.entries {
			short, _, _ := strings.Cut(e.Meaning, ". ")
			head := fmt.Sprintf("  %-*s  ", widest, e.Name)
			fmt.Fprintf(&b, "%s%s\n", head, beside(strings.TrimSuffix(short, "."), len(head), width(p.out)))
		}
	}
	p.printLong(p.out, b.String(), command)
	return nil
}

func printEntries(w *os.File, entries []graph.Entry) error {
	for i, e := range entries {
		if i > 0 {
			_, _ = fmt.Fprintln(w)
		}
		_, _ = fmt.Fprintln(w, e.Name)
		source := [2]string{"source", e.Source}
		scope, retry := scopeText(e.Scope), retryText(e.Retry)
		if isWord(e) {
			scope, retry, source[0] = "", "", "column"
		}
		if severity := batch.Kind(e.Name).Severity(); severity != "" {
			scope, retry = severityText(severity), ""
		}
		for _, line := range [][2]string{
			{"Graph says", strings.TrimPrefix(e.Seen+": "+e.Message, ": ")},
			{"meaning", e.Meaning},
			{"scope", scope},
			{"retry", retry},
			{"advice", e.Advice},
			source,
		} {
			said := strings.TrimSuffix(line[1], ": ")
			if said == "" {
				continue
			}
			head := fmt.Sprintf("  %-10s  ", line[0])
			if _, err := fmt.Fprintf(w, "%s%s\n", head, beside(said, len(head), width(w))); err != nil {
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
		scope, retry := scopeWord(e.Scope), retryWord(e.Retry)
		if isWord(e) {
			scope, retry = "", ""
		}
		all = append(all, explained{
			Name: e.Name, Scope: scope, Retry: retry, Access: e.Access, Attempts: e.Attempts,
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
