package followup

import (
	"context"
	"slices"
	"strings"
	"time"

	"guestlist/batch"
	"guestlist/graph"
)

// groupQueue is the guests who are to become members of a group. One change of it is on its
// way at a time: others meet conflicts.
type groupQueue struct {
	id   string
	busy bool
	wait []*item
	// members are those whom the group had when it was read first, nil before.
	members map[string]bool
}

func (q *groupQueue) add(it *item, now time.Time) {
	it.since = now
	q.wait = append(q.wait, it)
}

// groupOf is the queue of a follow-up's group.
func (r *Run) groupOf(f batch.FollowUp) *groupQueue {
	q := r.groups[f.Target]
	if q == nil {
		q = &groupQueue{id: f.Target}
		r.groups[f.Target] = q
	}
	return q
}

// person is a guest of whose account something is changed, one thing after the other.
type person struct {
	guest Guest
	items []*item
	// joins are the groups that the guest is to be a member of, as long as it is not known
	// whether they get any.
	joins []*item
	since time.Time
	// profile is the account as it was read, isRead says that it was.
	profile graph.Profile
	isRead  bool
}

// isReady reports whether a request is worth sending: it is full, has waited for long
// enough, or no more can come.
func (r *Run) isReady(waiting int, since, now time.Time) bool {
	coming := r.more || len(r.late)+len(r.early)+len(r.later) > 0
	return waiting >= together || waiting > 0 && (!coming || now.Sub(since) >= fillFor)
}

// fillsAt is when the next request has waited for long enough, zero for none.
func (r *Run) fillsAt() time.Time {
	var at time.Time
	note := func(since time.Time) {
		if since = since.Add(fillFor); at.IsZero() || since.Before(at) {
			at = since
		}
	}
	for _, q := range r.groups {
		if !q.busy && len(q.wait) > 0 {
			note(q.wait[0].since)
		}
	}
	for _, waiting := range [][]*person{r.unread, r.people} {
		if len(waiting) > 0 {
			note(waiting[0].since)
		}
	}
	return at
}

// start sends what is ready, as far as requests may be on their way.
func (r *Run) start(ctx context.Context, now time.Time) {
	r.resume(now)
	r.dropWithheld()
	for _, q := range r.groups {
		if r.busy < inFlight && !q.busy && len(q.wait) > 0 && r.isReady(len(q.wait), q.wait[0].since, now) {
			n := min(together, len(q.wait))
			some := slices.Clone(q.wait[:n])
			q.wait, q.busy = q.wait[n:], true
			r.busy++
			go func() { r.results <- r.join(ctx, q, some) }() // ends with the answer, and Work waits for it
		}
	}
	begin := func(queue *[]*person, do func(context.Context, []*person) (apply func())) {
		for r.busy < inFlight && len(*queue) > 0 && r.isReady(len(*queue), (*queue)[0].since, now) {
			n := min(together, len(*queue))
			some := slices.Clone((*queue)[:n])
			*queue = (*queue)[n:]
			r.busy++
			go func() { r.results <- do(ctx, some) }()
		}
	}
	begin(&r.unread, r.findMembers)
	begin(&r.people, r.change)
}

// dropWithheld takes the kinds out of the queues that ended: they stay pending.
func (r *Run) dropWithheld() {
	if len(r.Withheld) == 0 {
		return
	}
	dropped := func(it *item) bool {
		if r.Withheld[it.Kind] == "" {
			return false
		}
		r.queued--
		return true
	}
	for _, q := range r.groups {
		q.wait = slices.DeleteFunc(q.wait, dropped)
	}
	for _, queue := range []*[]*person{&r.unread, &r.people} {
		for _, p := range *queue {
			p.items, p.joins = slices.DeleteFunc(p.items, dropped), slices.DeleteFunc(p.joins, dropped)
		}
		*queue = slices.DeleteFunc(*queue, func(p *person) bool { return len(p.items)+len(p.joins) == 0 })
	}
}

// findMembers finds out who of some guests is a member of the tenant by now: those get
// nothing. What else is the matter with an account, each change of it tells.
func (r *Run) findMembers(ctx context.Context, some []*person) (apply func()) {
	failed := r.readProfiles(ctx, some)
	return func() {
		for i, p := range some {
			if failed[i] == nil && p.isMember() {
				r.leaveAlone(p, append(p.joins, p.items...))
				continue
			}
			p.isRead = false // once more right before a change
			r.place(p, time.Now())
		}
	}
}

// tried is a follow-up and what came of it.
type tried struct {
	*item

	graph.Written
}

// join makes guests members of a group: all at once, or where that is refused one by one.
// What comes of it is applied by the goroutine of [Run.Work].
func (r *Run) join(ctx context.Context, q *groupQueue, some []*item) (apply func()) {
	members := q.members
	if members == nil {
		members = r.readMembers(ctx, q.id)
	}
	var all []tried
	var missing []*item
	for _, it := range some {
		if members[strings.ToLower(it.guest.UserID)] {
			all = append(all, tried{it, graph.Written{Outcome: graph.AlreadyDone}})
		} else {
			missing = append(missing, it)
		}
	}
	all = append(all, r.addMembers(ctx, q.id, missing)...)
	return func() {
		q.busy, q.members = false, members
		for _, t := range all {
			if v, wait := r.judge(ctx, t.item, t.Written); v == again {
				r.after(wait, func(now time.Time) { q.add(t.item, now) })
			} else if v == otherKind {
				r.queued--
			}
		}
	}
}

