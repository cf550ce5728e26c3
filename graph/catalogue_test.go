package graph

import (
	"strconv"
	"strings"
	"testing"
)

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
		{400, "BadRequest", "A contact object with the same address exists", "AddressConflict", ScopeRow},
		{400, "Request_BadRequest", "Another object with the same value for property proxyAddresses already exists.", "AddressConflict", ScopeRow},
		{400, "BadRequest", "InvitationCreationFailureInvalidPropertyValue", "InvalidPropertyValue", ScopeRow},
		{400, "BadRequest", "The Primary SMTP Address is an invalid value.", "AddressNotAccepted", ScopeRow},
		{400, "BadRequest", "Non-external user already exists with the given mail address and can't be invited.", "AccountExists", ScopeRow},
		{400, "BadRequest", "Invalid request input.", "OnPremisesAccount", ScopeRow},
		{404, "Directory_ObjectNotFound", "Unable to read the company information from the directory.", "NotReplicated", ScopeRow},
		{400, "Request_BadRequest", "Not a valid reference update", "NotReplicated", ScopeRow},
		{404, "Request_ResourceNotFound", "Resource '1' does not exist or one of its queried reference-property objects are not present.", "ObjectNotFound", ScopeRow},
		{503, "ServiceUnavailable", "The service is temporarily unavailable.", "ServiceFault", ScopeRow},
		{504, "UnknownError", "", "ServiceFault", ScopeRow},
		{509, "BandwidthLimitExceeded", "", "ServiceFault", ScopeRow},
		{409, "Conflict", "", "ConcurrentChange", ScopeRow},
		{423, "Locked", "", "ConcurrentChange", ScopeRow},
		{400, "Directory_ConcurrencyViolation", "", "ConcurrentChange", ScopeRow},
		// A phrase counts before a code, a code before a status.
		{403, "Authorization_RequestDenied", "Guest invitations not allowed for your company.", "InvitationsNotAllowed", ScopeTenant},
		{401, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.", "RequestDenied", ScopeTenant},
		{500, "InternalServerError", "Something nobody has seen", "", ScopeRow},
		{302, "Found", "moved", "", ScopeTenant},
		{403, "Forbidden", "Something nobody has seen", "", ScopeUnsure},
		{400, "BadRequest", "Something nobody has seen", "", ScopeRow},
	} {
		e := classify(test.status, test.code, test.message)
		if e.Name != test.name || e.Scope != test.scope || e.Advice == "" {
			t.Errorf("%d %s %q: got %q, scope %d", test.status, test.code, test.message, e.Name, e.Scope)
		}
	}
}

func TestCatalogueEntriesAreComplete(t *testing.T) {
	for i, e := range catalogue {
		if e.Name == "" || e.Meaning == "" || e.Advice == "" || e.Source == "" || len(e.Texts)+len(e.Codes)+len(e.Statuses) == 0 {
			t.Errorf("entry %d: %+v", i, e)
		}
		for _, text := range e.Texts {
			if text == "" || text != strings.ToLower(text) {
				t.Errorf("%s: text %q never fits", e.Name, text)
			}
		}
		if strings.ContainsFunc(e.Name, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }) {
			t.Errorf("%q: a name is one word", e.Name)
		}
		for _, other := range catalogue[:i] {
			if other.Name == e.Name {
				t.Errorf("%s is there twice", e.Name)
			}
		}
	}
}

// The answer that an entry shows must lead back to it.
func TestCatalogueFindsItsOwnAnswers(t *testing.T) {
	found := 0
	for _, e := range catalogue {
		if e.Message == "" || e.Name == "ResetNotAllowed" { // not written down; the answer of another entry
			continue
		}
		status, code := 400, ""
		for word := range strings.FieldsSeq(e.Seen) {
			if n, err := strconv.Atoi(word); err == nil {
				status = n
			} else {
				code = word
			}
		}
		found++
		if got := classify(status, code, e.Message); got.Name != e.Name {
			t.Errorf("%s: %d %s %q is found as %q", e.Name, status, code, e.Message, got.Name)
		}
	}
	if found < 15 {
		t.Errorf("only %d entries have a message", found)
	}
}

// Retrying by itself is for answers that can change by themselves.
func TestRowsThatMustNotBeRepeated(t *testing.T) {
	for _, e := range catalogue {
		if e.Scope == ScopeTenant && e.Retry == RetryNever {
			t.Errorf("%s: rows that met it stay pending and are sent again", e.Name)
		}
		if e.Attempts > 0 && e.Retry != RetryAgain {
			t.Errorf("%s: attempts without a repetition", e.Name)
		}
	}
}
