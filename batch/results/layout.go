package results

import (
	"encoding/base64"
	"iter"
	"maps"
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
// surrounding spaces. It reports false for a list that is no results workbook. That
// a file has the headings does not make it one, see [Layout.Ours].
func FindLayout(columns []string) (Layout, bool) {
	l := newLayout(columns)
	return l, l.has(ColumnStatus, ColumnRedeemURL, ColumnUserID, ColumnSourceRow, ColumnRowKey)
}

// LinkColumn is the position of the redeem URLs in a list that is a results workbook
// or was one, -1 in any other.
func LinkColumn(columns []string) int {
	if l := newLayout(columns); l.has(ColumnStatus, ColumnRedeemURL, ColumnUserID) {
		return l.at[ColumnRedeemURL]
	}
	return -1
}

func newLayout(columns []string) Layout {
	l := Layout{at: make(map[string]int)}
	for i, heading := range columns {
		name, ok := Column(heading)
		if _, found := l.at[name]; ok && !found {
			l.at[name] = i
		}
	}
	steps := make(map[string]int)
	for i, heading := range columns {
		name, ok := followUpColumn(heading)
		if _, found := steps[name]; ok && !found {
			steps[name] = i
		}
	}
	if len(steps) == len(FollowUpColumns()) {
		maps.Copy(l.at, steps)
	}
	return l
}

// LayoutOf is the layout of columns that may be of results, see [FindLayout].
func LayoutOf(columns []string) Layout { return newLayout(columns) }

// HasFollowUps reports whether there are the columns of follow-ups.
func (l Layout) HasFollowUps() bool { return l.has(FollowUpColumns()...) }

// Column is [Column] for a heading of these columns: it knows those of follow-ups where the
// file has them.
func (l Layout) Column(heading string) (name string, ok bool) {
	if name, ok = Column(heading); ok || !l.HasFollowUps() {
		return name, ok
	}
	return followUpColumn(heading)
}

// FollowUps reads what a row says of the guest's follow-ups.
func (l Layout) FollowUps(r batch.Row) batch.FollowUps {
	f := batch.FollowUps{Groups: l.value(r, ColumnGroups), Profile: l.value(r, ColumnProfile), State: l.value(r, ColumnFollowUp)}
	if f.Kind().Meaning() == "" {
		return batch.FollowUps{}
	}
	return f
}

func (l Layout) has(columns ...string) bool {
	for _, name := range columns {
		if _, found := l.at[name]; !found {
			return false
		}
	}
	return true
}

// Ours reports whether rows below the headings of results are results: a row has a
// key or a base; or none was sent, so that none has one. Lists come from strangers, who may
// write these headings above whatever they like.
func (l Layout) Ours(rows iter.Seq2[batch.Row, error]) bool {
	ours := true
	for row, err := range rows {
		if err != nil {
			return ours // what is wrong is told where the rows are read
		}
		_, keyed := l.Key(row)
		if _, based := l.Base(row); keyed || based {
			return true
		}
		ours = ours && l.unsent(row)
	}
	return ours
}

// unsent reports whether a row without a key is one of results: it was never sent, or
// was added by hand.
func (l Layout) unsent(r batch.Row) bool {
	if l.value(r, ColumnRowKey) != "" {
		return false
	}
	if l.value(r, ColumnStatus) == "" {
		return l.value(r, ColumnRedeemURL) == "" && l.value(r, ColumnUserID) == ""
	}
	return l.Status(r) != "" && !l.claimsSent(r) && l.SourceRow(r) > 0
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

// HasLeft reports whether a row says that it was invited, and was no longer in the list
// when the results were written.
func (l Layout) HasLeft(r batch.Row) bool {
	said := l.said(r)
	return said.Sent() && said.Status != batch.Failed && l.value(r, ColumnSourceRow) == "" && l.value(r, ColumnRowKey) != ""
}

// Key is the row's key, false where the row has none or lost it.
func (l Layout) Key(r batch.Row) (RowKey, bool) {
	return ParseRowKey(cutBase(l.value(r, ColumnRowKey)))
}

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

// Status is what a row says of itself. A word that is none of ours is "".
func (l Layout) Status(r batch.Row) batch.Status {
	status := batch.Status(strings.ToLower(l.value(r, ColumnStatus)))
	if status.Meaning() == "" {
		return ""
	}
	return status
}

// claimsSent reports whether a row says of itself that it was sent: such a row has a
// key where the results are ours.
func (l Layout) claimsSent(r batch.Row) bool {
	return l.said(r).Sent()
}

// said is the kind of outcome that a row says it has.
func (l Layout) said(r batch.Row) batch.Outcome {
	return batch.Outcome{Address: "its own", Status: l.Status(r), ErrorCode: l.value(r, ColumnErrorCode)}
}

// Outcome reads what a row says became of it. It reports false for a row that
// was never sent, and for one without a key, whatever it says: those are judged anew.
func (l Layout) Outcome(j batch.Judged) (batch.Outcome, bool) {
	key, keyed := l.Key(j.Row)
	if !keyed && (l.claimsSent(j.Row) || l.value(j.Row, ColumnRedeemURL) != "") {
		return batch.Outcome{Address: j.Address, Fingerprint: j.Fingerprint, Status: batch.Pending}, false
	}
	o := batch.Outcome{
		Address: j.Address, Fingerprint: j.Fingerprint, Status: l.Status(j.Row),
		RedeemURL: secret.New(l.link(j.Row)),
		UserID:    l.value(j.Row, ColumnUserID), InvitationStatus: l.value(j.Row, ColumnInvitationStatus),
		ErrorCode: l.value(j.Row, ColumnErrorCode), Error: l.value(j.Row, ColumnError),
		Advice: l.value(j.Row, ColumnAdvice), RequestID: l.value(j.Row, ColumnRequestID),
		ClientRequestID: l.value(j.Row, ColumnClientRequestID),
	}
	if keyed {
		o.Address, o.Fingerprint = key.Address, key.Fingerprint
	}
	if key.Link != "" && !o.RedeemURL.IsZero() && LinkSum(o.RedeemURL) != key.Link {
		LeaveOutLink(&o)
	}
	if n, err := strconv.Atoi(l.value(j.Row, ColumnAttempts)); err == nil {
		o.Attempts = n
	}
	if o.Status == batch.Existing { // the column has the kind of person
		o.Existing, o.InvitationStatus = batch.ExistingKind(o.InvitationStatus), ""
	}
	l.readLinkState(j.Row, &o)
	o.At = instant(l.value(j.Row, ColumnAnsweredAt))
	if o.At.IsZero() { // earlier results say it of invitations only
		o.At = instant(l.value(j.Row, ColumnInvitedAt))
	}
	return o, o.Sent()
}

// Guest reads what a row says that the directory said of the guest.
func (l Layout) Guest(r batch.Row) batch.GuestReading {
	state := batch.GuestState(strings.ToLower(l.value(r, ColumnGuestState)))
	if state.Meaning() == "" {
		return batch.GuestReading{}
	}
	g := batch.GuestReading{State: state, UserID: l.value(r, ColumnUserID), At: instant(l.value(r, ColumnGuestAsOf))}
	if state == batch.GuestAccepted {
		g.Since = instant(l.value(r, ColumnAcceptedAt))
	}
	return g
}

// TakenOver reports whether all that a row says of an invitation is in the outcome that was
// read from it. Another one was written over, or was sorted apart from its row.
func (l Layout) TakenOver(r batch.Row, o batch.Outcome) bool {
	link, state := l.link(r), batch.LinkState(strings.ToLower(l.value(r, ColumnLinkState)))
	switch {
	case link == "":
		return o.Sent() || !l.claimsSent(r)
	case link != o.RedeemURL.Reveal():
		return false
	}
	return state == "" || state == o.LinkState()
}

// LinkInJournal stands in the cell of a link that is longer than a cell of a workbook can
// hold, or that a workbook would change.
const LinkInJournal = "too long for a cell: guestlist report on the journal writes it as CSV"

// LinkIsInJournal reports whether a row says that its link is in the journal alone.
func (l Layout) LinkIsInJournal(r batch.Row) bool {
	return l.value(r, ColumnRedeemURL) == LinkInJournal
}

// link is what a row has as its link.
func (l Layout) link(r batch.Row) string {
	if l.LinkIsInJournal(r) {
		return ""
	}
	return l.value(r, ColumnRedeemURL)
}

// adviceLinkLost is the advice of an invited row whose link was in the journal alone.
const adviceLinkLost = "The link was too long for the results file. It was in the journal, which is not beside it any more."

// LoseLink says in an outcome that its link was in the journal alone.
func LoseLink(o *batch.Outcome) {
	if o.Status == batch.Invited {
		o.Advice = adviceLinkLost
	}
}

// adviceLinkLeftOut is the advice of an invited row whose link was left out.
const adviceLinkLeftOut = "The results file had a link here that is not the invitation link of this guest; it was left out."

// LeaveOutLink takes a link out of an outcome that is not that of the guest. The link of
// an invited row is missing then.
func LeaveOutLink(o *batch.Outcome) {
	o.RedeemURL = secret.Text{}
	if o.ErrorCode == batch.CodeLinkElsewhere {
		o.ErrorCode = ""
	}
	if o.Status == batch.Invited {
		o.Advice = adviceLinkLeftOut
	}
}

// LinkLeftOut reports whether an invited row has no link because of [LeaveOutLink].
func LinkLeftOut(o batch.Outcome) bool { return o.RedeemURL.IsZero() && o.Advice == adviceLinkLeftOut }

// LinkLost reports whether an invited row has no link because of [LoseLink].
func LinkLost(o batch.Outcome) bool { return o.RedeemURL.IsZero() && o.Advice == adviceLinkLost }

// readLinkState reads whether the link can be handed out. Files of earlier versions do
// not have that column. A link is a link, whatever people wrote for the status, but one
// that was struck out stays so.
func (l Layout) readLinkState(r batch.Row, o *batch.Outcome) {
	state := batch.LinkState(strings.ToLower(l.value(r, ColumnLinkState)))
	if !o.Sent() && !o.RedeemURL.IsZero() {
		o.Status = batch.Invited
	}
	if o.Status == batch.Invited && (state == batch.LinkReplaced || state == batch.LinkUncertain) {
		o.Superseded = state
	}
}

// Base is what the cells of a row were when it was written; false where that is not
// known.
func (l Layout) Base(r batch.Row) (Base, bool) {
	_, encoded, found := strings.Cut(" "+l.value(r, ColumnRowKey), " "+baseMark)
	sums, err := base64.RawStdEncoding.DecodeString(encoded)
	if !found || err != nil || len(sums)%3 != 0 {
		return nil, false
	}
	base := make(Base, len(sums)/3)
	for ; len(sums) > 0; sums = sums[3:] {
		base[checksum(sums)] = true
	}
	return base, true
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
