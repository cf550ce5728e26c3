package session

import (
	"errors"
	"iter"
	"slices"
	"strings"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/batch/judge"
	"guestlist/batch/results"
	"guestlist/batch/sheet"
	"guestlist/report/marked"
)

// resultsSheet holds the whole batch in a workbook; failedSheet a part of it.
const (
	resultsSheet = results.SheetResults
	failedSheet  = results.SheetFailed
)

// source is where the rows of a batch come from: a list, or a results workbook.
// When only the rows of its Failed sheet are asked for, the batch is still the
// whole workbook, and their outcomes come home to it.
type source struct {
	path string
	list *sheet.List
	// layout is set for a results workbook.
	layout    results.Layout
	isResults bool
	// part is the Failed sheet, nil when the whole list is asked for; asked are
	// the addresses that stand on it, known after the first reading.
	part  *sheet.List
	asked map[string]bool

	closed bool
}

// openSource opens a list and finds out whether it is a results workbook. What is
// wrong with it is a [*UsageError]: nothing was sent.
func openSource(path string, o ReadOptions) (*source, error) {
	list, err := openList(path, o)
	if err != nil {
		return nil, err
	}
	s := &source{path: path, list: list}
	s.layout, s.isResults = results.FindLayout(list.Header().Columns)
	if !s.isResults || !strings.HasPrefix(strings.ToLower(list.Sheet()), strings.ToLower(failedSheet)) {
		return s, nil
	}
	whole := o
	whole.Sheet = resultsSheet
	base, err := openList(path, whole)
	if errors.As(err, new(*sheet.UnknownSheetError)) {
		return s, nil // somebody kept the Failed sheet alone: it is the list
	}
	if err != nil {
		return nil, errors.Join(err, list.Close())
	}
	s.part, s.list = list, base
	s.layout, s.isResults = results.FindLayout(base.Header().Columns)
	return s, nil
}

// openList opens a file or standard input.
func openList(path string, o ReadOptions) (list *sheet.List, err error) {
	opt := sheet.Options{Sheet: o.Sheet, Map: o.Map, Encoding: o.Encoding, Delimiter: o.Delimiter, Split: o.Split, Password: o.Password}
	if path == Stdin {
		list, err = sheet.OpenReader("standard input", o.Stdin, opt)
	} else {
		list, err = sheet.Open(path, opt)
	}
	if err != nil {
		return nil, AsUsage(err)
	}
	return list, nil
}

func (s *source) header() batch.Header { return s.list.Header() }

// notices are what people should know about how the list was read.
func (s *source) notices() []string {
	notices := s.list.Notices()
	if s.part != nil {
		notices = append(notices, s.part.Notices()...)
	}
	return notices
}

// wants reports whether a row may be sent.
func (s *source) wants(address string) bool { return s.part == nil || s.asked[address] }

// rows yields the rows of the batch, without earlier results, corrected as the
// Failed sheet has them.
func (s *source) rows() iter.Seq2[batch.Row, error] {
	if s.part == nil {
		return s.withoutResults(s.list.Rows())
	}
	return func(yield func(batch.Row, error) bool) {
		edited, order, err := s.readPart()
		if err != nil {
			yield(batch.Row{}, err)
			return
		}
		for row, err := range s.list.Rows() {
			if err != nil {
				yield(row, err)
				return
			}
			at := s.layout.SourceRow(row)
			if patch, ok := edited[at]; ok && at != 0 {
				row = s.patched(row, patch)
				delete(edited, at)
			}
			if !yield(s.layout.Without(row), nil) {
				return
			}
		}
		for _, at := range order { // what the Failed sheet alone has
			if patch, ok := edited[at]; ok && !yield(s.layout.Without(s.patched(batch.Row{Line: patch.Line}, patch)), nil) {
				return
			}
		}
	}
}

// unguarded takes the apostrophes away that keep cells of a CSV file of results
// from becoming formulas.
func (s *source) unguarded(row batch.Row) batch.Row {
	if !s.isResults || s.list.Sheet() != "" {
		return row
	}
	cells := make([]string, len(row.Cells))
	for i, text := range row.Cells {
		cells[i] = results.Unguard(text)
	}
	return batch.Row{Line: row.Line, Cells: cells}
}

