package cli_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"guestlist/graph/sandbox"
	"guestlist/internal/assert"
	"guestlist/internal/need"
)

// remind runs remind at once, whatever the age of the invitations.
func (p *program) remind(t *testing.T, code int, flags ...string) (stdout, stderr string) {
	t.Helper()
	return p.runBoth(t, code, append([]string{"remind", "p.results.xlsx", "--older-than", "0s"}, flags...)...)
}

// Who accepted is never reminded, also where that is not known yet; the others get what
// they had: an email, or a link.
func TestOnlyThoseWhoHaveNotAcceptedAreReminded(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{People: []sandbox.Person{
		{Address: "before@fabrikam.example", State: "PendingAcceptance", Invited: []time.Time{time.Now().Add(-90 * 24 * time.Hour)}},
	}})
	writeCSV(t, p.path("p.csv"), [][]string{
		{"Email", "Send message"},
		{"accepts@fabrikam.example", "yes"},
		{"mailed@fabrikam.example", "yes"},
		{"silent@fabrikam.example", "no"},
		{"deleted@fabrikam.example", "yes"},
		{"before@fabrikam.example", "yes"},
		{"group.team@fabrikam.example", "yes"},
	})
	p.run(t, 3, "invite", "p.csv", "--message", "Welcome to Harbor", "--language", "nl-NL")
	p.tenant.Accept("accepts@fabrikam.example")
	p.tenant.Delete("deleted@fabrikam.example")
	old := p.links(t, "p.results.xlsx")
	p.remind(t, 0)
	for address, want := range map[string]int{
		"accepts@fabrikam.example": 1, "mailed@fabrikam.example": 2, "silent@fabrikam.example": 0, "deleted@fabrikam.example": 0, "before@fabrikam.example": 0,
	} {
		assert.Equal(t, "emails to "+address, p.tenant.Mails(address), want)
	}
	now := p.links(t, "p.results.xlsx")
	for _, address := range []string{"mailed@fabrikam.example", "silent@fabrikam.example"} {
		if now[address] == old[address] || now[address] != p.tenant.RedeemURL(address) {
			t.Errorf("%s: the results do not have the new link", address)
		}
	}
	assert.Equal(t, "link of the one who accepted", now["accepts@fabrikam.example"], old["accepts@fabrikam.example"])
	for _, r := range p.tenant.Requests() {
		if r.Address == "mailed@fabrikam.example" && r.Invited {
			assert.Equal(t, "what the email says", *r.Invitation.InvitedUserMessageInfo.CustomizedMessageBody, "Welcome to Harbor")
		}
	}
	// Two reminders and no more; a week is the usual age.
	p.remind(t, 0)
	posts := p.posts()
	p.remind(t, 0)
	p.run(t, 0, "remind", "p.results.xlsx")
	assert.Equal(t, "nobody gets a third reminder", p.posts(), posts)
	if out := p.run(t, 0, "status", "p.results.xlsx"); !strings.Contains(out, "no one is to be reminded: those who wait were invited by another batch, or have had 2 reminders") {
		t.Error(out)
	}
	// A run of invite or retry sends nothing for those who were reminded.
	p.run(t, 3, "invite", "p.csv", "--message", "Welcome to Harbor", "--language", "nl-NL")
	assert.Equal(t, "invite sends no reminder", p.posts(), posts)
}

// Rows of --rows are those of the file that is named, also where the list has lines above
// its headings, so that its own numbers are others.
func TestRowsToRemindAreThoseOfTheResults(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	writeCSV(t, p.path("p.csv"), [][]string{{"Partners of the spring", ""}, {"", ""}, {"Email", "Send message"}, {"a@fabrikam.example", "yes"}, {"b@fabrikam.example", "yes"}, {"c@fabrikam.example", "yes"}})
	p.run(t, 0, "invite", "p.csv")
	p.remind(t, 0, "--rows", "2-3") // of the list, these are above the headings
	for address, want := range map[string]int{"a@fabrikam.example": 2, "b@fabrikam.example": 2, "c@fabrikam.example": 1} {
		assert.Equal(t, "emails to "+address, p.tenant.Mails(address), want)
	}
	if _, complaint := p.remind(t, 2, "--rows", "6"); !strings.Contains(complaint, "no row of p.results.xlsx matches --rows") {
		t.Error(complaint)
	}
}

