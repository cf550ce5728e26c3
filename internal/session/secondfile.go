package session

import (
	"context"
	"errors"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/batch/sheet"
	"guestlist/internal/durable"
	"guestlist/internal/pause"
	"guestlist/internal/text"
	"guestlist/report"
)

// While another program has the results open, they go to a second name beside it. The
// next run takes what people changed in either, writes the first name and removes the
// second.

// secondMark is what the second name has before its ending.
const secondMark = ".while-open"

// secondName is the second name of results.
func secondName(path string) string {
	ending := filepath.Ext(path)
	return strings.TrimSuffix(path, ending) + secondMark + ending
}

// Files are the paths of all that a run may keep of results: under both names, and in their
// journal.
func Files(results string) []string {
	return append(journal.Files(results), results, secondName(results))
}

// firstName is the first name of results: both names stand for them. A file that ends so
// and has a journal of its own is no second name.
func firstName(path string) string {
	ending := filepath.Ext(path)
	stem, found := strings.CutSuffix(strings.TrimSuffix(path, ending), secondMark)
	if !found || exists(journal.Path(path)) || !exists(journal.Path(stem+ending)) {
		return path
	}
	return stem + ending
}

// standing is the file that has the latest results: the second name, where there is one.
func standing(path string) string {
	first := firstName(path)
	if second := secondName(first); first != Stdin && exists(second) && firstName(second) == first {
		return second
	}
	return first
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// openStanding opens a list. Of results with a second name, that is the file that people
// have changed, or both.
func openStanding(ctx context.Context, path string, o ReadOptions) (*source, error) {
	second := standing(path)
	if second == path || KindOf(path) != KindOf(second) {
		return openSource(path, o)
	}
	var files [2]resultsFile
	var base map[string]int
	err := o.Journals.read(ctx, path, func(j *journal.Journal) (err error) {
		if files[0], err = inspect(ctx, j, path); err != nil {
			return err
		}
		files[1] = files[0]
		files[1].path = second
		if files[1].digest, err = durable.Hash(second); err != nil || !files[0].edited() || !files[1].edited() {
			return err
		}
		base, err = writtenRows(ctx, j)
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case base != nil:
		return openTwo(path, second, base, o)
	case files[0].edited():
		return openSource(path, o)
	default:
		return openSource(second, o)
	}
}

// writtenRows counts the rows that both files were made of, by their content.
func writtenRows(ctx context.Context, j *journal.Journal) (map[string]int, error) {
	columns, err := j.Columns(ctx)
	if err != nil {
		return nil, err
	}
	written := make(map[string]int)
	for row, err := range j.Rows(ctx) {
		if err != nil {
			return nil, err
		}
		written[rowContent(columns, row)]++
	}
	return written, nil
}

// ownColumns are the headings of the list in results, with nothing for those of results.
func ownColumns(s *source) []string {
	columns := slices.Clone(s.header().Columns)
	for i, heading := range columns {
		if s.isResultColumn(heading) {
			columns[i] = ""
		}
	}
	return columns
}

// rowContent is what the list's own columns of a row say, however they are ordered.
func rowContent(columns []string, row batch.Row) string {
	var cells []string
	for i, heading := range columns {
		if cell := text.Trim(strings.ReplaceAll(row.Cell(i), "\r", "")); cell != "" && heading != "" {
			cells = append(cells, text.HeadingKey(heading)+"\x00"+cell)
		}
	}
	slices.Sort(cells)
	return strings.Join(cells, "\x01")
}

// openTwo opens results that were changed under both of their names. A row that was
// changed in both, in different ways, is a [*UsageError].
func openTwo(first, second string, base map[string]int, o ReadOptions) (s *source, err error) {
	s, err = openSource(second, o)
	if err != nil {
		return nil, err
	}
	other, err := openSource(first, o)
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	defer func() {
		if err = errors.Join(err, other.close()); err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	ours, err := changesIn(s, base)
	if err != nil {
		return s, err
	}
	theirs, err := changesIn(other, base)
	if err != nil {
		return s, err
	}
	s.otherName, err = merge(ours.columns, ours, theirs)
	if both, ok := errors.AsType[*changedTwiceError](err); ok {
		return s, Usagef("make the two rows equal, or undo one of the changes, close both files, and run the same command again; nothing was sent",
			"%s and %s are the same results and were both changed: the row %s is not the same in them", text.Line(first), text.Line(second), both.row)
	}
	return s, err
}

// fileChanges is how the rows of a file differ from those that were written.
type fileChanges struct {
	columns []string
	// gone counts written rows that it does not have any more, added are its others.
	gone  map[string]int
	added []batch.Row
}

func changesIn(s *source, base map[string]int) (fileChanges, error) {
	c := fileChanges{columns: ownColumns(s), gone: maps.Clone(base)}
	for row, err := range s.rows() {
		if errors.Is(err, sheet.ErrEmpty) {
			break
		}
		if err != nil {
			return c, err
		}
		content := rowContent(c.columns, row)
		switch n := c.gone[content]; {
		case content == "":
		case n > 1:
			c.gone[content] = n - 1
		case n == 1:
			delete(c.gone, content)
		default:
			c.added = append(c.added, row)
		}
	}
	return c, nil
}

// otherName is what was changed in the file that is not read: rows that it has no more,
// and rows that it has instead, under the headings of the one that is read.
type otherName struct {
	columns []string
	gone    map[string]int
	added   []batch.Row
}

// changedTwiceError says that a row was changed in both files.
type changedTwiceError struct{ row string }

func (e *changedTwiceError) Error() string { return "changed twice: " + e.row }

// merge brings what was changed in one file into the rows of another one.
func merge(columns []string, into, from fileChanges) (*otherName, error) {
	same := make(map[string]bool)
	for _, row := range into.added {
		same[rowContent(into.columns, row)] = true
	}
	merged := &otherName{columns: columns, gone: make(map[string]int)}
	alike := 0
	for _, row := range from.added {
		if same[rowContent(from.columns, row)] {
			alike++
			continue
		}
		cells := make([]string, len(columns))
		for i, heading := range columns {
			if at := slices.Index(from.columns, heading); heading != "" && at >= 0 {
				cells[i] = row.Cell(at)
			}
		}
		merged.added = append(merged.added, batch.Row{Line: row.Line, Cells: cells})
	}
	var twice []string
	for content, n := range from.gone {
		if into.gone[content] > 0 {
			twice = append(twice, content)
			continue
		}
		merged.gone[content] = n
	}
	if len(twice) > alike {
		slices.Sort(twice)
		_, who, _ := strings.Cut(whoOf(twice[0]), "\x00")
		return nil, &changedTwiceError{text.Line(who)}
	}
	return merged, nil
}

// whoOf is the cell of a row's content that looks like an address, or its first, behind its
// heading.
func whoOf(content string) string {
	cells := strings.Split(content, "\x01")
	at := max(0, slices.IndexFunc(cells, func(cell string) bool { return strings.Contains(cell, "@") }))
	return cells[at]
}

// applied yields rows with what was changed in the other file.
func (o *otherName) applied(rows iter.Seq2[batch.Row, error]) iter.Seq2[batch.Row, error] {
	return func(yield func(batch.Row, error) bool) {
		left := maps.Clone(o.gone)
		for row, err := range rows {
			if err == nil {
				if content := rowContent(o.columns, row); left[content] > 0 {
					left[content]--
					continue
				}
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
		for _, row := range o.added {
			if !yield(row, nil) {
				return
			}
		}
	}
}

// How long results that another program has open are waited for, and how often they are
// looked at: a program that scans or copies a file lets go of it soon, a person does not.
const (
	holderPatience = 4 * time.Second
	holderGlance   = 200 * time.Millisecond
)

// free waits a little for a file that another program has open; the error is the holder's
// after that.
func free(ctx context.Context, path string) error {
	for begun := time.Now(); ; {
		err := report.InUse(path)
		if err == nil || time.Since(begun) >= holderPatience {
			return err
		}
		if err := pause.For(ctx, holderGlance); err != nil {
			return err
		}
	}
}

// writeSecond writes the results under their second name.
func (s *Session) writeSecond(ctx context.Context, newer *newerInvitations, held error) (batch.RunFacts, *batch.Tally, error) {
	second := secondName(s.Results)
	if err := s.keepChanged(ctx, second); err != nil {
		return batch.RunFacts{}, nil, errors.Join(held, err)
	}
	facts, tally, err := s.writing(newer).results(ctx, second)
	if err != nil {
		return facts, tally, errors.Join(held, err)
	}
	s.written = second
	s.notice(text.Error(held) + ": the results are in " + text.Line(second) + ". Close it; the next run brings both together again.")
	return facts, tally, rememberAs(ctx, s.journal, s.Results, second, newer)
}

// dropSecond removes the second name, since the first has everything. What was changed
// there since it was read is kept.
func (s *Session) dropSecond(ctx context.Context) error {
	second := secondName(s.Results)
	if standing(s.Results) != second {
		return nil
	}
	if err := s.keepChanged(ctx, second); err != nil {
		return err
	}
	err := os.Remove(second)
	if err != nil && exists(second) {
		s.notice("the results are in " + text.Line(s.Results) + ", and " + text.Line(second) + " could not be removed: close it and delete it")
	}
	return nil
}

// keepChanged gives the second name another one where people have changed it, and this
// session has not read it so.
func (s *Session) keepChanged(ctx context.Context, second string) error {
	file, err := inspect(ctx, s.journal, s.Results)
	if err != nil {
		return err
	}
	file.path = second
	if file.digest, err = durable.Hash(second); err != nil {
		return err
	}
	if s.source.path == second && s.source.list.SHA256() == file.digest {
		return nil // what was changed was taken over
	}
	return file.keep(s.notice)
}

// Written is the file that has the results: their second name while another program has
// the first one open.
func (s *Session) Written() string {
	if s.written != "" {
		return s.written
	}
	return s.Results
}
