package report

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/internal/assert"
)

func TestJSONLines(t *testing.T) {
	a := invited(2, "a@x.example", "old", "A@x.example", "Anna <&>", "7", "beyond")
	b := refused(0, "b@x.example", batch.Invalid, "InvalidRow", "", "b@x.example")
	a.Guest = batch.GuestReading{State: batch.GuestNotAccepted, UserID: "user-a@x.example", At: noon.Add(48 * time.Hour)}
	r := Results{Columns: []string{"Status", "Email", "Name", ""}, Records: sequence(a, b)}
	url := a.Outcome.RedeemURL.Reveal()
	assert.Equal(t, "lines", strings.Split(writtenTo(t, WriteJSONL, r), "\n"), []string{
		`{"source_row":2,"email":"a@x.example","columns":{"Email":"A@x.example","Name":"Anna <&>","Column4 (no heading)":"7","Column5":"beyond"},"status":"invited",` +
			`"redeem_url":"` + url + `","link_state":"live","guest_state":"not accepted","accepted_at":"","state_as_of":"2026-09-16T12:00:00Z","user_id":"user-a@x.example","invitation_status":"PendingAcceptance","error_code":"","error":"","advice":"",` +
			`"attempts":1,"invited_at":"2026-09-14T12:00:00Z","answered_at":"2026-09-14T12:00:00Z","request_id":"request-a@x.example","client_request_id":""}`,
		`{"source_row":0,"email":"b@x.example","columns":{"Email":"b@x.example","Name":"","Column4 (no heading)":""},"status":"invalid",` +
			`"redeem_url":"","link_state":"","guest_state":"","accepted_at":"","state_as_of":"","user_id":"","invitation_status":"","error_code":"InvalidRow","error":"InvalidRow said no","advice":"see to InvalidRow",` +
			`"attempts":2,"invited_at":"","answered_at":"","request_id":"","client_request_id":""}`,
		"",
	})
}

func TestJSONLinesOfASandboxSaySo(t *testing.T) {
	r := Results{Columns: []string{"Email"}, Records: sequence(invited(2, "a@x.example", "a@x.example"))}
	r.Summary.Sandbox = true
	var line struct {
		Sandbox bool `json:"sandbox"`
	}
	if err := json.Unmarshal([]byte(writtenTo(t, WriteJSONL, r)), &line); err != nil || !line.Sandbox {
		t.Errorf("%+v, %v", line, err)
	}
}
