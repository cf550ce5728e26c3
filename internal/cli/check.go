package cli

import (
	"context"
	"errors"
	"iter"

	"github.com/spf13/cobra"

	"guestlist/batch"
	"guestlist/batch/judge"
	"guestlist/batch/send"
	"guestlist/batch/sheet"
)

// checkOptions are the flags of check.
type checkOptions struct {
	listOptions

	out  string
	json bool
}

func (p *process) checkCommand() *cobra.Command {
	o := checkOptions{listOptions: listOptions{readOptions: p.readOptions()}}
	cmd := &cobra.Command{
		Use:   "check LIST",
		Short: "Read and judge the list; nothing leaves this machine",
		Long: `Read and judge the list the way invite does, print every problem with its row and
column, and say what invite would send. Nothing leaves this machine.

Exit code 0 when every row can be sent, also with warnings; 5 when some are invalid.`,
		Example: `  guestlist check samples/partners.csv
  guestlist check partners.xlsx -o partners.to-mend.xlsx
  guestlist check partners.csv --where "Company=Fabrikam" --json`,
		Args: oneList,
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.check(cmd.Context(), args[0], &o, givenTo(cmd))
		},
	}
	o.register(cmd.Flags())
	cmd.Flags().StringVarP(&o.out, "out", "o", "", "write the list to the workbook `FILE`, problems marked in colour with a comment at the cell")
	cmd.Flags().BoolVar(&o.json, "json", false, "print all of it as one JSON object")
	return cmd
}

// inspection is one check of one list.
type inspection struct {
	*process

	o        *checkOptions
	path     string
	flags    given
	rate     send.Rate
	defaults judge.Defaults
	list     *sheet.List
	history  *batch.History
	takes    func(batch.Row) bool
}

func (p *process) check(ctx context.Context, path string, o *checkOptions, flags given) error {
	x := inspection{process: p, o: o, path: path, flags: flags}
	var tell teller = &remarksTable{process: p}
	if o.json {
		tell = &document{w: p.out}
	}
	seen, err := x.tell(ctx, tell)
	if err != nil {
		return errors.Join(err, tell.broken(err))
	}
	if seen.meant(batch.Invalid) > 0 {
		return &settledError{errInvalidRows, exitInvalid}
	}
	return nil
}

// tell tells of every problem as it is found, and then of the whole.
func (x *inspection) tell(ctx context.Context, tell teller) (seen *judgement, err error) {
	if err := x.open(ctx); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, x.list.Close()) }()
	if seen, err = x.judge(tell); err != nil {
		return nil, err
	}
	if x.o.out != "" {
		if err := x.writeMarked(ctx); err != nil {
			return nil, err
		}
	}
	return seen, tell.whole(x, seen)
}

// open reads what every row is judged by, and opens the list.
func (x *inspection) open(ctx context.Context) (err error) {
	if x.rate, err = x.o.pace(); err != nil {
		return err
	}
	if x.defaults, err = x.o.defaults(); err != nil {
		return err
	}
	if err := x.mayWrite(); err != nil {
		return err
	}
	if x.list, err = x.o.open(x.path); err != nil {
		return err
	}
	if x.takes, err = x.o.choose(x.list.Header()); err == nil {
		x.history, err = x.remembered(ctx)
	}
	if err != nil {
		return errors.Join(err, x.list.Close())
	}
	return nil
}

// judge tells of every problem as it is found.
func (x *inspection) judge(tell teller) (*judgement, error) {
	seen := newJudgement()
	for step, err := range x.steps() {
		if err != nil {
			return seen, asUsage(err)
		}
		found := findings(x.list.Header(), step)
		seen.add(step, found)
		for _, f := range found {
			if err := tell.remark(f); err != nil {
				return seen, err
			}
		}
	}
	seen.notices = append(seen.notices, x.list.Notices()...)
	seen.notices = append(seen.notices, seen.flaws(&x.o.listOptions)...)
	seen.notices = append(seen.notices, seen.mailboxes()...)
	return seen, nil
}

// steps decides about every row of the list.
func (x *inspection) steps() iter.Seq2[batch.Step, error] {
	return func(yield func(batch.Step, error) bool) {
		plan := batch.Plan{History: x.history, Takes: x.takes}
		for row, err := range x.list.Rows() {
			if err != nil {
				yield(batch.Step{}, err)
				return
			}
			step := plan.Add(judge.Row(x.list.Header(), x.defaults, row))
			if !yield(step, nil) {
				return
			}
		}
	}
}
