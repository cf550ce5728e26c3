package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"guestlist/batch"
	"guestlist/graph"
	"guestlist/internal/session"
	"guestlist/internal/text"
)

// undoOptions are the flags of undo.
type undoOptions struct {
	readOptions
	connectOptions

	accepted       int
	notInList      bool
	confirm        int
	dryRun         bool
	json           bool
	wait           bool
	ignoreJournals []string
}

func (o *undoOptions) register(f *pflag.FlagSet) {
	o.database.register(f)
	o.connectOptions.register(f)
	f.StringArrayVar(&o.columns, "map", nil, "map a field to a column heading, `FIELD=HEADING`, as for invite")
	f.StringVar(&o.lines, "rows", "", "remove only guests in these `ROWS` of the file RESULTS, as Excel shows them, not of the list: 10-200,305")
	f.StringArrayVar(&o.where, "where", nil, "remove only guests in rows where `HEADING=VALUE` (equal) or HEADING~VALUE (contains); repeatable, all must hold")
	f.BoolVar(&o.notInList, "not-in-list", false, "remove only guests whose rows were removed from the list, as invite read it last, or have another address now; a row that was deleted in the results alone is still in the list")
	f.IntVar(&o.accepted, "accepted", 0, "remove also those who have accepted, who are exactly `N`")
	f.IntVar(&o.confirm, "confirm", 0, "remove without asking, if there are exactly `N` guests to remove")
	f.BoolVar(&o.dryRun, "dry-run", false, "list whom it would remove, and remove no one")
	f.BoolVar(&o.json, "json", false, "print the result as one JSON object")
	f.BoolVar(&o.wait, "wait", false, "wait while another run of this machine works on the tenant")
	f.StringArrayVar(&o.ignoreJournals, "ignore-journal", nil, "leave out the journal `FILE` of another batch: its guests can then be removed; repeatable")
}

func undoCommand(p *process) *cobra.Command {
	o := undoOptions{readOptions: newReadOptions(p)}
	cmd := &cobra.Command{
		Use:   "undo RESULTS",
		Short: "Remove the guests from the tenant whom these results invited",
		Long: `Remove guests from the tenant whom this batch created and who have not accepted.
Left are guests who accepted, were there before, hold a directory role, or are
on the list of another batch on this machine, and everyone of whom the journal
does not show that an invitation of these results created the account. RESULTS
is a results workbook, a CSV file of results, or their journal.

It lists whom it would remove and asks for their number; without a terminal
--confirm N gives it, and nothing else does. Each guest is read once more right
before, and the first surprise stops it: what was done is in the results, and
the same command goes on. Removed guests can be restored for 30 days in the
Entra admin center (Users, Deleted users). Their rows are "removed": invite
skips them, and --reinvite removed invites them again.

It needs User.Read.All and User.DeleteRestore.All (User.ReadWrite.All will do).

Exit code 0 when everyone in the chosen rows was removed; 2 when --confirm has
another number; 3 when guests in these rows were left; 4 when signing in failed
or a permission is missing; 6 when it was stopped, or cancelled by another
answer, or rows are still open.`,
		Example: `  guestlist undo partners.results.xlsx --dry-run
  guestlist undo partners.results.xlsx --where Company=Fabrikam
  guestlist undo partners.results.xlsx --where Email=anna@fabrikam.com
  guestlist undo partners.results.xlsx --not-in-list`,
		Args: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("guestlist undo partners.results.xlsx", whichResults)(cmd, args); err != nil || !cmd.Flags().Changed(yesFlag) {
				return err
			}
			return session.Usagef(dryRunOf(args[0]), "undo takes no --yes: --confirm N removes without asking, where N is the number of guests to remove")
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			r := undoRun{process: p, o: &o, flags: flagsOf(cmd).without(yesFlag)}
			return forEncoding(cmd, args[0], r.do(cmd.Context(), args[0]))
		},
	}
	o.register(cmd.Flags())
	// It is what other commands take, and is told what to type instead. Its variable, which is
	// for those, says nothing here.
	cmd.Flags().BoolP(yesFlag, "y", false, "")
	_ = cmd.Flags().MarkHidden(yesFlag)
	return cmd
}

// yesFlag is the flag with which other commands do not ask.
const yesFlag = "yes"

// dryRunOf is the command that tells the number of guests to remove.
func dryRunOf(results string) string {
	flags := setFlags{}.with("dry-run", "true")
	if strings.HasSuffix(strings.ToLower(results), session.SandboxEnding) {
		flags = flags.with("sandbox", "true")
	}
	return flags.command("undo", results)
}

