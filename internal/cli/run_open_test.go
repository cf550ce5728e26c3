package cli_test

import (
	"encoding/json"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"guestlist/graph/sandbox"
	"guestlist/internal/assert"
	"guestlist/internal/need"
)

// opened is a batch whose results Excel opens during a run, as its file beside them shows.
type opened struct {
	*program

	opens                atomic.Bool
	first, second, owner string
}

// openInRun invites people, and again after one was corrected, with the results open at
// the end.
func openInRun(t *testing.T, args ...string) (o *opened, out string) {
	t.Helper()
	o = &opened{}
	o.program = newProgram(t, sandbox.Config{Latency: func() time.Duration {
		if o.opens.Load() {
			_ = os.WriteFile(o.owner, nil, 0o600)
		}
		return 0
	}})
	o.first, o.second, o.owner = o.path("list.results.xlsx"), o.path("list.results.while-open.xlsx"), o.path("~$list.results.xlsx")
	writeCSV(t, o.path("list.csv"), people)
	o.run(t, 3, "invite", "list.csv")
	change(t, o.first, "Failed", "typo@adatum", "Email", "typo@adatum.example")
	o.opens.Store(true)
	out = o.run(t, 3, append([]string{"retry", "list.results.xlsx"}, args...)...)
	o.opens.Store(false)
	return o, out
}

// close is what Excel does in the end.
func (o *opened) close(t *testing.T) {
	t.Helper()
	if err := os.Remove(o.owner); err != nil {
		t.Fatal(err)
	}
}

func (o *opened) status(t *testing.T, path, address string) string {
	t.Helper()
	for _, row := range results(t, path, "Results") {
		if row["Email"] == address {
			return row["Status"]
		}
	}
	return ""
}

func TestResultsThatAreOpenGoToASecondName(t *testing.T) {
	t.Parallel()
	need.NoRace(t, oneAfterAnother)
	o, out := openInRun(t)
	for _, want := range []string{"results: list.results.while-open.xlsx\n", "4  invited", "guestlist retry list.results.xlsx"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
	assert.Equal(t, "before", o.status(t, o.first, "typo@adatum"), "invalid")
	assert.Equal(t, "now", o.status(t, o.second, "typo@adatum.example"), "invited")

	// As long as they are open, nothing is sent.
	posts := o.posts()
	o.run(t, 1, "retry", "list.results.xlsx")
	assert.Equal(t, "requests", o.posts(), posts)

	// What was changed under either name is taken.
	o.close(t)
	change(t, o.first, "Results", "group.c@adatum.example", "Email", "c@adatum.example")
	change(t, o.second, "Results", "a@fabrikam.example", "Company", "Fabrikam B")
	o.run(t, 0, "retry", "list.results.while-open.xlsx")
	assert.Equal(t, "changed in the first", o.status(t, o.first, "c@adatum.example"), "invited")
	companies := make(map[string]string)
	for _, row := range results(t, o.first, "Results") {
		companies[row["Email"]] = row["Company"]
		if mails := o.tenant.Mails(row["Email"]); mails > 1 {
			t.Errorf("%s was mailed %d times", row["Email"], mails)
		}
	}
	assert.Equal(t, "rows", len(companies), len(people)-1)
	assert.Equal(t, "changed in the second", companies["a@fabrikam.example"], "Fabrikam B")
	if _, err := os.Stat(o.second); err == nil {
		t.Error("the second name stays")
	}
}

func TestARowThatWasChangedUnderBothNamesIsRefused(t *testing.T) {
	t.Parallel()
	need.NoRace(t, oneAfterAnother)
	o, _ := openInRun(t)
	o.close(t)
	change(t, o.first, "Results", "group.c@adatum.example", "Email", "c@adatum.example")
	change(t, o.second, "Results", "group.c@adatum.example", "Email", "other@adatum.example")
	posts := o.posts()
	o.run(t, 2, "retry", "list.results.xlsx")
	assert.Equal(t, "requests", o.posts(), posts)
	change(t, o.second, "Results", "other@adatum.example", "Email", "c@adatum.example")
	o.run(t, 0, "retry", "list.results.xlsx")
	assert.Equal(t, "status", o.status(t, o.first, "c@adatum.example"), "invited")
}

// A file that was only closed loses nothing, and a list goes on as before.
func TestASecondNameGoesWithTheNextRun(t *testing.T) {
	t.Parallel()
	need.NoRace(t, oneAfterAnother)
	o, out := openInRun(t, "--json")
	var summary struct {
		Results string `json:"results"`
		Invited int    `json:"invited"`
	}
	if err := json.Unmarshal([]byte(out), &summary); err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "results", summary.Results, "list.results.while-open.xlsx")
	assert.Equal(t, "invited", summary.Invited, 4)
	page := o.path("page.jsonl")
	o.run(t, 0, "report", "list.results.xlsx", "-o", page)
	if lines, err := os.ReadFile(page); err != nil || !strings.Contains(string(lines), "typo@adatum.example") {
		t.Errorf("the results are not the latest: %v, %s", err, lines)
	}
	o.close(t)
	o.run(t, 3, "retry", "list.results.xlsx")
	assert.Equal(t, "status", o.status(t, o.first, "typo@adatum.example"), "invited")
	if _, err := os.Stat(o.second); err == nil {
		t.Error("the second name stays")
	}
}
