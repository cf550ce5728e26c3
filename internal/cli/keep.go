package cli

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/internal/durable"
)

// standingResults is the results file that a run finds.
type standingResults struct {
	// current says that it is as the last run wrote it, and all that the
	// journal knew then is in it; edited that somebody changed it since.
	current, edited bool
}

// lookAtResults compares the results file with what the last run wrote.
func (s *session) lookAtResults(ctx context.Context) (standingResults, error) {
	news, err := s.journal.News(ctx)
	if err != nil || news { // a run that was killed may have written it or not
		return standingResults{}, err
	}
	path, written, err := s.journal.Written(ctx)
	if err != nil || path != filepath.Base(s.results) {
		return standingResults{}, err
	}
	now, err := durable.Hash(s.results)
	if err != nil || now == "" {
		return standingResults{}, err
	}
	return standingResults{current: now == written, edited: now != written}, nil
}

// unchanged reports whether the results file may stay as it is: nothing became
// known since it was written.
func (s *session) unchanged(ctx context.Context) (bool, error) {
	if !s.found.current && !s.found.edited {
		return false, nil
	}
	news, err := s.journal.News(ctx)
	return err == nil && !news, err
}

// setAside keeps what somebody wrote into the results by hand: they are about to
// be written anew. Edits in the file that is this run's list are part of it.
func (s *session) setAside() error {
	if !s.found.edited || sameFile(s.path, s.results) {
		return nil
	}
	ending := filepath.Ext(s.results)
	aside := strings.TrimSuffix(s.results, ending) + ".edited-" + s.begun.Format("20060102-150405") + ending
	if err := os.Rename(s.results, aside); err != nil {
		return err
	}
	s.warn("%s was changed by hand; it is kept as %s", s.results, aside)
	return nil
}

// remember tells the journal what was written last, for the next run.
func remember(ctx context.Context, j *journal.Journal, results string) error {
	written, err := durable.Hash(results)
	if err != nil {
		return err
	}
	return j.Wrote(ctx, filepath.Base(results), written)
}

// recount tells how things stand without writing results. Rows that are all
// well have no errors to name, and the plan has counted them.
func (s *session) recount(ctx context.Context) (*standing, error) {
	stands := newStanding()
	stands.counts = s.plan.counts
	care := 0
	for status, n := range s.plan.counts {
		if status.NeedsCare() {
			care += n
		}
	}
	if care == 0 {
		return stands, nil
	}
	stands = newStanding()
	for _, err := range stands.counting(s.journal.Records(ctx)) {
		if err != nil {
			return stands, err
		}
	}
	return stands, nil
}

// settled is what the journal tells of the run, where the results stay as they are.
func (s *session) settled(ctx context.Context) (batch.RunFacts, *standing, error) {
	summary, err := s.journal.Summary(ctx)
	if err != nil {
		return summary, nil, err
	}
	stands, err := s.recount(ctx)
	if err != nil {
		return summary, nil, err
	}
	summary.Counts = stands.counts
	return summary, stands, nil
}
