package journal_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/internal/assert"
	"guestlist/internal/need"
	"guestlist/internal/secret"
)

// erased is the person of these tests.
const erased = "erased@x.example"

// traces are what leads to them.
var traces = []string{erased, "Erased-Name", "erased-link", "erased-user", "erased-request", "erased-advice"}

// holding names the files of a folder, logs included, or those of the database, that lead to
// the person.
func holding(t *testing.T, folder string) (found []string) {
	t.Helper()
	files := contents(t, folder)
	if address, inDatabase := databaseOf(t.Name()); inDatabase {
		files = filesOf(t, address)
	}
	for name, content := range files {
		for _, trace := range traces {
			if strings.Contains(content, trace) {
				found = append(found, name+": "+trace)
			}
		}
	}
	return found
}

// livePerson puts the person into a journal among others: in the list twice, invited,
// reminded, read, removed and in the flags of a run.
func livePerson(ctx context.Context, j *journal.Journal, rows []string) error {
	if err := j.Import(ctx, batch.Header{Columns: []string{"Email", "Manager"}}, all(plan(nil, rows))); err != nil {
		return err
	}
	settings := map[string]string{"where": "Email=" + erased + "; Name=erased-name", "rate": "2/1s"}
	if err := j.Begin(ctx, batch.RunFacts{Tool: "guestlist", Workers: 1, List: "list.csv"}, settings); err != nil {
		return err
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, address := range []string{rows[0], erased, rows[len(rows)-1]} {
		user := strings.TrimSuffix(address, "@x.example") + "-user"
		id, err := j.Intend(ctx, batch.Intent{Address: address, Mail: true, At: at, ClientRequestID: strings.TrimSuffix(address, "@x.example") + "-request"})
		if err == nil {
			err = j.Settle(ctx, id, batch.Outcome{
				Address: address, Status: batch.Invited, UserID: user, At: at, SentAt: at,
				RedeemURL: secret.New(redeemURL + strings.TrimSuffix(address, "@x.example") + "-link"), Advice: strings.TrimSuffix(address, "@x.example") + "-advice",
			})
		}
		if err == nil {
			err = j.RecordGuests(ctx, func(yield func(string, batch.GuestReading) bool) {
				yield(address, batch.GuestReading{State: batch.GuestNotAccepted, UserID: user, At: at})
			})
		}
		if err == nil {
			f := batch.FollowUp{Address: address, Kind: batch.FollowUpGroup, Target: "g", Name: "Group", State: batch.FollowUpPending}
			err = j.PlanFollowUps(ctx, []batch.FollowUpKind{batch.FollowUpGroup}, []journal.FollowUpPlan{{Address: address, FollowUps: []batch.FollowUp{f}}})
		}
		if err != nil {
			return err
		}
	}
	return j.End(ctx, batch.RunTotals{Sent: 3, Stopped: "stopped at " + erased})
}

func TestForgettingLeavesNothingInTheFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), name)
	rows := guests("guest", 2200) // more than two pages of the list
	rows[700], rows[1900] = erased, "Erased@x.example"
	rows[5] = "sponsor@x.example"
	j := open(t, path, sandbox)
	if err := livePerson(t.Context(), j, rows); err != nil {
		t.Fatal(err)
	}
	before, err := j.Progress(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(holding(t, filepath.Dir(path))) == 0 {
		t.Fatal("the person is not in the journal to begin with")
	}
	who := journal.Forgetting{Address: erased, Names: []string{"Erased-Name"}, Operator: "pat@host"}
	found, err := j.Forget(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "rows and attempts", []int{found.Rows, found.Attempts}, []int{2, 1})
	assert.Equal(t, "forgotten before", found.Since.IsZero(), true)
	assert.Equal(t, "while the journal is open", holding(t, filepath.Dir(path)), []string(nil))
	assert.Equal(t, "the results are old", news(t, j), true)
	after, err := j.Progress(t.Context())
	if err != nil || after != before {
		t.Errorf("progress %d, before %d, %v", after, before, err)
	}
	shut(t, j)
	assert.Equal(t, "when it is closed", holding(t, filepath.Dir(path)), []string(nil))

	j = open(t, path, sandbox)
	lines := stands(t, j)
	assert.Equal(t, "rows left", len(lines), 2198)
	assert.Equal(t, "first and last", []string{lines[0], lines[2197]}, []string{"2 guest0@x.example invited", "2201 guest2199@x.example invited"})
	summary, err := j.Summary(t.Context())
	assert.Equal(t, "flags", summary.Settings, map[string]string{"where": "Email=(forgotten); Name=(forgotten)", "rate": "2/1s"})
	assert.Equal(t, "stopped", summary.Totals.Stopped, "stopped at (forgotten)")
	forgotten, errForgotten := j.Forgotten(t.Context())
	still, errStill := j.StillForgetting(t.Context())
	if err := errors.Join(err, errForgotten, errStill); err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "forgotten", []bool{forgotten.Has("ERASED@x.example"), forgotten.Has(rows[0]), still.Has(erased)}, []bool{true, false, true})
	if err := j.FinishForgetting(t.Context()); err != nil {
		t.Fatal(err)
	}
	if still, err = j.StillForgetting(t.Context()); err != nil || still.Len() != 0 {
		t.Errorf("still forgetting %d, %v", still.Len(), err)
	}
	if found, err = j.Forget(t.Context(), who); err != nil || found.Since.IsZero() || found.Rows != 0 {
		t.Errorf("again: %+v, %v", found, err)
	}
	_, err = j.Forget(t.Context(), journal.Forgetting{Address: "nobody@x.example"})
	assert.Equal(t, "an address of no row", errors.Is(err, journal.ErrNotInBatch), true)
	shut(t, j)
}

