package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"guestlist/internal/session"
)

func completionCommand(p *process) *cobra.Command {
	return &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "Print a completion script for a shell",
		Long: `Print a completion script for a shell. For the current session:

  bash        source <(guestlist completion bash)
  zsh         source <(guestlist completion zsh)
  fish        guestlist completion fish | source
  powershell  guestlist completion powershell | Out-String | Invoke-Expression`,
		ValidArgs: []string{"bash", "zsh", "fish", "powershell"},
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return session.Usagef("guestlist completion bash", "name one shell: %s", strings.Join(cmd.ValidArgs, ", "))
			}
			if !slices.Contains(cmd.ValidArgs, args[0]) {
				return session.Usagef("the shells are "+strings.Join(cmd.ValidArgs, ", "), "there is no completion for %q%s", args[0], didYouMean(cmd.ValidArgs, args[0]))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			switch args[0] {
			case "bash":
				return cmd.Root().GenBashCompletionV2(p.out, true)
			case "zsh":
				return cmd.Root().GenZshCompletion(p.out)
			case "fish":
				return cmd.Root().GenFishCompletion(p.out, true)
			case "powershell":
				return cmd.Root().GenPowerShellCompletionWithDesc(p.out)
			default:
				return fmt.Errorf("no completion for %s", args[0])
			}
		},
	}
}
