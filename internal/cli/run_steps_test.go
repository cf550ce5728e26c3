package cli_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"guestlist/graph/sandbox"
	"guestlist/internal/assert"
	"guestlist/internal/need"
)

// newStepsProgram is a program against a tenant with groups, which makes the first step of
// a guest at once.
func newStepsProgram(t *testing.T, cfg sandbox.Config) *program {
	t.Helper()
	cfg.Groups = append(cfg.Groups, sandbox.ReadyGroups()...)
	cfg.People = append(cfg.People, sandbox.ReadyPeople()...)
	p := newProgram(t, cfg)
	p.env = append(p.env, "GUESTLIST_STEPS_AFTER=10ms")
	return p
}

// companyList is a list of n people of a company.
func companyList(n int) [][]string {
	rows := [][]string{{"Email", "Send message", "Company"}}
	for i := range n {
		rows = append(rows, []string{fmt.Sprintf("guest%d@fabrikam.example", i), "yes", "Fabrikam"})
	}
	return rows
}

// added is how often a person became a member of each group, by the group's id.
func (p *program) added(t *testing.T, address string) map[string]int {
	t.Helper()
	who, found := p.tenant.Find(address)
	if !found {
		t.Fatalf("the tenant has no %s", address)
	}
	return who.Changes.Added
}

// Guests who are there already get the groups and keep their attributes; members get
// nothing. The same command again changes nothing.
func TestStepsForGuestsWhoAreThere(t *testing.T) {
	t.Parallel()
	p := newStepsProgram(t, sandbox.Config{People: []sandbox.Person{
		{Address: "guest1@fabrikam.example", State: "Accepted", Attributes: map[string]string{"companyName": "Northwind"}},
		{Address: "guest2@fabrikam.example", Type: "Member"},
		{Address: "guest3@fabrikam.example", State: "Accepted", Groups: []string{sandbox.ProjectGroup}},
	}})
	writeCSV(t, p.path("list.csv"), companyList(5))
	invite := []string{"invite", "list.csv", "--group", sandbox.ProjectGroup, "--set", "companyName=Company", "--json"}
	for range 2 {
		out := p.run(t, 0, invite...)
		if !strings.Contains(out, `"invited":2,`) || !strings.Contains(out, `"existing":3,`) || !strings.Contains(out, `"follow_ups":{"done":4}`) {
			t.Error(out)
		}
	}
	for i, want := range []int{1, 1, 0, 0, 1} {
		total := 0
		for _, n := range p.added(t, fmt.Sprintf("guest%d@fabrikam.example", i)) {
			total += n
		}
		assert.Equal(t, fmt.Sprintf("groups that guest%d was added to", i), total, want)
	}
	for address, company := range map[string]string{"guest0@fabrikam.example": "Fabrikam", "guest1@fabrikam.example": "Northwind", "guest2@fabrikam.example": ""} {
		who, _ := p.tenant.Find(address)
		assert.Equal(t, "company of "+address, who.Attributes["companyName"], company)
	}
}

// A permission that the token lacks is said before the first invitation; --skip-steps goes
// on without these steps and does the others.
func TestMissingPermissionIsSaidFirst(t *testing.T) {
	t.Parallel()
	p := newStepsProgram(t, sandbox.Config{})
	p.env = append(p.env, "GUESTLIST_ACCESS_TOKEN="+signed(t, map[string]any{
		"tid": sandbox.TenantID, "idtyp": "app", "appid": "a", "roles": []string{"User.Invite.All", "User.Read.All", "User.ReadUpdate.All"},
	}))
	writeCSV(t, p.path("list.csv"), companyList(3))
	invite := []string{"invite", "list.csv", "--group", sandbox.ProjectGroup, "--set", "companyName=Company"}
	said := p.complains(t, 4, invite...)
	for _, want := range []string{"the sign-in may not add guests to groups", "grant GroupMember.ReadWrite.All", "--skip-steps"} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in\n%s", want, said)
		}
	}
	assert.Equal(t, "invitations", p.posts(), 0)
	out := p.run(t, 3, append(invite, "--skip-steps", "--json")...)
	if !strings.Contains(out, `"invited":3`) || !strings.Contains(out, `"follow_ups":{"pending":3}`) {
		t.Error(out)
	}
	who, _ := p.tenant.Find("guest0@fabrikam.example")
	assert.Equal(t, "company and groups", []string{who.Attributes["companyName"], strings.Join(who.Groups, " ")}, []string{"Fabrikam", ""})
}

