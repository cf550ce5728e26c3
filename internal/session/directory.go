package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/graph"
	"guestlist/internal/text"
)

// directory is what a session asks of a tenant's directory; [*graph.Directory] is one.
type directory interface {
	// Count tells how many users the tenant has.
	Count(ctx context.Context) (int, error)
	// Users goes through all of them, page by page.
	Users(ctx context.Context) iter.Seq2[[]graph.User, error]
	// InvitedSince goes through those whom an invitation created since a time.
	InvitedSince(ctx context.Context, since time.Time) iter.Seq2[[]graph.User, error]
	// LookUp finds the users of some addresses or object ids, each as it was given.
	LookUp(ctx context.Context, addresses []string) (map[string][]graph.User, error)
	// Deleted goes through the guests that were deleted and can be restored.
	Deleted(ctx context.Context) iter.Seq2[[]graph.User, error]
	// UsersByID reads users by their object ids, and DeletedByID those who were deleted
	// and can be restored.
	UsersByID(ctx context.Context, ids []string) ([]graph.Read[graph.User], error)
	DeletedByID(ctx context.Context, ids []string) ([]graph.Read[graph.User], error)
	// LookUpRequests tells how many requests that takes.
	LookUpRequests(addresses []string) int
}

// scanFrom is the number of addresses from which all users are read where the tenant
// does not tell how many it has.
const scanFrom = 5000

// lookUpTogether is how many addresses are looked up with one call.
const lookUpTogether = 1000

// DirectoryDeniedError says that the sign-in may not look up who is in the tenant.
// Nothing was sent.
type DirectoryDeniedError struct{ Refusal *graph.Refusal }

func (e *DirectoryDeniedError) Error() string {
	return fmt.Sprintf("the sign-in may not look up who is in the tenant already: %s (%s)", e.Refusal.Message, e.Refusal.Code)
}

// Unwrap gives the [*graph.Refusal].
func (e *DirectoryDeniedError) Unwrap() error { return e.Refusal }

// Hint tells how to go on.
func (*DirectoryDeniedError) Hint() string {
	return "grant User.Read.All (delegated, User.ReadBasic.All will do) with admin consent; or add --no-directory-check:\npeople who are in the tenant already may then be invited and emailed again"
}

// DirectoryError says that the look-up of who is in the tenant broke off. Nothing was
// sent.
type DirectoryError struct {
	// What was to be read, "" for who is in the tenant already.
	What string
	Err  error
}

func (e *DirectoryError) Error() string {
	return fmt.Sprintf("cannot read %s: %v", cmp.Or(e.What, "who is in the tenant already"), e.Err)
}

// Unwrap gives the cause.
func (e *DirectoryError) Unwrap() error { return e.Err }

// Hint tells how to go on.
func (e *DirectoryError) Hint() string {
	if r := refused(e.Err); r != nil {
		return tenantAdvice(r)
	}
	return cmp.Or(Hint(e.Err), "run the same command again; nothing was sent")
}

// ReadDirectory asks the tenant who of those who would be sent an invitation is there
// already, guests and members, and which guests of this batch are not any more, where
// these are invited again. The error is a [*DirectoryDeniedError] where the sign-in
// may not look, and a [*DirectoryError] where a look-up failed.
func (s *Session) ReadDirectory(ctx context.Context, progress func(done, total int)) error {
	if len(s.candidates)+len(s.mayBeGone) == 0 {
		return nil
	}
	s.tooYoung()
	d := s.tenant.Directory()
	s.directoryRead = time.Now()
	err := s.presences.read(ctx, d, s.candidates, progress)
	if err == nil {
		err = s.presences.readGone(ctx, d, s.oldGuests(), progress)
	}
	switch refused, ok := errors.AsType[*graph.Refusal](err); {
	case err == nil:
		s.presences.DirectoryRead = true
		return s.nameDeleted(ctx, d)
	case ok && refused.Denied():
		return &DirectoryDeniedError{refused}
	default:
		return brokeOff(ctx, err)
	}
}

// brokeOff is the error of a look-up that did not come to its end: a [*DirectoryError],
// or why the context ended.
func brokeOff(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return &DirectoryError{Err: err}
}

// presences are what was found out about the addresses of a list.
type presences struct{ batch.Presences }

