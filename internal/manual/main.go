// Command manual writes what a release has beside the program: the man pages, and the
// completions of the shells.
//
//	go run ./internal/manual FOLDER
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra/doc"

	"guestlist/internal/cli"
)

func main() {
	if len(os.Args) != 2 {
		_, _ = fmt.Fprintln(os.Stderr, "usage: manual FOLDER")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "manual:", err)
		os.Exit(1)
	}
}

// write fills the folders man and completions of a folder. The pages have the date of
// SOURCE_DATE_EPOCH, so that two releases of one commit are the same.
func write(folder string) error {
	pages, completions := filepath.Join(folder, "man"), filepath.Join(folder, "completions")
	if err := errors.Join(os.MkdirAll(pages, 0o755), os.MkdirAll(completions, 0o755)); err != nil {
		return err
	}
	root := cli.Commands()
	root.DisableAutoGenTag = true
	header := &doc.GenManHeader{Title: "GUESTLIST", Section: "1", Source: "guestlist", Manual: "guestlist"}
	if err := doc.GenManTree(root, header, pages); err != nil {
		return err
	}
	for name, generate := range map[string]func(*os.File) error{
		"guestlist.bash": func(f *os.File) error { return root.GenBashCompletionV2(f, true) },
		"guestlist.zsh":  func(f *os.File) error { return root.GenZshCompletion(f) },
		"guestlist.fish": func(f *os.File) error { return root.GenFishCompletion(f, true) },
		"guestlist.ps1":  func(f *os.File) error { return root.GenPowerShellCompletionWithDesc(f) },
	} {
		f, err := os.Create(filepath.Join(completions, name))
		if err != nil {
			return err
		}
		if err := errors.Join(generate(f), f.Close()); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}
