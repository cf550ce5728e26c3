package report

import (
	"slices"

	"guestlist/batch"
	"guestlist/batch/results"
	"guestlist/internal/text"
)

// Widths of columns in characters of the standard font.
const (
	minWidth = 8
	maxWidth = 60
	// padding leaves room for the filter's arrow beside a heading.
	padding     = 4
	urlWidth    = 40
	errorWidth  = 50
	adviceWidth = 50
)

// widths returns a width for each heading that suits the records.
func (c columns) widths(records []batch.Record) []float64 {
	longest := make([]int, len(c.headings))
	note := func(position int, s string) {
		if position < len(longest) {
			longest[position] = max(longest[position], text.LongestLine(s))
		}
	}
	for i, heading := range c.headings {
		note(i, heading)
	}
	for _, rec := range records {
		for i, s := range rec.Cells {
			note(c.place(i), s)
		}
		o := rec.Outcome
		note(c.at[results.ColumnStatus], string(o.Status))
		note(c.at[results.ColumnUserID], o.UserID)
		note(c.at[results.ColumnErrorCode], o.ErrorCode)
		note(c.at[results.ColumnInvitationStatus], o.InvitationStatus)
		if !invitedAt(o).IsZero() {
			note(c.at[results.ColumnInvitedAt], dateTime)
		}
		note(c.at[results.ColumnRequestID], o.RequestID)
	}
	widths := make([]float64, len(longest))
	for i, characters := range longest {
		widths[i] = float64(min(max(characters+padding, minWidth), maxWidth))
	}
	widths[c.at[results.ColumnRedeemURL]] = urlWidth
	widths[c.at[results.ColumnError]] = errorWidth
	widths[c.at[results.ColumnAdvice]] = adviceWidth
	return widths
}

// forFailed returns the widths of the sheet Failed: few of its rows have a link
// or a guest, and what went wrong should be in sight.
func (c columns) forFailed(widths []float64) []float64 {
	widths = slices.Clone(widths)
	for _, name := range []string{results.ColumnRedeemURL, results.ColumnUserID, results.ColumnInvitationStatus} {
		widths[c.at[name]] = float64(len(name) + padding)
	}
	return widths
}
