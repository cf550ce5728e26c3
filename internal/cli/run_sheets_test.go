package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
	"guestlist/graph/sandbox"
	"guestlist/internal/assert"
	"guestlist/internal/need"
)

// change puts a text into the cell of a person's row, as people do by hand.
func change(t *testing.T, path, sheet, address, heading, text string) {
	t.Helper()
	edit(t, path, sheet, func(rows [][]string) [][]string {
		rows = square(rows)
		at, email := slices.Index(rows[0], heading), slices.Index(rows[0], "Email")
		for _, row := range rows[1:] {
			if row[email] == address {
				row[at] = text
				return rows
			}
		}
		t.Fatalf("%s is not on the sheet %s", address, sheet)
		return nil
	})
}

// remove takes a person's row away from a sheet.
func remove(t *testing.T, path, sheet, address string) {
	t.Helper()
	edit(t, path, sheet, func(rows [][]string) [][]string {
		return slices.DeleteFunc(square(rows), func(row []string) bool { return slices.Contains(row, address) })
	})
}

// continueOn moves the rows of a sheet from one on to the next sheet of its series, as
// they stand where a sheet is full.
func continueOn(t *testing.T, path, sheet string, from int) {
	t.Helper()
	var moved [][]string
	edit(t, path, sheet, func(rows [][]string) [][]string {
		moved = append([][]string{rows[0]}, rows[from:]...)
		return rows[:from]
	})
	book, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = book.Close() }()
	next := sheet + " 2"
	if _, err := book.NewSheet(next); err != nil {
		t.Fatal(err)
	}
	for i, row := range moved {
		for j, text := range row {
			put(t, book, next, j, i, text)
		}
	}
	if err := book.Save(); err != nil {
		t.Fatal(err)
	}
}

// A batch that goes on on further sheets is read whole: no row leaves it, and what was
// corrected on any of them is sent.
func TestFurtherSheetsOfResultsAreRead(t *testing.T) {
	t.Parallel()
	need.NoRace(t, oneAfterAnother)
	p := newProgram(t, sandbox.Config{})
	writeCSV(t, p.path("list.csv"), people)
	p.run(t, 3, "invite", "list.csv")
	workbook := p.path("list.results.xlsx")
	before := links(t, workbook)
	continueOn(t, workbook, "Results", 2)
	continueOn(t, workbook, "Failed", 2)
	change(t, workbook, "Failed 2", "typo@adatum", "Email", "typo@adatum.example")
	change(t, workbook, "Results 2", "group.c@adatum.example", "Email", "c@adatum.example")
	out := p.run(t, 0, "check", "list.results.xlsx", "--json")
	if !strings.Contains(out, `"rows": 5,`) || !strings.Contains(out, `"send": 2,`) {
		t.Error(out)
	}
	p.run(t, 0, "retry", "list.results.xlsx")
	assert.Equal(t, "statuses", statuses(t, workbook), slices.Repeat([]batch.Status{batch.Invited}, 5))
	for _, address := range []string{"typo@adatum.example", "c@adatum.example"} {
		before[address] = p.tenant.RedeemURL(address)
		assert.Equal(t, address, p.tenant.Mails(address), 1)
	}
	assert.Equal(t, "links", links(t, workbook), before)
}

