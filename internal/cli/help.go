package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"guestlist/graph/auth"
)

// helpWidth is how wide help is at most, in characters.
const helpWidth = 80

// flagGroup is a part of the help of a command with many flags.
type flagGroup struct {
	title string
	// flags are their names, in the order in which help lists them.
	flags []string
	// note is what else belongs there, "" for nothing.
	note string
}

// flagGroups are the groups in their order. A flag has the same name and the same group
// in each command.
func flagGroups() []flagGroup {
	return []flagGroup{
		{
			title: "List", flags: []string{"sheet", "map", "encoding", "delimiter", "split", "rows", "where"},
			note: "The password of a protected workbook is read from the variable " + passwordVariable + ".",
		},
		{title: "Invitation", flags: []string{"redirect-url", "send-message", "text", "message", "message-file", "preview", "language", "cc"}},
		{title: "Guest", flags: []string{
			"user-type", "own-domain", "older-than", "max-reminders", "missing-link", "reinvite", "no-directory-check", "ignore-journal", "trust-results", "all",
		}},
		{title: "After the invitation", flags: []string{"group", "groups-from", "set", "manager-from", "sponsors-from", "skip-steps"}},
		{title: "Rate and safety", flags: []string{
			"dry-run", "plan", "plan-addresses", "require-plan", "not-in-list", "accepted", "confirm", "sandbox", "later", "yes", "limit", "per-day", "rate", "workers", "max-attempts", "timeout", "max-failures", "max-outage",
			"strict", "unconfirmed", "settle", "grace", "wait", "log-lost",
		}},
		{
			title: "Sign-in", flags: []string{"auth", "tenant-id", "client-id", "cloud", "graph-url"},
			note: "Secrets are read from variables: " + strings.Join(auth.SecretVariables(), ", ") + ".",
		},
		{title: "Packages", flags: []string{"to", "without", "only", "only-new", "guest-mail", "redact", "template", "print-template"}},
		{
			title: "Journal", flags: []string{journalFlag, "batch"},
			note: "The password of a database is read from PGPASSWORD, from the file that PGPASSFILE names, or is in the address.",
		},
		{title: "Output", flags: []string{"by", "out", "json", "exit-code", "progress", "log-file", "log-level", "metrics-file", "events", "help"}},
	}
}

// manyFlags is how many flags make one list of them hard to read.
const manyFlags = 13

// flagHelp lists the flags of a command for its help, in groups where they are many.
func (p *process) flagHelp(flags *pflag.FlagSet) string {
	columns := helpWidth
	if terminal := width(p.out); terminal > 0 {
		columns = min(columns, terminal)
	}
	shown := make(map[string]*pflag.Flag)
	var names []string
	flags.VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			shown[f.Name] = f
			names = append(names, f.Name)
		}
	})
	all := flagGroup{title: "Flags", flags: names}
	if len(names) <= manyFlags {
		return all.help(shown, columns)
	}
	var parts []string
	for _, group := range flagGroups() {
		group.flags = slices.DeleteFunc(group.flags, func(name string) bool { return shown[name] == nil })
		if len(group.flags) > 0 {
			parts = append(parts, group.help(shown, columns))
		}
	}
	return strings.Join(parts, "\n\n")
}

// help is the part of the help with the flags of a group.
func (g flagGroup) help(flags map[string]*pflag.Flag, columns int) string {
	lines := []string{g.title + ":"}
	for _, name := range g.flags {
		lines = append(lines, lineOf(flags[name], columns))
	}
	if g.note != "" {
		lines = append(lines, "  "+beside(g.note, len("  "), columns))
	}
	return strings.Join(lines, "\n")
}

