package handoff

import (
	"path/filepath"
	"strings"
	"testing"

	"guestlist/batch"
)

// What excelize would drop or cut without a word is seen in a pack, too.
func TestCellsOfAPackHoldWhatTheyCan(t *testing.T) {
	long := strings.Repeat("along", 8000)
	r := listResults([]string{"Email", "Manager", "Note"},
		batch.Record{Line: 2, Cells: []string{"a@x.example", "Kim", "half _xD800_ a pair"}, Outcome: invited("a@x.example")},
		batch.Record{Line: 3, Cells: []string{"b@x.example", "Kim", long}, Outcome: invited("b@x.example")},
	)
	folder := filepath.Join(t.TempDir(), "packs")
	if _, err := Write(t.Context(), folder, Options{By: "Manager", Header: batch.Header{Fields: map[batch.Field]int{batch.Email: 0}}, At: at}, r); err != nil {
		t.Fatal(err)
	}
	rows := sheet(t, filepath.Join(folder, "Kim", "Kim.xlsx"), "Guests")
	for i, want := range []string{"half _\uFFFDxD800_ a pair", " … [cut here: 40,000 characters]"} {
		if note := rows[i+1][len(rows[i+1])-1]; !strings.HasSuffix(note, want) {
			t.Errorf("row %d ends in %q, want %q", i+2, note[max(0, len(note)-40):], want)
		}
	}
}
