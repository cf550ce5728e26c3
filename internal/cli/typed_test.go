package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// typedLine is a line that holds a command, as it is to be typed.
var typedLine = regexp.MustCompile(`(?:^|next: +)\s*(guestlist .*)$`)

// typedIn are the commands that a text tells people to type, each with the sentence before it.
func typedIn(said string) (sentences, commands []string) {
	before := ""
	for line := range strings.SplitSeq(said, "\n") {
		if found := typedLine.FindStringSubmatch(strings.TrimRight(line, "\r")); found != nil {
			sentences, commands = append(sentences, before+" "+line), append(commands, found[1])
			continue
		}
		before = line
	}
	return sentences, commands
}

// words takes a command apart as a shell does it.
func words(command string) (all []string) {
	quote, word, begun := rune(0), "", false
	for _, r := range command {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			quote, begun = r, true
		case quote == 0 && r == ' ':
			if begun {
				all = append(all, word)
			}
			word, begun = "", false
		default:
			word, begun = word+string(r), true
		}
	}
	if begun {
		all = append(all, word)
	}
	return all
}

// typed types the command that the last one printed below a sentence, and wants an exit code:
// typed 0 'send them again'.
func typed(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: typed code sentence")
	}
	sentences, commands := typedIn(ts.ReadFile("stdout") + ts.ReadFile("stderr"))
	at := slices.IndexFunc(sentences, func(s string) bool { return strings.Contains(s, args[1]) })
	if at < 0 {
		ts.Fatalf("no command is printed below %q; those are %q", args[1], sentences)
	}
	code(ts, false, append([]string{args[0]}, words(commands[at])...))
}

// typable types every command that the last one printed, each in a copy of the folder, and
// fails where one of them cannot be typed like that.
func typable(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 0 {
		ts.Fatalf("usage: typable")
	}
	_, commands := typedIn(ts.ReadFile("stdout") + ts.ReadFile("stderr"))
	if len(commands) == 0 {
		ts.Fatalf("no command is printed")
	}
	for _, command := range commands {
		copied, err := os.MkdirTemp("", "typed")
		ts.Check(err)
		ts.Check(os.CopyFS(copied, os.DirFS(ts.MkAbs("."))))
		all := words(command)
		cmd := exec.Command(all[0], all[1:]...)
		cmd.Path, cmd.Err = onPath(ts, all[0]), nil
		cmd.Dir = copied
		cmd.Env = append(os.Environ(), "GUESTLIST_STATE="+filepath.Join(copied, ".state"), "GUESTLIST_RATE=0", "GUESTLIST_PROGRESS=none", "GORACE=atexit_sleep_ms=0")
		said, _ := cmd.CombinedOutput() // the code says it
		if code := cmd.ProcessState.ExitCode(); slices.Contains([]int{-1, 1, 2, 4}, code) {
			ts.Fatalf("%s: exit code %d\n%s", command, code, said)
		}
		ts.Check(os.RemoveAll(copied))
	}
}

// onPath is the file of a program of the script.
func onPath(ts *testscript.TestScript, name string) string {
	for _, folder := range filepath.SplitList(ts.Getenv("PATH")) {
		for _, ending := range []string{"", ".exe"} {
			if _, err := os.Stat(filepath.Join(folder, name+ending)); err == nil {
				return filepath.Join(folder, name+ending)
			}
		}
	}
	ts.Fatalf("%s is not on the PATH", name)
	return ""
}
