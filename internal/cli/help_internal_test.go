package cli

import (
	"bytes"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"guestlist/batch/results"
	"guestlist/graph"
)

// helpOf is the help of each command, by its name.
func helpOf(t *testing.T) (root *cobra.Command, help map[string]string) {
	t.Helper()
	out, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = out.Close() })
	p := &process{in: os.Stdin, out: out, err: out, screen: &screen{file: out}, getenv: func(string) string { return "" }}
	root, help = p.root(), make(map[string]string)
	root.InitDefaultHelpCmd()
	for _, cmd := range append(root.Commands(), root) {
		cmd.InitDefaultHelpFlag()
		var said bytes.Buffer
		cmd.SetOut(&said)
		if err := cmd.Help(); err != nil {
			t.Fatal(err)
		}
		help[cmd.Name()] = said.String()
	}
	return root, help
}

func TestHelpFitsATerminal(t *testing.T) {
	_, help := helpOf(t)
	for name, said := range help {
		for line := range strings.Lines(said) {
			if line = strings.TrimSuffix(line, "\n"); utf8.RuneCountInString(line) > 80 || strings.TrimRight(line, " ") != line {
				t.Errorf("%s: %q has %d characters", name, line, utf8.RuneCountInString(line))
			}
		}
	}
}

// TestFlagsAreInOneGroup looks for each flag of a command with many in its help, below one
// title, and for no flag in the groups that no command has.
func TestFlagsAreInOneGroup(t *testing.T) {
	root, help := helpOf(t)
	var grouped []string
	for _, group := range flagGroups() {
		grouped = append(grouped, group.flags...)
	}
	used := make(map[string]bool)
	for _, cmd := range root.Commands() {
		if !cmd.Runnable() {
			continue // a topic
		}
		var names []string
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			used[f.Name] = true
			if !f.Hidden {
				names = append(names, f.Name)
			}
		})
		for _, name := range names {
			if got := strings.Count(help[cmd.Name()], " --"+name+" ") + strings.Count(help[cmd.Name()], " --"+name+"\n"); got == 0 {
				t.Errorf("the help of %s does not list --%s", cmd.Name(), name)
			}
			groups := len(slices.DeleteFunc(slices.Clone(grouped), func(other string) bool { return other != name }))
			if len(names) > manyFlags && groups != 1 {
				t.Errorf("--%s of %s is in %d groups", name, cmd.Name(), groups)
			}
		}
	}
	for _, name := range grouped {
		if !used[name] {
			t.Errorf("no command has the flag --%s, which is in a group", name)
		}
	}
}

func TestHelpNamesTheVariablesOfSecrets(t *testing.T) {
	_, help := helpOf(t)
	for _, name := range []string{passwordVariable, "AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PASSWORD", "GUESTLIST_ACCESS_TOKEN"} {
		if !strings.Contains(help["invite"], name) {
			t.Errorf("the help of invite does not name %s", name)
		}
	}
}

// The overview is one screen of a usual terminal, with every command, and a blank line
// between its parts where there is room.
func TestOverviewIsOneScreen(t *testing.T) {
	root, _ := helpOf(t)
	if said := overview(root, 24); strings.Count(said, "\n") > 23 {
		t.Errorf("%d lines\n%s", strings.Count(said, "\n"), said)
	}
	said := overview(root, 0)
	for _, cmd := range root.Commands() {
		if !strings.Contains(said, cmd.Name()) {
			t.Errorf("%s is missing", cmd.Name())
		}
	}
	if overview(root, 40) != said {
		t.Error("a high terminal has no blank lines")
	}
}

func TestEveryColumnIsExplained(t *testing.T) {
	t.Parallel()
	for _, column := range append(results.Columns(), results.FollowUpColumns()...) {
		if namedEntries(columnEntries(), strings.ToLower(column)) == nil {
			t.Errorf("%s is not explained", column)
		}
	}
}

// The names of the page's columns are in its script alone.
func TestEveryColumnOfThePageIsExplained(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile("../../report/page/rows.js")
	if err != nil {
		t.Fatal(err)
	}
	var known []graph.Entry
	for _, part := range explainedParts() {
		known = append(known, part.entries...)
	}
	isKnown := func(name string) bool {
		return slices.ContainsFunc(known, func(e graph.Entry) bool { return strings.EqualFold(strings.TrimSuffix(e.Name, " (UTC)"), name) })
	}
	names := regexp.MustCompile(`(?:name: |text\(|time\()'([^']+)'`).FindAllStringSubmatch(string(script), -1)
	if len(names) < 12 {
		t.Fatalf("%d names: is the script written in another way?", len(names))
	}
	for _, name := range names {
		if name[1] != "Row" && !isKnown(name[1]) {
			t.Errorf("%s is not explained", name[1])
		}
	}
}
