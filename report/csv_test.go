package report

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/batch/results"
	"guestlist/internal/assert"
	"guestlist/internal/secret"
)

// writtenTo writes a file with one of the writers and returns its content.
func writtenTo(t *testing.T, write func(context.Context, string, Results) error, r Results) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "out")
	if err := write(t.Context(), path, r); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestCSVHasTheColumnsOfTheWorkbook(t *testing.T) {
	a := invited(2, "a@x.example", `Anna "A", B`, "a@x.example", "", "beyond")
	b := refused(0, "b@x.example", batch.Failed, "Forbidden", "=1+1", "two\nlines")
	a.Guest = batch.GuestReading{State: batch.GuestAccepted, UserID: "user-a@x.example", Since: noon.Add(time.Hour), At: noon.Add(48 * time.Hour)}
	r := Results{Columns: []string{"Name", "Email", "name"}, Records: sequence(a, b)}
	r.Summary.Tenant = "tenant-1"
	url := a.Outcome.RedeemURL.Reveal()
	assert.Equal(t, "file", writtenTo(t, WriteCSV, r), "\uFEFF"+
		"Name,Email,name2,"+strings.Join(results.Columns(), ",")+"\r\n"+
		`"Anna ""A"", B",a@x.example,,invited,`+url+",live,accepted,2026-09-14T13:00:00Z,2026-09-16T12:00:00Z,user-a@x.example,PendingAcceptance,,,,1,2026-09-14T12:00:00Z,2026-09-14T12:00:00Z,request-a@x.example,,2,tenant-1 0000000000000000 a@x.example =0K0/48Nb,beyond\r\n"+
		"'=1+1,\"two\nlines\",,failed,,,,,,,,Forbidden,Forbidden said no,see to Forbidden,2,,2026-09-14T12:00:00Z,,,,tenant-1 0000000000000000 b@x.example =-\r\n")
}

func TestCSVIsAResultsList(t *testing.T) {
	rec := invited(7, "a@x.example", "a@x.example")
	rec.Outcome.At = time.Date(2026, 9, 14, 12, 0, 7, 999, time.UTC)
	content := writtenTo(t, WriteCSV, Results{Columns: []string{"Email"}, Records: sequence(rec)})
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(content, "\uFEFF"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	layout, ok := results.FindLayout(rows[0])
	if !ok {
		t.Fatal("no results list")
	}
	row := batch.Row{Line: 2, Cells: rows[1]}
	o, sent := layout.Outcome(batch.Judged{Row: row, Address: "a@x.example"})
	want := rec.Outcome
	want.At = want.At.Truncate(time.Second)
	assert.Equal(t, "link", o.RedeemURL.Reveal(), want.RedeemURL.Reveal())
	o.RedeemURL, want.RedeemURL = secret.Text{}, secret.Text{}
	if !reflect.DeepEqual(o, want) || !sent || layout.SourceRow(row) != 7 {
		t.Errorf("got %+v\nwant %+v", o, want)
	}
}

// FuzzCSV holds that every cell comes back, and that none starts a formula.
func FuzzCSV(f *testing.F) {
	for _, seed := range []string{"", "=1", "'=1", "a\r\nb", "\r", `"`, ",", " x ", "＠", "\xff", "'"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		content := writtenTo(t, WriteCSV, Results{Columns: []string{"Email"}, Records: sequence(refused(2, "a@x.example", batch.Invalid, "E", text))})
		cell := firstCell(t, content[strings.Index(content, "\r\n")+2:])
		if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r\n") {
			t.Errorf("%q starts a formula", cell)
		}
		if want := strings.ToValidUTF8(text, "\uFFFD"); results.Unguard(cell) != want {
			t.Errorf("%q came back as %q", want, results.Unguard(cell))
		}
	})
}

// firstCell reads a cell as RFC 4180 has it: line breaks stay as they are.
func firstCell(t *testing.T, row string) string {
	t.Helper()
	if !strings.HasPrefix(row, `"`) {
		cell, _, _ := strings.Cut(row, ",")
		return cell
	}
	var b strings.Builder
	for i := 1; i < len(row); i++ {
		switch {
		case row[i] != '"':
			b.WriteByte(row[i])
		case strings.HasPrefix(row[i:], `""`):
			b.WriteByte('"')
			i++
		default:
			return b.String()
		}
	}
	t.Fatalf("%q does not end", row)
	return ""
}

func TestListsOfTextAreWrittenWholeOrNotAtAll(t *testing.T) {
	broken := errors.New("journal: page 7 is torn")
	records := func(yield func(batch.Record, error) bool) {
		if yield(invited(2, "a@x.example", "a@x.example"), nil) {
			yield(batch.Record{}, broken)
		}
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	for name, write := range map[string]func(context.Context, string, Results) error{"csv": WriteCSV, "jsonl": WriteJSONL} {
		folder := t.TempDir()
		path := filepath.Join(folder, "out."+name)
		if err := os.WriteFile(path, []byte("yesterday"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := write(t.Context(), path, Results{Columns: []string{"Email"}, Records: records}); !errors.Is(err, broken) {
			t.Errorf("%s: got %v", name, err)
		}
		if err := write(stopped, path, Results{Columns: []string{"Email"}, Records: records}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v", name, err)
		}
		old, _ := os.ReadFile(path)
		assert.Equal(t, name, string(old), "yesterday")
		assert.Equal(t, name+" folder", names(t, folder), []string{"out." + name})
		if err := write(t.Context(), path, Results{Records: sequence()}); err != nil {
			t.Error(err)
		}
		if info, _ := os.Stat(path); runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: mode %v", name, info.Mode())
		}
		// What a sheet cannot hold is no bound for them.
		wide := invited(2, "a@x.example", make([]string, 20_000)...)
		if err := write(t.Context(), path, Results{Columns: make([]string, 20_000), Records: sequence(wide)}); err != nil {
			t.Errorf("%s of 20,000 columns: %v", name, err)
		}
		if now, _ := os.ReadFile(path); bytes.HasPrefix(now, []byte("yesterday")) {
			t.Errorf("%s was not replaced", name)
		}
	}
}