// withoutResults takes the results out of the rows of a results workbook.
func (s *source) withoutResults(rows iter.Seq2[batch.Row, error]) iter.Seq2[batch.Row, error] {
	advice := marked.FindColumn(s.header().Columns)
	if !s.isResults && advice < 0 {
		return rows
	}
	return func(yield func(batch.Row, error) bool) {
		for row, err := range rows {
			if !yield(blank(s.layout.Without(s.unguarded(row)), advice), err) {
				return
			}
		}
	}
}

// blank empties a cell: what check wrote into a marked list was for the person
// who corrected it, and is old now.
func blank(row batch.Row, at int) batch.Row {
	if at < 0 || at >= len(row.Cells) {
		return row
	}
	cells := slices.Clone(row.Cells)
	cells[at] = ""
	return batch.Row{Line: row.Line, Cells: cells}
}

// readPart reads the Failed sheet by the row of the batch that each row is. A
// row that names none, or one that another names, gets a negative number.
func (s *source) readPart() (edited map[int]batch.Row, order []int, err error) {
	layout, _ := results.FindLayout(s.part.Header().Columns)
	edited, s.asked = make(map[int]batch.Row), make(map[string]bool)
	for row, err := range s.part.Rows() {
		if errors.Is(err, sheet.ErrEmpty) {
			break // nothing failed
		}
		if err != nil {
			return nil, nil, err
		}
		at := layout.SourceRow(row)
		if _, taken := edited[at]; taken || at == 0 {
			at = -row.Line
		}
		edited[at] = row
		order = append(order, at)
		s.asked[addressKey(s.part.Header().Value(row, batch.Email))] = true
	}
	return edited, order, nil
}

// patched puts the cells of a row of the Failed sheet under the same headings
// of the batch. Columns that only the Failed sheet has do not belong to it.
func (s *source) patched(row, patch batch.Row) batch.Row {
	columns := s.part.Header().Columns
	cells := make([]string, len(s.header().Columns))
	copy(cells, row.Cells)
	for i, heading := range s.header().Columns {
		if at := slices.Index(columns, heading); at >= 0 {
			cells[i] = ""
			if at < len(patch.Cells) {
				cells[i] = patch.Cells[at]
			}
		}
	}
	return batch.Row{Line: row.Line, Cells: cells}
}

// outcomes yields what a results workbook says became of its rows. Outcomes of
// another tenant are refused.
func (s *source) outcomes(id journal.Identity, d judge.Defaults) iter.Seq2[batch.Record, error] {
	return func(yield func(batch.Record, error) bool) {
		for row, err := range s.list.Rows() {
			row = s.unguarded(row)
			if err == nil {
				err = s.belongs(row, id)
			}
			if err != nil {
				yield(batch.Record{}, err)
				return
			}
			o, sent := s.layout.Outcome(judge.Row(s.header(), d, row))
			if sent && !yield(batch.Record{Cells: s.sentCells(row, o), Outcome: o}, nil) {
				return
			}
		}
	}
}

// belongs refuses a row of another tenant.
func (s *source) belongs(row batch.Row, id journal.Identity) error {
	key, ok := s.layout.Key(row)
	has := journal.Identity{Tenant: key.Tenant, Sandbox: key.Tenant == SandboxTenant}
	if !ok || !has.Differs(id) {
		return nil
	}
	return &journal.MixedError{Path: s.path, Has: has, Want: id}
}

// sentCells are the cells of a row as it was sent: another address may have been
// written over that of an invited guest.
func (s *source) sentCells(row batch.Row, o batch.Outcome) []string {
	cells := s.layout.Without(row).Cells
	at := s.header().Fields[batch.Email]
	if o.Address != "" && at < len(cells) && addressKey(cells[at]) != o.Address {
		cells[at] = o.Address
	}
	return cells
}

// addressKey is what the row of a cell is known by.
func addressKey(cell string) string {
	address, err := judge.Address(cell)
	if err != nil {
		address = cell
	}
	return batch.Key(address)
}

// close may be called again.
func (s *source) close() error {
	if s.closed {
		return nil
	}
	s.closed = true
	var err error
	if s.part != nil {
		err = s.part.Close()
	}
	return errors.Join(err, s.list.Close())
}
