package report

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"

	"guestlist/batch"
	"guestlist/batch/results"
	"guestlist/report/xlsx"
)

// WriteJSONL writes the results as JSON lines: one object for each record, in
// their order and always with the same members. A text that does not apply is
// empty, and source_row is 0 for a row that has left the list; columns holds the
// list's own cells by heading, in the order of the list, without those that are
// results. The headings are those of the workbook, so that none is lost;
// invited_at, answered_at, accepted_at and state_as_of are as in RFC 3339. Only a simulated tenant adds "sandbox": true,
// and only a batch with follow-ups groups, profile and follow_up.
// File and errors are as in [Write].
func WriteJSONL(ctx context.Context, path string, r Results) error {
	places := placeColumns(r.Columns, r.FollowUps)
	return Replace(path, func(w io.Writer) error {
		out := bufio.NewWriter(w)
		lines := json.NewEncoder(out)
		lines.SetEscapeHTML(false) // links stay as they are
		names := named{places: places, headings: slices.Clone(places.Headings[:places.List])}
		err := Each(ctx, r.Records, func(rec batch.Record) error {
			object := objectOf(rec, r.link(rec.Outcome))
			if r.FollowUps {
				object.followUpTexts = &followUpTexts{rec.FollowUps.Groups, rec.FollowUps.Profile, rec.FollowUps.State}
			}
			object.Columns, object.Sandbox = names.cells(rec.Cells), r.Summary.Sandbox
			return lines.Encode(object)
		})
		return errors.Join(err, out.Flush())
	})
}

// object is a line of a JSON lines file.
type object struct {
	SourceRow        int              `json:"source_row"`
	Email            string           `json:"email"`
	Columns          ordered          `json:"columns"`
	Status           batch.Status     `json:"status"`
	RedeemURL        string           `json:"redeem_url"`
	LinkState        batch.LinkState  `json:"link_state"`
	GuestState       batch.GuestState `json:"guest_state"`
	AcceptedAt       string           `json:"accepted_at"`
	GuestAsOf        string           `json:"state_as_of"`
	*followUpTexts                    // in batches that have follow-ups
	UserID           string           `json:"user_id"`
	InvitationStatus string           `json:"invitation_status"`
	ErrorCode        string           `json:"error_code"`
	Error            string           `json:"error"`
	Advice           string           `json:"advice"`
	Attempts         int              `json:"attempts"`
	InvitedAt        string           `json:"invited_at"`
	AnsweredAt       string           `json:"answered_at"`
	RequestID        string           `json:"request_id"`
	ClientRequestID  string           `json:"client_request_id"`
	Sandbox          bool             `json:"sandbox,omitzero"`
}

// followUpTexts are the members of a line about what the guest gets after the invitation.
type followUpTexts struct {
	Groups   string `json:"groups"`
	Profile  string `json:"profile"`
	FollowUp string `json:"follow_up"`
}

func objectOf(rec batch.Record, redeemURL string) object {
	o := rec.Outcome
	return object{
		SourceRow: rec.Line, Email: o.Address, Status: o.Status, RedeemURL: redeemURL, LinkState: o.LinkState(),
		GuestState: rec.Guest.State, AcceptedAt: results.Text(results.ColumnAcceptedAt, rec, results.Origin{}), GuestAsOf: results.Text(results.ColumnGuestAsOf, rec, results.Origin{}),
		UserID: o.UserID, InvitationStatus: o.InvitationStatus, ErrorCode: o.ErrorCode, Error: o.Error, Advice: o.Advice,
		Attempts: o.Attempts, InvitedAt: results.Text(results.ColumnInvitedAt, rec, results.Origin{}), AnsweredAt: results.Text(results.ColumnAnsweredAt, rec, results.Origin{}),
		RequestID: o.RequestID, ClientRequestID: o.ClientRequestID,
	}
}

// named gives the cells of a list their headings.
type named struct {
	places   results.ColumnPlaces
	headings []string
}

// cells pairs a row's cells with the headings; cells beyond the list's columns
// get headings of their own (Column7).
func (n *named) cells(row []string) ordered {
	if more := len(row) - len(n.headings); more > 0 {
		n.headings = xlsx.UniqueHeadings(append(n.headings, make([]string, more)...))
	}
	var cells ordered
	for i, heading := range n.headings[:max(n.places.List, len(row))] {
		if i < n.places.List && n.places.IsResult(i) {
			continue
		}
		text := ""
		if i < len(row) {
			text = row[i]
		}
		cells = append(cells, member{heading, text})
	}
	return cells
}

// ordered is a JSON object whose members keep their order.
type ordered []member

type member struct{ name, value string }

// MarshalJSON writes the object.
func (o ordered) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	text := json.NewEncoder(&b)
	text.SetEscapeHTML(false)
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := text.Encode(m.name); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := text.Encode(m.value); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
