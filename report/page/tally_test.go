package page

import (
	"fmt"
	"strings"
	"testing"

	"guestlist/batch"
	"guestlist/report"
)

// failure is a failed row.
func failure(line int, address, code, advice string) batch.Record {
	return batch.Record{Line: line, Outcome: batch.Outcome{
		Address: address, Status: batch.Failed, ErrorCode: code, Error: "what happened", Advice: advice,
	}}
}

func TestErrorsAreGroupedWithTheirAdvice(t *testing.T) {
	tally := newTally(batch.RunFacts{})
	var groups []int
	for _, rec := range []batch.Record{
		failure(2, "a@x.example", "InvalidRow", "Correct the address."),
		failure(3, "b@x.example", "DomainBlocked", "Allow the domain."),
		failure(4, "c@x.example", "InvalidRow", "Shorten the name."),
		{Line: 5, Outcome: batch.Outcome{Address: "d@x.example", Status: batch.Invited, Advice: "a note is no error"}},
		failure(6, "e@x.example", "InvalidRow", "Shorten the name."),
		failure(7, "f@x.example", "", ""),
	} {
		_, group := tally.add(rec)
		groups = append(groups, group)
	}
	if got, want := fmt.Sprint(groups), "[0 1 2 -1 2 3]"; got != want {
		t.Errorf("groups of the rows are %s, want %s", got, want)
	}
	var order []string
	for _, g := range tally.byRows() {
		order = append(order, fmt.Sprintf("%d %s %s", g.Rows, g.Code, g.Advice))
	}
	want := "2 InvalidRow Shorten the name.|1 InvalidRow Correct the address.|1 DomainBlocked Allow the domain.|1 no code "
	if got := strings.Join(order, "|"); got != want {
		t.Errorf("groups are\n%s, want\n%s", got, want)
	}
}

func TestErrorsThatAskForNothingComeLast(t *testing.T) {
	tally := newTally(batch.RunFacts{})
	twice := batch.Record{Line: 2, Outcome: batch.Outcome{Status: batch.Duplicate, ErrorCode: "Duplicate", Advice: "Nothing to do."}}
	for _, rec := range []batch.Record{twice, twice, failure(4, "a@x.example", "Once", ""), failure(5, "b@x.example", "Twice", ""), failure(6, "c@x.example", "Twice", "")} {
		tally.add(rec)
	}
	var order []string
	for _, g := range tally.byRows() {
		order = append(order, g.Code)
	}
	if got, want := strings.Join(order, " "), "Twice Once Duplicate"; got != want {
		t.Errorf("groups are %s, want %s", got, want)
	}
}

// A list may be wrong in as many ways as it has rows; the page may not grow
// with them, and every row still belongs to a group.
func TestKindsOfErrorsAreBounded(t *testing.T) {
	tally := newTally(batch.RunFacts{})
	const rows = 3 * maxGroups
	for i := range rows {
		if _, group := tally.add(failure(i+2, "a@x.example", fmt.Sprint("Code", i), "")); group < 0 || group > maxGroups {
			t.Fatalf("row %d is in group %d", i, group)
		}
	}
	if len(tally.groups) != maxGroups+1 {
		t.Errorf("%d groups, want %d", len(tally.groups), maxGroups+1)
	}
	if rest := tally.byRows()[0]; rest.Rows != rows-maxGroups || rest.Code != "other errors" {
		t.Errorf("the largest group is %d rows of %q", rest.Rows, rest.Code)
	}
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
		"standing-title": "Where the 3 rows stand 1 invited have an invitation 1 failed were refused, or the attempts ran out 1 invalid cannot be sent as they stand in the list 0 duplicate have an address that an earlier row has 0 unconfirmed got no answer: look at the advice 0 pending were not tried yet 1 no longer in the list kept, since a link is never dropped",
		"domains-title":  "By domain DomainRowsInvited big.example21 none10",
		"groups-title":   "What went wrong, and what to do 1 Code what happened advice Show this row: Code",
	} {
		if got := d.section(id); got != want {
			t.Errorf("%s:\n%s, want\n%s", id, got, want)
		}
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
	for _, status := range batch.Statuses() {
		if meanings[status] == "" {
			t.Errorf("%s has no meaning", status)
		}
		if !strings.Contains(styleCSS, "."+string(status)+" {") {
			t.Errorf("%s has no colour", status)
		}
	}
}
