package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
	"guestlist/graph/sandbox"
	"guestlist/internal/assert"
)

// domain is that of the guests of these tests.
const domain = "@fabrikam.example"

// listOf writes a list of guests by the names before the @.
func (p *program) listOf(t *testing.T, file string, names ...string) {
	t.Helper()
	rows := [][]string{{"Email", "Company"}}
	for _, name := range names {
		rows = append(rows, []string{name + domain, "Fabrikam"})
	}
	writeCSV(t, p.path(file), rows)
}

// undone is what undo says to programs.
type undone struct {
	Removed []string `json:"removed"`
	Left    []string `json:"to_remove"`
	Kept    []struct {
		Email  string `json:"email"`
		Reason string `json:"reason"`
		Batch  string `json:"batch"`
	} `json:"kept"`
}

// reasons are why guests were kept, by the names before the @.
func (u undone) reasons() map[string]string {
	reasons := make(map[string]string)
	for _, k := range u.Kept {
		reasons[strings.TrimSuffix(k.Email, domain)] = strings.TrimSuffix(k.Reason+", "+k.Batch, ", ")
	}
	return reasons
}

func (p *program) undo(t *testing.T, code int, args ...string) (u undone) {
	t.Helper()
	out := p.run(t, code, append([]string{"undo", "p.results.xlsx", "--json"}, args...)...)
	if err := json.Unmarshal([]byte(out), &u); err != nil {
		t.Fatal(err)
	}
	return u
}

// deletions are how often each person was deleted by a request, by the name before the @;
// who was not is left out.
func (p *program) deletions() map[string]int {
	deleted := make(map[string]int)
	for _, person := range p.tenant.People() {
		if n := person.Changes.Deleted; n > 0 {
			deleted[strings.TrimSuffix(person.Address, domain)] += n
		}
	}
	return deleted
}

// change changes the account of a guest in the tenant.
func (p *program) change(name string, how func(*sandbox.Person)) {
	person, known := p.tenant.Find(name + domain)
	if !known {
		panic(name)
	}
	how(&person)
	p.tenant.Admit([]sandbox.Person{person})
}

// Only guests whom a request of these results created are removed, and who may be.
func TestUndoRemovesOnlyWhomItMay(t *testing.T) {
	t.Parallel()
	yearAgo := time.Now().Add(-365 * 24 * time.Hour)
	var secret atomic.Value // whose roles Graph does not tell
	p := newProgram(t, sandbox.Config{Trouble: func(r *http.Request) (int, int) {
		if id, _ := secret.Load().(string); id != "" && r.URL.Path == "/v1.0/users/"+id+"/transitiveMemberOf" {
			return http.StatusBadRequest, 0
		}
		return 0, 0
	}, People: []sandbox.Person{
		{Address: "before" + domain, State: "PendingAcceptance", Invited: []time.Time{yearAgo}},
		{Address: "older" + domain, State: "PendingAcceptance", Invited: []time.Time{yearAgo}},
		{Address: "employee" + domain, Type: "Member"},
	}})
	p.listOf(t, "older.csv", "older")
	p.run(t, 0, "invite", "older.csv", "--reinvite", "pending", "--out", "p.results.xlsx")
	p.listOf(t, "p.csv", "older", "created", "accepts", "role", "promoted", "gone", "shared", "before", "employee", "open", "secret")
	p.run(t, 0, "invite", "p.csv")
	p.listOf(t, "other.csv", "shared")
	p.run(t, 0, "invite", "other.csv")

	p.tenant.Accept("accepts" + domain)
	p.tenant.Delete("gone" + domain)
	p.change("role", func(x *sandbox.Person) { x.Roles = []string{"User Administrator"} })
	p.change("promoted", func(x *sandbox.Person) { x.Type = "Member" })
	p.change("secret", func(x *sandbox.Person) { secret.Store(x.ID) })

	reasons := map[string]string{
		"before": "in the tenant before this batch", "employee": "a member of the tenant, not a guest",
		"older":   "not known to be created by an invitation of this batch",
		"accepts": "accepted the invitation", "role": "holds a directory role",
		"promoted": "a member of the tenant, not a guest",
		"shared":   "on the list of another batch, other.results.xlsx",
		"gone":     "not shown by the directory now",
		"secret":   "could not be read now",
	}
	u := p.undo(t, 0, "--dry-run")
	assert.Equal(t, "to remove", u.Left, []string{"created" + domain, "open" + domain})
	assert.Equal(t, "kept", u.reasons(), reasons)
	assert.Equal(t, "a dry run", p.deletions(), map[string]int{})

	u = p.undo(t, 3, "--confirm", "2")
	assert.Equal(t, "removed", u.Removed, []string{"created" + domain, "open" + domain})
	assert.Equal(t, "kept", u.reasons(), reasons)
	assert.Equal(t, "deleted", p.deletions(), map[string]int{"created": 1, "open": 1})
	states := p.guestStates(t)
	assert.Equal(t, "the row", states["created"+domain], "removed, deleted, replaced")
	assert.Equal(t, "another one's row", states["accepts"+domain], "invited, accepted, live")

	// Nobody is left, and what follows knows it.
	u = p.undo(t, 3)
	assert.Equal(t, "again", len(u.Removed)+len(u.Left), 0)
	posts := p.posts()
	p.run(t, 0, "invite", "p.csv")
	assert.Equal(t, "nobody is invited again", p.posts(), posts)
	p.run(t, 0, "handoff", "p.results.xlsx", "--by", "Company")
	links := links(t, p.path("p.results.xlsx"))
	if links["created"+domain] == "" {
		t.Error("the link is not kept")
	}
	holdsNo(t, p.path("p.results.handoff"), links["created"+domain])
	p.run(t, 0, "invite", "p.csv", "--reinvite", "removed")
	assert.Equal(t, "invited again on demand", p.posts(), posts+2) // the one who was deleted by hand was invited less than a day ago
}

