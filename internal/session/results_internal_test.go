package session

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"guestlist/batch"
	"guestlist/report"
	"guestlist/report/page"
)

// TestAPageOfVeryManyRows says before it is written what it will have.
func TestAPageOfVeryManyRows(t *testing.T) {
	for _, rows := range []int{page.MaxRows, page.MaxRows + 1} {
		r := report.Results{Columns: []string{"Email"}, Records: func(yield func(batch.Record, error) bool) {
			cells := []string{"guest@x.example"}
			for i := range rows {
				o := batch.Outcome{Address: cells[0], Status: batch.Pending}
				if i == 7 {
					o.Status, o.ErrorCode = batch.Failed, "Odd"
				}
				if !yield(batch.Record{Line: i + 2, Cells: cells, Outcome: o}, nil) {
					return
				}
			}
		}}
		path := filepath.Join(t.TempDir(), "page.html")
		tally, said := batch.NewTally(), ""
		err := writeAs(t.Context(), path, r, tally, func(sentence string) {
			said = sentence
			if _, err := os.Stat(path); err == nil {
				t.Error("it was written before")
			}
		})
		if err != nil || tally.Counts.Rows() != rows {
			t.Fatalf("%d rows counted, %v", tally.Counts.Rows(), err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if many := rows > page.MaxRows; many != (info.Size() < 1<<20) || many != strings.HasPrefix(said, "more than 100,000 rows") {
			t.Error(fmt.Sprint(rows, " rows make ", info.Size(), " bytes: ", said))
		}
	}
}