// read asks in the way that takes fewer requests: each address is looked up, or all
// users are read.
func (p *presences) read(ctx context.Context, d directory, addresses map[string]string, progress func(done, total int)) error {
	asked := make([]string, 0, len(addresses))
	for _, address := range addresses {
		asked = append(asked, address)
	}
	scan, users, err := p.shouldScan(ctx, d, asked)
	if err != nil {
		return err
	}
	if scan {
		return p.scan(ctx, d, addresses, func(done int) { progress(done, max(users, done)) })
	}
	for from := 0; from < len(asked); from += lookUpTogether {
		some := asked[from:min(from+lookUpTogether, len(asked))]
		read := time.Now().UTC()
		found, err := d.LookUp(ctx, some)
		if err != nil {
			return err
		}
		for address, users := range found {
			for _, u := range users {
				p.add(batch.Key(address), u, read)
			}
		}
		progress(from+len(some), len(asked))
	}
	return nil
}

// nameDeleted tells which of those who would be invited were guests until lately: an
// account that is restored has all that it had. Nothing depends on it, so that it is no
// error where the sign-in may not read that.
func (s *Session) nameDeleted(ctx context.Context, d directory) error {
	const few = 5
	deleted := make(map[string]bool)
	if !s.inviteAny() {
		return nil
	}
	for users, err := range d.Deleted(ctx) {
		if err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			break
		}
		for _, u := range users {
			for _, address := range u.Addresses() {
				key := batch.Key(address)
				if who := s.presences.Get(key); who.Gone || s.candidates[key] != "" && who.Kind == "" {
					deleted[address] = true
				}
			}
		}
	}
	if len(deleted) > 0 {
		names := slices.Sorted(maps.Keys(deleted))
		s.notice("deleted from the tenant in the last 30 days: " + text.Line(text.Few(names[:min(few, len(names))], len(names))) +
			"; restored in the Entra admin center (Users, Deleted users), guests have again what they had, and invited they begin anew")
	}
	return nil
}

// inviteAny reports whether there is anyone to invite, as far as is known now.
func (s *Session) inviteAny() bool {
	for key := range s.candidates {
		if s.presences.Get(key).Kind == "" {
			return true
		}
	}
	return slices.ContainsFunc(s.mayBeGone, func(key string) bool { return s.presences.Get(key).Gone })
}

// tooYoung says how many guests cannot be called removed yet: nothing would be said of
// them else.
func (s *Session) tooYoung() {
	young := 0
	for _, address := range s.mayBeGone {
		if g, known := s.guests[address]; known && s.Now().Sub(g.Invited) < batch.FreshInvitation {
			young++
		}
	}
	if young > 0 {
		s.notice(fmt.Sprintf("%s invited less than 24 hours ago: the tenant may not show them yet, so that --reinvite removed does nothing about them", text.Plural(young, "guest")))
	}
}

// oldGuests are those who may be gone: an invitation of the last day proves more than a
// directory that lags.
func (s *Session) oldGuests() []journal.Guest {
	var old []journal.Guest
	for _, address := range s.mayBeGone {
		if g, known := s.guests[address]; known && s.Now().Sub(g.Invited) >= batch.FreshInvitation {
			old = append(old, g)
		}
	}
	return old
}

// readGone finds out which guests the tenant does not have any more: neither the account
// that was invited, whatever its addresses are by now, nor another one with the address.
func (p *presences) readGone(ctx context.Context, d directory, guests []journal.Guest, progress func(done, total int)) error {
	done := 0
	for some := range slices.Chunk(guests, lookUpTogether) {
		read := time.Now().UTC()
		left, err := missing(ctx, d, some, func(g journal.Guest) string { return g.UserID })
		if err == nil {
			left, err = missing(ctx, d, left, func(g journal.Guest) string { return g.Address })
		}
		if err != nil {
			return err
		}
		for _, g := range left {
			p.Update(g.Address, func(w *batch.Presence) { w.Gone, w.UserID, w.Read = true, g.UserID, read })
		}
		done += len(some)
		progress(done, len(guests))
	}
	return nil
}

// missing are the guests of whom the tenant has no account by what they are looked up by.
func missing(ctx context.Context, d directory, guests []journal.Guest, by func(journal.Guest) string) (left []journal.Guest, err error) {
	if len(guests) == 0 {
		return nil, nil
	}
	asked := make([]string, len(guests))
	for i, g := range guests {
		asked[i] = by(g)
	}
	found, err := d.LookUp(ctx, asked)
	if err != nil {
		return nil, err
	}
	for _, g := range guests {
		if len(found[by(g)]) == 0 {
			left = append(left, g)
		}
	}
	return left, nil
}

