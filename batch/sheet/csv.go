package sheet

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"unicode/utf8"

	"guestlist/batch"
)

// openCSV finds out how the columns are separated, and where the headings are.
func (l *List) openCSV(opt Options) (found, error) {
	if opt.Sheet != "" {
		return found{}, &UnknownSheetError{Name: opt.Sheet}
	}
	head, err := io.ReadAll(io.LimitReader(decoded(l.content()), headSize))
	if err != nil {
		return found{}, err
	}
	comma := delimiter(string(head), opt)
	l.read = func() iter.Seq2[batch.Row, error] { return csvRows(decoded(l.content()), comma) }
	got, err := findHeader(l.read(), opt)
	if err != nil {
		l.header.Columns = got.best
		return got, err
	}
	l.read = func() iter.Seq2[batch.Row, error] {
		return wholeRows(csvRows(decoded(l.content()), comma), comma, got.header)
	}
	return got, nil
}

// decoded turns the bytes of a file into the text of a list: the one place that
// knows about encodings. It takes UTF-8, drops a byte order mark, and ends lines
// as encoding/csv expects it.
func decoded(r io.Reader) io.Reader {
	text := bufio.NewReaderSize(r, headSize)
	if mark, err := text.Peek(3); err == nil && string(mark) == "\uFEFF" {
		_, _ = text.Discard(len(mark))
	}
	// A short file gives io.EOF with the bytes it has.
	head, _ := text.Peek(headSize)
	if bytes.IndexByte(head, '\r') >= 0 && bytes.IndexByte(head, '\n') < 0 {
		return oldMac{text}
	}
	return text
}

// oldMac ends lines with \n where "CSV (Macintosh)" of Excel has \r alone.
type oldMac struct{ r io.Reader }

func (m oldMac) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	for i, b := range p[:n] {
		if b == '\r' {
			p[i] = '\n'
		}
	}
	return n, err
}

// csvRows yields the rows that are not blank. Quotes are taken strictly: a bad
// one is an error, since a lenient reader would merge the rows that follow it.
func csvRows(r io.Reader, comma rune) iter.Seq2[batch.Row, error] {
	return func(yield func(batch.Row, error) bool) {
		held := &leash{r: r}
		cells := csv.NewReader(held)
		cells.Comma = comma
		cells.FieldsPerRecord = -1
		// Files in which a space follows the comma are common; where a tab
		// separates, trimming would take away empty cells.
		cells.TrimLeadingSpace = comma != '\t'
		for {
			held.slacken()
			row, err := csvRow(cells)
			if errors.Is(err, io.EOF) {
				return
			}
			if err == nil && filled(row.Cells) == 0 {
				continue
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// csvRow reads one row and checks that it is UTF-8.
func csvRow(cells *csv.Reader) (batch.Row, error) {
	record, err := cells.Read()
	if err != nil {
		return batch.Row{}, csvError(cells, len(record), err)
	}
	line, _ := cells.FieldPos(0)
	for i, cell := range record {
		if !utf8.ValidString(cell) {
			return batch.Row{}, &Error{Row: line, position: i + 1, Err: notUTF8(cell)}
		}
		if strings.IndexByte(cell, 0) >= 0 {
			return batch.Row{}, &Error{Row: line, position: i + 1, Err: &faultError{
				what: "the cell holds a NUL byte", hint: saveAsUTF8,
			}}
		}
	}
	return batch.Row{Line: line, Cells: record}, nil
}

// csvError says in our words, and with the row, what encoding/csv complains
// about after it read some cells of it.
func csvError(cells *csv.Reader, read int, err error) error {
	if errors.Is(err, io.EOF) {
		return err
	}
	if errors.Is(err, errLeash) {
		line := 0
		if read > 0 {
			line, _ = cells.FieldPos(0)
		}
		return &Error{Row: line, Err: errLeash}
	}
	bad, ok := errors.AsType[*csv.ParseError](err)
	if !ok {
		return &faultError{what: "cannot read the list", cause: withoutPath(err)}
	}
	what := fmt.Sprintf(`a quoted cell is not closed where it should be (line %d, character %d)`, bad.Line, bad.Column)
	if errors.Is(err, csv.ErrBareQuote) {
		what = fmt.Sprintf(`a quote (") stands inside a cell that is not quoted (line %d, character %d)`, bad.Line, bad.Column)
	}
	return &Error{Row: bad.StartLine, Err: &faultError{
		what: what,
		hint: `Remove the quote, or put the whole cell in quotes and write each quote inside it twice: "Anna ""Ann"" Berg".`,
	}}
}

// notUTF8 shows the cell with a mark where its bytes make no sense.
func notUTF8(cell string) error {
	return &faultError{
		what: fmt.Sprintf("the text is not UTF-8: %q", clipped(strings.ToValidUTF8(cell, "\uFFFD"))),
		hint: saveAsUTF8,
	}
}
