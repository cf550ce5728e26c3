package results

import (
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/internal/assert"
	"guestlist/internal/secret"
)

// headings are those of a list and of the results that count here.
var headings = []string{"Email", ColumnStatus, ColumnRedeemURL, ColumnUserID, ColumnSourceRow, ColumnRowKey}

const (
	aKey  = "tenant 0000000000000001 a@x.example"
	aLink = "https://login.microsoftonline.com/redeem?rd=x"
)

// Lists come from strangers: the headings of results prove nothing.
func TestOnlyKeysMakeAListResults(t *testing.T) {
	for name, test := range map[string]struct {
		rows [][]string
		ours bool
	}{
		"a key":                    {[][]string{{"a@x.example", "invited", aLink, "id", "2", aKey}}, true},
		"a key further down":       {[][]string{{"n/a", "invalid", "", "", "2", ""}, {"a@x.example", "failed", "", "", "3", aKey}}, true},
		"nothing was sent":         {[][]string{{"n/a", "invalid", "", "", "2", ""}, {"a@x.example", "pending", "", "", "3", ""}}, true},
		"and a row was added":      {[][]string{{"a@x.example", "pending", "", "", "2", ""}, {"b@x.example", "", "", "", "", ""}}, true},
		"members alone":            {[][]string{{"a@x.example", "existing", "", "id", "2", ""}}, true},
		"no rows":                  {nil, true},
		"invited, says the list":   {[][]string{{"a@x.example", "invited", aLink, "id", "2", ""}}, false},
		"failed, says the list":    {[][]string{{"a@x.example", "failed", "", "", "2", ""}}, false},
		"a link, says the list":    {[][]string{{"a@x.example", "", aLink, "", "", ""}}, false},
		"a status of its own":      {[][]string{{"a@x.example", "VIP", "", "", "2", ""}}, false},
		"a key of its own":         {[][]string{{"a@x.example", "pending", "", "", "2", "K-7"}}, false},
		"pending, without its row": {[][]string{{"a@x.example", "pending", "", "", "", ""}}, false},
	} {
		layout, _ := FindLayout(headings)
		ours := layout.Ours(func(yield func(batch.Row, error) bool) {
			for i, cells := range test.rows {
				if !yield(batch.Row{Line: i + 2, Cells: cells}, nil) {
					return
				}
			}
		})
		assert.Equal(t, name, ours, test.ours)
	}
	_, found := FindLayout(headings[:len(headings)-1])
	assert.Equal(t, "without the column of the keys", found, false)
}

// A row that turned out to be the same guest as another was sent, and is never sent
// again: its results say so, with a key.
func TestTheSameGuestIsReadBack(t *testing.T) {
	p := PlaceColumns([]string{"Email"}, false)
	layout, _ := FindLayout(p.Headings)
	rec := batch.Record{Line: 2, Cells: []string{"a@x.example"}, Outcome: batch.Outcome{
		Address: "a@x.example", Status: batch.Duplicate, ErrorCode: batch.CodeSameGuest, RedeemURL: secret.New(aLink),
	}}
	o, sent := layout.Outcome(batch.Judged{Row: batch.Row{Line: 2, Cells: p.Texts(rec, Origin{Tenant: "tenant"})}})
	assert.Equal(t, "read back", []any{o.Status, o.ErrorCode, sent}, []any{batch.Duplicate, batch.CodeSameGuest, true})
}

func TestARowWithoutAKeyClaimsNothing(t *testing.T) {
	layout, _ := FindLayout(headings)
	for name, test := range map[string]struct {
		cells []string
		want  batch.Status
		sent  bool
	}{
		"with a key":       {[]string{"a@x.example", "invited", aLink, "id", "2", aKey}, batch.Invited, true},
		"without":          {[]string{"a@x.example", "invited", aLink, "id", "2", ""}, batch.Pending, false},
		"failed":           {[]string{"a@x.example", "failed", "", "id", "2", ""}, batch.Pending, false},
		"a link alone":     {[]string{"a@x.example", "", aLink, "", "", ""}, batch.Pending, false},
		"never sent":       {[]string{"n/a", "invalid", "", "", "2", ""}, batch.Invalid, false},
		"a key of nothing": {[]string{"a@x.example", "invited", aLink, "id", "2", "tenant x a@x.example"}, batch.Pending, false},
	} {
		o, sent := layout.Outcome(batch.Judged{Row: batch.Row{Line: 2, Cells: test.cells}, Address: "a@x.example"})
		if o.Status != test.want || sent != test.sent || sent == o.RedeemURL.IsZero() {
			t.Errorf("%s: %s, sent %v, link %v", name, o.Status, sent, !o.RedeemURL.IsZero())
		}
	}
}

