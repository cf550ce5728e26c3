package results

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/internal/assert"
	"guestlist/internal/secret"
)

func TestResultColumnsTakeThePlaceOfEarlierOnes(t *testing.T) {
	p := PlaceColumns([]string{" status ", "Email", "Invited at", "Status"}, false)
	want := append([]string{" status ", "Email", ColumnInvitedAt, "Status"}, slices.DeleteFunc(Columns(), func(name string) bool {
		return name == ColumnStatus || name == ColumnInvitedAt
	})...)
	assert.Equal(t, "headings", p.Headings, want)
	assert.Equal(t, "places", []int{p.At(ColumnStatus), p.At(ColumnInvitedAt), p.At(ColumnRedeemURL)}, []int{0, 2, 4})
	assert.Equal(t, "results", []bool{p.IsResult(0), p.IsResult(1), p.IsResult(2), p.IsResult(3)}, []bool{true, false, true, false})
	assert.Equal(t, "a cell beyond the headings", p.OfCell(5), len(want)+1)
}

func TestTextsStandWhereLayoutLooks(t *testing.T) {
	rec := batch.Record{Line: 7, Cells: []string{"a@x.example", "", "beyond", ""}, Outcome: batch.Outcome{
		Address: "a@x.example", Status: batch.Invited, UserID: "user", InvitationStatus: "Completed", ErrorCode: "E", Error: "no",
		Advice: "do", Attempts: 3, At: time.Date(2026, 9, 14, 12, 0, 7, 0, time.UTC), RequestID: "request", ClientRequestID: "ours", Fingerprint: 9,
	}}
	p := PlaceColumns([]string{"Email", "Name"}, false)
	texts := p.Texts(rec, Origin{Tenant: "tenant"})
	assert.Equal(t, "width", len(texts), len(p.Headings)+1)
	layout, ok := FindLayout(p.Headings)
	if !ok {
		t.Fatal("no results")
	}
	row := batch.Row{Line: 2, Cells: texts}
	got, sent := layout.Outcome(batch.Judged{Row: row})
	if !sent || layout.SourceRow(row) != 7 {
		t.Errorf("sent %v, row %d", sent, layout.SourceRow(row))
	}
	if !reflect.DeepEqual(got, rec.Outcome) {
		t.Errorf("got %+v\nwant %+v", got, rec.Outcome)
	}
	key, ok := layout.Key(row)
	assert.Equal(t, "tenant", key.Tenant, "tenant")
	assert.Equal(t, "has a key", ok, true)
}

// TestARowOfTheSameGuestKeepsWhatWasSent: it was invited, and is known by its key.
func TestARowOfTheSameGuestKeepsWhatWasSent(t *testing.T) {
	at := time.Date(2026, 9, 14, 12, 0, 7, 0, time.UTC)
	rec := batch.Record{Line: 2, Outcome: batch.Outcome{
		Address: "a@x.example", Status: batch.Duplicate, ErrorCode: batch.CodeSameGuest, Error: "This is the same guest as row 3.",
		RedeemURL: secret.New("https://login.example/redeem"), UserID: "user", At: at, Fingerprint: 9,
	}}
	p := PlaceColumns([]string{"Email"}, false)
	layout, _ := FindLayout(p.Headings)
	got, sent := layout.Outcome(batch.Judged{Row: batch.Row{Line: 2, Cells: p.Texts(rec, Origin{Tenant: "tenant"})}})
	if !sent || got.RedeemURL.Reveal() != rec.Outcome.RedeemURL.Reveal() {
		t.Errorf("sent %v, link %q", sent, got.RedeemURL.Reveal())
	}
	if got.At != at || got.Address != rec.Outcome.Address || !got.SameGuest() || got.UserID != "user" {
		t.Errorf("got %+v", got)
	}
	rec.Outcome = batch.Outcome{Address: "a@x.example", Status: batch.Duplicate, ErrorCode: batch.CodeDuplicate, At: at}
	assert.Equal(t, "a duplicate of an address", []string{Text(ColumnRowKey, rec, Origin{Tenant: "tenant"}), Text(ColumnInvitedAt, rec, Origin{Tenant: "tenant"}), Text(ColumnLinkState, rec, Origin{Tenant: "tenant"})}, []string{"", "", ""})
}