// Of those who have left the list only they are removed, and no one whom the list has by
// another address; what may not be removed otherwise is not removed so either.
func TestUndoOfThoseWhoLeftTheList(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{Aliases: map[string]string{"unshown" + domain: "replaced" + domain}})
	p.listOf(t, "p.csv", "typo", "accepts", "shared", "other", "stays", "replaced")
	p.run(t, 0, "invite", "p.csv")
	p.run(t, 2, "undo", "p.results.xlsx", "--not-in-list")
	p.listOf(t, "other.csv", "shared")
	p.run(t, 0, "invite", "other.csv")
	p.tenant.Accept("accepts" + domain)
	p.change("stays", func(x *sandbox.Person) { x.OtherMails = []string{"alias" + domain} })
	p.listOf(t, "p.csv", "right", "other", "alias", "unshown")
	p.run(t, 0, "invite", "p.csv")

	p.run(t, 2, "undo", "p.results.xlsx", "--not-in-list", "--rows", "2")
	u := p.undo(t, 3, "--not-in-list", "--confirm", "1")
	assert.Equal(t, "removed", u.Removed, []string{"typo" + domain})
	assert.Equal(t, "kept", u.reasons(), map[string]string{
		"accepts": "accepted the invitation", "shared": "on the list of another batch, other.results.xlsx", "stays": "still in the list, by another address",
	})
	assert.Equal(t, "deleted", p.deletions(), map[string]int{"typo": 1})
	u = p.undo(t, 3, "--not-in-list")
	assert.Equal(t, "again", len(u.Removed)+len(u.Left), 0)
}

// Who has left the list is as of the latest run, whatever was changed in the results by hand
// since: rows that are missing there, and addresses that are others.
func TestUndoOfThoseWhoLeftGoesByTheLatestRun(t *testing.T) {
	t.Parallel()
	for _, results := range []string{"p.results.csv", "p.results.xlsx"} {
		p := newProgram(t, sandbox.Config{})
		p.listOf(t, "p.csv", "typo", "a", "b", "c")
		p.run(t, 0, "invite", "p.csv", "-o", results)
		cut := func() {
			t.Helper()
			if results == "p.results.csv" {
				rows := csvCells(t, p.path(results))
				writeCSV(t, p.path(results), rows[:len(rows)-1])
				return
			}
			book, err := excelize.OpenFile(p.path(results))
			if err != nil {
				t.Fatal(err)
			}
			err = errors.Join(book.SetCellStr("Results", "A3", "corrected"+domain), book.RemoveRow("Results", 4), book.Save(), book.Close())
			if err != nil {
				t.Fatal(err)
			}
		}
		cut()
		p.run(t, 2, "undo", results, "--not-in-list", "--confirm", "1")
		p.listOf(t, "p.csv", "a", "b", "c")
		p.run(t, 0, "invite", "p.csv", "-o", results)
		cut()
		before, err := os.ReadFile(p.path(results))
		if err != nil {
			t.Fatal(err)
		}
		for _, flag := range []string{"--dry-run", "--confirm=1"} {
			out, said := p.runBoth(t, 0, "undo", results, "--not-in-list", flag)
			if !strings.Contains(said, "count once guestlist retry has taken that over, and rows that were deleted there alone are still in the list") {
				t.Error(out, said)
			}
		}
		after, err := os.ReadFile(p.path(results))
		assert.Equal(t, "results as they were left", err == nil && bytes.Equal(after, before), true)
		assert.Equal(t, "deleted", p.deletions(), map[string]int{"typo": 1})
	}
}

