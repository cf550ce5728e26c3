package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"guestlist/graph/sandbox"
	"guestlist/internal/assert"
)

// guestStates are the states that a results workbook has, by address.
func (p *program) guestStates(t *testing.T) map[string]string {
	t.Helper()
	states := make(map[string]string)
	for _, row := range results(t, p.path("p.results.xlsx"), "Results") {
		states[row["Email"]] = strings.TrimRight(row["Status"]+", "+row["Guest State"]+", "+row["Link State"], ", ")
	}
	return states
}

// The tenant is read, and workbook, page, packs and JSON say the same of each guest.
func TestStatusBringsWhatTheTenantSays(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{People: []sandbox.Person{
		{Address: "before@fabrikam.example", State: "PendingAcceptance", Invited: []time.Time{time.Now().Add(-90 * 24 * time.Hour)}},
	}})
	writeCSV(t, p.path("p.csv"), [][]string{
		{"Email", "Name", "Manager"},
		{"accepts@fabrikam.example", "A", "Maren"},
		{"waits@fabrikam.example", "B", "maren "},
		{"deleted@fabrikam.example", "C", "Idris"},
		{"before@fabrikam.example", "D", "Idris"},
		{"group.team@fabrikam.example", "E", "Idris"},
	})
	p.run(t, 3, "invite", "p.csv")
	p.tenant.Accept("accepts@fabrikam.example")
	p.tenant.Delete("deleted@fabrikam.example")
	posts := p.posts()

	out := p.run(t, 3, "status", "p.results.xlsx", "--by", "manager", "--json", "--exit-code", "-o", "p.html")
	var got struct {
		Guests int            `json:"guests"`
		States map[string]int `json:"states"`
		Groups []struct {
			Name   string         `json:"name"`
			States map[string]int `json:"states"`
		} `json:"groups"`
		NotAccepted []struct {
			Email string `json:"email"`
		} `json:"not_accepted"`
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "states", got.States, map[string]int{"accepted": 1, "not accepted": 2, "deleted": 1})
	assert.Equal(t, "groups", len(got.Groups), 2)
	assert.Equal(t, "spellings of a manager are one", got.Groups[1].States, map[string]int{"accepted": 1, "not accepted": 1})
	assert.Equal(t, "not accepted", len(got.NotAccepted), 2)
	assert.Equal(t, "workbook", p.guestStates(t), map[string]string{
		"accepts@fabrikam.example": "invited, accepted, live", "waits@fabrikam.example": "invited, not accepted, live",
		"deleted@fabrikam.example": "invited, deleted, uncertain", "before@fabrikam.example": "existing, not accepted",
		"group.team@fabrikam.example": "failed",
	})
	page, err := os.ReadFile(p.path("p.html"))
	if err != nil || !strings.Contains(string(page), `data-guest="not accepted"`) {
		t.Errorf("the page does not count those who have not accepted, %v", err)
	}
	assert.Equal(t, "nothing was sent", p.posts(), posts)

	p.run(t, 0, "handoff", "p.results.xlsx", "--by", "manager", "--only", "pending")
	packs, err := filepath.Glob(p.path("p.results.pending.handoff/*/*.xlsx"))
	assert.Equal(t, "packs, "+strings.Join(packs, " "), len(packs), 2)
	if err != nil {
		t.Error(err)
	}
	assert.Equal(t, "links that are missing", p.run(t, 0, "handoff", "p.results.xlsx", "--by", "manager", "--only", "missing"),
		"no guest lacks a link that works; nothing was written\n")

	// Once everyone has accepted, the packages of those who had not are no one's any more.
	p.tenant.Accept("waits@fabrikam.example")
	p.tenant.Accept("before@fabrikam.example")
	p.run(t, 0, "status", "p.results.xlsx")
	assert.Equal(t, "no one is waiting", p.run(t, 0, "handoff", "p.results.xlsx", "--by", "manager", "--only", "pending"),
		"no guest is waiting to accept; the packages of an earlier hand-off in p.results.pending.handoff were removed: no one needs their links\n")
	packs, err = filepath.Glob(p.path("p.results.pending.handoff/*/*.xlsx"))
	assert.Equal(t, "packs, "+strings.Join(packs, " "), len(packs), 0)
	if err != nil {
		t.Error(err)
	}
}