// What was left out is in the results, and is done once the permission is granted: by the same
// command, or by one that names no steps. Groups and managers need not have been readable.
func TestStepsThatWereLeftOutAreFinishedLater(t *testing.T) {
	t.Parallel()
	list := [][]string{{"Email", "Team", "Manager", "Company"}}
	for i := range 3 {
		list = append(list, []string{fmt.Sprintf("guest%d@fabrikam.example", i), sandbox.PartnersGroup, "maren.oud@contoso.example", "Fabrikam"})
	}
	list[3][1] = "No such team"
	steps := []string{"--group", "project aurora", "--groups-from", "Team", "--manager-from", "Manager", "--set", "companyName=Company"}
	for name, again := range map[string][]string{
		"the same command": append([]string{"invite", "list.csv"}, steps...),
		"a retry":          {"retry", "list.results.xlsx"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newStepsProgram(t, sandbox.Config{Forbidden: []string{"/groups", "/groups/{id}"}})
			writeCSV(t, p.path("list.csv"), list)
			p.env = append(p.env, "GUESTLIST_ACCESS_TOKEN="+signed(t, map[string]any{
				"tid": sandbox.TenantID, "idtyp": "app", "appid": "a", "roles": []string{"User.Invite.All", "User.Read.All"},
			}))
			out, said := p.runBoth(t, 3, append([]string{"invite", "list.csv", "--skip-steps"}, steps...)...)
			if strings.Contains(said, "after the invitation:") {
				t.Error(said)
			}
			for _, want := range []string{
				"steps after the invitation: pending 3", "left out: needs GroupMember.ReadWrite.All to add guests to groups",
				"with GroupMember.ReadWrite.All and User.ReadUpdate.All and User.ReadWrite.All granted the same command does what was left out, and invites no one again:",
			} {
				if !strings.Contains(out, want) {
					t.Errorf("no %q in\n%s", want, out)
				}
			}
			if strings.Contains(out, "--skip-steps") {
				t.Error(out)
			}
			row := results(t, p.path("list.results.xlsx"), "Results")[0]
			assert.Equal(t, "row", []string{row["Status"], row["Groups"], row["Profile"]},
				[]string{"invited", "Partners - Contoso Supply (pending); project aurora (pending)", "companyName (pending); manager maren.oud@contoso.example (pending)"})
			if !strings.HasPrefix(row["Follow-up"], "pending: left out: needs ") {
				t.Error(row["Follow-up"])
			}

			after := newStepsProgram(t, sandbox.Config{People: p.tenant.People()})
			after.folder = p.folder
			out = after.run(t, 3, append(again, "--json")...)
			if !strings.Contains(out, `"sent":0`) || !strings.Contains(out, `"follow_ups":{"done":2,"failed":1}`) {
				t.Error(out)
			}
			rows := results(t, p.path("list.results.xlsx"), "Results")
			assert.Equal(t, "row", []string{rows[0]["Groups"], rows[0]["Profile"], rows[0]["Follow-up"]},
				[]string{"Partners - Contoso Supply; Project Aurora", "companyName; manager maren.oud@contoso.example", "done"})
			if !strings.Contains(rows[2]["Follow-up"], `"No such team" is not a group of the tenant`) {
				t.Error(rows[2]["Follow-up"])
			}
			who, _ := after.tenant.Find("guest0@fabrikam.example")
			if len(who.Changes.Added) != 2 || who.Attributes["companyName"] != "Fabrikam" || who.Manager == "" {
				t.Errorf("%+v", who)
			}
		})
	}
}

