package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/batch/judge"
	"guestlist/batch/sheet"
	"guestlist/internal/durable"
	"guestlist/internal/text"
	"guestlist/report"
	"guestlist/report/page"
)

// resultsFile is a results file, compared with what runs have written there.
type resultsFile struct {
	path string
	// digest is that of the file as it is now, "" where there is none.
	digest string
	// written are the digests of what was written there, the latest first; none where
	// nothing is known of it.
	written []string
	// links is the [newerInvitations.digest] of what was written there last.
	links string
}

// linksMark is before the digest of links where those of files are kept.
const linksMark = "links:"

// maxWritten is how many of them are kept. A file that is older than all of these counts
// as changed by hand, and nothing of it is lost.
const maxWritten = 100

// notTakenOver stands for the digest of a file whose journal was gone and not all of which
// was taken over into a new one: what is there is none that a run wrote.
const notTakenOver = "-"

// holdOn makes the runs keep a file that not all was taken over from, this one and, where
// it is killed, the next.
func holdOn(ctx context.Context, j *journal.Journal, path string) error {
	return j.Wrote(ctx, filepath.Base(path), notTakenOver)
}

// inspect reads what a journal knows of a results file.
func inspect(ctx context.Context, j *journal.Journal, path string) (resultsFile, error) {
	f := resultsFile{path: path}
	name, written, err := j.Written(ctx)
	if err != nil {
		return f, err
	}
	if name == filepath.Base(path) || j.InDatabase() { // on another machine they may have another name
		f.written = strings.Fields(written)
	}
	if last := len(f.written) - 1; last >= 0 && strings.HasPrefix(f.written[last], linksMark) {
		f.links, f.written = strings.TrimPrefix(f.written[last], linksMark), f.written[:last]
	}
	f.digest, err = durable.Hash(path)
	return f, err
}

// writtenFrom tells a results file that a run wrote from others, by its digest, as far as
// the journal beside it can be read now.
func writtenFrom(ctx context.Context, path string) func(sha256 string) bool {
	written := strings.Fields(journal.WrittenFrom(ctx, journal.Path(firstName(Resolve(path)))))
	return func(sha256 string) bool { return slices.Contains(written, sha256) }
}

// isLatest reports whether a results file with this digest is what was written last, and its
// journal has learnt nothing since: then the journal has the same rows.
func isLatest(ctx context.Context, j *journal.Journal, path, digest string) (bool, error) {
	file, err := inspect(ctx, j, path)
	if err != nil || len(file.written) == 0 || file.written[0] != digest || file.digest != digest {
		return false, err
	}
	news, err := j.News(ctx)
	return !news, err
}

// edited reports whether the file was changed since a run wrote it: it is nothing that
// was ever written there.
func (f resultsFile) edited() bool {
	return f.digest != "" && len(f.written) > 0 && !slices.Contains(f.written, f.digest)
}

// stays reports whether the file need not be written: it says all that the journal and
// those at hand know, as it was written or with changes by hand. One from an earlier run
// does not.
func (f resultsFile) stays(ctx context.Context, j *journal.Journal, newer *newerInvitations) (bool, error) {
	if f.digest == "" || len(f.written) == 0 || !f.edited() && f.digest != f.written[0] {
		return false, nil
	}
	if news, err := j.News(ctx); err != nil || news {
		return false, err
	}
	links, err := newer.digest(j.Records(ctx))
	return err == nil && links == f.links, err
}

