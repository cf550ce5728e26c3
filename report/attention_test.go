package report

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"guestlist/batch"
	"guestlist/batch/results"
	"guestlist/internal/assert"
	"guestlist/internal/secret"
)

// keep sends records through a file of those that need attention.
func keep(t *testing.T, records ...batch.Record) []batch.Record {
	t.Helper()
	a, err := newAttention(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.close() })
	tally := batch.NewTally()
	for _, rec := range records {
		if err := a.add(rec, tally.Add(rec)); err != nil {
			t.Fatal(err)
		}
	}
	var got []batch.Record
	for rec, err := range a.records() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, rec)
	}
	return got
}

func TestARecordComesBackWhole(t *testing.T) {
	full := batch.Record{Line: 7, Cells: []string{"a", "", "ü\x00"}, Outcome: batch.Outcome{
		Address: "a@x.example", Status: batch.Failed, RedeemURL: secret.New("https://x.example/1"), UserID: "user",
		Existing: batch.ExistingMember, Superseded: batch.LinkReplaced, InvitationStatus: "Error", ErrorCode: "E", Error: "no", Advice: "do", Attempts: 3, At: noon.Add(7), SentAt: noon.Add(5),
		RequestID: "request", ClientRequestID: "ours", Fingerprint: 1 << 63,
	}}
	for i, v := 0, reflect.ValueOf(full.Outcome); i < v.NumField(); i++ {
		if v.Field(i).IsZero() {
			t.Fatalf("the test does not fill %s", v.Type().Field(i).Name)
		}
	}
	for _, rec := range []batch.Record{full, {}} {
		got := keep(t, rec)[0]
		assert.Equal(t, "redeem URL", got.Outcome.RedeemURL.Reveal(), rec.Outcome.RedeemURL.Reveal())
		rec.Outcome.RedeemURL, got.Outcome.RedeemURL = secret.Text{}, secret.Text{}
		if !reflect.DeepEqual(got, rec) {
			t.Errorf("got %+v\nwant %+v", got, rec)
		}
	}
}

func TestManyRowsComeBackByError(t *testing.T) {
	var records []batch.Record
	for i := range 3000 { // the buffer goes to disk several times
		code := []string{"rare", "common", "common", "", "common"}[i%5]
		records = append(records, refused(i+1, "a@x.example", batch.Failed, code, strings.Repeat("x", i%100)))
	}
	last, order := 0, ""
	for _, rec := range keep(t, records...) {
		code := rec.Outcome.ErrorCode
		if !strings.HasSuffix(order, "|"+code) {
			last, order = 0, order+"|"+code
		}
		if rec.Line <= last || len(rec.Cells[0]) != (rec.Line-1)%100 {
			t.Fatalf("%q: row %d follows row %d", code, rec.Line, last)
		}
		last = rec.Line
	}
	assert.Equal(t, "groups", order, "|common|rare|")
}

func TestFailedIsGroupedByError(t *testing.T) {
	rec := func(line int, status batch.Status, code, advice string) batch.Record {
		r := refused(line, fmt.Sprintf("a%d@x.example", line), status, code, fmt.Sprint(line))
		r.Outcome.Advice = advice
		return r
	}
	f := written(t, Results{Columns: []string{"Email"}, Records: sequence(
		rec(2, batch.Failed, "Rare", "wait"), rec(3, batch.Invalid, "InvalidRow", "correct the address"),
		rec(4, batch.Failed, "Group", "name people"), rec(5, batch.Invalid, "InvalidRow", "correct the address"),
		rec(6, batch.Invalid, "InvalidRow", "write Guest or Member"), rec(7, batch.Failed, "Group", "name people"),
		rec(11, batch.Invalid, "InvalidRow", "correct the address"),
		invited(8, "a8@x.example", "8"), rec(9, batch.Failed, "Group", "name people"), rec(10, batch.Unconfirmed, "Silent", "wait"),
	)})
	var got []string
	for _, row := range rowsOf(t, f, "Failed")[1:] {
		got = append(got, row[0]+" "+row[4]+": "+row[3])
	}
	assert.Equal(t, "rows", got, []string{
		"3 InvalidRow: correct the address", "5 InvalidRow: ", "11 InvalidRow: ", "6 InvalidRow: write Guest or Member",
		"4 Group: name people", "7 Group: ", "9 Group: ",
		"2 Rare: wait",
		"10 Silent: wait",
	})
	if _, ok := results.FindLayout(rowsOf(t, f, "Failed")[0]); !ok {
		t.Error("Failed is no results list")
	}
	if advice := rowsOf(t, f, "Results")[4][11]; advice != "correct the address" {
		t.Errorf("Results lost an advice: %q", advice)
	}
}

// Advice may name what is in the row: memory must not grow with it.
func TestManyAdvicesShareAGroup(t *testing.T) {
	const rows = 3 * batch.MaxErrorGroups
	var records []batch.Record
	for i := range rows {
		rec := refused(i+2, "a@x.example", batch.Invalid, "InvalidRow")
		rec.Outcome.Advice = fmt.Sprint("correct ", i)
		records = append(records, rec)
	}
	a, err := newAttention(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.close() }()
	tally := batch.NewTally()
	for _, rec := range records {
		if err := a.add(rec, tally.Add(rec)); err != nil {
			t.Fatal(err)
		}
	}
	assert.Equal(t, "groups", len(a.at), batch.MaxErrorGroups+1)
	assert.Equal(t, "rows", len(keep(t, records...)), rows)
}
