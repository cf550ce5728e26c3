package cli_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/graph/sandbox"
	"guestlist/internal/assert"
	"guestlist/internal/need"
)

// mailedList is a list of n people who are emailed, from the first on.
func mailedList(first, n int) [][]string {
	rows := [][]string{{"Email", "Send message"}}
	for i := range n {
		rows = append(rows, []string{fmt.Sprintf("guest%d@fabrikam.example", first+i), "yes"})
	}
	return rows
}

// mailedOnce wants everybody of some rows to have been emailed once.
func (p *program) mailedOnce(t *testing.T, rows [][]string) {
	t.Helper()
	for _, row := range rows[1:] {
		if mails := p.tenant.Mails(row[0]); mails != 1 {
			t.Errorf("%s was emailed %d times", row[0], mails)
		}
	}
}

// subfolder makes a folder with a list in it.
func (p *program) subfolder(t *testing.T, name, list string, rows [][]string) string {
	t.Helper()
	folder := filepath.Join(p.folder, name)
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	writeCSV(t, filepath.Join(folder, list), rows)
	return filepath.Join(name, list)
}

// loseAnswers cuts the answer to every so many-th invitation.
func (p *program) loseAnswers(t *testing.T, every int32) {
	t.Helper()
	var n atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/invitations") || n.Add(1)%every != 0 {
			p.tenant.ServeHTTP(w, r)
			return
		}
		p.tenant.ServeHTTP(httptest.NewRecorder(), r) // it is done, and nobody hears of it
		panic(http.ErrAbortHandler)
	}))
	t.Cleanup(server.Close)
	p.env = append(p.env, "GUESTLIST_GRAPH_URL="+server.URL+"/v1.0")
}

// The same list from another folder, under another name, and one that overlaps it:
// nobody is emailed again, whether the directory shows the guests, lags, or may not be
// looked at.
func TestNobodyIsEmailedTwiceFromAnotherFolder(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		tenant sandbox.Config
		flags  []string
	}{
		"the tenant tells":     {sandbox.Config{}, nil},
		"the directory lags":   {sandbox.Config{Replication: time.Hour}, nil},
		"may not be asked":     {sandbox.Config{Forbidden: []string{"/users", "/$batch"}}, []string{"--no-directory-check"}},
		"large enough to scan": {sandbox.Config{}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProgram(t, test.tenant)
			n := 30
			if strings.Contains(name, "scan") {
				need.Time(t, "invites 600 people")
				need.NoRace(t, "invites 600 people")
				n = 400
			}
			list := mailedList(0, n)
			invite := func(path string) string {
				return p.run(t, 0, append([]string{"invite", path}, test.flags...)...)
			}
			invite(p.subfolder(t, "here", "list.csv", list))
			if p.posts() != n {
				t.Fatalf("%d invitations", p.posts())
			}
			out := invite(p.subfolder(t, "there", "list.csv", list))
			if !strings.Contains(out, fmt.Sprintf("%d  existing", n)) {
				t.Error(out)
			}
			invite(p.subfolder(t, "name", "other name.csv", list))
			invite(p.subfolder(t, "overlap", "list.csv", mailedList(n/2, n)))
			if want := n + n/2; p.posts() != want {
				t.Errorf("%d invitations, want %d", p.posts(), want)
			}
			p.mailedOnce(t, mailedList(0, n+n/2))
		})
	}
}

// From another machine only the tenant knows.
func TestNobodyIsEmailedTwiceFromAnotherMachine(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	list := mailedList(0, 20)
	p.run(t, 0, "invite", p.subfolder(t, "here", "list.csv", list))
	p.env = append(p.env, "GUESTLIST_STATE="+t.TempDir())
	out := p.run(t, 0, "invite", p.subfolder(t, "there", "list.csv", list), "--json")
	if !strings.Contains(out, `"existing":20`) || !strings.Contains(out, `"sent":0`) {
		t.Error(out)
	}
	p.mailedOnce(t, list)
}

