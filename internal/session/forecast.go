package session

import (
	"fmt"
	"slices"
	"time"

	"guestlist/batch"
	"guestlist/batch/send"
)

// Forecast is what a plan comes to.
type Forecast struct {
	Counts batch.Counts
	// LeftOut is the rows of Counts that are not meant this time.
	LeftOut batch.Counts
	// Send is rows to send or to look up, Emailed those of them with an invitation
	// email, Warned those with a warning of their own: what concerns a default is
	// said once.
	Send, Emailed, Warned int
}

// Add counts a step.
func (f *Forecast) Add(step batch.Step) {
	if f.Counts == nil {
		f.Counts, f.LeftOut = make(batch.Counts), make(batch.Counts)
	}
	f.Counts[step.Status]++
	if step.LeftOut {
		f.LeftOut[step.Status]++
	}
	if step.Action == batch.Skip {
		return
	}
	f.Send++
	if slices.ContainsFunc(step.Warnings, func(p batch.Problem) bool { return !p.Default }) {
		f.Warned++
	}
	if step.Invitation.SendMessage {
		f.Emailed++
	}
}

// Meant counts the rows of a status that are not left out.
func (f *Forecast) Meant(s batch.Status) int { return f.Counts[s] - f.LeftOut[s] }

// Emailing tells how many of the rows to send ask for an invitation email.
func (f *Forecast) Emailing() string {
	switch f.Emailed {
	case 0:
		return "without an email"
	case f.Send:
		return "with an email from Microsoft"
	default:
		return fmt.Sprintf("%d of %d with an email from Microsoft", f.Emailed, f.Send)
	}
}

// Expected tells how long it takes to send n rows at a rate.
func Expected(rate send.Rate, n int) string {
	if rate.Requests == 0 {
		return "without a rate limit"
	}
	return fmt.Sprintf("at %s: %s", rate, About(rate, n))
}

// About is that time alone.
func About(rate send.Rate, n int) string {
	if took := rate.Duration(n).Round(time.Second); took > 0 {
		return "about " + took.String()
	}
	return "less than a second"
}
