package cli_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"guestlist/graph/sandbox"
	"guestlist/internal/assert"
)

// plan writes the plan of a run.
func (p *program) plan(t *testing.T, args ...string) {
	t.Helper()
	p.run(t, 0, append(args, "--dry-run", "--plan", "plan.json")...)
}

// editPlan changes a plan by hand.
func (p *program) editPlan(t *testing.T, pattern, by string) {
	t.Helper()
	content, err := os.ReadFile(p.path("plan.json"))
	if err != nil {
		t.Fatal(err)
	}
	edited := regexp.MustCompile(pattern).ReplaceAll(content, []byte(by))
	if string(edited) == string(content) {
		t.Fatalf("no %s in %s", pattern, content)
	}
	if err := os.WriteFile(p.path("plan.json"), edited, 0o600); err != nil {
		t.Fatal(err)
	}
}

// refuses wants a run to send nothing, and to say why.
func (p *program) refuses(t *testing.T, why string, args ...string) {
	t.Helper()
	before := p.posts()
	if said := p.complains(t, 2, args...); !strings.Contains(said, why) {
		t.Errorf("no %q in\n%s", why, said)
	}
	assert.Equal(t, "invitations of "+strings.Join(args, " "), p.posts(), before)
}

// What came between the plan and the run makes less of it, and never more: who is in the
// tenant by now is skipped, also where pending guests are invited again, and who was there
// is not invited when they are gone.
func TestATenantThatChangedSinceThePlan(t *testing.T) {
	t.Parallel()
	p := newStepsProgram(t, sandbox.Config{People: []sandbox.Person{
		{Address: "guest2@fabrikam.example", State: "Accepted"},
	}})
	writeCSV(t, p.path("list.csv"), companyList(4))
	invite := []string{"invite", "list.csv", "--group", sandbox.ProjectGroup, "--reinvite", "pending"}
	p.plan(t, invite...)
	invite = append(invite, "--plan", "plan.json")
	p.tenant.Admit([]sandbox.Person{{Address: "guest1@fabrikam.example", ID: "11111111-1111-4111-8111-111111111111", State: "PendingAcceptance", Invited: []time.Time{time.Now()}}})
	out := p.run(t, 0, append(invite, "--json")...)
	if !strings.Contains(out, `"invited":2,`) || !strings.Contains(out, `"existing":2,`) {
		t.Error(out)
	}
	assert.Equal(t, "invitations", p.posts(), 2)
	assert.Equal(t, "groups of a guest who came meanwhile", len(p.added(t, "guest1@fabrikam.example")), 1)

	p.tenant.Delete("guest2@fabrikam.example")
	p.refuses(t, "row 4, guest2@fabrikam.example, was in the tenant then, and not to be invited", invite...)
}

// A plan is for one tenant, one month and the settings that it names.
func TestAPlanOfSomethingElseIsRefused(t *testing.T) {
	t.Parallel()
	p := newStepsProgram(t, sandbox.Config{})
	writeCSV(t, p.path("list.csv"), companyList(2))
	invite := []string{"invite", "list.csv", "--plan", "plan.json"}

	p.plan(t, "invite", "list.csv")
	p.editPlan(t, `"tenant": "`+sandbox.TenantID, `"tenant": "6babcaad-604b-40ac-a9d7-9fd97c0b779f`)
	p.refuses(t, "plan.json is a plan for the tenant 6babcaad-604b-40ac-a9d7-9fd97c0b779f, and the sign-in is for "+sandbox.TenantID, invite...)
	p.editPlan(t, `6babcaad-604b-40ac-a9d7-9fd97c0b779f`, sandbox.TenantID)
	for _, test := range []struct {
		why  string
		more []string
	}{
		{`--group is "Project Aurora", and not set in the plan`, []string{"--group", sandbox.ProjectGroup}},
		{`--redirect-url is "https://evil.example", and "https://myapplications`, []string{"--redirect-url", "https://evil.example"}},
		{`--message is "Hello", and not set in the plan`, []string{"--message", "Hello"}},
		{`--no-directory-check is "true", and not set in the plan`, []string{"--no-directory-check"}},
		{`--unconfirmed is "resend", and not set in the plan`, []string{"--unconfirmed", "resend"}},
	} {
		p.refuses(t, test.why, append(invite, test.more...)...)
	}

	// Of two rows of one address the first counts, and it is another one when they are sorted.
	twice := [][]string{{"Email", "Redirect URL"}, {"anna@fabrikam.example", "https://a.example"}, {"anna@fabrikam.example", "https://b.example"}}
	writeCSV(t, p.path("twice.csv"), twice)
	p.plan(t, "invite", "twice.csv")
	twice[1], twice[2] = twice[2], twice[1]
	writeCSV(t, p.path("twice.csv"), twice)
	p.refuses(t, "row 2, anna@fabrikam.example, is not in it", "invite", "twice.csv", "--plan", "plan.json")

	p.editPlan(t, `"made": "\d{4}`, `"made": "2020`)
	p.refuses(t, "a plan is good for 30 days", invite...)
	p.editPlan(t, `"made": "\d{4}`, `"made": "2120`)
	p.refuses(t, "which is in the future", invite...)
}

