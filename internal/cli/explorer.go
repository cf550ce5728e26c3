package cli

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"github.com/inconshreveable/mousetrap"
	"github.com/spf13/cobra"

	"guestlist/internal/shell"
)

// explorer is the Explorer of Windows, where that has started the program: by a double
// click, by a list that was dropped on it, or by a shortcut with a command.
type explorer struct{ started bool }

func newExplorer() explorer {
	cobra.MousetrapHelpText = "" // which would keep shortcuts from running
	return explorer{mousetrap.StartedByExplorer()}
}

// explain says what to do instead of a click and reports whether there was nothing else
// to do.
func (e explorer) explain(p *process, args []string) bool {
	if !e.started || len(args) > 0 && !isFile(args[0]) {
		return false
	}
	_, _ = fmt.Fprint(p.out, explorerHelp(args))
	return true
}

// linger waits for Enter: the console of such a start closes with the program.
func (e explorer) linger(p *process) {
	if e.started {
		_, _ = fmt.Fprint(p.err, "\nPress Enter to close this window. ")
		_, _ = bufio.NewReader(p.in).ReadString('\n')
	}
}

// explorerHelp says how to go on for who has started the program in the Explorer, with
// the files that were dropped on it.
func explorerHelp(files []string) string {
	var b strings.Builder
	b.WriteString(`guestlist is typed, not clicked. In the folder of guestlist.exe, type powershell into
the address bar of the Explorer and press Enter; in the window that opens, type:

`)
	if len(files) == 0 {
		b.WriteString("    .\\guestlist template partners.xlsx   writes an empty list to fill in\n" +
			"    .\\guestlist help                     lists the commands\n")
		return b.String()
	}
	for _, file := range files {
		fmt.Fprintf(&b, "    .\\guestlist check %s\n", shell.File(file))
	}
	fmt.Fprintf(&b, "\nThat reads the list and sends nothing. To practise, with a tenant that is simulated:\n\n    .\\guestlist invite %s --sandbox\n", shell.File(files[0]))
	return b.String()
}

// isFile reports whether there is a file of that name.
func isFile(name string) bool {
	info, err := os.Stat(name) //nolint:gosec // who starts the program names the file
	return err == nil && info.Mode().IsRegular()
}
