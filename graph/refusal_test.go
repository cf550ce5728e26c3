package graph

import (
	"math"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestRetryAfterInAllItsForms(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"":        0,
		"soon":    0,
		"NaN":     0,
		"0":       time.Second,
		"-5":      time.Second,
		"10":      10 * time.Second,
		"2.128":   3 * time.Second,
		"315":     315 * time.Second,
		"1e99":    time.Hour,
		"Inf":     time.Hour,
		"9999999": time.Hour,
		now.Add(42 * time.Second).Format(http.TimeFormat): 42 * time.Second,
		now.Add(-time.Minute).Format(http.TimeFormat):     time.Second,
	} {
		if got := retryAfter(value, now); got != want {
			t.Errorf("%q: got %v, want %v", value, got, want)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"1", "2.5", "Mon, 23 Nov 2026 12:00:00 GMT", "0x1p9", "-Inf"} {
		f.Add(seed)
	}
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, value string) {
		got := retryAfter(value, now)
		if got != 0 && (got < time.Second || got > maxRetryAfter || math.Mod(got.Seconds(), 1) != 0) {
			t.Errorf("%q: %v", value, got)
		}
	})
}

func FuzzRefusal(f *testing.F) {
	f.Add(400, []byte(`{"error":{"code":"BadRequest","message":"x"}}`))
	f.Add(502, []byte("<html><script>alert(1)</script></html>"))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		r := refusal(answer{status: status, header: http.Header{}, body: body})
		if r.Message == "" || len(r.Message) > maxMessage+3 || strings.ContainsAny(r.Message, "\n\r\x00\x1b") {
			t.Errorf("message %q", r.Message)
		}
	})
}

// The texts are those of the public reports; the catalogue must find each.
func TestCatalogueKnowsReportedErrors(t *testing.T) {
	for _, test := range []struct {
		status        int
		code, message string
		name          string
		scope         Scope
	}{
		{403, "Forbidden", "Invitations are blocked for this directory due to suspicious activity. Please contact Microsoft support for help.", "SuspiciousActivity", ScopeTenant},
		{403, "Forbidden", "Guest invitations not allowed for your company. Contact your company administrator for more details.", "InvitationsNotAllowed", ScopeTenant},
		{401, "Unauthorized", "Insufficient privileges to perform requested operation by the application '00000003-0000-0000-c000-000000000000'. ControllerName=MSGraphInviteAPI, ActionName=CreateInvite", "InsufficientPrivileges", ScopeTenant},
		{403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.", "RequestDenied", ScopeTenant},
		{401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.", "InvalidToken", ScopeTenant},
		{400, "BadRequest", "The invited user already exists in the directory as object ID: 00000000-0000-0000-0000-000000000001. They can use that account to sign in to shared apps and resources.", "AlreadyInDirectory", ScopeRow},
		{400, "BadRequest", "The invited user already exists in the directory as object ID: 00000000-0000-0000-0000-000000000001, but the account is blocked from signing in.", "UserBlockedFromSignIn", ScopeRow},
		{400, "BadRequest", "This user cannot be invited because the domain of the user's email address is a verified domain of this directory.", "OwnDomain", ScopeRow},
		{400, "BadRequest", "Invitee is in inviter tenant", "OwnDomain", ScopeRow},
		{400, "BadRequest", "Group email address is not supported.", "GroupAddress", ScopeRow},
		{403, "Forbidden", "This invitation is blocked by cross-tenant access settings. Admins in both", "CrossTenantAccess", ScopeRow},
		{403, "Forbidden", "because the Microsoft B2B Cross Cloud Worker application has been disabled", "CrossCloudWorker", ScopeRow},
		{400, "BadRequest", "This user can't be invited to this directory. Please try", "CannotBeInvited", ScopeRow},
		{400, "Directory_QuotaExceeded", "The directory object quota limit for the Tenant has been exceeded.", "QuotaExceeded", ScopeTenant},
		{500, "InternalServerError", "Unable to find target address", "TargetAddressNotFound", ScopeRow},
		{500, "InternalServerError", "Directory invite operation failed", "InviteOperationFailed", ScopeRow},
		{404, "UnknownError", "404 - File or directory not found.", "WrongPath", ScopeTenant},
		{429, "TooManyRequests", "Please retry again later.", "Throttled", ScopeRow},
		{403, "Forbidden", "Something nobody has seen", "", ScopeUnsure},
		{400, "BadRequest", "Something nobody has seen", "", ScopeRow},
	} {
		e := look(test.status, test.code, test.message)
		if e.Name != test.name || e.Scope != test.scope || e.Advice == "" {
			t.Errorf("%d %s %q: got %q, scope %d", test.status, test.code, test.message, e.Name, e.Scope)
		}
	}
}

func TestCatalogueEntriesAreComplete(t *testing.T) {
	for i, e := range catalogue {
		if e.Name == "" || e.Meaning == "" || e.Advice == "" || e.Text != strings.ToLower(e.Text) ||
			e.Text == "" && e.Code == "" && len(e.Statuses) == 0 {
			t.Errorf("entry %d: %+v", i, e)
		}
	}
}

func TestUserIDIsReadFromTheMessage(t *testing.T) {
	for message, want := range map[string]string{
		"exists as object ID: 0a0b0c0d-0000-0000-0000-000000000001. They": "0a0b0c0d-0000-0000-0000-000000000001",
		"exists as objectID 0A0B0C0D-0000-0000-0000-000000000001, but":    "0A0B0C0D-0000-0000-0000-000000000001",
		"exists as object ID: soon":                                       "",
	} {
		if got := (&Refusal{Message: message}).UserID(); got != want {
			t.Errorf("%q: got %q", message, got)
		}
	}
}

func TestOnlyNamedWaitsProveThatNothingWasDone(t *testing.T) {
	for _, test := range []struct {
		status          int
		after           time.Duration
		throttled, open bool
	}{
		{429, 0, true, false},
		{429, time.Second, true, false},
		{503, time.Second, true, false},
		{503, 0, false, true},
		{500, 0, false, true},
		{502, 0, false, true},
		{504, 0, false, true},
		{504, time.Second, false, true},
		{408, 0, false, true},
		{400, 0, false, false},
		{403, 0, false, false},
	} {
		r := &Refusal{Status: test.status, RetryAfter: test.after}
		if r.Throttled() != test.throttled || r.Open() != test.open {
			t.Errorf("%d after %v: throttled %t, open %t", test.status, test.after, r.Throttled(), r.Open())
		}
	}
}
