package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/report"
)

func (p *process) reportCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "report JOURNAL",
		Short: "Write the results workbook from a journal alone",
		Long: `Write the results workbook from a journal alone, for example after the disk was
full or the machine went down. Nothing is sent.`,
		Example: "  guestlist report partners.results.journal.db -o partners.results.xlsx",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("guestlist report partners.results.journal.db", "name one journal")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return p.report(cmd.Context(), args[0], out) },
	}
	cmd.Flags().StringVarP(&out, "out", "o", "", "workbook `FILE` (default: beside the journal, named like it)")
	return cmd
}

func (p *process) report(ctx context.Context, path, out string) (err error) {
	if out == "" {
		out = strings.TrimSuffix(path, journal.Path("")) + ".xlsx"
	}
	if !strings.EqualFold(filepath.Ext(out), ".xlsx") {
		return usagef("give a name that ends in .xlsx", "--out %q: results are an Excel workbook", out)
	}
	if _, err := os.Stat(path); err != nil {
		return &usageError{fmt.Errorf("journal: %w", err), "a journal lies beside its results and ends in .journal.db"}
	}
	if err := mayReplace(out); err != nil {
		return err
	}
	j, err := journal.Open(ctx, path, journal.Anyone())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	summary, err := writeResults(ctx, j, out)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.out, "results: %s, %s, %d invited\n", out, rows(summary.Counts.Rows()), summary.Counts[batch.Invited])
	return err
}

// mayReplace refuses to write over a workbook that is not ours.
func mayReplace(path string) error {
	if _, err := os.Stat(path); err != nil {
		return nil //nolint:nilerr // nothing is there
	}
	books, err := resultsSheets(path, listOptions{})
	return errors.Join(err, closeAll(books))
}

// writeResults writes the workbook from what the journal holds.
func writeResults(ctx context.Context, j *journal.Journal, path string) (batch.Summary, error) {
	summary, err := j.Summary(ctx)
	if err != nil {
		return summary, err
	}
	columns, err := j.Columns(ctx)
	if err != nil {
		return summary, err
	}
	return summary, report.Write(ctx, path, report.Results{Columns: columns, Records: j.Records(ctx), Summary: summary})
}
