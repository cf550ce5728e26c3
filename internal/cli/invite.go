package cli

import (
	"github.com/spf13/cobra"
)

func (p *process) inviteCommand() *cobra.Command {
	o := inviteOptions{listOptions: listOptions{readOptions: p.readOptions()}}
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
			return p.newSession(args[0], &o).run(ctx, givenTo(cmd))
		},
	}
	o.register(cmd.Flags())
	return cmd
}