// Whom to remind is on the sheet Results: to ask for the sheet Failed would remind no one.
func TestNoOneOfTheSheetFailedIsReminded(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	writeCSV(t, p.path("p.csv"), [][]string{{"Email", "Send message"}, {"a@fabrikam.example", "yes"}, {"nobody", "yes"}})
	p.run(t, 3, "invite", "p.csv")
	_, complaint := p.remind(t, 2, "--sheet", "failed", "--rows", "2")
	if !strings.Contains(complaint, "next: guestlist remind p.results.xlsx") || !strings.Contains(complaint, "--rows=2") || strings.Contains(complaint, "--sheet") {
		t.Error(complaint)
	}
	p.remind(t, 0, "--rows", "2")
	assert.Equal(t, "emails", p.tenant.Mails("a@fabrikam.example"), 2)
}

// links are the redeem URLs of results by address.
func (p *program) links(t *testing.T, workbook string) map[string]string {
	t.Helper()
	links := make(map[string]string)
	for _, row := range results(t, p.path(workbook), "Results") {
		links[row["Email"]] = row["Redeem URL"]
	}
	return links
}

// Guests who accept between the first look and their reminder are not reminded, also where
// the reminder waits for the rate or for a hold.
func TestReadRightBeforeTheReminder(t *testing.T) {
	t.Parallel()
	for name, hold := range map[string]bool{"by the rate": false, "by a hold": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProgram(t, sandbox.Config{})
			writeCSV(t, p.path("p.csv"), mailedList(0, 40))
			p.run(t, 0, "invite", "p.csv")
			var reminders atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/invitations") && reminders.Add(1) == 5 {
					for i := 20; i < 40; i++ {
						p.tenant.Accept(mailedList(i, 1)[1][0])
					}
					if hold {
						w.Header().Set("Retry-After", "2")
						w.WriteHeader(http.StatusTooManyRequests)
						return
					}
				}
				p.tenant.ServeHTTP(w, r)
			}))
			t.Cleanup(server.Close)
			p.env = append(p.env, "GUESTLIST_GRAPH_URL="+server.URL+"/v1.0")
			out, _ := p.remind(t, 0, "--json", "--rate", "20/1s", "--workers", "4")
			var got struct {
				Reminded int `json:"reminded"`
				Accepted int `json:"accepted_meanwhile"`
			}
			if err := json.Unmarshal([]byte(out), &got); err != nil {
				t.Fatal(err)
			}
			assert.Equal(t, "reminded, accepted meanwhile", []int{got.Reminded, got.Accepted}, []int{20, 20})
			for i := 20; i < 40; i++ {
				assert.Equal(t, "emails to one who accepted", p.tenant.Mails(mailedList(i, 1)[1][0]), 1)
			}
		})
	}
}

// A reminder whose answer is lost is sent once, and its link is not handed out until
// another one takes its place.
func TestReminderWhoseAnswerIsLost(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	writeCSV(t, p.path("p.csv"), mailedList(0, 10))
	p.run(t, 0, "invite", "p.csv")
	p.loseAnswers(t, 3)
	p.remind(t, 3)
	mailed := func() (n int) {
		for i := range 10 {
			n += p.tenant.Mails(mailedList(i, 1)[1][0])
		}
		return n
	}
	assert.Equal(t, "emails", mailed(), 20)
	lost := 0
	for _, row := range results(t, p.path("p.results.xlsx"), "Results") {
		assert.Equal(t, row["Email"], row["Status"], "invited")
		if row["Link State"] == "uncertain" {
			lost++
		} else if row["Redeem URL"] != p.tenant.RedeemURL(row["Email"]) {
			t.Errorf("%s: a link that does not work counts as live", row["Email"])
		}
	}
	assert.Equal(t, "links in doubt", lost, 3)
	p.run(t, 0, "invite", "p.csv")
	p.run(t, 0, "remind", "p.results.xlsx") // all of them were reminded lately, also those
	assert.Equal(t, "emails after further runs", mailed(), 20)
	// A reminder that may still be carried out would end the new link as well.
	out, said := p.runBoth(t, 0, "remind", "p.results.xlsx", "--missing-link")
	if !strings.Contains(said, "3 guests are not reminded: invited less than 15 minutes ago (--older-than)") {
		t.Error(out, said)
	}
	assert.Equal(t, "emails at once", mailed(), 20)
	out, _ = p.runBoth(t, 3, "remind", "p.results.xlsx", "--missing-link", "--older-than", "0s")
	if !strings.Contains(out, "2  reminded") { // one of the three is lost again
		t.Error(out)
	}
	assert.Equal(t, "emails with --missing-link", mailed(), 23)
}