// A row whose address was corrected has another guest: the one who was invited before is
// no longer in the list, and stays so, whatever is run; their link is not handed out.
func TestWhoWasCorrectedAwayHasLeftTheList(t *testing.T) {
	t.Parallel()
	need.NoRace(t, oneAfterAnother)
	for _, journal := range []string{"with", "without"} {
		t.Run(journal+" journal", func(t *testing.T) {
			t.Parallel()
			p := newProgram(t, sandbox.Config{})
			writeCSV(t, p.path("list.csv"), people[:3])
			p.run(t, 0, "invite", "list.csv")
			workbook := p.path("list.results.xlsx")
			change(t, workbook, "Results", "a@fabrikam.example", "Email", "right@fabrikam.example")
			for range 3 {
				out := p.run(t, 0, "retry", "list.results.xlsx")
				if !strings.Contains(out, "2  rows, and 1 guest who was invited and is no longer in the list or the results\n") || !strings.Contains(out, "          no longer there: a@fabrikam.example\n") {
					t.Error(out)
				}
				if journal == "without" {
					if err := os.Remove(p.path("list.results.journal.db")); err != nil {
						t.Fatal(err)
					}
				}
			}
			rows := results(t, workbook, "Results")
			if last := rows[len(rows)-1]; last["Email"] != "a@fabrikam.example" || last["Source Row"] != "" {
				t.Errorf("%v", last)
			}
			assert.Equal(t, "invitations", p.posts(), 3)
			p.run(t, 0, "handoff", "list.results.xlsx", "--by", "Company")
			holdsNo(t, p.path("list.results.handoff"), p.tenant.RedeemURL("a@fabrikam.example"))
		})
	}
}

// --split takes a cell apart on the sheet Results, and not once more on the sheet Failed.
func TestSplitOfResultsMakesNoFurtherRows(t *testing.T) {
	t.Parallel()
	need.NoRace(t, oneAfterAnother)
	for name, args := range map[string][]string{"both": nil, "Failed": {"--sheet", "Failed"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProgram(t, sandbox.Config{})
			writeCSV(t, p.path("list.csv"), [][]string{{"Email"}, {"a@fabrikam.example"}, {"b@fabrikam.example; c@fabrikam.example"}})
			p.run(t, 3, "invite", "list.csv")
			p.run(t, 0, append([]string{"retry", "list.results.xlsx", "--split"}, args...)...)
			out := p.run(t, 0, "retry", "list.results.xlsx", "--split")
			if !strings.Contains(out, "3  rows\n") || p.posts() != 3 {
				t.Errorf("%d invitations\n%s", p.posts(), out)
			}
		})
	}
}

