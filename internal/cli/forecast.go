package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/batch/send"
)

// forecast is what a plan comes to.
type forecast struct {
	counts  batch.Counts
	leftOut batch.Counts // of counts, the rows that are not meant this time
	send    int          // rows to send or to look up
	mailed  int          // of them with a mail
	warned  int          // of them with a warning
}

func (f *forecast) add(step batch.Step) {
	if f.counts == nil {
		f.counts, f.leftOut = make(batch.Counts), make(batch.Counts)
	}
	f.counts[step.Status]++
	if step.LeftOut {
		f.leftOut[step.Status]++
	}
	if step.Action != batch.Skip {
		f.send++
		if len(step.Warnings) > 0 {
			f.warned++
		}
		if step.Invitation.SendMessage {
			f.mailed++
		}
	}
}

// planned is how many rows this run will send if nothing stops it.
func (s *session) planned() int {
	if s.o.limit > 0 {
		return min(s.o.limit, s.plan.send)
	}
	return s.plan.send
}

func (s *session) announce() {
	if _, has := s.source.header().Fields[batch.Sponsors]; has && s.defaults.NoSponsors {
		s.warn("sponsors are left out: invitations of the cloud %s have none", s.o.cloud)
	}
	if s.o.sandbox {
		s.warn("SANDBOX: the tenant is simulated, nobody is invited")
	}
	for _, note := range s.otherResults() {
		s.warn("%s", note)
	}
	for _, warning := range s.advice() {
		s.warn("%s", warning)
	}
	if n := s.plan.leftOut.Rows(); n > 0 {
		s.warn("%s left out by %s, and stay as they are", rows(n), s.o.choosing())
	}
	if n := s.plan.warned; n > 0 {
		s.warn("%s to send with a warning; guestlist check lists them", rows(n))
	}
	if n := s.planned(); n > 0 {
		s.warn("%d of %s to send, %d of them mailed, %s", n, rows(s.plan.counts.Rows()), s.plan.mailed, expected(s.rate, n))
	}
}

// otherResults tells when these results were of another list, and when this
// list has other results: both are easily meant otherwise.
func (s *session) otherResults() []string {
	var notes []string
	was, is := filepath.Base(s.before.List), filepath.Base(s.path)
	workbook := filepath.Base(s.results)
	if s.before.List != "" && was != is && was != workbook && is != workbook {
		notes = append(notes, fmt.Sprintf("%s holds the results of %s; its invited rows stay in there", s.results, s.before.List))
	}
	usual := resultsPath(s.path, s.o.ending())
	if _, err := os.Stat(journal.Path(usual)); err == nil && !s.source.isResults && !sameFile(journal.Path(usual), journal.Path(s.results)) {
		notes = append(notes, fmt.Sprintf("earlier results of this list are in %s; for %s everybody is new", usual, s.results))
	}
	return notes
}

// expected tells how long so many rows take at a pace.
func expected(rate send.Rate, n int) string {
	if rate.Requests == 0 {
		return "without a pace"
	}
	return fmt.Sprintf("at %s: %s", rate, about(rate, n))
}

func about(rate send.Rate, n int) string {
	if took := rate.Duration(n).Round(time.Second); took > 0 {
		return "about " + took.String()
	}
	return "less than a second"
}
