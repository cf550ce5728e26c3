package marked

import (
	"io"
	"runtime"
	"strings"
	"testing"

	"guestlist/batch"
	"guestlist/internal/need"
)

// TestMemoryDoesNotGrowWithTheList looks at the heap while rows are asked for,
// after the peek, the comments and excelize's own buffer are full.
func TestMemoryDoesNotGrowWithTheList(t *testing.T) {
	need.Time(t, "a list of 36,000 wide rows")
	need.NoRace(t, "the detector takes memory of its own")
	const early, late, allowed = 20_000, 36_000, 1 << 20
	heap := map[int]uint64{}
	wide := strings.Repeat("x", 900)
	l := List{Header: header("Email", "Note"), Rows: func(yield func(Row, error) bool) {
		for i := range late + 1 {
			if i == early || i == late {
				runtime.GC()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				heap[i] = m.HeapAlloc
			}
			r := row(i+2, "guest@fabrikam.example", wide)
			if i%2 == 0 {
				r.Problems = []batch.Problem{{Field: batch.Email, Severity: batch.SeverityInvalid, What: "is wrong", Advice: "Correct it."}}
			}
			if !yield(r, nil) {
				return
			}
		}
	}}
	if err := Write(t.Context(), io.Discard, l); err != nil {
		t.Fatal(err)
	}
	if grown := int64(heap[late]) - int64(heap[early]); grown > allowed {
		t.Errorf("%d rows more take %d bytes more", late-early, grown)
	}
}