// Whatever takes over results in which somebody has deleted a row, its guest stays until the
// list itself does not have them. One whose address was corrected there has left it.
func TestRowsDeletedInTheResultsAreStillInTheList(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	p.listOf(t, "p.csv", "typo", "a", "status", "remind", "retry", "undo")
	p.run(t, 0, "invite", "p.csv", "-o", "p.results.csv")
	for command, code := range map[string]int{"status": 0, "remind": 0, "retry": 0, "undo": 2} { // undo asks, and no one answers
		rows := slices.DeleteFunc(csvCells(t, p.path("p.results.csv")), func(row []string) bool { return row[0] == command+domain })
		writeCSV(t, p.path("p.results.csv"), rows)
		p.run(t, code, command, "p.results.csv")
		p.run(t, 2, "undo", "p.results.csv", "--not-in-list", "--confirm", "1")
	}
	rows := csvCells(t, p.path("p.results.csv"))
	left := 0
	for _, row := range rows {
		if row[0] == "typo"+domain {
			row[0] = "right" + domain
		}
		if slices.ContainsFunc(row, func(cell string) bool { return strings.HasPrefix(cell, "This row was taken out of the results.") }) {
			left++
		}
	}
	assert.Equal(t, "rows at the end", left, 4)
	writeCSV(t, p.path("p.results.csv"), rows)
	if out := p.run(t, 0, "retry", "p.results.csv"); !strings.Contains(out, "--not-in-list") || strings.Contains(out, "were invited from") {
		t.Error(out)
	}
	p.run(t, 0, "undo", "p.results.csv", "--not-in-list", "--confirm", "1")
	assert.Equal(t, "deleted", p.deletions(), map[string]int{"typo": 1})

	// The list itself says who is not in it.
	p.listOf(t, "p.csv", "right", "a", "status", "remind")
	p.run(t, 0, "invite", "p.csv", "-o", "p.results.csv")
	p.run(t, 0, "undo", "p.results.csv", "--not-in-list", "--confirm", "2")
	assert.Equal(t, "deleted in the end", p.deletions(), map[string]int{"typo": 1, "retry": 1, "undo": 1})
}

// A row that became invalid is still in the list, and so is the guest whom it names.
func TestUndoLeavesThoseWhomInvalidRowsName(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	p.listOf(t, "p.csv", "stays", "two", "three", "wide", "spaced", "unseen", "gone")
	p.run(t, 0, "invite", "p.csv")
	writeCSV(t, p.path("p.csv"), [][]string{{"Email"}, {"Stays" + domain + " foo"}, {"two" + domain + ";three" + domain}, {"wide" + strings.Replace(domain, "@", "＠", 1)}, {"spaced " + domain}, {"un\u200bseen" + domain + "\u00ad x"}})
	p.run(t, 3, "invite", "p.csv")
	u := p.undo(t, 3, "--not-in-list", "--confirm", "1")
	const named = "named in a row of the list that cannot be sent"
	assert.Equal(t, "kept", u.reasons(), map[string]string{"stays": named, "two": named, "three": named, "wide": named, "spaced": named, "unseen": named})
	assert.Equal(t, "deleted", p.deletions(), map[string]int{"gone": 1})
}

// Guests who have accepted are removed only where their exact number is given.
func TestUndoOfAcceptedGuests(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	p.listOf(t, "p.csv", "a", "b", "c")
	p.run(t, 0, "invite", "p.csv")
	p.tenant.Accept("a" + domain)
	p.tenant.Accept("b" + domain)
	for _, n := range []string{"1", "3"} {
		if said := p.complains(t, 2, "undo", "p.results.xlsx", "--accepted", n, "--confirm", "3"); !strings.Contains(said, "2 guests accepted the invitation, and --accepted says "+n) {
			t.Error(said)
		}
	}
	p.complains(t, 2, "undo", "p.results.xlsx", "--accepted", "0")
	assert.Equal(t, "deleted", p.deletions(), map[string]int{})
	u := p.undo(t, 0, "--accepted", "2", "--confirm", "3")
	assert.Equal(t, "removed", len(u.Removed), 3)
	assert.Equal(t, "deleted", p.deletions(), map[string]int{"a": 1, "b": 1, "c": 1})
}

