package session

import (
	"cmp"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/batch/send"
	"guestlist/graph"
	"guestlist/graph/auth"
	"guestlist/internal/text"
)

// Forecast is what a plan comes to.
type Forecast struct {
	Counts batch.Counts
	// LeftOut is the rows of Counts that are not meant this time.
	LeftOut batch.Counts
	// Send is rows to send or to look up, Emailed those of them with an invitation
	// email, Warned those with a warning of their own: what concerns a default is
	// said once. Nameless are those without a name.
	Send, Emailed, Warned, Nameless int
	// Reinvited are rows of Send whose guest is in the tenant already.
	Reinvited int
	// LeftAlone are rows whose guest would be invited again, but for an invitation of
	// theirs of the last day that was never answered.
	LeftAlone int
	// Final is failed rows that a retry leaves alone, since they would fail again.
	Final int
	// NotReminded are the guests who are not reminded, by the reason, where reminders are
	// planned.
	NotReminded map[batch.NoReminder]int
	// Limit is how many rows this run sends at most, 0 for all of them; Now is what
	// those ask for.
	Limit int
	Now   Asked
	// FollowUps are what guests get after the invitation, as far as it is not done yet.
	FollowUps FollowUpForecast
}

// Asked is what rows ask for that are worth a thought before they are sent.
type Asked struct {
	Rows, Emailed int
	// LiveLinks is reminders that end a link which works.
	LiveLinks int
	// Members is rows for a Member, WithMessage those with an email that carries a
	// custom message, Copied those with an email of which a copy is sent.
	Members, WithMessage, Copied int
	// Hosts are the rows by the host where the guests land, Copies those by the address
	// of the copy. Both are bounded: what comes after maxAsked is counted in the rows
	// alone.
	Hosts, Copies map[string]int
	// Ended are the rows whose person has an earlier link, which stops working, by the
	// results that have it; bounded in the same way.
	Ended map[string]int

	// lastURL is where the guest of the last row lands, lastHost its host: most rows of a
	// list share it.
	lastURL, lastHost string
}

// maxAsked is how many hosts and copies are told apart.
const maxAsked = 100

// Add counts a step.
func (f *Forecast) Add(step batch.Step) {
	if f.Counts == nil {
		f.Counts, f.LeftOut = make(batch.Counts), make(batch.Counts)
	}
	f.Counts[step.Status]++
	if step.LeftOut {
		f.LeftOut[step.Status]++
	}
	if step.Final && !step.LeftOut {
		f.Final++
	}
	if step.LeftAlone && !step.LeftOut {
		f.LeftAlone++
	}
	if step.NoReminder != "" && !step.LeftOut {
		if f.NotReminded == nil {
			f.NotReminded = make(map[batch.NoReminder]int)
		}
		f.NotReminded[step.NoReminder]++
	}
	if step.Action == batch.Skip {
		return
	}
	if f.Limit == 0 || f.Send < f.Limit {
		f.Now.add(step)
	}
	f.Send++
	if step.Reinvited && step.Status == batch.Existing {
		f.Reinvited++
	}
	if slices.ContainsFunc(step.Warnings, func(p batch.Problem) bool { return !p.Default }) {
		f.Warned++
	}
	if step.Invitation.SendMessage {
		f.Emailed++
	}
	if step.Invitation.DisplayName == "" {
		f.Nameless++
	}
}

// Meant counts the rows of a status that are not left out.
func (f *Forecast) Meant(s batch.Status) int { return f.Counts[s] - f.LeftOut[s] }

// Emailing tells how many of the rows to send ask for an invitation email.
func (f *Forecast) Emailing() string { return emailing(f.Emailed, f.Send) }

func emailing(emailed, rows int) string {
	switch emailed {
	case 0:
		return "without an email"
	case rows:
		return "with an email from Microsoft"
	default:
		return fmt.Sprintf("%d of %d with an email from Microsoft", emailed, rows)
	}
}

func (a *Asked) add(step batch.Step) {
	inv := step.Invitation
	a.Rows++
	if step.EndsLink {
		a.LiveLinks++
	}
	if step.Reinvited && step.Status == batch.Existing {
		a.Ended = countUpTo(a.Ended, cmp.Or(step.Presence.Batch, "results that are not at hand"))
	}
	if inv.UserType == userTypeMember {
		a.Members++
	}
	if host, ok := a.host(inv.RedirectURL); ok {
		a.Hosts = countUpTo(a.Hosts, host)
	}
	if !inv.SendMessage {
		return
	}
	a.Emailed++
	if info := inv.MessageInfo; info != nil {
		if info.Body != "" {
			a.WithMessage++
		}
		for _, copied := range info.CC {
			a.Copied++
			a.Copies = countUpTo(a.Copies, copied.EmailAddress.Address)
		}
	}
}

// host is the host of a URL, false where it cannot be read.
func (a *Asked) host(address string) (string, bool) {
	if address == a.lastURL && address != "" {
		return a.lastHost, true
	}
	u, err := url.Parse(address)
	if err != nil {
		return "", false
	}
	a.lastURL, a.lastHost = address, u.Host
	return u.Host, true
}

