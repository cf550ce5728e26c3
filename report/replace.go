package report

import (
	"io"
	"os"

	"guestlist/internal/durable"
)

// scratchPattern names the temporary folders that a killed process may leave
// behind, so that a later one finds them.
const scratchPattern = "guestlist-report-*"

// Replace is [durable.Replace], whose error it makes a [*FileError] that wraps it.
func Replace(path string, fill func(io.Writer) error) error {
	if err := durable.Replace(path, fill); err != nil {
		return &FileError{Path: path, Reason: "was not written", Next: nextAgain, Err: durable.Cause(err)}
	}
	return nil
}

// newScratch makes a folder of our own for the temporary files of excelize,
// which keeps a sheet of more than 16 MiB on disk until it is zipped.
func newScratch() (string, error) {
	durable.Sweep(os.TempDir(), scratchPattern)
	return os.MkdirTemp("", scratchPattern)
}
