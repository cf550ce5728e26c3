package results

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"

	"guestlist/batch"
	"guestlist/internal/text"
)

// ColumnPlaces says where the cells of a list and what became of its rows are in
// results. Positions count from 0.
type ColumnPlaces struct {
	// Headings are those of the list, in their order, and the result columns.
	Headings []string
	// List is how many of the headings are the list's own.
	List int

	at map[string]int
}

// PlaceColumns puts the result columns after those of a list, or in the place of a
// column of the same name: then the list is results itself, whose outcomes are
// replaced and not doubled. Those of follow-ups are among them where a batch has any.
func PlaceColumns(list []string, followUps bool) ColumnPlaces { //nolint:revive // a fact of the batch, no mode
	p := ColumnPlaces{Headings: slices.Clone(list), List: len(list), at: make(map[string]int)}
	layout := newLayout(list)
	for i, heading := range list {
		if text.Trim(heading) == "" {
			p.Headings[i] = Unheaded(i)
		}
		name, ours := layout.Column(heading)
		if _, taken := p.at[name]; !ours || taken {
			continue
		}
		p.at[name] = i
		if !strings.EqualFold(strings.TrimSpace(heading), name) {
			p.Headings[i] = name // earlier results called it otherwise
		}
	}
	all := Columns()
	if followUps {
		all = slices.Insert(all, slices.Index(all, ColumnGuestAsOf)+1, FollowUpColumns()...)
	}
	for _, name := range all {
		if _, taken := p.at[name]; !taken {
			p.at[name] = len(p.Headings)
			p.Headings = append(p.Headings, name)
		}
	}
	return p
}

// HasFollowUps reports whether there are the columns of follow-ups.
func (p ColumnPlaces) HasFollowUps() bool {
	_, has := p.at[ColumnFollowUp]
	return has
}

// At is where a result column is.
func (p ColumnPlaces) At(column string) int { return p.at[column] }

// IsResult reports whether guestlist fills the column at a position.
func (p ColumnPlaces) IsResult(position int) bool {
	for _, at := range p.at {
		if at == position {
			return true
		}
	}
	return false
}

// OfCell is the position of a record's cell: the list's own column, or for a cell
// beyond the list's columns one right of all headings.
func (p ColumnPlaces) OfCell(cell int) int {
	if cell < p.List {
		return cell
	}
	return len(p.Headings) + cell - p.List
}

// Width is how many positions a record needs, without empty cells at its end.
func (p ColumnPlaces) Width(rec batch.Record) int {
	return max(len(p.Headings), p.OfCell(batch.Row{Cells: rec.Cells}.Width(p.List)-1)+1)
}

// Texts are a record as it is under the headings and right of them. The tenant is
// that of the run, see [RowKey].
func (p ColumnPlaces) Texts(rec batch.Record, from Origin) []string {
	row := make([]string, p.Width(rec))
	for i, cell := range rec.Cells {
		if cell != "" {
			row[p.OfCell(i)] = cell
		}
	}
	for column, at := range p.at {
		row[at] = Text(column, rec, from)
	}
	return row
}

// Key is the content of a workbook's column Row Key: the row's key, if it has one, and
// its base where the row is on two sheets.
func (p ColumnPlaces) Key(rec batch.Record, from Origin) string {
	key := rowKey(from, rec.Outcome)
	if !rec.Outcome.Status.NeedsCare() {
		return key
	}
	return strings.TrimSpace(key + " " + p.base(rec))
}

// base is that of a record's cells under the headings of a list, "" for none.
func (p ColumnPlaces) base(rec batch.Record) string {
	if p.List > maxBase {
		return ""
	}
	sums := make([]byte, 0, 3*p.List)
	for i := range p.List {
		if p.IsResult(i) {
			continue
		}
		sum := newChecksum(p.Headings[i], batch.Row{Cells: rec.Cells}.Cell(i))
		sums = append(sums, sum[:]...)
	}
	return baseMark + base64.RawStdEncoding.EncodeToString(sums)
}

// Text is what a result column says of a record, as text. [Layout.Outcome] reads
// it again.
func Text(column string, rec batch.Record, from Origin) string {
	o := rec.Outcome
	switch column {
	case ColumnStatus:
		return string(o.Status)
	case ColumnRedeemURL:
		return o.RedeemURL.Reveal()
	case ColumnLinkState:
		return string(o.LinkState())
	case ColumnGuestState:
		return string(rec.Guest.State)
	case ColumnAcceptedAt:
		return instantText(rec.Guest.AcceptedAt())
	case ColumnGuestAsOf:
		return instantText(rec.Guest.At.UTC())
	case ColumnGroups:
		return rec.FollowUps.Groups
	case ColumnProfile:
		return rec.FollowUps.Profile
	case ColumnFollowUp:
		return rec.FollowUps.State
	case ColumnUserID:
		return o.UserID
	case ColumnInvitationStatus:
		if o.Status == batch.Existing {
			return string(o.Existing)
		}
		return o.InvitationStatus
	case ColumnErrorCode:
		return o.ErrorCode
	case ColumnError:
		return o.Error
	case ColumnAdvice:
		return o.Advice
	case ColumnAttempts:
		return strconv.Itoa(o.Attempts)
	case ColumnInvitedAt:
		return instantText(InvitedAt(o))
	case ColumnAnsweredAt:
		return instantText(AnsweredAt(o))
	case ColumnRequestID:
		return o.RequestID
	case ColumnClientRequestID:
		return o.ClientRequestID
	case ColumnSourceRow:
		if rec.Line > 0 {
			return strconv.Itoa(rec.Line)
		}
	case ColumnRowKey:
		return rowKey(from, o)
	}
	return ""
}

// instantText is a time as CSV files have it, "" for none. [instant] reads it again.
func instantText(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.Format(time.RFC3339)
}

// InvitedAt is when Graph invited the guest, UTC; zero for a row that is not
// invited.
func InvitedAt(o batch.Outcome) time.Time {
	if o.Status != batch.Invited && !o.SameGuest() {
		return time.Time{}
	}
	return o.At.UTC()
}

// AnsweredAt is when the outcome of a row was known, UTC: its invitation, its error, or
// that the guest was there already; zero for any other row.
func AnsweredAt(o batch.Outcome) time.Time {
	if !o.Sent() && o.Status != batch.Existing {
		return time.Time{}
	}
	return o.At.UTC()
}

// rowKey says to whom the outcome belongs, "" for a row that was never sent.
func rowKey(from Origin, o batch.Outcome) string {
	if !o.Sent() {
		return ""
	}
	return RowKey{Origin: from, Address: o.Address, Fingerprint: o.Fingerprint, Link: LinkSum(o.RedeemURL)}.String()
}
