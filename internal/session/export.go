package session

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/batch/sheet"
	"guestlist/internal/machine"
)

// Export writes results again into out, whose ending says as what, and counts the
// rows. From is a journal, or a results workbook or CSV file as people have left it.
func Export(ctx context.Context, from, out string, read ReadOptions, state machine.State, notice func(string)) (batch.Counts, error) {
	if err := mayReplace(from, out, read); err != nil {
		return nil, err
	}
	out = Resolve(out)
	if IsJournal(from) {
		return exportJournal(ctx, from, out, state, notice)
	}
	return exportResults(ctx, from, out, read, state, notice)
}

// IsJournal reports whether a file is a journal by its name.
func IsJournal(path string) bool { return strings.HasSuffix(strings.ToLower(path), journal.Path("")) }

// ResultsOf is the workbook that a journal stands beside.
func ResultsOf(journalPath string) string {
	return journalPath[:len(journalPath)-len(journal.Path(""))] + Workbook
}

// exportJournal writes what a journal holds.
func exportJournal(ctx context.Context, path, out string, state machine.State, notice func(string)) (counts batch.Counts, err error) {
	j, err := journal.Open(ctx, path, journal.Anyone())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	name, _, err := j.Written(ctx)
	if err != nil {
		return nil, err
	}
	// The file that runs write, and not a page or a CSV file beside it.
	isItsOwn := SameFile(journal.Path(out), path) && (name == "" || name == filepath.Base(out))
	if isItsOwn {
		file, err := inspect(ctx, j, out)
		if err != nil {
			return nil, err
		}
		if err := file.keep(notice); err != nil {
			return nil, err
		}
	}
	newer, err := newerThan(ctx, j, path, state, notice)
	if err != nil {
		return nil, err
	}
	summary, _, err := writeResults(ctx, j, newer, out)
	if err == nil && isItsOwn {
		err = remember(ctx, j, out, newer)
	}
	return summary.Counts, err
}

// newerThan is what other journals know of the guests of one that is only read.
func newerThan(ctx context.Context, j *journal.Journal, path string, state machine.State, notice func(string)) (*newerInvitations, error) {
	facts, err := j.Summary(ctx)
	if err != nil {
		return nil, err
	}
	uid, err := j.UID(ctx)
	if err != nil {
		return nil, err
	}
	at, err := journalsBeside(path, uid, facts, state)
	if err != nil || at == nil {
		return nil, err
	}
	return readNewer(ctx, at.Known(ctx), j.Records(ctx), 0, notice, "")
}

// exportResults writes results as people have left them.
func exportResults(ctx context.Context, path, out string, read ReadOptions, state machine.State, notice func(string)) (counts batch.Counts, err error) {
	earlier, err := OpenResults(path, read)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, earlier.Close()) }()
	if err := earlier.ReadJournalsAtHand(ctx, state, notice); err != nil {
		return nil, err
	}
	r, err := earlier.Report(ctx)
	if err != nil {
		return nil, err
	}
	tally := batch.NewTally()
	r.Records = tally.Counting(r.Records)
	return tally.Counts, writeAs(ctx, out, r)
}

// mayReplace refuses to write over the file that is read, and over a workbook
// or CSV file that is not ours. Pages and JSON lines are never read again.
func mayReplace(path, out string, read ReadOptions) error {
	if SameFile(path, out) {
		return Usagef("name another file with --out", "%s would be written over itself", path)
	}
	if kind := KindOf(out); kind != Workbook && kind != CSV {
		return nil
	}
	if _, err := os.Stat(out); err != nil {
		return nil //nolint:nilerr // nothing is there
	}
	books, err := resultsSheets(out, ReadOptions{Options: sheet.Options{Map: read.Map}})
	return inTheWay(out, errors.Join(err, closeAll(books)))
}
