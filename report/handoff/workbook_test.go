package handoff

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"guestlist/batch"
	"guestlist/batch/selection"
	"guestlist/internal/assert"
)

// Columns are left out by their heading, however it is spelled, and all that are called so.
func TestAPackHasNoColumnThatIsLeftOut(t *testing.T) {
	r := listResults([]string{"Email", "Manager", "Remark", "Region", "remark "},
		batch.Record{Line: 2, Cells: []string{"a@x.example", "Kim", "left?", "North", "rude"}, Outcome: invited("a@x.example")})
	opt := Options{By: "Manager", Without: []string{"REMARK"}, Header: batch.Header{Fields: map[batch.Field]int{batch.Email: 0}}, At: at}
	folder := filepath.Join(t.TempDir(), "packs")
	if _, err := Write(t.Context(), folder, opt, r); err != nil {
		t.Fatal(err)
	}
	rows := sheet(t, filepath.Join(folder, "Kim", "Kim.xlsx"), "Guests")
	for i, want := range [][]string{{"Manager", "Region"}, {"Kim", "North"}} {
		assert.Equal(t, "last cells", rows[i][len(rows[i])-2:], want)
		if said := strings.ToLower(strings.Join(rows[i], " ")); strings.Contains(said, "remark") || strings.Contains(said, "left?") || strings.Contains(said, "rude") {
			t.Errorf("%q", said)
		}
	}
	opt.Without = []string{"Note"}
	if _, err := Write(t.Context(), folder, opt, r); !errors.As(err, new(*selection.UnknownHeadingError)) {
		t.Error(err)
	}
}

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
