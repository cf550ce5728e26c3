package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/batch/judge"
	"guestlist/batch/planfile"
	"guestlist/batch/provider"
	"guestlist/batch/send"
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
	// Unserved are rows that are meant and repeat a row that is left out, so that no one
	// invites their guest.
	Unserved int
	// Besides are duplicates that ask for what the first row of their guest does not.
	Besides int
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

	// Domains are the rows to send by their domain.
	Domains map[string]int
	typos   map[string]int // of Domains, rows whose domain is likely meant otherwise
	first   map[string]int // of Domains, the row that had it first

	// Wrong are the first rows that cannot be sent, FirstWarned is the first one to send
	// with a warning of its own.
	Wrong       []OddRow
	FirstWarned OddRow

	// reminded are the first guests whom this run reminds.
	reminded []string

	// unplanned are rows of this run that the reviewed plan does not hold, the first of
	// them; unplannedRows counts all.
	unplanned     []UnplannedRow
	unplannedRows int
}

// OddRow is a row that has problems, or warnings.
type OddRow struct {
	Line     int
	Problems []batch.Problem
}

// maxWrong is how many rows a forecast names that cannot be sent.
const maxWrong = 3

// maxReminded is how many guests a forecast names that are reminded.
const maxReminded = 5

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
		f.Domains, f.typos, f.first = make(map[string]int), make(map[string]int), make(map[string]int)
	}
	f.Counts[step.Status]++
	if step.LeftOut {
		f.LeftOut[step.Status]++
	}
	if step.Status == batch.Invalid && !step.LeftOut && len(f.Wrong) < maxWrong {
		f.Wrong = append(f.Wrong, OddRow{step.Row.Line, slices.Clone(step.Problems)})
	}
	if step.Final && !step.LeftOut {
		f.Final++
	}
	if step.LeftAlone && !step.LeftOut {
		f.LeftAlone++
	}
	if step.FirstLeftOut && !step.LeftOut {
		f.Unserved++
	}
	if len(step.Besides) > 0 && !step.LeftOut {
		f.Besides++
	}
	if step.NoReminder != "" && !step.LeftOut {
		if f.NotReminded == nil {
			f.NotReminded = make(map[batch.NoReminder]int)
		}
		f.NotReminded[step.NoReminder]++
	}
	if step.Unplanned != "" && (f.Limit == 0 || f.Send < f.Limit) {
		f.unplannedRows++
		if len(f.unplanned) < maxUnplanned {
			f.unplanned = append(f.unplanned, UnplannedRow{step.Row.Line, step.Address, step.Unplanned})
		}
	}
	if step.Action == batch.Skip {
		return
	}
	if f.Limit == 0 || f.Send < f.Limit {
		f.Now.add(step)
		if step.Reminder && len(f.reminded) < maxReminded {
			f.reminded = append(f.reminded, step.Address)
		}
	}
	f.Send++
	if step.Reinvited && step.Status == batch.Existing {
		f.Reinvited++
	}
	if own := slices.DeleteFunc(slices.Clone(step.Warnings), func(p batch.Problem) bool { return p.Default }); len(own) > 0 {
		if f.Warned++; f.Warned == 1 {
			f.FirstWarned = OddRow{step.Row.Line, own}
		}
	}
	f.addDomain(step)
	if step.Invitation.SendMessage {
		f.Emailed++
	}
	if step.Invitation.DisplayName == "" {
		f.Nameless++
	}
}

// addDomain counts a row to send by its domain.
func (f *Forecast) addDomain(step batch.Step) {
	domain := batch.CountedDomain(f.Domains, step.Address)
	if own := batch.Domain(step.Address); domain == batch.OtherDomains && provider.Of(own) != provider.None {
		domain = own // Mailboxes tells of it
	}
	if f.Domains[domain]++; f.Domains[domain] == 1 {
		f.first[domain] = step.Row.Line
	}
	if slices.ContainsFunc(step.Warnings, func(p batch.Problem) bool { return p.Kind == batch.KindTypo }) {
		f.typos[domain]++
	}
}

// maxTypos is how many domains are named that are likely typos of others in the list.
const maxTypos = 5

