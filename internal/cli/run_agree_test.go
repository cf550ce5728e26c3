package cli_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"guestlist/batch"
	"guestlist/graph/sandbox"
	"guestlist/internal/need"
)

// crowd is a list of 300 rows with what lists really hold.
func crowd() [][]string {
	rows := [][]string{{"Company", "Email", "Name", "Send message", "Note"}}
	special := map[int]string{
		7: "group.%d@x.example", 40: "member.%d@x.example", 77: "throttled.%d@x.example", 90: "nobody %d",
		120: "lost.%d@x.example", 150: "half.%d@x.example", 180: "a%d@blocked.example", 200: "b%d@contoso.example",
		220: "busy.%d@x.example", 252: "unavailable.%d@x.example", 260: "silent500.%d@x.example",
	}
	for i := range 300 {
		address := fmt.Sprintf("Guest%d@company%d.example", i, i%7)
		if pattern, ok := special[i]; ok {
			address = fmt.Sprintf(pattern, i)
		}
		if i%50 == 49 {
			address = strings.ToUpper(rows[i][1]) // the row before, in other letters
		}
		rows = append(rows, []string{
			`Smith, "Sons" & Co`, address, fmt.Sprintf("Name %d\nsecond line", i),
			[]string{"", "true", "no"}[i%3], []string{"=SUM(A1:A9)", "+49 30", "@x", "'quoted", "0012"}[i%5],
		})
	}
	return rows
}

func TestWorkbookAgreesWithWhatTheServerSaw(t *testing.T) {
	t.Parallel()
	need.Time(t, "the rows that the tenant throttles and leaves unanswered wait nine seconds")
	for name, write := range map[string]func(*testing.T, string, [][]string){"list.csv": writeCSV, "list.xlsx": writeXLSX} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProgram(t, sandbox.Config{Replication: 50 * time.Millisecond})
			list := crowd()
			write(t, p.path(name), list)
			p.run(t, 3, "invite", name, "--workers", "16")
			got := results(t, p.path("list.results.xlsx"), "Results")
			if len(got) != 300 {
				t.Fatalf("%d rows", len(got))
			}
			counts := make(map[string]int)
			for i, row := range got {
				agrees(t, p.tenant, list[0], list[i+1], row)
				counts[row["Status"]]++
			}
			if diff := cmp.Diff(map[string]int{"invited": 289, "existing": 1, "failed": 2, "invalid": 2, "duplicate": 6}, counts); diff != "" {
				t.Error(diff)
			}
			sent := p.posts()
			out := p.run(t, 3, "invite", name)
			if p.posts() != sent || !strings.Contains(out, "no invitations were sent") {
				t.Errorf("the same command sent again:\n%s", out)
			}
		})
	}
}

// agrees compares one row of the workbook with the list and the tenant.
func agrees(t *testing.T, tenant *sandbox.Tenant, headings, cells []string, row map[string]string) {
	t.Helper()
	for i, heading := range headings {
		if row[heading] != cells[i] {
			t.Errorf("%s: %q became %q", heading, cells[i], row[heading])
		}
	}
	address := strings.ToLower(row["Email"])
	switch row["Status"] {
	case string(batch.Invited):
		live := tenant.RedeemURL(address)
		if link := row["Redeem URL"]; link != live && (link != "" || row["Advice"] == "") {
			t.Errorf("%s: link %q, the tenant's is %q", address, link, live)
		}
		want := 0
		if row["Send message"] == "true" {
			want = 1
		}
		if mails := tenant.Mails(address); mails != want {
			t.Errorf("%s: mailed %d times, want %d", address, mails, want)
		}
	case string(batch.Duplicate):
		if row["Redeem URL"] != "" {
			t.Errorf("%s: a duplicate has a link", address)
		}
	case string(batch.Existing):
		if tenant.RedeemURL(address) != "" || row["Error"] != "" || row["Advice"] == "" || row["User ID"] == "" {
			t.Errorf("%s: %v", address, row)
		}
	default:
		if tenant.RedeemURL(address) != "" || row["Error"] == "" || row["Advice"] == "" {
			t.Errorf("%s: %v", address, row)
		}
	}
}