// A run whose answers are lost goes on with its plan, rows that failed and were corrected
// are none of it.
func TestARunGoesOnWithItsPlan(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	list := append(mailedList(0, 8), []string{"group.team@fabrikam.example", "yes"})
	writeCSV(t, p.path("list.csv"), list)
	p.loseAnswers(t, 3)
	p.plan(t, "invite", "list.csv")
	p.run(t, 6, "invite", "list.csv", "--plan", "plan.json", "--settle", "10ms", "--limit", "5")
	p.run(t, 3, "invite", "list.csv", "--plan", "plan.json", "--lookup-for", "10ms", "--settle", "5s")
	p.mailedOnce(t, mailedList(0, 8))
	p.run(t, 3, "retry", "list.results.xlsx", "--all", "--plan", "plan.json")

	list[9][0] = "team@fabrikam.example"
	writeCSV(t, p.path("list.csv"), list)
	p.refuses(t, "row 10, team@fabrikam.example, is not in it", "invite", "list.csv", "--plan", "plan.json")
}

// What earlier runs have not finished is none of a plan that does not ask for it.
func TestAPlanDoesNotFinishOtherSteps(t *testing.T) {
	t.Parallel()
	p := newStepsProgram(t, sandbox.Config{Forbidden: []string{"PATCH /groups/{id}", "POST /groups/{id}/members/$ref"}})
	writeCSV(t, p.path("list.csv"), companyList(3))
	p.run(t, 3, "invite", "list.csv", "--group", sandbox.ProjectGroup)
	granted := newStepsProgram(t, sandbox.Config{People: p.tenant.People()})
	granted.folder = p.folder
	granted.plan(t, "invite", "list.csv")
	granted.run(t, 3, "invite", "list.csv", "--plan", "plan.json")
	assert.Equal(t, "groups without a plan for them", len(granted.added(t, "guest0@fabrikam.example")), 0)
	granted.plan(t, "invite", "list.csv", "--group", sandbox.ProjectGroup)
	granted.run(t, 0, "invite", "list.csv", "--group", sandbox.ProjectGroup, "--plan", "plan.json")
	assert.Equal(t, "groups", len(granted.added(t, "guest0@fabrikam.example")), 1)
}

// A plan of reminders is for one reminder each.
func TestPlannedReminders(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{})
	writeCSV(t, p.path("p.csv"), mailedList(0, 3))
	p.run(t, 0, "invite", "p.csv")
	p.remind(t, 0, "--dry-run", "--plan", "plan.json")
	p.tenant.Accept("guest1@fabrikam.example")
	if _, said := p.remind(t, 0, "--plan", "plan.json"); !strings.Contains(said, "nothing is sent but what the reviewed plan plan.json has") {
		t.Error(said)
	}
	for i, want := range []int{2, 1, 2} {
		assert.Equal(t, "emails", p.tenant.Mails(mailedList(i, 1)[1][0]), want)
	}
	p.refuses(t, "nothing is sent without a reviewed plan", "remind", "p.results.xlsx", "--require-plan")
	p.refuses(t, "row 2, guest0@fabrikam.example, is not in it", "remind", "p.results.xlsx", "--older-than", "0s", "--plan", "plan.json")
}
