package cli

import (
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// given are the flags that were set, by name; a repeatable one has many values.
// Secrets have no flag.
type given map[string][]string

func givenTo(cmd *cobra.Command) given {
	flags := make(given)
	cmd.Flags().Visit(func(f *pflag.Flag) {
		flags[f.Name] = []string{f.Value.String()}
		if many, ok := f.Value.(pflag.SliceValue); ok {
			flags[f.Name] = many.GetSlice()
		}
	})
	return flags
}

// settings are the flags as the journal keeps them.
func (g given) settings() map[string]string {
	settings := make(map[string]string, len(g))
	for name, values := range g {
		settings[name] = strings.Join(values, ", ")
	}
	return settings
}

// without leaves flags out.
func (g given) without(names ...string) given {
	rest := maps.Clone(g)
	for _, name := range names {
		delete(rest, name)
	}
	return rest
}

// with sets a flag.
func (g given) with(name, value string) given {
	more := maps.Clone(g)
	more[name] = []string{value}
	return more
}

// command is what to type, as a shell takes it.
func (g given) command(verb, file string) string {
	words := []string{"guestlist", verb, quoted(file)}
	for _, name := range slices.Sorted(maps.Keys(g)) {
		for _, value := range g[name] {
			if value == "true" {
				words = append(words, "--"+name)
				continue
			}
			words = append(words, "--"+name+"="+quoted(value))
		}
	}
	return strings.Join(words, " ")
}

// quoted is a word as shells take it.
func quoted(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("./:_-@,+=", r)
	}
	switch {
	case word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0:
		return word
	case !strings.ContainsAny(word, "$`\\!\""):
		return `"` + word + `"`
	default: // nothing is special between single quotes but themselves
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
}
