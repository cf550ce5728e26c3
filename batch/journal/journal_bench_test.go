package journal_test

import (
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/batch/judge"
)

// BenchmarkScale goes through what a resume does with a batch that was sent
// whole: 100,000 rows, or as many as GUESTLIST_BENCH_ROWS says. A million takes
// some minutes, most of them to make the journal:
//
//	GUESTLIST_BENCH_ROWS=1000000 go test -run '^$' -bench Scale -benchtime 1x -timeout 30m ./batch/journal
//
// Beside the time of each step it tells the most memory that the process held
// meanwhile. On Linux that is the resident set, elsewhere what Go has of the
// system, which leaves out SQLite's cache of 16 MiB.
func BenchmarkScale(b *testing.B) {
	s := &scale{rows: 100_000, path: filepath.Join(b.TempDir(), name)}
	if text := os.Getenv("GUESTLIST_BENCH_ROWS"); text != "" {
		if _, err := fmt.Sscan(text, &s.rows); err != nil {
			b.Fatal(err)
		}
	}
	for _, step := range []struct {
		what string
		do   func(b *testing.B)
	}{
		{"Create", s.open},
		{"ImportNew", func(b *testing.B) { b.Helper(); s.load(b, s.rows, 0) }},
		{"Send128", s.send},
		{"CloseProved", s.close},
		{"Open", s.open},
		{"History", s.recall},
		{"Plan", s.plan},
		{"PlanAndImportSame", func(b *testing.B) { b.Helper(); s.load(b, s.rows, 0) }},
		{"Rows", s.list},
		{"Records", s.records},
		{"Close", s.close},
		{"OpenAgain", s.open},
		{"PlanAndImportShifted", func(b *testing.B) { b.Helper(); s.load(b, s.rows, 1) }},
		{"CloseShifted", s.close},
		{"BreakSeal", s.breakSeal},
		{"OpenUnsealed", s.open},
		{"CloseUnsealed", s.close},
	} {
		b.Run(step.what, func(b *testing.B) { s.measure(b, step.do) })
	}
}

// scale is a large batch.
type scale struct {
	rows    int
	path    string
	j       *journal.Journal
	history *batch.History
}

// measure runs a step once: the next one goes on with what it left.
func (s *scale) measure(b *testing.B, do func(b *testing.B)) {
	b.Helper()
	if b.N > 1 {
		b.Skip("each step is one of a kind: use -benchtime 1x")
	}
	runtime.GC()
	resetPeak()
	b.ResetTimer()
	do(b)
	b.StopTimer()
	b.ReportMetric(float64(s.rows)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(b.Elapsed().Seconds(), "s")
	b.ReportMetric(peak()/(1<<20), "peak-MiB")
	b.ReportMetric(0, "ns/op")
}

func (s *scale) open(b *testing.B) {
	b.Helper()
	var err error
	if s.j, err = journal.Open(b.Context(), s.path, sandbox); err != nil {
		b.Fatal(err)
	}
}

func (s *scale) close(b *testing.B) {
	b.Helper()
	if err := s.j.Close(); err != nil {
		b.Fatal(err)
	}
}

var scaleHeader = batch.Header{
	Columns: []string{"Email", "Name", "Company", "Manager"},
	Fields:  map[batch.Field]int{batch.Email: 0, batch.Name: 1},
}

// steps plans a list whose addresses are in no order, without the first few.
func (s *scale) steps(rows, from int) iter.Seq2[batch.Step, error] {
	return func(yield func(batch.Step, error) bool) {
		plan := batch.Plan{History: s.history}
		for i := from; i < rows; i++ {
			address := fmt.Sprintf("guest%d@partner%d.example", i*7919%rows, i%1800)
			row := batch.Row{Line: i + 2 - from, Cells: []string{address, fmt.Sprint("Guest Number ", i), "Fabrikam", "mo@contoso.example"}}
			if !yield(plan.Add(judge.Row(scaleHeader, judge.Defaults{RedirectURL: "https://example.com"}, row)), nil) {
				return
			}
		}
	}
}

func (s *scale) load(b *testing.B, rows, from int) {
	b.Helper()
	if err := s.j.Import(b.Context(), scaleHeader, s.steps(rows, from)); err != nil {
		b.Fatal(err)
	}
}

// send invites all rows with 128 writers.
func (s *scale) send(b *testing.B) {
	b.Helper()
	if err := s.j.Begin(b.Context(), batch.RunFacts{Workers: 128}, nil); err != nil {
		b.Fatal(err)
	}
	addresses := make(chan string)
	var group sync.WaitGroup
	for range 128 {
		group.Go(func() {
			for a := range addresses {
				if err := invite(b, s.j, a); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for step := range s.steps(s.rows, 0) {
		addresses <- step.Address
	}
	close(addresses)
	group.Wait()
	if err := s.j.End(b.Context(), batch.RunTotals{Sent: s.rows}); err != nil {
		b.Fatal(err)
	}
}

func (s *scale) recall(b *testing.B) {
	b.Helper()
	var err error
	if s.history, err = s.j.History(b.Context(), 0); err != nil {
		b.Fatal(err)
	}
}

// plan is what the steps cost alone, to be taken off from an import.
func (s *scale) plan(b *testing.B) {
	b.Helper()
	for step := range s.steps(s.rows, 0) {
		if step.Status != batch.Invited {
			b.Fatal(step.Status)
		}
	}
}

func (s *scale) list(b *testing.B) {
	b.Helper()
	n := 0
	for _, err := range s.j.Rows(b.Context()) {
		if n++; err != nil {
			b.Fatal(err)
		}
	}
	if n != s.rows {
		b.Fatalf("%d rows", n)
	}
}

func (s *scale) records(b *testing.B) {
	b.Helper()
	s.history = nil
	counts, err := countRows(b.Context(), s.j)
	if err != nil || counts[batch.Invited] != s.rows {
		b.Fatalf("%v %v", counts, err)
	}
}

// breakSeal makes the file differ from what was sealed.
func (s *scale) breakSeal(b *testing.B) {
	b.Helper()
	db, err := sql.Open("sqlite", s.path)
	if err != nil {
		b.Fatal(err)
	}
	_, err = db.ExecContext(b.Context(), "UPDATE batch SET email = email + 1")
	if err = errors.Join(err, db.Close()); err != nil {
		b.Fatal(err)
	}
}

// resetPeak lets Linux count the largest resident set from now on, see proc(5).
func resetPeak() { _ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }

// peak is the most memory that the process held, in bytes.
func peak() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.Sys)
	}
	var kib float64
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	_, _ = fmt.Sscan(rest, &kib)
	return kib * (1 << 10)
}
