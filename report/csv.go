package report

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"guestlist/batch"
	"guestlist/batch/results"
)

// byteOrderMark tells Excel that a CSV file is UTF-8.
const byteOrderMark = "\uFEFF"

// WriteCSV writes the results as comma-separated values, with the columns of
// the sheet Results: UTF-8 with a byte order mark, lines that end in CR LF, and
// times as in RFC 3339. A cell that a spreadsheet program would run as a formula
// has an apostrophe in front; [Plain] takes it off. It says nothing of r.Summary
// but the tenant. File and errors are as in [Write].
func WriteCSV(ctx context.Context, path string, r Results) error {
	c, err := newColumns(r.Columns)
	if err != nil {
		return err
	}
	return Replace(path, func(w io.Writer) error {
		out := bufio.NewWriter(w)
		_, _ = out.WriteString(byteOrderMark)
		err := writeCSVRow(out, c.headings)
		if err == nil {
			err = Each(ctx, r.Records, func(rec batch.Record) error {
				return writeCSVRow(out, c.texts(rec, r.Summary.Tenant))
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
		text = guard(strings.ToValidUTF8(text, "\uFFFD"))
		if !strings.ContainsAny(text, "\",\r\n") && strings.TrimSpace(text) == text {
			_, _ = w.WriteString(text)
			continue
		}
		_, _ = w.WriteString(`"` + strings.ReplaceAll(text, `"`, `""`) + `"`)
	}
	_, err := w.WriteString("\r\n")
	return err
}

// texts returns a record as it stands under the headings, and right of them.
func (c columns) texts(rec batch.Record, tenant string) []string {
	row := make([]string, c.width(rec))
	for i, text := range rec.Cells {
		if text != "" {
			row[c.place(i)] = text
		}
	}
	o := rec.Outcome
	for _, result := range [...]struct{ column, text string }{
		{results.ColumnStatus, string(o.Status)},
		{results.ColumnRedeemURL, o.RedeemURL.Reveal()},
		{results.ColumnUserID, o.UserID},
		{results.ColumnInvitationStatus, o.InvitationStatus},
		{results.ColumnErrorCode, o.ErrorCode},
		{results.ColumnError, o.Error},
		{results.ColumnAdvice, o.Advice},
		{results.ColumnAttempts, strconv.Itoa(o.Attempts)},
		{results.ColumnInvitedAt, stamp(invitedAt(o))},
		{results.ColumnRequestID, o.RequestID},
		{results.ColumnSourceRow, lineText(rec.Line)},
		{results.ColumnRowKey, rowKey(tenant, o)},
	} {
		row[c.at[result.column]] = result.text
	}
	return row
}

// stamp writes a time for programs, "" for none.
func stamp(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.Format(time.RFC3339)
}

// lineText is the line of the list that a row stands in, "" once it has left it.
func lineText(line int) string {
	if line == 0 {
		return ""
	}
	return strconv.Itoa(line)
}
