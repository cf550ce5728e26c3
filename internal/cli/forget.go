package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"guestlist/batch"
	"guestlist/internal/session"
	"guestlist/internal/shell"
	"guestlist/internal/text"
)

func forgetCommand(p *process) *cobra.Command {
	o := forgetOptions{database: p.databaseOptions()}
	cmd := &cobra.Command{
		Use:   "forget RESULTS ADDRESS",
		Short: "Erase a person's data from results, journal and packages",
		Long: `Erase one person from the files of a batch: from the results workbook and its
journal, from the pages and other files that report and status wrote of it, and
together with the packages of handoff that name the person. RESULTS is a results
workbook or CSV file, or its journal; with --journal, the name that they have in
the database.

The tenant is not changed: the guest stays there, and the invitation link works
until the guest is deleted. If the guest is to go as well, do that first, with
guestlist undo or in the Entra admin center.

The journal keeps a keyed hash of the address, from which the address cannot be
read, so that the person is not invited again by mistake: the next run of this
list leaves the row out, and runs of other lists do not send it. Files that
still name the person are listed at the end: the list, other batches, files that
were changed by hand. guestlist cannot reach emails, copies elsewhere and
backups.

While it is not known what became of a request for the person, nothing is
erased: a run has to find out first. If forget is interrupted, run it again.

Exit code 0 when the person is erased, or was already: that is said with the
date, and not asked; 2 when nothing was changed: the address is not in the
results, its outcome is not known yet, or the workbook was changed by hand; 6
when the question was answered with no.`,
		Example: `  guestlist forget partners.results.xlsx anna@fabrikam.com
  guestlist forget partners.results.journal.db anna@fabrikam.com --yes`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return session.Usagef("guestlist forget partners.results.xlsx anna@fabrikam.com", "name the results workbook and the address of the person")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return runForget(cmd, p, args[0], args[1], &o)
		},
	}
	o.database.register(cmd.Flags())
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	return cmd
}

// forgetOptions are the flags of forget.
type forgetOptions struct {
	database databaseOptions
	yes      bool
}

func runForget(cmd *cobra.Command, p *process, results, address string, o *forgetOptions) error {
	ctx, flags := cmd.Context(), flagsOf(cmd)
	state, err := machineState(p.getenv)
	if err != nil {
		return err
	}
	journals, err := o.database.place()
	if err != nil {
		return err
	}
	opt := session.ForgetOptions{
		// Others are told the command without the address.
		Results: results, Address: address, Journals: journals, Operator: operator(), Command: flags.command(cmd.Name(), results), State: state, Notice: p.notice,
	}
	if !o.yes {
		opt.Confirm = func(who session.Person) error { return p.confirmForget(ctx, who, flags) }
	}
	forgotten, err := session.Forget(ctx, opt)
	if err != nil {
		return err
	}
	p.printForgotten(forgotten, flags)
	return nil
}

// errNotForgotten says that the operator did not want it after all.
var errNotForgotten = errors.New("cancelled; nothing was changed")

// confirmForget asks, where a person can be asked. Elsewhere --yes says that it is meant.
func (p *process) confirmForget(ctx context.Context, who session.Person, flags setFlags) error {
	if !p.maySay() {
		return session.Usagef(flags.command("forget", who.Results)+" "+shell.Quote(who.Address)+" --yes", "nothing was changed: without a terminal, add --yes to confirm")
	}
	known := []string{text.Line(who.Address)}
	if len(who.Names) > 0 {
		known = append(known, text.Line(strings.Join(who.Names, ", ")))
	}
	if len(who.Lines) > 0 {
		known = append(known, text.Rows(who.Lines))
	}
	if who.Status != "" {
		known = append(known, "status "+string(who.Status))
	}
	if len(who.Packages) > 0 {
		_, _ = fmt.Fprintln(p.err, beside("These packages name this person, and are removed with all guests in them; guestlist handoff makes them again without this person:", 0, width(p.err)))
		for _, path := range who.Packages {
			_, _ = fmt.Fprintf(p.err, "  %s\n", text.Line(fromHere(path)))
		}
	}
	if who.Status == batch.Invited {
		_, _ = fmt.Fprintln(p.err, beside("The account in the tenant stays. If it is to go as well, run guestlist undo first: it cannot remove whom it has forgotten.", 0, width(p.err)))
	}
	question := fmt.Sprintf("Erase from %s: %s? This cannot be undone. [y/N] ", text.Line(who.Results), strings.Join(known, ", "))
	answer, err := p.answer(ctx, question)
	if err == nil && !isYes(answer) {
		err = errNotForgotten
	}
	return err
}

// printForgotten tells what was erased, and what is left to do.
func (p *process) printForgotten(f *session.Forgotten, flags setFlags) {
	say := func(format string, args ...any) {
		_, _ = fmt.Fprintln(p.out, beside(fmt.Sprintf(format, args...), 0, width(p.out)))
	}
	from := text.Line(fromHere(f.Results))
	and := " and its journal"
	if f.From != "" {
		from, and = text.Line(f.From), ""
	}
	switch {
	case !f.Since.IsZero() && f.Rows+f.Attempts == 0:
		say("%s was already erased from %s on %s.", text.Line(f.Address), from, f.Since.Local().Format(time.DateOnly))
	case len(f.Lines) > 0:
		say("%s is erased from %s%s (%s).", text.Line(f.Address), from, and, text.Rows(f.Lines))
	default:
		say("%s is erased from %s%s.", text.Line(f.Address), from, and)
	}
	p.printFiles("Written again without this person:", f.Rewritten)
	p.printFiles("Removed, because they name this person, with all guests in them:", f.Removed)
	for _, folder := range f.Cleared {
		if again := handoffInto(folder, f.Results, flags, nil); again != "" {
			say("To make all packages in %s again:", text.Line(fromHere(folder)))
			_, _ = fmt.Fprintln(p.out, "  "+again)
		}
	}
	if len(f.Left) > 0 {
		_, _ = fmt.Fprintln(p.out, "\nThese still name this person, and are left to you:")
		for _, c := range f.Left {
			_, _ = fmt.Fprintf(p.out, "  %s%s\n", text.Line(fromHere(c.Path)), leftNote(c, f.Address))
		}
	}
	if len(f.SameGuest) > 0 {
		say("\nThe same guest was also invited as %s.", text.Line(strings.Join(f.SameGuest, ", ")))
	}
	if len(f.Mentions) > 0 {
		say("\nThe address is also in another column of %s: correct it in the list.", text.Rows(f.Mentions))
	}
	say("\nThe tenant was not changed. If the guest is to go as well, delete the account in the Entra admin center. guestlist cannot reach emails, packages you have passed on, and backups.")
}

// printFiles lists files under a heading.
func (p *process) printFiles(heading string, paths []string) {
	if len(paths) == 0 {
		return
	}
	_, _ = fmt.Fprintln(p.out, heading)
	for _, path := range paths {
		_, _ = fmt.Fprintf(p.out, "  %s\n", text.Line(fromHere(path)))
	}
}

// leftNote is what there is to say about a copy, with two spaces before it.
func leftNote(c session.LeftCopy, address string) string {
	switch {
	case c.Batch:
		return strings.TrimRight("  another batch: guestlist forget "+shell.File(fromHere(c.Path))+" "+shell.Quote(address)+" "+c.Flags, " ")
	case c.IsList:
		return "  your list: remove the row"
	case c.Why != "":
		return "  " + text.Line(c.Why)
	}
	return ""
}
