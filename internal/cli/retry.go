package cli

import (
	"github.com/spf13/cobra"
)

func (p *process) retryCommand() *cobra.Command {
	o := inviteOptions{listOptions: listOptions{readOptions: p.readOptions()}}
	cmd := &cobra.Command{
		Use:   "retry RESULTS",
		Short: "Send again the rows of a results workbook that failed",
		Long: `Send again the rows of a results workbook that failed, with what you mended in it,
and whatever is new or still pending. Invited rows are left alone. The outcomes
come home to the same workbook. The workbook alone is enough: where its journal is
gone, earlier outcomes are read from it.

With --sheet Failed only the rows on that sheet are sent.

` + exitHelp,
		Example: `  guestlist retry partners.results.xlsx
  guestlist retry partners.results.xlsx --sheet Failed`,
		Args: oneList,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, done := p.interruptible(cmd.Context(), o.grace)
			defer done()
			s := p.newSession(args[0], &o)
			s.retry = true
			return s.run(ctx, givenTo(cmd))
		},
	}
	o.register(cmd.Flags())
	return cmd
}
