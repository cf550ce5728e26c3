package sheet

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"unicode/utf8"

	"guestlist/batch"
	"guestlist/batch/sheet/xlsx"
)

// rowLimit is the largest row that is taken into memory, in bytes, as it is in
// workbooks. A quote that is never closed would otherwise pull the rest of the
// file into one cell.
const rowLimit = xlsx.RowLimit

// errRowTooLarge is found for a row beyond the limit.
var errRowTooLarge error = &faultError{
	what: "a single row is larger than 4 MiB",
	hint: `Look there for a quote (") that is opened and never closed, or for text that does not belong in a list.`,
}

// csvFile is a CSV file whose headings are known.
type csvFile struct {
	file  *sourceFile
	set   charset
	comma rune
	found headingMatch
	// whole says that each line stands in quotes as a whole.
	whole bool
	// mixed says that some of the text may be UTF-8 although the file is not.
	mixed bool
}

// openCSV finds out how the text is encoded, how the columns are separated, and
// where the headings are.
func openCSV(file *sourceFile, head []byte, opt Options) (table, headingMatch, error) {
	if opt.Sheet != "" {
		return nil, headingMatch{}, &UnknownSheetError{Name: opt.Sheet}
	}
	set, err := findCharset(head, opt.Encoding)
	if err != nil {
		return nil, headingMatch{}, err
	}
	if other := binary(head); other != nil && (set.decoder == nil || utf16Order(head) == "" && set.mark == 0) {
		return nil, headingMatch{}, other
	}
	f := &csvFile{file: file, set: set}
	if f.comma, f.whole, err = findDelimiter(file, set, opt); err != nil {
		return nil, headingMatch{}, err
	}
	if f.found, err = findHeadings(f.plainRows(), opt); err != nil {
		if errors.As(err, new(*NoAddressError)) && opt.Delimiter == 0 && len(opt.Map) == 0 {
			if t, found, ok := openAddresses(file, set); ok {
				return t, found, nil
			}
		}
		return nil, headingMatch{}, inTable(err, "", f.found.best)
	}
	above, err := lookAbove(f.found)
	if err != nil {
		return nil, headingMatch{}, inTable(err, "", nil)
	}
	f.found.notices = append(f.found.notices, above...)
	f.found.header.Unheaded = unheadedColumns(f.found.header, true)
	if f.whole {
		f.found.notices = append(f.found.notices, fmt.Sprintf("Every line of the file is in quotes as a whole: the quotes are taken off, and the line is read again with a %s between the cells.", delimiterName(f.comma)))
	}
	misread, err := misreadFile(file, set)
	if err != nil {
		return nil, headingMatch{}, err
	}
	if misread != "" {
		f.found.notices = append(f.found.notices, misread)
	}
	f.mixed = !set.isUnicode() && misread == ""
	return f, f.found, nil
}

func (f *csvFile) rows(tell func(string)) iter.Seq2[batch.Row, error] {
	n := csvNotices{set: f.set, mixed: f.mixed, comma: f.comma, header: f.found.header, headerLine: f.found.line}
	return n.rows(f.plainRows(), tell)
}

func (*csvFile) sheet() string    { return "" }
func (*csvFile) sheets() []string { return nil }
func (*csvFile) close() error     { return nil }

// plainRows are the rows without a look at what is odd about them.
func (f *csvFile) plainRows() iter.Seq2[batch.Row, error] {
	rows := csvRows(f.set.text(f.file.content()), f.comma, f.set.checker())
	if f.whole {
		return readAgain(rows, f.comma)
	}
	return rows
}

