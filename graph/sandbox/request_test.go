package sandbox

import (
	"net/http"
	"net/url"
	"testing"

	"guestlist/internal/assert"
)

func TestRequestsRecord(t *testing.T) {
	r := serve(t, Config{Record: true})
	req := post(t, r.url, everything)
	req.Header.Set("client-request-id", "mine")
	g := r.do(req)
	r.lookUp(t, url.Values{"$filter": {"mail eq 'x@y.example'"}})
	r.post(t, `{"invitedUserEmailAddress":"bad"`)
	all := r.Requests()
	if len(all) != 3 {
		t.Fatalf("%d requests", len(all))
	}
	first := all[0]
	assert.Equal(t, "address", first.Address, "pat@fabrikam.example")
	assert.Equal(t, "language", *first.Invitation.InvitedUserMessageInfo.MessageLanguage, "nl-NL")
	assert.Equal(t, "client-request-id", first.ClientRequestID, "mine")
	assert.Equal(t, "request-id", first.RequestID, g.header.Get("request-id"))
	assert.Equal(t, "invited", first.Invited && first.Mailed && !first.Cut, true)
	assert.Equal(t, "look-up", all[1].Method+" "+all[1].Path+" "+all[1].Address, "GET /v1.0/users x@y.example")
	assert.Equal(t, "refused", all[2].Status, http.StatusBadRequest)
	assert.Equal(t, "refused and invited", all[2].Invited, false)

	if quiet := serve(t, Config{}); len(quiet.Requests()) != 0 || quiet.post(t, everything).err != nil || len(quiet.Requests()) != 0 {
		t.Error("requests on record without Config.Record")
	}
}
