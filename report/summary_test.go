package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
	"guestlist/batch/results"
	"guestlist/internal/assert"
	"guestlist/report/xlsx"
)

// part returns the rows of the summary below a section's name, up to the next
// empty row.
func part(t *testing.T, f *excelize.File, name string) [][]string {
	t.Helper()
	rows := rowsOf(t, f, results.SheetSummary)
	at := slices.IndexFunc(rows, func(row []string) bool { return len(row) > 0 && row[0] == name })
	if at < 0 {
		return nil
	}
	rows = rows[at+1:]
	if end := slices.IndexFunc(rows, func(row []string) bool { return len(row) == 0 }); end >= 0 {
		rows = rows[:end]
	}
	return rows
}

func TestTheSummaryCountsTheRecords(t *testing.T) {
	f := written(t, Results{
		Columns: []string{"Email"},
		Records: sequence(
			invited(2, "a@x.example"), invited(3, "b@x.example"), invited(4, "c@y.example"),
			refused(5, "d@x.example", batch.Failed, "Forbidden"),
			refused(6, "e@y.example", batch.Failed, "Forbidden"),
			refused(7, "nobody", batch.Invalid, ""),
			refused(8, "a@x.example", batch.Duplicate, "Duplicate"),
			refused(9, "f@z.example", batch.Unconfirmed, "Timeout"),
			batch.Record{Line: 10, Outcome: batch.Outcome{Address: "g@z.example", Status: batch.Pending}},
			invited(0, "gone@gone.example"),
		),
	})

	var status [][]string
	for _, row := range part(t, f, "By status") {
		status = append(status, row[:2])
	}
	assert.Equal(t, "by status", status, [][]string{
		{"Status", "Rows"},
		{"invited", "3"},
		{"existing", "0"},
		{"failed", "2"},
		{"invalid", "1"},
		{"duplicate", "1"},
		{"unconfirmed", "1"},
		{"pending", "1"},
		{"removed", "0"},
		{"rows of the list", "9"},
		{"no longer in the list", "1"},
	})
	assert.Equal(t, "by domain", part(t, f, "By domain"), [][]string{
		{"Domain", "Rows", "invited", "existing", "failed", "invalid", "duplicate", "unconfirmed", "pending", "removed"},
		{"x.example", "4", "2", "0", "1", "0", "1", "0", "0", "0"},
		{"y.example", "2", "1", "0", "1", "0", "0", "0", "0", "0"},
		{"z.example", "2", "0", "0", "0", "0", "0", "1", "1", "0"},
		{"(none)", "1", "0", "0", "0", "1", "0", "0", "0", "0"},
	})
	assert.Equal(t, "by error", part(t, f, "By error"), [][]string{
		{"Error Code", "Rows", "Example", "", "", "Advice"},
		{"Forbidden", "2", "Forbidden said no", "", "", "see to Forbidden"},
		{"(none)", "1", " said no", "", "", "see to "},
		{"Timeout", "1", "Timeout said no", "", "", "see to Timeout"},
		{"Duplicate", "1", "Duplicate said no", "", "", "see to Duplicate"},
	})
}

func TestTheSummaryTellsTheRun(t *testing.T) {
	f := written(t, Results{Records: sequence(), Summary: batch.RunFacts{
		Tool: "guestlist 0.1.0", Operator: "kim@host", Tenant: "tenant-1", List: "lists/partners.xlsx", Sheet: "Guests",
		SHA256: "abc", Rate: "5/1s", Workers: 32, Started: noon, Ended: noon.Add(3725 * time.Second),
		Totals: batch.RunTotals{Sent: 1800, Requests: 1803, Throttled: 3, Waited: 3000 * time.Second, Held: 90 * time.Second, Stopped: "the tenant is blocked"},
	}})
	assert.Equal(t, "title", rowsOf(t, f, results.SheetSummary)[0][0], "Guest invitations: partners.xlsx")
	assert.Equal(t, "the run", part(t, f, "The run"), [][]string{
		{"Started (UTC)", "2026-09-14 12:00:00"},
		{"Ended (UTC)", "2026-09-14 13:02:05"},
		{"Duration", "1 hour 2 minutes"},
		{"Stopped early", "the tenant is blocked"},
		{"Run by", "kim@host"},
		{"Tool", "guestlist 0.1.0"},
		{"Tenant", "tenant-1"},
		{"List", "lists/partners.xlsx"},
		{"Sheet", "Guests"},
		{"SHA-256 of the list", "abc"},
		{"Rate limit", "5/1s"},
		{"Rate achieved", "0.48 rows a second"},
		{"Waiting for the rate limit", "50 minutes (81 %)"},
		{"Throttled by Microsoft", "1 minute 30 seconds (2 %)"},
		{"Working", "10 minutes 35 seconds (17 %)"},
		{"Rows answered in this run", "1,800"},
		{"HTTP requests", "1,803"},
		{"of them throttled (429)", "3"},
		{"Requests in flight at most", "32"},
	})
}

func TestManyDomainsEndInOneLine(t *testing.T) {
	counted := batch.NewTally()
	for i := range maxDomains + 5 {
		counted.Add(invited(i+2, fmt.Sprintf("a@%04d.example", i)))
	}
	counted.Add(invited(9999, fmt.Sprintf("b@%04d.example", maxDomains+2)))
	domains := largest(counted.Domains())
	assert.Equal(t, "lines", len(domains), maxDomains+1)
	assert.Equal(t, "first", domains[0].Name, "1002.example")
	last := domains[maxDomains]
	assert.Equal(t, "last", fmt.Sprint(last.Name, last.Counts.Rows()), "(other)5")
}

func TestALongDomainHasRoom(t *testing.T) {
	name := strings.Repeat("long-", 12) + ".example"
	f := written(t, Results{Columns: []string{"Email"}, Records: sequence(invited(2, "a@"+name, "a"))})
	rows := rowsOf(t, f, results.SheetSummary)
	at := slices.IndexFunc(rows, func(row []string) bool { return len(row) > 0 && row[0] == name })
	if height, err := f.GetRowHeight(results.SheetSummary, at+1); err != nil || height != 2*xlsx.LineHeight {
		t.Errorf("row %d is %v points high, %v", at+1, height, err)
	}
}

func TestTheSummaryListsTheSettings(t *testing.T) {
	s := batch.RunFacts{Settings: map[string]string{"send-message": "true", "message": "=Hello"}}
	f := written(t, Results{Records: sequence(), Summary: s})
	assert.Equal(t, "settings", part(t, f, "Settings that differ from the defaults"), [][]string{
		{"--message", "=Hello"}, {"--send-message", "true"},
	})
}

func TestTheSummaryBeginsWithTheProgress(t *testing.T) {
	tests := map[string]struct {
		counts batch.Counts
		want   []string
	}{
		"empty":    {batch.Counts{}, []string{"The list has no rows."}},
		"all well": {batch.Counts{batch.Invited: 3}, []string{"Everyone on the list is invited."}},
		"mixed": {
			batch.Counts{batch.Invited: 1200, batch.Invalid: 1, batch.Pending: 2, batch.Duplicate: 1},
			[]string{"1,200 of 1,204 rows are invited.", "1 row needs your attention: the sheet Failed says why, and what to do.", "2 rows not tried yet: a run without --rows, --where and --limit sends them."},
		},
	}
	for name, test := range tests {
		assert.Equal(t, name, progress(test.counts), test.want)
	}
}