// Nothing but the exact number of guests confirms it.
func TestUndoTakesTheNumberAlone(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	p.listOf(t, "p.csv", "a", "b", "c")
	p.run(t, 0, "invite", "p.csv")
	for _, args := range [][]string{{}, {"--confirm", "2"}, {"--confirm", "4"}, {"--confirm", "0"}, {"--confirm", "yes"}, {"--yes"}, {"-y"}} {
		p.complains(t, 2, append([]string{"undo", "p.results.xlsx"}, args...)...)
	}
	p.env = append(p.env, "GUESTLIST_YES=true")
	if said := p.complains(t, 2, "undo", "p.results.xlsx"); !strings.Contains(said, "next: guestlist undo p.results.xlsx --confirm=3") {
		t.Error(said)
	}
	for _, typed := range []string{"y", "yes", "2", "33", ""} {
		screen, code := onTerminal(t, p, typed, "undo", "p.results.xlsx")
		if said := unfolded(screen); code != 6 || !strings.Contains(said, "Type 3 to remove them:") || !strings.Contains(said, "cancelled; no one was removed") || !strings.Contains(said, "restored for 30 days") {
			t.Errorf("%q: exit code %d\n%s", typed, code, said)
		}
	}
	assert.Equal(t, "deleted", p.deletions(), map[string]int{})
	if screen, code := onTerminal(t, p, " 3 ", "undo", "p.results.xlsx"); code != 0 {
		t.Errorf("exit code %d\n%s", code, screen)
	}
	assert.Equal(t, "deleted", p.deletions(), map[string]int{"a": 1, "b": 1, "c": 1})
}

// Rows whose answer is not known yet are said: whoever they are is in the tenant, or will be.
func TestUndoSaysWhichRowsAreOpen(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{Cut: isInvitation, Replication: time.Hour})
	writeCSV(t, p.path("p.csv"), [][]string{{"Email", "Send message"}, {"a" + domain, "yes"}})
	p.run(t, 6, "invite", "p.csv", "--settle", "1ms")
	u := p.undo(t, 0, "--dry-run")
	assert.Equal(t, "kept", u.reasons(), map[string]string{"a": "the invitation is still open: it is not known yet whether it was carried out"})
	out := p.run(t, 6, "undo", "p.results.xlsx")
	if !strings.Contains(out, "1  left: the invitation is still open") || !strings.Contains(out, "1 row is still open; retry looks whether they were invited") {
		t.Error(out)
	}
}

