package marked

import (
	"math/rand/v2"
	"testing"

	"guestlist/internal/assert"
)

// TestPlacesFindEveryRow compares with a map, over lists with blank rows, titles
// and cells of many lines.
func TestPlacesFindEveryRow(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var p places
		want := map[int][2]int{}
		line, row, sheet := 1+random.IntN(5), 1, 0
		for range 100 {
			if random.IntN(10) == 0 {
				line += random.IntN(4)
			}
			line++
			if row++; row > 30 {
				row, sheet = 2, sheet+1
			}
			p.add(line, row, sheet)
			want[line] = [2]int{row, sheet}
		}
		for line, at := range want {
			row, sheet, ok := p.find(line)
			if !ok || row != at[0] || sheet != at[1] {
				t.Fatalf("line %d is found at %d, %d, %v; it is at %v", line, row, sheet, ok, at)
			}
		}
		if _, _, ok := p.find(0); ok {
			t.Fatal("line 0 is found")
		}
	}
}

func TestPlacesOfAPlainListTakeNoRoom(t *testing.T) {
	var p places
	for i := range 100_000 {
		p.add(i+5, i+2, 0)
	}
	assert.Equal(t, "runs", len(p.runs), 1)
}
