package batch

import (
	"fmt"
	"testing"

	"guestlist/internal/assert"
)

// refusedRow is a row that is not invited, with an error of its code.
func refusedRow(line int, status Status, code, advice string) Record {
	return Record{Line: line, Outcome: Outcome{
		Address: "a@x.example", Status: status, ErrorCode: code, Error: code + " said no", Advice: advice,
	}}
}

func TestManyErrorsEndInOneGroup(t *testing.T) {
	tally := NewTally()
	for i := range MaxErrorGroups + 7 {
		tally.Add(refusedRow(i+2, Failed, fmt.Sprintf("E%03d", i), "see to it"))
	}
	groups := tally.Errors()
	assert.Equal(t, "groups", len(groups), MaxErrorGroups+1)
	assert.Equal(t, "last group", *groups[MaxErrorGroups], ErrorGroup{ID: MaxErrorGroups, Code: OtherErrors, Rows: 7})
}

func TestManyDomainsEndInOne(t *testing.T) {
	tally := NewTally()
	for i := range MaxDomains + 7 {
		tally.Add(Record{Line: i + 2, Outcome: Outcome{Address: fmt.Sprintf("a@x%d.example", i), Status: Invited}})
	}
	domains := tally.Domains()
	assert.Equal(t, "domains", len(domains), MaxDomains+1)
	assert.Equal(t, "the others", domains[0], DomainCounts{Name: OtherDomains, Counts: Counts{Invited: 7}})
}

func TestEachAdviceHasItsGroupAndDuplicatesComeLast(t *testing.T) {
	tally := NewTally()
	for i, advice := range []string{"Write it.", "Correct it.", "Correct it."} {
		tally.Add(refusedRow(i+2, Invalid, "InvalidRow", advice))
	}
	for i := range 5 {
		tally.Add(refusedRow(i+5, Duplicate, "Duplicate", "see to Duplicate"))
	}
	got := ""
	for _, e := range tally.Errors() {
		got += fmt.Sprintf("%d %s %s|", e.Rows, e.Code, e.Advice)
	}
	assert.Equal(t, "errors", got, "2 InvalidRow Correct it.|1 InvalidRow Write it.|5 Duplicate see to Duplicate|")
}

func TestRowsThatHaveLeftTheListCountForNothingElse(t *testing.T) {
	tally := NewTally()
	group := tally.Add(refusedRow(0, Failed, "E", ""))
	assert.Equal(t, "left", tally.Left, 1)
	assert.Equal(t, "rows", tally.Counts.Rows(), 0)
	assert.Equal(t, "domains", len(tally.Domains()), 0)
	assert.Equal(t, "errors", len(tally.Errors()), 0)
	assert.Equal(t, "its group", *group, ErrorGroup{Code: "E", Example: "E said no", Settled: true})
}

func TestAddReturnsTheGroupOfARow(t *testing.T) {
	tally := NewTally()
	got := ""
	for _, rec := range []Record{
		refusedRow(2, Invalid, "InvalidRow", "Correct the address."),
		refusedRow(3, Failed, "DomainBlocked", "Allow the domain."),
		refusedRow(4, Invalid, "InvalidRow", "Shorten the name."),
		{Line: 5, Outcome: Outcome{Address: "d@x.example", Status: Invited, Advice: "a note is no error"}},
		refusedRow(6, Invalid, "InvalidRow", "Shorten the name."),
		refusedRow(7, Failed, "", ""),
	} {
		if group := tally.Add(rec); group != nil {
			got += fmt.Sprintf("%d %s|", group.ID, group.Code)
			continue
		}
		got += "none|"
	}
	assert.Equal(t, "groups", got, "0 InvalidRow|1 DomainBlocked|2 InvalidRow|none|2 InvalidRow|3 (none)|")
}
