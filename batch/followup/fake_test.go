package followup_test

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/batch/followup"
	"guestlist/graph"
)

// latency is how long the fake tenant takes for each request.
const latency = 100 * time.Millisecond

// fakeTenant keeps groups and accounts, in virtual time.
type fakeTenant struct {
	gate graph.Gate
	// known is from when on the directory knows an account, created when it was made.
	known, created map[string]time.Time
	members        map[string]bool // accounts that are members of the tenant
	// answer, where it is given, is asked before each change, by the number of the request
	// from 1: an outcome instead of carrying it out.
	answer func(request int, what string) *graph.Written
	// lost is asked after each request was carried out: its answer never comes.
	lost func(request int) bool

	mu       sync.Mutex
	requests int
	// writes is when each change left, joins how often a guest became a member, by group and
	// guest, changes how often something else of an account was changed.
	writes  []time.Time
	joins   map[string]int
	changes map[string]int
	busy    map[string]bool // groups of which a change is on its way
	faults  []string
	values  map[string]graph.Attributes
}

func newFakeTenant() *fakeTenant {
	return &fakeTenant{
		gate:  func(context.Context, graph.Departure) error { return nil },
		known: make(map[string]time.Time), created: make(map[string]time.Time), members: make(map[string]bool),
		joins: make(map[string]int), changes: make(map[string]int), busy: make(map[string]bool), values: make(map[string]graph.Attributes),
	}
}

var (
	pathOf = regexp.MustCompile(` path:(\S*)`)
	refsOf = regexp.MustCompile(` refs:\[([^\]]*)\]`)
)

// read is what a change asks for: it has no other eyes.
func read(w graph.Write) (path string, refs []string) {
	said := fmt.Sprintf("%+v", w)
	for ref := range strings.FieldsSeq(refsOf.FindStringSubmatch(said)[1]) {
		refs = append(refs, ref[strings.LastIndex(ref, "/")+1:])
	}
	return pathOf.FindStringSubmatch(said)[1], refs
}

func (f *fakeTenant) Write(ctx context.Context, w graph.Write) graph.Written {
	return f.send(ctx, []graph.Write{w})[0]
}

func (f *fakeTenant) WriteBatch(ctx context.Context, writes []graph.Write) []graph.Written {
	return f.send(ctx, writes)
}

func (f *fakeTenant) send(ctx context.Context, writes []graph.Write) []graph.Written {
	all := make([]graph.Written, len(writes))
	if err := f.gate(ctx, graph.Departure{Items: len(writes)}); err != nil {
		for i := range all {
			all[i] = graph.Written{Outcome: graph.NotSent, Err: err}
		}
		return all
	}
	f.mu.Lock()
	f.requests++
	n := f.requests
	group := ""
	for i, w := range writes {
		f.writes = append(f.writes, time.Now())
		path, refs := read(w)
		if group = strings.Split(path, "/")[2]; strings.HasPrefix(path, "/groups/") {
			if f.busy[group] {
				f.faults = append(f.faults, "two changes of a group at a time")
			}
			f.busy[group] = true
		}
		all[i] = f.carryOut(n, path, refs)
	}
	f.mu.Unlock()
	time.Sleep(latency) //nolint:forbidigo // virtual time
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.busy, group)
	if f.lost != nil && f.lost(n) {
		for i := range all {
			all[i] = graph.Written{Outcome: graph.Unsettled, Err: &graph.NoAnswerError{Err: context.DeadlineExceeded}}
		}
	}
	return all
}

// carryOut does what one change asks for.
func (f *fakeTenant) carryOut(n int, path string, refs []string) graph.Written {
	if f.answer != nil {
		if w := f.answer(n, path); w != nil {
			return *w
		}
	}
	parts := strings.Split(path, "/")
	if parts[1] == "users" {
		if f.known[parts[2]].After(time.Now()) {
			return notFound()
		}
		f.changes[strings.Join(parts[2:], "/")+strings.Join(refs, "")]++
		return graph.Written{Outcome: graph.Done}
	}
	for _, id := range refs {
		switch {
		case f.known[id].After(time.Now()):
			return notFound()
		case f.joins[parts[2]+" "+id] > 0 && len(refs) > 1:
			return graph.Written{Outcome: graph.Refused, Err: refusal(http.StatusBadRequest, "One or more added object references already exist")}
		case f.joins[parts[2]+" "+id] > 0:
			return graph.Written{Outcome: graph.AlreadyDone}
		}
	}
	for _, id := range refs {
		f.joins[parts[2]+" "+id]++
	}
	return graph.Written{Outcome: graph.Done}
}

func refusal(status int, message string) *graph.Refusal {
	return &graph.Refusal{Status: status, Code: "Code", Message: message}
}

func notFound() graph.Written {
	return graph.Written{Outcome: graph.NotReplicated, Err: &graph.Refusal{Status: http.StatusNotFound, Code: "Request_ResourceNotFound", Message: "Resource does not exist"}}
}

