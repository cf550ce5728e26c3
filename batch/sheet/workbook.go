package sheet

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
)

// workbook is an open XLSX file, read twice over: excelize gives the cells as
// people see them, and our own walk through the XML says which there must be.
type workbook struct {
	parts   parts
	tabs    []tab
	table   *table
	excel   *excelize.File
	scratch string
}

// openWorkbook reads the workbook through and finds the sheet with the list.
func (l *List) openWorkbook(file io.ReaderAt, size int64, opt Options) (found, error) {
	archive, err := zip.NewReader(file, size)
	if err != nil {
		return found{}, &faultError{what: "the workbook is damaged or was not copied completely", hint: repair, cause: err}
	}
	if err := foreignZip(archive); err != nil {
		return found{}, err
	}
	b := &workbook{}
	l.release = b.close
	if err := b.open(io.NewSectionReader(file, 0, size), archive); err != nil {
		return found{}, err
	}
	t, got, err := b.choose(opt)
	l.sheet = t.name
	if err != nil {
		l.header.Columns = got.best
		return got, err
	}
	l.header = got.header
	l.read = func() iter.Seq2[batch.Row, error] { return b.rows(t) }
	hidden, err := b.verify(t, got.line)
	if hidden > 0 {
		got.notices = append(got.notices, fmt.Sprintf(
			"Rows of the sheet that are hidden or filtered out are part of the list; there are %d.", hidden))
	}
	return got, err
}

// open checks the parts before excelize sees them.
func (b *workbook) open(file io.Reader, archive *zip.Reader) (err error) {
	if b.parts, err = readParts(archive); err != nil {
		return err
	}
	if b.tabs, err = b.parts.tabs(); err != nil {
		return err
	}
	if b.table, err = b.parts.readTable(); err != nil {
		return err
	}
	if b.scratch, err = newScratch(); err != nil {
		return err
	}
	b.excel, err = excelize.OpenReader(file, excelize.Options{
		UnzipSizeLimit:    unpackLimit,
		UnzipXMLSizeLimit: spillLimit,
		TmpDir:            b.scratch,
		// A date of the system's short form has no form of its own.
		ShortDatePattern: "yyyy-mm-dd",
	})
	if err != nil {
		return &faultError{what: "the workbook is damaged", hint: repair, cause: err}
	}
	return nil
}

// close removes what was unpacked.
func (b *workbook) close() error {
	var err error
	if b.excel != nil {
		err = b.excel.Close()
	}
	if b.scratch != "" {
		err = errors.Join(err, os.RemoveAll(b.scratch))
	}
	return err
}

// choose finds the sheet that was asked for, or else the first that people see
// and that has an address column. With an error comes the sheet most like a list.
func (b *workbook) choose(opt Options) (tab, found, error) {
	var closest struct {
		tab
		found
		err error
	}
	closest.err = ErrEmpty
	for _, t := range b.tabs {
		if opt.Sheet != "" && !strings.EqualFold(t.name, strings.TrimSpace(opt.Sheet)) || opt.Sheet == "" && t.hidden {
			continue
		}
		got, err := findHeader(b.rows(t), opt)
		if err == nil || opt.Sheet != "" || !mayStandElsewhere(err) {
			return t, got, err
		}
		if filled(got.best) > filled(closest.best) {
			closest.tab, closest.found, closest.err = t, got, err
		}
	}
	if opt.Sheet != "" {
		return tab{}, found{}, &UnknownSheetError{Name: opt.Sheet, Sheets: b.names()}
	}
	return closest.tab, closest.found, closest.err
}

// mayStandElsewhere reports whether a sheet is sound but not the list, so that
// the next sheet is worth a look.
func mayStandElsewhere(err error) bool {
	_, address := errors.AsType[*NoAddressError](err)
	_, heading := errors.AsType[*UnknownHeadingError](err)
	return address || heading || errors.Is(err, ErrEmpty)
}

func (b *workbook) names() []string {
	names := make([]string, len(b.tabs))
	for i, t := range b.tabs {
		names[i] = t.name
	}
	return names
}

// verify walks a whole sheet, so that damage at its end is known at its start.
// It counts the rows below a line that people do not see.
func (b *workbook) verify(t tab, line int) (hidden int, err error) {
	for row, err := range b.stored(t) {
		if err != nil {
			return 0, err
		}
		if row.hidden && row.number > line && row.valued() {
			hidden++
		}
	}
	return hidden, nil
}

// stored yields the sound rows of a sheet as they are stored.
func (b *workbook) stored(t tab) iter.Seq2[storedRow, error] {
	return func(yield func(storedRow, error) bool) {
		for row, err := range walk(b.parts[t.part]) {
			if err != nil {
				err = &Error{Sheet: t.name, Row: row.number, Err: damaged(t.part, err)}
			} else {
				err = inSheet(t, b.sound(row))
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// rows yields the rows of a sheet that are not blank, each compared with what is stored.
func (b *workbook) rows(t tab) iter.Seq2[batch.Row, error] {
	return func(yield func(batch.Row, error) bool) {
		grid, err := b.excel.Rows(t.name)
		if err != nil {
			yield(batch.Row{}, &Error{Sheet: t.name, Err: damaged(t.part, err)})
			return
		}
		g := gridReader{rows: grid}
		defer g.close()
		for row, err := range b.stored(t) {
			var cells []string
			if err == nil {
				cells, err = b.shown(&g, row)
				err = inSheet(t, err)
			}
			if err == nil && filled(cells) == 0 {
				continue
			}
			if !yield(batch.Row{Line: row.number, Cells: cells}, err) || err != nil {
				return
			}
		}
		if err := g.finish(); err != nil {
			yield(batch.Row{}, inSheet(t, err))
		}
	}
}

// shown is a stored row as people see it.
func (b *workbook) shown(g *gridReader, row storedRow) ([]string, error) {
	cells, err := g.row(row.number)
	if err != nil {
		return nil, err
	}
	return b.settle(row, cells)
}

// inSheet names the sheet in an error that knows only the row.
func inSheet(t tab, err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		e.Sheet = t.name
	}
	return err
}
