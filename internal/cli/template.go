package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"guestlist/internal/session"
	"guestlist/internal/shell"
	"guestlist/samples"
)

// defaultTemplate is what template writes when no file is named.
const defaultTemplate = "partners.xlsx"

func templateCommand(p *process) *cobra.Command {
	return &cobra.Command{
		Use:   "template [FILE]",
		Short: "Write an empty list to fill in",
		Long: `Write an empty list to fill in: an Excel workbook (.xlsx) with drop-downs and a
sheet that explains each column, or a CSV file (.csv). Without FILE it is
` + defaultTemplate + `. A file that is there already is left alone. The example row is
skipped when you leave it in.`,
		Example: `  guestlist template
  guestlist template fabrikam.csv`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return oneAtATime(cmd, args)
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			path := defaultTemplate
			if len(args) == 1 {
				path = args[0]
			}
			return writeTemplate(p, path)
		},
	}
}

func writeTemplate(p *process, path string) error {
	kind := strings.ToLower(filepath.Ext(path))
	if kind != ".xlsx" && kind != ".csv" {
		return session.Usagef("give a name that ends in .xlsx or .csv", "%s: a list to fill in is an Excel workbook or a CSV file", path)
	}
	content, err := fs.ReadFile(samples.FS, "template"+kind)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return session.Usagef("name another file, or move that one away", "%s is there already", path)
	}
	if err != nil {
		return &session.UsageError{Err: fmt.Errorf("cannot write the template: %w", err), Next: "name a file in a folder that you may write to"}
	}
	_, err = file.Write(content)
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("write the template: %w", err)
	}
	_, err = fmt.Fprintln(p.out, beside(path+": one row for each guest below the headings; only Email must be filled in", 0, width(p.out)))
	printLines(p.out, "next: ", "guestlist check "+shell.File(path))
	return err
}
