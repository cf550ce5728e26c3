package results

import (
	"strings"
	"testing"

	"guestlist/batch"
	"guestlist/internal/assert"
)

func TestABaseTellsWhichCellsWereChanged(t *testing.T) {
	p := PlaceColumns([]string{"Email", "Name", "Note"}, false)
	rec := batch.Record{Line: 2, Cells: []string{"a@x.example", "Anna"}, Outcome: batch.Outcome{Address: "a@x.example", Status: batch.Failed, Fingerprint: 7}}
	layout, _ := FindLayout(p.Headings)
	row := batch.Row{Cells: make([]string, len(p.Headings))}
	row.Cells[p.At(ColumnRowKey)] = p.Key(rec, Origin{Tenant: "tenant"})
	key, keyed := layout.Key(row)
	assert.Equal(t, "key", key, RowKey{Origin: Origin{Tenant: "tenant"}, Address: "a@x.example", Fingerprint: 7, Link: "-"})
	base, based := layout.Base(row)
	assert.Equal(t, "has both", []bool{keyed, based}, []bool{true, true})
	for _, test := range []struct {
		heading, cell string
		want          bool
	}{
		{"Email", "a@x.example", true},
		{"E-mail ", "a@x.example", true},
		{"Email", " a@x.example\r", true},
		{"Email", "b@x.example", false},
		{"Email", "", false},
		{"Email", "Anna", false},
		{"Name", "Anna", true},
		{"Name", "a@x.example", false},
		{"Note", "", true},
		{"Note", "x", false},
		{"Region", "", false},
	} {
		assert.Equal(t, test.heading+" "+test.cell, base.Has(test.heading, test.cell), test.want)
	}
}

func TestWhichRowsHaveABase(t *testing.T) {
	p := PlaceColumns([]string{"Email"}, false)
	layout, _ := FindLayout(p.Headings)
	for _, status := range batch.Statuses() {
		rec := batch.Record{Line: 2, Cells: []string{"a@x.example"}, Outcome: batch.Outcome{Address: "a@x.example", Status: status}}
		row := batch.Row{Cells: make([]string, len(p.Headings))}
		row.Cells[p.At(ColumnRowKey)] = p.Key(rec, Origin{})
		_, based := layout.Base(row)
		_, keyed := layout.Key(row)
		assert.Equal(t, string(status)+" has a base", based, status.NeedsCare())
		assert.Equal(t, string(status)+" has a key", keyed, rec.Outcome.Sent())
	}
	// Thousands of columns would not fit into a cell.
	wide := PlaceColumns(strings.Split(strings.Repeat("x,", maxBase+1), ","), false)
	assert.Equal(t, "a wide row", wide.Key(batch.Record{Outcome: batch.Outcome{Status: batch.Invalid}}, Origin{}), "")
	for _, cell := range []string{"", "K-7", "~", "~?", "~abcde", "tenant 1 a@x.example"} {
		row := batch.Row{Cells: make([]string, len(p.Headings))}
		row.Cells[p.At(ColumnRowKey)] = cell
		if base, ok := layout.Base(row); ok && len(base) > 0 {
			t.Errorf("%q: %v", cell, base)
		}
	}
}
