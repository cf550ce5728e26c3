package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"guestlist/batch"
	"guestlist/batch/followup"
	"guestlist/batch/journal"
	"guestlist/batch/selection"
	"guestlist/graph"
	"guestlist/internal/pause"
	"guestlist/internal/text"
)

// FollowUpOptions say what guests get after the invitation.
type FollowUpOptions struct {
	// Groups are names or object ids of groups for all guests.
	Groups []string
	// GroupsFrom, ManagerFrom and SponsorsFrom are headings, "" for none.
	GroupsFrom, ManagerFrom, SponsorsFrom string
	// Set are the attributes that columns have values for.
	Set []SetAttribute
	// Skip goes on without what the sign-in has no permission for.
	Skip bool
}

// SetAttribute is an attribute of the account and the heading of its column.
type SetAttribute struct {
	Attribute graph.Attribute
	Heading   string
}

// kinds are those that the options ask for.
func (o FollowUpOptions) kinds() []batch.FollowUpKind {
	var kinds []batch.FollowUpKind
	for _, kind := range batch.FollowUpKinds() {
		asked := map[batch.FollowUpKind]bool{
			batch.FollowUpGroup:   len(o.Groups) > 0 || o.GroupsFrom != "",
			batch.FollowUpProfile: len(o.Set) > 0,
			batch.FollowUpManager: o.ManagerFrom != "",
			batch.FollowUpSponsor: o.SponsorsFrom != "",
		}[kind]
		if asked {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// followUps is what a session knows of what guests get after the invitation.
type followUps struct {
	// request is what the flags ask for, targets what cells name; both as they were looked up.
	request followup.Request
	targets *targets
	// withheld are the kinds that are not done in this run, with the reason. They are planned
	// all the same, so that the results say so and a later run does them.
	withheld map[batch.FollowUpKind]string
	// missing are the permissions for want of which that is so.
	missing []string
	// resolved is what earlier runs planned by name alone, as it was looked up by this one.
	resolved []resolved
	// settled are those of which nothing is left to do.
	settled map[journal.FollowUpKey]bool
	// asMembers are the addresses whose rows ask for a member of the tenant.
	asMembers map[string]bool
	// leftOut is how many guests with unfinished steps are in rows that --rows and --where
	// leave out: they stay as they are.
	leftOut int
	run     *followup.Run
	// err is why the work beside the invitations ended early.
	err error
}

// resolved is what a name in the journal turned out to mean.
type resolved struct {
	named batch.FollowUp
	looked
}

// bindFollowUps finds the columns of what guests get after the invitation. A heading that
// the list does not have is a [*UsageError].
func (s *Session) bindFollowUps() error {
	o := s.FollowUps
	asked := s.source.askedHeader()
	s.source.followUps = len(o.kinds()) > 0
	bind := func(f batch.Field, flag, heading string) error {
		if heading == "" {
			return nil
		}
		at := text.FindHeading(asked.Columns, heading)
		if at < 0 {
			err := &selection.UnknownHeadingError{Heading: heading, Headings: slices.DeleteFunc(slices.Clone(asked.Columns), func(h string) bool { return h == "" })}
			return &UsageError{fmt.Errorf("%s: %w", flag, err), Hint(err)}
		}
		asked.Fields[f] = at // of the list itself
		return nil
	}
	errs := []error{
		bind(batch.Groups, "--groups-from", o.GroupsFrom),
		bind(batch.Manager, "--manager-from", o.ManagerFrom),
		bind(batch.Sponsors, "--sponsors-from", o.SponsorsFrom),
	}
	for _, set := range o.Set {
		errs = append(errs, bind(batch.AttributeField(set.Attribute), "--set "+string(set.Attribute), set.Heading))
		s.Defaults.Attributes = append(s.Defaults.Attributes, set.Attribute)
	}
	s.Defaults.SponsorAddresses = o.SponsorsFrom != ""
	if o.SponsorsFrom != "" && s.Defaults.NoSponsors {
		return Usagef("leave it out", "--sponsors-from would do nothing: guests of this cloud have no sponsors")
	}
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// MissingPermissionsError says that the sign-in may not do what guests are to get after the
// invitation. Nothing was sent.
type MissingPermissionsError struct{ Kinds []batch.FollowUpKind }

func (e *MissingPermissionsError) Error() string {
	var may []string
	for _, kind := range e.Kinds {
		may = append(may, kind.Capability().String())
	}
	return "the sign-in may not " + strings.Join(may, ", nor ")
}

// least are the permissions, of each kind the least.
func (e *MissingPermissionsError) least() (least []string) {
	for _, kind := range e.Kinds {
		if p := kind.Capability().Least(); !slices.Contains(least, p) {
			least = append(least, p)
		}
	}
	return least
}

// Hint names the permissions.
func (e *MissingPermissionsError) Hint() string {
	return "grant " + strings.Join(e.least(), " and ") + " with admin consent, or add --skip-steps to invite without these steps"
}

// CheckSteps makes sure that the sign-in may do what guests are to get after the
// invitation, as far as its token tells. The error is a [*MissingPermissionsError] where it
// may not, and a [*UsageError] where --skip-steps would do nothing.
func (s *Session) CheckSteps(ctx context.Context) error {
	kinds := s.FollowUps.kinds()
	if s.journal != nil {
		unfinished, err := s.journal.UnfinishedKinds(ctx)
		if err != nil {
			return err
		}
		for _, kind := range unfinished {
			if !slices.Contains(kinds, kind) {
				kinds = append(kinds, kind)
			}
		}
	}
	if len(kinds) == 0 && s.FollowUps.Skip {
		return Usagef("leave it out", "--skip-steps would do nothing: no guest gets anything after the invitation")
	}
	claims := s.tenant.Claims
	if !claims.Readable() {
		return nil // what is missing shows in the first step
	}
	kinds = slices.DeleteFunc(kinds, func(k batch.FollowUpKind) bool { return k.Capability().CoveredBy(claims.Permissions()) })
	if len(kinds) == 0 {
		return nil
	}
	missing := &MissingPermissionsError{kinds}
	if s.FollowUps.Skip {
		s.notice(missing.Error() + ": left out")
		return s.Withhold(missing)
	}
	return missing
}

// Withhold goes on without the steps that an error names. They stay pending.
func (s *Session) Withhold(missing *MissingPermissionsError) error {
	s.after.withheld, s.after.missing = make(map[batch.FollowUpKind]string), missing.least()
	for _, kind := range missing.Kinds {
		s.after.withheld[kind] = "left out: " + followup.Needs(kind.Capability())
	}
	return nil
}

// MissingPermissions are those for want of which steps are left out in this run, the least
// that each takes.
func (s *Session) MissingPermissions() []string { return s.after.missing }

// ReadTargets looks up the groups and persons that flags and cells name, each once, and those
// that an earlier run left out. What a flag names wrongly is a [*UsageError]; what a cell names
// wrongly makes its row invalid. Other errors are those of the reading.
func (s *Session) ReadTargets(ctx context.Context) error {
	kinds := s.FollowUps.kinds()
	t := &targets{directory: s.tenant.Directory(), groups: make(map[string]looked), people: make(map[string]looked)}
	if err := s.readNamed(ctx, t, kinds); err != nil || len(kinds) == 0 {
		return err
	}
	for _, kind := range kinds {
		// Sponsors go into the invitation, which takes no further permission.
		if s.after.withheld[kind] != "" && kind != batch.FollowUpSponsor {
			t.leftOut = append(t.leftOut, kind)
		} else {
			t.kinds = append(t.kinds, kind)
		}
	}
	var request followup.Request
	request.Kinds = kinds
	if slices.Contains(kinds, batch.FollowUpGroup) {
		for _, name := range s.FollowUps.Groups {
			if !t.has(batch.FollowUpGroup) {
				request.Groups = append(request.Groups, byName(name))
				continue
			}
			found, err := t.group(ctx, name)
			if err != nil {
				return s.targetsBrokeOff(ctx, err)
			}
			if found.wrong != "" {
				return Usagef(found.advice, "--group %q %s", name, found.wrong)
			}
			request.Groups = append(request.Groups, found.Target)
		}
	}
	if err := s.lookUpCells(ctx, t); err != nil {
		return s.targetsBrokeOff(ctx, err)
	}
	s.after.request, s.after.targets = request, t
	return nil
}

// readNamed looks up what earlier runs planned by name alone, of the kinds that this run does
// and that no flag of it plans anew.
func (s *Session) readNamed(ctx context.Context, t *targets, planned []batch.FollowUpKind) error {
	if s.journal == nil {
		return nil
	}
	all, err := s.journal.NamedFollowUps(ctx)
	if err != nil {
		return err
	}
	for _, named := range all {
		if s.after.withheld[named.Kind] != "" || slices.Contains(planned, named.Kind) {
			continue
		}
		found, err := t.find(ctx, named)
		if err != nil {
			return s.targetsBrokeOff(ctx, err)
		}
		s.after.resolved = append(s.after.resolved, resolved{named, found})
	}
	return nil
}

func (s *Session) targetsBrokeOff(ctx context.Context, err error) error {
	if errors.As(err, new(*graph.PermissionError)) {
		return err
	}
	if refused, ok := errors.AsType[*graph.Refusal](err); ok && refused.Denied() {
		return &graph.PermissionError{Capability: graph.ReadStatus, Refusal: refused}
	}
	err = brokeOff(ctx, err)
	if broken, ok := errors.AsType[*DirectoryError](err); ok {
		broken.What = "the groups and people that the flags and the list name"
	}
	return err
}

// lookUpCells looks up what the rows name that are meant.
func (s *Session) lookUpCells(ctx context.Context, t *targets) error {
	o := s.FollowUps
	if o.GroupsFrom == "" && o.ManagerFrom == "" && o.SponsorsFrom == "" {
		return nil
	}
	people, sponsors := make(map[string]bool), make(map[string]bool)
	for row, err := range s.meant() {
		if err != nil {
			return nil // said where the list is read to its end
		}
		if err := context.Cause(ctx); err != nil {
			return err
		}
		w := row.Wanted
		if t.has(batch.FollowUpGroup) {
			for _, g := range w.Groups {
				if _, err := t.group(ctx, g.Name); err != nil {
					return err
				}
			}
		}
		if t.has(batch.FollowUpManager) && w.Manager.Name != "" {
			people[w.Manager.Name] = true
		}
		for _, p := range w.Sponsors {
			sponsors[p.Name] = true
		}
	}
	maps.Copy(people, sponsors)
	return t.lookUpPeople(ctx, slices.Sorted(maps.Keys(people)), sponsors)
}

// forecast counts a step with what its guest gets.
func (s *Session) forecast(step batch.Step) {
	s.Plan.Add(step)
	if step.Action != batch.Skip && s.Plan.Limit > 0 && s.Plan.Send > s.Plan.Limit {
		return // not in this run
	}
	for _, f := range s.after.request.Of(step) {
		isNamed := step.Action == batch.Send && f.Kind == batch.FollowUpSponsor // the invitation has it
		if f.State == batch.FollowUpPending && !isNamed && s.after.withheld[f.Kind] == "" && !s.after.settled[journal.KeyOf(f)] {
			s.Plan.FollowUps.add(f)
		}
	}
}

// planTogether is how many rows are planned in one transaction.
const planTogether = 2000

// planFollowUps keeps in the journal what the rows ask for after the invitation, so that
// any later run can go on with it, and finds out which guests of earlier runs are not done.
func (s *Session) planFollowUps(ctx context.Context) (unfinished []followup.Guest, err error) {
	s.withholdUnplanned()
	var plans []journal.FollowUpPlan
	leftOut := make(map[string]bool)
	request := s.after.request
	put := func() error {
		err := s.journal.PlanFollowUps(ctx, request.Kinds, plans)
		plans = plans[:0]
		return err
	}
	asked := len(request.Kinds) > 0
	_, mayAskMembers := s.Header().Fields[batch.UserType]
	mayAskMembers = mayAskMembers || s.Defaults.UserType == userTypeMember
	s.after.asMembers = make(map[string]bool)
	planned := make(map[string]bool) // where a reviewed plan bounds the run
	if asked || mayAskMembers || !s.Selection.Empty() || s.source.failed != nil {
		for step, err := range s.decide(s.journal.Rows(ctx)) {
			if err != nil {
				return nil, err
			}
			if step.LeftOut || !s.source.wants(step.Address) {
				leftOut[step.Address] = true
				continue
			}
			if step.Invitation.UserType == userTypeMember {
				s.after.asMembers[step.Address] = true
			}
			if !asked || step.Unplanned != "" || !followup.IsEligible(step) {
				continue
			}
			if s.bounded {
				planned[step.Address] = true
			}
			plans = append(plans, journal.FollowUpPlan{Address: step.Address, FollowUps: request.Of(step)})
			if len(plans) == planTogether {
				if err := put(); err != nil {
					return nil, err
				}
			}
		}
		if err := put(); err != nil {
			return nil, err
		}
	}
	if err := s.keepTargets(ctx); err != nil {
		return nil, err
	}
	return s.unfinished(ctx, leftOut, planned)
}

// unfinished are the guests of earlier runs who are not done, without those of rows that are
// left out; where a reviewed plan bounds the run, those of it alone.
func (s *Session) unfinished(ctx context.Context, leftOut, planned map[string]bool) (guests []followup.Guest, err error) {
	s.after.leftOut = 0
	for g, err := range s.journal.UnfinishedFollowUps(ctx) {
		switch {
		case err != nil:
			return nil, err
		case leftOut[g.Address]:
			s.after.leftOut++
		case !s.bounded || planned[g.Address]:
			guests = append(guests, s.guestOf(g))
		}
	}
	return guests, nil
}

// keepTargets keeps in the journal what names turned out to mean, and why kinds are left out.
func (s *Session) keepTargets(ctx context.Context) error {
	for _, r := range s.after.resolved {
		wrong := ""
		if r.wrong != "" {
			wrong = fmt.Sprintf("%q %s", r.named.Target, r.wrong)
		}
		if err := s.journal.ResolveFollowUps(ctx, r.named, r.Target, wrong); err != nil {
			return err
		}
	}
	for kind, why := range s.after.withheld {
		if err := s.journal.NoteFollowUps(ctx, kind, why); err != nil {
			return err
		}
	}
	return nil
}

// guestOf is a guest of an earlier run. One who was invited a moment ago is as new as those
// of this run.
func (s *Session) guestOf(g journal.FollowUpGuest) followup.Guest {
	guest := followup.Guest{Address: g.Address, UserID: g.UserID, Existing: g.Existing, Requests: g.Requests, Asked: g.Asked, AsMember: !g.Existing && s.after.asMembers[g.Address]}
	if age := time.Since(g.Invited); age >= 0 && age < lookupFor {
		guest.Invited = g.Invited
	}
	return guest
}

// stepTenant is what follow-ups ask of a tenant: changes that wait for their turn, and reads.
type stepTenant struct {
	*graph.Directory

	changes *graph.Client
}

// Write makes one change.
func (t stepTenant) Write(ctx context.Context, w graph.Write) graph.Written {
	return t.changes.Write(ctx, w)
}

// WriteBatch makes several.
func (t stepTenant) WriteBatch(ctx context.Context, writes []graph.Write) []graph.Written {
	return t.changes.WriteBatch(ctx, writes)
}

// beginFollowUps makes ready what is done beside and after the invitations, where there is
// anything.
func (s *Session) beginFollowUps(ctx context.Context, how Sending) error {
	if has, err := s.journal.HasFollowUps(ctx); err != nil || !has && len(s.after.request.Kinds) == 0 {
		return err // a million rows are not gone through for nothing
	}
	unfinished, err := s.planFollowUps(ctx)
	if err != nil {
		return err
	}
	if has, err := s.journal.HasFollowUps(ctx); err != nil || !has {
		return err
	}
	run := followup.New(followup.Config{
		Journal: s.journal, FirstAfter: cmp.Or(how.StepsAfter, s.tenant.StepsAfter), LookupFor: cmp.Or(how.LookupFor, s.tenant.LookupFor), Withheld: s.after.withheld,
		Grace: how.Grace, MaxOutage: how.MaxOutage, Settled: how.StepSettled, Log: how.Log,
	})
	run.Tenant = stepTenant{s.tenant.Directory(), s.tenant.Client.With(run.Gate)}
	for _, g := range unfinished {
		run.Add(g)
	}
	s.after.run = run
	return nil
}

// settled tells of an outcome that is on disk, and hands a guest over who was invited.
func (s *Session) settled(step batch.Step, o batch.Outcome, whole bool) {
	if s.tell != nil {
		s.tell(step, o)
	}
	if o.Status != batch.Invited || s.after.run == nil {
		return
	}
	guest := followup.Guest{
		Address: o.Address, UserID: o.UserID, Invited: time.Now(), Asked: firstAsked(step, s.begun.Add(s.clockAhead())), Sponsored: whole,
		AsMember: step.Invitation.UserType == userTypeMember,
	}
	if !o.SentAt.IsZero() {
		guest.Requests = []time.Time{o.SentAt}
	}
	s.after.run.Add(guest)
}

// firstAsked is when the first request for a row that is invited now left, not before it did:
// a look-up may have found what a request of an earlier run had done.
func firstAsked(step batch.Step, begun time.Time) time.Time {
	if !step.Open.IsZero() && step.Open.Before(begun) {
		return step.Open
	}
	return begun
}

// errInvitationsDone ends the work beside the invitations; it goes on when their results
// are written.
var errInvitationsDone = errors.New("the invitations are done")

// workBeside does follow-ups until the function is called that it returns.
func (s *Session) workBeside(ctx context.Context) (end func()) {
	if s.after.run == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() { // ends when end is called
		defer close(done)
		if err := s.after.run.Work(ctx, nil); !errors.Is(err, errInvitationsDone) {
			s.after.err = err
		}
	}()
	return func() {
		cancel(errInvitationsDone)
		<-done
	}
}

// StepsLeft is how many guests, or steps of theirs, wait for [Session.FollowUp].
func (s *Session) StepsLeft() int {
	if s.after.run == nil || s.after.err != nil {
		return 0
	}
	return s.after.run.Left()
}

// FollowUp does what is left to be done for the guests, and tells progress now and then
// how far it is. What it does not come to stays pending; the error says why, see
// [followup.Run.Work].
func (s *Session) FollowUp(ctx context.Context, progress func(done, total int)) error {
	ended := make(chan struct{})
	close(ended)
	end := pause.Every(time.Second, func() {
		done, left := s.after.run.Progress()
		progress(done, done+left)
	})
	defer end()
	s.after.err = s.after.run.Work(ctx, ended)
	return s.after.err
}

// StepsError is why the steps beside the invitations ended early, nil where they did not.
func (s *Session) StepsError() error { return s.after.err }

// UnfinishedSteps are those that a run has left.
type UnfinishedSteps struct {
	// Guests is how many have them, without those of rows that --rows and --where leave out.
	Guests int
	// Unnamed are the kinds among all of them that no flag of the run names.
	Unnamed []batch.FollowUpKind
}

// countUnfinished counts them in what a tally says.
func (s *Session) countUnfinished(ctx context.Context, tally *batch.Tally) (err error) {
	if s.Unfinished = (UnfinishedSteps{Guests: tally.Unfinished() - s.after.leftOut}); s.Unfinished.Guests <= 0 {
		return nil
	}
	kinds, err := s.journal.UnfinishedKinds(ctx)
	named := s.FollowUps.kinds()
	s.Unfinished.Unnamed = slices.DeleteFunc(kinds, func(k batch.FollowUpKind) bool { return slices.Contains(named, k) })
	return err
}

// FollowUpForecast is what guests are about to get after the invitation.
type FollowUpForecast struct {
	// Groups and Attributes count guests by the group's name and the attribute's.
	Groups, Attributes map[string]int
	// Managers and Sponsors count guests who get one, Sponsors without those whose
	// invitation names them.
	Managers, Sponsors int
}

func (f *FollowUpForecast) add(one batch.FollowUp) {
	switch one.Kind {
	case batch.FollowUpGroup:
		f.Groups = countUpTo(f.Groups, one.Name)
	case batch.FollowUpProfile:
		for _, a := range one.Attributes.Names() {
			f.Attributes = countUpTo(f.Attributes, string(a))
		}
	case batch.FollowUpManager:
		f.Managers++
	case batch.FollowUpSponsor:
		f.Sponsors++
	}
}

// String says it for a question: "add 40 guests to Project Aurora; set companyName of 38".
// It is "" where there is nothing.
func (f *FollowUpForecast) String() string {
	const few = 5
	var words []string
	groups := MostFirst(f.Groups)
	for _, g := range groups[:min(few, len(groups))] {
		words = append(words, fmt.Sprintf("add %s to %s", text.Plural(g.Rows, "guest"), text.Line(g.Name)))
	}
	if more := len(groups) - few; more > 0 {
		words = append(words, fmt.Sprintf("add guests to %s", text.Plural(more, "other group")))
	}
	for _, a := range slices.Sorted(maps.Keys(f.Attributes)) {
		words = append(words, fmt.Sprintf("set %s of %s", a, text.Thousands(f.Attributes[a])))
	}
	if f.Managers > 0 {
		words = append(words, "set the manager of "+text.Thousands(f.Managers))
	}
	if f.Sponsors > 0 {
		words = append(words, fmt.Sprintf("add %s", text.Plural(f.Sponsors, "sponsor")))
	}
	return strings.Join(words, "; ")
}
