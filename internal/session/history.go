package session

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/batch/judge"
	"guestlist/batch/sheet"
	"guestlist/internal/text"
)

// restore takes over what results workbooks say where the journal is gone or
// new: those of the list, and those that this run would write over. Without it
// everybody would be invited again. What they say of invitations is confirmed first,
// see [claims].
func (s *Session) restore(ctx context.Context) (err error) {
	fresh, err := s.journal.Fresh(ctx)
	if err != nil {
		return err
	}
	if !fresh {
		return s.trustLater(ctx)
	}
	books, err := s.workbooks()
	defer func() { err = errors.Join(err, closeAll(books)) }()
	if err != nil {
		return err
	}
	records, c := s.recorded(books, s.tenant.ID), s.newClaims()
	if err := c.confirm(ctx, s.tenant.Directory(), records); err != nil {
		return err
	}
	if err := s.askTrust(ctx, c); err != nil {
		return err
	}
	if whole, err := s.takesAll(books, c); err != nil {
		return err
	} else if !whole {
		if err := holdOn(ctx, s.journal, s.Results); err != nil {
			return err
		}
	}
	err = s.journal.Restore(ctx, c.restored(records))
	if notice := c.notice(); err == nil && notice != "" {
		s.notice(notice)
	}
	return errors.Join(err, s.learn(ctx, s.journal))
}

// takesAll reports whether the journal will know all that the results say that this run
// writes over: no link is left out, and every row is believed.
func (s *Session) takesAll(books []*source, c *claims) (bool, error) {
	for _, book := range books {
		if !SameFile(book.path, s.Results) {
			continue
		}
		for row, err := range book.list.Rows() {
			if errors.Is(err, sheet.ErrEmpty) {
				break
			}
			if err != nil {
				return false, err
			}
			row = book.unguarded(row)
			o, _ := book.layout.Outcome(judge.Row(book.header(), s.Defaults, row))
			if c.leavesOut(o.RedeemURL) || c.isDoubted(o) || !book.layout.TakenOver(row, o) {
				return false, nil
			}
		}
	}
	return true, nil
}

// trustLater believes what an earlier run did not: it had no --trust-results.
func (s *Session) trustLater(ctx context.Context) error {
	if !s.TrustResults {
		return nil
	}
	return s.journal.Trust(ctx)
}

// workbooks opens the results sheets that hold earlier outcomes.
func (s *Session) workbooks() ([]*source, error) {
	var books []*source
	if s.source.isResults {
		found, err := resultsSheets(s.List, s.Read)
		if errors.As(err, new(*sheet.UnknownSheetError)) { // the sheet was renamed
			var same *source
			if same, err = openSheet(s.List, s.Read); err == nil {
				found = []*source{same}
			}
		}
		books = append(books, found...)
		if err != nil {
			return books, err
		}
	}
	if _, err := os.Stat(s.Results); err != nil || SameFile(s.List, s.Results) {
		return books, nil //nolint:nilerr // no workbook yet: nothing to take over
	}
	found, err := resultsSheets(s.Results, s.Read)
	return append(books, found...), inTheWay(s.Results, err)
}

// resultsSheets opens the sheets Results, Results 2 and so on of a workbook. A
// file that has none is not ours to write over.
func resultsSheets(path string, o ReadOptions) ([]*source, error) {
	var sheets []*source
	// Headings count, and the password that a person gave it; what concerns a list
	// of others does not.
	o = ReadOptions{Options: sheet.Options{Map: o.Map, Password: o.Password}}
	path = standing(path)
	if KindOf(path) == CSV {
		return resultsCSV(path, o)
	}
	for n := 1; ; n++ {
		o.Sheet = resultsSheet
		if n > 1 {
			o.Sheet = fmt.Sprintf("%s %d", resultsSheet, n)
		}
		if n > 1 && !slices.Contains(sheets[0].list.Sheets(), o.Sheet) {
			return sheets, nil // opening the workbook to find that out reads all of it
		}
		book, err := openSheet(path, o)
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
func resultsCSV(path string, o ReadOptions) ([]*source, error) {
	book, err := openSheet(path, o)
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
	return Usagef("move it away, or name another file with --out", "%s is in the way of the results: %w", path, err)
}

// recorded yields the outcomes of all sheets, which are of this tenant; one may
// have no rows.
func (s *Session) recorded(books []*source, id journal.Identity) iter.Seq2[journal.Earlier, error] {
	return func(yield func(journal.Earlier, error) bool) {
		for _, book := range books {
			columns := book.header().Columns
			for record, err := range book.outcomes(id, s.Defaults) {
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

// SameFile reports whether two names are of one file.
func SameFile(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

// recall is [Session.Recall].
func (s *Session) recall(ctx context.Context) (*batch.History, error) {
	if s.Results == "" {
		return nil, nil // a list from standard input has no results
	}
	path := journal.Path(s.Results)
	if _, err := os.Stat(path); err != nil {
		return s.recallResults()
	}
	j, err := journal.Open(ctx, path, journal.Anyone())
	if errors.As(err, new(*journal.BusyError)) {
		s.notice(text.Error(err) + ": another run is using it, so earlier results are not considered")
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	fresh, err := j.Fresh(ctx)
	var history *batch.History
	if err == nil && fresh {
		history, err = s.recallResults()
	} else if err == nil {
		history, err = j.History(ctx, 0)
	}
	return history, errors.Join(err, s.learn(ctx, j), j.Close())
}

// recallResults makes the history of what results files say whose journal is gone.
func (s *Session) recallResults() (history *batch.History, err error) {
	books, err := s.workbooks()
	defer func() { err = errors.Join(err, closeAll(books)) }()
	if err != nil {
		return nil, err
	}
	history = new(batch.History)
	for earlier, err := range s.recorded(books, journal.Anyone()) {
		if err != nil {
			return nil, err
		}
		o := earlier.Outcome
		history.Update(o.Address, func(a *batch.AddressHistory) {
			if o.Status == batch.Unconfirmed { // as in claims
				a.Intended(batch.Intent{Mail: true, At: s.begun})
			}
			a.Settled(o.Status, o.Fingerprint)
			a.Final = o.Status == batch.Failed && batch.IsFinal(o.ErrorCode)
			a.Claimed = o.Status == batch.Removed && !s.TrustResults
			a.Made = o.Status == batch.Failed && o.ErrorCode == batch.CodeInvitationError
		})
	}
	return history, nil
}