// readMembers reads whom a group has. Where they cannot be read, each addition tells.
func (r *Run) readMembers(ctx context.Context, id string) map[string]bool {
	members := make(map[string]bool)
	for some, err := range r.Tenant.Members(ctx, id) {
		if err != nil {
			break
		}
		for _, member := range some {
			members[strings.ToLower(member)] = true
		}
	}
	return members
}

// addMembers adds guests to a group with one change, and where that is not done for a
// reason of one of them, each with its own.
func (r *Run) addMembers(ctx context.Context, id string, some []*item) []tried {
	if len(some) == 0 {
		return nil
	}
	all := make([]tried, 0, len(some))
	if len(some) > 1 {
		ids := make([]string, len(some))
		for i, it := range some {
			ids[i] = it.guest.UserID
		}
		w := r.Tenant.Write(ctx, graph.AddMembers(id, ids))
		switch w.Outcome {
		case graph.AlreadyDone, graph.NotReplicated, graph.Refused:
		case graph.NotSent, graph.Done, graph.Throttled, graph.Unsettled, graph.Denied:
			for _, it := range some {
				all = append(all, tried{it, w})
			}
			return all
		}
	}
	for _, it := range some {
		all = append(all, tried{it, r.Tenant.Write(ctx, graph.AddMember(id, it.guest.UserID))})
	}
	return all
}

// unchanged is what came of a change that was not needed.
var unchanged = graph.Written{Outcome: graph.AlreadyDone} //nolint:gochecknoglobals // a constant

// change changes the accounts of guests: the next thing of each, in one $batch.
func (r *Run) change(ctx context.Context, some []*person) (apply func()) {
	failed := r.readProfiles(ctx, some)
	results := make([]tried, len(some))
	var writes []graph.Write
	var places []int
	for i, p := range some {
		it := p.items[0]
		switch err := failed[i]; {
		case err != nil:
			results[i] = tried{it, *err}
		case p.isOthers(), it.Kind == batch.FollowUpProfile && it.Attributes.Changes(p.profile.Attributes) == nil:
			results[i] = tried{it, unchanged}
		default:
			writes, places = append(writes, it.write(p.profile)), append(places, i)
		}
	}
	if len(writes) > 0 {
		for i, w := range r.Tenant.WriteBatch(ctx, writes) {
			results[places[i]] = tried{some[places[i]].items[0], w}
		}
	}
	return func() {
		for i, p := range some {
			r.settlePerson(ctx, p, results[i].Written)
		}
	}
}

// isMember reports whether the account is a member's, who was not invited as one.
func (p *person) isMember() bool { return p.profile.IsMember && !p.guest.AsMember }

// isOthers reports whether the account is not known to be made by the batch, or is a member's
// by now: nothing of it is changed.
func (p *person) isOthers() bool {
	return p.isMember() || !batch.CreatedBy(p.profile.Created, p.guest.Requests)
}

// whyOthers says why it is not changed.
func (p *person) whyOthers() string {
	switch {
	case p.isMember():
		return "this is a member of the tenant, not a guest"
	case p.guest.Asked.IsZero() || p.profile.Created.IsZero():
		return "it is not known whether this batch created the guest"
	case batch.CreatedSince(p.profile.Created, p.guest.Asked):
		return "the answer to the invitation was lost, so that someone else may have invited the guest; set it in the Entra admin center"
	default:
		return "the guest was in the tenant before"
	}
}

// leaveAlone settles follow-ups that are not done for an account.
func (r *Run) leaveAlone(p *person, items []*item) {
	for _, it := range items {
		r.finish(it, batch.FollowUpLeftAlone, p.whyOthers())
	}
}

// readProfiles reads the accounts that were not read yet. It returns, by the place of the
// guest, what came of a reading that failed.
func (r *Run) readProfiles(ctx context.Context, some []*person) map[int]*graph.Written {
	failed := make(map[int]*graph.Written)
	var ids []string
	var places []int
	for i, p := range some {
		if !p.isRead {
			ids, places = append(ids, p.guest.UserID), append(places, i)
		}
	}
	if len(ids) == 0 {
		return failed
	}
	read, err := r.Tenant.ProfilesByID(ctx, ids)
	for i, at := range places {
		p, one := some[at], read[i]
		switch {
		case err != nil:
			failed[at] = &graph.Written{Outcome: graph.Unsettled, Err: err}
		case one.Err == nil:
			p.profile, p.isRead = one.Value, true
		case one.Missing():
			failed[at] = &graph.Written{Outcome: graph.NotReplicated, Err: one.Err}
		default:
			failed[at] = &graph.Written{Outcome: outcomeOf(one.Err), Err: one.Err}
		}
	}
	return failed
}

// outcomeOf is what an account that cannot be read means for a change of it.
func outcomeOf(err error) graph.WriteOutcome {
	if isPermission(err) {
		return graph.Denied
	}
	return graph.Unsettled
}

// settlePerson applies what came of the first of a guest's follow-ups.
func (r *Run) settlePerson(ctx context.Context, p *person, w graph.Written) {
	if p.isRead && p.isOthers() {
		r.leaveAlone(p, p.items)
		return
	}
	if w.Outcome == graph.Unsettled {
		p.isRead = false // it may have been made: then there is nothing left to change
	}
	v, wait := r.judge(ctx, p.items[0], w)
	if v == otherKind {
		r.queued--
	}
	if v != again {
		p.items = p.items[1:]
	}
	if len(p.items) > 0 {
		r.after(wait, func(now time.Time) {
			p.since = now
			r.people = append(r.people, p)
		})
	}
}
