package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// fromEnvironment sets every flag that was not given from its variable:
// --send-message is GUESTLIST_SEND_MESSAGE.
func fromEnvironment(cmd *cobra.Command, getenv func(string) string) error {
	var wrong []error
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		value := getenv(variable(f.Name))
		if f.Changed || value == "" || f.Name == "help" {
			return
		}
		if err := cmd.Flags().Set(f.Name, value); err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", variable(f.Name), err))
		}
	})
	if len(wrong) > 0 {
		return &usageError{errors.Join(wrong...), "correct or unset the variable"}
	}
	return nil
}

func variable(flag string) string {
	return "GUESTLIST_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}