// undoRun is one run of undo.
type undoRun struct {
	*process
	*session.Session

	o     *undoOptions
	flags setFlags
}

func (r *undoRun) do(ctx context.Context, path string) (err error) {
	ctx, done := interruptible(ctx, r.process, r.o.timeout)
	defer done()
	opt, err := r.prepare(ctx, path)
	if err != nil {
		return err
	}
	if r.Session, err = session.Open(ctx, opt); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if err := r.during(readingResults, func() error { return r.JoinResults(ctx, r.connect, tool(), operator()) }); err != nil {
		return r.flags.forResults("undo", err)
	}
	if r.o.sandbox {
		r.warn("SANDBOX: the tenant is simulated and has the guests of these results alone: they are removed there, and in no real tenant")
	}
	var u *session.Undo
	err = r.withProgress("reading who may be removed", func(progress func(done, total int)) (err error) {
		u, err = r.PlanUndo(ctx, session.UndoPlanning{Accepted: r.o.accepted, NotInList: r.o.notInList, DryRun: r.o.dryRun, Progress: progress})
		return err
	})
	if err != nil {
		return err
	}
	if r.o.dryRun {
		return r.conclude(ctx, u, 0, nil)
	}
	// The readings are in the results whatever the answer is.
	if err := r.during(writingResults, func() error { _, _, err := r.Rewrite(context.WithoutCancel(ctx)); return err }); err != nil {
		return err
	}
	if u.ToRemove == 0 {
		return r.conclude(ctx, u, 0, nil)
	}
	if err := r.confirm(ctx, u); err != nil {
		return err
	}
	return r.remove(ctx, u)
}

// prepare reads the flags.
func (r *undoRun) prepare(ctx context.Context, path string) (opt session.Options, err error) {
	if err := errors.Join(r.o.check(), r.flags.needsSandbox("undo", path)); err != nil {
		return opt, err
	}
	for name, n := range map[string]int{"accepted": r.o.accepted, "confirm": r.o.confirm} {
		if _, given := r.flags[name]; given && n < 1 {
			return opt, session.Usagef("leave it out, or give the number of guests", "--%s %d: give a number from 1 on", name, n)
		}
	}
	if r.o.notInList && r.o.choosing() != "" {
		return opt, session.Usagef("leave one of them out", "--not-in-list is for guests whose rows have left the list, and %s chooses among its rows", r.o.choosing())
	}
	opt = session.Options{
		Ending: r.o.ending(), AsOfRun: r.o.notInList, Notice: r.notice, Command: r.flags.command("undo", path), Wait: r.o.wait, Waiting: r.screen.waiting, IgnoreJournals: r.o.ignoreJournals,
	}
	if opt.Read, err = r.o.reading(); err != nil {
		return opt, err
	}
	if opt.Selection, err = r.o.selection(); err != nil {
		return opt, err
	}
	if opt.State, err = machineState(r.getenv); err != nil {
		return opt, err
	}
	opt.List, err = session.ResultsFor(ctx, opt.Read.Journals, path, opt.State, r.notice)
	return opt, err
}

// connect signs in, and says where the token tells that it will not do.
func (r *undoRun) connect(ctx context.Context) (*session.Tenant, error) {
	t, err := connectTo(ctx, r.process, &r.o.connectOptions, 8)
	if err == nil && t.Claims.Readable() && !graph.DeleteGuests.CoveredBy(t.Claims.Permissions()) && !r.o.dryRun {
		r.warn("the sign-in has none of the permissions by which guests can be deleted: %s", strings.Join(graph.DeleteGuests.Permissions(), ", "))
	}
	return t, err
}

// fewGuests is how many guests are listed by their addresses where there are more.
const fewGuests = 20

// printFirst prints the first of n guests, one a line. All has all of them, in words that go
// before "has all".
func (p *process) printFirst(n int, lines iter.Seq[string], all string) {
	shown := 0
	for line := range lines {
		if shown == fewGuests {
			break
		}
		shown++
		_, _ = fmt.Fprintf(p.err, "  %s\n", beside(line, len("    "), width(p.err)))
	}
	if more := n - shown; more > 0 {
		_, _ = fmt.Fprintf(p.err, "  and %s more; %s has all\n", text.Thousands(more), all)
	}
}

