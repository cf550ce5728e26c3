package session

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"
	"golang.org/x/text/unicode/norm"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/graph"
	"guestlist/internal/shell"
	"guestlist/internal/text"
)

// Undo is whom of a batch an undo removes from the tenant, and whom it leaves there.
type Undo struct {
	// ToRemove is how many guests there are to remove, Accepted how many of them have accepted.
	ToRemove, Accepted int
	// Counts are those who stay, by the reason.
	Counts map[batch.Kept]int

	// guests are in the order of the results.
	guests   []undoGuest
	requests journal.Times
	// also are further rows of the same guest, by the places of guests.
	also map[int32][]string
	// batches are the results of other batches whose lists have guests.
	batches []string
}

// undoGuest is a guest of the batch. There may be a million.
type undoGuest struct {
	address string
	userID  uuid.UUID
	// kept is "" for one who is removed, or as long as that is not known.
	kept batch.Kept
	// elsewhere is the place in batches of one whose list has the guest, too, from 1.
	elsewhere uint32
	// accepted is one who is removed although they have accepted.
	accepted bool
}

// Removal is a guest to remove.
type Removal struct {
	Address string
	// Accepted says that they have accepted the invitation.
	Accepted bool

	userID    string
	requests  []time.Time
	elsewhere string
	// also are further rows of the same guest.
	also []string
}

// KeptGuest is a guest who stays in the tenant.
type KeptGuest struct {
	Address string
	Reason  batch.Kept
	// Batch is the results file of the other batch for [batch.KeptElsewhere], else "".
	Batch string
}

// Remove yields the guests to remove, in the order of the results.
func (u *Undo) Remove() iter.Seq[Removal] {
	return func(yield func(Removal) bool) {
		for i, g := range u.guests {
			if g.kept == "" && !yield(u.removal(int32(i))) {
				return
			}
		}
	}
}

func (u *Undo) removal(place int32) Removal {
	g := u.guests[place]
	return Removal{
		Address: g.address, Accepted: g.accepted, userID: g.userID.String(),
		requests: u.requests.Of(g.userID.String()), elsewhere: u.batchOf(g), also: u.also[place],
	}
}

// batchOf is the results file of another batch whose list has a guest, "" for none.
func (u *Undo) batchOf(g undoGuest) string {
	if g.elsewhere == 0 {
		return ""
	}
	return u.batches[g.elsewhere-1]
}

// Kept yields those who stay, in the order of the results.
func (u *Undo) Kept() iter.Seq[KeptGuest] {
	return func(yield func(KeptGuest) bool) {
		for _, g := range u.guests {
			if g.kept == "" {
				continue
			}
			kept := KeptGuest{Address: g.address, Reason: g.kept}
			if g.kept == batch.KeptElsewhere {
				kept.Batch = u.batchOf(g)
			}
			if !yield(kept) {
				return
			}
		}
	}
}

// ToKeep is how many guests stay.
func (u *Undo) ToKeep() int { return len(u.guests) - u.ToRemove }

// UndoPlanning says how an undo is planned: Accepted is how many guests who have accepted
// are to be removed, 0 for none of them. NotInList means only guests whose row the list itself
// has no more, see [batch.Record.NotInList].
type UndoPlanning struct {
	Accepted  int
	NotInList bool
	DryRun    bool
	Progress  func(done, total int)
}