// countUpTo counts a name, unless there are too many.
func countUpTo(counts map[string]int, name string) map[string]int {
	if counts == nil {
		counts = make(map[string]int)
	}
	if _, known := counts[name]; known || len(counts) < maxAsked {
		counts[name]++
	}
	return counts
}

// Emailing tells how many of these rows ask for an invitation email.
func (a *Asked) Emailing() string { return emailing(a.Emailed, a.Rows) }

// Details are what the operator should think of before these rows are sent. Defaults
// gives the address where guests land who have none of their own.
func (a *Asked) Details(defaultRedirect string) []string {
	var details []string
	if len(a.Ended) > 0 {
		details = append(details, "earlier links stop working that are in "+text.Line(Listed(a.Ended)))
	}
	if a.Members > 0 {
		details = append(details, fmt.Sprintf("%s as Member, not as Guest", text.Plural(a.Members, "row")))
	}
	usual, _ := url.Parse(defaultRedirect)
	others := make(map[string]int)
	for host, rows := range a.Hosts {
		if usual == nil || !strings.EqualFold(host, usual.Host) {
			others[host] = rows
		}
	}
	if len(others) > 0 {
		details = append(details, "guests land elsewhere than usual: "+text.Line(Listed(others)))
	}
	if a.Copied > 0 {
		details = append(details, "copies of the emails go to "+text.Line(Listed(a.Copies)))
	}
	if a.WithMessage > 0 {
		details = append(details, fmt.Sprintf("%s with a custom message in the email", text.Plural(a.WithMessage, "row")))
	}
	return details
}

// Expected tells how long it takes to send n rows at a rate.
func Expected(rate send.Rate, n int) string {
	if rate.Requests == 0 {
		return "without a rate limit"
	}
	return fmt.Sprintf("at %s: %s", rate.Over(n), About(rate, n))
}

// About is that time alone.
func About(rate send.Rate, n int) string {
	if took := rate.Duration(n).Round(time.Second); took > 0 {
		return "about " + took.String()
	}
	return "less than a second"
}

// Advice is what the operator should know before anything is sent: of the files,
// of what Graph does without saying so, and of what differs from the run before,
// which had other settings.
func Advice(s *Session, settings map[string]string) []string {
	notes := otherResults(s)
	if s.Plan.Send == 0 {
		return notes
	}
	notes = append(notes, advise(s.tenant.Claims, s.Plan.Now, s.tenant.Cloud)...)
	return append(notes, changed(s.previous.Settings, settings)...)
}

// otherResults tells when these results were of another list, and when this
// list has other results: both are easily meant otherwise.
func otherResults(s *Session) []string {
	var notes []string
	was, is := filepath.Base(s.previous.List), filepath.Base(Resolve(s.List))
	if SameFile(s.previous.List, s.List) {
		was = is // by another name
	}
	workbook := filepath.Base(s.Results)
	if s.previous.List != "" && was != is && was != workbook && is != workbook {
		notes = append(notes, fmt.Sprintf("%s holds the results of %s; its invited rows stay in there", text.Line(s.Results), text.Line(s.previous.List)))
	}
	usual := s.usualResults()
	if _, err := os.Stat(journal.Path(usual)); err == nil && !s.source.isResults && !SameFile(journal.Path(usual), journal.Path(s.Results)) {
		notes = append(notes, fmt.Sprintf("earlier results of this list are in %s; for %s everybody is new", text.Line(usual), text.Line(s.Results)))
	}
	return notes
}

// changed warns that guests of one list would be invited in two ways: a retry
// that forgets --send-message invites silently.
func changed(before, now map[string]string) []string {
	if before == nil {
		return nil
	}
	var warnings []string
	for _, flag := range []string{"send-message", "message", "message-file", "language", "cc", "redirect-url", "user-type"} {
		had, has := asGiven(before, flag), asGiven(now, flag)
		if had != has {
			warnings = append(warnings, "the run before had "+had+", this one has "+has)
		}
	}
	return warnings
}

func asGiven(flags map[string]string, name string) string {
	value, ok := flags[name]
	if !ok {
		return "no --" + name
	}
	return fmt.Sprintf("--%s=%q", name, value)
}

// advise warns of what Graph does without saying so, from the claims of the sign-in
// and what the rows to send ask for: no request is made for it.
func advise(c auth.Claims, asked Asked, cloud graph.Cloud) []string {
	var warnings []string
	if c.AppOnly() && asked.WithMessage > 0 {
		warnings = append(warnings, fmt.Sprintf("an app is signed in, not a person: Microsoft leaves your custom message out of the email (%s); sign in with --auth browser or device-code, or send the links yourself", text.Plural(asked.WithMessage, "row")))
	}
	if asked.Copied > 0 {
		warnings = append(warnings, "Microsoft emails one copy of an invitation at most, and reports say that copies do not always arrive")
	}
	if !c.GlobalAdministrator() && asked.Members > 0 {
		warnings = append(warnings, fmt.Sprintf("the user type Member is documented for administrators of the tenant only: Graph may refuse such rows (%d)", asked.Members))
	}
	if cloud.InvitesOff {
		warnings = append(warnings, "tenants of the cloud "+cloud.Name+" let no one invite guests until an admin changes \"Guest invite settings\"")
	}
	return warnings
}

// userTypeMember is what ParseUserType makes of it.
const userTypeMember = "Member"
