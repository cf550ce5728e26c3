// Package sheet opens a list of guests, a CSV file or an XLSX workbook told
// apart by content, finds its heading row and yields the rows below it.
//
// A list that loses rows silently is the worst bug this package could have.
// Whatever cannot be read exactly is an [Error] that names file, sheet, row and
// column, and the rows end there: never a shorter list, never a guess.
package sheet

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"guestlist/batch"
	"guestlist/batch/judge"
)

// Options say where in a file the list is. The zero Options find it by themselves.
type Options struct {
	// Sheet names the sheet, without regard to case; "" is the first visible
	// sheet with an address column. A CSV file has none.
	Sheet string
	// Map overrides the headings known by themselves; a heading is compared
	// without case, spaces, dashes and underscores.
	Map map[batch.Field]string
	// Encoding names the encoding of a CSV file, as IANA or the WHATWG know it or
	// by its code page: windows-1252, shift_jis, ibm850. "" is UTF-8, or what a
	// byte order mark says. A workbook has its own.
	Encoding string
	// Delimiter separates the columns of a CSV file; 0 is found out.
	Delimiter rune
	// Split makes a row of each address in a cell that holds several.
	Split bool
	// Password opens a workbook that is protected by one; "" is none.
	Password string
	// IsWritten reports whether a workbook with this SHA-256, in hexadecimal, is one that this
	// program wrote: as long as it is that to the last byte it is not damaged, and people see
	// all that is in it, so that it is not read through before it is used. nil is for none.
	IsWritten func(sha256 string) bool
}

// List is an open list of guests. Its methods are for one goroutine.
type List struct {
	// name is what errors call the list: the path as it was given, or the name of
	// the reader.
	name       string
	file       *sourceFile
	table      table
	header     batch.Header
	headerLine int
	// others are columns that may hold addresses, too; split is Options.Split.
	others  []int
	split   bool
	notices []string
}

// table is where the rows of a list come from.
type table interface {
	// rows yields all rows that are not blank, each time from the top, and at the end
	// passes what is odd about them to tell, in complete sentences.
	rows(tell func(sentence string)) iter.Seq2[batch.Row, error]
	// sheet is the name of the table, "" for a CSV file.
	sheet() string
	// sheets are the names of all tables in the file, none for a CSV file.
	sheets() []string
	close() error
}

// Open opens the list in a file and reads as far as its heading row; a workbook that
// this program did not write is also read through once, so that damage is found before
// the first row is used. Every error is an [Error]. The caller must close the list.
func Open(path string, opt Options) (*List, error) {
	file, err := openFile(path)
	if err != nil {
		return nil, inFile(path, err)
	}
	return newList(path, file, opt)
}

// OpenReader opens a list that comes from a reader, standard input for one. The
// list is kept in a private file until Close, since it is read more than once;
// errors call it name. Otherwise it does what [Open] does.
func OpenReader(name string, r io.Reader, opt Options) (*List, error) {
	file, err := keepFile(r)
	if err != nil {
		return nil, inFile(name, err)
	}
	return newList(name, file, opt)
}

// newList reads a file as far as the heading row of its list.
func newList(name string, file *sourceFile, opt Options) (*List, error) {
	l := &List{name: name, file: file}
	if err := l.findTable(opt); err != nil {
		_ = l.Close()
		return nil, inFile(name, err)
	}
	return l, nil
}

// findTable finds out what the file is and where its headings are, with errors
// that do not name the file.
func (l *List) findTable(opt Options) error {
	head, err := l.file.head()
	if err != nil {
		return err
	}
	kind, err := kindOf(head)
	if err != nil {
		return err
	}
	var t table
	var found headingMatch
	switch kind {
	case kindWorkbook:
		t, found, err = openWorkbook(l.file.handle, l.file.size, newSpill, l.file.sum, opt)
	case kindCompound:
		t, found, err = openProtected(l.file, opt)
	case kindCSV:
		t, found, err = openCSV(l.file, head, opt)
	}
	if err != nil {
		return err
	}
	l.table, l.header, l.headerLine = t, found.header, found.line
	l.others, l.split = found.others, opt.Split
	l.notices = append(l.notices, found.notices...)
	if kind != kindCSV && (opt.Encoding != "" || opt.Delimiter != 0) {
		l.notice("The list is a workbook: --encoding and --delimiter, which are for CSV files, change nothing.")
	}
	return nil
}

// Header returns the heading row.
func (l *List) Header() batch.Header { return l.header }

// Sheet returns the name of the sheet, "" for CSV.
func (l *List) Sheet() string { return l.table.sheet() }