// linesOf are guests as line says them.
func linesOf[G any](guests iter.Seq[G], line func(G) string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for g := range guests {
			if !yield(line(g)) {
				return
			}
		}
	}
}

// announce lists who is removed, and who is left and why.
func (r *undoRun) announce(u *session.Undo) {
	if n := u.ToKeep(); n > 0 {
		_, _ = fmt.Fprintf(r.err, "%s left in the tenant:\n", areIs(n, "guest", "guests"))
		r.printFirst(n, linesOf(u.Kept(), func(k session.KeptGuest) string {
			line := text.Line(k.Address) + "  " + string(k.Reason)
			if k.Batch != "" {
				line += ", " + text.Line(k.Batch)
			}
			return line
		}), "--dry-run --json")
	}
	if u.ToRemove == 0 {
		return
	}
	_, _ = fmt.Fprintf(r.err, "%s to be removed from %s:\n", areIs(u.ToRemove, "guest", "guests"), r.TenantName())
	r.printFirst(u.ToRemove, linesOf(u.Remove(), func(g session.Removal) string {
		if g.Accepted {
			return text.Line(g.Address) + "  accepted"
		}
		return text.Line(g.Address)
	}), "--dry-run --json")
	printLines(r.err, "", "Their invitation links stop working. They can be restored for 30 days in the Entra admin center (Users, Deleted users).")
}

// confirm asks for the number of guests, where a person can be asked; --confirm gives it
// anywhere. Anything else removes no one.
func (r *undoRun) confirm(ctx context.Context, u *session.Undo) error {
	r.announce(u)
	n := u.ToRemove
	switch {
	case r.o.confirm == n:
		return nil
	case r.o.confirm != 0:
		return session.Usagef("look at the list, and give the number of guests on it", "%s to be removed, and --confirm says %d; no one was removed", areIs(n, "guest", "guests"), r.o.confirm)
	case !r.maySay():
		return session.Usagef(r.flags.with("confirm", strconv.Itoa(n)).command("undo", r.List), "no one was removed: without a terminal, --confirm has to give the number of guests to remove")
	}
	answer, err := r.answer(ctx, fmt.Sprintf("Type %d to remove them: ", n))
	if err == nil && answer != strconv.Itoa(n) {
		err = errKept
	}
	return err
}

// errKept says that the operator did not want it after all.
var errKept = errors.New("cancelled; no one was removed")

// remove removes the guests, and writes the results.
func (r *undoRun) remove(ctx context.Context, u *session.Undo) error {
	r.sending.Store(true)
	removed := 0
	stopped := r.withProgress("removing", func(progress func(done, total int)) (err error) {
		removed, err = r.Remove(ctx, u, session.Removing{Operator: operator(), Progress: progress})
		return err
	})
	if err := r.during(writingResults, func() error { _, _, err := r.Rewrite(context.WithoutCancel(ctx)); return err }); err != nil {
		return errors.Join(stopped, err)
	}
	return r.conclude(ctx, u, removed, stopped)
}

// conclude tells how it went, and gives the exit code.
func (r *undoRun) conclude(ctx context.Context, u *session.Undo, removed int, stopped error) error {
	if r.o.dryRun || u.ToRemove == 0 {
		if !r.o.json {
			r.announce(u)
		}
	}
	if r.o.json {
		if err := r.writeJSON(u, removed); err != nil {
			return err
		}
	} else if err := r.summarize(ctx, u, removed); err != nil {
		return errors.Join(stopped, err)
	}
	code := exitOK
	switch {
	case stopped != nil:
		r.complain(stopped)
		code = stopCode(stopped)
	case r.o.dryRun:
	case u.Counts[batch.KeptOpen]+u.Counts[batch.KeptUnanswered] > 0:
		code = exitStopped
	case u.ToKeep() > 0:
		code = exitUnfinished
	}
	if code == exitOK {
		return nil
	}
	why := stopWords(code)
	if stopped == nil {
		why = areIs(u.ToKeep(), "guest", "guests") + " left in the tenant"
	}
	return &settledError{stopped, code, why}
}