// Typos tells of domains that are likely typos of others in the list.
func (f *Forecast) Typos() []string {
	meant := judge.LikelyTypos(f.Domains)
	domains := slices.DeleteFunc(slices.Collect(maps.Keys(meant)), func(domain string) bool { return f.typos[domain] > 0 })
	slices.SortFunc(domains, func(a, b string) int { return cmp.Compare(f.first[a], f.first[b]) })
	var notices []string
	for _, domain := range domains[:min(len(domains), maxTypos)] {
		notices = append(notices, fmt.Sprintf("The domain %s in row %d is nearly %s, which %d rows have: correct it if it is a typo.", domain, f.first[domain], meant[domain], f.Domains[meant[domain]]))
	}
	if rest := len(domains) - maxTypos; rest > 0 {
		notices = append(notices, fmt.Sprintf("%d more domains are nearly those of many rows.", rest))
	}
	return notices
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
	notes = append(notes, advise(s.tenant, s.Plan.Now)...)
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
	if s.source.marks && s.previous.List == "" && !exists(s.Results) {
		notes = append(notes, fmt.Sprintf("%s was marked by guestlist check, and begins new results: if you have invited from the list before, name its results with --out, and both stay one batch", text.Line(s.List)))
	}
	usual := s.usualResults()
	if _, err := os.Stat(journal.Path(usual)); err == nil && !s.source.isResults && !SameFile(journal.Path(usual), journal.Path(s.Results)) {
		notes = append(notes, fmt.Sprintf("earlier results of this list are in %s, and are not read: %s begins with no one invited", text.Line(usual), text.Line(s.Results)))
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
	for _, flag := range []string{"send-message", "message", "message-file", "text", "language", "cc", "redirect-url", "user-type"} {
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
func advise(t *Tenant, asked Asked) []string {
	var warnings []string
	switch {
	case asked.WithMessage == 0:
	case t.ID.Sandbox:
		warnings = append(warnings, fmt.Sprintf("no one signs in to the sandbox, and --auth has no effect there; in a real tenant, Microsoft leaves your custom message out of the email (%s) when an app signs in, and not when a person does (--auth browser or device-code)", text.Plural(asked.WithMessage, "row")))
	case t.Claims.AppOnly():
		warnings = append(warnings, fmt.Sprintf("an app is signed in, not a person: Microsoft leaves your custom message out of the email (%s); sign in with --auth browser or device-code, or send the links yourself", text.Plural(asked.WithMessage, "row")))
	}
	if asked.Copied > 0 {
		warnings = append(warnings, "Microsoft emails one copy of an invitation at most, and reports say that copies do not always arrive")
	}
	if !t.Claims.GlobalAdministrator() && asked.Members > 0 {
		warnings = append(warnings, fmt.Sprintf("the user type Member is documented for administrators of the tenant only: Graph may refuse such rows (%d)", asked.Members))
	}
	if t.Cloud.InvitesOff {
		warnings = append(warnings, "tenants of the cloud "+t.Cloud.Name+" let no one invite guests until an admin changes \"Guest invite settings\"")
	}
	return warnings
}

// userTypeMember is what ParseUserType makes of it.
const userTypeMember = "Member"

// planAge is how old a reviewed plan may be. A list of thousands with a daily budget takes
// weeks; later, people may have left for good whom the plan would invite.
const planAge = 30 * day

// planSettings are those that change who gets what, by the flag, as a plan keeps them.
func (s *Session) planSettings() map[string]string {
	d, o := s.Defaults, s.FollowUps
	settings := map[string]string{
		"redirect-url": d.RedirectURL, "send-message": strconv.FormatBool(d.SendMessage), "message": d.Message.Source(),
		"language": d.Language, "cc": d.CC, "user-type": d.UserType,
		"reinvite": string(s.Reinvite), "no-directory-check": strconv.FormatBool(s.NoDirectoryCheck),
		"ignore-journal": strings.Join(s.IgnoreJournals, ", "),
		"group":          strings.Join(o.Groups, ", "), "groups-from": o.GroupsFrom, "manager-from": o.ManagerFrom, "sponsors-from": o.SponsorsFrom,
		"graph-url": s.tenant.Root,
	}
	if s.Resend {
		settings["unconfirmed"] = "resend"
	}
	for language, source := range d.Translations.Sources() {
		settings["message in "+language] = source
	}
	for _, set := range o.Set {
		settings["set "+string(set.Attribute)] = set.Heading
	}
	for name, value := range settings {
		settings[name] = text.Block(value)
		if value == "" || value == "false" {
			delete(settings, name)
		}
	}
	return settings
}

// planRow is a step as a plan has it, false for one of which nothing comes.
func (s *Session) planRow(step batch.Step) (planfile.Row, bool) {
	if step.LeftOut || step.FirstLine != 0 || !s.source.wants(step.Address) {
		return planfile.Row{}, false
	}
	isLeft := func(f batch.FollowUp) bool {
		return f.State == batch.FollowUpPending && !s.after.settled[journal.KeyOf(f)]
	}
	if step.Action == batch.Skip && !slices.ContainsFunc(s.after.request.Of(step), isLeft) {
		return planfile.Row{}, false
	}
	// What the guest gets must not hang on what is known of them when the plan is made.
	asNew := step
	asNew.Action, asNew.Status = batch.Send, batch.Pending
	row := planfile.Row{Step: step, FollowUps: s.after.request.Of(asNew)}
	if step.Reminder {
		row.Nth = 1 + s.reminders.Earlier(step.Address)
	}
	return row, true
}

// PlanOptions say what is written into a plan.
type PlanOptions struct {
	// Path is the file, Earlier the plan that it takes the place of, nil for none.
	Path    string
	Earlier *planfile.Plan
	// Limit is how many rows that are to be sent, 0 for all.
	Limit int
	// Named says that addresses are.
	Named bool
}

// EarlierPlan is the plan that a new one takes the place of, nil where there is no file.
// Nothing else is written over.
func EarlierPlan(path string) (*planfile.Plan, error) {
	p, err := planfile.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, Usagef("name another file, or remove it", "%s is in the way of the plan: %w", text.Line(path), err)
	}
	return p, nil
}

// WritePlan writes what would be sent into a file, for review.
func (s *Session) WritePlan(ctx context.Context, o PlanOptions) (*planfile.Plan, error) {
	if s.tenant.ID.Tenant == "" {
		return nil, errUnnamedTenant()
	}
	p := planfile.New(o.Earlier)
	p.Made, p.Tenant, p.TenantName = s.Now().UTC().Truncate(time.Second), s.tenant.ID.Tenant, text.Line(s.organization.Name)
	p.List, p.Settings, p.Named = text.Line(filepath.Base(s.List)), s.planSettings(), o.Named
	sent := 0
	for step, err := range s.decide(s.planned(ctx)) {
		if err == nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return nil, err
		}
		row, has := s.planRow(step)
		if !has || step.Action != batch.Skip && o.Limit > 0 && sent == o.Limit {
			continue
		}
		if step.Action != batch.Skip {
			sent++
		}
		if err := p.Add(row); err != nil {
			return nil, err
		}
	}
	return p, p.Write(o.Path)
}

func errUnnamedTenant() error {
	return Usagef("sign in another way; guestlist doctor shows what the token tells", "the sign-in does not name its tenant, so that there can be no plan for it")
}

// checkReviewed refuses a reviewed plan that is not of this tenant, these settings and this
// month.
func (s *Session) checkReviewed() error {
	p := s.Reviewed
	if p == nil {
		return nil
	}
	again := "make a new plan and have it reviewed:\n" + s.PlanCommand
	age := s.Now().Sub(p.Made)
	switch {
	case s.tenant.ID.Tenant == "":
		return errUnnamedTenant()
	case p.Tenant != s.tenant.ID.Tenant:
		return Usagef(again, "%s is a plan for the tenant %s, and the sign-in is for %s", text.Line(p.Path), p.Tenant, s.tenant.ID.Tenant)
	case age > planAge:
		return Usagef(again, "%s was made on %s: a plan is good for %d days", text.Line(p.Path), text.Moment(p.Made), planAge/day)
	case age < -day:
		return Usagef(again, "%s was made on %s, which is in the future", text.Line(p.Path), text.Moment(p.Made))
	}
	if differ := p.Differences(s.planSettings()); len(differ) > 0 {
		return Usagef("run with the settings of the plan, or "+again, "this run is not the one that was planned: %s", strings.Join(differ, "; "))
	}
	return nil
}

// bound holds a step against the reviewed plan.
func (s *Session) bound(step *batch.Step) error {
	row, has := s.planRow(*step)
	if !has {
		return nil
	}
	why, overtaken, err := s.Reviewed.Of(row)
	if overtaken || why != "" {
		step.Action, step.Reinvited, step.Unplanned = batch.Skip, false, why
	}
	return err
}

// withholdUnplanned leaves alone what earlier runs have not finished and the plan does not
// ask for.
func (s *Session) withholdUnplanned() {
	if !s.bounded {
		return
	}
	if s.after.withheld == nil {
		s.after.withheld = make(map[batch.FollowUpKind]string)
	}
	for _, kind := range batch.FollowUpKinds() {
		if !slices.Contains(s.FollowUps.kinds(), kind) {
			s.after.withheld[kind] = "the reviewed plan does not have it"
		}
	}
}

// UnplannedRow is a row that a reviewed plan does not hold.
type UnplannedRow struct {
	Line    int
	Address string
	Why     batch.Unplanned
}

// maxUnplanned is how many of them are named.
const maxUnplanned = 20

// UnplannedError says that rows would be sent that the reviewed plan does not hold. Nothing
// was sent.
type UnplannedError struct {
	Plan string
	// Rows are the first of All rows.
	Rows []UnplannedRow
	All  int
}

func (e *UnplannedError) Error() string {
	lines := []string{fmt.Sprintf("%s not in the reviewed plan %s, so nothing is sent:", areRows(e.All), text.Line(e.Plan))}
	for _, row := range e.Rows {
		lines = append(lines, fmt.Sprintf("  row %d, %s, %s", row.Line, text.Line(row.Address), row.Why))
	}
	if more := e.All - len(e.Rows); more > 0 {
		lines = append(lines, fmt.Sprintf("  and %d more", more))
	}
	return strings.Join(lines, "\n")
}

func areRows(n int) string {
	if n == 1 {
		return "1 row is"
	}
	return text.Thousands(n) + " rows are"
}

// refuseUnplanned refuses a run with rows that its plan does not hold.
func (s *Session) refuseUnplanned() error {
	if s.Plan.unplannedRows == 0 {
		return nil
	}
	return &UsageError{
		&UnplannedError{s.Reviewed.Path, s.Plan.unplanned, s.Plan.unplannedRows},
		"leave these rows out with --rows or --where, or make a new plan and have it reviewed:\n" + s.PlanCommand,
	}
}
