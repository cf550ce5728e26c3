package sheet

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"unicode"
	"unicode/utf8"
)

// csvReader reads the records of a CSV file as encoding/csv does, but for one thing:
// a quote inside a cell that does not begin with one is a character like any other,
// as spreadsheet programs read it (OOO "Romashka"). A cell that begins with a quote
// stays strict: a lenient reader would merge the rows that follow a stray one.
type csvReader struct {
	in    *bufio.Reader
	comma []byte
	// trim leaves out the white space before a cell.
	trim bool
	// line is the line of the file that was read last, start that at which the record
	// begins; extra counts the lines that records had beyond their first.
	line, start, extra int
	// text and ends are the cells of the record and where each of them ends.
	text []byte
	ends []int
	long []byte
}

func newCSVReader(r io.Reader, comma rune) *csvReader {
	// Files in which a space follows the comma are common; where a tab separates,
	// trimming would take away empty cells.
	return &csvReader{in: bufio.NewReaderSize(r, headSize), comma: utf8.AppendRune(nil, comma), trim: !unicode.IsSpace(comma)}
}

// row is the number of the record as spreadsheet programs count them: a record with
// line breaks in its cells is one row.
func (r *csvReader) row() int { return r.start - r.extra }

// read returns the cells of the next record, or of what could be read of it, and a
// [csv.ParseError] for a quote that is not closed where it should be. Empty lines are
// passed over.
func (r *csvReader) read() (cells []string, err error) {
	if r.start > 0 {
		r.extra += r.line - r.start
	}
	line, err := r.nextLine()
	for err == nil && len(line) == lineEnd(line) {
		line, err = r.nextLine()
	}
	r.start = r.line
	if err != nil {
		return nil, err
	}
	r.text, r.ends = r.text[:0], r.ends[:0]
	err = r.cells(line)
	return r.split(), err
}

// cells takes a record apart that begins with a line.
func (r *csvReader) cells(line []byte) error {
	for at := 1; ; { // the position in the line, in bytes
		if r.trim {
			blank := bytes.IndexFunc(line, func(c rune) bool { return !unicode.IsSpace(c) })
			if blank < 0 {
				blank = len(line) - lineEnd(line)
			}
			line, at = line[blank:], at+blank
		}
		if len(line) == 0 || line[0] != '"' {
			cell, rest, more := bytes.Cut(line, r.comma)
			if !more {
				r.text = append(r.text, cell[:len(cell)-lineEnd(cell)]...)
				r.ends = append(r.ends, len(r.text))
				return nil
			}
			r.text = append(r.text, cell...)
			r.ends = append(r.ends, len(r.text))
			line, at = rest, at+len(cell)+len(r.comma)
			continue
		}
		rest, now, err := r.quoted(line[1:], at+1)
		if err != nil {
			return err
		}
		r.ends = append(r.ends, len(r.text))
		if len(rest) == lineEnd(rest) {
			return nil
		}
		line, at = rest[len(r.comma):], now+len(r.comma)
	}
}

// quoted reads a cell whose opening quote was read, over as many lines as it takes,
// and returns what follows it on its last line and the position of that.
func (r *csvReader) quoted(line []byte, at int) (rest []byte, now int, err error) {
	for {
		cell, rest, closed := bytes.Cut(line, []byte{'"'})
		r.text = append(r.text, cell...)
		at += len(cell)
		if !closed {
			next, err := r.nextLine()
			if err != nil && !errors.Is(err, io.EOF) {
				return nil, 0, err
			}
			if len(next) == 0 {
				return nil, 0, &csv.ParseError{StartLine: r.start, Line: r.line, Column: at, Err: csv.ErrQuote}
			}
			line, at = next, 1
			continue
		}
		at++
		switch {
		case bytes.HasPrefix(rest, []byte{'"'}):
			r.text = append(r.text, '"')
			line, at = rest[1:], at+1
		case bytes.HasPrefix(rest, r.comma), len(rest) == lineEnd(rest):
			return rest, at, nil
		default:
			return nil, 0, &csv.ParseError{StartLine: r.start, Line: r.line, Column: at - 1, Err: csv.ErrQuote}
		}
	}
}

// split makes cells of the text of the record.
func (r *csvReader) split() []string {
	text := string(r.text)
	cells := make([]string, len(r.ends))
	start := 0
	for i, end := range r.ends {
		cells[i], start = text[start:end], end
	}
	return cells
}

// nextLine reads a line with its end, which is \n whatever it was; the last one of a
// file may have none.
func (r *csvReader) nextLine() ([]byte, error) {
	line, err := r.in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		r.long = append(r.long[:0], line...)
		for errors.Is(err, bufio.ErrBufferFull) {
			line, err = r.in.ReadSlice('\n')
			r.long = append(r.long, line...)
		}
		line = r.long
	}
	if len(line) > 0 && errors.Is(err, io.EOF) {
		err = nil
		if line[len(line)-1] == '\r' { // as in encoding/csv
			line = line[:len(line)-1]
		}
	}
	if len(line) > 0 {
		r.line++
	}
	if n := len(line); n >= 2 && line[n-2] == '\r' && line[n-1] == '\n' {
		line[n-2] = '\n'
		line = line[:n-1]
	}
	return line, err
}

// lineEnd is the length of the line break at the end of a line.
func lineEnd(line []byte) int {
	if n := len(line); n > 0 && line[n-1] == '\n' {
		return 1
	}
	return 0
}