// PlanUndo asks the tenant about all guests of the batch, and finds out who of those that
// the selection means may be removed: guests whom this batch created, who have not
// accepted, hold no role, and are on no list of another batch at hand. Those who have
// accepted are removed where Accepted is exactly their number; another one but 0 is a
// [*UsageError]. What came of deletions of an earlier undo is found out first. A dry run
// keeps nothing else of what it reads. Further errors are those of
// [Session.ReadGuests] and of reading the journals at hand.
func (s *Session) PlanUndo(ctx context.Context, how UndoPlanning) (*Undo, error) {
	chosen, err := s.chosen()
	if err != nil {
		return nil, err
	}
	if how.NotInList {
		if has, err := s.journal.HasNotInList(ctx); err != nil {
			return nil, err
		} else if !has {
			return nil, Usagef("run invite with the corrected list first: its results then know who has left it. Without --not-in-list, undo is about everyone who was invited, unless --where or --rows chooses",
				"--not-in-list would do nothing: everyone who was invited is in the list, as invite has read it last")
		}
	}
	p := undoPlan{Session: s, undo: new(Undo), directory: s.tenant.Directory(), progress: how.Progress, notInList: how.NotInList}
	s.history = nil // no one is invited, and of a million guests it takes 40 MiB
	if err := s.settleDeletions(ctx); err != nil {
		return nil, err
	}
	if how.DryRun {
		err := s.readGuests(ctx, how.Progress, func(read []*guest) error {
			for _, g := range read {
				if changed := g.changed(); len(changed) > 0 {
					o := changed[len(changed)-1]
					p.readings.Put(g.address, rowNow{o.Status, o.Existing, accountOf(o.UserID)})
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	} else if err := s.ReadGuests(ctx, how.Progress); err != nil {
		return nil, err
	}
	s.invitations = nil // they were for the reading
	if err := p.collect(ctx, chosen); err != nil {
		return nil, err
	}
	if err := p.readOthers(ctx); err != nil {
		return nil, &otherBatchError{err}
	}
	if err := p.read(ctx); err != nil {
		return nil, err
	}
	return p.decide(how.Accepted)
}

// chosen are the addresses of the rows that --rows and --where mean, nil for all.
func (s *Session) chosen() (*batch.ByAddress[struct{}], error) {
	if s.Selection.Empty() {
		return nil, nil
	}
	chosen := new(batch.ByAddress[struct{}])
	for step, err := range s.Steps() {
		if err != nil {
			return nil, err
		}
		if !step.LeftOut {
			chosen.Put(step.Address, struct{}{})
		}
	}
	return chosen, nil
}

// undoPlan decides who is removed.
type undoPlan struct {
	*Session

	undo      *Undo
	directory *graph.Directory
	progress  func(done, total int)
	notInList bool

	// readings are the rows that a dry run found otherwise, and did not keep.
	readings batch.ByAddress[rowNow]
	// open are deletions of which it is not known what came of them.
	open []batch.Deletion
	// places are those of guests who may be removed, by their accounts, toRead is how many.
	places map[uuid.UUID]int32
	toRead int
	// intents are when requests for an address were about to leave, read when they matter.
	intents *journal.Times
	done    int
}

// rowNow is what a reading makes of a row.
type rowNow struct {
	status   batch.Status
	existing batch.ExistingKind
	userID   uuid.UUID
}

// accountOf is an object id as few bytes, zero for what is none.
func accountOf(userID string) uuid.UUID {
	id, err := uuid.Parse(userID)
	if err != nil {
		return uuid.Nil
	}
	return id
}

// collect goes through the results.
func (p *undoPlan) collect(ctx context.Context, chosen *batch.ByAddress[struct{}]) (err error) {
	if p.undo.requests, err = p.journal.Requests(ctx); err != nil {
		return err
	}
	if p.open, err = p.journal.OpenDeletions(ctx); err != nil {
		return err
	}
	p.places, p.undo.also = make(map[uuid.UUID]int32), make(map[int32][]string)
	var list listRows
	if p.notInList {
		if err := list.read(p.journal.Records(ctx)); err != nil {
			return err
		}
	}
	for rec, err := range p.journal.Records(ctx) {
		if err != nil {
			return err
		}
		o := rec.Outcome
		if p.notInList && !rec.NotInList {
			continue
		}
		now := rowNow{o.Status, o.Existing, accountOf(o.UserID)}
		if changed, is := p.readings.Get(o.Address); is {
			now = changed
		}
		isOurs := now.status == batch.Invited || now.status == batch.Existing || now.status == batch.Unconfirmed
		if !isOurs {
			continue
		}
		if chosen != nil {
			if _, is := chosen.Get(o.Address); !is {
				continue
			}
		}
		g := undoGuest{address: o.Address, userID: now.userID, kept: now.kept()}
		switch place, known := p.places[g.userID]; {
		case g.kept != "":
		case list.hasAccount(o.UserID):
			g.kept = batch.KeptListed
		case list.names(o.Address):
			g.kept = batch.KeptNamed
		case known:
			p.undo.also[place] = append(p.undo.also[place], o.Address)
			continue
		case slices.ContainsFunc(p.open, func(d batch.Deletion) bool { return accountOf(d.UserID) == g.userID }):
			g.kept = batch.KeptOpen
		default:
			p.places[g.userID] = int32(len(p.undo.guests)) //nolint:gosec // no list has a thousand million rows
		}
		p.undo.guests = append(p.undo.guests, g)
	}
	p.toRead = len(p.places)
	return nil
}

// listRows are the rows that have not left the list, for guests whose own row has.
type listRows struct {
	accounts batch.ByAddress[struct{}]
	// invalid is what the invalid ones say, as mangled leaves it.
	invalid []string
}

func (l *listRows) read(records iter.Seq2[batch.Record, error]) error {
	for rec, err := range records {
		if err != nil {
			return err
		}
		if rec.NotInList {
			continue
		}
		l.accounts.Put(idKey(rec.Outcome.UserID), struct{}{})
		if rec.Outcome.Status == batch.Invalid {
			l.invalid = append(l.invalid, mangled(strings.Join(rec.Cells, "\n")))
		}
	}
	return nil
}

// hasAccount reports whether a row is of an account, by whatever address.
func (l *listRows) hasAccount(userID string) bool {
	_, has := l.accounts.Get(idKey(userID))
	return has
}

// names reports whether a row that cannot be sent has an address among other text, or written
// with spaces, with characters that cannot be seen, or in wide letters.
func (l *listRows) names(address string) bool {
	address = mangled(address)
	return slices.ContainsFunc(l.invalid, func(said string) bool { return strings.Contains(said, address) })
}

// mangled is a text without what may have come into an address, or got lost from it, on its way
// through other programs.
func mangled(s string) string { return text.HeadingKey(norm.NFKC.String(s)) }

// kept says why the guest of a row stays in any case, "" where the tenant decides.
func (r rowNow) kept() batch.Kept {
	switch {
	case r.status == batch.Existing && r.existing == batch.ExistingMember:
		return batch.KeptMember
	case r.status == batch.Existing:
		return batch.KeptExisting
	case r.status == batch.Unconfirmed:
		return batch.KeptUnanswered
	case r.userID == uuid.Nil:
		return batch.KeptNotCreated
	}
	return ""
}

// readOthers finds out who is on the list of another batch, whatever became of the row.
func (p *undoPlan) readOthers(ctx context.Context) error {
	if len(p.places) == 0 {
		return nil
	}
	var byAddress batch.ByAddress[int32] // of those in places
	note := func(known journal.Known, place int32) {
		if p.undo.guests[place].elsewhere > 0 {
			return
		}
		if last := len(p.undo.batches) - 1; last < 0 || p.undo.batches[last] != batchOf(known) { // they come batch by batch
			p.undo.batches = append(p.undo.batches, batchOf(known))
		}
		p.undo.guests[place].elsewhere = uint32(len(p.undo.batches)) //nolint:gosec // no machine has so many
	}
	defer func() { p.places = nil }() // 30 MiB of a million
	return p.readAtHand(ctx, true, func(known journal.Known) {
		if byAddress.Len() == 0 { // nearly always there is no other journal
			for _, place := range p.places {
				for _, address := range append([]string{p.undo.guests[place].address}, p.undo.also[place]...) {
					byAddress.Put(address, place)
				}
			}
		}
		if place, is := byAddress.Get(known.Address); is {
			note(known, place)
		}
		if place, is := p.places[accountOf(known.UserID)]; is {
			note(known, place)
		}
	})
}

// readTogether is how many requests for accounts are on their way at the same time. Graph
// counts each as the twenty reads that it holds: where an answer takes a fifth of a second or
// longer, they stay below what a tenant may ask for (8,000 reads in ten seconds,
// learn.microsoft.com/graph/throttling-limits).
const readTogether = 8

// read reads the accounts of those who may be removed, some at a time.
func (p *undoPlan) read(ctx context.Context) error {
	asked := make([]*readAccount, 0, planTogether)
	for i := range p.undo.guests {
		if g := &p.undo.guests[i]; g.kept == "" {
			asked = append(asked, &readAccount{undoGuest: g, Removable: batch.Removable{
				Requests: p.undo.requests.Of(g.userID.String()), Elsewhere: p.undo.batchOf(*g),
			}})
		}
		if len(asked) == planTogether || i == len(p.undo.guests)-1 {
			if err := p.readSome(ctx, asked); err != nil {
				return err
			}
			asked = asked[:0]
		}
	}
	return nil
}

// readAccount is a guest who may be removed, while the account is read.
type readAccount struct {
	*undoGuest
	batch.Removable
	// err is why it could not be read.
	err error
}

func (p *undoPlan) readSome(ctx context.Context, asked []*readAccount) error {
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(readTogether)
	var mu sync.Mutex
	for some := range slices.Chunk(asked, graph.AccountsTogether) {
		group.Go(func() error {
			ids := make([]string, len(some))
			for i, a := range some {
				ids[i] = a.userID.String()
			}
			found, err := p.directory.AccountsByID(groupCtx, ids)
			if err != nil || ctx.Err() != nil {
				return brokeOff(ctx, err)
			}
			for i, read := range found {
				some[i].User, some[i].HoldsRole, some[i].err = read.Value.User, read.Value.HoldsRole(), read.Err
			}
			mu.Lock()
			defer mu.Unlock()
			p.done += len(some)
			p.progress(p.done, p.toRead)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, a := range asked {
		if err := p.take(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// take decides about a guest whose account was asked for. Where the sign-in may not read
// whether guests accepted, no one is removed; nor is one whose roles are not known.
func (p *undoPlan) take(ctx context.Context, a *readAccount) error {
	switch {
	case errors.As(a.err, new(*graph.PermissionError)):
		return a.err
	case graph.IsMissing(a.err):
		a.kept = batch.KeptNotShown
	case a.err != nil:
		a.kept = batch.KeptUnreadable
	case a.User.Basic:
		return &graph.PermissionError{Capability: graph.ReadStatus}
	default:
		if a.kept = a.Kept(); a.kept == batch.KeptNotCreated {
			return p.lookForIntents(ctx, a)
		}
	}
	return nil
}

// lookForIntents finds out whether a guest may be of a request whose answer was lost.
func (p *undoPlan) lookForIntents(ctx context.Context, a *readAccount) error {
	if p.intents == nil {
		intents, err := p.journal.Intents(ctx)
		if err != nil {
			return err
		}
		p.intents = &intents
	}
	a.Unproved = p.intents.Of(a.address)
	a.kept = a.Kept()
	return nil
}

// decide makes the plan of what was found out.
func (p *undoPlan) decide(accepted int) (*Undo, error) {
	p.undo.Counts = make(map[batch.Kept]int)
	for _, g := range p.undo.guests {
		p.undo.Counts[g.kept]++
	}
	have := p.undo.Counts[batch.KeptAccepted]
	if accepted != 0 && accepted != have {
		return nil, Usagef("list them with --dry-run; --accepted takes exactly their number, and without it they stay",
			"%s accepted the invitation, and --accepted says %d", text.Plural(have, "guest"), accepted)
	}
	p.undo.ToRemove = p.undo.Counts[""]
	delete(p.undo.Counts, "")
	if accepted == 0 {
		return p.undo, nil
	}
	for i := range p.undo.guests {
		if g := &p.undo.guests[i]; g.kept == batch.KeptAccepted {
			g.kept, g.accepted = "", true
		}
	}
	p.undo.Accepted, p.undo.ToRemove = have, p.undo.ToRemove+have
	delete(p.undo.Counts, batch.KeptAccepted)
	return p.undo, nil
}

// otherBatchError says that it is not known who is on the list of another batch, so that
// no one is removed.
type otherBatchError struct{ error }

// Unwrap gives the cause.
func (e *otherBatchError) Unwrap() error { return e.error }

// Hint tells how to go on.
func (e *otherBatchError) Hint() string {
	if unreadable, ok := errors.AsType[*journal.UnreadableError](e.error); ok {
		return fmt.Sprintf("restore the journal, or leave it out with --ignore-journal %s: guests of that batch can then be removed", shell.Quote(unreadable.Path))
	}
	if gone, ok := errors.AsType[*DeletedJournalError](e.error); ok {
		return fmt.Sprintf("put it back, or leave it out with --ignore-journal %s: guests of that batch can then be removed", shell.Quote(gone.Path))
	}
	return Hint(e.error)
}
