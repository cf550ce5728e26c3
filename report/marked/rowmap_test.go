package marked

import (
	"math/rand/v2"
	"testing"

	"guestlist/internal/assert"
)

// TestTheRowMapFindsEveryRow compares with a map, over lists with blank rows, titles
// and cells of many lines.
func TestTheRowMapFindsEveryRow(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var m rowMap
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
			m.add(line, row, sheet)
			want[line] = [2]int{row, sheet}
		}
		for line, at := range want {
			row, sheet, ok := m.find(line)
			if !ok || row != at[0] || sheet != at[1] {
				t.Fatalf("line %d is found at %d, %d, %v; it is at %v", line, row, sheet, ok, at)
			}
		}
		if _, _, ok := m.find(0); ok {
			t.Fatal("line 0 is found")
		}
	}
}

func TestTheRowMapOfAPlainListTakesNoRoom(t *testing.T) {
	var m rowMap
	for i := range 100_000 {
		m.add(i+5, i+2, 0)
	}
	assert.Equal(t, "runs", len(m.runs), 1)
}
