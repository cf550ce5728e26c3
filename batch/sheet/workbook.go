package sheet

import (
	"archive/zip"
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"guestlist/batch"
	"guestlist/batch/results"
	"guestlist/batch/sheet/xlsx"
)

// workbook is an open workbook and the sheet in it that holds the list.
type workbook struct {
	book   *xlsx.Workbook
	chosen *xlsx.Sheet
	// emailColumn is the column of the addresses, from 0; links are the addresses
	// that its cells link to, by row.
	emailColumn int
	links       map[int]string
	header      batch.Header
	// merged are merged cells that span rows of the list, from the top.
	merged []xlsx.Range
}

// openWorkbook finds the sheet with the list and reads it through once, unless it is
// as this program wrote it. Texts that do not fit into memory go to what spill makes, if
// that is not nil; sum is the digest of the file, "" for one that was decrypted.
func openWorkbook(file io.ReaderAt, size int64, spill func() (xlsx.Spill, error), sum string, opt Options) (table, headingMatch, error) {
	archive, err := zip.NewReader(file, size)
	if err != nil {
		return nil, headingMatch{}, &faultError{what: "the workbook is damaged or was not copied completely", hint: fetchAgain}
	}
	if err := foreignZip(archive); err != nil {
		return nil, headingMatch{}, err
	}
	book, err := xlsx.Open(archive, spill)
	if err != nil {
		return nil, headingMatch{}, err
	}
	b := &workbook{book: book}
	found, err := b.findList(opt)
	if err == nil && (opt.IsWritten == nil || !opt.IsWritten(sum)) {
		found, err = b.inspect(found)
	}
	if err != nil {
		_ = b.close()
		return nil, headingMatch{}, err
	}
	return b, found, nil
}

// findList chooses the sheet.
func (b *workbook) findList(opt Options) (headingMatch, error) {
	found, err := b.choose(opt)
	if err != nil {
		if e, ok := errors.AsType[*NoAddressError](err); ok {
			e.workbook = true
		}
		return found, inTable(err, b.sheet(), found.best)
	}
	above, err := lookAbove(found)
	if err != nil {
		return found, inTable(err, b.sheet(), nil)
	}
	found.notices = append(found.notices, above...)
	found.header.Unheaded = unheadedColumns(found.header, false)
	b.emailColumn = found.header.Fields[batch.Email]
	b.header = found.header
	return found, nil
}

// inspect reads the sheet through and notes what people should know about it: what
// they do not see and is read.
func (b *workbook) inspect(found headingMatch) (headingMatch, error) {
	area := xlsx.Area{Headings: found.line, LinkColumn: b.emailColumn + 1}
	for _, at := range found.header.Fields {
		area.Columns = append(area.Columns, at+1)
	}
	for _, part := range found.header.NameFrom {
		area.Columns = append(area.Columns, part.Column+1) // 0 for none
	}
	meta, err := b.chosen.Inspect(area)
	if err != nil {
		return found, inTable(err, b.sheet(), found.header.Columns)
	}
	b.links = linkedAddresses(meta.MailLinks)
	found.notices = append(found.notices, hiddenRowsNotice(meta)...)
	found.notices = append(found.notices, hiddenColumnsNotice(found.header, meta)...)
	found.notices = append(found.notices, struckNotice(meta.Struck)...)
	found = found.spread(meta.MergedHeadings)
	b.header = found.header
	found.notices = append(found.notices, noResultNotices(found.header, meta.NoResults)...)
	b.merged = slices.DeleteFunc(meta.Merged, func(r xlsx.Range) bool { return r.Top <= found.line || r.Left > len(found.header.Columns) })
	slices.SortFunc(b.merged, func(a, b xlsx.Range) int { return cmp.Compare(a.Top, b.Top) })
	return found, nil
}

// choose finds the sheet that was asked for, or else the one that was in front when
// the workbook was saved, if it has guests, or else the first that people see and
// that has an address column. With an error comes the sheet most like a list.
func (b *workbook) choose(opt Options) (headingMatch, error) {
	var closest headingMatch
	var closestErr error = blankError{}
	var guess func() (headingMatch, error)
	sheets := b.book.Sheets()
	for _, s := range inOrder(sheets, opt) {
		if opt.Sheet != "" && !strings.EqualFold(s.Name, strings.TrimSpace(opt.Sheet)) || opt.Sheet == "" && s.Hidden {
			continue
		}
		found, err := findHeadings(rowsOf(s), opt)
		if err == nil && opt.Sheet == "" {
			others := slices.DeleteFunc(slices.Clone(sheets), func(other *xlsx.Sheet) bool { return other == s })
			found.notices = append(found.notices, otherSheetsNotice("sheet", sheetsWithGuests(others, opt), found.header)...)
			found.notices = append(found.notices, otherSheetsNotice("hidden sheet", hiddenWithGuests(others, opt), found.header)...)
		}
		if e, ok := errors.AsType[*NoAddressError](err); ok && opt.Sheet != "" {
			e.Elsewhere = sheetsWithGuests(sheets, opt)
		}
		take := func() (headingMatch, error) {
			b.chosen = s
			return found, err
		}
		if err == nil && found.guessed && opt.Sheet == "" && !s.Front { // a known heading is worth more
			if guess == nil {
				guess = take
			}
			continue
		}
		if err == nil || opt.Sheet != "" || !mayBeElsewhere(err) {
			return take()
		}
		if filledCells(found.best) > filledCells(closest.best) {
			b.chosen, closest, closestErr = s, found, err
		}
	}
	if opt.Sheet != "" {
		return closest, &UnknownSheetError{Name: opt.Sheet, Sheets: b.sheets()}
	}
	if guess != nil {
		return guess()
	}
	return closest, orHidden(closestErr, hiddenWithGuests(sheets, opt))
}

