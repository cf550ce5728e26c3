package page

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
	"guestlist/batch/results"
	"guestlist/report"
)

// failure is a failed row.
func failure(line int, address, code, advice string) batch.Record {
	return batch.Record{Line: line, Outcome: batch.Outcome{
		Address: address, Status: batch.Failed, ErrorCode: code, Error: "what happened", Advice: advice,
	}}
}

func TestFiguresCountTheRowsOfTheList(t *testing.T) {
	d := open(t, report.Results{
		Columns: []string{"Email"},
		Records: records(
			failure(2, "a@big.example", "Code", "advice"),
			batch.Record{Line: 3, Outcome: batch.Outcome{Address: "b@big.example", Status: batch.Invited}},
			batch.Record{Line: 4, Outcome: batch.Outcome{Address: "no address", Status: batch.Invalid}},
			batch.Record{Line: 0, Outcome: batch.Outcome{Address: "c@gone.example", Status: batch.Invited}},
		),
	})
	for id, want := range map[string]string{
		"statuses-title": "Status of the 3 rows What went wrong, and what to do 1 invited has an invitation 0 existing was in the tenant before, and needs no invitation 1 failed was refused, or all attempts failed: see the error and its advice 1 invalid cannot be sent as it is in the list: see the error 0 duplicate has an address that is already in an earlier row, or is the same guest as another row 0 unconfirmed was sent, but no answer came: see the advice 0 pending has not been tried yet: a later run sends it 1 no longer in the list kept, because links are never dropped",
		"domains-title":  "By domain DomainRowsInvited big.example21 (none)10",
		"groups-title":   "What went wrong, and what to do 1 Code what happened advice Show this row: Code",
	} {
		if got := d.section(id); got != want {
			t.Errorf("%s:\n%s, want\n%s", id, got, want)
		}
	}
}

// What a row that has left the list met is shown beside that row; the figures
// leave it out, so that "0 failed" does not stand above "1 CannotBeInvited".
func TestErrorsOfRowsThatLeftTheListDoNotCount(t *testing.T) {
	gone := failure(0, "c@x.example", "CannotBeInvited", "advice")
	d := open(t, report.Results{Columns: []string{"Email"}, Records: records(gone)})
	if got := d.section("groups-title"); got != "" {
		t.Errorf("errors are %s, want none", got)
	}
	parsed := d.data(t)
	if codes := parsed.Lists.Groups; len(codes) != 1 || parsed.Rows[0].Group != 0 || codes[0] != "CannotBeInvited" {
		t.Errorf("the row is in group %d of %v", parsed.Rows[0].Group, codes)
	}
	both := open(t, report.Results{Columns: []string{"Email"}, Records: records(gone, failure(2, "a@x.example", "CannotBeInvited", "advice"))})
	if got, want := both.section("groups-title"), "What went wrong, and what to do 1 CannotBeInvited what happened advice Show this row: CannotBeInvited"; got != want {
		t.Errorf("errors are\n%s, want\n%s", got, want)
	}
}

func TestSmallDomainsShareOneLine(t *testing.T) {
	var all []batch.Record
	for i := range shownDomains + 3 {
		for range shownDomains + 3 - i {
			all = append(all, failure(2, fmt.Sprintf("a@d%02d.example", i), "Code", ""))
		}
	}
	got := open(t, report.Results{Columns: []string{"Email"}, Records: records(all...)}).section("domains-title")
	if !strings.HasPrefix(got, "By domain DomainRowsInvited d00.example130") || !strings.HasSuffix(got, "d09.example40 3 other domains6") {
		t.Errorf("domains are %s", got)
	}
}

func TestEveryStatusHasItsMeaning(t *testing.T) {
	gone := sampleRecord(0)
	gone.Outcome.Status = batch.Removed // shown where there are such rows alone
	r := sample(1)
	r.Records = records(gone)
	page := pageOf(t, r)
	for _, status := range batch.Statuses() {
		if !strings.Contains(page, html.EscapeString(status.Meaning())) {
			t.Errorf("%s has no meaning", status)
		}
		if !strings.Contains(styleCSS, "."+string(status)+" {") {
			t.Errorf("%s has no colour", status)
		}
	}
}

// The page and the workbook of the same results have the same numbers.
func TestPageAndWorkbookCountAlike(t *testing.T) {
	r := sample(250)
	path := filepath.Join(t.TempDir(), "r.xlsx")
	if err := report.Write(t.Context(), path, r); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = book.Close() }()
	lines, err := book.GetRows(results.SheetSummary)
	if err != nil {
		t.Fatal(err)
	}
	workbook := make(map[string]int)
	for _, line := range lines {
		if len(line) > 1 {
			if n, err := strconv.Atoi(strings.ReplaceAll(line[1], ",", "")); err == nil {
				workbook[line[0]] += n
			}
		}
	}
	rows := newRows(bufio.NewWriter(io.Discard), r)
	if err := rows.writeAll(t.Context(), r.Records); err != nil {
		t.Fatal(err)
	}
	b, page := newBody(rows, r.Summary), make(map[string]int)
	page["rows of the list"] = b.Rows
	for _, s := range b.Statuses {
		page[string(s.Status)] += s.Rows
	}
	for _, g := range b.Guests {
		page[string(g.State)] += g.Rows
	}
	for _, g := range slices.Concat(b.Groups, b.MoreGroups) {
		page[g.Code] += g.Rows
	}
	for _, d := range b.Domains {
		page[d.Name] += d.Rows
	}
	for name, n := range page {
		if workbook[name] != n {
			t.Errorf("%s: %d on the page, %d in the workbook", name, n, workbook[name])
		}
	}
	if len(page) < 15 {
		t.Errorf("only %d numbers: %v", len(page), page)
	}
}
