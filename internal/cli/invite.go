package cli

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func (p *process) inviteCommand() *cobra.Command {
	var o inviteOptions
	cmd := &cobra.Command{
		Use:   "invite LIST",
		Short: "Invite everyone on the list; run it again to resume",
		Long: `Invite everyone on the list, one POST /invitations for each row, and write every
answer into a results workbook beside the list. Running the same command again
skips who is invited, and sends what is new, mended or still pending.

Every flag can be set by a variable: --send-message is GUESTLIST_SEND_MESSAGE.

` + exitHelp,
		Example: `  guestlist invite samples/partners.csv --sandbox
  guestlist invite partners.xlsx --limit 10
  guestlist invite partners.csv --send-message --message-file welcome.txt`,
		Args: oneList,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, done := p.interruptible(cmd.Context(), o.grace)
			defer done()
			return p.newSession(args[0], &o).run(ctx, given(cmd))
		},
	}
	o.register(cmd.Flags())
	return cmd
}

// given lists the flags that were set, for the journal. Secrets have no flag.
func given(cmd *cobra.Command) map[string]string {
	flags := make(map[string]string)
	cmd.Flags().Visit(func(f *pflag.Flag) { flags[f.Name] = f.Value.String() })
	return flags
}
