package page

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"guestlist/batch"
	"guestlist/internal/secret"
	"guestlist/report"
)

// row is an invited row with these cells.
func row(address string, cells ...string) batch.Record {
	return batch.Record{Line: 2, Cells: cells, Outcome: batch.Outcome{Address: address, Status: batch.Invited}}
}

func TestColumnsOfTheList(t *testing.T) {
	for _, test := range []struct {
		name     string
		columns  []string
		rows     []batch.Record
		headings string
		// address is the column taken for it, -1 for none.
		address int
		// cells are those of the first row.
		cells string
	}{
		{"address", []string{"Full name", "Mail"}, []batch.Record{row("a@x.example", "Ann", " A@X.example ")}, "Full name|Mail", 1, "Ann| A@X.example "},
		{"an address that was corrected since", []string{"Mail"}, []batch.Record{row("a@x.example", "a@x.example"), row("b@x.example", "c@x.example"), row("d@x.example", "d@x.example")}, "Mail", -1, "a@x.example"},
		{"a results workbook as list", []string{"Mail", "status", "Redeem URL", "Invited At", "Row Key", "Team"}, []batch.Record{row("a@x.example", "a@x.example", "old", "https://old", "then", "key", "Red")}, "Mail|Team", 0, "a@x.example|Red"},
		{"cells beyond the headings", []string{"Mail", " "}, []batch.Record{row("a@x.example", "a@x.example", "", "", "far", "")}, "Mail|Column 2|Column 3|Column 4", 0, "a@x.example|||far"},
		{"a short row", []string{"Mail", "Team"}, []batch.Record{row("a@x.example", "a@x.example")}, "Mail|Team", 0, "a@x.example"},
		{"no rows", []string{"Mail"}, nil, "Mail", -1, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := open(t, report.Results{Columns: test.columns, Records: records(test.rows...)}).data(t)
			if headings := strings.Join(got.Lists.Headings, "|"); headings != test.headings {
				t.Errorf("headings are %s, want %s", headings, test.headings)
			}
			if got.Lists.Address != test.address {
				t.Errorf("the address is column %d, want %d", got.Lists.Address, test.address)
			}
			if len(got.Rows) != len(test.rows) {
				t.Fatalf("%d rows, want %d", len(got.Rows), len(test.rows))
			}
			if len(got.Rows) > 0 && strings.Join(got.Rows[0].Texts[outcomeTexts:], "|") != test.cells {
				t.Errorf("cells are %q, want %s", got.Rows[0].Texts[outcomeTexts:], test.cells)
			}
		})
	}
}

// TestTheNameIsTheGuests: it is copied with the link, whichever columns it is made of.
func TestTheNameIsTheGuests(t *testing.T) {
	r := report.Results{Columns: []string{"First", "Last"}, Records: records(row("a@x.example", "Anna", "Berg"))}
	for _, want := range []string{"", "Anna Berg"} {
		if got := open(t, r).data(t).Rows[0].Texts[12]; got != want {
			t.Errorf("the name is %q, want %q", got, want)
		}
		r.Name = func(rec batch.Record) string { return strings.Join(rec.Cells, " ") }
	}
}

func TestLinksStandInTheDataOnly(t *testing.T) {
	const link = "https://login.microsoftonline.com/redeem?rd=one"
	rec := row("a@x.example", "a@x.example")
	rec.Outcome.RedeemURL = secret.New(link)
	r := report.Results{Columns: []string{"Mail"}, Records: records(rec)}
	if got := open(t, r).data(t).Rows[0].Texts[1]; got != link {
		t.Errorf("the link is %q, want %q", got, link)
	}
	if n := strings.Count(pageOf(t, r), "rd=one"); n != 1 {
		t.Errorf("the link stands in the page %d times, want once", n)
	}
}

// TestTheLinkStateIsBesideTheLink: the scripts draw a badge from it, and copy no link
// that is not live.
func TestTheLinkStateIsBesideTheLink(t *testing.T) {
	var got []string
	d := open(t, linkList()).data(t)
	for _, r := range d.Rows {
		got = append(got, r.Texts[8])
	}
	if want := []string{"live", "missing", "uncertain", "replaced", ""}; !slices.Equal(got, want) {
		t.Errorf("states are %q, want %q", got, want)
	}
	for _, state := range got {
		if _, explained := d.Lists.Links[batch.LinkState(state)]; explained != (state != "live" && state != "") {
			t.Errorf("%q is explained: %t", state, explained)
		}
	}
}

// linkList has a row for each state of a link, and one that was never sent.
func linkList() report.Results {
	var all []batch.Record
	for i, o := range []batch.Outcome{
		{Status: batch.Invited, RedeemURL: secret.New(sampleLink(1))},
		{Status: batch.Invited},
		{Status: batch.Invited, RedeemURL: secret.New(sampleLink(2)), Superseded: batch.LinkUncertain},
		{Status: batch.Duplicate, ErrorCode: batch.CodeSameGuest, RedeemURL: secret.New(sampleLink(3))},
		{Status: batch.Pending},
	} {
		o.Address = fmt.Sprintf("guest%d@x.example", i)
		all = append(all, batch.Record{Line: i + 2, Cells: []string{o.Address}, Outcome: o})
	}
	return report.Results{Columns: []string{"Mail"}, Records: records(all...)}
}

func TestAStatusNobodyKnowsIsKept(t *testing.T) {
	rec := row("a@x.example")
	rec.Outcome.Status = "paused"
	got := open(t, report.Results{Records: records(rec)}).data(t)
	if want := append(batch.Statuses(), "paused"); !slices.Equal(got.Lists.Statuses, want) || got.Rows[0].Status != len(want)-1 {
		t.Errorf("statuses are %v, that of the row is %d", got.Lists.Statuses, got.Rows[0].Status)
	}
}
