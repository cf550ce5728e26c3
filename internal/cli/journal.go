package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"guestlist/batch/journal"
	"guestlist/internal/session"
	"guestlist/internal/shell"
	"guestlist/internal/text"
)

func journalCommand(p *process) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "journal",
		Short: "List the batches in a database, and move them there and back",
		Long: `Batches whose journal is in a PostgreSQL database: which there are, and how one
gets there from the files of a folder, and back. Nothing is sent, and no sign-in
is needed. A batch is in one place at a time.`,
		Example: `  guestlist journal list --journal postgres://guestlist@db.example/guests
  guestlist journal import partners.results.xlsx
  guestlist journal export partners.results.xlsx`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return session.Usagef("the commands are listed by\nguestlist help journal", "journal has no command %q%s", args[0], didYouMean(commandNames(cmd), args[0]))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(journalListCommand(p), journalImportCommand(p), journalExportCommand(p))
	return cmd
}

func journalListCommand(p *process) *cobra.Command {
	o := p.databaseOptions()
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the batches in a database, and who works on them",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			place, err := o.needed()
			if err != nil {
				return err
			}
			batches, err := session.Batches(cmd.Context(), place)
			if err == nil {
				p.printBatches(batches)
			}
			return err
		},
	}
	cmd.Flags().Var(&o.address, journalFlag, "the PostgreSQL database, at this `ADDRESS`: postgres://user@host/database")
	return cmd
}

// printBatches lists batches.
func (p *process) printBatches(batches []journal.Batch) {
	if len(batches) == 0 {
		_, _ = fmt.Fprintln(p.out, "the database has no batches")
		return
	}
	tw := table.NewWriter()
	tw.SetStyle(plainTable())
	tw.AppendHeader(table.Row{"batch", "tenant", "rows", "sent", "last run", "now"})
	for _, b := range batches {
		last := "-"
		if !b.Last.IsZero() {
			last = b.Last.Local().Format("2006-01-02 15:04")
		}
		now := b.Standing()
		if b.Runner != nil {
			now += " by " + b.Runner.Who + " since " + b.Runner.Since.Local().Format(time.DateTime)
		}
		tw.AppendRow(table.Row{shown(b.Name), shown(b.Tenant), b.Rows, b.Sent, last, shown(now)})
	}
	_, _ = fmt.Fprintln(p.out, trimmedLines(tw.Render()))
}

func journalImportCommand(p *process) *cobra.Command {
	o := p.databaseOptions()
	cmd := &cobra.Command{
		Use:   "import RESULTS|JOURNAL|ANSWERS",
		Short: "Move the journal of results into a database",
		Long: `Move the journal beside RESULTS, or the JOURNAL itself, into the database: list,
invitations, links, steps, runs. The file gets a name that ends in .moved, and
runs go on with --journal. A batch that was exported before comes back.

ANSWERS, a file that ends in .answers.jsonl, has answers that a run got while
the database could not be reached: they are taken into their batch.`,
		Example: `  guestlist journal import partners.results.xlsx --journal postgres://guestlist@db.example/guests
  guestlist journal import partners.results.answers.jsonl`,
		Args: oneOf("guestlist journal import partners.results.xlsx", "name one results workbook, its journal, or a file of answers"),
		RunE: func(cmd *cobra.Command, args []string) error { return p.importJournal(cmd, args[0], &o) },
	}
	o.register(cmd.Flags())
	return cmd
}

func (p *process) importJournal(cmd *cobra.Command, path string, o *databaseOptions) error {
	move, err := p.moveOptions(cmd, path, o)
	if err != nil {
		return err
	}
	if journal.IsSpill(path) {
		taken, name, err := session.TakeIn(cmd.Context(), move)
		if err == nil {
			_, _ = fmt.Fprintf(p.out, "%s of %s: taken into the batch %s, and the file is removed\n", text.Plural(taken, "answer"), text.Line(path), text.Line(name))
		}
		return err
	}
	moved, err := session.ImportJournal(cmd.Context(), move)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(p.out, "%s is the batch %s in the database now: %s, %d invitations and readings. The file is kept as %s\n",
		text.Line(moved.File), text.Line(moved.Batch), rows(moved.Rows), moved.Attempts, text.Line(moved.Aside))
	if session.IsJournal(path) {
		path = session.ResultsOf(path)
	}
	p.sayNext(flagsOf(cmd), "status", path)
	return nil
}

func journalExportCommand(p *process) *cobra.Command {
	o := p.databaseOptions()
	cmd := &cobra.Command{
		Use:   "export RESULTS",
		Short: "Move a batch from a database into a journal beside its results",
		Long: `Move the batch of RESULTS out of the database, into the file of a journal beside
RESULTS, where runs go on without --journal. The database keeps where it went,
and no run goes on with it there.`,
		Example: `  guestlist journal export partners.results.xlsx --journal postgres://guestlist@db.example/guests`,
		Args:    oneOf("guestlist journal export partners.results.xlsx", "name the results beside which the journal is to be"),
		RunE: func(cmd *cobra.Command, args []string) error {
			move, err := p.moveOptions(cmd, args[0], &o)
			if err != nil {
				return err
			}
			moved, err := session.ExportJournal(cmd.Context(), move)
			if err != nil {
				return err
			}
			_, _ = fmt.Fprintf(p.out, "the batch %s is in %s now: %s, %d invitations and readings\n", text.Line(moved.Batch), text.Line(moved.File), rows(moved.Rows), moved.Attempts)
			printLines(p.out, "next: ", "guestlist report "+shell.File(moved.File))
			return nil
		},
	}
	o.register(cmd.Flags())
	return cmd
}

// sayNext prints a command about the results of a batch in a database.
func (p *process) sayNext(flags setFlags, verb, results string) {
	if strings.HasSuffix(strings.ToLower(results), session.SandboxEnding) {
		flags = flags.with("sandbox", "true")
	}
	printLines(p.out, "next: ", flags.command(verb, results))
}

// moveOptions say what moves.
func (p *process) moveOptions(cmd *cobra.Command, path string, o *databaseOptions) (session.MoveOptions, error) {
	place, err := o.needed()
	if err != nil {
		return session.MoveOptions{}, err
	}
	state, err := machineState(p.getenv)
	return session.MoveOptions{
		Journals: place, Path: path, State: state, Operator: operator(),
		Command: flagsOf(cmd).command(commandName(cmd), path),
	}, err
}
