// Package results is the one format of results: the sheets, the columns that
// guestlist adds to those of a list, the key that ties a row to its outcome, and
// how they are read back from what people have done to them.
package results

import (
	"slices"
	"strings"
)

// The sheets of a results workbook. Where rows do not fit on one, "Results 2" and
// so on follow.
const (
	SheetResults = "Results" // every row of the batch
	SheetFailed  = "Failed"  // those that need attention, again
	SheetSummary = "Summary"
)

// The columns that a results workbook adds to those of the list.
const (
	ColumnStatus           = "Status"
	ColumnRedeemURL        = "Redeem URL"
	ColumnLinkState        = "Link State"
	ColumnUserID           = "User ID"
	ColumnInvitationStatus = "Invitation Status"
	ColumnErrorCode        = "Error Code"
	ColumnError            = "Error"
	ColumnAdvice           = "Advice"
	ColumnAttempts         = "Attempts"
	ColumnInvitedAt        = "Invited At (UTC)"
	ColumnAnsweredAt       = "Answered At (UTC)"
	ColumnRequestID        = "Request ID"
	ColumnClientRequestID  = "Client Request ID"
	ColumnSourceRow        = "Source Row"
	// ColumnRowKey is hidden: it holds a [RowKey], so that the workbook alone
	// is enough to go on, whatever people do to the visible columns.
	ColumnRowKey = "Row Key"
)

// headingInvitedAt is what ColumnInvitedAt was called before it said which clock.
const headingInvitedAt = "Invited At"

// Column returns the result column that a heading names, whatever its
// case and surrounding spaces; false for a heading of the list's own.
func Column(heading string) (name string, ok bool) {
	heading = strings.TrimSpace(heading)
	if strings.EqualFold(heading, headingInvitedAt) {
		return ColumnInvitedAt, true
	}
	for _, name := range Columns() {
		if strings.EqualFold(heading, name) {
			return name, true
		}
	}
	return "", false
}

// carriedEnding is what a column of the list itself is called by in the results, behind
// its heading, where the results have a column of that name.
const carriedEnding = " (list)"

// Carried returns the headings of a list as its results have them: a column that is
// called as one of the results, "Status", is carried as "Status (list)".
func Carried(columns []string) []string {
	carried := slices.Clone(columns)
	for i, heading := range columns {
		if _, taken := Column(heading); taken {
			carried[i] = strings.TrimSpace(heading) + carriedEnding
		}
	}
	return carried
}

// Original is the heading that a column had in the list, before [Carried].
func Original(heading string) string {
	own, carried := strings.CutSuffix(heading, carriedEnding)
	if _, taken := Column(own); !carried || !taken {
		return heading
	}
	return own
}

// Columns returns them in the order of the workbook.
func Columns() []string {
	return []string{
		ColumnStatus, ColumnRedeemURL, ColumnLinkState, ColumnUserID, ColumnInvitationStatus,
		ColumnErrorCode, ColumnError, ColumnAdvice, ColumnAttempts,
		ColumnInvitedAt, ColumnAnsweredAt, ColumnRequestID, ColumnClientRequestID, ColumnSourceRow, ColumnRowKey,
	}
}
