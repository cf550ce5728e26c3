package session

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"guestlist/batch"
	"guestlist/batch/journal"
	"guestlist/batch/judge"
	"guestlist/batch/planfile"
	"guestlist/batch/results"
	"guestlist/batch/sheet"
	"guestlist/internal/shell"
	"guestlist/internal/text"
	"guestlist/report/marked"
)

// resultsSheet holds the whole batch in a workbook; failedSheet a part of it.
const (
	resultsSheet = results.SheetResults
	failedSheet  = results.SheetFailed
)

// source is where the rows of a batch come from: a list, or a results workbook with
// what was corrected on its sheet Failed. When only the rows of that sheet are asked
// for, the batch is still the whole workbook, and their outcomes come home to it.
type source struct {
	path string
	list *sheet.List
	// layout is set for a results workbook.
	layout    results.Layout
	isResults bool
	// marks says that the last column is the one that check adds to a marked list.
	marks bool
	// ownAdvice says that the column that is called like it has words of the list's own.
	ownAdvice bool
	// remarks are what people wrote into that column of a marked list, by the row; the rest of it
	// is old now. They are noted while it is not nil, as the rows are gone through.
	remarks map[int]string
	// more are the sheets Results 2 and so on, on which a long batch continues.
	more continued
	// known are the rows of results as their journal has them, nil where these are read from
	// the file: it says the same, and takes ten times as long.
	known iter.Seq2[batch.Row, error]
	// followUps says that the results have the columns of what guests get after the invitation.
	followUps bool
	// failed is the sheet Failed, nil where there is none.
	failed *failedRows

	// corrected are the addresses of rows of results that have another address now. They are
	// noted while it is not nil, as the rows are gone through.
	corrected map[string]bool
	// otherName is what was changed under the other name of results that have two, nil
	// where nothing was.
	otherName *otherName
	// forgotten are whom the journal was told to forget: their rows do not count. forgottenAt
	// are the lines of those, as of the latest time through the list.
	forgotten   *journal.Forgotten
	forgottenAt []int

	closed bool
}

// continued are the sheets that continue another one.
type continued []*sheet.List

// openContinued opens the sheets of a workbook that continue one of this name.
func openContinued(path, name string, sheets []string, o ReadOptions) (more continued, err error) {
	for n := 2; ; n++ {
		if o.Sheet = fmt.Sprintf("%s %d", name, n); !slices.Contains(sheets, o.Sheet) {
			return more, nil
		}
		list, err := openList(path, o)
		if errors.As(err, new(*sheet.NoAddressError)) || errors.Is(err, sheet.ErrEmpty) {
			return more, nil // it was emptied by hand
		}
		if err != nil {
			return more, errors.Join(err, more.close())
		}
		more = append(more, list)
	}
}

// after yields the rows of a sheet and of those that continue it. The rows of each are
// numbered as if the sheets before it were full.
func (c continued) after(first *sheet.List) iter.Seq2[batch.Row, error] {
	if len(c) == 0 {
		return first.Rows()
	}
	return func(yield func(batch.Row, error) bool) {
		for n, list := range append(continued{first}, c...) {
			for row, err := range list.Rows() {
				if errors.Is(err, sheet.ErrEmpty) && n > 0 {
					break
				}
				row.Line += n * excelRows
				if !yield(row, err) || err != nil {
					return
				}
			}
		}
	}
}

// excelRows is how many rows a sheet has.
const excelRows = 1 << 20

func (c continued) close() error {
	var errs []error
	for _, list := range c {
		errs = append(errs, list.Close())
	}
	return errors.Join(errs...)
}

