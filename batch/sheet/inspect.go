package sheet

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"guestlist/batch"
)

// inspect walks a whole sheet, so that damage at its end is known at its start,
// and notes what people should know of it: what they do not see and is read.
func (b *workbook) inspect(t tab, got *found) (*surroundings, error) {
	around := &surroundings{
		column: got.header.Fields[batch.Email] + 1, links: make(map[int]string),
		merged: merged{header: got.header, line: got.line, found: make(map[batch.Field]count)},
	}
	formulas := make(map[int]string)
	hidden := 0
	for row, err := range b.stored(t, around) {
		if err != nil {
			return nil, err
		}
		if row.number <= got.line {
			continue
		}
		if row.hidden && row.valued() {
			hidden++
		}
		for _, c := range row.cells {
			if c.link != "" && c.column == around.column {
				formulas[row.number] = c.link
			}
		}
	}
	if err := b.parts.linkTargets(t.part, around.links); err != nil {
		return nil, err
	}
	maps.Copy(around.links, formulas)
	filtered, err := b.filtered(t, around)
	got.notices = append(got.notices, unseen(hidden, filtered)...)
	got.notices = append(got.notices, unseenColumns(got.header, around)...)
	got.notices = append(got.notices, around.merged.notices()...)
	return around, err
}

// filtered reports whether a filter of the sheet or of a table on it is set.
func (b *workbook) filtered(t tab, around *surroundings) (bool, error) {
	if around.filtered || len(around.tables) == 0 {
		return around.filtered, nil
	}
	var tables []string
	err := b.parts.relations(t.part, func(r relation) {
		if slices.Contains(around.tables, r.id) {
			tables = append(tables, resolve(t.part, r.target))
		}
	})
	set := false
	for _, table := range tables {
		if err == nil {
			err = b.parts.elements(table, func(x *xmlPart) error {
				set = set || string(x.name) == "filterColumn"
				return nil
			})
		}
	}
	return set, err
}

// unseen tells of rows that people do not see.
func unseen(rows int, filtered bool) []string {
	are := "they are"
	if rows == 1 {
		are = "it is"
	}
	switch {
	case rows == 0:
		return nil
	case filtered:
		return []string{fmt.Sprintf("A filter hides %s; %s part of the list.", countedRows(rows), are)}
	case rows == 1:
		return []string{"1 row of the sheet is hidden; it is part of the list."}
	}
	return []string{fmt.Sprintf("%d rows of the sheet are hidden; they are part of the list.", rows)}
}

// unseenColumns tells of hidden columns that hold a field.
func unseenColumns(h batch.Header, around *surroundings) []string {
	var names []string
	for _, f := range batch.Fields() {
		if at, ok := h.Fields[f]; ok && around.covers(at+1) {
			names = append(names, fmt.Sprintf("%q (%s)", h.Columns[at], letters(at+1)))
		}
	}
	switch len(names) {
	case 0:
		return nil
	case 1:
		return []string{fmt.Sprintf("The column %s is hidden; it is read all the same.", names[0])}
	}
	return []string{fmt.Sprintf("The columns %s are hidden; they are read all the same.", strings.Join(names, ", "))}
}
