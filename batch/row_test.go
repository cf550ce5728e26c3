package batch_test

import (
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
	} {
		h := batch.Header{Columns: columns, Fields: map[batch.Field]int{batch.Email: 2}, NameFrom: tt.from}
		assert.Equal(t, tt.first+"+"+tt.last, h.Value(batch.Row{Cells: []string{tt.first, tt.last, "a@x.example"}}, batch.Name), tt.want)
	}
}
