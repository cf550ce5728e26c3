package sheet

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"strings"

	"guestlist/batch"
	"guestlist/batch/results"
)

// workbook is an open XLSX file. Its XML is read by our own strict reader, since
// excelize ends a sheet early, without an error, at the first thing that it does
// not understand; excelize shows the numbers, see [formats].
type workbook struct {
	contents

	parts   parts
	strings pile
	formats *formats
}

// packed is the ZIP file that a workbook is. No plain text of a secret one may
// reach a disk.
type packed struct {
	io.ReaderAt

	size   int64
	secret bool
}

// openWorkbook finds the sheet with the list and reads it through once.
func (l *List) openWorkbook(file packed, opt Options) (found, error) {
	archive, err := zip.NewReader(file, file.size)
	if err != nil {
		return found{}, &faultError{what: "the workbook is damaged or was not copied completely", hint: fetchAgain}
	}
	if err := foreignZip(archive); err != nil {
		return found{}, err
	}
	b := &workbook{strings: pile{limit: pileLimit}}
	if file.secret {
		b.strings.limit = math.MaxInt
	}
	l.release = b.close
	if err := b.open(archive); err != nil {
		return found{}, err
	}
	t, got, err := b.choose(opt)
	l.sheet, l.sheets = t.name, b.names()
	if err != nil {
		l.header.Columns = got.best
		if e, ok := errors.AsType[*NoAddressError](err); ok {
			e.workbook = true
		}
		return got, err
	}
	l.header = got.header
	around, err := b.inspect(t, &got)
	if err != nil {
		return got, err
	}
	l.read = func() iter.Seq2[batch.Row, error] {
		reader := &linkReader{column: got.header.Fields[batch.Email], links: around.links}
		return reader.rows(b.rows(t), l.notice)
	}
	return got, nil
}

// open reads all but the sheets.
func (b *workbook) open(archive *zip.Reader) (err error) {
	if b.parts, err = readParts(archive); err != nil {
		return err
	}
	if b.contents, err = b.parts.contents(); err != nil {
		return err
	}
	if err := b.parts.readStrings(b.contents.strings, &b.strings); err != nil {
		return err
	}
	styles, err := b.parts.readStyles(b.styles)
	if err != nil {
		return err
	}
	if b.formats, err = newFormats(styles, b.from1904); err != nil {
		return damaged(b.styles, err)
	}
	return nil
}

// close removes what was unpacked.
func (b *workbook) close() error {
	err := b.strings.close()
	if b.formats != nil {
		err = errors.Join(err, b.formats.close())
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
	closest.err = blankError{}
	for i, t := range b.tabs {
		if opt.Sheet != "" && !strings.EqualFold(t.name, strings.TrimSpace(opt.Sheet)) || opt.Sheet == "" && t.hidden {
			continue
		}
		got, err := findHeader(b.rows(t), opt)
		if err == nil && opt.Sheet == "" {
			got.notices = append(got.notices, passedOver(b.guests(b.tabs[i+1:], opt), got.header)...)
		}
		if e, ok := errors.AsType[*NoAddressError](err); ok && opt.Sheet != "" {
			e.Elsewhere = b.guests(b.tabs, opt)
		}
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

// passedOver tells of sheets with guests after the one that was chosen. Those of
// a results workbook repeat it.
func passedOver(names []string, chosen batch.Header) []string {
	_, results := results.FindLayout(chosen.Columns)
	switch {
	case results || len(names) == 0:
		return nil
	case len(names) == 1:
		return []string{fmt.Sprintf("The sheet %s has guests as well, and is not read; choose it with --sheet.", quoteAll(names))}
	}
	return []string{fmt.Sprintf("The sheets %s have guests as well, and are not read; choose one with --sheet.", quoteAll(names))}
}

// guests names the sheets with guests; nobody looks for a list in a hidden one.
func (b *workbook) guests(tabs []tab, opt Options) []string {
	var names []string
	for _, t := range tabs {
		if !t.hidden && b.holdsGuests(t, opt) {
			names = append(names, t.name)
		}
	}
	return names
}

// holdsGuests reports whether an address stands in the first row below the
// headings of a sheet, as far as these rows can be read.
func (b *workbook) holdsGuests(t tab, opt Options) bool {
	got, err := findHeader(b.rows(t), opt)
	if err != nil {
		return false
	}
	for row, err := range b.rows(t) {
		if err != nil {
			return false
		}
		if row.Line > got.line {
			return looksLikeAddress(got.header.Value(row, batch.Email))
		}
	}
	return false
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
