package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	prettytext "github.com/jedib0t/go-pretty/v6/text"

	"guestlist/batch"
	"guestlist/batch/results"
	"guestlist/batch/send"
	"guestlist/graph"
	"guestlist/internal/session"
	"guestlist/internal/text"
)

// frequentErrors is how many errors the end of a run names.
const frequentErrors = 3

// detail is how much the end of a run says of each error.
type detail int

const (
	// inFull is what Microsoft said and how to correct it, folded to the terminal.
	inFull detail = iota
	// onTwoLines has a line for each of both, cut off at the terminal's edge.
	onTwoLines
	// onOneLine leaves out how to correct it, which the results have.
	onOneLine
)

// conclude tells how things stand. Below is how many lines are printed after it: on a
// terminal all of it is on one screen, as far as that is possible.
func (r *run) conclude(facts batch.RunFacts, tally *batch.Tally, below int) {
	said := r.conclusion(facts, tally, inFull)
	if lines := height(r.out); lines > 0 {
		room := lines - below - 1 // the shell asks on a line of its own
		for _, how := range []detail{onTwoLines, onOneLine} {
			if linesOn(said, width(r.out)) <= room {
				break
			}
			said = r.conclusion(facts, tally, how)
		}
	}
	_, _ = fmt.Fprint(r.out, said)
}

// conclusion is what [run.conclude] prints.
func (r *run) conclusion(facts batch.RunFacts, tally *batch.Tally, how detail) string {
	var b strings.Builder
	if facts.Sandbox {
		b.WriteString("SANDBOX: the tenant was simulated, no one was invited\n")
	}
	r.writeCounts(&b, facts.Counts, tally)
	r.writeFollowUps(&b, tally)
	r.writeErrors(&b, tally, how)
	fmt.Fprintf(&b, "\n%s\nresults: %s\n", beside(r.took(facts), 0, width(r.out)), text.Line(r.Written()))
	return b.String()
}

// took says what a run did, and in what time.
func (r *run) took(facts batch.RunFacts) string {
	t := facts.Totals
	if t.Sent+t.Requests == 0 {
		return "no invitations were sent"
	}
	climbed := ""
	if r.rate.Auto && t.Sent > 0 {
		climbed = fmt.Sprintf(" (rate %s)", facts.Rate)
	}
	return fmt.Sprintf("%s sent with %s, %d throttled, in %s%s%s",
		rows(t.Sent), text.Plural(t.Requests, "request"), t.Throttled, facts.Ended.Sub(facts.Started).Round(time.Second), climbed, waiting(t))
}

