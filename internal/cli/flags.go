package cli

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"guestlist/batch/sheet"
	"guestlist/internal/session"
	"guestlist/internal/shell"
	"guestlist/internal/text"
)

// setFlags are the flags that were set, by name; a repeatable one has many values.
// Secrets have no flag.
type setFlags map[string][]string

func flagsOf(cmd *cobra.Command) setFlags {
	flags := make(setFlags)
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if f.Name == journalFlag && !f.Changed {
			return // its variable says it again, with a password that is told nowhere
		}
		flags[f.Name] = []string{f.Value.String()}
		if many, ok := f.Value.(pflag.SliceValue); ok {
			flags[f.Name] = many.GetSlice()
		}
	})
	return flags
}

// settings are the flags as the journal keeps them.
func (g setFlags) settings() map[string]string {
	settings := make(map[string]string, len(g))
	for name, values := range g {
		settings[name] = strings.Join(values, ", ")
	}
	return settings
}

// without leaves flags out.
func (g setFlags) without(names ...string) setFlags {
	rest := maps.Clone(g)
	for _, name := range names {
		delete(rest, name)
	}
	return rest
}

// of leaves out what another command does not know, whose flags register adds.
func (g setFlags) of(register func(*pflag.FlagSet)) setFlags {
	known := pflag.NewFlagSet("", pflag.ContinueOnError)
	register(known)
	rest := maps.Clone(g)
	maps.DeleteFunc(rest, func(name string, _ []string) bool { return known.Lookup(name) == nil })
	return rest
}

// ofBatch are the flags that another command for the same results needs, too: where tenant
// and journal are, and how columns are read. The clock of a simulated tenant stands where
// this command has set it, without --later.
func (g setFlags) ofBatch() setFlags {
	return g.of(func(f *pflag.FlagSet) {
		new(connectOptions).register(f)
		new(databaseOptions).register(f)
		f.StringArray("map", nil, "")
	}).without("later")
}

// inDays are the flags of a command that shows something new only days after now, the time
// of the tenant: one that is simulated has to be told to go on.
func (g setFlags) inDays(days int, now time.Time) setFlags {
	if g.value("sandbox") != "true" {
		return g
	}
	later := age(time.Until(now.Add(time.Duration(days) * day)).Round(day))
	return g.with("later", later.String())
}

// value is that of a flag, "" where it is not set.
func (g setFlags) value(name string) string {
	if len(g[name]) == 0 {
		return ""
	}
	return g[name][0]
}

// with sets a flag.
func (g setFlags) with(name, value string) setFlags {
	more := maps.Clone(g)
	more[name] = []string{value}
	return more
}

// forEncoding adds the whole command to an error that offers encodings. Commands for results
// take none: guestlist writes UTF-8, and another program saved the file.
func forEncoding(cmd *cobra.Command, file string, err error) error {
	odd, ok := errors.AsType[*sheet.EncodingError](err)
	switch {
	case !ok || len(odd.Readings) == 0 || odd.Above || file == session.Stdin:
		return err
	case cmd.Flags().Lookup("encoding") == nil:
		return &session.UsageError{Err: err, Next: `another program saved the file in another encoding: save it there as "CSV UTF-8 (Comma delimited)"`}
	}
	again := flagsOf(cmd).with("encoding", odd.Readings[0].Encoding).command(commandName(cmd), file)
	return &session.UsageError{Err: err, Next: session.Hint(err) + "\nif the first of them reads right:\n" + again}
}

// command is what to type, as a shell takes it.
func (g setFlags) command(verb, file string) string {
	words := []string{"guestlist", verb, shell.File(fromHere(file))}
	for _, name := range slices.Sorted(maps.Keys(g)) {
		for _, value := range g[name] {
			if value == "true" {
				words = append(words, "--"+name)
				continue
			}
			words = append(words, "--"+name+"="+shell.Quote(value))
		}
	}
	return strings.Join(words, " ")
}

// forResults makes wrong usage of a list that was given to a command for results: its
// results are likely meant.
func (g setFlags) forResults(verb string, err error) error {
	if list, ok := errors.AsType[*session.NotResultsError](err); ok && !isFile(list.Results) {
		return &session.UsageError{Err: err, Next: "give the workbook that invite wrote, as its end said it (results: ...)"}
	} else if ok {
		return &session.UsageError{Err: err, Next: g.command(verb, list.Results)}
	}
	return err
}

