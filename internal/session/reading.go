package session

import (
	"fmt"
	"strings"

	"guestlist/batch"
	"guestlist/batch/results"
	"guestlist/internal/text"
)

// Reading says what of a list was read as what.
type Reading struct {
	Fields []FieldReading `json:"read"`
	// Carried are the columns that are read as nothing: they go along into the results.
	Carried []string `json:"carried"`
}

// FieldReading is a field with the columns that it is read from: more than one for a
// name in parts.
type FieldReading struct {
	Field   batch.Field `json:"field"`
	Columns []string    `json:"columns"`
}

// Reading says what of the list is read as what, each column with its letter.
func (s *Session) Reading() Reading {
	h := s.source.header()
	r := Reading{Fields: []FieldReading{}, Carried: []string{}}
	used := make(map[int]bool)
	read := func(f batch.Field, at ...int) {
		columns := make([]string, 0, len(at))
		for _, i := range at {
			columns, used[i] = append(columns, columnShown(h.Columns, i)), true
		}
		r.Fields = append(r.Fields, FieldReading{f, columns})
	}
	for _, f := range batch.Fields() {
		at, whole := h.Fields[f]
		switch {
		case whole:
			read(f, at)
		case f == batch.Name && len(h.NameFrom) > 0:
			var parts []int
			for _, p := range h.NameFrom {
				if p.Column >= 0 {
					parts = append(parts, p.Column)
				}
			}
			read(f, parts...)
		}
	}
	for _, f := range batch.FollowUpFields() {
		if at, asked := h.Fields[f]; asked {
			read(f, at)
		}
	}
	for i, heading := range h.Columns {
		if !used[i] && !results.IsUnheaded(heading) && !s.source.isResultColumn(heading) {
			r.Carried = append(r.Carried, columnShown(h.Columns, i))
		}
	}
	return r
}

// columnShown is a heading with the letter of its column, or that alone.
func columnShown(columns []string, at int) string {
	if text.Trim(columns[at]) == "" {
		return text.ColumnName(at + 1)
	}
	return fmt.Sprintf("%s (%s)", text.Printable(text.Truncate(strings.Join(strings.Fields(columns[at]), " "), 60)), text.ColumnName(at+1))
}

// Read says in one line which column each field is read from.
func (r Reading) Read() string {
	var words []string
	for _, f := range r.Fields {
		words = append(words, fmt.Sprintf("%s from %s", f.Field, strings.Join(f.Columns, " and ")))
	}
	return strings.Join(words, ", ")
}

// Rest lists the columns that are only carried, the first ones of many.
func (r Reading) Rest() string {
	const many = 12
	return text.Few(r.Carried[:min(many, len(r.Carried))], len(r.Carried))
}
