package sheet

import (
	"encoding/csv"
	"errors"
	"io"
	"os"
	"testing"

	"github.com/xuri/excelize/v2"
)

const benchRows = 50_000

// Each benchmark has a floor: what the library alone takes for the same file,
// without checking anything.
func BenchmarkCSV(b *testing.B)      { benchmark(b, largeCSV(b, benchRows), readList) }
func BenchmarkCSVFloor(b *testing.B) { benchmark(b, largeCSV(b, benchRows), readCSVAlone) }
func BenchmarkWorkbook(b *testing.B) { benchmark(b, largeWorkbook(b, benchRows), readList) }
func BenchmarkWorkbookFloor(b *testing.B) {
	benchmark(b, largeWorkbook(b, benchRows), readExcelizeAlone)
}

func benchmark(b *testing.B, path string, read func(path string) (int, error)) {
	b.Helper()
	b.ReportAllocs()
	rows := 0
	for b.Loop() {
		n, err := read(path)
		if err != nil {
			b.Fatal(err)
		}
		rows += n
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}

func readList(path string) (n int, err error) {
	l, err := Open(path, Options{})
	if err != nil {
		return 0, err
	}
	for _, err := range l.Rows() {
		if err != nil {
			return n, errors.Join(err, l.Close())
		}
		n++
	}
	return n, l.Close()
}

func readCSVAlone(path string) (n int, err error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer func() { _ = file.Close() }()
	rows := csv.NewReader(file)
	for ; ; n++ {
		if _, err := rows.Read(); errors.Is(err, io.EOF) {
			return n, nil
		} else if err != nil {
			return n, err
		}
	}
}

func readExcelizeAlone(path string) (n int, err error) {
	f, err := excelize.OpenFile(path)
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }()
	rows, err := f.Rows(f.GetSheetName(0))
	if err != nil {
		return 0, err
	}
	for ; rows.Next(); n++ {
		if _, err := rows.Columns(); err != nil {
			return n, err
		}
	}
	return n, rows.Close()
}
