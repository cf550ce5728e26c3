package cli

import (
	"fmt"

	"github.com/spf13/pflag"
)

// invalidRowsError says that --strict sends nothing because of invalid rows.
type invalidRowsError struct {
	rows          int
	path, command string
}

func (e *invalidRowsError) Error() string {
	return fmt.Sprintf("%s: %s invalid, so --strict sends nothing", e.path, rows(e.rows))
}

func (*invalidRowsError) Unwrap() error { return errInvalidRows }

// Hint tells how to go on.
func (e *invalidRowsError) Hint() string {
	return e.command + " names row and column of each"
}

// checking is the check of this run's list, with those of its flags that check
// knows.
func (s *session) checking() string {
	known := pflag.NewFlagSet("check", pflag.ContinueOnError)
	new(listOptions).register(known)
	flags := s.flags
	for name := range s.flags {
		if known.Lookup(name) == nil {
			flags = flags.without(name)
		}
	}
	return flags.command("check", s.path)
}
