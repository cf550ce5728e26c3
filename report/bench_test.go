package report

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"runtime/metrics"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
	"guestlist/batch/results"
	"guestlist/internal/secret"
)

// benchmarkRows can be set by GUESTLIST_BENCH_ROWS.
func benchmarkRows() int {
	if n, err := strconv.Atoi(os.Getenv("GUESTLIST_BENCH_ROWS")); err == nil {
		return n
	}
	return 100_000
}

var benchmarkColumns = []string{"Email", "Name", "Project"}

// crowd yields rows as they come from a real tenant: redeem URLs of 300
// characters, and one row in fifty that failed.
func crowd(n int) iter.Seq2[batch.Record, error] {
	return func(yield func(batch.Record, error) bool) {
		cells := []string{"", "Adele Vance", "Harbour refit"}
		for i := range n {
			cells[0] = fmt.Sprintf("person%d@partner%d.example", i, i%50)
			rec := invited(i+2, cells[0], cells...)
			rec.Outcome.RedeemURL = secret.New(fmt.Sprintf("https://login.microsoftonline.com/redeem?rd=https%%3a%%2f%%2finvitations.microsoft.com%%2fredeem%%2f%%3ftenant%%3d04dcc6ab-388a-4559-b527-fbec656300ea%%26user%%3d%08x-ad9f-421c-a933-d55305fb16d4%%26ticket%%3d%sK1y5ZhHdTsWo9RQw0r4Vy3zXhzbXQ3fDkQeHQ3jRkM%%26ver%%3d2.0", i*7919, strings.Repeat(fmt.Sprintf("%x", i*104729), 4)))
			if i%50 == 49 {
				rec = refused(i+2, cells[0], batch.Failed, fmt.Sprint("E", i%7), cells...)
			}
			if !yield(rec, nil) {
				return
			}
		}
	}
}

// BenchmarkWrite writes 100,000 rows, with all the links that a sheet takes.
func BenchmarkWrite(b *testing.B) {
	benchmark(b, Write, "out.xlsx")
}

// BenchmarkWriteFailed writes as many rows that all need attention, with errors
// that follow one another in no order.
func BenchmarkWriteFailed(b *testing.B) {
	benchmark(b, func(ctx context.Context, path string, r Results) error {
		invited := r.Records
		r.Records = func(yield func(batch.Record, error) bool) {
			for rec := range invited {
				rec.Outcome.Status, rec.Outcome.ErrorCode = batch.Failed, fmt.Sprint("E", rec.Line*7919%11)
				rec.Outcome.Error, rec.Outcome.Advice = "said no", "see to it"
				if !yield(rec, nil) {
					return
				}
			}
		}
		return Write(ctx, path, r)
	}, "out.xlsx")
}

// BenchmarkWriteCSV writes the same rows as text.
func BenchmarkWriteCSV(b *testing.B) { benchmark(b, WriteCSV, "out.csv") }

// BenchmarkWriteJSONL does, too.
func BenchmarkWriteJSONL(b *testing.B) { benchmark(b, WriteJSONL, "out.jsonl") }

// BenchmarkFloor is what a workbook costs at least: the same cells, plain, by a
// bare [excelize.StreamWriter], on one sheet.
func BenchmarkFloor(b *testing.B) { benchmark(b, writeFloor, "out.xlsx") }

func benchmark(b *testing.B, write func(context.Context, string, Results) error, name string) {
	b.Helper()
	n := benchmarkRows()
	path := filepath.Join(b.TempDir(), name)
	b.ReportAllocs()
	peak, stop := watchMemory()
	for b.Loop() {
		if err := write(b.Context(), path, Results{Columns: benchmarkColumns, Records: crowd(n)}); err != nil {
			b.Fatal(err)
		}
	}
	stop()
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(peak.Load())/(1<<20), "peak-MiB")
}

func writeFloor(_ context.Context, path string, r Results) error {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	c := placeColumns(r.Columns, false)
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		return err
	}
	line, row := 0, make([]any, len(c.Headings))
	for rec, err := range r.Records {
		if err != nil {
			return err
		}
		for i, text := range c.Texts(rec, results.Origin{}) {
			row[i] = text
		}
		line++
		if err := w.SetRow("A"+strconv.Itoa(line), row); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return Replace(path, func(out io.Writer) error {
		f.SetZipWriter(func(io.Writer) excelize.ZipWriter { return zip.NewWriter(out) })
		return f.Write(io.Discard)
	})
}

// watchMemory looks at the heap now and then until stop is called; peak is the
// most that it saw in use, in bytes.
func watchMemory() (peak *atomic.Uint64, stop func()) {
	peak = new(atomic.Uint64)
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}}
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			metrics.Read(sample)
			peak.Store(max(peak.Load(), sample[0].Value.Uint64()+sample[1].Value.Uint64()))
			select {
			case <-tick.C:
			case <-done:
				return
			}
		}
	}()
	return peak, func() { close(done); <-ended }
}
