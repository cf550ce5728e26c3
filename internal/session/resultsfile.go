package session

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"guestlist/batch/journal"
	"guestlist/internal/durable"
	"guestlist/internal/text"
)

// resultsFile is a results file, compared with what runs have written there.
type resultsFile struct {
	path string
	// digest is that of the file as it is now, "" where there is none.
	digest string
	// written are the digests of what was written there, the latest first; none where
	// nothing is known of it.
	written []string
}

// maxWritten is how many of them are kept. A file that is older than all of these counts
// as changed by hand, and nothing of it is lost.
const maxWritten = 100

// inspect reads what a journal knows of a results file.
func inspect(ctx context.Context, j *journal.Journal, path string) (resultsFile, error) {
	f := resultsFile{path: path}
	name, written, err := j.Written(ctx)
	if err != nil {
		return f, err
	}
	if name == filepath.Base(path) {
		f.written = strings.Fields(written)
	}
	f.digest, err = durable.Hash(path)
	return f, err
}

// edited reports whether the file was changed since a run wrote it: it is nothing that
// was ever written there.
func (f resultsFile) edited() bool {
	return f.digest != "" && len(f.written) > 0 && !slices.Contains(f.written, f.digest)
}

// stays reports whether the file need not be written: it says all that the journal
// knows, as it was written or with changes by hand. One from an earlier run does not.
func (f resultsFile) stays(ctx context.Context, j *journal.Journal) (bool, error) {
	if f.digest == "" || len(f.written) == 0 || !f.edited() && f.digest != f.written[0] {
		return false, nil
	}
	news, err := j.News(ctx)
	return err == nil && !news, err
}

// keep gives a file that was changed by hand another name and says so: it is about to be
// written anew. What was changed may have been taken over as a fix, but comments, colours
// and further sheets were not.
func (f resultsFile) keep(notice func(string)) error {
	if !f.edited() {
		return nil
	}
	aside := f.aside(time.Now().UTC())
	if err := os.Rename(f.path, aside); err != nil {
		return err
	}
	notice(text.Line(f.path) + " was changed by hand; it is kept as " + text.Line(aside))
	if runtime.GOOS == "windows" {
		return nil
	}
	return os.Chmod(aside, 0o600) // the program that saved it may have let others read the links
}

// aside is a name that is free.
func (f resultsFile) aside(at time.Time) string {
	ending := filepath.Ext(f.path)
	name := strings.TrimSuffix(f.path, ending) + ".edited-" + at.Format("20060102-150405")
	for n, free := 2, name; ; n++ {
		if _, err := os.Lstat(free + ending); err != nil {
			return free + ending
		}
		free = fmt.Sprintf("%s-%d", name, n)
	}
}

// remember tells the journal what was written, for the next run.
func remember(ctx context.Context, j *journal.Journal, path string) error {
	f, err := inspect(ctx, j, path)
	if err != nil {
		return err
	}
	written := append([]string{f.digest}, slices.DeleteFunc(f.written, func(d string) bool { return d == f.digest })...)
	return j.Wrote(ctx, filepath.Base(path), strings.Join(written[:min(len(written), maxWritten)], " "))
}