// Whom one batch was told to forget, another does not invite, though neither the tenant nor
// any journal has their address any more - unless they ask for it.
func TestNobodyIsInvitedAgainWhoWasForgotten(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{Replication: time.Hour})
	list := mailedList(0, 3)
	here := p.subfolder(t, "here", "list.csv", list)
	results := strings.TrimSuffix(here, ".csv") + ".results.xlsx"
	p.run(t, 0, "invite", here)
	p.run(t, 0, "forget", results, list[2][0], "--yes")
	there := p.subfolder(t, "there", "list.csv", list)
	out := p.run(t, 3, "invite", there)
	for _, want := range []string{"2  existing", "1  failed", "Forgotten"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q: %s", want, out)
		}
	}
	p.run(t, 3, "retry", strings.TrimSuffix(there, ".csv")+".results.xlsx", "--all")
	p.mailedOnce(t, list)
	again := p.subfolder(t, "asked for", "list.csv", list[:1:1])
	writeCSV(t, filepath.Join(p.folder, again), append(list[:1:1], list[2]))
	p.run(t, 0, "invite", again, "--ignore-journal", results[:len(results)-len(".xlsx")]+".journal.db")
	if mails := p.tenant.Mails(list[2][0]); mails != 2 {
		t.Errorf("emailed %d times", mails)
	}
}

// A journal whose tenant nobody knew, since neither the token nor Graph told it, counts for
// every tenant, by whatever address Graph is called, until a run of its list learns it.
func TestAJournalOfAnUnknownTenantCounts(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{Replication: time.Hour, Forbidden: []string{"/organization"}})
	list := mailedList(0, 5)
	p.run(t, 0, "invite", p.subfolder(t, "here", "list.csv", list))
	gateway := httptest.NewServer(p.tenant)
	t.Cleanup(gateway.Close)
	as := func(tenant string, code int, args ...string) {
		t.Helper()
		env := p.env
		p.env = append(slices.Clone(env), "GUESTLIST_GRAPH_URL="+gateway.URL+"/v1.0", "GUESTLIST_ACCESS_TOKEN="+signed(t, map[string]any{"tid": tenant}))
		p.run(t, code, args...)
		p.env = env
	}
	const ours, another = "11111111-2222-4333-8444-000000000001", "11111111-2222-4333-8444-000000000002"
	as(ours, 0, "invite", p.subfolder(t, "there", "list.csv", list))
	p.mailedOnce(t, list)
	as(another, 0, "invite", p.subfolder(t, "another", "list.csv", list))
	p.mailedOnce(t, list)

	as(ours, 0, "invite", filepath.Join("here", "list.csv"))
	as(ours, 0, "invite", p.subfolder(t, "there again", "list.csv", list))
	p.mailedOnce(t, list)
	as(another, 0, "invite", p.subfolder(t, "another again", "list.csv", list))
	if p.posts() != 10 {
		t.Errorf("%d invitations: the journal is of the first tenant", p.posts())
	}
}

// Where the sign-in may not look, nothing is sent before it is said so.
func TestNothingIsSentUnseen(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		tenant sandbox.Config
		code   int
	}{
		"denied": {sandbox.Config{Forbidden: []string{"/users", "/$batch"}}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProgram(t, test.tenant)
			writeCSV(t, p.path("list.csv"), mailedList(0, 3))
			p.run(t, test.code, "invite", "list.csv", "--yes")
			if p.posts() != 0 {
				t.Errorf("%d invitations", p.posts())
			}
			p.run(t, 0, "invite", "list.csv", "--no-directory-check")
			p.mailedOnce(t, mailedList(0, 3))
		})
	}
}