// A copy of the results from before the undo hands out no links of the removed guests, and
// reminds none of them while the directory still shows them: they would be invited anew.
func TestCopiesOfTheResultsKnowOfTheUndo(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	p.listOf(t, "p.csv", "a", "b")
	p.run(t, 0, "invite", "p.csv")
	had := links(t, p.path("p.results.xlsx"))
	book, err := os.ReadFile(p.path("p.results.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p.path("copy.results.xlsx"), book, 0o600); err != nil {
		t.Fatal(err)
	}
	p.undo(t, 0, "--confirm", "2")
	for _, who := range p.tenant.People() { // the directory lags
		who.Deleted = time.Time{}
		p.tenant.Admit([]sandbox.Person{who})
	}
	p.run(t, 0, "handoff", "copy.results.xlsx", "--by", "Company")
	holdsNo(t, p.path("copy.results.handoff"), had["a"+domain])
	posts := p.posts()
	p.run(t, 0, "remind", "copy.results.xlsx", "--older-than", "0s")
	assert.Equal(t, "reminders", p.posts()-posts, 0)
}

// Nor does an older copy, from before a reminder, in whatever folder and format: undo ended the
// link of the reminder, and the reminder the one before.
func TestOlderCopiesKnowOfTheUndo(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	p.listOf(t, "p.csv", "a", "b")
	p.run(t, 0, "invite", "p.csv")
	had := links(t, p.path("p.results.xlsx"))
	p.run(t, 0, "report", "p.results.xlsx", "-o", "old.csv")
	if err := os.Mkdir(p.path("away"), 0o700); err != nil {
		t.Fatal(err)
	}
	book, err := os.ReadFile(p.path("p.results.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	for _, copied := range []string{"old.xlsx", "away/old.xlsx"} {
		if err := os.WriteFile(p.path(copied), book, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p.remind(t, 0)
	p.undo(t, 0, "--rows", "2", "--confirm", "1")
	for _, copied := range []string{"old.xlsx", "old.csv", "away/old.xlsx"} {
		p.run(t, 0, "handoff", copied, "--by", "Company", "--out", copied+".handoff")
		holdsNo(t, p.path(copied+".handoff"), had["a"+domain])
		holdsNo(t, p.path(copied+".handoff"), had["b"+domain])
	}
}

// A guest whom undo removed and the admin center restored has their invitation again, and is
// not invited once more where removed guests are.
func TestRestoredGuestsAreNotInvitedAgain(t *testing.T) {
	t.Parallel()
	for _, state := range []string{"PendingAcceptance", "Accepted"} {
		p := newProgram(t, sandbox.Config{})
		writeCSV(t, p.path("p.csv"), [][]string{{"Email", "Send message"}, {"a" + domain, "yes"}, {"b" + domain, "yes"}})
		p.run(t, 0, "invite", "p.csv")
		p.undo(t, 0, "--confirm", "2")
		for _, who := range p.tenant.People() {
			if who.Address == "a"+domain {
				who.Deleted, who.State = time.Time{}, state
				p.tenant.Admit([]sandbox.Person{who})
			}
		}
		// A directory that lags may still show whom undo has just deleted: that is no restored guest.
		said := p.complains(t, 0, "status", "p.results.xlsx")
		if !strings.Contains(said, "note: 2 guests deleted with guestlist undo in the last 15 minutes: the directory may still show them") {
			t.Errorf("status says %s", said)
		}
		later := newProgram(t, sandbox.Config{People: p.tenant.People(), ClockOffset: time.Hour})
		later.folder = p.folder
		later.run(t, 0, "invite", "p.csv", "--reinvite", "removed")
		assert.Equal(t, "invitations", later.posts(), 1)
		for _, row := range results(t, p.path("p.results.xlsx"), "Results") {
			assert.Equal(t, "status of "+row["Email"], row["Status"], "invited")
		}
		left := map[string][]string{"PendingAcceptance": {"a" + domain, "b" + domain}, "Accepted": {"b" + domain}}[state]
		assert.Equal(t, "to remove", later.undo(t, 0, "--dry-run").Left, left)
	}
}

// --rows and --where choose among the guests.
func TestUndoOfSomeRows(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	p.listOf(t, "p.csv", "a", "b", "c")
	p.run(t, 0, "invite", "p.csv")
	p.undo(t, 0, "--rows", "3", "--confirm", "1")
	assert.Equal(t, "by row", p.deletions(), map[string]int{"b": 1})
	p.undo(t, 0, "--where", "Email~c@", "--confirm", "1")
	assert.Equal(t, "by value", p.deletions(), map[string]int{"b": 1, "c": 1})
	p.complains(t, 2, "undo", "p.results.xlsx", "--where", "Company=Nobody", "--confirm", "1")
}

// Results whose journal is gone say that guests are invited; who created them they do not.
func TestUndoBelievesNoFile(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	p.listOf(t, "p.csv", "a")
	p.run(t, 0, "invite", "p.csv")
	if err := os.Remove(p.path("p.results.journal.db")); err != nil {
		t.Fatal(err)
	}
	u := p.undo(t, 3)
	assert.Equal(t, "kept", u.reasons(), map[string]string{"a": "not known to be created by an invitation of this batch"})
	p.complains(t, 2, "undo", "p.csv", "--confirm", "1")
}

// isDeletion reports whether a request deletes a user.
func isDeletion(r *http.Request) bool {
	return r.Method == http.MethodDelete && strings.HasPrefix(r.URL.Path, "/v1.0/users/")
}

// What goes wrong with a deletion is found out or waited for, and each is done once.
func TestUndoThroughTrouble(t *testing.T) {
	t.Parallel()
	var tenant atomic.Pointer[sandbox.Tenant]
	once := func(act func(r *http.Request) (status, retryAfter int)) func(*http.Request) (int, int) {
		var met atomic.Bool
		return func(r *http.Request) (int, int) {
			if !isDeletion(r) || met.Swap(true) {
				return 0, 0
			}
			return act(r)
		}
	}
	status := func(status, after int) func(*http.Request) (int, int) {
		return once(func(*http.Request) (int, int) { return status, after })
	}
	var lost atomic.Bool
	const byHand = "somebody's hand"
	for name, test := range map[string]struct {
		cfg  sandbox.Config
		want map[string]int
	}{
		"throttled":     {sandbox.Config{Trouble: status(429, 1)}, map[string]int{"a": 1, "b": 1}},
		"unavailable":   {sandbox.Config{Trouble: status(503, 1)}, map[string]int{"a": 1, "b": 1}},
		"timed out":     {sandbox.Config{Trouble: status(504, 0)}, map[string]int{"a": 1, "b": 1}},
		"a lost answer": {sandbox.Config{Cut: func(r *http.Request) bool { return isDeletion(r) && !lost.Swap(true) }}, map[string]int{"a": 1, "b": 1}},
		byHand:          {sandbox.Config{Trouble: once(func(*http.Request) (int, int) { tenant.Load().Delete("a" + domain); return 0, 0 })}, map[string]int{"b": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProgram(t, test.cfg)
			if name == byHand {
				tenant.Store(p.tenant)
			}
			p.listOf(t, "p.csv", "a", "b")
			p.run(t, 0, "invite", "p.csv")
			u := p.undo(t, 0, "--confirm", "2")
			assert.Equal(t, "removed", len(u.Removed), 2)
			assert.Equal(t, "deleted", p.deletions(), test.want)
			assert.Equal(t, "rows", p.guestStates(t), map[string]string{
				"a" + domain: "removed, deleted, replaced", "b" + domain: "removed, deleted, replaced",
			})
		})
	}
}

// The first surprise ends it, and what was done is in the results.
func TestUndoStopsAtTheFirstSurprise(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		// happens is what befalls b right after a was deleted.
		happens func(p *program)
		says    string
	}{
		"accepts": {func(p *program) { p.tenant.Accept("b" + domain) }, "has changed since the list was made: accepted the invitation"},
		"a role": {func(p *program) {
			p.change("b", func(x *sandbox.Person) { x.Roles = []string{"Owner"} })
		}, "holds a directory role"},
		"a member": {func(p *program) { p.change("b", func(x *sandbox.Person) { x.Type = "Member" }) }, "a member of the tenant"},
		"deleted":  {func(p *program) { p.tenant.Delete("b" + domain) }, "not shown by the directory"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var p *program
			var met atomic.Bool
			// b changes while the deletion of a is under way.
			p = newProgram(t, sandbox.Config{Trouble: func(r *http.Request) (int, int) {
				if isDeletion(r) && !met.Swap(true) {
					test.happens(p)
				}
				return 0, 0
			}})
			p.listOf(t, "p.csv", "a", "b", "c")
			p.run(t, 0, "invite", "p.csv")
			said := p.complains(t, 6, "undo", "p.results.xlsx", "--confirm", "3")
			if !strings.Contains(said, "stopped at b@fabrikam.example after 1 removed guest") || !strings.Contains(said, test.says) {
				t.Error(said)
			}
			assert.Equal(t, "deleted", p.deletions(), map[string]int{"a": 1})
			states := p.guestStates(t)
			assert.Equal(t, "what was done", states["a"+domain], "removed, deleted, replaced")
			assert.Equal(t, "what was not", states["c"+domain], "invited, not accepted, live")
		})
	}
}

// A permission that is missing deletes no one, and says which it is.
func TestUndoWithoutThePermission(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{Forbidden: []string{"DELETE /users/{id}"}})
	p.env = append(p.env, "GUESTLIST_ACCESS_TOKEN="+signed(t, map[string]any{"tid": sandbox.TenantID, "idtyp": "app", "roles": []string{"User.Invite.All", "User.Read.All"}}))
	p.listOf(t, "p.csv", "a", "b")
	p.run(t, 0, "invite", "p.csv")
	said := p.complains(t, 4, "undo", "p.results.xlsx", "--confirm", "2")
	for _, want := range []string{"has none of the permissions by which guests can be deleted", "may not delete guests", "grant User.DeleteRestore.All"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is missing in\n%s", want, said)
		}
	}
	assert.Equal(t, "deleted", p.deletions(), map[string]int{})
	u := p.undo(t, 0, "--dry-run")
	assert.Equal(t, "nothing is open", len(u.Left), 2)
}