// needsSandbox refuses results of the simulated tenant without --sandbox: a sign-in would be
// asked for.
func (g setFlags) needsSandbox(verb, path string) error {
	if g["sandbox"] != nil || !strings.HasSuffix(strings.ToLower(path), session.SandboxEnding) {
		return nil
	}
	return session.Usagef(g.with("sandbox", "true").command(verb, path), "%s is of the simulated tenant: add --sandbox", text.Line(path))
}

// fromHere is a path as people in this folder write it.
func fromHere(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	if short, err := filepath.Rel(here, path); err == nil && filepath.IsLocal(short) {
		return short
	}
	return path
}

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
			wrong = append(wrong, fmt.Errorf("%s %w", variable(f.Name), valueError(f, value, err)))
		}
		f.Changed = f.Name != journalFlag // see flagsOf
	})
	if len(wrong) > 0 {
		return &session.UsageError{Err: errors.Join(wrong...), Next: "correct or unset the variable"}
	}
	return nil
}

// flagError says in our words what pflag finds wrong with the flags of a command.
func flagError(cmd *cobra.Command, err error) error {
	unknown, isUnknown := errors.AsType[*pflag.NotExistError](err)
	if isUnknown && unknown.GetSpecifiedShortnames() != "" {
		return fmt.Errorf("unknown flag: -%s", text.Line(unknown.GetSpecifiedName()))
	}
	if isUnknown {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden {
				names = append(names, f.Name)
			}
		})
		typed := unknown.GetSpecifiedName()
		if likely := text.Nearest(names, typed); likely != "" {
			return fmt.Errorf("unknown flag: --%s; did you mean --%s?", text.Line(typed), likely)
		}
	}
	if bare, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		return fmt.Errorf("--%s needs a value", bare.GetFlag().Name)
	}
	if _, ok := errors.AsType[*pflag.InvalidSyntaxError](err); ok {
		return errors.New("a flag is written --name or --name=value")
	}
	if wrong, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return fmt.Errorf("--%s %w", wrong.GetFlag().Name, valueError(wrong.GetFlag(), wrong.GetValue(), err))
	}
	return err
}

// valueError says what a flag needs in the place of a value that it does not take.
func valueError(f *pflag.Flag, value string, err error) error {
	switch f.Value.Type() {
	case "int":
		return fmt.Errorf("needs a whole number, not %q", value)
	case "duration":
		return fmt.Errorf("needs a time such as 30s or 15m, not %q", value)
	case "bool":
		return fmt.Errorf("needs true or false, not %q", value)
	case "address":
		// What was given may have a password in it.
		return errors.New("needs the address of a PostgreSQL database, such as postgres://user@host:5432/database; a journal that is a file stands beside the results, which --out names")
	case "age":
		return fmt.Errorf("needs a number of days or hours such as 7d or 36h, not %q", value)
	}
	return err
}

// unknownValue says that a flag does not take a value, and which it does.
func unknownValue(flag, value string, taken ...string) error {
	last := len(taken) - 1
	return session.Usagef("write "+strings.Join(taken[:last], ", ")+" or "+taken[last], "%s %q is not known%s", flag, value, didYouMean(taken, value))
}

// didYouMean ends the sentence about a name that is not known, with nothing where none is
// near.
func didYouMean(names []string, typed string) string {
	if likely := text.Nearest(names, typed); likely != "" {
		return "; did you mean " + likely + "?"
	}
	return ""
}

// commandNames are the commands of a program.
func commandNames(root *cobra.Command) []string {
	var names []string
	for _, c := range root.Commands() {
		names = append(names, c.Name())
	}
	return names
}

// unknownCommand says that a program has no such command, or nothing that help explains.
func unknownCommand(root *cobra.Command, typed string) error {
	return session.Usagef("the commands are listed by\nguestlist help", "there is no command %q%s", text.Line(typed), didYouMean(commandNames(root), typed))
}

// helpCommand is what to type for the help of a command.
func helpCommand(cmd *cobra.Command) string {
	if !cmd.HasParent() {
		return "guestlist help"
	}
	return "guestlist help " + commandName(cmd)
}

func variable(flag string) string {
	return "GUESTLIST_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}