// lineOf is a flag with what it is for beside it, or below it where it is long.
func lineOf(f *pflag.Flag, columns int) string {
	const left = 30
	value, purpose := pflag.UnquoteUsage(f)
	head := "      --" + f.Name
	if f.Shorthand != "" {
		head = "  -" + f.Shorthand + ", --" + f.Name
	}
	switch f.Value.Type() {
	case "bool":
	case "int":
		head += " N"
	case "duration":
		head += " DURATION"
	default:
		head += " " + value
	}
	if preset := presetOf(f); preset != "" {
		purpose += " (default " + preset + ")"
	}
	gap := "\n" + strings.Repeat(" ", left)
	if len(head)+len("  ") <= left {
		gap = strings.Repeat(" ", left-len(head))
	}
	return head + gap + beside(purpose, left, columns)
}

// presetOf is the value of a flag that is not given, "" where that is nothing.
func presetOf(f *pflag.Flag) string {
	switch f.DefValue {
	case "", "0", "0s", "false", "[]", string(auth.ModeDefault): // "default" needs no telling
		return ""
	}
	if f.Value.Type() == "duration" {
		return shortDuration(f.DefValue)
	}
	return f.DefValue
}

// shortDuration writes 15m for 15m0s.
func shortDuration(d string) string {
	if minutes, whole := strings.CutSuffix(d, "m0s"); whole {
		d = minutes + "m"
	}
	if hours, whole := strings.CutSuffix(d, "h0m"); whole {
		d = hours + "h"
	}
	return d
}

// setHelp gives the help of all commands its form.
func (p *process) setHelp(root *cobra.Command) {
	cobra.AddTemplateFunc("flagHelp", p.flagHelp)
	usage := root.UsageTemplate()
	for _, part := range [][2]string{
		{"Flags:\n{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}", "{{flagHelp .LocalFlags}}"},
		{"Additional help topics:", "Topics:"},
		{"{{rpad .CommandPath .CommandPathPadding}}", "{{rpad .Name .NamePadding}}"},
		{`Use "{{.CommandPath}} [command] --help" for more information about a command.`, `"guestlist help" and the name of a command or topic tells more.`},
	} {
		if !strings.Contains(usage, part[0]) {
			panic(fmt.Sprintf("the usage template of cobra has changed: %s", usage)) // each test of help finds it
		}
		usage = strings.Replace(usage, part[0], part[1], 1)
	}
	root.SetUsageTemplate(usage)
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) {
		said := cmd.Long + "\n"
		switch {
		case cmd == root:
			said = overview(root, height(p.out))
		case cmd.Runnable():
			said += "\n" + cmd.UsageString()
		}
		p.printLong(cmd.OutOrStdout(), said, "guestlist help "+commandName(cmd))
	})
}

// printLong prints a text; where a terminal does not hold it, the command that said it is
// told for reading it page by page. Each system has more.
func (p *process) printLong(w io.Writer, said, command string) {
	_, _ = io.WriteString(w, said) // no one can be told
	if lines := height(p.out); lines > 0 && linesOn(said, width(p.out)) >= lines {
		printLines(p.out, "page by page: ", command+" | more")
	}
}

// overview is the help of the program, on one screen of a usual terminal.
func overview(root *cobra.Command, terminal int) string {
	parts := []string{`guestlist invites the people of a list (CSV or Excel) into a Microsoft Entra
tenant, and keeps every redeem URL and error in a results workbook. To try it
in the folder of the release (or with a list of your own: guestlist template):
  guestlist invite samples/partners.csv --sandbox`}
	for _, group := range root.Groups() {
		lines := []string{group.Title}
		for _, cmd := range root.Commands() {
			if cmd.GroupID == group.ID && cmd.Name() != "help" {
				lines = append(lines, fmt.Sprintf("  %-10s  %s", cmd.Name(), cmd.Short))
			}
		}
		parts = append(parts, strings.Join(lines, "\n"))
	}
	var topics []string
	for _, cmd := range root.Commands() {
		if cmd.IsAdditionalHelpTopicCommand() {
			topics = append(topics, cmd.Name())
		}
	}
	last := len(parts) - 1
	parts[last] += "\n  help        Tell more of a command, of " + strings.Join(topics, ", ")
	said := strings.Join(parts, "\n\n") + "\n"
	if terminal > 0 && strings.Count(said, "\n") >= terminal {
		said = strings.Join(parts, "\n") + "\n"
	}
	return said
}