// A sign-in that may not read whether guests accepted removes no one.
func TestUndoThatMayNotReadStates(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{Basic: true})
	p.listOf(t, "p.csv", "a")
	p.run(t, 0, "invite", "p.csv")
	if said := p.complains(t, 4, "undo", "p.results.xlsx", "--confirm", "1"); !strings.Contains(said, "may not read who has accepted") {
		t.Error(said)
	}
	assert.Equal(t, "deleted", p.deletions(), map[string]int{})
}

// Killed at a deletion - before the tenant carries it out, or after -, the next undo finds
// out what came of it. Each guest is deleted once, and no other one.
func TestKilledUndo(t *testing.T) {
	t.Parallel()
	for name, carriedOut := range map[string]bool{"after the deletion": true, "before it": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gate := make(chan struct{})
			open := sync.OnceFunc(func() { close(gate) })
			var deletions, cut atomic.Int32
			cfg := sandbox.Config{
				Trouble: func(r *http.Request) (int, int) {
					if isDeletion(r) && deletions.Add(1) == 2 && !carriedOut {
						<-gate
						return http.StatusServiceUnavailable, 0
					}
					return 0, 0
				},
				Cut: func(r *http.Request) bool { // asked after the deletion
					if isDeletion(r) && carriedOut && cut.Add(1) == 2 {
						<-gate
					}
					return false
				},
			}
			p := newProgram(t, cfg)
			t.Cleanup(open)
			p.listOf(t, "p.csv", "a", "b", "c", "accepts")
			p.run(t, 0, "invite", "p.csv")
			p.tenant.Accept("accepts" + domain)

			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			var problems bytes.Buffer
			cmd := p.command(ctx, "undo", "p.results.xlsx", "--confirm", "3")
			cmd.Stderr = &problems
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			until(t, "the second deletion", func() bool { return deletions.Load() == 2 })
			if said := p.complains(t, 6, "undo", "p.results.xlsx", "--confirm", "3"); !strings.Contains(said, "guestlist undo") {
				t.Errorf("a second one is not told of the first:\n%s", said)
			}
			<-time.After(50 * time.Millisecond) // until the tenant has done it
			had := links(t, p.path("p.results.xlsx"))
			handsOut := func(when string) { // of those who were, or may have been, deleted: nothing
				p.run(t, 0, "handoff", "p.results.xlsx", "--by", "Company", "--out", when)
				holdsNo(t, p.path(when), had["a"+domain])
				holdsNo(t, p.path(when), had["b"+domain])
			}
			handsOut("meanwhile")
			kill(t, cmd)
			open()
			handsOut("afterwards")
			posts := p.posts()
			p.run(t, 0, "remind", "p.results.xlsx", "--older-than", "0s")
			assert.Equal(t, "reminded while a deletion is open", p.posts()-posts, 1)

			want := map[string]int{"a": 1}
			if carriedOut {
				want["b"] = 1
			}
			assert.Equal(t, "deleted when it was killed", p.deletions(), want)
			left := 2
			if carriedOut {
				left = 1
			}
			said := p.complains(t, 2, "undo", "p.results.xlsx")
			if !strings.Contains(said, "an earlier undo was cut off: of 1 deletion that got no answer, the tenant carried out "+map[bool]string{true: "1", false: "0"}[carriedOut]) {
				t.Error(said)
			}
			u := p.undo(t, 3, "--confirm", map[int]string{1: "1", 2: "2"}[left])
			assert.Equal(t, "removed by the second", len(u.Removed), left)
			assert.Equal(t, "deleted in the end", p.deletions(), map[string]int{"a": 1, "b": 1, "c": 1})
			states := slices.Sorted(maps.Values(p.guestStates(t)))
			assert.Equal(t, "rows", states, []string{"invited, accepted, live", "removed, deleted, replaced", "removed, deleted, replaced", "removed, deleted, replaced"})
		})
	}
}