// A look-up that breaks off ends the run before the first invitation.
func TestLookUpThatBreaksOffSendsNothing(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	var broken atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if broken.Load() && !strings.HasSuffix(r.URL.Path, "/invitations") && !strings.HasSuffix(r.URL.Path, "/organization") {
			w.Header().Set("Request-Id", "r1")
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		p.tenant.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	p.env = append(p.env, "GUESTLIST_GRAPH_URL="+server.URL+"/v1.0")
	writeCSV(t, p.path("list.csv"), mailedList(0, 3))
	broken.Store(true)
	p.run(t, 6, "invite", "list.csv")
	if p.posts() != 0 {
		t.Errorf("%d invitations", p.posts())
	}
	broken.Store(false)
	p.run(t, 0, "invite", "list.csv")
	p.mailedOnce(t, mailedList(0, 3))
}

// --reinvite pending sends to those who have not accepted, and to no one else.
func TestReinvitePending(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	list := mailedList(0, 3)
	p.run(t, 0, "invite", p.subfolder(t, "here", "list.csv", list))
	there := p.subfolder(t, "there", "list.csv", append(list, []string{"member.a@fabrikam.example", "yes"}))
	if said := p.complains(t, 0, "invite", there, "--reinvite", "pending", "--dry-run"); !strings.Contains(said, "earlier links stop working that are in list.results.xlsx 3\n") {
		t.Error(said)
	}
	out := p.run(t, 0, "invite", there, "--reinvite", "pending")
	if !strings.Contains(out, "3  invited") || !strings.Contains(out, "1  existing") || p.posts() != 6 {
		t.Errorf("%d invitations\n%s", p.posts(), out)
	}
	for _, row := range results(t, p.path("there/list.results.xlsx"), "Results")[:3] {
		if row["Redeem URL"] != p.tenant.RedeemURL(row["Email"]) {
			t.Errorf("%s has a link that does not work", row["Email"])
		}
	}
}

// A further invitation whose answer never came counts as made: the same command leaves
// its guest alone and says so, and the link that it may have ended is handed out by no
// batch.
func TestReinvitedWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	list := [][]string{{"Email", "Manager", "Send message"}}
	for _, row := range mailedList(0, 3)[1:] {
		list = append(list, []string{row[0], "Mo", "yes"})
	}
	here, there := p.subfolder(t, "here", "list.csv", list), p.subfolder(t, "there", "list.csv", list)
	p.run(t, 0, "invite", here)
	p.loseAnswers(t, 1)
	p.run(t, 0, "invite", there, "--reinvite", "pending")
	for range 2 {
		said := p.complains(t, 0, "invite", there, "--reinvite", "pending")
		if !strings.Contains(said, "3 people are left alone: a further invitation of theirs left less than a day ago, and its answer never came") {
			t.Error(said)
		}
	}
	p.run(t, 0, "invite", there)
	for _, row := range results(t, p.path("there/list.results.xlsx"), "Results") {
		if mails := p.tenant.Mails(row["Email"]); mails != 2 || row["Error Code"] != "NoAnswer" {
			t.Errorf("%s: %d emails, %s %s", row["Email"], mails, row["Status"], row["Error Code"])
		}
	}
	p.run(t, 6, "invite", p.subfolder(t, "more", "list.csv", mailedList(3, 1)), "--per-day", "6") // they count
	if owners := p.handedOut(t, filepath.Join("here", "list.results.xlsx")); len(owners) > 0 {
		t.Errorf("links of %v are handed out", owners)
	}
}

// A run that the tenant stops leaves people who were to be invited again: it says so, and
// how to go on.
func TestReinvitePendingGoesOnAfterABlock(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	list := mailedList(0, 4)
	p.run(t, 0, "invite", p.subfolder(t, "here", "list.csv", list))
	there := p.subfolder(t, "there", "list.csv", list)
	listener := httptest.NewServer(&refusing{tenant: p.tenant, refusalRule: refusalRule{
		skip: 1, status: 403, code: "Forbidden", message: "Invitations are blocked for this directory due to suspicious activity.",
	}})
	t.Cleanup(listener.Close)
	p.env = append(p.env, "GUESTLIST_GRAPH_URL="+listener.URL+"/v1.0")
	out := p.run(t, 6, "invite", there, "--reinvite", "pending", "--workers", "1")
	if !strings.Contains(out, "the same command goes on with the people who are to be invited") || !strings.Contains(out, "--reinvite=pending") ||
		strings.Contains(out, "nothing is left to send") || strings.Contains(out, "Microsoft has emailed") {
		t.Error(out)
	}
}

// In the first day no guest can be called removed, which is said.
func TestReinviteRemovedNamesThoseTooYoung(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	list := p.subfolder(t, "here", "list.csv", mailedList(0, 2))
	p.run(t, 0, "invite", list)
	p.tenant.Delete("guest1@fabrikam.example")
	said := p.complains(t, 0, "invite", list, "--reinvite", "removed")
	if !strings.Contains(said, "2 guests invited less than 24 hours ago") || p.posts() != 2 {
		t.Errorf("%d invitations\n%s", p.posts(), said)
	}
}