// waiting tells how much of the time was not work.
func waiting(t batch.RunTotals) string {
	var parts []string
	if t.Waited >= time.Second {
		parts = append(parts, t.Waited.Round(time.Second).String()+" rate-limited")
	}
	if t.Held >= time.Second {
		parts = append(parts, t.Held.Round(time.Second).String()+" throttled by Microsoft")
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}

// writeCounts writes a line for each status that rows have.
func (r *run) writeCounts(w io.Writer, c batch.Counts, tally *batch.Tally) {
	for _, status := range batch.Statuses() {
		if n := c[status]; n > 0 {
			as := ""
			if status == batch.Existing && len(tally.Existing) > 0 {
				as = ": " + beside(session.Listed(tally.Existing), countWidth, width(r.out))
			}
			_, _ = fmt.Fprintf(w, "%8d  %s%s\n", n, r.painted(status), as)
		}
	}
	all := "rows"
	if n := r.Plan.LeftOut.Rows(); n > 0 {
		all += fmt.Sprintf(", %d of them left out by %s", n, r.o.choosing())
	}
	switch left := tally.LeftInvited; left {
	case 0:
	case 1:
		all += ", and 1 guest who was invited and is no longer in the list or the results"
	default:
		all += fmt.Sprintf(", and %s guests who were invited and are no longer in the list or the results", text.Thousands(left))
	}
	_, _ = fmt.Fprintf(w, "%8d  %s\n", c.Rows(), beside(all, countWidth, width(r.out)))
	if len(tally.LeftFirst) > 0 {
		names := text.Line(strings.Join(tally.LeftFirst, ", "))
		if more := tally.LeftInvited - len(tally.LeftFirst); more > 0 {
			names += fmt.Sprintf(" and %s more, at the end of the sheet Results", text.Thousands(more))
		}
		_, _ = fmt.Fprintf(w, "%*s%s\n", countWidth, "", beside("no longer there: "+names, countWidth, width(r.out)))
	}
}

// painted is a status in the colour that the workbook gives it.
func (r *run) painted(status batch.Status) string {
	if !coloured(r.process, r.out) {
		return string(status)
	}
	switch status {
	case batch.Invited, batch.Existing:
		return prettytext.FgGreen.Sprint(status)
	case batch.Failed, batch.Invalid:
		return prettytext.FgRed.Sprint(status)
	case batch.Unconfirmed, batch.Pending:
		return prettytext.FgYellow.Sprint(status)
	case batch.Removed, batch.Duplicate:
	}
	return string(status)
}

// writeFollowUps tells how far what the guests get after the invitation is, and why it is
// not done.
func (r *run) writeFollowUps(w io.Writer, tally *batch.Tally) {
	if len(tally.FollowUps) == 0 {
		return
	}
	_, _ = fmt.Fprintf(w, "          steps after the invitation: %s\n", beside(session.Listed(tally.FollowUps), countWidth, width(r.out)))
	reasons := session.MostFirst(tally.FollowUpReasons)
	for _, reason := range reasons[:min(frequentErrors, len(reasons))] {
		_, _ = fmt.Fprintf(w, "%8d  %s\n", reason.Rows, beside(text.Line(reason.Name), countWidth, width(r.out)))
	}
}

// writeErrors names what most rows have to be corrected for, and how.
func (r *run) writeErrors(w io.Writer, tally *batch.Tally, how detail) {
	var all []*batch.ErrorGroup
	for _, g := range tally.Errors() {
		if !g.Settled {
			all = append(all, g)
		}
	}
	if len(all) == 0 {
		return
	}
	fit := func(words string) string {
		if how == inFull {
			return beside(words, countWidth, width(r.out))
		}
		return cutOff(words, width(r.out)-countWidth)
	}
	_, _ = fmt.Fprintln(w)
	for _, g := range all[:min(frequentErrors, len(all))] {
		such := ""
		if g.Rows > 1 {
			such = ", for example"
		}
		_, _ = fmt.Fprintf(w, "%8d  %s\n", g.Rows, fit(fmt.Sprintf("%s%s: %s", g.Code, such, text.Line(g.Example))))
		if g.Advice != "" && how != onOneLine {
			_, _ = fmt.Fprintf(w, "          %s\n", fit(text.Line(g.Advice)))
		}
	}
	if rest := len(all) - frequentErrors; rest > 0 {
		_, _ = fmt.Fprintf(w, "          and %s; %s has all\n", text.Plural(rest, "other error"), r.failedRows())
	}
}

// next is the step that helps most now: sentences, and commands on lines of their own.
func (r *run) next(c batch.Counts, tally *batch.Tally, sent int, stopped error) string {
	var steps []string
	pending := rows(c[batch.Pending])
	again := stopped != nil && r.remain(c)
	blocked := errors.As(stopped, new(*send.TenantError)) || errors.As(stopped, new(*graph.NotGraphError))
	switch {
	case c[batch.Pending] == 0 && again:
		steps = append(steps, "see above why the run stopped; the same command goes on with the people who are to be invited again:", r.command(r.verb, r.List))
	case c[batch.Pending] == 0:
	case errors.As(stopped, new(*session.BudgetError)):
		steps = append(steps, pending+" still pending; see above when the next ones may be sent")
	case blocked:
		steps = append(steps, "see the error above; "+pending+" wait for the same command:", r.command(r.verb, r.List))
	case errors.Is(stopped, send.ErrLimit):
		steps = append(steps, r.goOn(pending)...)
	default:
		why, flags := "run the same command again: it sends the "+pending+" still pending:", r.flags
		if flags["sheet"] != nil && session.SameFile(r.List, r.Results) { // the sheet Failed has no pending rows
			why, flags = "without --sheet the "+pending+" still pending are sent:", flags.without("sheet")
		}
		steps = append(steps, why, flags.command(r.verb, r.List))
	}
	if r.Unfinished.Guests > 0 && c[batch.Pending] == 0 && !again {
		steps = append(steps, r.finishSteps()...)
	}
	if c[batch.Failed]+c[batch.Invalid] > 0 {
		steps = append(steps, r.correct(c, tally)...)
	}
	if c[batch.Unconfirmed] > 0 {
		steps = append(steps, "see the Advice of unconfirmed rows; --unconfirmed=resend sends them again")
	}
	hasNew := sent > 0 && c[batch.Invited]+r.Plan.Reinvited > r.Plan.Meant(batch.Invited)
	if c[batch.Invited] > 0 && c[batch.Pending] == 0 && !again && (hasNew || !r.hasPackages()) {
		steps = append(steps, r.handOut(c, sent)...)
	}
	if tally.NotInList > 0 {
		why := "to take back the invitations of those who are no longer in the list:"
		if other := r.DepartedFrom; other != "" {
			steps = append(steps, fmt.Sprintf("guests who are not in %s were invited from %s; to go on with that list:", text.Line(r.List), text.Line(fromHere(other))),
				r.flags.ofBatch().with("out", r.Results).command(r.verb, fromHere(other)))
			why = "if this list is the right one, to take back their invitations:"
		}
		steps = append(steps, why,
			r.flags.ofBatch().with("not-in-list", "true").command("undo", r.Written()))
	}
	if n := r.Plan.Unserved; n > 0 {
		steps = append(steps, fmt.Sprintf("%s repeated an address of a row that %s leaves out: choose that row to invite the guest", rows(n), r.o.choosing()))
	}
	if len(steps) == 0 {
		return "nothing is left to send"
	}
	return strings.Join(steps, "\n")
}

// goOn says how a run that --limit ended goes on.
func (r *run) goOn(pending string) []string {
	without := "without --limit all of them are sent:"
	if r.o.perDay > 0 {
		without = "without --limit as many as --per-day allows are sent:"
	}
	return []string{pending + " still pending; " + without, r.flags.without("limit").command(r.verb, r.List)}
}

// finishSteps says how the steps of guests are finished.
func (r *run) finishSteps() []string {
	guests := text.Plural(r.Unfinished.Guests, "guest")
	if least := r.MissingPermissions(); len(least) > 0 {
		return []string{
			fmt.Sprintf("steps of %s are unfinished (column %s); with %s granted the same command does what was left out, and invites no one again:", guests, results.ColumnFollowUp, strings.Join(least, " and ")),
			r.flags.without("skip-steps").command(r.verb, r.List),
		}
	}
	var names []string
	for _, kind := range r.Unfinished.Unnamed {
		names = append(names, stepFlags[kind])
	}
	where := "correct a cell that it names first, or empty it to leave that step out"
	if len(names) > 0 {
		where = fmt.Sprintf("to correct a cell that it names, or to empty it and leave that step out, give %s again as well", strings.Join(names, " and "))
	}
	return []string{fmt.Sprintf("steps of %s are unfinished (column %s; %s); the same command goes on with them, and invites no one again:", guests, results.ColumnFollowUp, where), r.command(r.verb, r.List)}
}

// stepFlags are the flags that name a column for a step.
var stepFlags = map[batch.FollowUpKind]string{
	batch.FollowUpGroup:   "--groups-from",
	batch.FollowUpProfile: "--set",
	batch.FollowUpManager: "--manager-from",
	batch.FollowUpSponsor: "--sponsors-from",
}

// remain reports whether there are people who were to be invited again, and were not: they
// are not pending.
func (r *run) remain(c batch.Counts) bool {
	switch batch.Reinvite(r.o.reinvite) {
	case batch.ReinvitePending:
		return c[batch.Existing] > r.Plan.Meant(batch.Existing)-r.Plan.Reinvited
	case batch.ReinviteRemoved:
		return c[batch.Removed] > 0
	case batch.ReinviteNone:
	}
	return false
}

// handOut says how the links reach the guests, of whom Microsoft has emailed those of this
// run where their rows were sent and each was answered.
func (r *run) handOut(c batch.Counts, sent int) []string {
	why, command := "hand the links to those who know the guests; they are personal:", r.handoffCommand()
	if command == "" { // no column says who knows the guests
		return []string{fmt.Sprintf("the links are in the column %s of the results; they are personal", results.ColumnRedeemURL)}
	}
	if r.hasPackages() { // they may have been handed out
		why, command = "hand the new links out, beside the packages that were made before; they are personal:", r.handoffCommand("only-new")
	}
	if now := r.Plan.Now; sent > 0 && c[batch.Unconfirmed] == 0 && now.Rows > 0 && now.Emailed == now.Rows {
		why = "Microsoft has emailed these guests; for those who look after them:"
	}
	return []string{why, command}
}

// hasPackages reports whether handoff has made packages of the results to which others can be
// added.
func (r *run) hasPackages() bool {
	made, err := os.Stat(r.packagesFolder())
	return err == nil && made.IsDir()
}

// packagesFolder is where handoff goes on.
func (r *run) packagesFolder() string {
	return (&handoffOptions{out: r.packages.value("out")}).folder(r.Results)
}

// correct says where rows that failed can be corrected: in the list, or in the
// results where these are another file. Rows that only need another try need no
// correction.
func (r *run) correct(c batch.Counts, tally *batch.Tally) []string {
	if r.Plan.LeftOut.Rows() > 0 && !session.SameFile(r.List, r.Results) {
		// A retry of the results would send the rows that were left out, too.
		return []string{"correct the rows in " + text.Line(r.List) + " (" + r.failedRows() + " says why), and run the same command again:", r.command(r.verb, r.List)}
	}
	again := r.command("retry", r.Results)
	needed := c[batch.Invalid] > 0 || slices.ContainsFunc(tally.Errors(), func(g *batch.ErrorGroup) bool {
		return !g.Settled && batch.NeedsCorrection(g.Code)
	})
	if !needed {
		return []string{"there is nothing to correct; send what failed again later:", again}
	}
	where := "on " + r.failedRows() + ", or delete them " + graph.DeletedOn + ","
	if session.KindOf(r.Results) == session.CSV {
		where = "in " + text.Line(r.Results) + " (" + r.failedRows() + " says why)"
	}
	if r.o.plan != "" {
		again = r.flags.without(choosingFlags...).with("dry-run", "true").command("retry", r.Results)
		return []string{"correct the rows " + where + " and have a new plan reviewed, since this one does not have them as they are then:", again}
	}
	if session.SameFile(r.List, r.Results) {
		return []string{"correct the rows " + where + " and go on:", again}
	}
	return []string{
		"correct the rows " + where + " and go on with the results:", again,
		"or correct " + text.Line(r.List) + " instead, and run the same command again",
	}
}

// failedRows is where the results say what went wrong.
func (r *run) failedRows() string {
	if session.KindOf(r.Results) == session.CSV {
		return "the column " + results.ColumnError
	}
	return "the sheet Failed"
}

// outcome is the summary for programs; its names are a promise.
type outcome struct {
	Rows        int `json:"rows"`
	Invited     int `json:"invited"`
	Failed      int `json:"failed"`
	Invalid     int `json:"invalid"`
	Duplicate   int `json:"duplicate"`
	Pending     int `json:"pending"`
	Unconfirmed int `json:"unconfirmed"`
	Existing    int `json:"existing"`
	Removed     int `json:"removed"`
	// ExistingAs is the existing rows by what the tenant has the person as.
	ExistingAs map[batch.ExistingKind]int `json:"existing_as"`
	// FollowUps is the rows by the gravest state of their steps after the invitation, in
	// batches alone that have any.
	FollowUps  map[batch.FollowUpState]int `json:"follow_ups,omitempty"`
	Sent       int                         `json:"sent"`
	Requests   int                         `json:"requests"`
	Throttled  int                         `json:"throttled"`
	Seconds    float64                     `json:"seconds"`
	Stopped    string                      `json:"stopped"`
	Results    string                      `json:"results"`
	Journal    string                      `json:"journal"`
	Sandbox    bool                        `json:"sandbox"`
	Operator   string                      `json:"operator"`
	SignedInAs string                      `json:"signed_in_as"`
	Tenant     string                      `json:"tenant"`
	TenantName string                      `json:"tenant_name"`
	session.Reading
}

// preview is the plan of a dry run for programs; its names are a promise.
type preview struct {
	Rows        int `json:"rows"`
	Send        int `json:"send"`
	Emailed     int `json:"emailed"`
	Members     int `json:"members"`
	WithMessage int `json:"with_message"`
	Invited     int `json:"invited"`
	Existing    int `json:"existing"`
	Failed      int `json:"failed"`
	Invalid     int `json:"invalid"`
	Duplicate   int `json:"duplicate"`
	Unconfirmed int `json:"unconfirmed"`
	Removed     int `json:"removed"`
	LeftOut     int `json:"left_out"`
	// FollowUps says what guests get after the invitation, "" for nothing.
	FollowUps string `json:"follow_ups,omitempty"`
	session.Reading
}

func previewOf(f session.Forecast, c batch.Counts, read session.Reading) preview {
	return preview{
		Rows: f.Counts.Rows(), Send: f.Now.Rows, Emailed: f.Now.Emailed, Members: f.Now.Members, WithMessage: f.Now.WithMessage,
		Invited: c[batch.Invited], Existing: c[batch.Existing], Failed: c[batch.Failed], Invalid: c[batch.Invalid],
		Duplicate: c[batch.Duplicate], Unconfirmed: c[batch.Unconfirmed], Removed: c[batch.Removed], LeftOut: f.LeftOut.Rows(), FollowUps: f.FollowUps.String(), Reading: read,
	}
}

func (r *run) concludeJSON(facts batch.RunFacts, tally *batch.Tally) {
	c, t := facts.Counts, facts.Totals
	_ = writeJSON(r.out, outcome{ // nobody can be told of a closed pipe
		Rows: c.Rows(), Invited: c[batch.Invited], Failed: c[batch.Failed], Invalid: c[batch.Invalid],
		Duplicate: c[batch.Duplicate], Pending: c[batch.Pending], Unconfirmed: c[batch.Unconfirmed],
		Existing: c[batch.Existing], Removed: c[batch.Removed], ExistingAs: tally.Existing, FollowUps: tally.FollowUps,
		Sent: t.Sent, Requests: t.Requests, Throttled: t.Throttled,
		Seconds: time.Since(r.Begun()).Round(time.Millisecond).Seconds(), Stopped: t.Stopped,
		Results: r.Written(), Journal: r.JournalName(), Sandbox: facts.Sandbox,
		Operator: facts.Operator, SignedInAs: facts.SignedInAs, Tenant: facts.Tenant, TenantName: facts.TenantName,
		Reading: r.Reading(),
	})
}

// rows counts rows in words.
func rows(n int) string { return text.Plural(n, "row") }

// areIs gives "1 person is" and "2 people are".
func areIs(n int, one, many string) string {
	if n == 1 {
		return "1 " + one + " is"
	}
	return text.Thousands(n) + " " + many + " are"
}
