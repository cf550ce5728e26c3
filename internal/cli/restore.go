package cli

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"

	"guestlist/batch/journal"
	"guestlist/batch/sheet"
)

// restore takes over what results workbooks say where the journal is gone or
// new: those of the list, and those that this run would write over. Without it
// everybody would be invited again.
func (s *session) restore(ctx context.Context) (err error) {
	fresh, err := s.journal.Fresh(ctx)
	if err != nil || !fresh {
		return err
	}
	books, err := s.workbooks()
	defer func() { err = errors.Join(err, closeAll(books)) }()
	if err != nil {
		return err
	}
	return s.journal.Restore(ctx, s.recorded(books))
}

// workbooks opens the results sheets that hold earlier outcomes.
func (s *session) workbooks() ([]*source, error) {
	var books []*source
	if s.source.isResults && s.path == stdinName {
		return nil, usagef("give the workbook by its name", "standard input is a results workbook, which is read more than once")
	}
	if s.source.isResults {
		found, err := resultsSheets(s.path, s.o.listOptions)
		if errors.As(err, new(*sheet.UnknownSheetError)) { // somebody gave the sheet another name
			var same *source
			if same, err = openSource(s.path, &s.o.listOptions); err == nil {
				found = []*source{same}
			}
		}
		books = append(books, found...)
		if err != nil {
			return books, err
		}
	}
	if _, err := os.Stat(s.results); err != nil || sameFile(s.path, s.results) {
		return books, nil //nolint:nilerr // no workbook yet: nothing to take over
	}
	found, err := resultsSheets(s.results, s.o.listOptions)
	return append(books, found...), inTheWay(s.results, err)
}

// resultsSheets opens the sheets Results, Results 2 and so on of a workbook. A
// file that has none is not ours to write over.
func resultsSheets(path string, options listOptions) ([]*source, error) {
	var sheets []*source
	options.readOptions = options.forResults()
	if kindOf(path) == asCSV {
		return resultsCSV(path, &options)
	}
	for n := 1; ; n++ {
		options.sheet = resultsSheet
		if n > 1 {
			options.sheet = fmt.Sprintf("%s %d", resultsSheet, n)
		}
		if n > 1 && !slices.Contains(sheets[0].list.Sheets(), options.sheet) {
			return sheets, nil // opening the workbook to find that out reads all of it
		}
		book, err := openSource(path, &options)
		if err != nil {
			return sheets, err
		}
		sheets = append(sheets, book)
		if !book.isResults {
			return sheets, errNoResults
		}
	}
}

// resultsCSV opens results that were written as CSV.
func resultsCSV(path string, options *listOptions) ([]*source, error) {
	book, err := openSource(path, options)
	if err != nil {
		return nil, err
	}
	if !book.isResults {
		return []*source{book}, errNoResults
	}
	return []*source{book}, nil
}

var errNoResults = errors.New("it holds no results of guestlist")

// inTheWay says that something else stands where results go.
func inTheWay(path string, err error) error {
	if err == nil {
		return nil
	}
	return usagef("move it away, or name another file with --out", "%s is in the way of the results: %w", path, err)
}

// recorded yields the outcomes of all sheets; one may have no rows.
func (s *session) recorded(books []*source) iter.Seq2[journal.Earlier, error] {
	return func(yield func(journal.Earlier, error) bool) {
		for _, book := range books {
			columns := book.header().Columns
			for record, err := range book.outcomes(s.tenant.id, s.defaults) {
				if errors.Is(err, sheet.ErrEmpty) {
					break
				}
				if !yield(journal.Earlier{Record: record, Columns: columns}, err) {
					return
				}
			}
		}
	}
}

func closeAll(books []*source) error {
	var errs []error
	for _, book := range books {
		errs = append(errs, book.close())
	}
	return errors.Join(errs...)
}

// sameFile reports whether two names are of one file.
func sameFile(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}
