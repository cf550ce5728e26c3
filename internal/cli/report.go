package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/report"
)

// reportOptions are the flags of report.
type reportOptions struct {
	out     string
	columns []string
}

func (o *reportOptions) register(f *pflag.FlagSet) {
	f.StringVarP(&o.out, "out", "o", "", "`FILE` to write: .html, .csv, .jsonl or .xlsx (default: the workbook of a journal)")
	f.StringArrayVar(&o.columns, "map", nil, "take `FIELD=HEADING`: read a field from a column, as for invite")
}

func (p *process) reportCommand() *cobra.Command {
	var o reportOptions
	cmd := &cobra.Command{
		Use:   "report RESULTS|JOURNAL",
		Short: "Write results again: as a page, CSV, JSON lines or a workbook",
		Long: `Write results again. Nothing is sent. The ending of --out says as what:

  .html    one page to look at: search, filter, copy links; it needs no network
  .csv     the same columns for other programs, UTF-8
  .jsonl   one JSON object for each row
  .xlsx    the results workbook

From RESULTS, a results workbook or CSV file, the rows are taken as they stand in it.
From a JOURNAL, a file that ends in .journal.db, the workbook can be made anew, for
example after the disk was full or the machine went down.

All of these hold personal links: hand them to nobody but the guest.`,
		Example: `  guestlist report partners.results.xlsx -o partners.html
  guestlist report partners.results.journal.db`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("guestlist report partners.results.xlsx -o partners.html", "name one results workbook or journal")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return p.report(cmd.Context(), args[0], o) },
	}
	o.register(cmd.Flags())
	return cmd
}

func (p *process) report(ctx context.Context, path string, o reportOptions) error {
	ofJournal := strings.HasSuffix(strings.ToLower(path), journal.Path(""))
	if o.out == "" && ofJournal {
		o.out = strings.TrimSuffix(path, journal.Path("")) + asWorkbook
	}
	if !slices.Contains([]string{asWorkbook, asCSV, asJSONL, asPage}, kindOf(o.out)) {
		return usagef("end its name in .html, .csv, .jsonl or .xlsx", "--out %q does not say what to write", o.out)
	}
	if _, err := os.Stat(path); err != nil {
		return &usageError{fmt.Errorf("results: %w", err), "a results workbook ends in .results.xlsx, its journal in .journal.db"}
	}
	if err := mayReplace(path, o); err != nil {
		return err
	}
	again := p.reportResults
	if ofJournal {
		again = p.reportJournal
	}
	counts, err := again(ctx, path, o)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.out, "results: %s, %s, %d invited\n", o.out, rows(counts.Rows()), counts[batch.Invited])
	return err
}

// reportJournal writes what a journal holds, and counts the rows.
func (*process) reportJournal(ctx context.Context, path string, o reportOptions) (batch.Counts, error) {
	j, err := journal.Open(ctx, path, journal.Anyone())
	if err != nil {
		return nil, err
	}
	summary, _, err := writeResults(ctx, j, o.out)
	if err == nil && sameFile(journal.Path(o.out), path) {
		err = remember(ctx, j, o.out)
	}
	return summary.Counts, errors.Join(err, j.Close())
}

// reportResults writes results as people have left them, and counts the rows.
func (p *process) reportResults(ctx context.Context, path string, o reportOptions) (counts batch.Counts, err error) {
	reading := p.readOptions()
	reading.columns = o.columns
	earlier, err := readResults(path, reading)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, earlier.close()) }()
	r, err := earlier.results(ctx)
	if err != nil {
		return nil, err
	}
	stands := newStanding()
	r.Records = stands.counting(r.Records)
	return stands.counts, writeAs(ctx, o.out, r)
}

// mayReplace refuses to write over the file that is read, and over a workbook
// or CSV file that is not ours. Pages and JSON lines are never read again.
func mayReplace(path string, o reportOptions) error {
	if sameFile(path, o.out) {
		return usagef("name another file with --out", "%s would be written over itself", path)
	}
	if kind := kindOf(o.out); kind != asWorkbook && kind != asCSV {
		return nil
	}
	if _, err := os.Stat(o.out); err != nil {
		return nil //nolint:nilerr // nothing is there
	}
	books, err := resultsSheets(o.out, listOptions{readOptions: readOptions{columns: o.columns}})
	return inTheWay(o.out, errors.Join(err, closeAll(books)))
}

// writeResults writes the results from what the journal holds, and tells how
// things stand.
func writeResults(ctx context.Context, j *journal.Journal, path string) (batch.RunFacts, *standing, error) {
	// The writer of a sheet doubles its buffer up to 32 MiB, and leaves as much
	// behind: collected sooner, 100,000 rows take 110 MiB instead of 125.
	defer debug.SetGCPercent(debug.SetGCPercent(50))
	stands := newStanding()
	summary, err := j.Summary(ctx)
	if err != nil {
		return summary, stands, err
	}
	columns, err := j.Columns(ctx)
	if err != nil {
		return summary, stands, err
	}
	err = writeAs(ctx, path, report.Results{Columns: columns, Records: stands.counting(j.Records(ctx)), Summary: summary})
	summary.Counts = stands.counts
	return summary, stands, err
}