// orHidden says that the guests are on sheets that people do not see, where they are.
func orHidden(err error, hidden []string) error {
	if len(hidden) == 0 {
		return err
	}
	if e, ok := errors.AsType[*NoAddressError](err); ok {
		e.Elsewhere = hidden
		return err
	}
	return &faultError{
		what: "the guests are on a hidden sheet", hint: fmt.Sprintf("The guests are in %s: name the sheet with --sheet.", quoteAll(hidden)),
	}
}

// inOrder are the sheets with the one that was in front before the others, if it has
// guests. A results workbook goes on with its results, whichever of its sheets was
// looked at last.
func inOrder(sheets []*xlsx.Sheet, opt Options) []*xlsx.Sheet {
	front := slices.IndexFunc(sheets, func(s *xlsx.Sheet) bool { return s.Front && !s.Hidden })
	if opt.Sheet != "" || front <= 0 || !hasGuests(sheets[front], opt) {
		return sheets
	}
	if found, err := findHeadings(rowsOf(sheets[front]), opt); err == nil {
		if _, isResults := results.FindLayout(found.header.Columns); isResults {
			return sheets
		}
	}
	ordered := slices.Clone(sheets)
	return slices.Insert(slices.Delete(ordered, front, front+1), 0, sheets[front])
}

// sheetsWithGuests names the visible sheets with an address in the first row below
// the headings, as far as these rows can be read.
func sheetsWithGuests(sheets []*xlsx.Sheet, opt Options) []string {
	var names []string
	for _, s := range sheets {
		if !s.Hidden && hasGuests(s, opt) {
			names = append(names, s.Name)
		}
	}
	return names
}

// hiddenWithGuests is sheetsWithGuests for those that people do not see.
func hiddenWithGuests(sheets []*xlsx.Sheet, opt Options) []string {
	var names []string
	for _, s := range sheets {
		if s.Hidden && hasGuests(s, opt) {
			names = append(names, s.Name)
		}
	}
	return names
}

func hasGuests(s *xlsx.Sheet, opt Options) bool {
	found, err := findHeadings(rowsOf(s), opt)
	if err != nil {
		return false
	}
	for row, err := range rowsOf(s) {
		if err != nil {
			return false
		}
		if row.Line > found.line {
			return looksLikeAddress(found.header.Value(row, batch.Email))
		}
	}
	return false
}

// mayBeElsewhere reports whether a sheet is sound but not the list, so that the
// next sheet is worth a look.
func mayBeElsewhere(err error) bool {
	_, address := errors.AsType[*NoAddressError](err)
	_, heading := errors.AsType[*UnknownHeadingError](err)
	return address || heading || errors.Is(err, ErrEmpty)
}

func (b *workbook) sheet() string {
	if b.chosen == nil {
		return ""
	}
	return b.chosen.Name
}

func (b *workbook) sheets() []string {
	var names []string
	for _, s := range b.book.Sheets() {
		names = append(names, s.Name)
	}
	return names
}

func (b *workbook) close() error { return b.book.Close() }

// rows follows the links behind cells that show no address, and fills merged cells
// down.
func (b *workbook) rows(tell func(string)) iter.Seq2[batch.Row, error] {
	return func(yield func(batch.Row, error) bool) {
		links, plain := linkNotices{}, plainNumbers{header: b.header}
		fill := filler{ranges: b.merged, email: b.emailColumn}
		for row, err := range b.chosen.Rows() {
			if err == nil && isBlank(row.Cells) {
				fill.pass(row.Number)
				continue
			}
			if err == nil {
				plain.look(row)
				row.Cells = fill.down(row.Number, row.Cells)
			}
			if err == nil && b.emailColumn < len(row.Cells) {
				cell := &row.Cells[b.emailColumn]
				*cell = links.follow(row.Number, *cell, b.links[row.Number])
			}
			if !yield(batch.Row{Line: row.Number, Cells: row.Cells, Struck: b.markStruck(row)}, err) || err != nil {
				return
			}
		}
		for _, sentence := range slices.Concat(links.sentences(), plain.sentences(), fill.sentences(b.header)) {
			tell(sentence)
		}
	}
}

// markStruck returns the positions of cells with a part that is struck through, and
// marks it in an address: with it in there the text may look like another address,
// in the results as well.
func (b *workbook) markStruck(row xlsx.Row) []int {
	var at []int
	for _, struck := range row.Struck {
		at = append(at, struck.Column-1)
		if struck.Column-1 == b.emailColumn {
			row.Cells[b.emailColumn] = struck.Marked
		}
	}
	return at
}

// rowsOf yields the rows of a sheet that are not blank.
func rowsOf(s *xlsx.Sheet) iter.Seq2[batch.Row, error] {
	return func(yield func(batch.Row, error) bool) {
		for row, err := range s.Rows() {
			if err == nil && isBlank(row.Cells) {
				continue
			}
			if !yield(batch.Row{Line: row.Number, Cells: row.Cells}, err) || err != nil {
				return
			}
		}
	}
}