// Without a state that can be read, no one is reminded.
func TestNoReminderWithoutAState(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{Basic: true})
	writeCSV(t, p.path("p.csv"), mailedList(0, 3))
	p.run(t, 0, "invite", "p.csv")
	_, said := p.remind(t, 0)
	if !strings.Contains(said, "3 guests are not reminded: not known to be waiting") {
		t.Error(said)
	}
	assert.Equal(t, "requests", p.posts(), 3)
	if err := os.Remove(p.path("p.results.journal.db")); err != nil {
		t.Fatal(err)
	}
}

// A process that is killed among reminders loses no link and sends none twice.
func TestKilledReminders(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{Latency: func() time.Duration { return 20 * time.Millisecond }})
	writeCSV(t, p.path("p.csv"), mailedList(0, 60))
	p.run(t, 0, "invite", "p.csv")
	for kill := range 6 {
		cmd := p.command(t.Context(), "remind", "p.results.xlsx", "--older-than", "0s", "--max-reminders", "1", "--workers", "4")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		before := p.posts()
		for len(ended) == 0 && p.posts() < before+5+kill {
			time.Sleep(time.Millisecond) //nolint:forbidigo // a process is waited for
		}
		_ = cmd.Process.Kill()
		<-ended
	}
	_, _ = p.remind(t, 0, "--max-reminders", "1")
	// A reminder that was about to leave counts as sent; its guest's link is in doubt.
	for _, row := range results(t, p.path("p.results.xlsx"), "Results") {
		switch mails := p.tenant.Mails(row["Email"]); {
		case mails > 2 || mails == 1 && row["Link State"] != "uncertain":
			t.Errorf("%s was emailed %d times, and the link is %s", row["Email"], mails, row["Link State"])
		case row["Link State"] == "live" && row["Redeem URL"] != p.tenant.RedeemURL(row["Email"]):
			t.Errorf("%s: a link that does not work counts as live", row["Email"])
		}
	}
}