// --reinvite removed sends to those whom the tenant had for a day and does not have any
// more, and to no one else: not to one whose address was changed, nor to one who was
// invited just now, whom the directory may not show yet.
func TestReinviteRemoved(t *testing.T) {
	t.Parallel()
	before := newProgram(t, sandbox.Config{ClockOffset: -25 * time.Hour})
	before.run(t, 0, "invite", before.subfolder(t, "here", "list.csv", mailedList(0, 4)))

	// A day later one guest was removed, and another one has a new address.
	var people []sandbox.Person
	for _, person := range before.tenant.People() {
		switch person.Address {
		case "guest1@fabrikam.example":
			continue
		case "guest2@fabrikam.example":
			person.Address, person.OtherMails = "renamed@fabrikam.example", nil
		}
		people = append(people, person)
	}
	p := newProgram(t, sandbox.Config{People: people})
	p.folder = before.folder
	writeCSV(t, p.path("here/list.csv"), mailedList(0, 6))
	p.run(t, 0, "invite", "here/list.csv", "--limit", "2")
	if p.posts() != 2 || !p.tenant.Delete("guest5@fabrikam.example") {
		t.Fatalf("%d invitations", p.posts())
	}
	out := p.run(t, 0, "invite", "here/list.csv", "--reinvite", "removed", "--dry-run")
	if !strings.Contains(out, "1  removed") || !strings.Contains(out, "1 row to send") {
		t.Error(out)
	}
	p.run(t, 0, "invite", "here/list.csv", "--reinvite", "removed")
	if p.posts() != 3 || p.tenant.Mails("guest1@fabrikam.example") != 1 {
		t.Errorf("%d invitations", p.posts())
	}
	p.run(t, 0, "invite", "here/list.csv", "--reinvite", "removed")
	if p.posts() != 3 {
		t.Errorf("%d invitations", p.posts())
	}
	for _, row := range results(t, p.path("here/list.results.xlsx"), "Results") {
		if row["Email"] == "guest1@fabrikam.example" && (row["Status"] != "invited" || row["Redeem URL"] != p.tenant.RedeemURL(row["Email"])) {
			t.Errorf("%v", row)
		}
	}
}

// Who was a guest until lately is named: restoring beats inviting again. Where the
// sign-in may not read that, nothing is said.
func TestDeletedGuestsAreNamed(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]sandbox.Config{"may be read": {}, "may not": {Forbidden: []string{"/directory/deletedItems/microsoft.graph.user"}}} {
		cfg.People = []sandbox.Person{
			{Address: "guest1@fabrikam.example", Deleted: time.Now()},
			{Address: "other@fabrikam.example", Deleted: time.Now()},
			{Address: "guest2@fabrikam.example"},
		}
		p := newProgram(t, cfg)
		writeCSV(t, p.path("list.csv"), mailedList(0, 3))
		said := p.complains(t, 0, "invite", "list.csv")
		if named := strings.Contains(said, "deleted from the tenant in the last 30 days: guest1@fabrikam.example. Restore"); named != (name == "may be read") {
			t.Errorf("%s: %s", name, said)
		}
		if p.posts() != 2 {
			t.Errorf("%s: %d invitations", name, p.posts())
		}
	}
}

// A dry run asks the tenant and shows the plan, sends nothing and writes no file.
func TestDryRun(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	p.run(t, 0, "invite", p.subfolder(t, "here", "list.csv", mailedList(0, 3)))
	there := p.subfolder(t, "there", "list.csv", mailedList(1, 4))
	out := p.run(t, 0, "invite", there, "--dry-run")
	for _, want := range []string{"2  existing", "2 rows to send in this run, with an email from Microsoft", "next: guestlist invite"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if out := p.run(t, 0, "invite", there, "--dry-run", "--json", "--limit", "1"); !strings.Contains(out, `"rows":4,"send":1,"emailed":1,`) {
		t.Error(out)
	}
	if p.posts() != 3 {
		t.Errorf("%d invitations", p.posts())
	}
	files, err := filepath.Glob(p.path("there/*"))
	if err != nil || len(files) != 1 {
		t.Errorf("%v %v", files, err)
	}
}

// The budget of a day counts the invitations of every batch of the tenant on this
// machine.
func TestBudgetOfADay(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	p.run(t, 0, "invite", p.subfolder(t, "here", "list.csv", mailedList(0, 3)))
	there := p.subfolder(t, "there", "list.csv", mailedList(10, 4))
	out := p.run(t, 6, "invite", there, "--per-day", "5")
	if p.posts() != 5 || !strings.Contains(out, "2  pending") || !strings.Contains(out, "2 rows still pending; see above") || strings.Contains(out, "it sends the") {
		t.Errorf("%d invitations\n%s", p.posts(), out)
	}
	p.run(t, 6, "invite", there, "--per-day", "5")
	if p.posts() != 5 {
		t.Errorf("%d invitations", p.posts())
	}
	p.run(t, 0, "invite", there, "--per-day", "7")
	p.mailedOnce(t, mailedList(10, 4))
}

// The budget counts guests that another machine invited, too: the tenant shows them.
// Each counts once, whether a journal knows them or the tenant.
func TestBudgetCountsWhatTheTenantShows(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	p.run(t, 0, "invite", p.subfolder(t, "elsewhere", "list.csv", mailedList(0, 3)))
	p.env = append(p.env, "GUESTLIST_STATE="+t.TempDir())
	p.run(t, 0, "invite", p.subfolder(t, "here", "list.csv", mailedList(10, 2)))
	there := p.subfolder(t, "there", "list.csv", mailedList(20, 4))
	out := p.run(t, 6, "invite", there, "--per-day", "6")
	if p.posts() != 6 || !strings.Contains(out, "3  pending") {
		t.Errorf("%d invitations\n%s", p.posts(), out)
	}
	p.run(t, 0, "invite", there, "--per-day", "9")
	p.mailedOnce(t, mailedList(20, 4))
}

// The summary counts what the journal has, also where the wait for lost answers ends
// with nothing found.
func TestTheSummaryCountsBehindAWait(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{Replication: time.Hour})
	p.loseAnswers(t, 2)
	out := p.run(t, 6, "invite", p.subfolder(t, "here", "list.csv", mailedList(0, 4)), "--settle", "1s", "--json")
	if !strings.Contains(out, `"invited":2,`) || !strings.Contains(out, `"pending":0,"unconfirmed":2,`) {
		t.Error(out)
	}
}

