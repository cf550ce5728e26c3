package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"guestlist/batch"
	"guestlist/internal/session"
	"guestlist/internal/text"
)

// reportOptions are the flags of report.
type reportOptions struct {
	out     string
	columns []string
	noLinks bool

	database databaseOptions
}

func (o *reportOptions) register(f *pflag.FlagSet) {
	f.StringVarP(&o.out, "out", "o", "", "`FILE` to write: .html, .csv, .jsonl or .xlsx (default: the workbook of a journal)")
	o.database.register(f)
	f.BoolVar(&o.noLinks, noLinksFlag, false, "leave out the invitation links, for people who are not to have them")
	f.StringArrayVar(&o.columns, "map", nil, "map a field to a column heading, `FIELD=HEADING`, as for invite")
}

func reportCommand(p *process) *cobra.Command {
	o := reportOptions{database: p.databaseOptions()}
	cmd := &cobra.Command{
		Use:   "report RESULTS|JOURNAL",
		Short: "Write results again: as a page, CSV, JSON lines or a workbook",
		Long: `Write results again. Nothing is sent. The ending of --out says as what:

  .html    one page to look at: search, filter, copy links; it needs no network
  .csv     the same columns for other programs, UTF-8
  .jsonl   one JSON object for each row
  .xlsx    the results workbook

From RESULTS, a results workbook or CSV file, the rows are taken as they stand
in it. From a JOURNAL, a file that ends in .journal.db, the workbook can be made
anew, for example after the disk was full or the machine went down. With
--journal, results that are not in this folder are written from the database;
without --out that is RESULTS itself, also where it is.

These files hold personal links, which are for the guest alone. --no-links
leaves them out, for a file that others may see. Such a file is no results
workbook any more: nothing can be sent from it.`,
		Example: `  guestlist report partners.results.xlsx -o partners.html
  guestlist report partners.results.xlsx --no-links -o status.xlsx
  guestlist report partners.results.journal.db`,
		Args: oneOf("guestlist report partners.results.xlsx -o partners.html", whichResults),
		RunE: func(cmd *cobra.Command, args []string) error {
			return forEncoding(cmd, args[0], runReport(cmd.Context(), p, args[0], o, flagsOf(cmd)))
		},
	}
	o.register(cmd.Flags())
	return cmd
}

// asPage is the command that writes results as a page, where the flags name no other file.
func (g setFlags) asPage(path string) string {
	flags := g.of(new(reportOptions).register)
	if flags["out"] == nil {
		name := strings.TrimSuffix(path, filepath.Ext(path))
		if flags["no-links"] != nil {
			name += ".no-links" // beside the page that has them
		}
		flags = flags.with("out", name+session.Page)
	}
	return flags.command("report", path)
}

func runReport(ctx context.Context, p *process, path string, o reportOptions, flags setFlags) error {
	reading := newReadOptions(p)
	reading.columns, reading.database = o.columns, o.database
	read, err := reading.reading()
	if err != nil {
		return err
	}
	switch {
	case o.out == "" && session.IsJournal(path):
		o.out = session.ResultsOf(path)
	case o.out == "" && read.Journals.InDatabase():
		o.out = path
	}
	if o.out == "" {
		return session.Usagef(flags.asPage(path), "--out does not name what to write")
	}
	if !slices.Contains([]string{session.Workbook, session.CSV, session.JSONL, session.Page}, session.KindOf(o.out)) {
		return session.Usagef("end its name in .html, .csv, .jsonl or .xlsx", "--out %q does not say what to write", o.out)
	}
	if _, err := os.Stat(path); err != nil && !read.Journals.InDatabase() {
		return &session.UsageError{Err: fmt.Errorf("results: %w", err), Next: "a results workbook ends in .results.xlsx, its journal in .journal.db"}
	}
	state, err := machineState(p.getenv)
	if err != nil {
		return err
	}
	var counts batch.Counts
	err = p.during("writing "+text.Line(o.out), func() (err error) {
		counts, err = session.Export(ctx, session.ExportOptions{From: path, Out: o.out, NoLinks: o.noLinks, Read: read, State: state, Notice: p.notice})
		return err
	})
	if err != nil {
		return err
	}
	written := fmt.Sprintf("results: %s, %s, %d invited", text.Line(o.out), rows(counts.Rows()), counts[batch.Invited])
	_, err = fmt.Fprintln(p.out, beside(written, 0, width(p.out)))
	return err
}