// Sheets returns the names of all sheets in their order, none for CSV.
func (l *List) Sheets() []string { return l.table.sheets() }

// SHA256 returns the digest of the file's bytes, in hexadecimal.
func (l *List) SHA256() string { return l.file.sum }

// Notices returns what a person should know about how the list was read, in
// complete sentences. They may grow while Rows runs.
func (l *List) Notices() []string { return slices.Clone(l.notices) }

// Close frees the file and what was unpacked from it.
func (l *List) Close() error {
	var err error
	if l.table != nil {
		err = l.table.close()
	}
	return errors.Join(err, l.file.close())
}

// Rows yields the rows below the headings as they are read. It can be ranged
// over again from the start. Blank rows, the template's Example rows and what else is
// no guest - headings again, totals - are left out, with a notice; the cells of a row may be more or fewer than the headings. It ends after
// the first error, which is an [Error]; a list without rows yields [ErrEmpty].
func (l *List) Rows() iter.Seq2[batch.Row, error] {
	return func(yield func(batch.Row, error) bool) {
		if err := l.file.checkUnchanged(); err != nil {
			yield(batch.Row{}, l.placed(err))
			return
		}
		empty := true
		left := newLeftOut(l.header, l.others)
		for row, err := range l.table.rows(l.notice) {
			if err != nil {
				yield(batch.Row{}, l.placed(err))
				return
			}
			if row.Line <= l.headerLine || l.isExample(row) || left.skips(row) {
				continue
			}
			empty = false
			left.look(row)
			if l.split {
				if !l.yieldGuests(row, left, yield) {
					return
				}
			} else if !yield(row, nil) {
				return
			}
		}
		if left.namesPeopleOf(l.others) { // which says more than that these columns are not used
			choice := choiceNotice(l.header.Columns, batch.Email, append([]int{l.header.Fields[batch.Email]}, l.others...))
			l.notices = slices.DeleteFunc(l.notices, func(told string) bool { return told == choice })
		}
		for _, sentence := range left.sentences() {
			l.notice(sentence)
		}
		if err := l.file.checkUnchanged(); err != nil {
			yield(batch.Row{}, l.placed(err))
		} else if empty {
			yield(batch.Row{}, l.placed(ErrEmpty))
		}
	}
}

// yieldGuests yields the rows that a row stands for, false once no more are wanted.
func (l *List) yieldGuests(row batch.Row, left *leftOut, yield func(batch.Row, error) bool) bool {
	for _, guest := range l.guests(row, left) {
		if !yield(guest, nil) {
			return false
		}
	}
	return true
}

// guests are the rows that a row stands for: one, unless its cell holds several
// addresses. The name in the row is that of none of them.
func (l *List) guests(row batch.Row, left *leftOut) []batch.Row {
	if strings.Count(l.header.Value(row, batch.Email), "@") < 2 {
		return []batch.Row{row}
	}
	mailboxes := judge.Mailboxes(l.header.Value(row, batch.Email))
	if len(mailboxes) < 2 {
		return []batch.Row{row}
	}
	left.noteSplit(row)
	var rows []batch.Row
	for _, mailbox := range mailboxes {
		guest := row
		guest.Cells = slices.Clone(row.Cells)
		if at, ok := l.header.Fields[batch.Name]; ok && at < len(guest.Cells) {
			guest.Cells[at] = ""
		}
		for _, part := range l.header.NameFrom {
			if part.Column >= 0 && part.Column < len(guest.Cells) {
				guest.Cells[part.Column] = ""
			}
		}
		guest.Cells[l.header.Fields[batch.Email]] = mailbox
		rows = append(rows, guest)
	}
	return rows
}

// isExample reports whether a row is the one that the admin centre's template
// brings along, which many people forget to delete, and adds a notice if it is.
func (l *List) isExample(row batch.Row) bool {
	const mark = "example:"
	address := l.header.Value(row, batch.Email)
	if len(address) < len(mark) || !strings.EqualFold(address[:len(mark)], mark) {
		return false
	}
	l.notice(fmt.Sprintf("Row %d is the template's example (%q) and is left out.", row.Line, clipped(address)))
	return true
}

// notice adds a sentence once: rows are read more than once.
func (l *List) notice(sentence string) {
	if !slices.Contains(l.notices, sentence) {
		l.notices = append(l.notices, sentence)
	}
}

// placed names file, sheet and heading in an error of the table.
func (l *List) placed(err error) error {
	return inFile(l.name, inTable(err, l.table.sheet(), l.header.Columns))
}
