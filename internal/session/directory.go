package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
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
	// States goes through them, too, and reads no more than whether they have accepted.
	States(ctx context.Context) iter.Seq2[[]graph.User, error]
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

// candidates are the addresses that would be sent an invitation, as they are looked up: in
// lower case, each once. The addresses of a million rows stand in one text, one a line.
type candidates struct {
	at     batch.ByAddress[int] // where in the lines, by their keys
	blocks []string
	last   strings.Builder
}

// candidateBlock is how many bytes of addresses stand together: a text that grows to tens of
// megabytes is copied each time.
const candidateBlock = 1 << 20

// add notes an address, by the key that its row is known by.
func (c *candidates) add(key, address string) {
	if address == "" {
		return
	}
	if c.last.Len()+len(address) >= candidateBlock {
		c.blocks = append(c.blocks, c.last.String())
		c.last = strings.Builder{}
	}
	c.at.Put(key, len(c.blocks)*candidateBlock+c.last.Len())
	_, _ = c.last.WriteString(strings.ToLower(address) + "\n") // it takes everything
}

// get returns the address with a key, "" for none.
func (c *candidates) get(key string) string {
	at, is := c.at.Get(key)
	if !is {
		return ""
	}
	block := c.last.String()
	if n := at / candidateBlock; n < len(c.blocks) {
		block = c.blocks[n]
	}
	address, _, _ := strings.Cut(block[at%candidateBlock:], "\n")
	return address
}

// all yields the addresses.
func (c *candidates) all() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, block := range append(slices.Clone(c.blocks), c.last.String()) {
			for line := range strings.Lines(block) {
				if !yield(line[:len(line)-1]) {
					return
				}
			}
		}
	}
}

func (c *candidates) len() int { return c.at.Len() }

// ReadDirectory asks the tenant who of those who would be sent an invitation is there
// already, guests and members, and which guests of this batch are not any more, where
// these are invited again. The error is a [*DirectoryDeniedError] where the sign-in
// may not look, and a [*DirectoryError] where a look-up failed.
func (s *Session) ReadDirectory(ctx context.Context, progress func(done, total int)) error {
	if s.candidates.len()+len(s.mayBeGone) == 0 {
		return nil
	}
	s.tooYoung()
	d := s.tenant.Directory()
	s.directoryRead = time.Now()
	err := s.presences.read(ctx, d, &s.candidates, progress)
	if err == nil {
		err = s.presences.readGone(ctx, d, s.oldGuests(), progress)
	}
	switch refused, ok := errors.AsType[*graph.Refusal](err); {
	case err == nil:
		s.presences.DirectoryRead = true
		s.findRestored()
		return s.nameDeleted(ctx, d)
	case ok && refused.Denied():
		return &DirectoryDeniedError{refused}
	default:
		return brokeOff(ctx, err)
	}
}

// findRestored finds the removed guests whose account is there again, which needs no further
// invitation. One who was deleted a moment ago may only be shown still.
func (s *Session) findRestored() {
	for key, g := range s.guests {
		if s.candidates.get(key) == "" || g.Removed.IsZero() || s.Now().Sub(g.Removed) < lookupFor || idKey(s.presences.Get(key).UserID) != idKey(g.UserID) {
			continue
		}
		s.presences.Update(key, func(w *batch.Presence) {
			w.ThereAgain = w.Kind == batch.ExistingPending || w.Kind == batch.ExistingAccepted
		})
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
func (p *presences) read(ctx context.Context, d directory, addresses *candidates, progress func(done, total int)) error {
	asked := slices.AppendSeq(make([]string, 0, addresses.len()), addresses.all())
	scan, users, err := shouldScan(ctx, d, len(asked), d.LookUpRequests(asked))
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
				if who := s.presences.Get(key); who.Gone || s.candidates.get(key) != "" && who.Kind == "" {
					deleted[address] = true
				}
			}
		}
	}
	if len(deleted) > 0 {
		names := slices.Sorted(maps.Keys(deleted))
		s.notice("deleted from the tenant in the last 30 days: " + text.Line(text.Few(names[:min(few, len(names))], len(names))) +
			". Restore such guests in the Entra admin center (Users, Deleted users), and they have again what they had; invite them, and they begin anew")
	}
	return nil
}

