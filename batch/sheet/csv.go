package sheet

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"

	"guestlist/batch"
)

// openCSV finds out how the text is encoded, how the columns are separated, and
// where the headings are.
func (l *List) openCSV(head []byte, opt Options) (found, error) {
	if opt.Sheet != "" {
		return found{}, &UnknownSheetError{Name: opt.Sheet}
	}
	set, err := findCharset(head, opt.Encoding)
	if err != nil {
		return found{}, err
	}
	if other := binary(head); other != nil && (set.decoder == nil || utf16Order(head) == "" && set.mark == 0) {
		return found{}, other
	}
	comma, err := l.comma(set, opt)
	if err != nil {
		return found{}, err
	}
	rows := func() iter.Seq2[batch.Row, error] { return csvRows(set.text(l.content()), comma, set.checker()) }
	got, err := findHeader(rows(), opt)
	if err != nil {
		l.header.Columns = got.best
		return got, err
	}
	misread, err := l.misread(set)
	if misread != "" {
		got.notices = append(got.notices, misread)
	}
	mixed := !set.wide() && misread == ""
	l.read = func() iter.Seq2[batch.Row, error] {
		s := survey{set: set, mixed: mixed, comma: comma, header: got.header, line: got.line}
		return s.rows(rows(), l.notice)
	}
	return got, err
}

// comma is what separates the columns.
func (l *List) comma(set charset, opt Options) (rune, error) {
	if opt.Delimiter != 0 {
		if strings.ContainsRune("\"\r\n\uFFFD", opt.Delimiter) || !utf8.ValidRune(opt.Delimiter) {
			return 0, &faultError{
				what: fmt.Sprintf("%q cannot separate columns", opt.Delimiter),
				hint: "Give a comma, a semicolon, a tab or a pipe.",
			}
		}
		return opt.Delimiter, nil
	}
	start, err := io.ReadAll(io.LimitReader(set.text(l.content()), headSize))
	if err != nil {
		return 0, unreadable(err)
	}
	return delimiter(string(start), opt), nil
}

// misread warns of a file that is UTF-8 and is read as something else.
func (l *List) misread(set charset) (string, error) {
	if set.wide() {
		return "", nil
	}
	plain, valid, err := validUTF8(l.content())
	if err != nil || plain || !valid {
		return "", err
	}
	return fmt.Sprintf("The whole file is valid UTF-8 but is read as %s, as asked; if letters with accents come out wrong, leave --encoding out.", set.name), nil
}

// csvRows yields the rows that are not blank. Quotes are taken strictly: a bad
// one is an error, since a lenient reader would merge the rows that follow it.
// A cell that check refuses is one, too.
func csvRows(r io.Reader, comma rune, check func(cell string) error) iter.Seq2[batch.Row, error] {
	return func(yield func(batch.Row, error) bool) {
		held := &leash{r: r}
		cells := csv.NewReader(bufio.NewReaderSize(held, headSize))
		cells.Comma = comma
		cells.FieldsPerRecord = -1
		// Files in which a space follows the comma are common; where a tab
		// separates, trimming would take away empty cells.
		cells.TrimLeadingSpace = !unicode.IsSpace(comma)
		for {
			held.slacken()
			row, err := csvRow(cells, check)
			if errors.Is(err, io.EOF) {
				return
			}
			if err == nil && blank(row.Cells) {
				continue
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// csvRow reads one row and checks its cells.
func csvRow(cells *csv.Reader, check func(string) error) (batch.Row, error) {
	record, err := cells.Read()
	if err != nil {
		return batch.Row{}, csvError(cells, len(record), err)
	}
	line, _ := cells.FieldPos(0)
	for i, cell := range record {
		if err := check(cell); err != nil {
			return batch.Row{}, &Error{Row: line, position: i + 1, Err: err}
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
		return unreadable(err)
	}
	fault := &faultError{
		what: fmt.Sprintf(`a quote (") opened here is not closed where it should be (line %d, character %d)`, bad.Line, bad.Column),
		hint: `Remove the quote, or close it at the end of its cell; write each quote inside twice: "Anna ""Ann"" Berg".`,
	}
	if errors.Is(err, csv.ErrBareQuote) {
		fault = &faultError{
			what: fmt.Sprintf(`a quote (") stands inside a cell that is not quoted (line %d, character %d)`, bad.Line, bad.Column),
			hint: `Remove the quote, or put the whole cell in quotes and write each quote inside it twice: "Anna ""Ann"" Berg".`,
		}
	}
	return &Error{Row: bad.StartLine, position: read + 1, Err: fault}
}