// The journal alone will do, and so will results whose journal is gone.
func TestStatusFromJournalOrResultsAlone(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	writeCSV(t, p.path("p.csv"), [][]string{{"Email"}, {"a@fabrikam.example"}, {"b@fabrikam.example"}})
	p.run(t, 0, "invite", "p.csv")
	p.tenant.Accept("a@fabrikam.example")
	want := map[string]string{"a@fabrikam.example": "invited, accepted, live", "b@fabrikam.example": "invited, not accepted, live"}

	if err := os.Remove(p.path("p.results.xlsx")); err != nil {
		t.Fatal(err)
	}
	p.run(t, 0, "status", "p.results.journal.db")
	assert.Equal(t, "from the journal", p.guestStates(t), want)

	if err := os.Remove(p.path("p.results.journal.db")); err != nil {
		t.Fatal(err)
	}
	p.run(t, 0, "status", "p.results.xlsx")
	assert.Equal(t, "without the journal", p.guestStates(t), want)
	p.run(t, 0, "invite", "p.csv")
	assert.Equal(t, "nobody is invited again", p.posts(), 2)
}

// What cannot be read is said, with the permission that it needs, and nothing is changed.
func TestStatusThatMayNotBeRead(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{Forbidden: []string{"/users", "/users/{id}"}})
	writeCSV(t, p.path("p.csv"), [][]string{{"Email"}, {"a@fabrikam.example"}})
	p.run(t, 0, "invite", "p.csv", "--no-directory-check")
	before, err := os.ReadFile(p.path("p.results.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	text := p.complains(t, 4, "status", "p.results.xlsx")
	if !strings.Contains(text, "may not read who has accepted") || !strings.Contains(text, "grant User.Read.All") {
		t.Error(text)
	}
	after, err := os.ReadFile(p.path("p.results.xlsx"))
	if err != nil || !slices.Equal(before, after) {
		t.Errorf("the results were written, %v", err)
	}
}

// What was corrected in the results and not sent yet is still there after a look-up.
func TestStatusKeepsCorrections(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	writeCSV(t, p.path("p.csv"), [][]string{{"Email", "Name"}, {"a@fabrikam.example", "A"}, {"b@northwind", "B"}})
	p.run(t, 3, "invite", "p.csv", "--out", "r.csv")
	content, err := os.ReadFile(p.path("r.csv"))
	if err != nil {
		t.Fatal(err)
	}
	corrected := strings.Replace(string(content), "b@northwind,B", "b@northwind.example,B", 1)
	if err := os.WriteFile(p.path("r.csv"), []byte(corrected), 0o600); err != nil {
		t.Fatal(err)
	}
	p.run(t, 0, "status", "r.csv")
	p.run(t, 0, "retry", "r.csv")
	assert.Equal(t, "the corrected guest is invited", p.tenant.Guests(), 2)
}

// A guest who is deleted within a day of the invitation keeps the row: restored, they have
// the link again, and another batch must not invite them meanwhile.
func TestGuestWhoIsDeletedAndRestored(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	writeCSV(t, p.path("p.csv"), mailedList(0, 1))
	p.run(t, 0, "invite", "p.csv")
	person, _ := p.tenant.Find("guest0@fabrikam.example")
	p.tenant.Delete("guest0@fabrikam.example")
	p.run(t, 0, "status", "p.results.xlsx")
	writeCSV(t, p.path("q.csv"), mailedList(0, 1))
	p.run(t, 0, "invite", "q.csv")
	assert.Equal(t, "emails", p.tenant.Mails("guest0@fabrikam.example")+p.posts()-1, 0)

	p.tenant.Admit([]sandbox.Person{person})
	p.run(t, 0, "status", "p.results.xlsx")
	assert.Equal(t, "restored", p.guestStates(t)["guest0@fabrikam.example"], "invited, not accepted, live")
}