// A file whose journal is gone cannot make anybody removed: they are looked up.
func TestAFileCannotSayThatAGuestWasRemoved(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	list := p.subfolder(t, "here", "list.csv", mailedList(0, 2))
	p.run(t, 0, "invite", list)
	p.run(t, 0, "report", p.path("here/list.results.xlsx"), "-o", p.path("removed.results.csv"))
	content, err := os.ReadFile(p.path("removed.results.csv"))
	if err != nil {
		t.Fatal(err)
	}
	forged := p.subfolder(t, "forged", "removed.results.csv", nil)
	if err := os.WriteFile(p.path(forged), bytes.ReplaceAll(content, []byte(",invited,"), []byte(",removed,")), 0o600); err != nil {
		t.Fatal(err)
	}
	p.run(t, 0, "invite", forged, "--reinvite", "removed", "--yes")
	p.run(t, 0, "invite", forged, "--reinvite", "removed", "--yes") // the journal has the file's word now
	p.mailedOnce(t, mailedList(0, 2))
}

// A journal that was restored from an older copy does not know whom later runs invited.
func TestAnOlderCopyOfAJournalStopsForAWhile(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{Replication: time.Hour})
	state := t.TempDir()
	p.env = append(p.env, "GUESTLIST_STATE="+state)
	list := p.subfolder(t, "here", "list.csv", mailedList(0, 4))
	p.run(t, 6, "invite", list, "--limit", "2")
	older, err := os.ReadFile(p.path("here/list.results.journal.db"))
	if err != nil {
		t.Fatal(err)
	}
	p.run(t, 0, "invite", list)
	if err := os.WriteFile(p.path("here/list.results.journal.db"), older, 0o600); err != nil {
		t.Fatal(err)
	}
	said := p.complains(t, 6, "invite", list)
	if !strings.Contains(said, "is an older copy of the one that was written last") || !strings.Contains(said, "put it back") {
		t.Error(said)
	}
	p.mailedOnce(t, mailedList(0, 4))
}

