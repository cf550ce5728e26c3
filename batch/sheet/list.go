package sheet

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"strings"
	"time"

	"guestlist/batch"
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
	// Password opens a workbook that is protected by one; "" is none.
	Password string
}

// List is an open list of guests. Its methods are for one goroutine.
type List struct {
	path, sheet, sum string
	file             *os.File
	size             int64
	modified         time.Time
	header           batch.Header
	headerLine       int
	notices          []string
	// spool is the private folder of a list that came from a reader.
	spool string
	// read yields all rows of the sheet that are not blank, each time from the
	// top; release frees what it needs, nil for nothing.
	read    func() iter.Seq2[batch.Row, error]
	release func() error
	sheets  []string // all of the workbook
}

// Open opens the list in a file and reads as far as its heading row; a workbook
// is also read through once, so that damage is found before the first row is
// used. Every error is an [Error]. The caller must close the list.
func Open(path string, opt Options) (*List, error) {
	l := &List{path: path}
	return l.begun(l.openFile(), opt)
}

// OpenReader opens a list that comes from a reader, standard input for one. The
// list is kept in a private file until Close, since it is read more than once;
// errors call it name. Else it is as [Open].
func OpenReader(name string, r io.Reader, opt Options) (*List, error) {
	l := &List{path: name}
	return l.begun(l.keep(r), opt)
}

// begun reads an opened list as far as its heading row.
func (l *List) begun(err error, opt Options) (*List, error) {
	if err == nil {
		err = l.begin(opt)
	}
	if err != nil {
		_ = l.Close()
		return nil, l.placed(err)
	}
	return l, nil
}

// Header returns the heading row.
func (l *List) Header() batch.Header { return l.header }

// Sheet returns the name of the sheet, "" for CSV.
func (l *List) Sheet() string { return l.sheet }

// Sheets returns the names of all sheets in their order, none for CSV.
func (l *List) Sheets() []string { return slices.Clone(l.sheets) }

// SHA256 returns the digest of the file's bytes, in hexadecimal.
func (l *List) SHA256() string { return l.sum }

// Notices returns what a person should know about how the list was read, in
// complete sentences. They may grow while Rows runs.
func (l *List) Notices() []string { return slices.Clone(l.notices) }

// Close frees the file and what was unpacked from it.
func (l *List) Close() error {
	var err error
	if l.release != nil {
		err = l.release()
	}
	if l.file != nil {
		err = errors.Join(err, l.file.Close())
	}
	if l.spool != "" {
		err = errors.Join(err, os.RemoveAll(l.spool))
	}
	return err
}

// Rows yields the rows below the headings as they are read. It can be ranged
// over again from the start. Blank rows and the template's Example rows are left
// out; the cells of a row may be more or fewer than the headings. It ends after
// the first error, which is an [Error]; a list without rows yields [ErrEmpty].
func (l *List) Rows() iter.Seq2[batch.Row, error] {
	return func(yield func(batch.Row, error) bool) {
		if err := l.unchanged(); err != nil {
			yield(batch.Row{}, l.placed(err))
			return
		}
		empty := true
		for row, err := range l.read() {
			if err != nil {
				yield(batch.Row{}, l.placed(err))
				return
			}
			if row.Line <= l.headerLine || l.example(row) {
				continue
			}
			empty = false
			if !yield(row, nil) {
				return
			}
		}
		if err := l.unchanged(); err != nil {
			yield(batch.Row{}, l.placed(err))
		} else if empty {
			yield(batch.Row{}, l.placed(ErrEmpty))
		}
	}
}

// example reports whether a row is the one that the admin centre's template
// brings along, which many people forget to delete.
func (l *List) example(row batch.Row) bool {
	const mark = "example:"
	address := l.header.Value(row, batch.Email)
	if len(address) < len(mark) || !strings.EqualFold(address[:len(mark)], mark) {
		return false
	}
	l.notice(fmt.Sprintf("Row %d is the template's example (%q) and is left out.", row.Line, address))
	return true
}

// notice adds a sentence once: rows are read more than once.
func (l *List) notice(sentence string) {
	if !slices.Contains(l.notices, sentence) {
		l.notices = append(l.notices, sentence)
	}
}

// begin finds out what the open file is and where its headings are, with errors
// that do not know the file yet.
func (l *List) begin(opt Options) error {
	head, err := l.head()
	if err != nil {
		return err
	}
	kind, err := sniff(head)
	if err != nil {
		return err
	}
	var got found
	switch kind {
	case kindWorkbook:
		got, err = l.openWorkbook(packed{l.file, l.size, false}, opt)
	case kindCompound:
		got, err = l.openCompound(opt)
	case kindCSV:
		got, err = l.openCSV(head, opt)
	}
	if err != nil {
		return err
	}
	l.header, l.headerLine = got.header, got.line
	l.notices = append(l.notices, got.notices...)
	if kind != kindCSV && (opt.Encoding != "" || opt.Delimiter != 0) {
		l.notice("The list is a workbook: --encoding and --delimiter, which are for CSV files, change nothing.")
	}
	return nil
}
