package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is set by release builds: -ldflags "-X guestlist/internal/cli.version=1.2.3".
var version = ""

// tool is the name that workbooks, journals and Microsoft's logs show.
func tool() string { return "guestlist " + release() }

func release() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}

// versionLine is what version and --version print.
func versionLine() string {
	return fmt.Sprintf("%s %s/%s %s", tool(), runtime.GOOS, runtime.GOARCH, runtime.Version())
}

func versionCommand(p *process) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(p.out, versionLine())
			return err
		},
	}
}