// openSource opens a list and finds out whether it is a results workbook, whose sheets
// Results and Failed are both read. What is wrong with it is a [*UsageError]: nothing
// was sent.
func openSource(path string, o ReadOptions) (*source, error) {
	s, err := openSheet(path, o)
	if err != nil {
		return nil, err
	}
	if s.isResults {
		err = s.openBoth(o)
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// openSheet opens one sheet of a workbook, or a CSV file.
func openSheet(path string, o ReadOptions) (*source, error) {
	list, err := openList(path, o)
	if err != nil {
		return nil, err
	}
	s := &source{path: path, list: list}
	s.layout, s.isResults = findResults(list)
	last := len(list.Header().Columns) - 1
	advice := marked.FindColumn(list.Header().Columns)
	s.ownAdvice = advice >= 0 && !marked.IsWritten(advice, list.Rows())
	s.marks = !s.isResults && advice == last && !s.ownAdvice && !list.Header().Uses(last)
	if err := s.checkMap(o.Map); err != nil {
		return nil, errors.Join(err, list.Close())
	}
	return s, nil
}

// openBoth opens the other one of the sheets Results and Failed. Where that is not
// there, or holds no list any more, the open one is the list.
func (s *source) openBoth(o ReadOptions) error {
	sheets := s.list.Sheets()
	has := func(name string) bool {
		return slices.ContainsFunc(sheets, func(s string) bool { return strings.EqualFold(s, name) })
	}
	asked := strings.HasPrefix(strings.ToLower(s.list.Sheet()), strings.ToLower(failedSheet))
	// A cell of several addresses is taken apart on the sheet Results alone: on the
	// sheet Failed its row is known by the cell as it is.
	whole := o
	whole.Split = false
	switch {
	case asked && has(resultsSheet):
		if whole.Sheet = s.list.Sheet(); o.Split {
			if err := s.reopen(whole); err != nil {
				return err
			}
		}
		o.Sheet = resultsSheet
	case strings.EqualFold(s.list.Sheet(), resultsSheet) && has(failedSheet):
		o = whole
		o.Sheet = failedSheet
	case strings.EqualFold(s.list.Sheet(), resultsSheet):
		return s.openMore(sheets, o)
	default:
		return nil
	}
	other, err := openList(s.path, o)
	if errors.As(err, new(*sheet.NoAddressError)) || errors.Is(err, sheet.ErrEmpty) {
		return s.openMore(sheets, o) // it was emptied by hand
	}
	if err != nil {
		return err
	}
	list, failed := s.list, other
	if asked {
		list, failed = other, s.list
	}
	s.list = list
	s.failed = &failedRows{list: failed, alone: asked}
	s.failed.layout, _ = results.FindLayout(failed.Header().Columns)
	s.layout, s.isResults = findResults(list)
	return s.openMore(sheets, o)
}

// reopen reads the sheet in another way.
func (s *source) reopen(o ReadOptions) error {
	before := s.list
	list, err := openList(s.path, o)
	if err == nil {
		s.list, err = list, before.Close()
	}
	return err
}

// openMore opens the sheets that continue those two.
func (s *source) openMore(sheets []string, o ReadOptions) (err error) {
	if s.more, err = openContinued(s.path, resultsSheet, sheets, o); err != nil || s.failed == nil || !strings.EqualFold(s.failed.list.Sheet(), failedSheet) {
		return err
	}
	s.failed.more, err = openContinued(s.path, failedSheet, sheets, o)
	return err
}

// findResults finds the result columns of a list that is results. A list that only
// has their headings is none: what it says of invitations is not believed.
func findResults(list *sheet.List) (results.Layout, bool) {
	layout, found := results.FindLayout(list.Header().Columns)
	if !found || !layout.Ours(unguardedRows(list)) {
		return results.Layout{}, false
	}
	return layout, true
}

// checkMap refuses to read a field of a results workbook from a result column.
func (s *source) checkMap(fields map[batch.Field]string) error {
	for field, heading := range fields {
		if s.isResultColumn(heading) {
			return Usagef("name a column of the list itself", "--map %s=%s names a column of the results, which this run fills in", field, heading)
		}
	}
	return nil
}

// openList opens a file or standard input.
func openList(path string, o ReadOptions) (list *sheet.List, err error) {
	if path == Stdin {
		list, err = sheet.OpenReader("standard input", o.Stdin, o.Options)
	} else {
		list, err = sheet.Open(path, o.Options)
	}
	if errors.As(err, new(*sheet.NotListError)) && path != Stdin {
		if plan, notPlan := planfile.Open(path); notPlan == nil {
			return nil, planIsNoList(path, plan)
		}
	}
	if err != nil {
		return nil, AsUsage(err)
	}
	return list, nil
}

// planIsNoList says that a plan was given in the place of its list.
func planIsNoList(path string, p *planfile.Plan) error {
	next := "guestlist invite " + shell.File(cmp.Or(p.List, "LIST")) + " --plan " + shell.File(path)
	if p.Tenant == journal.SandboxTenant {
		next += " --sandbox"
	}
	return Usagef("give the list, and the plan beside it:\n"+next, "%s is a plan, not a list", text.Line(path))
}

// hasOwnAdvice reports whether the header has a column of the list's own that is called like
// the one that check adds.
func (s *source) hasOwnAdvice() bool {
	return s.ownAdvice || s.marks && marked.FindColumn(s.header().Columns) >= 0
}

// header is the heading row of the list, without the column of what is to be corrected: that
// was for the person who corrected it.
func (s *source) header() batch.Header {
	h := s.list.Header()
	if s.marks {
		h.Columns = h.Columns[:len(h.Columns)-1]
	}
	return h
}

// askedHeader is the header by which a row is read. The columns of results have the headings
// that they had in the list: a message template asks for "Status" and means the list's.
func (s *source) askedHeader() batch.Header {
	if !s.isResults {
		return s.header()
	}
	h := s.header()
	columns := make([]string, len(h.Columns))
	for i, heading := range h.Columns {
		if !s.isResultColumn(heading) {
			columns[i] = results.Original(heading)
		}
	}
	h.Columns = columns
	return h
}

// carriedHeader is the header of the list as the results have it.
func (s *source) carriedHeader() batch.Header {
	h := s.header()
	switch {
	case !s.isResults:
		h.Columns = results.Carried(h, s.followUps)
	case s.followUps:
		h.Columns = results.CarriedOn(h.Columns)
	}
	return h
}

// isResultColumn reports whether a heading is of results rather than of the list; no list
// has any that is none itself.
func (s *source) isResultColumn(heading string) bool {
	_, result := s.layout.Column(heading)
	return s.isResults && result
}

// notices are what people should know about how the list was read.
func (s *source) notices() []string {
	notices := s.list.Notices()
	if notice := s.carriedNotice(); notice != "" {
		notices = append(notices, notice)
	}
	if notice := s.forgottenNotice(); notice != "" {
		notices = append(notices, notice)
	}
	if columns := s.list.Header().Columns; s.marks {
		notices = append(notices, "The column "+text.Quote(columns[len(columns)-1:])+" is from guestlist check, and is left out.")
	}
	if s.failed != nil {
		notices = append(notices, s.failed.list.Notices()...)
		notices = append(notices, s.failed.notices()...)
	}
	return notices
}

// carriedNotice says which columns of the list have another name in the results, "" for
// none.
func (s *source) carriedNotice() string {
	var own, carried []string
	columns := s.header().Columns
	for i, heading := range s.carriedHeader().Columns {
		if heading != columns[i] && text.Trim(columns[i]) != "" {
			own, carried = append(own, columns[i]), append(carried, heading)
		}
	}
	_, looksLike := results.FindLayout(columns)
	switch {
	case len(own) == 0:
		return ""
	case looksLike:
		return "The list has the columns of guestlist's results, but no valid Row Key: what it says of invitations is not believed, and its results carry these columns as " + text.Quote(carried) + "."
	case len(own) == 1:
		return "The list has a column " + text.Quote(own) + " of its own: the results carry it as " + text.Quote(carried) + "."
	default:
		return "The list has columns " + text.Quote(own) + " of its own: the results carry them as " + text.Quote(carried) + "."
	}
}

// wants reports whether a row may be sent.
func (s *source) wants(address string) bool {
	return s.failed == nil || !s.failed.alone || s.failed.asked[address]
}

// rows yields the rows of the batch, without earlier results, corrected as the
// sheet Failed has them.
func (s *source) rows() iter.Seq2[batch.Row, error] {
	rows := s.ownRows()
	if s.otherName != nil {
		rows = s.otherName.applied(rows)
	}
	if s.forgotten.Len() > 0 {
		rows = s.withoutForgotten(rows)
	}
	return rows
}

// withoutForgotten leaves out the rows of people whom the journal was told to forget: they
// would bring back what was erased.
func (s *source) withoutForgotten(rows iter.Seq2[batch.Row, error]) iter.Seq2[batch.Row, error] {
	return func(yield func(batch.Row, error) bool) {
		s.forgottenAt = nil
		for row, err := range rows {
			if err == nil && s.forgotten.Has(addressKey(s.header().Value(row, batch.Email))) {
				s.forgottenAt = append(s.forgottenAt, row.Line)
				continue
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// forgottenNotice says which rows are left out, "" for none.
func (s *source) forgottenNotice() string {
	if len(s.forgottenAt) == 0 {
		return ""
	}
	return "Left out, because their data was erased with guestlist forget: " + text.Rows(s.forgottenAt) + ". Remove them from the list."
}

// ownRows are those of the file itself.
func (s *source) ownRows() iter.Seq2[batch.Row, error] {
	if s.known != nil {
		return s.numbered(s.known)
	}
	if s.failed == nil {
		return s.withoutResults(s.listed(s.more.after(s.list)))
	}
	return s.withoutResults(s.listed(s.merged()))
}

// numbered gives the rows of a list the numbers that they have in its results: these have
// headings, and no row between them is empty.
func (s *source) numbered(list iter.Seq2[batch.Row, error]) iter.Seq2[batch.Row, error] {
	sheetRows := excelRows - 1
	return func(yield func(batch.Row, error) bool) {
		n := 0
		for row, err := range list {
			row.Line = n + 2
			if s.list.Sheet() != "" {
				row.Line = n/sheetRows*excelRows + n%sheetRows + 2
			}
			n++
			if !yield(row, err) {
				return
			}
		}
	}
}

// listed leaves out the rows of results that had left the list when they were written:
// they are kept for their links alone. One whose address was changed since is a row.
func (s *source) listed(rows iter.Seq2[batch.Row, error]) iter.Seq2[batch.Row, error] {
	if !s.isResults {
		return rows
	}
	return func(yield func(batch.Row, error) bool) {
		for row, err := range rows {
			if err == nil && s.layout.HasLeft(row) {
				if key, ok := s.layout.Key(row); ok && key.Address == addressKey(s.header().Value(s.unguarded(row), batch.Email)) {
					continue
				}
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// merged yields the rows of both sheets of a workbook.
func (s *source) merged() iter.Seq2[batch.Row, error] {
	return func(yield func(batch.Row, error) bool) {
		if err := s.failed.read(); err != nil {
			yield(batch.Row{}, err)
			return
		}
		columns, seen := s.header().Columns, make(map[string]bool)
		s.failed.fixed, s.failed.missing = 0, nil
		for row, err := range s.more.after(s.list) {
			if errors.Is(err, sheet.ErrEmpty) && len(s.failed.order) > 0 {
				break // the rows that were added
			}
			id := rowID(s.layout, row)
			if err == nil {
				s.failed.lookFor(id, row, s.layout.Status(row))
			}
			if edit, ok := s.failed.edited[id]; err == nil && ok && !seen[id] {
				seen[id] = true
				row, err = s.failed.merge(columns, row, edit)
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
		added, err := s.failed.added(columns, seen)
		if err != nil {
			yield(batch.Row{}, err)
			return
		}
		for _, row := range added {
			if !yield(row, nil) {
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
	return unguard(row)
}

func unguard(row batch.Row) batch.Row {
	cells := make([]string, len(row.Cells))
	for i, cell := range row.Cells {
		cells[i] = results.Unguard(cell)
	}
	return batch.Row{Line: row.Line, Cells: cells}
}

// unguardedRows are the rows of a list that may be results.
func unguardedRows(list *sheet.List) iter.Seq2[batch.Row, error] {
	if list.Sheet() != "" {
		return list.Rows()
	}
	return func(yield func(batch.Row, error) bool) {
		for row, err := range list.Rows() {
			if !yield(unguard(row), err) {
				return
			}
		}
	}
}

// withoutResults takes the results out of the rows of a results workbook.
func (s *source) withoutResults(rows iter.Seq2[batch.Row, error]) iter.Seq2[batch.Row, error] {
	advice := marked.FindColumn(s.list.Header().Columns)
	if s.ownAdvice {
		advice = -1
	}
	if !s.isResults && advice < 0 {
		return rows
	}
	return func(yield func(batch.Row, error) bool) {
		for row, err := range rows {
			if s.corrected != nil && err == nil {
				s.noteCorrected(row)
			}
			if s.remarks != nil {
				s.noteRemarks(row, advice)
			}
			if !yield(blank(s.layout.Without(s.unguarded(row)), advice), err) {
				return
			}
		}
	}
}

// noteCorrected notes of a row of results the address that it had, where it has another now.
func (s *source) noteCorrected(row batch.Row) {
	key, ok := s.layout.Key(row)
	if !ok {
		return
	}
	if address, err := judge.Address(s.header().Value(s.unguarded(row), batch.Email)); err == nil && batch.Key(address) != key.Address {
		s.corrected[key.Address] = true
	}
}

// noteRemarks notes what people wrote into a row's cell of what check adds.
func (s *source) noteRemarks(row batch.Row, advice int) {
	if remarks := marked.Remarks(row.Cell(advice)); remarks != "" {
		s.remarks[row.Line] = remarks
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
			if sent && !yield(batch.Record{Cells: s.sentCells(row, o), Outcome: o, Guest: s.layout.Guest(row)}, nil) {
				return
			}
		}
	}
}

// belongs refuses a row of another tenant.
func (s *source) belongs(row batch.Row, id journal.Identity) error {
	key, ok := s.layout.Key(row)
	has := journal.IdentityOf(key.Tenant)
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
	if s.failed != nil {
		err = errors.Join(s.failed.list.Close(), s.failed.more.close())
	}
	return errors.Join(err, s.list.Close(), s.more.close())
}