// inviteAny reports whether there is anyone to invite, as far as is known now.
func (s *Session) inviteAny() bool {
	for address := range s.candidates.all() {
		if s.presences.Get(batch.Key(address)).Kind == "" {
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

// shouldScan decides whether to look up so many addresses, which takes so many requests, or to
// read all users, whose number it returns: by the requests that each way takes. Few addresses
// are not worth the question how many users there are.
func shouldScan(ctx context.Context, d directory, addresses, requests int) (scan bool, users int, err error) {
	if requests <= 5 {
		return false, 0, nil
	}
	users, err = d.Count(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return false, 0, context.Cause(ctx)
		}
		return addresses >= scanFrom, 0, nil // what is wrong shows in the reads themselves
	}
	return users/graph.PageSize+1 < requests, users, nil
}

// scan goes through all users and keeps those of the list.
func (p *presences) scan(ctx context.Context, d directory, addresses *candidates, progress func(done int)) error {
	done := 0
	for users, err := range d.Users(ctx) {
		if err != nil {
			return err
		}
		read := time.Now().UTC()
		for _, u := range users {
			for _, address := range u.Addresses() {
				if key := batch.Key(address); addresses.get(key) != "" {
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

// addForgotten notes whom another journal was told to forget of those who would be sent an
// invitation.
func (p *presences) addForgotten(known journal.Known, candidates *candidates) {
	for address := range candidates.all() {
		if key := batch.Key(address); known.Forgotten.Has(key) {
			p.Update(key, func(w *batch.Presence) { w.Forgotten = batchOf(known) })
		}
	}
}

// addJournal notes what another journal says of an address.
func (p *presences) addJournal(known journal.Known) {
	name := batchOf(known)
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

// planned are the rows that are planned: those of the list, as the journal keeps them where
// the session has one.
func (s *Session) planned(ctx context.Context) iter.Seq2[batch.Row, error] {
	if s.journal != nil {
		return s.journal.Rows(ctx)
	}
	return s.source.rows()
}

// Replan goes through the list again with what was found out about who is there
// already, forecasts the plan anew, and keeps the readings in the journal, where the
// session has one. Where a reviewed plan bounds the run, rows that it does not hold are an
// [*UnplannedError].
func (s *Session) Replan(ctx context.Context) error {
	if s.journal != nil && s.Reviewed == nil && s.reminders == nil && s.candidates.len()+len(s.mayBeGone) == 0 {
		s.Plan.Limit = s.Limit
		return nil // no one was asked about: the forecast of the import holds
	}
	s.Plan, s.bounded = Forecast{Limit: s.Limit}, s.Reviewed != nil
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(recordTogether)
	for step, err := range s.decide(s.planned(ctx)) {
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
		switch {
		case step.IsForgotten():
			reading.At = time.Now().UTC()
		case step.Status != batch.Existing && step.Status != batch.Removed && step.Status != batch.Invited: // the tenant does not have the person any more
			reading = batch.Outcome{Address: step.Address, Fingerprint: step.Fingerprint, Status: batch.Pending, At: time.Now().UTC()}
		}
		group.Go(func() error { return s.journal.Settle(groupCtx, 0, reading) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return s.refuseUnplanned()
}

const (
	// rereadAfter is how old the reading of who is in the tenant may be when a row is handed
	// over to be sent: a run of 100,000 rows takes more than an hour, and what another machine
	// does meanwhile, the tenant alone tells. A guest takes up to minutes to appear in the
	// directory, so that a fresher reading would hardly tell more.
	rereadAfter = 5 * time.Minute
	// rereadTogether is how many rows are looked up at once, ahead of their turn: as many as
	// one request takes.
	rereadTogether = 60
	// rereadWait is how long their answer is waited for: during an outage, rows that are sent
	// find out when it is over.
	rereadWait = 10 * time.Second
)

// reread looks those up again who are about to be sent an invitation, where the reading
// at the begin of the run is too old. As that one, it is not counted in the rate.
type reread struct {
	lookUp func(ctx context.Context, addresses []string) (map[string][]graph.User, error)
	log    *slog.Logger
	// found are the addresses that were there by then.
	found map[string]bool
	// through says that the list was gone through. Rows that are put last come a second
	// time, together with those that are guests by this run: they are not looked up again.
	through bool

	lookUps sync.WaitGroup
}

// ahead are rows of the list whose turn is next.
type ahead struct {
	rows []batch.Row
	// err is what is wrong with the list behind the rows.
	err error
	// read is when those who would be invited were looked up, found who was there. It gets
	// nothing where that failed.
	read  time.Time
	found <-chan map[string][]graph.User
}

// rows passes the rows of the list on, and looks those behind them up meanwhile. Where
// that fails, what was known before counts.
func (r *reread) rows(ctx context.Context, s *Session, rows iter.Seq2[batch.Row, error]) iter.Seq2[batch.Row, error] {
	if r.through || !s.presences.DirectoryRead {
		return rows
	}
	return func(yield func(batch.Row, error) bool) {
		r.through = true
		ctx, cancel := context.WithCancel(ctx)
		defer r.lookUps.Wait()
		defer cancel()
		next, stop := iter.Pull2(rows)
		defer stop()
		for now := r.next(ctx, s, next); len(now.rows) > 0 || now.err != nil; {
			then := ahead{err: now.err}
			if now.err == nil {
				then = r.next(ctx, s, next)
			}
			for i, row := range now.rows {
				if time.Since(now.read) >= rereadAfter { // the rate is low
					now.read, now.found = r.start(ctx, s, now.rows[i:])
				}
				r.note(ctx, s, &now)
				if !yield(row, nil) {
					return
				}
			}
			if now.err != nil {
				yield(batch.Row{}, now.err)
				return
			}
			now = then
		}
	}
}

// next takes the next rows and begins to look them up.
func (r *reread) next(ctx context.Context, s *Session, next func() (batch.Row, error, bool)) (a ahead) {
	for len(a.rows) < rereadTogether {
		row, err, ok := next()
		if a.err = err; err != nil || !ok {
			break
		}
		a.rows = append(a.rows, row)
	}
	a.read = s.directoryRead
	if time.Since(a.read) >= rereadAfter {
		a.read, a.found = r.start(ctx, s, a.rows)
	}
	return a
}

// start begins to look up those of some rows who would be invited.
func (r *reread) start(ctx context.Context, s *Session, rows []batch.Row) (read time.Time, found <-chan map[string][]graph.User) {
	var addresses []string
	for _, row := range rows {
		key := addressKey(s.source.askedHeader().Value(row, batch.Email))
		if address := s.candidates.get(key); address != "" && s.presences.Get(key).Kind == "" {
			addresses = append(addresses, address)
		}
	}
	if len(addresses) == 0 {
		return time.Now(), nil
	}
	answer := make(chan map[string][]graph.User, 1)
	r.lookUps.Go(func() {
		defer close(answer)
		ctx, cancel := context.WithTimeout(ctx, rereadWait)
		defer cancel()
		found, err := r.lookUp(ctx, addresses)
		if err != nil {
			r.log.WarnContext(ctx, "not looked up again", "rows", len(addresses), "error", err.Error())
			return
		}
		answer <- found
	})
	return time.Now(), answer
}

// note takes what a look-up found, once it is there.
func (r *reread) note(ctx context.Context, s *Session, a *ahead) {
	if a.found == nil {
		return
	}
	select {
	case found := <-a.found:
		for address, users := range found {
			for _, u := range users {
				key := batch.Key(strings.ToLower(address))
				s.presences.add(key, u, a.read.UTC())
				if r.found == nil {
					r.found = make(map[string]bool)
				}
				r.found[key] = true
			}
		}
	case <-ctx.Done():
	}
	a.found = nil
}