func TestLayoutReadsWhatAnExistingPersonIs(t *testing.T) {
	rec := batch.Record{Line: 2, Outcome: batch.Outcome{Address: "a@x.example", Status: batch.Existing, Existing: batch.ExistingMember, UserID: "id"}}
	places := PlaceColumns([]string{"Email"}, false)
	layout, _ := FindLayout(places.Headings)
	o, sent := layout.Outcome(batch.Judged{Row: batch.Row{Line: 2, Cells: places.Texts(rec, Origin{Tenant: "tenant"})}, Address: "a@x.example"})
	if o.Status != batch.Existing || o.Existing != batch.ExistingMember || o.InvitationStatus != "" || sent {
		t.Errorf("%+v, sent %v", o, sent)
	}
}

func TestLayoutReadsWhetherALinkCanBeHandedOut(t *testing.T) {
	headings := []string{"Email", ColumnStatus, ColumnRedeemURL, ColumnUserID, ColumnSourceRow, ColumnRowKey, ColumnErrorCode, ColumnLinkState}
	for name, test := range map[string]struct {
		cells []string
		want  batch.LinkState
		sent  bool
	}{
		"live":                      {[]string{"a@x.example", "invited", aLink, "id", "2", aKey, "", "live"}, batch.LinkLive, true},
		"missing":                   {[]string{"a@x.example", "invited", "", "id", "2", aKey, "", "missing"}, batch.LinkMissing, true},
		"uncertain":                 {[]string{"a@x.example", "invited", aLink, "id", "2", aKey, "", " Uncertain"}, batch.LinkUncertain, true},
		"replaced elsewhere":        {[]string{"a@x.example", "invited", aLink, "id", "2", aKey, "", "replaced"}, batch.LinkReplaced, true},
		"the same guest":            {[]string{"a@x.example", "duplicate", aLink, "id", "2", aKey, batch.CodeSameGuest, "replaced"}, batch.LinkReplaced, true},
		"the code was deleted":      {[]string{"a@x.example", "duplicate", aLink, "id", "2", aKey, "", "replaced"}, batch.LinkReplaced, true},
		"the same guest, says who":  {[]string{"a@x.example", "duplicate", "", "id", "2", "", batch.CodeSameGuest, "replaced"}, "", false},
		"an earlier version's":      {[]string{"a@x.example", "invited", aLink, "id", "2", aKey}, batch.LinkLive, true},
		"a word of its own":         {[]string{"a@x.example", "invited", aLink, "id", "2", aKey, "", "sent to Mo"}, batch.LinkLive, true},
		"a duplicate of an address": {[]string{"a@x.example", "duplicate", "", "", "2", "", batch.CodeDuplicate, ""}, "", false},
		"removed, says a file":      {[]string{"a@x.example", "removed", aLink, "id", "2", aKey, "", "replaced"}, batch.LinkReplaced, true},
		"removed, without a key":    {[]string{"a@x.example", "removed", aLink, "id", "2", "", "", "replaced"}, "", false},
	} {
		layout, ok := FindLayout(headings)
		if !ok {
			t.Fatal("no results")
		}
		o, sent := layout.Outcome(batch.Judged{Row: batch.Row{Line: 2, Cells: test.cells}, Address: "a@x.example"})
		if o.LinkState() != test.want || sent != test.sent {
			t.Errorf("%s: %q, sent %v, status %s", name, o.LinkState(), sent, o.Status)
		}
	}
}

func TestLayoutReadsTheTimeOfAnInvitation(t *testing.T) {
	at := time.Date(2026, 9, 14, 12, 0, 7, 0, time.UTC)
	tests := map[string]struct {
		heading, cell string
		want          time.Time
	}{
		"as the workbook shows it": {ColumnInvitedAt, "2026-09-14 12:00:07", at},
		"as CSV has it":            {ColumnInvitedAt, "2026-09-14T12:00:07Z", at},
		"an earlier workbook":      {"Invited At", "2026-09-14T12:00:07Z", at},
		"another zone":             {ColumnInvitedAt, "2026-09-14T14:00:07+02:00", at},
		"words":                    {ColumnInvitedAt, "yesterday", time.Time{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			layout, ok := FindLayout([]string{"Email", ColumnStatus, ColumnRedeemURL, ColumnUserID, ColumnSourceRow, ColumnRowKey, test.heading})
			if !ok {
				t.Fatal("no results workbook")
			}
			row := batch.Row{Line: 2, Cells: []string{"a@x.example", "invited", "", "", "2", "- 0000000000000001 a@x.example", test.cell}}
			o, sent := layout.Outcome(batch.Judged{Row: row, Address: "a@x.example"})
			if !sent || !o.At.Equal(test.want) || o.At.Location() != time.UTC {
				t.Errorf("%v, %v", o.At, sent)
			}
		})
	}
}