// What was corrected on either sheet is taken, whatever was done to the other; only two
// corrections that contradict each other are refused.
func TestFixesOnEitherSheetAreTaken(t *testing.T) {
	need.NoRace(t, manyStarts)
	t.Parallel()
	const typo, fixed, other = "typo@adatum", "typo@adatum.example", "typo@adatum.org.example"
	for name, test := range map[string]struct {
		do func(t *testing.T, workbook string)
		// invited is who is invited then, "" for nobody; refused is what is said then, and
		// missing which row was deleted on the sheet Failed alone.
		invited string
		refused string
		missing string
	}{
		"on Failed": {do: func(t *testing.T, w string) {
			t.Helper()
			change(t, w, "Failed", typo, "Email", fixed)
		}, invited: fixed},
		"on Results": {do: func(t *testing.T, w string) {
			t.Helper()
			change(t, w, "Results", typo, "Email", fixed)
		}, invited: fixed},
		"on both alike": {do: func(t *testing.T, w string) {
			t.Helper()
			change(t, w, "Results", typo, "Email", fixed)
			change(t, w, "Failed", typo, "Email", fixed+" ")
		}, invited: fixed},
		"on both differently": {do: func(t *testing.T, w string) {
			t.Helper()
			change(t, w, "Results", typo, "Email", fixed)
			change(t, w, "Failed", typo, "Email", other)
		}, refused: `row 5 of the sheet Results and row 3 of the sheet Failed are the same row and were both changed: the column "Email" has "` + fixed + `" on the one and "` + other + `" on the other`},
		"in different columns": {do: func(t *testing.T, w string) {
			t.Helper()
			change(t, w, "Failed", typo, "Email", fixed)
			change(t, w, "Results", typo, "Company", "Adatum & Sons")
		}, invited: fixed},
		"back and forth": {do: func(t *testing.T, w string) {
			t.Helper()
			change(t, w, "Failed", typo, "Email", fixed)
			change(t, w, "Failed", fixed, "Email", typo)
		}},
		"sorted, with a new column": {do: func(t *testing.T, w string) {
			t.Helper()
			change(t, w, "Failed", typo, "Email", fixed)
			edit(t, w, "Results", func(rows [][]string) [][]string {
				rows = square(rows)
				slices.Reverse(rows[1:])
				for i := range rows {
					rows[i] = append([]string{[]string{"Region", "EMEA"}[min(i, 1)]}, rows[i]...)
				}
				return rows
			})
		}, invited: fixed},
		"removed from Failed": {do: func(t *testing.T, w string) {
			t.Helper()
			remove(t, w, "Failed", typo)
			change(t, w, "Results", typo, "Email", fixed)
		}, invited: fixed, missing: "row 5"},
		"removed from Failed alone": {do: func(t *testing.T, w string) {
			t.Helper()
			remove(t, w, "Failed", typo)
		}, missing: "row 5"},
		"removed from Results": {do: func(t *testing.T, w string) {
			t.Helper()
			remove(t, w, "Results", typo)
		}},
		"changed and removed": {do: func(t *testing.T, w string) {
			t.Helper()
			change(t, w, "Failed", typo, "Email", fixed)
			remove(t, w, "Results", typo)
		}, refused: "row 3 of the sheet Failed was changed, and it was taken away from the sheet Results"},
		"a row added on Failed": {do: func(t *testing.T, w string) {
			t.Helper()
			edit(t, w, "Failed", func(rows [][]string) [][]string {
				added := make([]string, len(rows[0]))
				for heading, text := range map[string]string{"Company": "Adatum", "Email": fixed, "Send message": "yes"} {
					added[slices.Index(rows[0], heading)] = text
				}
				return append(square(rows), added)
			})
		}, invited: fixed},
	} {
		for _, journal := range []string{"with", "without"} {
			t.Run(name+" "+journal, func(t *testing.T) {
				t.Parallel()
				if journal == "without" {
					need.Time(t, "starts the program a hundred times")
				}
				p := newProgram(t, sandbox.Config{})
				writeCSV(t, p.path("list.csv"), people)
				p.run(t, 3, "invite", "list.csv")
				workbook := p.path("list.results.xlsx")
				before, posts := links(t, workbook), p.posts()
				test.do(t, workbook)
				if journal == "without" {
					if err := os.Remove(p.path("list.results.journal.db")); err != nil {
						t.Fatal(err)
					}
				}
				want := 0
				if test.invited != "" {
					want = 1
				}
				if test.refused == "" {
					announces(t, p, want, "list.results.xlsx")
				}
				code := 3
				if test.refused != "" {
					code = 2
				}
				said := p.said(t, code, "retry", "list.results.xlsx")
				if !strings.Contains(said, test.refused) {
					t.Error(said)
				}
				told := "Deleted on the sheet Failed, but still in the batch: " + test.missing + " of the sheet Results. To take a row out, delete it there."
				assert.Equal(t, "tells of the row", strings.Contains(said, told), test.missing != "")
				assert.Equal(t, "invitations", p.posts()-posts, want)
				if test.invited != "" {
					before[test.invited] = p.tenant.RedeemURL(test.invited)
					assert.Equal(t, "emails", p.tenant.Mails(test.invited), 1)
				}
				assert.Equal(t, "links", links(t, workbook), before)
				if test.refused == "" { // once more, and nothing is left to do
					p.run(t, 3, "retry", "list.results.xlsx")
					assert.Equal(t, "invitations once more", p.posts()-posts, want)
				}
			})
		}
	}
}