// What check announces is what invite sends, whatever kind of list it is and
// whatever was sent before.
func TestCheckAndInviteAgree(t *testing.T) {
	need.NoRace(t, manyStarts)
	t.Parallel()
	guarded := [][]string{
		{"Email", "Name"},
		{"+anna@fabrikam.example", "=A"},
		{"-bo@fabrikam.example", "B"},
		{"carl@fabrikam.example", "C"},
		{"typo@adatum", "D"},
		{"group.e@adatum.example", "E"},
		{"Carl@fabrikam.example", "C again"},
	}
	corrected := slices.Concat(guarded[:4], [][]string{{"typo@adatum.example", "D"}, {"group.e@adatum.example", "E"}, {"new@adatum.example", "F"}})
	correct := func(rows [][]string) [][]string {
		for _, row := range rows {
			for i := range row {
				row[i] = strings.ReplaceAll(row[i], "typo@adatum", "typo@adatum.example")
			}
		}
		return rows
	}
	for name, test := range map[string]struct {
		list, out string
		// change is what people do after the first run; then says which file is the
		// list from there on.
		change func(t *testing.T, p *program)
		then   []string
		sends  int
	}{
		"a CSV file again":     {"list.csv", "", nil, []string{"list.csv"}, 0},
		"a workbook again":     {"list.xlsx", "", nil, []string{"list.xlsx"}, 0},
		"a list with changes":  {"list.csv", "", func(t *testing.T, p *program) { t.Helper(); writeCSV(t, p.path("list.csv"), corrected) }, []string{"list.csv"}, 2},
		"results as CSV":       {"list.csv", "r.csv", nil, []string{"r.csv"}, 0},
		"results as CSV alone": {"list.csv", "r.csv", forgetJournal, []string{"r.csv"}, 0},
		"a results workbook":   {"list.csv", "r.xlsx", nil, []string{"r.xlsx"}, 0},
		"the workbook alone":   {"list.csv", "r.xlsx", forgetJournal, []string{"r.xlsx"}, 0},
		"its sheet Results, corrected": {"list.csv", "r.xlsx", func(t *testing.T, p *program) {
			t.Helper()
			edit(t, p.path("r.xlsx"), "Results", correct)
		}, []string{"r.xlsx"}, 1},
		"its sheet Failed, corrected": {"list.csv", "r.xlsx", func(t *testing.T, p *program) {
			t.Helper()
			edit(t, p.path("r.xlsx"), "Failed", correct)
		}, []string{"r.xlsx", "--sheet", "Failed"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProgram(t, sandbox.Config{})
			write := map[string]func(*testing.T, string, [][]string){".csv": writeCSV, ".xlsx": writeXLSX}[filepath.Ext(test.list)]
			write(t, p.path(test.list), guarded)
			announces(t, p, 4, test.list)
			first := []string{"invite", test.list}
			if test.out != "" {
				first = append(first, "--out", test.out)
			}
			p.run(t, 3, first...)
			if sent := p.posts(); sent != 4 {
				t.Fatalf("%d requests", sent)
			}
			if test.change != nil {
				test.change(t, p)
			}
			announces(t, p, test.sends, test.then...)
			p.run(t, 3, append([]string{"invite"}, test.then...)...)
			if sent := p.posts() - 4; sent != test.sends {
				t.Errorf("invite sent %d, check announced %d", sent, test.sends)
			}
		})
	}
}

// announces wants check to announce this many invitations.
func announces(t *testing.T, p *program, want int, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, _ := p.command(ctx, append([]string{"check"}, args...)...).Output() // invalid rows have a code of their own
	if !regexp.MustCompile(fmt.Sprintf(`(?m)^ +%d  to send`, want)).Match(out) {
		t.Errorf("check %v does not announce %d:\n%s", args, want, out)
	}
}

// forgetJournal leaves the results without their journal.
func forgetJournal(t *testing.T, p *program) {
	t.Helper()
	if err := os.Remove(p.path("r.journal.db")); err != nil {
		t.Fatal(err)
	}
}