// A guest who was removed stays so without the journal: a report says what the file says,
// and a run sends them nothing unless --reinvite removed asks the tenant.
func TestARemovedGuestStaysRemovedWithoutTheJournal(t *testing.T) {
	t.Parallel()
	before := newProgram(t, sandbox.Config{ClockOffset: -25 * time.Hour})
	before.run(t, 0, "invite", before.subfolder(t, "here", "list.csv", mailedList(0, 2)))
	people := slices.DeleteFunc(before.tenant.People(), func(person sandbox.Person) bool { return person.Address == "guest1@fabrikam.example" })
	p := newProgram(t, sandbox.Config{People: people})
	p.folder = before.folder
	workbook := p.path("here/list.results.xlsx")
	edit(t, workbook, "Results", func(rows [][]string) [][]string {
		status, state, answered := slices.Index(rows[0], "Status"), slices.Index(rows[0], "Link State"), slices.Index(rows[0], "Answered At (UTC)")
		for _, row := range rows[1:] {
			if slices.Contains(row, "guest1@fabrikam.example") {
				row[status], row[state], row[answered] = "removed", "replaced", time.Now().UTC().Add(-25*time.Hour).Format(time.DateTime)
			}
		}
		return rows
	})
	if err := os.Remove(p.path("here/list.results.journal.db")); err != nil {
		t.Fatal(err)
	}
	p.run(t, 0, "report", workbook, "-o", p.path("shown.csv"))
	states := make(map[string]string)
	for _, row := range csvRows(t, p.path("shown.csv")) {
		states[row["Email"]] = row["Status"] + " " + row["Link State"]
	}
	assert.Equal(t, "the report", states, map[string]string{"guest0@fabrikam.example": "invited live", "guest1@fabrikam.example": "removed replaced"})
	for _, command := range []string{"retry", "invite"} {
		p.run(t, 0, command, workbook)
		assert.Equal(t, "invitations by "+command, p.posts(), 0)
	}
	assert.Equal(t, "rows", statuses(t, workbook), []batch.Status{batch.Invited, batch.Removed})
	p.run(t, 0, "invite", workbook, "--reinvite", "removed")
	assert.Equal(t, "invitations again", p.posts(), 1)
	assert.Equal(t, "rows again", statuses(t, workbook), []batch.Status{batch.Invited, batch.Invited})
}

// A copy of results claims what only the journal beside it can prove while the directory
// lags: no one is looked up until they count as absent.
func TestACopyOfResultsEmailsNoOneAgain(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{Replication: time.Hour})
	list := mailedList(0, 3)
	p.run(t, 0, "invite", p.subfolder(t, "here", "list.csv", list))
	content, err := os.ReadFile(p.path("here/list.results.xlsx"))
	if err == nil {
		err = os.WriteFile(p.path("here/copy.xlsx"), content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		p.run(t, 6, "invite", "here/copy.xlsx", "--lookup-for", "1ms", "--settle", "2s")
	}
	p.mailedOnce(t, list)
}

// notesAge makes all journals have been used some time ago.
func notesAge(t *testing.T, state string, age time.Duration) {
	t.Helper()
	old := time.Now().Add(-age)
	notes, err := filepath.Glob(filepath.Join(state, "journals", "*", "*.journal"))
	for _, note := range notes {
		err = errors.Join(err, os.Chtimes(note, old, old))
	}
	if err != nil || len(notes) == 0 {
		t.Fatal(len(notes), err)
	}
}

// A journal that was deleted, or taken out of its folder, a short time ago stops every run
// of its tenant: the directory may not show yet whom it invited. Also that of the same
// list, and also where the tenant is not known.
func TestAJournalThatIsGoneStopsForAWhile(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]sandbox.Config{"tenant known": {Replication: time.Hour}, "not known": {Replication: time.Hour, Forbidden: []string{"/organization"}}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProgram(t, cfg)
			state := t.TempDir()
			p.env = append(p.env, "GUESTLIST_STATE="+state)
			list := p.subfolder(t, "here", "list.csv", mailedList(0, 3))
			p.run(t, 0, "invite", list)
			// From another folder the journal tells, although the tenant shows no one.
			there := p.subfolder(t, "there", "list.csv", mailedList(1, 2))
			p.run(t, 0, "invite", there)
			for _, file := range []string{"list.results.journal.db", "list.results.xlsx"} {
				if err := os.Remove(p.path("here/" + file)); err != nil {
					t.Fatal(err)
				}
			}
			for _, path := range []string{list, there} {
				said := p.complains(t, 6, "invite", path)
				if !strings.Contains(said, "list.results.journal.db is gone from its folder") || !strings.Contains(said, "--ignore-journal ") {
					t.Error(said)
				}
			}
			p.mailedOnce(t, mailedList(0, 3))
			notesAge(t, state, 16*time.Minute)
			p.run(t, 0, "invite", there)
		})
	}
}

