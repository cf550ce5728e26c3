package sheet

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/xuri/excelize/v2"

	"guestlist/internal/assert"
)

// largeCSV writes a list of so many rows, about 90 bytes each.
func largeCSV(tb testing.TB, rows int) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "large.csv")
	file, err := os.Create(path)
	if err != nil {
		tb.Fatal(err)
	}
	w := bufio.NewWriter(file)
	fmt.Fprintln(w, "Email,Full name,Company,Project")
	for i := range rows {
		fmt.Fprintf(w, "guest.number.%d@partner%d.example,Guest Number %d,\"Partner, %d\",Project %d\n", i, i%50, i, i%50, i%7)
	}
	if err := w.Flush(); err != nil {
		tb.Fatal(err)
	}
	if err := file.Close(); err != nil {
		tb.Fatal(err)
	}
	return path
}

// largeWorkbook writes a list of so many rows, with text in the sheet's own part.
func largeWorkbook(tb testing.TB, rows int) string {
	tb.Helper()
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		tb.Fatal(err)
	}
	if err := w.SetRow("A1", []any{"Email", "Full name", "Company", "Phone"}); err != nil {
		tb.Fatal(err)
	}
	for i := range rows {
		row := []any{fmt.Sprintf("guest.number.%d@partner.example", i), fmt.Sprintf("Guest Number %d", i), "Partner", 4930123456000 + i}
		if err := w.SetRow(fmt.Sprintf("A%d", i+2), row); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(tb.TempDir(), "large.xlsx")
	if err := f.SaveAs(path); err != nil {
		tb.Fatal(err)
	}
	return path
}

// heapGrowth opens and reads a list and returns how many bytes the live heap
// grew at most, looking now and then.
func heapGrowth(tb testing.TB, path string, want int) int64 {
	tb.Helper()
	before := liveHeap()
	l := open(tb, path, Options{})
	most, n := liveHeap()-before, 0
	for _, err := range l.Rows() {
		if err != nil {
			tb.Fatal(err)
		}
		if n++; n%5_000 == 0 {
			most = max(most, liveHeap()-before)
		}
	}
	assert.Equal(tb, "rows", n, want)
	return most
}

func liveHeap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestMemoryStaysFlat(t *testing.T) {
	const rows, limit = 20_000, 4 << 20
	if grown := heapGrowth(t, largeCSV(t, rows), rows); grown > limit {
		t.Errorf("reading %d rows of CSV takes %d KiB", rows, grown>>10)
	}
	if grown := heapGrowth(t, largeWorkbook(t, rows), rows); grown > limit {
		t.Errorf("reading %d rows of a workbook takes %d KiB", rows, grown>>10)
	}
}
