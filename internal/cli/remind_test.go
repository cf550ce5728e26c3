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

	"guestlist/graph/sandbox"
	"guestlist/internal/assert"
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
		{"accepts@fabrikam.example", "yes"}, {"mailed@fabrikam.example", "yes"}, {"silent@fabrikam.example", "no"},
		{"deleted@fabrikam.example", "yes"}, {"before@fabrikam.example", "yes"}, {"group.team@fabrikam.example", "yes"},
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
	// A run of invite or retry sends nothing for those who were reminded.
	p.run(t, 3, "invite", "p.csv", "--message", "Welcome to Harbor", "--language", "nl-NL")
	assert.Equal(t, "invite sends no reminder", p.posts(), posts)
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

// A guest who accepts between the first look and the reminder is not reminded.
func TestReadRightBeforeTheReminder(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	writeCSV(t, p.path("p.csv"), mailedList(0, 60))
	p.run(t, 0, "invite", "p.csv")
	var batches atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/$batch") && batches.Add(1) == 5 { // three read everyone; the fifth is the second right before
			p.tenant.Accept("guest30@fabrikam.example")
		}
		p.tenant.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	p.env = append(p.env, "GUESTLIST_GRAPH_URL="+server.URL+"/v1.0")
	out, _ := p.remind(t, 0, "--json", "--rate", "100/1s")
	var got struct {
		Reminded int `json:"reminded"`
		Accepted int `json:"accepted_meanwhile"`
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "reminded, accepted meanwhile", []int{got.Reminded, got.Accepted}, []int{59, 1})
	assert.Equal(t, "emails to the one who accepted", p.tenant.Mails("guest30@fabrikam.example"), 1)
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
	out, _ := p.runBoth(t, 3, "remind", "p.results.xlsx", "--missing-link")
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