// readAgain reads the only cell of each row as a line of CSV.
func readAgain(rows iter.Seq2[batch.Row, error], comma rune) iter.Seq2[batch.Row, error] {
	return func(yield func(batch.Row, error) bool) {
		for row, err := range rows {
			if err == nil && len(row.Cells) == 1 {
				inner := newCSVReader(strings.NewReader(row.Cells[0]), comma)
				if row.Cells, err = inner.read(); err != nil {
					err = csvError(row, err)
				}
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// misreadFile warns of a file that is UTF-8 and is read as something else.
func misreadFile(file *sourceFile, set charset) (string, error) {
	if set.isUnicode() {
		return "", nil
	}
	plain, valid, err := validUTF8(file.content())
	if err != nil || plain || !valid {
		return "", err
	}
	return fmt.Sprintf("The whole file is valid UTF-8 but is read as %s, as asked; if letters with accents come out wrong, leave --encoding out.", set.name), nil
}

// csvRows yields the rows that are not blank. A quote at the start of a cell is taken
// strictly: one that is not closed is an error, since a lenient reader would merge
// the rows that follow it. A cell that check refuses is an error, too.
func csvRows(r io.Reader, comma rune, check func(cell string) error) iter.Seq2[batch.Row, error] {
	return func(yield func(batch.Row, error) bool) {
		limited := &io.LimitedReader{R: r}
		records := newCSVReader(limited, comma)
		for {
			limited.N = rowLimit
			row, err := csvRow(records, check)
			if limited.N <= 0 {
				err = &Error{Row: rowOf(row, err), Err: errRowTooLarge}
			}
			if errors.Is(err, io.EOF) {
				return
			}
			if err == nil && isBlank(row.Cells) {
				continue
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// csvRow reads one row and checks its cells.
func csvRow(records *csvReader, check func(string) error) (batch.Row, error) {
	cells, err := records.read()
	row := batch.Row{Line: records.row(), Cells: cells}
	if records.start != row.Line {
		row.FileLine = records.start
	}
	if err != nil {
		return batch.Row{}, csvError(row, err)
	}
	for i, cell := range cells {
		if err := check(cell); err != nil {
			return batch.Row{}, &Error{Row: row.Line, Line: row.FileLine, position: i + 1, Err: err}
		}
	}
	return row, nil
}

// csvError says in our words, and with the row as far as it was read, why it cannot be
// read.
func csvError(row batch.Row, err error) error {
	if errors.Is(err, io.EOF) {
		return err
	}
	bad, ok := errors.AsType[*csv.ParseError](err)
	if !ok {
		return unreadable(err)
	}
	fault := &faultError{
		what: fmt.Sprintf(`a quote (") opened here is not closed where it should be (line %d, character %d)`, bad.Line, bad.Column),
		hint: `Remove the quote, or close it at the end of its cell; write each quote inside twice: "Anna ""Ann"" Berg".`,
	}
	return &Error{Row: row.Line, Line: row.FileLine, position: len(row.Cells) + 1, Err: fault}
}

// rowOf is the number of a row that was read, or that an error names, 0 when
// neither is known.
func rowOf(row batch.Row, err error) int {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Row
	}
	return row.Line
}

// delimiters are what separates columns, unless something else is asked for.
const delimiters = ",;\t|"

// findDelimiter is the character that separates the columns of a file.
// Whole says that each line stands in quotes as a whole.
func findDelimiter(file *sourceFile, set charset, opt Options) (comma rune, whole bool, err error) {
	if opt.Delimiter != 0 {
		if strings.ContainsRune("\"\r\n\uFFFD", opt.Delimiter) || !utf8.ValidRune(opt.Delimiter) {
			return 0, false, &faultError{
				what: fmt.Sprintf("%q cannot separate columns", opt.Delimiter),
				hint: "Give a comma, a semicolon, a tab or a pipe.",
			}
		}
		return opt.Delimiter, false, nil
	}
	start, err := io.ReadAll(io.LimitReader(set.text(file.content()), headSize))
	if err != nil {
		return 0, false, unreadable(err)
	}
	if comma, whole := wholeLines(string(start), opt); whole {
		return comma, true, nil
	}
	return likelyDelimiter(string(start), opt), false, nil
}

// wholeLines reports whether each line of a text stands in quotes as a whole, and what
// separates the cells within: taken apart once more, the lines have an address column
// among others.
func wholeLines(start string, opt Options) (rune, bool) {
	if !strings.HasPrefix(strings.TrimSpace(start), `"`) {
		return 0, false
	}
	single := true
	seen := 0
	for row, err := range csvRows(strings.NewReader(start), 0, anyCell) {
		if err != nil || len(row.Cells) != 1 {
			single = seen > 0 && err != nil // the end of the text may be cut off
			break
		}
		if seen++; seen == headingRows {
			break
		}
	}
	if !single {
		return 0, false
	}
	for _, comma := range delimiters {
		found, err := findHeadings(readAgain(csvRows(strings.NewReader(start), comma, anyCell), comma), opt)
		plain, plainErr := findHeadings(csvRows(strings.NewReader(start), comma, anyCell), opt)
		if err == nil && len(found.header.Columns) > 1 && (plainErr != nil || len(plain.header.Columns) == 1 && plain.guessed) {
			return comma, true
		}
	}
	return 0, false
}

// likelyDelimiter finds out what separates the columns of a text by its start.
// Excel's own line "sep=;" decides; else the separator under which there is a
// heading row with an address, and among several the one that gives it the most
// columns. Quotes are respected: each separator is tried with the real reader.
func likelyDelimiter(start string, opt Options) rune {
	if comma, ok := declaredDelimiter(start); ok {
		return comma
	}
	best, most := ',', -1
	for _, comma := range delimiters {
		got, err := findHeadings(csvRows(strings.NewReader(start), comma, anyCell), opt)
		score := len(got.best)
		switch {
		case err == nil && got.guessed:
			score = len(got.header.Columns) + 1<<14
		case err == nil: // any heading row is better than none
			score = len(got.header.Columns) + 1<<16
		case errors.Is(err, ErrEmpty): // nothing but separators
			score = 1 << 15
		}
		if score > most {
			best, most = comma, score
		}
	}
	return best
}

// declaredDelimiter reads Excel's "sep=" line.
func declaredDelimiter(start string) (rune, bool) {
	line, _, _ := strings.Cut(start, "\n")
	line = strings.Trim(strings.TrimRight(line, "\r"), `"`)
	rest, ok := strings.CutPrefix(strings.ToLower(line), "sep=")
	if !ok || rest == "" {
		return 0, false
	}
	comma := []rune(rest)[0]
	return comma, strings.ContainsRune(delimiters, comma)
}

// anyCell takes every cell: what separates the columns does not depend on
// whether the text can be read.
func anyCell(string) error { return nil }

// delimiterName is what people call a character that separates columns.
func delimiterName(comma rune) string {
	switch comma {
	case ',':
		return "comma"
	case ';':
		return "semicolon"
	case '\t':
		return "tab"
	case '|':
		return "pipe"
	}
	return fmt.Sprintf("%q", string(comma))
}
