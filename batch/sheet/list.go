package sheet

import (
	"crypto/sha256"
	"encoding/hex"
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
	// read yields all rows of the sheet that are not blank, each time from the
	// top; release frees what it needs.
	read    func() iter.Seq2[batch.Row, error]
	release func() error
}

// Open opens the list in a file and reads as far as its heading row; a workbook
// is also read through once, so that damage is found before the first row is
// used. Every error is an [Error]. The caller must close the list.
func Open(path string, opt Options) (*List, error) {
	l := &List{path: path, release: func() error { return nil }}
	if err := l.open(opt); err != nil {
		_ = l.Close()
		return nil, l.placed(err)
	}
	return l, nil
}

// Header returns the heading row.
func (l *List) Header() batch.Header { return l.header }

// Sheet returns the name of the sheet, "" for CSV.
func (l *List) Sheet() string { return l.sheet }

// SHA256 returns the digest of the file's bytes, in hexadecimal.
func (l *List) SHA256() string { return l.sum }

// Notices returns what a person should know about how the list was read, in
// complete sentences. They may grow while Rows runs.
func (l *List) Notices() []string { return slices.Clone(l.notices) }

// Close frees the file and what was unpacked from it.
func (l *List) Close() error {
	err := l.release()
	if l.file != nil {
		err = errors.Join(err, l.file.Close())
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

// open does the work of [Open], with errors that do not know the file yet.
func (l *List) open(opt Options) error {
	if err := l.openFile(); err != nil {
		return err
	}
	kind, err := sniff(l.file)
	if err != nil {
		return err
	}
	var got found
	if kind == kindWorkbook {
		got, err = l.openWorkbook(opt)
	} else {
		got, err = l.openCSV(opt)
	}
	if err != nil {
		return err
	}
	l.header, l.headerLine = got.header, got.line
	l.notices = append(l.notices, got.notices...)
	return nil
}

// openFile opens the file, makes sure it can be read more than once, and takes its digest.
func (l *List) openFile() error {
	info, err := os.Stat(l.path)
	if err != nil {
		return &faultError{what: "cannot open the list", hint: "Check the path of the list.", cause: withoutPath(err)}
	}
	if info.IsDir() {
		return &faultError{what: "this is a folder, not a file", hint: "Give the file in it that holds the list."}
	}
	if !info.Mode().IsRegular() {
		return &faultError{what: "this is not a regular file, and a list is read twice", hint: "Save the list to a file."}
	}
	l.size, l.modified = info.Size(), info.ModTime()
	if l.file, err = os.Open(l.path); err != nil {
		return &faultError{
			what: "cannot open the list", cause: withoutPath(err),
			hint: "Check that you may read it and that no other program holds it open.",
		}
	}
	digest := sha256.New()
	if _, err = io.Copy(digest, l.file); err != nil {
		return &faultError{what: "cannot read the list", cause: withoutPath(err)}
	}
	l.sum = hex.EncodeToString(digest.Sum(nil))
	return nil
}

// unchanged refuses a file that somebody wrote to in the meantime: the rows that
// were judged would not be those that are sent. A new file put in its place, as
// Excel does it, leaves ours as it was.
func (l *List) unchanged() error {
	info, err := l.file.Stat()
	if err != nil {
		return &faultError{what: "cannot read the list", cause: withoutPath(err)}
	}
	if info.Size() == l.size && info.ModTime().Equal(l.modified) {
		return nil
	}
	return &faultError{
		what: "the list was changed while it was being used",
		hint: "Save and close it in other programs, then run the command again.",
	}
}

// content reads the file's bytes from the start.
func (l *List) content() io.Reader { return io.NewSectionReader(l.file, 0, l.size) }