// A permission that is refused later ends its kind, says so in the results, and the same
// command finishes when it is granted, without another invitation.
func TestRefusedPermissionIsFinishedLater(t *testing.T) {
	t.Parallel()
	p := newStepsProgram(t, sandbox.Config{Forbidden: []string{"PATCH /groups/{id}", "POST /groups/{id}/members/$ref"}})
	writeCSV(t, p.path("list.csv"), companyList(30))
	invite := []string{"invite", "list.csv", "--group", sandbox.ProjectGroup, "--set", "companyName=Company"}
	out := p.run(t, 3, invite...)
	for _, want := range []string{"30  invited", "steps after the invitation: pending 30", "needs GroupMember.ReadWrite.All to add guests to groups", "the same command goes on with them", `--group="Project Aurora"`} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	rows := results(t, p.path("list.results.xlsx"), "Results")
	assert.Equal(t, "row", []string{rows[4]["Status"], rows[4]["Groups"], rows[4]["Profile"], rows[4]["Follow-up"]},
		[]string{"invited", "Project Aurora (pending)", "companyName", "pending: needs GroupMember.ReadWrite.All to add guests to groups"})
	if status := p.run(t, 0, "status", "list.results.xlsx"); !strings.Contains(status, "30  steps after the invitation are unfinished") {
		t.Error(status)
	}
	granted := newStepsProgram(t, sandbox.Config{People: p.tenant.People()})
	granted.folder = p.folder
	out = granted.run(t, 0, "retry", "list.results.xlsx", "--json")
	if !strings.Contains(out, `"sent":0`) || !strings.Contains(out, `"follow_ups":{"done":30}`) {
		t.Error(out)
	}
	assert.Equal(t, "invitations", granted.posts(), 0)
	for _, row := range companyList(30)[1:] {
		assert.Equal(t, "groups of "+row[0], len(granted.added(t, row[0])), 1)
	}
}

// A group that turns out to let no guests in is no failure of the row.
func TestStepThatIsRefusedIsNoFailedRow(t *testing.T) {
	t.Parallel()
	p := newStepsProgram(t, sandbox.Config{NoGuestsInGroups: true, Forbidden: []string{"/groupSettings", "/groups/{id}/settings"}})
	writeCSV(t, p.path("list.csv"), companyList(3))
	out := p.run(t, 3, "invite", "list.csv", "--group", sandbox.ProjectGroup, "--json")
	if !strings.Contains(out, `"invited":3,"failed":0`) || !strings.Contains(out, `"follow_ups":{"failed":3}`) {
		t.Error(out)
	}
}

// On a terminal the question names the steps, and a permission that is missing is a question.
func TestStepsAreAskedAboutOnATerminal(t *testing.T) {
	t.Parallel()
	p := newStepsProgram(t, sandbox.Config{})
	writeCSV(t, p.path("list.csv"), companyList(2))
	screen, code := onTerminal(t, p, "n", "invite", "list.csv", "--group", "'Project Aurora'", "--set", "companyName=Company")
	if said := unfolded(screen); code != 6 || p.posts() != 0 || !strings.Contains(said, "without a rate limit; add 2 guests to Project Aurora; set companyName of 2. Go on? [y/N]") {
		t.Errorf("exit code %d\n%s", code, said)
	}
	p.env = append(p.env, "GUESTLIST_ACCESS_TOKEN="+signed(t, map[string]any{"tid": sandbox.TenantID, "idtyp": "app", "appid": "a", "roles": []string{"User.Invite.All", "User.Read.All"}}))
	screen, code = onTerminal(t, p, "n", "invite", "list.csv", "--group", "'Project Aurora'")
	if said := unfolded(screen); code != 6 || p.posts() != 0 || !strings.Contains(said, "Go on without these steps? [y/N]") {
		t.Errorf("exit code %d\n%s", code, said)
	}
}

// A cell that is wrong keeps a row from being sent, and of an invited row it is the step
// that fails.
func TestWrongCellOfAnInvitedRow(t *testing.T) {
	t.Parallel()
	p := newStepsProgram(t, sandbox.Config{})
	list := companyList(2)
	writeCSV(t, p.path("list.csv"), list)
	p.run(t, 0, "invite", "list.csv")
	list[0] = append(list[0], "Team")
	list[1], list[2] = append(list[1], "No such team"), append(list[2], sandbox.PartnersGroup)
	list = append(list, []string{"new@fabrikam.example", "", "", "No such team"})
	writeCSV(t, p.path("list.csv"), list)
	out := p.run(t, 3, "invite", "list.csv", "--groups-from", "Team", "--json")
	if !strings.Contains(out, `"invited":2,"failed":0,"invalid":1`) || !strings.Contains(out, `"follow_ups":{"done":1,"failed":1}`) {
		t.Error(out)
	}
	rows := results(t, p.path("list.results.xlsx"), "Results")
	assert.Equal(t, "row", []string{rows[0]["Status"], rows[0]["Follow-up"]}, []string{"invited", `failed: Team: "No such team" is not a group of the tenant`})
	list[1][3], list[3][3] = "", ""
	writeCSV(t, p.path("list.csv"), list)
	out = p.run(t, 0, "invite", "list.csv", "--groups-from", "Team", "--json")
	if !strings.Contains(out, `"invited":3`) || !strings.Contains(out, `"follow_ups":{"done":1}`) {
		t.Error(out)
	}
}

