// Package results is the one format of results: the sheets, the columns that
// guestlist adds to those of a list, the key that ties a row to its outcome, and
// how they are read back from what people have done to them.
package results

import (
	"slices"
	"strconv"
	"strings"

	"guestlist/batch"
	"guestlist/internal/text"
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
	ColumnStatus    = "Status"
	ColumnRedeemURL = "Redeem URL"
	ColumnLinkState = "Link State"
	// What the directory said of the guest when it was read last, after the invitation.
	ColumnGuestState = "Guest State"
	ColumnAcceptedAt = "Accepted At (UTC)"
	ColumnGuestAsOf  = "State As Of (UTC)"
	// What the guest gets after the invitation, and how far that is: in the results of
	// batches alone that have such steps, see [FollowUpColumns].
	ColumnGroups   = "Groups"
	ColumnProfile  = "Profile"
	ColumnFollowUp = "Follow-up"

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

// FollowUpColumns are those of what guests get after the invitation. Lists have columns of
// these names themselves, so that they are results only where all of them are there.
func FollowUpColumns() []string { return []string{ColumnGroups, ColumnProfile, ColumnFollowUp} }

// followUpColumn is [Column] for these.
func followUpColumn(heading string) (name string, ok bool) {
	for _, name := range FollowUpColumns() {
		if strings.EqualFold(strings.TrimSpace(heading), name) {
			return name, true
		}
	}
	return "", false
}

// carriedEnding is what a column of the list itself is called by in the results, behind
// its heading, where the results have a column of that name.
const carriedEnding = " (list)"

// Carried returns the headings of a list as its results have them: a column that is
// called as one of the results, "Status", is carried as "Status (list)"; those of follow-ups
// count where the results have them. One without a
// heading stays without one where its text makes a row invalid, so that it does in the
// results, too.
func Carried(h batch.Header, followUps bool) []string { //nolint:revive // as in PlaceColumns
	carried := slices.Clone(h.Columns)
	for i, heading := range h.Columns {
		if text.Trim(heading) == "" && !slices.Contains(h.Unheaded, i) {
			carried[i] = placeName(i)
		}
		_, taken := Column(heading)
		if _, step := followUpColumn(heading); taken || step && followUps {
			carried[i] = strings.TrimSpace(heading) + carriedEnding
		}
	}
	return carried
}

// unheadedEnding is what the results call a column of the list without a heading by,
// behind its place: "Column5 (no heading)".
const unheadedEnding = " (no heading)"

// Unheaded is the heading in the results of a column, from 0, that has none in the list.
// The results are a list themselves, and an Excel table leaves no heading blank: by this
// one a column is known to have none when they are read again.
func Unheaded(at int) string { return placeName(at) + unheadedEnding }

// placeName is a name for a column that has none, by its place.
func placeName(at int) string { return "Column" + strconv.Itoa(at+1) }

// IsUnheaded reports whether a column has no heading, in a list or in its results.
func IsUnheaded(heading string) bool {
	place, marked := strings.CutSuffix(strings.TrimSpace(heading), unheadedEnding)
	return marked && strings.HasPrefix(place, "Column") || text.Trim(heading) == ""
}

// Original is the heading that a column had in the list, before [Carried].
func Original(heading string) string {
	if IsUnheaded(heading) {
		return ""
	}
	own, carried := strings.CutSuffix(heading, carriedEnding)
	_, taken := Column(own)
	if _, step := followUpColumn(own); !carried || !taken && !step {
		return heading
	}
	return own
}

// CarriedOn returns the headings of results that get the columns of follow-ups: the list's
// own columns of these names are renamed as by [Carried].
func CarriedOn(columns []string) []string {
	carried := slices.Clone(columns)
	if newLayout(columns).HasFollowUps() {
		return carried
	}
	for i, heading := range columns {
		if _, step := followUpColumn(heading); step {
			carried[i] = strings.TrimSpace(heading) + carriedEnding
		}
	}
	return carried
}

// Columns returns them in the order of the workbook, without those of follow-ups, which
// come after [ColumnGuestAsOf].
func Columns() []string {
	return []string{
		ColumnStatus, ColumnRedeemURL, ColumnLinkState, ColumnGuestState, ColumnAcceptedAt, ColumnGuestAsOf,
		ColumnUserID, ColumnInvitationStatus,
		ColumnErrorCode, ColumnError, ColumnAdvice, ColumnAttempts,
		ColumnInvitedAt, ColumnAnsweredAt, ColumnRequestID, ColumnClientRequestID, ColumnSourceRow, ColumnRowKey,
	}
}