// keep gives a file that was changed by hand another name and says so: it is about to be
// written anew. What was changed may have been taken over as a fix, but comments, colours
// and further sheets were not. So it is with a file that has the only copy of something.
// Other names of the file are told, since they do not follow.
func (f resultsFile) keep(notice func(string)) error {
	if names := durable.Names(f.path); names > 1 {
		other := "another name (a hard link), which keeps"
		if names > 2 {
			other = "other names (hard links), which keep"
		}
		notice(text.Line(f.path) + " has " + other + " the earlier results: only this one is written anew")
	}
	if !f.edited() {
		return nil
	}
	aside := f.aside(time.Now().UTC())
	if err := os.Rename(f.path, aside); err != nil {
		return err
	}
	why := " was changed by hand"
	if f.written[0] == notTakenOver {
		why = " has links or rows that were not taken over"
	}
	notice(text.Line(f.path) + why + "; it is kept as " + text.Line(aside) + ", with its names and links: delete that once you do not need it")
	_ = durable.MakePrivate(aside) // the program that saved it may have let others read the links
	return nil
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
func remember(ctx context.Context, j *journal.Journal, path string, newer *newerInvitations) error {
	return rememberAs(ctx, j, path, path, newer)
}

// rememberAs is remember for results that were written under another name.
func rememberAs(ctx context.Context, j *journal.Journal, path, written string, newer *newerInvitations) error {
	f, err := inspect(ctx, j, path)
	if err == nil {
		f.digest, err = durable.Hash(written)
	}
	if err != nil {
		return err
	}
	links, err := newer.digest(j.Records(ctx))
	if err != nil {
		return err
	}
	digests := append([]string{f.digest}, slices.DeleteFunc(f.written, func(d string) bool { return d == f.digest })...)
	digests = digests[:min(len(digests), maxWritten)]
	if links != "" {
		digests = append(digests, linksMark+links)
	}
	return j.Wrote(ctx, filepath.Base(path), strings.Join(digests, " "))
}

// writing is what results are written from, and who is told what.
type writing struct {
	journal *journal.Journal
	// newer is what the journals at hand know.
	newer  *newerInvitations
	notice func(string)
	// acceptance counts the guests meanwhile, nil where no one asks.
	acceptance *acceptanceCount
}

// results writes the results from what the journal and those at hand know, and
// tells how things stand.
func (w writing) results(ctx context.Context, path string) (batch.RunFacts, *batch.Tally, error) {
	return w.write(ctx, journal.Derived{Path: path})
}

// derived is results for a file beside the results, which the journal remembers.
func (w writing) derived(ctx context.Context, d journal.Derived) (batch.RunFacts, error) {
	facts, _, err := w.write(ctx, d)
	if err == nil {
		err = addDerived(ctx, w.journal, d)
	}
	return facts, err
}

func (w writing) write(ctx context.Context, d journal.Derived) (batch.RunFacts, *batch.Tally, error) {
	// The writer of a sheet doubles its buffer up to 32 MiB, and leaves as much
	// behind: collected sooner, 100,000 rows take 110 MiB instead of 125.
	defer debug.SetGCPercent(debug.SetGCPercent(50))
	tally := batch.NewTally()
	r, err := resultsOf(ctx, w.journal, w.newer)
	if err != nil {
		return r.Summary, tally, err
	}
	r.Records = w.acceptance.counting(r.Records)
	r = about(r, sheet.HeaderOf(r.Columns, nil))
	if d.NoLinks {
		r = withoutLinks(r)
	}
	err = writeAs(ctx, d.Path, r, tally, w.notice)
	r.Summary.Counts = tally.Counts
	return r.Summary, tally, err
}

// resultsOf are the results that a journal and those at hand know.
func resultsOf(ctx context.Context, j *journal.Journal, newer *newerInvitations) (r report.Results, err error) {
	if r.Summary, err = j.Summary(ctx); err != nil {
		return r, err
	}
	if r.Columns, err = j.Columns(ctx); err != nil {
		return r, err
	}
	r.FollowUps, err = j.HasFollowUps(ctx)
	r.Records = newer.judged(j.Records(ctx))
	return r, err
}

// about adds what the header of the list says of the guests: where their addresses and
// names are.
func about(r report.Results, h batch.Header) report.Results {
	r.Name = func(rec batch.Record) string { return judge.GuestName(h, rec) }
	for _, f := range []batch.Field{batch.Email, batch.Name} {
		if at, ok := h.Fields[f]; ok {
			r.Who = append(r.Who, at)
		}
	}
	for _, part := range h.NameFrom {
		if part.Column >= 0 {
			r.Who = append(r.Who, part.Column)
		}
	}
	return r
}

// withoutLinks is results for people who are not to have the links. A list that was made of
// results has older ones in columns of its own.
func withoutLinks(r report.Results) report.Results {
	records := r.Records
	r.NoLinks = true
	r.Records = func(yield func(batch.Record, error) bool) {
		for rec, err := range records {
			if slices.ContainsFunc(rec.Cells, holdsLink) {
				rec.Cells = slices.Clone(rec.Cells)
				for i, cell := range rec.Cells {
					if holdsLink(cell) {
						rec.Cells[i] = "(link left out)"
					}
				}
			}
			if !yield(rec, err) {
				return
			}
		}
	}
	return r
}

// holdsLink reports whether a cell holds what may be an invitation link.
func holdsLink(cell string) bool { return strings.Contains(strings.ToLower(cell), "/redeem?") }

// writeAs writes results as the name of their file says, and counts the rows.
func writeAs(ctx context.Context, path string, r report.Results, tally *batch.Tally, notice func(string)) error {
	writePage := page.Write
	if KindOf(path) == Page {
		many, err := moreThan(ctx, r.Records, page.MaxRows)
		if err != nil {
			return err
		}
		if many {
			notice("more than " + text.Thousands(page.MaxRows) + " rows: the page has the counts of all of them, and the rows that need attention; .csv, .jsonl and .xlsx have every row")
			writePage = page.WriteAttention
		}
	}
	r.Records = tally.Counting(r.Records)
	switch KindOf(path) {
	case CSV:
		return report.WriteCSV(ctx, path, r)
	case JSONL:
		return report.WriteJSONL(ctx, path, r)
	case Page:
		return report.Replace(path, func(w io.Writer) error { return writePage(ctx, w, r) })
	default:
		return report.Write(ctx, path, r)
	}
}

// errEnough ends a reading that has found what it looked for.
var errEnough = errors.New("enough")

// moreThan reports whether there are more than n records.
func moreThan(ctx context.Context, records iter.Seq2[batch.Record, error], n int) (bool, error) {
	err := report.Each(ctx, records, func(batch.Record) error {
		if n--; n < 0 {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return true, nil
	}
	return false, err
}
