package results

import (
	"strconv"
	"strings"
	"time"

	"guestlist/batch"
	"guestlist/internal/secret"
)

// Layout is where the result columns are in a list that is itself a results
// workbook.
type Layout struct{ at map[string]int }

// FindLayout looks for the result columns, compared without case and
// surrounding spaces. It reports false for a list that is no results workbook.
func FindLayout(columns []string) (Layout, bool) {
	l := Layout{at: make(map[string]int)}
	for i, heading := range columns {
		name, ok := Column(heading)
		if _, found := l.at[name]; ok && !found {
			l.at[name] = i
		}
	}
	for _, name := range []string{ColumnStatus, ColumnRedeemURL, ColumnUserID, ColumnSourceRow} {
		if _, found := l.at[name]; !found {
			return Layout{}, false
		}
	}
	return l, true
}

func (l Layout) value(r batch.Row, column string) string {
	at, ok := l.at[column]
	if !ok {
		return ""
	}
	return strings.TrimSpace(r.Cell(at))
}

// SourceRow is the line that the workbook names for a row, 0 where it names none.
func (l Layout) SourceRow(r batch.Row) int {
	line, err := strconv.Atoi(l.value(r, ColumnSourceRow))
	if err != nil {
		return 0
	}
	return line
}

// Key is the row's key, false where the row has none or lost it.
func (l Layout) Key(r batch.Row) (RowKey, bool) { return ParseRowKey(l.value(r, ColumnRowKey)) }

// Without returns the row without its results: they are filled in anew, and a
// list keeps no links.
func (l Layout) Without(r batch.Row) batch.Row {
	cells := append([]string(nil), r.Cells...)
	for _, at := range l.at {
		if at < len(cells) {
			cells[at] = ""
		}
	}
	return batch.Row{Line: r.Line, Cells: cells}
}

// Outcome reads what a row says became of it. It reports false for a row that
// was never sent: those are judged anew.
func (l Layout) Outcome(j batch.Judged) (batch.Outcome, bool) {
	o := batch.Outcome{
		Address: j.Address, Fingerprint: j.Fingerprint,
		Status:    batch.Status(strings.ToLower(l.value(j.Row, ColumnStatus))),
		RedeemURL: secret.New(l.value(j.Row, ColumnRedeemURL)),
		UserID:    l.value(j.Row, ColumnUserID), InvitationStatus: l.value(j.Row, ColumnInvitationStatus),
		ErrorCode: l.value(j.Row, ColumnErrorCode), Error: l.value(j.Row, ColumnError),
		Advice: l.value(j.Row, ColumnAdvice), RequestID: l.value(j.Row, ColumnRequestID),
	}
	if key, ok := l.Key(j.Row); ok {
		o.Address, o.Fingerprint = key.Address, key.Fingerprint
	}
	if n, err := strconv.Atoi(l.value(j.Row, ColumnAttempts)); err == nil {
		o.Attempts = n
	}
	if !o.Sent() && !o.RedeemURL.IsZero() {
		o.Status = batch.Invited // a link is a link, whatever people wrote for the status
	}
	o.At = instant(l.value(j.Row, ColumnInvitedAt))
	return o, o.Sent()
}

// instant reads a time as the workbook shows it, or as CSV files and earlier
// workbooks have it; zero for anything else.
func instant(text string) time.Time {
	for _, layout := range []string{time.DateTime, time.RFC3339} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC()
		}
	}
	return time.Time{}
}
