package report

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"

	"guestlist/batch"
	"guestlist/batch/results"
)

// byteOrderMark tells Excel that a CSV file is UTF-8.
const byteOrderMark = "\uFEFF"

// WriteCSV writes the results as comma-separated values, with the columns of
// the sheet Results: UTF-8 with a byte order mark, lines that end in CR LF, and
// times as in RFC 3339. A cell that a spreadsheet program would run as a formula
// has an apostrophe in front; [results.Unguard] takes it off. It says nothing of r.Summary
// but where the results come from. File and errors are as in [Write].
func WriteCSV(ctx context.Context, path string, r Results) error {
	places := placeColumns(r.Columns, r.FollowUps)
	return Replace(path, func(w io.Writer) error {
		out := bufio.NewWriter(w)
		_, _ = out.WriteString(byteOrderMark)
		err := writeCSVRow(out, places.Headings)
		if err == nil {
			err = Each(ctx, r.Records, func(rec batch.Record) error {
				row := places.Texts(rec, r.origin())
				if r.NoLinks {
					row[places.At(results.ColumnRedeemURL)], row[places.At(results.ColumnRowKey)] = "", ""
				}
				return writeCSVRow(out, row)
			})
		}
		return errors.Join(err, out.Flush())
	})
}

// writeCSVRow writes a row as RFC 4180 has it. (encoding/csv would change line
// breaks inside a cell.)
func writeCSVRow(w *bufio.Writer, row []string) error {
	for i, text := range row {
		if i > 0 {
			_ = w.WriteByte(',')
		}
		text = results.Guard(strings.ToValidUTF8(text, "\uFFFD"))
		if !strings.ContainsAny(text, "\",\r\n") && strings.TrimSpace(text) == text {
			_, _ = w.WriteString(text)
			continue
		}
		_, _ = w.WriteString(`"` + strings.ReplaceAll(text, `"`, `""`) + `"`)
	}
	_, err := w.WriteString("\r\n")
	return err
}