// A journal that was deleted is named by the next run, once; a dry run changes nothing.
func TestADeletedJournalIsNamedOnce(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	state := t.TempDir()
	p.env = append(p.env, "GUESTLIST_STATE="+state)
	p.run(t, 0, "invite", p.subfolder(t, "here", "list.csv", mailedList(0, 2)))
	notesAge(t, state, time.Hour)
	if err := os.Remove(p.path("here/list.results.journal.db")); err != nil {
		t.Fatal(err)
	}
	there, elsewhere := p.subfolder(t, "there", "list.csv", mailedList(10, 2)), p.subfolder(t, "elsewhere", "list.csv", mailedList(20, 2))
	const named = "list.results.journal.db was deleted"
	for i, run := range []struct {
		args []string
		says bool
	}{
		{[]string{there, "--dry-run"}, true}, {[]string{there, "--dry-run"}, true}, {[]string{there}, true}, {[]string{elsewhere}, false},
	} {
		if said := p.complains(t, 0, append([]string{"invite"}, run.args...)...); strings.Contains(said, named) != run.says {
			t.Errorf("run %d: %s", i, said)
		}
	}
}

// A results folder that was moved is named until a run finds it again, or until the tenant
// alone tells as much.
func TestAMovedFolderKeepsNoOneFromInviting(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	state := t.TempDir()
	p.env = append(p.env, "GUESTLIST_STATE="+state)
	p.run(t, 0, "invite", p.subfolder(t, "here", "list.csv", mailedList(0, 2)))
	if err := os.Rename(p.path("here"), p.path("moved")); err != nil {
		t.Fatal(err)
	}
	there := p.subfolder(t, "there", "list.csv", mailedList(1, 2))
	said := p.complains(t, 1, "invite", there)
	if !strings.Contains(said, "its folder is missing") || !strings.Contains(said, "--ignore-journal ") || p.posts() != 2 {
		t.Errorf("%d invitations\n%s", p.posts(), said)
	}
	// A run in the new place, of any list, makes it known again.
	writeCSV(t, p.path("moved/other.csv"), mailedList(10, 1))
	p.run(t, 0, "invite", "moved/other.csv")
	p.run(t, 0, "invite", "moved/list.csv")
	p.run(t, 0, "invite", there)
	p.mailedOnce(t, mailedList(0, 3))

	// Days later the tenant shows all that the journal knew.
	if err := errors.Join(os.RemoveAll(p.path("moved")), os.RemoveAll(p.path("there"))); err != nil {
		t.Fatal(err)
	}
	again := p.subfolder(t, "again", "list.csv", mailedList(0, 4))
	p.run(t, 1, "invite", again)
	notesAge(t, state, 4*24*time.Hour)
	p.run(t, 1, "invite", again, "--no-directory-check")
	p.run(t, 0, "invite", again, "--per-day", "1000")
	p.mailedOnce(t, mailedList(0, 4))
}

// The budget holds for people who are invited again, and in a dry run.
func TestBudgetCountsInvitationsAgain(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	p.run(t, 0, "invite", p.subfolder(t, "here", "list.csv", mailedList(0, 3)))
	there := p.subfolder(t, "there", "list.csv", mailedList(0, 3))
	if out := p.run(t, 0, "invite", there, "--reinvite", "pending", "--per-day", "5", "--dry-run", "--json"); !strings.Contains(out, `"rows":3,"send":2,`) {
		t.Error(out)
	}
	p.run(t, 6, "invite", there, "--reinvite", "pending", "--per-day", "5")
	for range 2 {
		p.run(t, 6, "invite", there, "--reinvite", "pending", "--per-day", "5")
		p.run(t, 6, "invite", there, "--reinvite", "pending", "--per-day", "5", "--dry-run")
	}
	if p.posts() != 5 {
		t.Errorf("%d invitations", p.posts())
	}
}

// One run a tenant at a time on a machine: the second one names the first, or waits.
func TestTwoRunsOfATenant(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{Latency: func() time.Duration { return 100 * time.Millisecond }})
	first, second := p.subfolder(t, "here", "list.csv", mailedList(0, 20)), p.subfolder(t, "there", "list.csv", mailedList(10, 20))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	running := p.command(ctx, "invite", first, "--workers", "1")
	if err := running.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, "the first invitation", func() bool { return p.posts() > 0 })
	out, err := p.command(ctx, "invite", second).CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 6 || !strings.Contains(string(out), fmt.Sprint("process ", running.Process.Pid)) {
		t.Errorf("%v\n%s", err, out)
	}
	waited := p.run(t, 0, "invite", second, "--wait")
	if err := running.Wait(); err != nil {
		t.Error(err)
	}
	if !strings.Contains(waited, "10  existing") || p.posts() != 30 {
		t.Errorf("%d invitations\n%s", p.posts(), waited)
	}
	p.mailedOnce(t, mailedList(0, 30))
}

