package cli

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"guestlist/internal/session"
	"guestlist/internal/shell"
)

// setFlags are the flags that were set, by name; a repeatable one has many values.
// Secrets have no flag.
type setFlags map[string][]string

func flagsOf(cmd *cobra.Command) setFlags {
	flags := make(setFlags)
	cmd.Flags().Visit(func(f *pflag.Flag) {
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

// with sets a flag.
func (g setFlags) with(name, value string) setFlags {
	more := maps.Clone(g)
	more[name] = []string{value}
	return more
}

// command is what to type, as a shell takes it.
func (g setFlags) command(verb, file string) string {
	words := []string{"guestlist", verb, shell.File(file)}
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
		return &session.UsageError{Err: errors.Join(wrong...), Next: "correct or unset the variable"}
	}
	return nil
}

func variable(flag string) string {
	return "GUESTLIST_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}
