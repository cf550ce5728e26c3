package cli

import (
	"cmp"
	"fmt"
	"io"
	"maps"
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
	"guestlist/report/handoff"
	"guestlist/report/marked"
)

func explainCommand(p *process) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "explain [CODE-OR-TEXT]",
		Short: "Say what an error of the workbook means and what to do",
		Long: `Say what an error or a word of the results means, what it concerns and what to
do. Give it an Error Code of the workbook, Graph's own code or status, the code
of a failed sign-in (AADSTS and a number), what check counts, a status, a column
or another word of the screens, an exit code, or a piece of Graph's text: a
whole pasted line will do. Other words are searched for in all explanations.
Without an argument, all of them are listed.`,
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
	parts, entries := explainedParts(), []graph.Entry{}
	for _, part := range parts {
		entries = append(entries, part.entries...)
	}
	searched := slices.DeleteFunc(slices.Clone(entries), isByNameAlone)
	question, _, _ := strings.Cut(strings.Join(args, " "), " as of ") // "Not accepted as of 2026-11-26"
	found := entries
	if len(args) > 0 {
		if found = namedEntries(entries, question); found == nil {
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

// explainedParts are all that can be explained.
func explainedParts() []explainedPart {
	return []explainedPart{
		{"Microsoft Graph's answers, and what guestlist says of a row, by Error Code", slices.Concat(graph.Catalogue(), batch.Codes())},
		{"Failed sign-ins", auth.Codes()},
		{"Lists that cannot be read", listEntries()},
		{"What check finds", batch.Kinds()},
		{"The columns Status, Guest State and Link State", stateEntries()},
		{"The columns of the results, and the words of Invitation Status", columnEntries()},
		{"Other words of the screens, the page, marked lists and packages", wordEntries()},
		{"How a command ended", exitEntries()},
	}
}

// manyAnswers is how many explanations are too many to print.
const manyAnswers = 6

// exitNumber is a question for an exit code. A number alone is one where no status of HTTP
// is so small.
var exitNumber = regexp.MustCompile(`^exit (?:code |status )?\d+$|^(?:\d|130)$`)

// exitName is before the number in the name of an exit code.
const exitName = "exit code "

// exitEntry is the explanation of an exit code, nil where there is none.
func exitEntry(question string) []graph.Entry {
	number := question[strings.LastIndex(question, " ")+1:]
	for _, e := range exitEntries() {
		if e.Name == exitName+number {
			return []graph.Entry{e}
		}
	}
	return nil
}

// stateEntries explain the words of the columns.
func stateEntries() []graph.Entry {
	var entries []graph.Entry
	for _, s := range batch.Statuses() {
		entries = append(entries, graph.Entry{Name: string(s), Meaning: "The row " + s.Meaning() + ".", Advice: s.Advice(), Source: results.ColumnStatus})
	}
	for _, s := range batch.GuestStates() {
		entries = append(entries, graph.Entry{Name: string(s), Meaning: "The guest " + s.Meaning() + ".", Source: results.ColumnGuestState})
	}
	for _, s := range batch.LinkStates() {
		entries = append(entries, graph.Entry{Name: string(s), Meaning: "The link " + s.Meaning() + ".", Advice: s.Advice(), Source: results.ColumnLinkState})
	}
	return entries
}

// ofResults is the source of what is said of a column.
const ofResults = "the results"

// columnEntries explain the columns of the results, and what Microsoft says in Invitation
// Status.
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
		{results.ColumnInvitedAt, "When Microsoft made the newest invitation of the guest. A reminder is one."},
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

// Where words are that are found by their whole name alone.
const (
	ofExisting = "existing, at the end of invite"
	ofOnly     = "handoff --only"
	ofPackages = "the packages of handoff"
	ofMarked   = "a list that check -o has marked"
	ofPage     = "the page"
	ofSummary  = "the sheet Summary"
	ofStatus   = "the table of status"
	ofLists    = "reading a list"
	ofCommands = "the commands and their documentation"
)

// glossary are guestlist's own words: what it makes and does, and by what other words each
// is asked for.
var glossary = []graph.Entry{
	{Name: "batch", Meaning: "The rows of one list and what became of them: one journal, and one results workbook. invite, retry, status, remind and handoff go on with it."},
	{Name: "carried", Texts: []string{"carried into the results", "carried into the results only"}, Meaning: "Of a column: guestlist reads nothing from it, and the results and the packages have it as it is in the list."},
	{Name: "guest", Texts: []string{"guests"}, Meaning: "A person of another organization who is invited into the tenant, and signs in with their own account."},
	{Name: "journal", Meaning: "The record of a batch, in a file beside its results (NAME.results.journal.db) or in a database. guestlist writes down each request in it before the request leaves, and each answer as it comes, so that the same command goes on where it stopped."},
	{Name: "list", Meaning: "The CSV or Excel file with the people to invite, one in each row."},
	{Name: "package", Texts: []string{"packages", "hand-off"}, Meaning: "What handoff makes for each account manager, or each value of another column: a workbook of their guests with the links, a draft email, and texts to paste into a chat. Nothing is sent."},
	{Name: "pilot", Meaning: "A first run with a few rows, as invite --limit 5, to see that all is well before the rest is sent."},
	{Name: "plan", Meaning: "Who would be invited, as invite --dry-run shows it. With --plan it is also a file to review, and invite then sends only what is in that file."},
	{Name: "redeem", Texts: []string{"redeem urls", "redemption", "invitation link"}, Meaning: "To accept an invitation: the guest opens the redeem URL, a personal link, and signs in."},
	{Name: "reminder", Texts: []string{"reminders"}, Meaning: "A new invitation for a guest who has not accepted. It ends the earlier link."},
	{Name: "results", Texts: []string{"results workbook"}, Meaning: "The workbook, or CSV file, that a run writes: every row of the list with its status, and its link or its error."},
	{Name: "sandbox", Meaning: "A simulated tenant to practise with (--sandbox): no one is invited, and no email is sent. Its results end in .sandbox.xlsx."},
	{Name: "settle", Meaning: "To find out what became of an invitation whose answer was lost. --settle is how long a run waits for that at its end."},
	{Name: "tenant", Meaning: "The Microsoft Entra directory of your organization, into which the guests are invited."},
	{Name: "worker", Texts: []string{"workers"}, Meaning: "One of several requests that are on their way to Microsoft at the same time (--workers). All of them together keep to one rate limit."},
}

// wordEntries explain the words that are neither columns of the results nor in them.
func wordEntries() []graph.Entry {
	var entries []graph.Entry
	for _, k := range batch.ExistingKinds() {
		entries = append(entries, graph.Entry{Name: string(k), Meaning: "The person " + k.Meaning() + ".", Source: ofExisting})
	}
	for _, s := range batch.FollowUpStates() {
		entries = append(entries, graph.Entry{Name: string(s), Meaning: "Of the steps after the invitation: the row " + s.Meaning() + ".", Source: results.ColumnFollowUp})
	}
	for _, only := range handoff.Onlys() {
		entries = append(entries, graph.Entry{Name: string(only), Meaning: "Packages of guests who " + only.Meaning() + ".", Source: ofOnly})
	}
	for _, word := range handoff.Words() {
		entries = append(entries, graph.Entry{Name: word.Name, Meaning: word.Meaning, Source: ofPackages})
	}
	words := marked.Words()
	for _, title := range slices.Sorted(maps.Keys(words)) {
		entries = append(entries, graph.Entry{Name: title, Meaning: words[title], Source: ofMarked})
	}
	for _, word := range glossary {
		word.Source = ofCommands
		entries = append(entries, word)
	}
	for _, about := range [][3]string{
		{marked.Column, "What is wrong in the row, and how to correct it. invite leaves this column out.", ofMarked},
		{"Link", "The personal link with which the guest accepts, or its state where it is not to be handed out.", ofPage},
		{"Answered", "When the answer to the row's last request came.", ofPage},
		{columnOther, "Guests of whom the tenant did not say whether they have accepted, or whom it does not show yet.", ofStatus},
		{columnGone, "Guests who were deleted from the tenant, or never came into it.", ofStatus},
		{"needs attention", "The rows that are failed, invalid or unconfirmed: those on the sheet Failed.", ofPage},
		{"no longer in the list", "The guest was invited, and the row has left the list, was deleted in the results, or has another address now. It is kept so that no link is lost, and is not handed out. guestlist undo --not-in-list takes such invitations back, but not that of a row which was deleted in the results alone.", ofPage},
		{"not read", "Rows of guests whom guestlist status has not looked up yet.", ofSummary},
		{"Rate achieved", "How many invitations a second the run came to.", ofSummary},
		{"Waiting for the rate limit", "How long the run held back by itself, so that --rate was kept.", ofSummary},
		{"Throttled by Microsoft", "How long Microsoft asked the run to wait.", ofSummary},
		{"Requests in flight at most", "How many requests could be on their way at the same time (--workers).", ofSummary},
		{batch.NoDomain, "Rows without an address, or without an Error Code.", ofSummary},
		{batch.OtherDomains, "What is not listed by itself because there is so much of it.", ofSummary},
	} {
		entries = append(entries, graph.Entry{Name: about[0], Meaning: about[1], Source: about[2]})
	}
	return entries
}

// listEntries explain why a list is not read, where that is met often.
func listEntries() []graph.Entry {
	return []graph.Entry{
		{
			Name: "not UTF-8", Texts: []string{"text is not utf-8", "file is not utf-8"}, Source: ofLists,
			Meaning: "The CSV file is in another encoding than UTF-8, as Excel on Windows saves it. guestlist does not guess which.",
			Advice:  "The error shows how the cell reads in the likely encodings. Add the one that reads right to check and invite, such as --encoding windows-1252, or save the file in Excel as CSV UTF-8.",
		},
		{
			Name: "no address column", Texts: []string{"no column with email addresses"}, Source: ofLists,
			Meaning: "No heading of the list is known as that of the guests' addresses, and not exactly one column holds addresses.",
			Advice:  `Name the column: --map email="Work address". If the list is on another sheet, name it with --sheet.`,
		},
		{
			Name: "protected workbook", Texts: []string{"the workbook is protected by a password"}, Source: ofLists,
			Meaning: "The workbook is encrypted.",
			Advice:  "Put its password into the variable " + passwordVariable + ", or save a copy without a password.",
		},
	}
}

// isByNameAlone reports whether an entry is found by its whole name alone: it is a word that
// is in many other texts, too.
func isByNameAlone(e graph.Entry) bool {
	return slices.Contains([]string{
		ofResults, results.ColumnInvitationStatus, results.ColumnFollowUp,
		ofExisting, ofOnly, ofPackages, ofMarked, ofPage, ofSummary, ofCommands,
	}, e.Source)
}

// namedEntries is what is said under a whole name, where that is one of a column or of a
// word; else nil.
func namedEntries(entries []graph.Entry, question string) []graph.Entry {
	question, isOnly := strings.CutPrefix(strings.TrimPrefix(text.Trim(question), "--"), "only ")
	column, _ := results.Column(question)
	isNamed := func(e graph.Entry) bool {
		if isOnly && e.Source != ofOnly {
			return false
		}
		return e.Name == column || strings.EqualFold(e.Name, question) || strings.EqualFold(strings.TrimSuffix(e.Name, " (UTC)"), question) ||
			e.Source == ofCommands && slices.Contains(e.Texts, strings.ToLower(question))
	}
	found := slices.DeleteFunc(slices.Clone(entries), func(e graph.Entry) bool { return !isNamed(e) })
	if !slices.ContainsFunc(found, isByNameAlone) {
		return nil
	}
	return found
}

// exitEntries explain the exit codes, the longest first: 130 begins as 1 does.
func exitEntries() []graph.Entry {
	var entries []graph.Entry
	for _, code := range exitCodes() {
		name := fmt.Sprintf("%s%d", exitName, code.code)
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

// seenIn is where a word is that is no error and so has no scope, "" for an error. Where it is
// a column, that is said.
func seenIn(e graph.Entry) (label string) {
	switch {
	case e.Source == ofResults, e.Source == results.ColumnInvitationStatus, e.Source == results.ColumnFollowUp,
		e.Source == results.ColumnStatus, e.Source == results.ColumnGuestState, e.Source == results.ColumnLinkState:
		return "column"
	case isByNameAlone(e), e.Source == ofLists, strings.HasPrefix(e.Name, exitName):
		return "seen in"
	}
	return ""
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
		if label := seenIn(e); label != "" {
			scope, retry, source[0] = "", "", label
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
		if seenIn(e) != "" {
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
