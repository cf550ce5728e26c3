package journal_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/internal/need"
)

// Random lists, edits, kills and retries, and guests who accept, are deleted or have two
// addresses, against a model of the states of a row. The parts are the real ones: judge,
// plan, run and a journal on disk, put together as the command line does it; only the
// tenant is made up, and time is virtual. What fails is shrunk to a short script and
// printed with what happened.
//
// Usually a few scripts are played, to save time; RAPID_CHECKS=5000 plays that
// many, and RAPID_SEED repeats a series.
func TestRunsAgreeWithTheModel(t *testing.T) {
	need.Time(t, "plays thirty random lives of a list")
	if os.Getenv("RAPID_CHECKS") == "" {
		if err := flag.Set("rapid.checks", "30"); err != nil {
			t.Fatal(err)
		}
	}
	folder, _ := watch(t) // a kill does not ask what was synced, and this saves the time
	n := 0
	var told []string // in the latest check that failed: the shortest, after shrinking
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(strings.Join(told, "\n"))
		}
	})
	rapid.Check(t, func(rt *rapid.T) {
		if n++; isEnough(t, n) {
			return
		}
		h := newHistory(drawScript(rt), t.Name(), filepath.Join(folder, fmt.Sprint(n, name)))
		synctest.Test(t, func(t *testing.T) { h.play(t.Context()) })
		h.clean(rt)
		if h.broken() {
			told = h.told
			rt.Fatal("the runs and the model do not agree")
		}
	})
}

// TestRareLivesAgreeWithTheModel plays scripts that random ones seldom come to.
func TestRareLivesAgreeWithTheModel(t *testing.T) {
	need.Time(t, "each of these lives opens a journal for each of its runs")
	add := func(who int) edit { return edit{what: "add", who: who} }
	everybody := [people]time.Duration{time.Second, time.Second}
	for name, rounds := range map[string][]round{
		// What the operator says of emails of earlier runs, they do not say of this run's.
		"proved absent, lost, and then look-ups are denied": {
			{edits: []edit{{what: "add mailed", who: 2}}, end: dies, moment: 2},
			{
				gap: time.Hour, resend: true, answers: [people][]answer{2: {lostDone}},
				looks: 3, fault: looksDenied, settle: time.Hour,
			},
		},
		// A further invitation counts as made for a day, by one clock.
		"remade less than a day ago": {
			{edits: []edit{add(3)}, reads: true, reinvite: batch.ReinvitePending, answers: [people][]answer{3: {lostDone}}},
			{gap: 23 * time.Hour, reads: true},
		},
		// The further invitation by the other address may have ended the link, whatever the
		// other address is invited to after the account was deleted.
		"remade, deleted, and the other address invited anew": {
			{edits: []edit{add(1)}},
			{edits: []edit{add(0)}, reads: true, reinvite: batch.ReinvitePending, answers: [people][]answer{{lostDone}}},
			{fates: [people]fate{leaves}, reads: true},
		},
		// The newer link of a person is in doubt by an earlier request of its own address.
		"lost, and answered after the other address": {
			{edits: []edit{add(0), add(1)}, attempts: 2, answers: [people][]answer{1: {broken503, noSignIn}}},
			{},
		},
		"invited at the same time, deleted, and the other address invited anew": {
			{edits: []edit{add(0), add(1)}, slow: everybody},
			{edits: []edit{{what: "remove", at: 0}}, fates: [people]fate{leaves}, gap: 26 * time.Hour, reads: true, reinvite: batch.ReinviteRemoved},
		},
	} {
		t.Run(name, func(t *testing.T) {
			for i := range rounds {
				rounds[i].gap, rounds[i].workers, rounds[i].attempts = max(rounds[i].gap, time.Minute), 2, max(rounds[i].attempts, 1)
			}
			there := [people]batch.ExistingKind{3: batch.ExistingPending}
			s := script{there: there, twins: true, skew: 90 * time.Minute, appear: 100 * time.Second, rounds: rounds}
			h := newHistory(s, t.Name(), filepath.Join(t.TempDir(), name))
			synctest.Test(t, func(t *testing.T) { h.play(t.Context()) })
			if h.broken() {
				t.Error(strings.Join(h.told, "\n"))
			}
		})
	}
}

// history is a check while it is played.
type history struct {
	script

	test        string // its name, see openFor
	began, path string // of the journal, at first and now
	tenant      *tenant
	known       map[string]*person // what is on disk, by address
	list        []entrant
	imported    []entrant          // the list as the journal has it
	latest      map[string]entrant // rows that were imported, as they stood last
	posts       int                // invitations of the latest run
	events      atomic.Int64       // numbers what happens, in its order

	mu    sync.Mutex
	told  []string
	wrong bool
}

func newHistory(s script, test, path string) *history {
	h := &history{
		script: s, test: test, path: path, began: path,
		known: map[string]*person{}, latest: map[string]entrant{},
	}
	for who := range people {
		h.known[mailbox(who)] = &person{allowed: 1}
	}
	return h
}

// clean makes the folder empty for the next check.
func (h *history) clean(t *rapid.T) {
	files, err := filepath.Glob(h.began + "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if err := os.Remove(f); err != nil {
			t.Fatal(err)
		}
	}
}

// tell keeps what happened; fault is what must not happen.
func (h *history) tell(format string, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.told = append(h.told, time.Now().Format("02 15:04:05 ")+fmt.Sprintf(format, args...))
}

func (h *history) fault(format string, args ...any) {
	h.tell("FAULT: "+format, args...)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.wrong = true
}

func (h *history) broken() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.wrong
}