// shouldScan decides by the requests that each way takes. Few addresses are not worth
// the question how many users there are.
func (p *presences) shouldScan(ctx context.Context, d directory, asked []string) (scan bool, users int, err error) {
	requests := d.LookUpRequests(asked)
	if requests <= 5 {
		return false, 0, nil
	}
	users, err = d.Count(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return false, 0, context.Cause(ctx)
		}
		return len(asked) >= scanFrom, 0, nil // what is wrong shows in the reads themselves
	}
	return users/graph.PageSize+1 < requests, users, nil
}

// scan goes through all users and keeps those of the list.
func (p *presences) scan(ctx context.Context, d directory, addresses map[string]string, progress func(done int)) error {
	done := 0
	for users, err := range d.Users(ctx) {
		if err != nil {
			return err
		}
		read := time.Now().UTC()
		for _, u := range users {
			for _, address := range u.Addresses() {
				if key := batch.Key(address); addresses[key] != "" {
					p.add(key, u, read)
				}
			}
		}
		done += len(users)
		progress(done)
	}
	return nil
}

// add notes that the tenant has an account with an address. Of several, the one that
// can be used counts.
func (p *presences) add(key string, u graph.User, read time.Time) {
	kind := existingKind(u)
	p.Update(key, func(w *batch.Presence) {
		if w.Kind != "" && w.Kind != batch.ExistingDisabled && kind == batch.ExistingDisabled {
			return
		}
		w.Kind, w.UserID, w.Created, w.Read = kind, u.ID, u.Created, read
	})
}

// addJournal notes what another journal says of an address.
func (p *presences) addJournal(known journal.Known) {
	name := filepath.Base(ResultsOf(known.Journal))
	p.Update(known.Address, func(w *batch.Presence) {
		h := known.History
		if h.Status == batch.Invited && known.At.After(w.InvitedAt) {
			w.InvitedAt, w.Batch = known.At, name
			w.UserID = cmp.Or(w.UserID, known.UserID)
		}
		since := cmp.Or(h.Mailed, h.Open) // only a request with an email can have emailed the guest
		if since == 0 {
			return
		}
		if at := time.Unix(0, since); w.Open.IsZero() || at.Before(w.Open) {
			w.Open = at
		}
		if at := time.Unix(0, h.Latest); at.After(w.OpenLatest) {
			w.OpenLatest = at
		}
		w.Emailed = w.Emailed || h.Mailed != 0
		w.Batch = cmp.Or(w.Batch, name)
	})
}

// existingKind is what the tenant has a person as.
func existingKind(u graph.User) batch.ExistingKind {
	switch {
	case u.Blocked():
		return batch.ExistingDisabled
	case u.Basic:
		return batch.ExistingUnknown
	case u.Type == "Member" && u.State == "":
		return batch.ExistingMember
	case u.State == graph.StateAccepted:
		return batch.ExistingAccepted
	case u.State == graph.StatePending:
		return batch.ExistingPending
	case u.Type == "Member":
		return batch.ExistingMember
	default: // an account that was made as a guest without an invitation
		return batch.ExistingAccepted
	}
}

// recordTogether is how many readings are on their way to the journal at once: it
// writes those that wait together.
const recordTogether = 128

// Replan goes through the list again with what was found out about who is there
// already, forecasts the plan anew, and keeps the readings in the journal, where the
// session has one.
func (s *Session) Replan(ctx context.Context) error {
	s.Plan = Forecast{Limit: s.Limit}
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(recordTogether)
	rows := s.source.rows()
	if s.journal != nil {
		rows = s.journal.Rows(ctx)
	}
	for step, err := range s.decide(rows) {
		if err == nil {
			err = context.Cause(groupCtx)
		}
		if err != nil {
			return errors.Join(err, group.Wait())
		}
		s.forecast(step)
		if !step.NewReading || s.journal == nil {
			continue
		}
		reading := step.Outcome()
		if step.Status != batch.Existing && step.Status != batch.Removed { // the tenant does not have the person any more
			reading = batch.Outcome{Address: step.Address, Fingerprint: step.Fingerprint, Status: batch.Pending, At: time.Now().UTC()}
		}
		group.Go(func() error { return s.journal.Settle(groupCtx, 0, reading) })
	}
	return group.Wait()
}
