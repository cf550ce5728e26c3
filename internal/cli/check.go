package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/batch/sheet"
)

func (p *process) checkCommand() *cobra.Command {
	var o listOptions
	cmd := &cobra.Command{
		Use:   "check LIST",
		Short: "Read and judge the list; nothing leaves this machine",
		Long: `Read and judge the list the way invite does, print every problem with its row and
column, and say what invite would send. Nothing leaves this machine.

Exit code 0 when every row can be sent, 5 when some are invalid.`,
		Example: "  guestlist check samples/partners.csv",
		Args:    oneList,
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.check(cmd.Context(), args[0], &o)
		},
	}
	o.register(cmd.Flags())
	return cmd
}

func (p *process) check(ctx context.Context, path string, o *listOptions) (err error) {
	rate, err := o.pace()
	if err != nil {
		return err
	}
	defaults, err := o.defaults()
	if err != nil {
		return err
	}
	list, err := o.open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, list.Close()) }()
	past, err := p.remembered(ctx, journal.Path(resultsPath(path, realEnding)))
	if err != nil {
		return err
	}
	seen, err := p.judge(list, batch.Plan{Past: past}, defaults)
	if err != nil {
		return err
	}
	return p.verdict(path, seen, rate)
}

// remembered reads earlier outcomes of the list, if there are any.
func (p *process) remembered(ctx context.Context, path string) (map[string]batch.Past, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, nil //nolint:nilerr // no journal: nothing was sent yet
	}
	j, err := journal.Open(ctx, path, journal.Identity{})
	if errors.As(err, new(*journal.BusyError)) {
		p.warn("%v: judged without what it knows", err)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	past, err := j.Past(ctx)
	return past, errors.Join(err, j.Close())
}

// judge prints every problem and counts the rest.
func (p *process) judge(list *sheet.List, plan batch.Plan, d batch.Defaults) (forecast, error) {
	var seen forecast
	table := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	header := list.Header()
	for row, err := range list.Rows() {
		if err != nil {
			return seen, asUsage(err)
		}
		step := plan.Add(batch.Judge(header, d, row))
		seen.add(step)
		problems(table, step)
	}
	for _, notice := range list.Notices() {
		p.warn("%s", notice)
	}
	return seen, table.Flush()
}

// problems prints a row's problems, one to a line.
func problems(table *tabwriter.Writer, step batch.Step) {
	switch step.Status {
	case batch.Invalid:
		for _, problem := range step.Problems {
			_, _ = fmt.Fprintf(table, "row %d\t%s\t%s\n", step.Row.Line, problem, problem.Advice)
		}
	case batch.Duplicate:
		_, _ = fmt.Fprintf(table, "row %d\t%s\t%s\n", step.Row.Line, step.Address, step.Outcome().Error)
	case batch.Pending, batch.Invited, batch.Failed, batch.Unconfirmed:
	}
}

// verdict sums up and decides the exit code.
func (p *process) verdict(path string, seen forecast, rate batch.Rate) error {
	c := seen.counts
	_, err := fmt.Fprintf(p.out, "%s: %s, %d to send (%d mailed), %d invalid, %d duplicate, %d invited before, %d failed before; %s\n",
		path, rows(c.Rows()), seen.send, seen.mailed, c[batch.Invalid], c[batch.Duplicate], c[batch.Invited], c[batch.Failed],
		expected(rate, seen.send))
	if err != nil {
		return err
	}
	if c[batch.Invalid] > 0 {
		return &settledError{errInvalidRows, exitInvalid}
	}
	return nil
}

// invalidRowsError says that --strict sends nothing because of invalid rows.
type invalidRowsError struct {
	rows int
	path string
}

func (e *invalidRowsError) Error() string {
	return fmt.Sprintf("%s: %s invalid, so --strict sends nothing", e.path, rows(e.rows))
}

func (*invalidRowsError) Unwrap() error { return errInvalidRows }

// Hint tells how to go on.
func (e *invalidRowsError) Hint() string {
	return "guestlist check " + strconv.Quote(e.path) + " names row and column of each"
}