func (h *history) play(ctx context.Context) {
	h.tenant = newTenant(h.script)
	for n, r := range h.rounds {
		for _, e := range r.edits {
			h.edit(e)
		}
		for who, f := range r.fates {
			h.meets(mailbox(who), f)
		}
		h.tell("round %d: retry %t, resend %t, reads %t, reinvite %s, list %v", n, r.retry, r.resend, r.reads, r.reinvite, h.list)
		if h.run(ctx, r); h.broken() {
			return
		}
	}
	h.comeToRest(ctx)
}

// run is what the command line does.
func (h *history) run(ctx context.Context, r round) {
	<-time.After(r.gap)
	j, shut, err := openFor(ctx, h.test, h.path, sandbox)
	if err != nil {
		h.fault("open: %v", err)
		return
	}
	h.compare(ctx, j)
	p := h.start(r, j)
	err = p.goThrough(ctx)
	if p.dead.Load() {
		h.path = p.image // what a kill leaves: Close would tidy up
	} else {
		p.finished(err)
		h.compare(ctx, j)
	}
	h.posts = p.posts()
	if err := errors.Join(j.Close(), shut()); err != nil {
		h.fault("close: %v", err)
	}
}

func (h *history) rows() iter.Seq2[batch.Row, error] {
	var rows []batch.Row
	for i, e := range h.list {
		rows = append(rows, batch.Row{Line: i + 2, Cells: e.cells()})
	}
	return all(rows)
}

// compare holds the results against the model.
func (h *history) compare(ctx context.Context, j *journal.Journal) {
	var got []string
	for _, p := range h.known {
		p.shared = ""
	}
	for r, err := range j.Records(ctx) {
		if err != nil {
			h.fault("records: %v", err)
			return
		}
		h.heedLink(r.Outcome)
		link := ""
		if r.Outcome.Status == batch.Invited {
			link = r.Outcome.RedeemURL.Reveal()
		}
		got = append(got, fmt.Sprint(r.Line, " ", r.Outcome.Address, " ", r.Outcome.Status, " ", link, r.Cells))
	}
	want, counts := h.expected()
	if diff := cmp.Diff(want, got); diff != "" {
		h.fault("results (-model +journal):\n%s", diff)
	}
	seen, err := countRows(ctx, j)
	if diff := cmp.Diff(counts, seen); diff != "" || err != nil {
		h.fault("counts (-model +journal): %v\n%s", err, diff)
	}
}

// expected are the rows of the list in their order, then who left it.
func (h *history) expected() (lines []string, counts batch.Counts) {
	counts = batch.Counts{}
	listed := map[string]bool{}
	for i, e := range h.imported {
		status := h.stands(h.imported, i)
		counts[status]++
		listed[e.address()] = true
		lines = append(lines, fmt.Sprint(i+2, " ", e.address(), " ", status, " ", h.link(status, e), e.cells()))
	}
	for who := range people {
		e, was := h.latest[mailbox(who)]
		if !was || listed[mailbox(who)] {
			continue
		}
		e.unreadable = false // a row that is gone is not judged
		status := h.known[mailbox(who)].stands(e)
		if slices.Contains([]batch.Status{batch.Invited, batch.Removed, batch.Duplicate, batch.Unconfirmed}, status) {
			lines = append(lines, fmt.Sprint(0, " ", mailbox(who), " ", status, " ", h.link(status, e), h.latest[mailbox(who)].cells()))
		}
	}
	return lines, counts
}

func (h *history) link(s batch.Status, e entrant) string {
	if s != batch.Invited {
		return ""
	}
	return h.known[e.address()].link()
}

// stands is where a row of a list stands.
func (h *history) stands(list []entrant, at int) batch.Status {
	e := list[at]
	if e.withoutAddress {
		return batch.Invalid
	}
	for _, earlier := range list[:at] {
		if earlier.address() == e.address() {
			return batch.Duplicate
		}
	}
	return h.known[e.address()].stands(e)
}

// comeToRest runs without faults until nothing changes, and looks who is left.
func (h *history) comeToRest(ctx context.Context) {
	calm := round{gap: time.Hour, workers: 4, attempts: 6, settle: time.Hour, reads: h.restReads, calm: true}
	h.quieten(ctx, "invite", calm, batch.Pending)
	calm.retry = true
	h.quieten(ctx, "retry", calm, batch.Pending, batch.Failed)
	calm.resend = true
	h.quieten(ctx, "resend", calm, batch.Pending, batch.Failed, batch.Unconfirmed)
	h.oneIsLive()
}

// quieten runs until nothing more is sent; then no row that can be sent may
// stand like one of these.
func (h *history) quieten(ctx context.Context, what string, calm round, statuses ...batch.Status) {
	for range 4 {
		if h.broken() {
			return
		}
		h.tell("calm: %s", what)
		if h.run(ctx, calm); h.posts == 0 {
			h.nobody(what, statuses...)
			return
		}
	}
	h.fault("%s goes on and on", what)
}

// nobody may stand so who can be sent.
func (h *history) nobody(after string, statuses ...batch.Status) {
	for i, e := range h.list {
		person := h.known[e.address()]
		made := person != nil && person.made()
		if status := h.stands(h.list, i); e.sendable() && slices.Contains(statuses, status) && !made {
			h.fault("after %s, row %d is %s", after, i+2, status)
		}
		if person != nil && e.sendable() && h.stands(h.list, i) == batch.Unconfirmed && len(person.unanswered()) > 0 {
			h.fault("after %s, nobody asked about row %d", after, i+2)
		}
	}
}
