package sheet

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"guestlist/batch"
	"guestlist/internal/assert"
)

// FuzzCSV holds the reader to its promise: what encoding/csv sees in a file is
// yielded, row by row, or there is an error.
func FuzzCSV(f *testing.F) {
	f.Add("a@x.example,Anna\r\nb@x.example,\"Bob\nB\"\n")
	f.Add("a@x.example;Anna\n\n,,\n\"\"\"\",x")
	f.Add("\"a\nb@x.example,Bob\",c")
	f.Add("sep=;\nExample: a,b\n\xff")
	f.Add("\r0")
	f.Fuzz(func(t *testing.T, body string) {
		content := "Email,Name\n" + body
		got, err := rowsOf(content)
		if err != nil {
			bad, ok := errors.AsType[*Error](err)
			if !ok || bad.Err.Error() == "" {
				t.Fatalf("error %v is not an *Error", err)
			}
			return
		}
		if delimiter(content[:min(len(content), headSize)], Options{}) != ',' {
			return
		}
		want, ok := expected(content)
		if !ok || !utf8.ValidString(content) {
			t.Fatalf("%q was read as %v, though it is not well-formed", content, got)
		}
		assert.Equal(t, "rows", got, want)
	})
}

// rowsOf reads a CSV text as Open would, without a file.
func rowsOf(content string) ([]batch.Row, error) {
	comma := delimiter(content[:min(len(content), headSize)], Options{})
	got, err := findHeader(csvRows(charset{}.text(strings.NewReader(content)), comma, charset{}.check), Options{})
	if err != nil {
		return nil, (&List{}).placed(err)
	}
	l := &List{header: got.header}
	var rows []batch.Row
	s := survey{comma: comma, header: got.header, line: got.line}
	for row, err := range s.rows(csvRows(charset{}.text(strings.NewReader(content)), comma, charset{}.check), l.notice) {
		if err != nil {
			return nil, l.placed(err)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// expected is encoding/csv's own view of a text whose lines all end with a line
// feed, without blank rows.
func expected(content string) ([]batch.Row, bool) {
	r := csv.NewReader(strings.NewReader(lineFeeds(content)))
	r.FieldsPerRecord = -1
	r.TrimLeadingSpace = true
	var rows []batch.Row
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, true
		}
		if err != nil {
			return nil, false
		}
		if line, _ := r.FieldPos(0); strings.TrimSpace(strings.Join(record, "")) != "" {
			rows = append(rows, batch.Row{Line: line, Cells: record})
		}
	}
}
