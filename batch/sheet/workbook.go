package sheet

import (
	"archive/zip"
	"errors"
	"io"
	"iter"
	"strings"

	"guestlist/batch"
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
}

// openWorkbook finds the sheet with the list and reads it through once. Texts that
// do not fit into memory go to what spill makes, if that is not nil.
func openWorkbook(file io.ReaderAt, size int64, spill func() (xlsx.Spill, error), opt Options) (table, headingMatch, error) {
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
	if err != nil {
		_ = b.close()
		return nil, headingMatch{}, err
	}
	return b, found, nil
}

// findList chooses the sheet and notes what people should know about it: what
// they do not see and is read.
func (b *workbook) findList(opt Options) (headingMatch, error) {
	found, err := b.choose(opt)
	if err != nil {
		if e, ok := errors.AsType[*NoAddressError](err); ok {
			e.workbook = true
		}
		return found, inTable(err, b.sheet(), found.best)
	}
	b.emailColumn = found.header.Fields[batch.Email]
	meta, err := b.chosen.Inspect(xlsx.Area{Headings: found.line, LinkColumn: b.emailColumn + 1})
	if err != nil {
		return found, inTable(err, b.sheet(), found.header.Columns)
	}
	b.links = linkedAddresses(meta.MailLinks)
	found.notices = append(found.notices, hiddenRowsNotice(meta)...)
	found.notices = append(found.notices, hiddenColumnsNotice(found.header, meta)...)
	found.notices = append(found.notices, mergedNotices(found.header, meta.Merged)...)
	return found, nil
}

// choose finds the sheet that was asked for, or else the first that people see
// and that has an address column. With an error comes the sheet most like a list.
func (b *workbook) choose(opt Options) (headingMatch, error) {
	var closest headingMatch
	var closestErr error = blankError{}
	sheets := b.book.Sheets()
	for i, s := range sheets {
		if opt.Sheet != "" && !strings.EqualFold(s.Name, strings.TrimSpace(opt.Sheet)) || opt.Sheet == "" && s.Hidden {
			continue
		}
		found, err := findHeadings(rowsOf(s), opt)
		if err == nil && opt.Sheet == "" {
			found.notices = append(found.notices, otherSheetsNotice(sheetsWithGuests(sheets[i+1:], opt), found.header)...)
		}
		if e, ok := errors.AsType[*NoAddressError](err); ok && opt.Sheet != "" {
			e.Elsewhere = sheetsWithGuests(sheets, opt)
		}
		if err == nil || opt.Sheet != "" || !mayBeElsewhere(err) {
			b.chosen = s
			return found, err
		}
		if filledCells(found.best) > filledCells(closest.best) {
			b.chosen, closest, closestErr = s, found, err
		}
	}
	if opt.Sheet != "" {
		return closest, &UnknownSheetError{Name: opt.Sheet, Sheets: b.sheets()}
	}
	return closest, closestErr
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

// rows follows the links behind cells that show no address.
func (b *workbook) rows(tell func(string)) iter.Seq2[batch.Row, error] {
	return func(yield func(batch.Row, error) bool) {
		links := linkNotices{}
		for row, err := range rowsOf(b.chosen) {
			if err == nil && b.emailColumn < len(row.Cells) {
				cell := &row.Cells[b.emailColumn]
				*cell = links.follow(row.Line, *cell, b.links[row.Line])
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
		for _, sentence := range links.sentences() {
			tell(sentence)
		}
	}
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
