package report

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/batch/results"
	"guestlist/internal/assert"
	"guestlist/internal/secret"
)

// keep sends records through a spool.
func keep(t *testing.T, records ...batch.Record) []kept {
	t.Helper()
	s, err := newSpool(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.close() })
	for _, rec := range records {
		if err := s.add(rec); err != nil {
			t.Fatal(err)
		}
	}
	var got []kept
	for rec, err := range s.records() {
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
		InvitationStatus: "Error", ErrorCode: "E", Error: "no", Advice: "do", Attempts: 3, At: noon.Add(7),
		RequestID: "request", Fingerprint: 1 << 63,
	}}
	for i, v := 0, reflect.ValueOf(full.Outcome); i < v.NumField(); i++ {
		if v.Field(i).IsZero() {
			t.Fatalf("the test does not fill %s", v.Type().Field(i).Name)
		}
	}
	for _, rec := range []batch.Record{full, {}} {
		got := keep(t, rec)[0]
		assert.Equal(t, "redeem URL", got.redeemURL, rec.Outcome.RedeemURL.Reveal())
		rec.Outcome.RedeemURL = secret.Text{}
		if !reflect.DeepEqual(got.Record, rec) {
			t.Errorf("got %+v\nwant %+v", got.Record, rec)
		}
	}
}

func TestTheSpoolGroupsManyRows(t *testing.T) {
	var records []batch.Record
	for i := range 3000 { // some blocks of each group go to disk
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
		rec(2, batch.Failed, "Rare", "wait"), rec(3, batch.Invalid, "InvalidRow", "mend the address"),
		rec(4, batch.Failed, "Group", "name people"), rec(5, batch.Invalid, "InvalidRow", "mend the address"),
		rec(6, batch.Invalid, "InvalidRow", "write Guest or Member"), rec(7, batch.Failed, "Group", "name people"),
		rec(11, batch.Invalid, "InvalidRow", "mend the address"),
		invited(8, "a8@x.example", "8"), rec(9, batch.Failed, "Group", "name people"), rec(10, batch.Unconfirmed, "Silent", "wait"),
	)})
	var got []string
	for _, row := range rowsOf(t, f, "Failed")[1:] {
		got = append(got, row[0]+" "+row[5]+": "+row[7])
	}
	assert.Equal(t, "rows", got, []string{
		"3 InvalidRow: mend the address", "5 InvalidRow: ", "11 InvalidRow: ", "6 InvalidRow: write Guest or Member",
		"4 Group: name people", "7 Group: ", "9 Group: ",
		"2 Rare: wait",
		"10 Silent: wait",
	})
	if _, ok := results.FindLayout(rowsOf(t, f, "Failed")[0]); !ok {
		t.Error("Failed is no results list")
	}
	if advice := rowsOf(t, f, "Results")[4][7]; advice != "mend the address" {
		t.Errorf("Results lost an advice: %q", advice)
	}
}

// Advice may name what stands in the row: memory must not grow with it.
func TestManyAdvicesShareTheGroupOfTheirError(t *testing.T) {
	s, err := newSpool(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.close() }()
	const rows = 3 * maxGroups
	for i := range rows {
		rec := refused(i+2, "a@x.example", batch.Invalid, "InvalidRow")
		rec.Outcome.Advice = fmt.Sprint("mend ", i)
		if err := s.add(rec); err != nil {
			t.Fatal(err)
		}
	}
	assert.Equal(t, "groups", len(s.order), maxGroups+1)
	n := 0
	for _, err := range s.records() {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	assert.Equal(t, "rows", n, rows)
}

func TestSerialTellsEverySecond(t *testing.T) {
	at := time.Date(2026, 2, 28, 23, 59, 0, 0, time.UTC)
	var records []batch.Record
	for i := range 200 {
		rec := invited(i+2, "a@x.example", "a@x.example")
		rec.Outcome.At = at.Add(time.Duration(i)*time.Second + 999*time.Millisecond)
		records = append(records, rec)
	}
	rows := rowsOf(t, written(t, Results{Columns: []string{"Email"}, Records: sequence(records...)}), "Results")
	for i, row := range rows[1:] {
		assert.Equal(t, "time", row[9], at.Add(time.Duration(i)*time.Second).Format(time.DateTime))
	}
}
