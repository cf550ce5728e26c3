package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/graph"
	"guestlist/internal/shell"
	"guestlist/internal/text"
)

// Undo is whom of a batch an undo removes from the tenant, and whom it leaves there.
type Undo struct {
	// Remove are the guests to remove, in the order of the results, Accepted how many of
	// them have accepted.
	Remove   []Removal
	Accepted int
	// Kept are those who stay.
	Kept []KeptGuest
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

// UndoPlanning says how an undo is planned: Accepted is how many guests who have accepted
// are to be removed, 0 for none of them. NotInList means only guests whose row has left the
// list.
type UndoPlanning struct {
	Accepted  int
	NotInList bool
	DryRun    bool
	Progress  func(done, total int)
}

// Counts are the guests who stay by the reason.
func (u *Undo) Counts() map[batch.Kept]int {
	counts := make(map[batch.Kept]int)
	for _, k := range u.Kept {
		counts[k.Reason]++
	}
	return counts
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
		if has, err := s.journal.HasDeparted(ctx); err != nil {
			return nil, err
		} else if !has {
			return nil, Usagef("leave it out, or run invite with the corrected list first: its results then know who has left it",
				"--not-in-list would do nothing: everyone who was invited is in the list, as of the latest run")
		}
	}
	p := undoPlan{Session: s, directory: s.tenant.Directory(), progress: how.Progress, notInList: how.NotInList}
	if err := s.settleDeletions(ctx); err != nil {
		return nil, err
	}
	if how.DryRun {
		p.readings = make(map[string]batch.Outcome)
		err := s.readGuests(ctx, how.Progress, func(read []*guest) error {
			for _, g := range read {
				if changed := g.changed(); len(changed) > 0 {
					p.readings[g.address] = changed[len(changed)-1]
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
func (s *Session) chosen() (map[string]bool, error) {
	if s.Selection.Empty() {
		return nil, nil
	}
	chosen := make(map[string]bool)
	for step, err := range s.Steps() {
		if err != nil {
			return nil, err
		}
		if !step.LeftOut {
			chosen[step.Address] = true
		}
	}
	return chosen, nil
}

// undoPlan decides who is removed.
type undoPlan struct {
	*Session

	directory *graph.Directory
	progress  func(done, total int)
	notInList bool

	guests []*undoGuest
	// readings are the outcomes that a dry run read of them, and did not keep.
	readings map[string]batch.Outcome
	// byKey has the guests by their addresses and user ids.
	byKey map[string]*undoGuest
}

// undoGuest is a guest of the batch.
type undoGuest struct {
	Removal

	kept batch.Kept // "" for one who is removed, or as long as that is not known
	user graph.User
	role bool
	// intents are when requests for the address were about to leave.
	intents []time.Time
}

// collect goes through the results.
func (p *undoPlan) collect(ctx context.Context, chosen map[string]bool) error {
	requests, err := p.journal.Requests(ctx)
	if err != nil {
		return err
	}
	intents, err := p.journal.Intents(ctx)
	if err != nil {
		return err
	}
	open, err := p.journal.OpenDeletions(ctx)
	if err != nil {
		return err
	}
	p.byKey = make(map[string]*undoGuest)
	listed := make(map[string]bool) // the accounts of rows of the list, which come first
	var invalid []string            // what its invalid rows say, in small letters
	for rec, err := range p.journal.Records(ctx) {
		if err != nil {
			return err
		}
		o := rec.Outcome
		if p.notInList && rec.Line > 0 {
			listed[idKey(o.UserID)] = o.UserID != ""
			if o.Status == batch.Invalid {
				invalid = append(invalid, strings.ToLower(strings.Join(rec.Cells, "\n")))
			}
			continue
		}
		if changed, is := p.readings[o.Address]; is {
			o = changed
		}
		isOurs := o.Status == batch.Invited || o.Status == batch.Existing || o.Status == batch.Unconfirmed
		if !isOurs || chosen != nil && !chosen[o.Address] {
			continue
		}
		g := &undoGuest{Removal: Removal{Address: o.Address, userID: o.UserID, requests: requests[idKey(o.UserID)]}, intents: intents[o.Address]}
		switch first := p.byKey[idKey(o.UserID)]; {
		case o.Status == batch.Existing:
			g.kept = batch.KeptExisting
			if o.Existing == batch.ExistingMember {
				g.kept = batch.KeptMember
			}
		case o.Status == batch.Unconfirmed:
			g.kept = batch.KeptUnanswered
		case o.UserID == "":
			g.kept = batch.KeptNotCreated
		case listed[idKey(o.UserID)]:
			g.kept = batch.KeptListed
		case slices.ContainsFunc(invalid, func(said string) bool { return strings.Contains(said, o.Address) }):
			g.kept = batch.KeptNamed
		case first != nil && first.kept == "":
			first.also = append(first.also, o.Address)
			p.byKey[o.Address] = first
			continue
		case slices.ContainsFunc(open, func(d batch.Deletion) bool { return idKey(d.UserID) == idKey(o.UserID) }):
			g.kept = batch.KeptOpen
		default:
			p.byKey[idKey(o.UserID)], p.byKey[o.Address] = g, g
		}
		p.guests = append(p.guests, g)
	}
	return nil
}

// readOthers finds out who is on the list of another batch, whatever became of the row.
func (p *undoPlan) readOthers(ctx context.Context) error {
	if len(p.byKey) == 0 {
		return nil
	}
	return p.readAtHand(ctx, true, func(known journal.Known) {
		for _, key := range []string{known.Address, idKey(known.UserID)} {
			if g := p.byKey[key]; g != nil && g.elsewhere == "" {
				g.elsewhere = batchOf(known)
			}
		}
	})
}

// rolesTogether is how many guests are asked about at the same time whether they hold a
// role, which takes a request each.
const rolesTogether = 8

// read reads the accounts, and the roles of those who may be removed.
func (p *undoPlan) read(ctx context.Context) error {
	var asked []*undoGuest
	for _, g := range p.guests {
		if g.kept == "" {
			asked = append(asked, g)
		}
	}
	for some := range slices.Chunk(asked, lookUpTogether) {
		ids := make([]string, len(some))
		for i, g := range some {
			ids[i] = g.userID
		}
		found, err := p.directory.UsersByID(ctx, ids)
		if err != nil {
			return brokeOff(ctx, err)
		}
		for i, read := range found {
			if err := some[i].take(read); err != nil {
				return err
			}
		}
	}
	return p.readRoles(ctx, asked)
}

// take notes how the account of the guest was read. Where the sign-in may not read whether
// guests accepted, no one is removed.
func (g *undoGuest) take(read graph.Read[graph.User]) error {
	switch {
	case errors.As(read.Err, new(*graph.PermissionError)):
		return read.Err
	case read.Missing():
		g.kept = batch.KeptNotShown
	case read.Err != nil:
		g.kept = batch.KeptUnreadable
	case read.Value.Basic:
		return &graph.PermissionError{Capability: graph.ReadStatus}
	default:
		g.user = read.Value
		g.kept = g.removable().Kept()
	}
	return nil
}

func (g *undoGuest) removable() batch.Removable {
	return batch.Removable{User: g.user, HoldsRole: g.role, Requests: g.requests, Unproved: g.intents, Elsewhere: g.elsewhere}
}

func (p *undoPlan) readRoles(ctx context.Context, asked []*undoGuest) error {
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(rolesTogether)
	var mu sync.Mutex
	done := 0
	for _, g := range asked {
		if g.kept != "" && g.kept != batch.KeptAccepted {
			continue
		}
		group.Go(func() error {
			member, err := p.directory.Memberships(groupCtx, g.userID)
			switch {
			case err == nil:
				g.role = member.HoldsRole()
				g.kept = g.removable().Kept()
			case errors.As(err, new(*graph.PermissionError)):
				return err
			case graph.IsMissing(err):
				g.kept = batch.KeptNotShown
			default:
				return brokeOff(ctx, err)
			}
			mu.Lock()
			defer mu.Unlock()
			done++
			p.progress(done, len(asked))
			return nil
		})
	}
	return group.Wait()
}

// decide makes the plan of what was found out.
func (p *undoPlan) decide(accepted int) (*Undo, error) {
	have := 0
	for _, g := range p.guests {
		if g.kept == batch.KeptAccepted {
			have++
		}
	}
	if accepted != 0 && accepted != have {
		return nil, Usagef("list them with --dry-run; --accepted takes exactly their number, and without it they stay",
			"%s accepted the invitation, and --accepted says %d", text.Plural(have, "guest"), accepted)
	}
	u := &Undo{}
	for _, g := range p.guests {
		switch {
		case g.kept == batch.KeptAccepted && accepted == have:
			g.Accepted = true
			u.Accepted++
			u.Remove = append(u.Remove, g.Removal)
		case g.kept == "":
			u.Remove = append(u.Remove, g.Removal)
		case g.kept == batch.KeptElsewhere:
			u.Kept = append(u.Kept, KeptGuest{g.Address, g.kept, g.elsewhere})
		default:
			u.Kept = append(u.Kept, KeptGuest{Address: g.Address, Reason: g.kept})
		}
	}
	return u, nil
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