// Of someone whose request is open, the run has to find out first what it did.
func TestWhoIsOpenIsNotForgotten(t *testing.T) {
	j := begin(t, erased, "other@x.example")
	if _, err := j.Intend(t.Context(), batch.Intent{Address: erased, Mail: true, At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	_, err := j.Forget(t.Context(), journal.Forgetting{Address: erased})
	if !errors.As(err, new(*journal.OpenError)) {
		t.Errorf("got %v", err)
	}
	assert.Equal(t, "rows", stands(t, j), []string{"2 " + erased + " unconfirmed NoAnswer", "3 other@x.example pending"})

	d, err := j.IntendDeletion(t.Context(), batch.Deletion{Address: "other@x.example", UserID: "u", At: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Forget(t.Context(), journal.Forgetting{Address: "other@x.example"}); !errors.As(err, new(*journal.OpenError)) {
		t.Errorf("an open deletion: %v", err)
	}
	if err := j.SettleDeletion(t.Context(), d, batch.DeletionResult{At: time.Now()}, batch.Outcome{}); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Forget(t.Context(), journal.Forgetting{Address: "other@x.example"}); err != nil {
		t.Error(err)
	}
}

// What else leads to the person is told: other rows, and other addresses of the account.
func TestForgettingTellsWhereElseThePersonIs(t *testing.T) {
	j := open(t, filepath.Join(t.TempDir(), name), sandbox)
	defer shut(t, j)
	header := batch.Header{Columns: []string{"Email", "Sponsor"}, Fields: map[batch.Field]int{batch.Email: 0}}
	steps := plan(nil, []string{erased, "alias@x.example", "third@x.example"})
	steps[2].Row.Cells = []string{"third@x.example", "Erased@X.example"}
	if err := j.Import(t.Context(), header, all(steps)); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{erased, "alias@x.example"} {
		if err := j.Settle(t.Context(), 0, batch.Outcome{Address: address, Status: batch.Invited, UserID: "one", At: time.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	found, err := j.Forget(t.Context(), journal.Forgetting{Address: erased})
	if err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "other addresses", found.SameGuest, []string{"alias@x.example"})
	assert.Equal(t, "other rows", found.Mentions, []int{4})
}

// Another batch is told whom this one forgot, without their address.
func TestJournalsAtHandTellWhomTheyForgot(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a.journal.db")
	neighbour(t, path, sandbox)
	j := open(t, path, sandbox)
	if _, err := j.Forget(t.Context(), journal.Forgetting{Address: "link@x.example"}); err != nil {
		t.Fatal(err)
	}
	check := func(what string) {
		t.Helper()
		told := 0
		for k, err := range (journal.AtHand{Identity: sandbox, Folder: folder, Scratch: t.TempDir()}).Known(t.Context()) {
			if err != nil {
				t.Fatal(what, err)
			}
			if k.Forgotten != nil {
				told++
				assert.Equal(t, what, []bool{k.Forgotten.Has("link@x.example"), k.Forgotten.Has("nolink@x.example")}, []bool{true, false})
			}
			if k.Address == "link@x.example" || k.UserID == "1" {
				t.Errorf("%s: %+v", what, k)
			}
		}
		assert.Equal(t, what+": told", told, 1)
	}
	check("open")
	shut(t, j)
	check("closed")
}

// A journal knows what was written of it, wherever the two are moved together.
func TestDerivedFilesMoveWithTheJournal(t *testing.T) {
	before, after, elsewhere := t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "page.html")
	j := open(t, filepath.Join(before, name), sandbox)
	for _, d := range []journal.Derived{
		{Path: filepath.Join(before, "list.csv"), Digest: "1"},
		{Path: elsewhere, Digest: "2", NoLinks: true},
		{Path: filepath.Join(before, "packs", "a")},
		{Path: filepath.Join(before, "list.csv"), Digest: "3"},
	} {
		if err := j.AddDerived(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	shut(t, j)
	if err := os.Rename(filepath.Join(before, name), filepath.Join(after, name)); err != nil {
		t.Fatal(err)
	}
	j = open(t, filepath.Join(after, name), sandbox)
	defer shut(t, j)
	all, err := j.AllDerived(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "derived", all, []journal.Derived{
		{Path: elsewhere, Digest: "2", NoLinks: true}, {Path: filepath.Join(after, "list.csv"), Digest: "3"}, {Path: filepath.Join(after, "packs", "a")},
	})
}

// Whenever the power is cut while a person is forgotten, the journal opens, everyone else is
// in it, the person is there whole or not at all, and the next forget leaves nothing.
func TestPowerCutWhileForgetting(t *testing.T) {
	t.Parallel()
	need.Time(t, "opens a journal after each of some hundred power cuts")
	need.NoRace(t, "no other goroutine is at work but the writer, which TestOneFaultAtEveryStep watches")
	folder, d := watch(t)
	d.recording = true
	path := filepath.Join(folder, name)
	rows := []string{"first@x.example", erased, "last@x.example"}
	j := open(t, path, sandbox)
	if err := livePerson(t.Context(), j, rows); err != nil {
		t.Fatal(err)
	}
	shut(t, j)
	begun := len(d.changes)
	j = open(t, path, sandbox)
	if _, err := j.Forget(t.Context(), journal.Forgetting{Address: erased, Names: []string{"Erased-Name"}}); err != nil {
		t.Fatal(err)
	}
	shut(t, j)
	replay, rng := &drive{files: map[string]*file{}}, rand.New(rand.NewPCG(1, 2))
	there, gone := 0, 0
	other, _ := watch(t)
	for moment, c := range d.changes {
		replay.apply(c)
		if moment < begun {
			continue
		}
		was, err := afterCut(t.Context(), other, replay.cut(rng))
		switch {
		case err != nil:
			t.Errorf("power cut after change %d of %d: %v", moment, len(d.changes), err)
		case was:
			there++
		default:
			gone++
		}
		if found := holding(t, other); found != nil {
			t.Errorf("power cut after change %d: %v", moment, found)
		}
	}
	t.Logf("%d changes, after %d cuts the person was there, after %d not", len(d.changes)-begun, there, gone)
	if there == 0 || gone == 0 {
		t.Error("the cuts meet one side of the forgetting alone")
	}
}

// afterCut looks at what is on the disk, and forgets the person again.
func afterCut(ctx context.Context, folder string, found map[string][]byte) (there bool, err error) {
	old, err := filepath.Glob(filepath.Join(folder, "*"))
	for _, path := range old {
		err = errors.Join(err, os.Remove(path))
	}
	for name, content := range found {
		err = errors.Join(err, os.WriteFile(filepath.Join(folder, name), bytes.Clone(content), 0o600))
	}
	if err != nil {
		return false, err
	}
	j, err := journal.Open(ctx, filepath.Join(folder, name), sandbox)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	var states []string
	for r, err := range j.Records(ctx) {
		if err != nil {
			return false, err
		}
		there = there || r.Outcome.Address == erased
		states = append(states, fmt.Sprint(r.Outcome.Address, " ", r.Outcome.Status, " ", !r.Outcome.RedeemURL.IsZero()))
	}
	want := []string{"first@x.example invited true", "last@x.example invited true"}
	if there {
		want = []string{want[0], erased + " invited true", want[1]}
	}
	if strings.Join(states, "\n") != strings.Join(want, "\n") {
		return there, fmt.Errorf("rows %q", states)
	}
	_, err = j.Forget(ctx, journal.Forgetting{Address: erased, Names: []string{"Erased-Name"}})
	return there, err
}
