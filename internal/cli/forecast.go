package cli

import (
	"fmt"
	"time"

	"guestlist/batch"
)

// forecast is what a plan comes to.
type forecast struct {
	counts batch.Counts
	send   int // rows to send or to look up
	mailed int // of them with a mail
}

func (f *forecast) add(step batch.Step) {
	if f.counts == nil {
		f.counts = make(batch.Counts)
	}
	f.counts[step.Status]++
	if step.Action != batch.Skip {
		f.send++
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
	for _, warning := range s.advice() {
		s.warn("%s", warning)
	}
	if n := s.planned(); n > 0 {
		s.warn("%d of %s to send, %d of them mailed, %s", n, rows(s.plan.counts.Rows()), s.plan.mailed, expected(s.rate, n))
	}
}

// expected tells how long so many rows take at a pace.
func expected(rate batch.Rate, n int) string {
	if rate.Requests == 0 {
		return "without a pace"
	}
	return fmt.Sprintf("at %s: about %s", rate, rate.Duration(n).Round(time.Second))
}