// What results do not say yet, their journal does: after a reminder that was killed, and
// with an older copy of the results, no link is handed out that does not work any more.
func TestLinksThatTheResultsDoNotKnowYet(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	writeCSV(t, p.path("p.csv"), [][]string{{"Email", "Company"}, {"a@fabrikam.example", "F"}, {"b@fabrikam.example", "F"}})
	p.run(t, 0, "invite", "p.csv")
	old, err := os.ReadFile(p.path("p.results.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	dead := p.links(t, "p.results.xlsx")
	p.tenant.Accept("b@fabrikam.example")
	p.remind(t, 0)
	if err := os.WriteFile(p.path("p.results.xlsx"), old, 0o600); err != nil {
		t.Fatal(err)
	}
	p.run(t, 0, "handoff", "p.results.xlsx", "--by", "Company")
	holdsNo(t, p.path("p.results.handoff"), dead["a@fabrikam.example"])
	p.run(t, 0, "report", "p.results.xlsx", "-o", "old.csv")
	for _, row := range byHeading(csvCells(t, p.path("old.csv"))) {
		// Results show seconds: within the same one, the link is uncertain and not replaced.
		isLive := row["Email"] == "b@fabrikam.example"
		assert.Equal(t, row["Email"]+" is live", row["Link State"] == "live", isLive)
	}
}

// Two addresses of one guest get one reminder, and reminders of all batches count.
func TestOneGuestIsRemindedOnce(t *testing.T) {
	t.Parallel()
	need.NoRace(t, oneAfterAnother)
	p := newProgram(t, sandbox.Config{Aliases: map[string]string{"alias@fabrikam.example": "a@fabrikam.example"}})
	writeCSV(t, p.path("p.csv"), [][]string{{"Email", "Send message"}, {"a@fabrikam.example", "yes"}, {"alias@fabrikam.example", "yes"}})
	p.run(t, 0, "invite", "p.csv")
	mails := p.tenant.Mails("a@fabrikam.example")
	for range 4 {
		p.remind(t, 0)
	}
	assert.Equal(t, "reminders", p.tenant.Mails("a@fabrikam.example")-mails, 2)

	// A second batch has the guest, too.
	writeCSV(t, p.path("q.csv"), [][]string{{"Email", "Send message"}, {"a@fabrikam.example", "yes"}})
	p.run(t, 0, "invite", "q.csv", "--reinvite", "pending")
	mails = p.tenant.Mails("a@fabrikam.example")
	for range 3 {
		p.run(t, 0, "remind", "q.results.xlsx", "--older-than", "0s")
	}
	assert.Equal(t, "reminders of the second batch", p.tenant.Mails("a@fabrikam.example")-mails, 0)
}

// A copy of the results counts the reminders of the journal that it has none of, and knows who
// was emailed, whenever it was made.
func TestACopyKnowsOfTheReminders(t *testing.T) {
	t.Parallel()
	need.NoRace(t, oneAfterAnother)
	const guest = "guest0@fabrikam.example"
	p := newProgram(t, sandbox.Config{})
	writeCSV(t, p.path("p.csv"), [][]string{{"Email"}, {guest}})
	p.run(t, 0, "invite", "p.csv", "--send-message")
	mails := p.tenant.Mails(guest)
	keep := func(name string) {
		t.Helper()
		book, err := os.ReadFile(p.path("p.results.xlsx"))
		if err == nil {
			err = os.WriteFile(p.path(name), book, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	keep("before.results.xlsx")
	p.remind(t, 0)
	keep("first.results.xlsx")
	p.run(t, 0, "remind", "first.results.xlsx", "--older-than", "0s")
	assert.Equal(t, "emails with reminders", p.tenant.Mails(guest)-mails, 2)
	keep("after.results.xlsx")
	for _, copied := range []string{"before.results.xlsx", "first.results.xlsx", "after.results.xlsx", "p.results.xlsx"} {
		p.run(t, 0, "remind", copied, "--older-than", "0s")
	}
	assert.Equal(t, "reminders", p.tenant.Mails(guest)-mails, 2)
}

// A guest who was deleted and whom another admin invited since is theirs to remind.
func TestTheGuestOfAnotherAdminIsNotReminded(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	writeCSV(t, p.path("p.csv"), [][]string{{"Email", "Send message"}, {"a@fabrikam.example", "yes"}, {"b@fabrikam.example", "yes"}})
	p.run(t, 0, "invite", "p.csv")
	p.tenant.Delete("a@fabrikam.example")
	p.tenant.Admit([]sandbox.Person{{ID: uuid.NewString(), Address: "a@fabrikam.example", Invited: []time.Time{time.Now()}}})
	posts := p.posts()
	p.remind(t, 0)
	assert.Equal(t, "reminders", p.posts()-posts, 1)
	who, _ := p.tenant.Find("a@fabrikam.example")
	assert.Equal(t, "emails to the guest of another admin", who.Mails, 0)
}

// A reminder that Graph refuses is said so, whatever it says.
func TestReminderThatIsRefused(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	writeCSV(t, p.path("p.csv"), mailedList(0, 2))
	p.run(t, 0, "invite", "p.csv")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/invitations") {
			w.Header().Set("Request-Id", "1")
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"error":{"code":"BadRequest","message":"The invited user already exists in the directory as object ID: 0f0e0d0c-0b0a-4908-8706-050403020100. They can use that account to sign in."}}`))
			return
		}
		p.tenant.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	p.env = append(p.env, "GUESTLIST_GRAPH_URL="+server.URL+"/v1.0")
	out, _ := p.remind(t, 3)
	if !strings.Contains(out, "2  refused, and not reminded") || !strings.Contains(out, "AlreadyInDirectory") {
		t.Error(out)
	}
}