// A correction is not lost when the run did not get as far as the workbook: the journal
// has the new list then, and the workbook still has the old one.
func TestAFixIsTakenAgainAfterARunThatWasCalledOff(t *testing.T) {
	t.Parallel()
	need.NoRace(t, oneAfterAnother)
	p := newProgram(t, sandbox.Config{})
	writeCSV(t, p.path("list.csv"), people)
	p.run(t, 3, "invite", "list.csv")
	workbook := p.path("list.results.xlsx")
	change(t, workbook, "Failed", "typo@adatum", "Email", "typo@adatum.example")
	if screen, code := onTerminal(t, p, "n", "retry", "list.results.xlsx"); code != 6 {
		t.Fatalf("exit code %d\n%s", code, screen)
	}
	change(t, workbook, "Failed", "group.c@adatum.example", "Email", "c@adatum.example")
	p.run(t, 0, "retry", "list.results.xlsx")
	assert.Equal(t, "statuses", statuses(t, workbook), slices.Repeat([]batch.Status{batch.Invited}, 5))
	for _, address := range []string{"typo@adatum.example", "c@adatum.example"} {
		assert.Equal(t, address, p.tenant.Mails(address), 1)
	}
	const lacking = "list.csv does not have what was corrected in list.results.xlsx and sent from there"
	if said := p.complains(t, 0, "retry", "list.results.xlsx"); strings.Contains(said, lacking) {
		t.Error(said)
	}
	// Going by the list would leave out those two, as if they had left it: nothing changes.
	before, requests := statuses(t, workbook), p.posts()
	if said := p.complains(t, 2, "invite", "list.csv", "--dry-run"); !strings.Contains(said, lacking) {
		t.Errorf("a dry run: %s", said)
	}
	said := p.complains(t, 2, "invite", "list.csv")
	if !strings.Contains(said, lacking) || !strings.Contains(said, `row 4 has "group.c@adatum.example", which was sent as c@adatum.example; row 5 has "typo@adatum", which was sent as typo@adatum.example`) || !strings.Contains(said, "guestlist retry list.results.xlsx") {
		t.Error(said)
	}
	p.run(t, 0, "retry", "list.results.xlsx")
	assert.Equal(t, "statuses", statuses(t, workbook), before)
	assert.Equal(t, "invitations", p.posts(), requests)

	// Corrected in the list, too, the same command goes on; and it tells those who left it.
	writeCSV(t, p.path("list.csv"), append(people[:3:3],
		[]string{"Adatum", "c@adatum.example", "yes"}, []string{"Adatum", "typo@adatum.example", "yes"}))
	if out := p.run(t, 0, "invite", "list.csv"); !strings.Contains(out, "no longer in the list") {
		t.Error(out)
	}
	assert.Equal(t, "invitations", p.posts(), requests)
}

// The results are written before a run waits for the directory, and again after it: what
// was changed by hand before is kept all the same.
func TestAChangedWorkbookIsKeptAlsoWhereItIsWrittenTwice(t *testing.T) {
	t.Parallel()
	p := newProgram(t, sandbox.Config{Replication: 200 * time.Millisecond})
	list := [][]string{{"Email", "Send message"}, {"a@fabrikam.example", "yes"}}
	writeCSV(t, p.path("list.csv"), list)
	p.run(t, 0, "invite", "list.csv")
	workbook := p.path("list.results.xlsx")
	change(t, workbook, "Results", "a@fabrikam.example", "Advice", "called them")
	changed, err := os.ReadFile(workbook)
	if err != nil {
		t.Fatal(err)
	}
	writeCSV(t, p.path("list.csv"), append(list, []string{"lost.b@fabrikam.example", "yes"}))
	p.run(t, 0, "invite", "list.csv", "--lookup-for", "1s")
	kept, err := filepath.Glob(p.path("list.results.edited-*.xlsx"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("%v %v", kept, err)
	}
	content, err := os.ReadFile(kept[0])
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(content, changed) {
		t.Error("it is not what was changed by hand")
	}
	assert.Equal(t, "statuses", statuses(t, workbook), []batch.Status{batch.Invited, batch.Invited})
}
