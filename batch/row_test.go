package batch_test

import (
	"slices"
	"testing"

	"guestlist/batch"
	"guestlist/internal/assert"
)

func TestNameOfSeveralColumns(t *testing.T) {
	columns := []string{"First", "Last", "Email"}
	inOrder := []batch.NamePart{{Column: 0}, {Before: " ", Column: 1}}
	weak := []batch.NamePart{{Column: 0}, {Before: " ", Column: 1, MayBeWhole: true}}
	tight := []batch.NamePart{{Column: 1}, {Before: " ", Column: 0, Tight: true}}
	template := []batch.NamePart{{Before: "Dr. ", Column: 1}, {Before: ", ", Column: 0}, {Before: " (guest)", Column: -1}}
	comma := []batch.NamePart{{Column: 1}, {Before: ", ", Column: 0}}
	bracket := []batch.NamePart{{Column: 0}, {Before: " (", Column: 1}, {Before: ") ", Column: -1}}
	for _, tt := range []struct {
		from        []batch.NamePart
		first, last string
		want        string
	}{
		{inOrder, " Anna ", "Berg", "Anna Berg"},
		{inOrder, "Juan", "San Juan", "Juan San Juan"},
		{inOrder, "Anna", "", "Anna"},
		{inOrder, "", "Berg", "Berg"},
		{inOrder, "", " ", ""},
		{weak, "Anna", "Berg", "Anna Berg"},
		{weak, "Anna", "Anna Berg", "Anna Berg"},
		{weak, "lena", "Lena", "Lena"},
		{tight, "小明", "王", "王小明"},
		{tight, "Xiaoming", "Wang", "Wang Xiaoming"},
		{template, "Anna", "Berg", "Dr. Berg, Anna (guest)"},
		{template, "", "", ""},
		{template, "Anna", "", "Anna (guest)"},
		{comma, "Per", "", "Per"},
		{comma, "", "Berg", "Berg"},
		{bracket, "Anna", "Fabrikam", "Anna (Fabrikam)"},
		{bracket, "Anna", "", "Anna"},
		{bracket, "", "Fabrikam", "(Fabrikam)"},
	} {
		h := batch.Header{Columns: columns, Fields: map[batch.Field]int{batch.Email: 2}, NameFrom: tt.from}
		assert.Equal(t, tt.first+"+"+tt.last, h.Value(batch.Row{Cells: []string{tt.first, tt.last, "a@x.example"}}, batch.Name), tt.want)
	}
}

func TestTextBelowNoHeadingIsSurplus(t *testing.T) {
	h := batch.Header{Columns: []string{"", "Email", "", "Note"}, Unheaded: []int{0, 2}}
	for _, tt := range []struct {
		cells []string
		at    int
		over  []string
	}{
		{cells: []string{"", "a@x.example", "", "n"}},
		{cells: []string{"17", "a@x.example", " \u00a0"}}, // a row number
		{cells: []string{"no", "a@x.example"}, at: 0, over: []string{"no"}},
		{cells: []string{"1", "a@x.example", "2", "n", "", "x"}, at: 2, over: []string{"2", "x"}},
		{cells: []string{"", "a@x.example", "", "n", "", "3"}, at: 5, over: []string{"3"}},
	} {
		at, over := h.Surplus(batch.Row{Cells: tt.cells})
		if at != tt.at || !slices.Equal(over, tt.over) {
			t.Errorf("%q: %d, %q", tt.cells, at, over)
		}
	}
}