// Kills at random moments, cut answers, a directory that lags, 429: in the end every step
// was done once, no one was emailed twice, and no one was deleted.
func TestEveryStepIsDoneOnce(t *testing.T) {
	need.Time(t, "kills the program several times")
	t.Parallel()
	kills := int(number(t, "GUESTLIST_CHAOS_KILLS", 4))
	seed := number(t, "GUESTLIST_CHAOS_SEED", rand.Uint64N(1_000_000))
	t.Logf("GUESTLIST_CHAOS_SEED=%d", seed)
	dice := rand.New(rand.NewPCG(seed, 0))
	var changes atomic.Int32
	isChange := func(r *http.Request) bool {
		return r.Method == http.MethodPatch || strings.HasSuffix(r.URL.Path, "/$batch") || strings.HasSuffix(r.URL.Path, "/$ref")
	}
	const guests = 90
	p := newStepsProgram(t, sandbox.Config{
		Replication: 700 * time.Millisecond, WriteQuota: 60, WriteWindow: 4 * time.Second, CountThrottled: true,
		Cut:     func(r *http.Request) bool { return isChange(r) && changes.Add(1)%5 == 0 },
		Latency: func() time.Duration { return 30 * time.Millisecond },
	})
	rows := companyList(guests)
	rows[0] = append(rows[0], "Manager")
	for i := range rows[1:] {
		rows[i+1] = append(rows[i+1], "maren.oud@contoso.example")
	}
	writeCSV(t, p.path("list.csv"), rows)
	invite := []string{
		"invite", "list.csv", "--group", sandbox.ProjectGroup, "--group", sandbox.PartnersGroup, "--set", "companyName=Company",
		"--manager-from", "Manager", "--lookup-for", "2s", "--settle", "10s",
	}
	for range kills {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond+time.Duration(dice.IntN(4000))*time.Millisecond)
		_ = p.command(ctx, invite...).Run() // it is killed, or has come to its end
		cancel()
	}
	code, out := 3, []byte(nil)
	for n := 0; n < 6 && code == 3; n++ { // a later run goes on with those who had no luck
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		cmd := p.command(ctx, invite...)
		out, _ = cmd.CombinedOutput() // the code says it
		code = cmd.ProcessState.ExitCode()
		cancel()
	}
	if code != 0 {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	p.mailedOnce(t, rows)
	lost := make(map[string]bool) // the answers of requests that a kill cut off: whose guest it is, nothing proves
	for _, row := range results(t, p.path("list.results.xlsx"), "Results") {
		if lost[row["Email"]] = strings.HasPrefix(row["Follow-up"], "done: the rest is left alone: the answer to the invitation was lost"); !lost[row["Email"]] {
			assert.Equal(t, "follow-up of "+row["Email"], row["Follow-up"], "done")
		}
	}
	for _, row := range rows[1:] {
		who, _ := p.tenant.Find(row[0])
		added := who.Changes.Added
		for group, n := range added {
			if n != 1 {
				t.Errorf("%s was added %d times to %s", row[0], n, group)
			}
		}
		hasProfile := who.Attributes["companyName"] == "Fabrikam" && who.Changes.Attributes == 1 && who.Manager != ""
		if len(added) != 2 || !hasProfile && !lost[row[0]] || who.Changes.Deleted > 0 || !who.Deleted.IsZero() {
			t.Errorf("%s: %+v", row[0], who)
		}
	}
	for _, r := range p.tenant.Requests() {
		if r.Method == http.MethodDelete {
			t.Errorf("%s %s", r.Method, r.Path)
		}
	}
}
