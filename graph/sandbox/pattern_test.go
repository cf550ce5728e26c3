package sandbox

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"guestlist/internal/assert"
)

func TestPatternsAreDocumented(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	for _, p := range Patterns() {
		fmt.Fprintf(&want, "//\t%-18s %s\n", p.Match, p.Effect)
	}
	if !strings.Contains(string(doc), "//\n"+want.String()+"//\n") {
		t.Errorf("the table of the package comment is not that of Patterns:\n%s", want.String())
	}
}

func TestPatterns(t *testing.T) {
	tests := []struct {
		address       string
		first, second answer
		mails         int // after both
	}{
		{"member.a@fabrikam.example", answer{400, "BadRequest", "as object ID: " + userID("member.a@fabrikam.example") + ". They can", ""}, answer{400, "BadRequest", "already exists", ""}, 0},
		{"disabled.a@fabrikam.example", answer{400, "BadRequest", userID("disabled.a@fabrikam.example") + ", but the account is blocked from signing in.", ""}, answer{400, "BadRequest", "blocked", ""}, 0},
		{"group.a@fabrikam.example", answer{400, "BadRequest", "Group email address is not supported.", ""}, answer{400, "BadRequest", "Group", ""}, 0},
		{"throttled.a@fabrikam.example", answer{429, "TooManyRequests", "Please retry again later.", "2"}, created201, 1},
		{"busy.a@fabrikam.example", answer{503, "ServiceUnavailable", "", "1"}, created201, 1},
		{"unavailable.a@fabrikam.example", answer{503, "ServiceUnavailable", "", ""}, created201, 1},
		{"concurrent.a@fabrikam.example", answer{409, "Directory_ConcurrencyViolation", "", ""}, created201, 1},
		{"broken.a@fabrikam.example", answer{500, "InternalServerError", "Directory invite operation failed", ""}, answer{500, "InternalServerError", "", ""}, 0},
		{"silent500.a@fabrikam.example", answer{500, "InternalServerError", "", ""}, created201, 2},
		{"error.a@fabrikam.example", answer{201, "Error", "", ""}, answer{201, "Error", "", ""}, 0},
		{"notallowed.a@fabrikam.example", answer{403, "Forbidden", "Guest invitations not allowed for your company.", ""}, answer{403, "Forbidden", "", ""}, 0},
		{"consent.a@fabrikam.example", answer{401, "Unauthorized", "by the application '00000003-0000-0000-c000-000000000000'", ""}, answer{401, "Unauthorized", "", ""}, 0},
		{"denied.a@fabrikam.example", answer{403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.", ""}, answer{403, "Authorization_RequestDenied", "", ""}, 0},
		{"quota.a@fabrikam.example", answer{403, "Directory_QuotaExceeded", "object quota limit", ""}, answer{403, "Directory_QuotaExceeded", "", ""}, 0},
		{"unauthorized.a@fabrikam.example", answer{401, "InvalidAuthenticationToken", "expired", ""}, answer{401, "InvalidAuthenticationToken", "", ""}, 0},
		{"anna@contoso.example", answer{400, "BadRequest", "is a verified domain of this directory.", ""}, answer{400, "BadRequest", "", ""}, 0},
		{"anna@blocked.example", answer{403, "Forbidden", "invitation policy", ""}, answer{403, "Forbidden", "", ""}, 0},
		{"anna@crosstenant.example", answer{403, "Forbidden", "cross-tenant access settings", ""}, answer{403, "Forbidden", "", ""}, 0},
		{"conflict.a@fabrikam.example", answer{400, "BadRequest", "proxy address of a contact object", ""}, answer{400, "BadRequest", "", ""}, 0},
		{"badvalue.a@fabrikam.example", answer{400, "BadRequest", "InvitationCreationFailureInvalidPropertyValue", ""}, answer{400, "BadRequest", "", ""}, 0},
		{"cannot.a@fabrikam.example", answer{400, "BadRequest", "This user can't be invited to this directory.", ""}, answer{400, "BadRequest", "", ""}, 0},
		{"plus.a@fabrikam.example", answer{400, "BadRequest", "The Primary SMTP Address is an invalid value.", ""}, answer{400, "BadRequest", "", ""}, 0},
		{"nonexternal.a@fabrikam.example", answer{400, "BadRequest", "Non-external user already exists", ""}, answer{400, "BadRequest", "", ""}, 0},
		{"onpremises.a@fabrikam.example", answer{400, "BadRequest", "Invalid request input.", ""}, answer{400, "BadRequest", "", ""}, 0},
		{"unreplicated.a@fabrikam.example", answer{404, "Directory_ObjectNotFound", "Unable to read the company information", ""}, answer{404, "Directory_ObjectNotFound", "", ""}, 0},
		{"nosponsor.a@fabrikam.example", answer{404, "Request_ResourceNotFound", "Resource '" + userID("nosponsor.a@fabrikam.example") + "' does not exist", ""}, answer{404, "Request_ResourceNotFound", "", ""}, 0},
		{"notarget.a@fabrikam.example", answer{500, "InternalServerError", "Unable to find target address", ""}, answer{500, "InternalServerError", "", ""}, 0},
		{"claims.a@fabrikam.example", answer{401, "InvalidAuthenticationToken", "resulted in challenge", ""}, answer{401, "InvalidAuthenticationToken", "", ""}, 0},
		{"unknown403.a@fabrikam.example", answer{403, "Forbidden", "in words that no catalogue has", ""}, answer{403, "Forbidden", "", ""}, 0},
		{"nowhere.a@fabrikam.example", answer{404, "UnknownError", "File or directory not found.", ""}, answer{404, "UnknownError", "", ""}, 0},
		{"anna@crosscloud.example", answer{403, "Forbidden", "B2B Cross Cloud Worker", ""}, answer{403, "Forbidden", "", ""}, 0},
		{"Throttled.B@Fabrikam.example", answer{429, "TooManyRequests", "", "2"}, created201, 1},
		{"anna@sub.contoso.example", created201, created201, 2},
		{"anna.member.a@fabrikam.example", created201, created201, 2},
	}
	r := serve(t, Config{})
	for _, test := range tests {
		t.Run(test.address, func(t *testing.T) {
			for _, want := range []answer{test.first, test.second} {
				checkAnswer(t, r.post(t, ask(test.address)), want)
			}
			assert.Equal(t, "mails", r.Mails(test.address), test.mails)
		})
	}
}

func TestPatternsThatCut(t *testing.T) {
	tests := []struct {
		local   string
		status  int
		fault   error
		invited bool
	}{
		{"lost.", 0, io.EOF, true},
		{"half.", http.StatusCreated, io.ErrUnexpectedEOF, true},
		{"dropped.", 0, io.EOF, false},
	}
	for _, test := range tests {
		t.Run(test.local, func(t *testing.T) {
			r := serve(t, Config{Record: true})
			address := test.local + "a@fabrikam.example"
			first := r.post(t, ask(address))
			if !errors.Is(first.err, test.fault) {
				t.Errorf("got %v, want %v", first.err, test.fault)
			}
			assert.Equal(t, "status", first.status, test.status)
			assert.Equal(t, "a link lives", r.RedeemURL(address) != "", test.invited)
			assert.Equal(t, "half a body", len(first.body) > 0, test.status != 0)

			seen := r.Requests()[0]
			assert.Equal(t, "recorded status", seen.Status, test.status)
			assert.Equal(t, "recorded as cut", seen.Cut, true)
			assert.Equal(t, "recorded as invited", seen.Invited, test.invited)
			assert.Equal(t, "recorded as mailed", seen.Mailed, test.invited)

			checkAnswer(t, r.post(t, ask(address)), created201)
			assert.Equal(t, "requests seen", len(r.Requests()), 2) // the client did not repeat by itself
		})
	}
}

func TestPatternHTML(t *testing.T) {
	r := serve(t, Config{})
	g := r.post(t, ask("html.a@fabrikam.example"))
	assert.Equal(t, "status", g.status, http.StatusBadGateway)
	if !strings.HasPrefix(string(g.body), "<html>") || !strings.HasPrefix(g.header.Get("Content-Type"), "text/html") {
		t.Errorf("not a web page: %s %s", g.header.Get("Content-Type"), g.body)
	}
	assert.Equal(t, "guests", r.Guests(), 0)
}

func TestPatternPortal(t *testing.T) {
	r := serve(t, Config{})
	g := r.post(t, ask("portal.a@fabrikam.example"))
	assert.Equal(t, "status", g.status, http.StatusOK)
	if !strings.Contains(string(g.body), "<title>Sign in to Corp WiFi</title>") || g.header.Get("Request-Id") != "" {
		t.Errorf("%v %s", g.header, g.body)
	}
	assert.Equal(t, "guests", r.Guests(), 0)
}

func TestPatternSuspiciousBlocksTheTenant(t *testing.T) {
	r := serve(t, Config{})
	blocked := answer{403, "Forbidden", "Invitations are blocked for this directory due to suspicious activity.", ""}
	checkAnswer(t, r.post(t, ask("anna@fabrikam.example")), created201)
	for _, address := range []string{"suspicious.a@fabrikam.example", "anna@fabrikam.example", "throttled.a@fabrikam.example", "bert@fabrikam.example"} {
		checkAnswer(t, r.post(t, ask(address)), blocked)
	}
	assert.Equal(t, "guests", r.Guests(), 1)
	assert.Equal(t, "mails", r.Mails("anna@fabrikam.example"), 1)
}

func TestPatternSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tenant, start := New(Config{Latency: func() time.Duration { return time.Second }}), time.Now()
		resp := direct(tenant, post(t, root, ask("slow.a@fabrikam.example")))
		defer resp.Body.Close()
		assert.Equal(t, "status", resp.StatusCode, http.StatusCreated)
		assert.Equal(t, "time taken", time.Since(start), 11*time.Second)
	})
}
