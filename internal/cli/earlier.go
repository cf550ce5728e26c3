package cli

import (
	"context"
	"errors"
	"os"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/batch/results"
	"guestlist/batch/sheet"
)

// remembered reads earlier outcomes of the list, if there are any: from the
// journal, or from the results workbook that the list is, as invite does.
func (x *inspection) remembered(ctx context.Context) (*batch.History, error) {
	_, isResults := results.FindLayout(x.list.Header().Columns)
	isResults = isResults && x.path != stdinName
	results, whose := resultsPath(x.path, realEnding), journal.Identity{}
	if isResults {
		results, whose = x.path, journal.Anyone()
	}
	path := journal.Path(results)
	if _, err := os.Stat(path); err != nil {
		if isResults {
			return x.recorded()
		}
		return nil, nil // no journal: nothing was sent yet
	}
	j, err := journal.Open(ctx, path, whose)
	if errors.As(err, new(*journal.BusyError)) {
		x.warn("%v: judged without what it knows", err)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	history, err := j.History(ctx)
	return history, errors.Join(err, j.Close())
}

// recorded reads outcomes from the results workbook itself: its journal is gone.
func (x *inspection) recorded() (history *batch.History, err error) {
	books, err := resultsSheets(x.path, x.o.listOptions)
	defer func() { err = errors.Join(err, closeAll(books)) }()
	if errors.As(err, new(*sheet.UnknownSheetError)) {
		return nil, nil // somebody kept another of its sheets alone
	}
	if err != nil {
		return nil, err
	}
	history = new(batch.History)
	for _, book := range books {
		for record, err := range book.outcomes(journal.Anyone(), x.defaults) {
			if errors.Is(err, sheet.ErrEmpty) {
				break
			}
			if err != nil {
				return nil, err
			}
			o := record.Outcome
			history.Update(o.Address, func(p *batch.AddressHistory) { p.Settled(o.Status, o.Fingerprint) })
		}
	}
	return history, nil
}