// summarize prints the counts and the next step.
func (r *undoRun) summarize(ctx context.Context, u *session.Undo, removed int) error {
	printed := func(n int, what string) {
		if n > 0 {
			_, _ = fmt.Fprintf(r.out, "%8d  %s\n", n, beside(what, countWidth, width(r.out)))
		}
	}
	if r.o.dryRun {
		printed(u.ToRemove, "to be removed")
	} else {
		printed(removed, "removed")
		printed(u.ToRemove-removed, "not removed yet")
	}
	counts := u.Counts
	for _, reason := range batch.KeptReasons() {
		printed(counts[reason], "left: "+string(reason))
	}
	if u.ToRemove+u.ToKeep() == 0 && r.o.notInList {
		_, _ = fmt.Fprintln(r.out, "no guest who has left the list is in the tenant")
	} else if u.ToRemove+u.ToKeep() == 0 {
		what := "no guest of these results"
		if !r.Selection.Empty() {
			what = "none of the guests in the rows that were chosen"
		}
		_, _ = fmt.Fprintln(r.out, what+" is in the tenant")
	}
	_, _ = fmt.Fprintf(r.out, "\nresults: %s\n", text.Line(r.Written()))
	if removed > 0 {
		if err := r.printDeadLinks(context.WithoutCancel(ctx), r.Session, r.flags, deadLinks{}); err != nil {
			return err
		}
	}
	again := r.flags.without("dry-run", "json", "confirm")
	switch {
	case r.o.dryRun && u.ToRemove > 0:
		_, _ = fmt.Fprintln(r.out, "dry run, no one was removed")
		printLines(r.out, "next:    ", again.command("undo", r.List))
	case removed < u.ToRemove:
		printLines(r.out, "next:    ", "the same command makes a new list and goes on:\n"+again.without("accepted").command("undo", r.List))
	case counts[batch.KeptUnanswered] > 0 && r.o.notInList:
		printLines(r.out, "next:    ", areIs(counts[batch.KeptUnanswered], "row", "rows")+" still open: put them back into the list, and the next run finds out what became of them")
	case counts[batch.KeptUnanswered] > 0:
		printLines(r.out, "next:    ", fmt.Sprintf("%s still open; retry looks whether they were invited, and invites those who were not:\n%s",
			areIs(counts[batch.KeptUnanswered], "row", "rows"), again.without("accepted", "rows", "where", "map").command("retry", r.List)))
	case counts[batch.KeptAccepted] > 0:
		printLines(r.out, "next:    ", fmt.Sprintf("those who have accepted stay; only --accepted %d would remove them, too", counts[batch.KeptAccepted]))
	case removed > 0:
		printLines(r.out, "next:    ", fmt.Sprintf("nothing is left to do; until %s you can restore them in the Entra admin center (Users, Deleted users)",
			r.Now().Add(graph.RestorableFor).Local().Format(time.DateOnly)))
	}
	return nil
}

// keptJSON is a guest who stays, as --json prints them.
type keptJSON struct {
	Email  string `json:"email"`
	Reason string `json:"reason"`
	Batch  string `json:"batch"`
}

// writeJSON is what --json prints, as one line: guest by guest, since there may be a million.
func (r *undoRun) writeJSON(u *session.Undo, removed int) error {
	w := bufio.NewWriter(r.out)
	results, err := json.Marshal(r.Written())
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(w, `{"results":%s,"dry_run":%t,"removed":`, inASCII(results), r.o.dryRun)
	addresses := func(from, until int) iter.Seq[string] {
		return func(yield func(string) bool) {
			place := 0
			for g := range u.Remove() {
				if place >= from && place < until && !yield(g.Address) {
					return
				}
				place++
			}
		}
	}
	err = writeList(w, addresses(0, removed))
	_, _ = w.WriteString(`,"to_remove":`)
	err = errors.Join(err, writeList(w, addresses(removed, u.ToRemove)))
	_, _ = w.WriteString(`,"kept":`)
	err = errors.Join(err, writeList(w, func(yield func(keptJSON) bool) {
		for k := range u.Kept() {
			if !yield(keptJSON{Email: k.Address, Reason: string(k.Reason), Batch: k.Batch}) {
				return
			}
		}
	}))
	_, _ = w.WriteString("}\n")
	return errors.Join(err, w.Flush())
}

// writeList writes values as a list in JSON. What goes wrong with w, its Flush tells.
func writeList[V any](w *bufio.Writer, values iter.Seq[V]) error {
	comma := ""
	_ = w.WriteByte('[')
	for v := range values {
		encoded, err := json.Marshal(v)
		if err != nil {
			return err
		}
		_, _ = w.WriteString(comma)
		_, _ = w.Write(inASCII(encoded))
		comma = ","
	}
	_ = w.WriteByte(']')
	return nil
}
