//go:build !windows

package cli

import "os"

// takesSequences reports whether a terminal takes control sequences: all of them do.
func takesSequences(*os.File) bool { return true }
