package cli

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Each variable that the program reads is in guestlist help environment, and each that is
// there is read.
func TestHelpNamesEveryVariable(t *testing.T) {
	variable := regexp.MustCompile(`"((?:AZURE|GUESTLIST|ACTIONS)_[A-Z_]+[A-Z])"`)
	named := regexp.MustCompile(`(?m)^  ((?:AZURE|GUESTLIST)_[A-Z_]+)$`)
	read := []string{"GUESTLIST_JOURNAL"} // that of a flag, which may hold a password
	for _, folder := range []string{".", "../machine", "../session", "../../graph/auth", "../../batch"} {
		err := fs.WalkDir(os.DirFS(folder), ".", func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			source, err := os.ReadFile(filepath.Join(folder, path))
			for _, match := range variable.FindAllStringSubmatch(string(source), -1) {
				if path != "topics.go" && !strings.HasPrefix(match[1], "ACTIONS_") { // which GitHub sets by itself
					read = append(read, match[1])
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var said []string
	for _, match := range named.FindAllStringSubmatch(environmentHelp(), -1) {
		said = append(said, match[1])
	}
	slices.Sort(read)
	slices.Sort(said)
	if read = slices.Compact(read); !slices.Equal(read, said) {
		t.Errorf("the program reads %v, and help names %v", read, said)
	}
}

// The page of the exit codes has them all.
func TestHelpHasEveryExitCode(t *testing.T) {
	help := exitCodesHelp()
	for _, code := range []int{exitOK, exitBroken, exitUsage, exitUnfinished, exitAccess, exitInvalid, exitStopped, exitInterrupted} {
		if !regexp.MustCompile(fmt.Sprintf(`(?m)^ +%d  [A-Z]`, code)).MatchString(help) {
			t.Errorf("help does not have %d", code)
		}
	}
}