func (f *fakeTenant) Members(_ context.Context, groupID string) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		time.Sleep(latency) //nolint:forbidigo // virtual time
		f.mu.Lock()
		var ids []string
		for key := range f.joins {
			if id, found := strings.CutPrefix(key, groupID+" "); found {
				ids = append(ids, strings.ToUpper(id))
			}
		}
		f.mu.Unlock()
		yield(ids, nil)
	}
}

func (f *fakeTenant) ProfilesByID(_ context.Context, ids []string) ([]graph.Read[graph.Profile], error) {
	time.Sleep(latency) //nolint:forbidigo // virtual time
	f.mu.Lock()
	defer f.mu.Unlock()
	all := make([]graph.Read[graph.Profile], len(ids))
	for i, id := range ids {
		all[i] = graph.Read[graph.Profile]{ID: id, Value: graph.Profile{ID: id, Attributes: f.values[id], Created: f.created[id], IsMember: f.members[id]}}
		if f.known[id].After(time.Now()) {
			all[i].Err = notFound().Err
		}
	}
	return all, nil
}

// fakeJournal keeps follow-ups in memory.
type fakeJournal struct {
	mu    sync.Mutex
	all   map[string][]batch.FollowUp
	notes map[batch.FollowUpKind]string
	saves int
}

func (j *fakeJournal) FollowUps(_ context.Context, addresses []string) (map[string][]batch.FollowUp, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	some := make(map[string][]batch.FollowUp)
	for _, address := range addresses {
		some[address] = slices.Clone(j.all[address])
	}
	return some, nil
}

func (j *fakeJournal) SettleFollowUps(_ context.Context, all []batch.FollowUp) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.saves++
	for _, f := range all {
		at := slices.IndexFunc(j.all[f.Address], func(other batch.FollowUp) bool { return other.Kind == f.Kind && other.Slot() == f.Slot() })
		j.all[f.Address][at] = f
	}
	return nil
}

func (j *fakeJournal) NoteFollowUps(_ context.Context, kind batch.FollowUpKind, why string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.notes[kind] = why
	return nil
}

// states counts the follow-ups by state.
func (j *fakeJournal) states() map[batch.FollowUpState]int {
	j.mu.Lock()
	defer j.mu.Unlock()
	states := make(map[batch.FollowUpState]int)
	for _, all := range j.all {
		for _, f := range all {
			states[f.State]++
		}
	}
	return states
}

// trial is a run with all that it needs.
type trial struct {
	tenant  *fakeTenant
	journal *fakeJournal
	run     *followup.Run
	guests  []followup.Guest
}

// The groups of trials.
const (
	aurora   = "aaaaaaaa-0000-4000-8000-000000000001"
	partners = "aaaaaaaa-0000-4000-8000-000000000002"
	boss     = "bbbbbbbb-0000-4000-8000-000000000001"
)

func guestID(n int) string { return fmt.Sprintf("cccccccc-0000-4000-8000-%012d", n) }

// newTrial makes a run of n guests who are invited now and get some things.
func newTrial(t *testing.T, n int, gets ...batch.FollowUp) *trial {
	t.Helper()
	tr := &trial{tenant: newFakeTenant(), journal: &fakeJournal{all: make(map[string][]batch.FollowUp), notes: make(map[batch.FollowUpKind]string)}}
	tr.run = followup.New(followup.Config{
		Tenant: tr.tenant, Journal: tr.journal, FirstAfter: followup.FirstAfter, LookupFor: 15 * time.Minute, Grace: 30 * time.Second, MaxOutage: 15 * time.Minute,
	})
	tr.tenant.gate = tr.run.Gate
	for i := range n {
		address := fmt.Sprintf("guest%d@x.example", i)
		for _, f := range gets {
			f.Address, f.State = address, batch.FollowUpPending
			tr.journal.all[address] = append(tr.journal.all[address], f)
		}
		tr.guests = append(tr.guests, followup.Guest{Address: address, UserID: guestID(i), Invited: time.Now(), Requests: []time.Time{time.Now()}})
		tr.tenant.created[guestID(i)] = time.Now()
	}
	return tr
}

// work does all that is left.
func (tr *trial) work(ctx context.Context) error {
	ended := make(chan struct{})
	close(ended)
	return tr.run.Work(ctx, ended)
}

// feed hands the guests over.
func (tr *trial) feed() {
	for _, g := range tr.guests {
		tr.run.Add(g)
	}
}

func inGroup(id string) batch.FollowUp {
	return batch.FollowUp{Kind: batch.FollowUpGroup, Target: id, Name: id[len(id)-1:]}
}

func withCompany() batch.FollowUp {
	return batch.FollowUp{Kind: batch.FollowUpProfile, Attributes: graph.Attributes{graph.CompanyName: "Fabrikam"}}
}
