package durable_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"guestlist/internal/durable"
)

// TestRecordsComeBackInAnyOrder reads short and long ones, by several readers at the
// same time.
func TestRecordsComeBackInAnyOrder(t *testing.T) {
	type kept struct {
		N     int
		Cells []string
	}
	records, err := durable.NewRecords[kept](t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer records.Close()
	places := make([]int64, 500)
	value := func(n int) kept { return kept{n, []string{strings.Repeat("x", n*n%10_000), "", "ü"}} }
	for n := range places {
		if places[n], err = records.Add(value(n)); err != nil {
			t.Fatal(err)
		}
	}
	var group errgroup.Group
	for range 3 {
		reader, err := records.Reader()
		if err != nil {
			t.Fatal(err)
		}
		group.Go(func() error {
			for _, n := range rand.Perm(len(places)) {
				got, err := reader.Read(places[n])
				if err != nil {
					return err
				}
				if want := value(n); got.N != n || strings.Join(got.Cells, "|") != strings.Join(want.Cells, "|") {
					t.Errorf("record %d comes back as %d", n, got.N)
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
}