// The first Ctrl-C lets the deletion in flight be answered and makes no further one.
func TestInterruptedUndo(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{})
	open := sync.OnceFunc(func() { close(gate) })
	var deletions atomic.Int32
	p := newProgram(t, sandbox.Config{Trouble: func(r *http.Request) (int, int) {
		if isDeletion(r) && deletions.Add(1) == 2 {
			<-gate
		}
		return 0, 0
	}})
	t.Cleanup(open)
	p.listOf(t, "p.csv", "a", "b", "c")
	p.run(t, 0, "invite", "p.csv")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var said watched
	cmd := p.command(ctx, "undo", "p.results.xlsx", "--confirm", "3")
	cmd.Stderr = &said
	alone(cmd)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, "the second deletion", func() bool { return deletions.Load() == 2 })
	if err := signalTo(cmd.Process, os.Interrupt); err != nil {
		t.Fatal(err)
	}
	until(t, "the word of stopping", func() bool { return strings.Contains(said.String(), "stopping: no further request leaves") })
	open()
	_ = cmd.Wait() // the code says it
	if code := cmd.ProcessState.ExitCode(); code != 130 || !strings.Contains(said.String(), "stopped at c@fabrikam.example after 2 removed guests") {
		t.Errorf("exit code %d\n%s", code, said.String())
	}
	assert.Equal(t, "deleted", p.deletions(), map[string]int{"a": 1, "b": 1})
	states := p.guestStates(t)
	assert.Equal(t, "the row in flight", states["b"+domain], "removed, deleted, replaced")
	assert.Equal(t, "nothing is open", len(p.dryUndo(t).Left), 1)
}

