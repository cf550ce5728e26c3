package xlsx

import (
	"iter"
	"maps"
	"slices"
)

// Sheet is a sheet of a workbook.
type Sheet struct {
	Name string
	// Hidden says that people do not see the sheet.
	Hidden bool
	// Front says that the sheet was in front when the workbook was saved.
	Front bool

	book *Workbook
	part string
}

// Row is a row of a sheet as people see it.
type Row struct {
	Number int // from 1
	// Cells have no empty ones at their end.
	Cells []string
	// Plain are the columns, from 1, of numbers whose format cannot be applied surely
	// as Excel would, so that they stand there without it; most rows have none.
	Plain []int
	// Struck are the cells of which a part is struck through, and a part is not; most
	// rows have none.
	Struck []StruckCell
}

// StruckCell is a cell of which a part is struck through.
type StruckCell struct {
	Column int // from 1
	// Marked is its text with tildes around the first such part: ~~old~~ new.
	Marked string
}

// Rows yields the rows of the sheet that are stored, empty ones included. It can
// be ranged over again from the start, and ends after the first error, which is
// an [Error].
func (s *Sheet) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for stored, err := range s.stored(nil) {
			row := Row{Number: stored.number}
			if err == nil {
				err = s.show(stored, &row)
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// Inspect reads the sheet to its end, so that damage at its end is known before
// the first row is used, and returns what people should know of the area in which
// a list is. Its error is an [Error].
func (s *Sheet) Inspect(area Area) (*Meta, error) {
	meta := &Meta{area: area, hyperlinks: make(map[int]string), NoResults: make(map[int]Rows)}
	formulas := make(map[int]string)
	for row, err := range s.stored(meta) {
		if err != nil {
			return nil, err
		}
		if row.number < area.Headings {
			continue
		}
		if row.number == area.Headings {
			if at := slices.IndexFunc(row.cells, storedCell.hasNoResult); at >= 0 {
				return nil, s.at(row.number, row.cells[at].column, FormulaError{})
			}
			continue
		}
		if row.hidden && row.hasValue() {
			meta.HiddenRows++
		}
		for _, c := range row.cells {
			if c.raw != "" {
				meta.fill(c.column)
			}
			if c.hasNoResult() {
				if slices.Contains(area.Columns, c.column) {
					return nil, s.at(row.number, c.column, FormulaError{})
				}
				rows := meta.NoResults[c.column]
				rows.add(row.number)
				meta.NoResults[c.column] = rows
			}
			if c.column != area.LinkColumn {
				continue
			}
			if c.link != "" {
				formulas[row.number] = c.link
			}
			if _, wholly := s.book.values.struck(c); c.raw != "" && wholly {
				meta.Struck.add(row.number)
			}
		}
	}
	var err error
	if meta.MailLinks, err = mailLinks(s.book.parts, s.part, meta.hyperlinks); err != nil {
		return nil, s.at(0, 0, err)
	}
	maps.Copy(meta.MailLinks, formulas)
	if err := s.filteredTables(meta); err != nil {
		return nil, s.at(0, 0, err)
	}
	return meta, nil
}

// filteredTables notes whether a table on the sheet has a filter that is set.
func (s *Sheet) filteredTables(meta *Meta) error {
	if meta.Filtered || len(meta.tables) == 0 {
		return nil
	}
	var tables []string
	err := s.book.parts.relations(s.part, func(r relation) {
		if slices.Contains(meta.tables, r.id) {
			tables = append(tables, resolve(s.part, r.target))
		}
	})
	for _, table := range tables {
		if err == nil {
			err = s.book.parts.elements(table, func(x *xmlReader) error {
				meta.Filtered = meta.Filtered || x.name == "filterColumn"
				return nil
			})
		}
	}
	return err
}

// stored yields the sound rows of the sheet as they are stored.
func (s *Sheet) stored(meta *Meta) iter.Seq2[storedRow, error] {
	return func(yield func(storedRow, error) bool) {
		cells, width := 0, 0
		for row, err := range readRows(s.book.parts[partName(s.part)], meta) {
			cells, width = cells+len(row.cells), width+row.width()
			switch {
			case err != nil:
				err = s.at(row.number, 0, damaged(s.part, err))
			case width > scatterFree && width/scatterLimit > cells:
				err = s.at(row.number, row.width(), ScatteredError{})
			default:
				err = s.check(row)
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// Cells may be so scattered that a row is on average scatterLimit times as wide as the
// cells that it stores, once the rows are scatterFree cells wide in all.
const (
	scatterLimit = 100
	scatterFree  = 32 << 20
)

// check looks at a stored row by itself: its shared strings must exist.
func (s *Sheet) check(row storedRow) error {
	for _, c := range row.cells {
		if c.kind == "s" && c.raw != "" {
			if _, err := s.book.values.sharedIndex(c); err != nil {
				return s.at(row.number, c.column, err)
			}
		}
	}
	return nil
}

// show fills in the cells of a stored row as people see them.
func (s *Sheet) show(stored storedRow, row *Row) error {
	row.Cells = make([]string, stored.width())
	for _, c := range stored.cells {
		if c.raw == "" {
			continue
		}
		shown, err := s.book.values.show(c)
		if err != nil {
			row.Cells = nil
			return s.at(row.Number, c.column, err)
		}
		if shown.unsure {
			row.Plain = append(row.Plain, c.column)
		}
		row.Cells[c.column-1] = shown.text
		if part, wholly := s.book.values.struck(c); !part.isEmpty() && !wholly {
			row.Struck = append(row.Struck, StruckCell{c.column, part.marked(shown.text)})
		}
	}
	return nil
}

// at places an error in the sheet.
func (s *Sheet) at(row, column int, err error) error {
	return &Error{Sheet: s.Name, Row: row, Column: column, Err: err}
}