// Whatever the directory does not show yet, and whoever asks at the same time: an answer
// that is lost, a directory that lags, and the same people from three folders.
func TestLostAnswersAndLagFromThreeFolders(t *testing.T) {
	t.Parallel()
	need.Time(t, "the directory lags for a second, and rows wait for it")
	p := newProgram(t, sandbox.Config{Replication: time.Second})
	p.loseAnswers(t, 3)
	for i := range 3 {
		list := p.subfolder(t, fmt.Sprint("folder", i), "list.csv", mailedList(10*i, 20))
		p.run(t, 0, "invite", list, "--lookup-for", "3s", "--settle", "30s")
	}
	p.mailedOnce(t, mailedList(0, 40))
}

// The table of the states: which rows a further run sends, by command, with and without
// the look-up of who is there, and with and without the journal of the run before. What
// was removed is in TestReinviteRemoved.
func TestWhichRowsAFurtherRunSends(t *testing.T) {
	need.NoRace(t, manyStarts)
	t.Parallel()
	cfg := aliasTenant()
	cfg.Replication = time.Hour // however long the test takes, no look-up shows whose answer was lost
	cfg.People = []sandbox.Person{{Address: "accepted@fabrikam.example", State: "Accepted"}}
	list := [][]string{
		{"Email", "Redirect URL", "Send message"},
		{"ok@fabrikam.example", "", "yes"},
		{"accepted@fabrikam.example", "", "yes"},
		{"sameid1@fabrikam.example", "", ""},
		{"sameid2@fabrikam.example", "", ""},
		{"ok@fabrikam.example", "", "yes"},
		{"group.g@fabrikam.example", "", "yes"},
		{"unreplicated.u@fabrikam.example", "", "yes"},
		{"invalid@fabrikam.example", "portal", "yes"},
		{"lost.l@fabrikam.example", "", "yes"},
		{"after@fabrikam.example", "", ""},
		{"late@fabrikam.example", "", "yes"},
	}
	before := []string{
		"ok invited live", "accepted existing", "sameid1 duplicate replaced", "sameid2 invited live", "ok duplicate", "group.g failed",
		"unreplicated.u failed", "invalid invalid", "lost.l unconfirmed", "after invited live", "late pending",
	}
	const pending, failed, final = "late@fabrikam.example", "unreplicated.u@fabrikam.example", "group.g@fabrikam.example"
	for command, test := range map[string]struct {
		args []string
		sent []string
	}{
		"invite":      {[]string{"invite", "list.csv"}, []string{pending}},
		"retry":       {[]string{"retry", "list.results.xlsx"}, []string{pending, failed}},
		"retry --all": {[]string{"retry", "list.results.xlsx", "--all"}, []string{pending, failed, final}},
	} {
		for _, look := range []bool{true, false} {
			for _, journal := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s, look-up %t, journal %t", command, look, journal), func(t *testing.T) {
					t.Parallel()
					p := newProgram(t, cfg)
					writeCSV(t, p.path("list.csv"), list)
					alike := []string{"--workers", "1", "--max-attempts", "1", "--settle", "1ms"}
					p.run(t, 6, append([]string{"invite", "list.csv", "--limit", "7"}, alike...)...)
					assert.Equal(t, "rows", p.states(t, "list.results.xlsx"), before)
					if !journal {
						if err := os.Remove(p.path("list.results.journal.db")); err != nil {
							t.Fatal(err)
						}
					}
					seen, args := len(p.tenant.Requests()), slices.Concat(test.args, alike)
					if !look {
						args = append(args, "--no-directory-check")
					}
					_ = p.command(t.Context(), args...).Run() // what it sent is of interest
					var sent []string
					for _, r := range p.tenant.Requests()[seen:] {
						if strings.HasSuffix(r.Path, "/invitations") {
							sent = append(sent, r.Address)
						}
					}
					slices.Sort(sent)
					want := slices.Sorted(slices.Values(test.sent))
					if !look && !journal { // no one is left who knows that the guest is there
						want = slices.Insert(want, 0, "accepted@fabrikam.example")
					}
					assert.Equal(t, "sent", sent, want)
					for _, address := range []string{"ok@fabrikam.example", "lost.l@fabrikam.example", pending} {
						assert.Equal(t, "mails to "+address, p.tenant.Mails(address), 1)
					}
				})
			}
		}
	}
}