// kill ends a program the hard way.
func kill(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
}

// A journal that cannot be read may have the guests on its list: no one is removed.
func TestUndoAsksTheJournalsAtHand(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	p.listOf(t, "p.csv", "a")
	p.run(t, 0, "invite", "p.csv")
	if err := os.WriteFile(p.path("other.results.journal.db"), []byte(strings.Repeat("not a journal ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	said := p.complains(t, 2, "undo", "p.results.xlsx", "--confirm", "1")
	if !strings.Contains(said, "--ignore-journal") || !strings.Contains(said, "guests of that batch can then be removed") {
		t.Error(said)
	}
	assert.Equal(t, "deleted", p.deletions(), map[string]int{})
	p.undo(t, 0, "--confirm", "1", "--ignore-journal", "other.results.journal.db")
	assert.Equal(t, "deleted", p.deletions(), map[string]int{"a": 1})
}

// Right after a deletion the directory may still show the guest: that does not make a
// person of the tenant of them again.
func TestDirectoryThatLagsAfterUndo(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	p.listOf(t, "p.csv", "a")
	p.run(t, 0, "invite", "p.csv")
	before, _ := p.tenant.Find("a" + domain)
	p.undo(t, 0, "--confirm", "1")
	p.tenant.Admit([]sandbox.Person{before})
	p.run(t, 0, "status", "p.results.xlsx")
	assert.Equal(t, "rows", p.guestStates(t), map[string]string{"a" + domain: "removed, deleted, replaced"})
	// Restored, the guest is known again a while later.
	p.tenant.Advance(time.Hour)
	p.run(t, 0, "status", "p.results.xlsx")
	assert.Equal(t, "rows later", p.guestStates(t), map[string]string{"a" + domain: "invited, not accepted, live"})
}

// One who was reminded is created by the first request. A guest whose answer was lost is
// known by a look-up alone: somebody else can have invited them, so that they stay.
func TestUndoAfterLostAnswersAndReminders(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	writeCSV(t, p.path("p.csv"), [][]string{{"Email", "Send message"}, {"lost.a" + domain, "yes"}, {"c" + domain, "yes"}})
	p.run(t, 0, "invite", "p.csv", "--lookup-for", "1s")
	p.tenant.Advance(8 * 24 * time.Hour)
	p.run(t, 0, "remind", "p.results.xlsx", "--yes")
	u := p.undo(t, 3, "--confirm", "1")
	assert.Equal(t, "kept", u.reasons(), map[string]string{"lost.a": string(batch.KeptUnproved)})
	assert.Equal(t, "deleted", p.deletions(), map[string]int{"c": 1})
}

// A guest whom somebody else invites while our request is refused, or lost, is not ours.
func TestUndoLeavesTheGuestsOfOthers(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	p.listOf(t, "p.csv", "a", "b")
	var met atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/invitations") && !met.Swap(true) {
			for _, name := range []string{"a", "b"} { // another admin is quicker
				p.tenant.Admit([]sandbox.Person{{Address: name + domain, State: "PendingAcceptance", Invited: []time.Time{time.Now()}}})
			}
			w.Header().Set("Retry-After", "4")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		p.tenant.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	p.env = append(p.env, "GUESTLIST_GRAPH_URL="+server.URL+"/v1.0")
	p.run(t, 0, "invite", "p.csv", "--workers", "1", "--set", "companyName=Company", "--steps-after", "1s")
	p.undo(t, 3)
	assert.Equal(t, "deleted", p.deletions(), map[string]int{})
	for _, name := range []string{"a", "b"} {
		person, _ := p.tenant.Find(name + domain)
		assert.Equal(t, name+" keeps what it had", person.Attributes["companyName"], "")
	}
}

// A guest stays who is on the list of another batch, also where that row cannot be sent.
func TestUndoKnowsTheRowsOfOtherLists(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	p.listOf(t, "p.csv", "a", "b")
	p.run(t, 0, "invite", "p.csv")
	writeCSV(t, p.path("q.csv"), [][]string{{"Email", "Redirect URL"}, {"a" + domain, "portal"}})
	p.run(t, 3, "invite", "q.csv")
	u := p.undo(t, 3, "--confirm", "1")
	assert.Equal(t, "kept", u.reasons(), map[string]string{"a": "on the list of another batch, q.results.xlsx"})
	assert.Equal(t, "deleted", p.deletions(), map[string]int{"b": 1})
}
